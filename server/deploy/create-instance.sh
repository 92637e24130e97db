#!/usr/bin/env bash
# Creates the machine of the source document (R95) with gcloud. Everything can be overridden by environment variable.
#   NAME=odin-ws-go ZONE=us-central1-a ./create-instance.sh [--dry-run]
set -euo pipefail

command=(
  gcloud compute instances create "${NAME:-odin-ws-go}"
  --zone="${ZONE:-us-central1-a}"
  --machine-type="${MACHINE_TYPE:-e2-standard-2}"
  --boot-disk-size="${DISK_SIZE:-20GB}"
  --boot-disk-type="${DISK_TYPE:-pd-standard}"
  --image-family="${IMAGE_FAMILY:-debian-11}"
  --image-project="${IMAGE_PROJECT:-debian-cloud}"
  --tags="${TAGS:-websocket-server}"
)

case "${1:-}" in
  --dry-run)
    echo "${command[*]}"
    exit 0
    ;;
  '') ;;
  *)
    echo "create-instance: $1: there is no such option (accepted: --dry-run)" >&2
    exit 2
    ;;
esac
if ! command -v gcloud >/dev/null 2>&1; then
  echo 'create-instance: gcloud is not installed; --dry-run prints the command to run elsewhere' >&2
  exit 2
fi
"${command[@]}"

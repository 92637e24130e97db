#!/usr/bin/env bash
# Copies the server to a machine over ssh and restarts it (R96). HOST is what ssh knows; the machine has been set up as
# README.md says. The settings come from ENV_FILE; BACKEND_INTERNAL_IP is the address of NATS that it refers to.
#   HOST=odin-ws-go BACKEND_INTERNAL_IP=10.128.0.2 ENV_FILE=server/deploy/env/optimized.env server/deploy/deploy.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

: "${HOST:?deploy: HOST is not set (accepted: a machine that ssh reaches)}"
ENV_FILE="${ENV_FILE:-server/deploy/env/optimized.env}"
TARGET="${TARGET:-/opt/fanout-twin}"

settings="$(mktemp)"
trap 'rm -f "$settings"' EXIT
server/deploy/settings.sh "$ENV_FILE" >"$settings"

rsync --archive --delete --exclude node_modules --exclude .env.production \
  package.json package-lock.json core server "$HOST:$TARGET/"
rsync --chmod=F640 "$settings" "$HOST:$TARGET/.env.production"
# Node itself is among the dependencies, for machines that have another version or none but npm's.
ssh "$HOST" "cd $TARGET && npm ci --omit=dev && sudo chgrp fanout .env.production && sudo systemctl restart fanout-twin"
HOST_URL="http://${HEALTH_HOST:-$HOST}:${PORT:-3002}" server/deploy/health.sh

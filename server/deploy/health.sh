#!/usr/bin/env bash
# Asks a server how it is (R96); exit 1 when it is unhealthy or does not answer within WAIT seconds.
#   HOST_URL=http://127.0.0.1:3002 server/deploy/health.sh
set -euo pipefail

HOST_URL="${HOST_URL:-http://127.0.0.1:3002}"
WAIT="${WAIT:-20}"
for _ in $(seq "$WAIT"); do
  if answer="$(curl --silent --fail --max-time 2 "$HOST_URL/health")"; then
    echo "$answer"
    exit 0
  fi
  sleep 1
done
echo "health: $HOST_URL/health: no healthy answer within $WAIT s" >&2
curl --silent --max-time 2 "$HOST_URL/health" >&2 || true
exit 1

#!/usr/bin/env bash
# Runs a command in a network namespace of its own, in which a socket holds little: send and receive buffers of 64 KiB at
# the most. A client that stops reading then fills its socket within seconds, as over a real network, instead of hiding
# megabytes in the kernel. Needs root (or user namespaces); ends with the command.
#   experiments/live/small-sockets.sh npm run -s fanout -- live experiments/scenarios/live-12k-stalled.yaml
set -euo pipefail

[ $# -gt 0 ] || { echo 'small-sockets: no command given (accepted: any command with its arguments)' >&2; exit 2; }
limits=(unshare --net)
[ "$(id -u)" = 0 ] || limits=(unshare --net --map-root-user)
exec "${limits[@]}" bash -euo pipefail -c '
  ip link set lo up
  echo "4096 16384 65536" >/proc/sys/net/ipv4/tcp_wmem
  echo "4096 16384 65536" >/proc/sys/net/ipv4/tcp_rmem
  echo 4096 >/proc/sys/net/core/somaxconn 2>/dev/null || true
  exec "$@"
' small-sockets "$@"

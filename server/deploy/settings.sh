#!/usr/bin/env bash
# Prints a profile with everything that it refers to filled in, as systemd wants it: .env.production of one machine.
#   BACKEND_INTERNAL_IP=10.128.0.2 server/deploy/settings.sh server/deploy/env/optimized.env
set -euo pipefail

file="${1:?settings: which profile? (accepted: a file of VARIABLE=value lines)}"
[ -f "$file" ] || { echo "settings: $file: there is no such file" >&2; exit 2; }
text="$(cat "$file")"
for name in $(grep -v '^[[:space:]]*#' "$file" | grep -o '\${[A-Z_][A-Z0-9_]*}' | tr -d '${}' | sort -u); do
  if [ -z "${!name:-}" ]; then
    echo "settings: $file refers to $name, which is not set (accepted: $name=value before the command)" >&2
    exit 2
  fi
  text="${text//\$\{$name\}/${!name}}"
done
printf '%s\n' "$text"

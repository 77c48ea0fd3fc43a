#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# sync-clock.sh [dry-run]: sets the clock right by its reference, and prints what came of it.
#
# One line: the outcome ("ok" or "stepped"), how far the clock was off in microseconds (positive is ahead), what
# it was compared with, and how exact that is. Run it with sudo, or as a member of the group wslnode: busctl asks
# for no password.
# Exit codes: 0 done or nothing to do, 1 failed (busctl says why), 2 usage. Needs jq.
set -eu

if [ "$#" -gt 1 ] || [ "${1:-dry-run}" != dry-run ]; then
    echo "usage: ${0##*/} [dry-run]" >&2
    exit 2
fi

# DRY_RUN is 1, so the number of arguments is the flags.
answer=$(busctl --json=short --timeout=60 call org.wslnode.Node1 /org/wslnode/Node1 org.wslnode.Node1 \
    SyncClock t "$#" 2>&1) || {
    echo "$answer" >&2
    exit 1
}
printf '%s\n' "$answer" | jq -r '.data[2]
    | "\(.outcome.data) \(.["offset-before-usec"].data) \(.reference.data) \(.["error-bound-usec"].data)"'

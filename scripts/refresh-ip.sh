#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# refresh-ip.sh [dry-run]: puts the node's address into the configured files, and prints what changed.
#
# One line for each step: the file, then what stood there and what stands there now; or the unit, and how its
# restart ended. Run it with sudo, or as a member of the group wslnode: busctl asks for no password.
# Exit codes: 0 done or nothing to do, 1 failed (busctl says why), 2 usage. Needs jq.
set -eu

if [ "$#" -gt 1 ] || [ "${1:-dry-run}" != dry-run ]; then
    echo "usage: ${0##*/} [dry-run]" >&2
    exit 2
fi

# DRY_RUN is 1, so the number of arguments is the flags.
answer=$(busctl --json=short --timeout=60 call org.wslnode.Node1 /org/wslnode/Node1 org.wslnode.Node1 \
    RefreshIP t "$#" 2>&1) || {
    echo "$answer" >&2
    exit 1
}
printf '%s\n' "$answer" | jq -r '.data as [$change, $steps, $result]
    | ($steps[] | "\(.[1]): \(.[2])"),
      ($result.skipped.data[] | "left alone: \(.)"),
      if $change > 0 then "Take it back with: wslnodectl undo \($change)" else empty end'

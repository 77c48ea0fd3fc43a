#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# fix-dns.sh [dry-run] [persist]: lets /etc/resolv.conf name DNS servers that answer, and prints what came of it.
#
# One line for each step, then the servers in their order. With persist it holds after the next start of WSL too, and
# what only WSL's own servers know is lost: split DNS and the names of Windows' hosts file. Run it with sudo, or as a
# member of the group wslnode: busctl asks for no password.
# Exit codes: 0 done or nothing to do, 1 failed (busctl says why), 2 usage. Needs jq.
set -eu

flags=0
for word; do
    case $word in
    dry-run) flag=1 ;;
    persist) flag=4 ;;
    *) flag=0 ;;
    esac
    if [ "$flag" -eq 0 ] || [ $((flags & flag)) -ne 0 ]; then
        echo "usage: ${0##*/} [dry-run] [persist]" >&2
        exit 2
    fi
    flags=$((flags | flag))
done

answer=$(busctl --json=short --timeout=60 call org.wslnode.Node1 /org/wslnode/Node1 org.wslnode.Node1 \
    FixDNS t "$flags" 2>&1) || {
    echo "$answer" >&2
    exit 1
}
printf '%s\n' "$answer" | jq -r '.data as [$change, $steps, $result]
    | ($steps[] | "\(.[1]): \(.[2])"),
      "servers: \($result.servers.data | join(" "))",
      if $result.public.data then "a public server is among them" else empty end,
      if $result["restart-required"].data then "to make it last, in Windows: wsl --terminate NAME" else empty end,
      if $change > 0 then "Take it back with: wslnodectl undo \($change)" else empty end'

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# wait-for-change.sh PROPERTY [SECONDS]: waits until a property of wslnoded changes, prints its new value.
#
# gdbus and not busctl: "busctl wait" came with systemd 257, and "busctl monitor" needs root.
# Exit codes: 0 it changed, 1 no such property, 2 usage, 3 wslnoded does not run, 5 nothing in SECONDS
# (60 if not given).
set -eu

name=org.wslnode.Node1
path=/org/wslnode/Node1
property=${1:-}
seconds=${2:-60}

usage() {
    echo "usage: ${0##*/} PROPERTY [SECONDS]" >&2
    exit 2
}
[ "$#" -le 2 ] || usage
case $property in '' | *[!A-Za-z0-9]*) usage ;; esac
case $seconds in '' | *[!0-9]*) usage ;; esac

# A type and the value: u 1280
value() { busctl --system get-property "$name" "$path" "$name" "$property"; }

# The kernel's pipe keeps what is said while this script is busy.
directory=$(mktemp -d)
monitor=
trap '[ -z "$monitor" ] || kill "$monitor" 2>/dev/null || :; rm -rf "$directory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkfifo "$directory/signals"
LC_ALL=C.UTF-8 timeout "$seconds" gdbus monitor --system --dest "$name" --object-path "$path" \
    >"$directory/signals" 2>&1 &
monitor=$!

before=
while IFS= read -r line; do
    case $line in
    "The name $name is owned by"*)
        # Only now is gdbus subscribed: a value that is read later cannot change unseen. After a restart of
        # the daemon the same line comes again, and nobody told what changed meanwhile.
        now=$(value) || exit 1
        if [ -n "$before" ] && [ "$now" != "$before" ]; then
            echo "$now"
            exit 0
        fi
        before=$now
        ;;
    "The name $name does not have an owner"*)
        if [ -z "$before" ]; then
            echo "wslnoded does not run: sudo systemctl start wslnoded" >&2
            exit 3
        fi
        ;;
    "$path: org.freedesktop.DBus.Properties.PropertiesChanged ('$name', "*"'$property': <"*)
        value
        exit 0
        ;;
    esac
done <"$directory/signals"

if [ -z "$before" ]; then
    echo "the bus cannot be reached" >&2
    exit 3
fi
echo "$property did not change in $seconds s" >&2
exit 5

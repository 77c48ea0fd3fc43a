#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# clock-notify.sh: tells by notify-send when the clock is wrong or right again, and that the machine slept.
#
# gdbus listens to the unique name that owns wslnoded's, so that nobody else is believed. What it prints is data:
# it is compared, and never evaluated. Needs notify-send (libnotify-bin). Ends with the bus or a signal.
# Exit codes: 1 the bus was lost or cannot be reached, 2 usage.
set -eu

name=org.wslnode.Node1
path=/org/wslnode/Node1

if [ "$#" -gt 0 ]; then
    echo "usage: ${0##*/}" >&2
    exit 2
fi

tell() {
    notify-send --app-name=wslnode --icon=preferences-system-time -- "$1" "$2" </dev/null || :
}

# Microseconds, behind the name of their type: int64 -7200000000
seconds() {
    printf '%s\n' "${1%%,*}" | awk '{ printf "%.3f s", $NF / 1000000 }'
}

# int64 7200000000, 'ntp', {'drifting': <true>, …}
drift() {
    case $1 in
    *"'drifting': <true>"*) tell "The clock is wrong" "By $(seconds "$1"), where more than 0 is ahead." ;;
    *"'drifting': <false>"*) tell "The clock is right again" "" ;;
    esac
}

# uint64 3600000000, {'clock': <'stepped'>, 'network': <'ok'>, …}
resumed() {
    case $1 in
    *"'network': <'dead'>"*) outcome="Not even its own address answers: shut WSL down in Windows." ;;
    *"'clock': <'stepped'>"*) outcome="The clock was set right." ;;
    *"'clock': <'left'>"* | *"'clock': <'failed'>"*) outcome="The clock is wrong, and was not set." ;;
    *) outcome= ;;
    esac
    tell "The machine slept for $(seconds "$1")" "$outcome"
}

directory=$(mktemp -d)
monitor=
trap '[ -z "$monitor" ] || kill "$monitor" 2>/dev/null || :; rm -rf "$directory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkfifo "$directory/signals"
LC_ALL=C.UTF-8 gdbus monitor --system --dest "$name" --object-path "$path" >"$directory/signals" &
monitor=$!

while IFS= read -r line; do
    case $line in
    "$path: $name.ClockDrift ("*) drift "${line#*"("}" ;;
    "$path: $name.Resumed ("*) resumed "${line#*"("}" ;;
    esac
done <"$directory/signals"
exit 1

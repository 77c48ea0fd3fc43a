#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dns-notify.sh: tells by notify-send when no DNS server answers, when one of them does not, and when they do again.
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
    notify-send --app-name=wslnode --icon=network-error -- "$1" "$2" </dev/null || :
}

# Whether it was told that none answers: a clearing may come for what was never raised.
failed=

# 'dns-no-answer', '', 'critical', 'No DNS server answers.', {…}
raised() {
    case $1 in
    "'dns-no-answer', "*)
        failed=1
        tell "No DNS server answers" "wslnodectl fix-dns looks for one that does."
        ;;
    "'dns-tunnel-refuses', "*)
        tell "WSL's DNS tunnel refuses" "wslnodectl fix-dns lets another answer first."
        ;;
    "'dns-server-dead', '"*)
        server=${1#"'dns-server-dead', '"}
        case ${server#*"', '"} in
        "warning', "*) tell "The DNS server ${server%%\'*} does not answer" "wslnodectl fix-dns lets another answer first." ;;
        esac
        ;;
    esac
}

# 'dns-no-answer', '', {}
cleared() {
    case $1 in
    "'dns-no-answer', "*)
        [ -z "$failed" ] || tell "DNS answers again" ""
        failed=
        ;;
    esac
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
    "$path: $name.FindingRaised ("*) raised "${line#*"("}" ;;
    "$path: $name.FindingCleared ("*) cleared "${line#*"("}" ;;
    esac
done <"$directory/signals"
exit 1

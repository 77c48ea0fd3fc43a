#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# vpn-notify.sh: tells by notify-send when a tunnel of the VPN, or a peer of it, drops, and when it is back.
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

# Takes the next string out of $rest, into $text: gdbus quotes with ' or, where the string has one, with ", and puts a
# backslash before what would end it. What else has one, such as \u200e, stays as it is without its backslash.
take() {
    text=
    rest=${rest#"${rest%%[\'\"]*}"}
    quote=${rest%"${rest#?}"}
    rest=${rest#?}
    while [ -n "$rest" ]; do
        plain=${rest%%["\\$quote"]*}
        text=$text$plain
        rest=${rest#"$plain"}
        case $rest in
        "$quote"*)
            rest=${rest#?}
            return 0
            ;;
        *)
            rest=${rest#?} # the backslash
            text=$text${rest%"${rest#?}"}
            rest=${rest#?}
            ;;
        esac
    done
    return 1
}

# A notification's body may have markup in it, its title has none.
tell() {
    body=$(printf '%s\n' "$3" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g')
    notify-send --app-name=wslnode --urgency="$1" --icon=network-vpn -- "$2" "$body" </dev/null || :
}

explain() {
    case $1 in
    daemon-gone) echo "The program that made it does not answer." ;;
    link-gone) echo "Its link is gone." ;;
    link-down) echo "Its link was set down." ;;
    no-underlay) echo "The node has no address to reach it from." ;;
    no-handshake) echo "There was no handshake for three minutes." ;;
    no-reply) echo "What is sent to it is not answered." ;;
    no-endpoint) echo "Nobody knows where it is." ;;
    endpoint-unresolved) echo "Its name cannot be looked up." ;;
    login-needed) echo "Its login has run out, or somebody logged out." ;;
    not-authorised) echo "An administrator is to let this machine in." ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# A peer is known by the head of its key; one that is empty stands for the whole tunnel.
whom() {
    if [ -n "$2" ]; then
        printf 'The peer %.8s… of the VPN %s\n' "$2" "$1"
    else
        printf 'The VPN %s\n' "$1"
    fi
}

# 'wg0', '', 'link-down', {'finding': <'vpn-down'>, …}
down() {
    rest=$1
    take && vpn=$text && take && peer=$text && take || return 0
    [ -n "$peer" ] && urgency=normal || urgency=critical
    tell "$urgency" "$(whom "$vpn" "$peer") is down" "$(explain "$text")"
}

# 'wg0', '', {'path': <objectpath '/org/…'>, …}
up() {
    rest=$1
    take && vpn=$text && take || return 0
    tell normal "$(whom "$vpn" "$text") is back" ""
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
    "$path: $name.VPNDown ("*) down "${line#*"("}" ;;
    "$path: $name.VPNUp ("*) up "${line#*"("}" ;;
    esac
done <"$directory/signals"
exit 1

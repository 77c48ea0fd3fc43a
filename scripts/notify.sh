#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# notify.sh: tells what wslnoded finds wrong by notify-send, for those who run no tray. Ends with the bus or a signal.
#
# What a finding says is data: it is taken out of gdbus's text, and never evaluated. Needs notify-send (libnotify-bin).
# Exit codes: 1 the bus was lost or cannot be reached, 2 usage.
set -eu

name=org.wslnode.Node1
path=/org/wslnode/Node1

if [ "$#" -gt 0 ]; then
    echo "usage: ${0##*/}" >&2
    exit 2
fi

# Takes the next string out of $rest, into $text: gdbus quotes with ' or, where the string has one, with ", and puts a
# backslash before what would end it. \n, \t and \u200e stay as they are, without their backslash a word's letters.
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
        '\n'* | '\r'* | '\t'*)
            text="$text "
            rest=${rest#??}
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

# The value of a key in the dictionary that $details begins with; its first entries are all strings.
value() {
    rest=$details
    while take && key=$text && take; do
        [ "$key" != "$1" ] || return 0
    done
    text=
}

tell() {
    take && take && subject=$text && take && severity=$text && take && summary=$text || return 0
    details=$rest
    case $severity in
    critical) urgency=critical ;;
    warning) urgency=normal ;;
    *) return 0 ;;
    esac
    value remedy
    [ -n "$text" ] || value cause
    # A notification's body may have markup in it, its title has none.
    body=$(printf '%s\n' "$text" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g')
    notify-send --app-name=wslnode --urgency="$urgency" --icon=network-error -- \
        "$summary${subject:+ ($subject)}" "$body" </dev/null || :
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
    "$path: $name.FindingRaised ("*)
        rest=${line#*"("}
        tell
        ;;
    esac
done <"$directory/signals"
exit 1

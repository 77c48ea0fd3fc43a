#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# set-mtu.sh LINK MTU [dry-run]: sets an MTU through wslnoded, and tells the ways to fail apart.
#
# gdbus and not busctl: gdbus prints the name of every error, busctl only a text. Neither asks for a
# password in a WSL shell: run this with sudo, or as a member of the group wslnode.
# Exit codes: 0 done, 1 failed, 2 usage, 3 not running, 4 denied, 5 too late, 6 a password is needed,
# 10 no such link, 11 not an MTU for this link, 12 needs force, 13 others set it again and again.
set -eu

if [ "$#" -lt 2 ] || [ "$#" -gt 3 ] || [ "${3:-dry-run}" != dry-run ]; then
    echo "usage: ${0##*/} LINK MTU [dry-run]" >&2
    exit 2
fi
case $2 in
'' | *[!0-9]*)
    echo "not a number of bytes: $2" >&2
    exit 2
    ;;
esac
# gdbus reads GVariant text: quoted and typed, an odd name stays a name and a number fits.
link="'$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")'"
flags=${3:+1}

fail() {
    echo "$2" >&2
    exit "$1"
}

# The daemon lets a person take 120 s for the password; gdbus alone would give up after 25.
if answer=$(LC_ALL=C.UTF-8 gdbus call --system --interactive --timeout 150 --dest org.wslnode.Node1 \
    --object-path /org/wslnode/Node1 --method org.wslnode.Node1.SetMTU \
    "$link" "uint32 $2" "uint64 ${flags:-0}" 2>&1); then
    echo "$answer"
    exit 0
fi

# Error: GDBus.Error:org.wslnode.Node1.Error.NoSuchLink: the text
ours=GDBus.Error:org.wslnode.Node1.Error
case $answer in
*"$ours".NoSuchLink:*) fail 10 "There is no link $1." ;;
*"$ours".InvalidMTU:*) fail 11 "$1 does not take an MTU of $2." ;;
*"$ours".NeedsForce:*) fail 12 "This may harm: wslnodectl --force set-mtu $1 $2" ;;
*"$ours".Fighting:*) fail 13 "Something else sets the MTU of $1 again and again." ;;
*.Error.AccessDenied:*) fail 4 "Not allowed: use sudo, or join the group wslnode." ;;
*.Error.InteractiveAuthorizationRequired:*) fail 6 "This needs a password: use sudo." ;;
*.Error.ServiceUnknown:* | *.Error.NameHasNoOwner:* | *.Error.Spawn.*)
    fail 3 "wslnoded does not run: sudo systemctl start wslnoded"
    ;;
*'number out of range'*) fail 2 "not a number of bytes: $2" ;;
*'Timeout was reached'* | *.Error.Timeout:*) fail 5 "No answer in time." ;;
*) fail 1 "$answer" ;;
esac

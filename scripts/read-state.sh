#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# read-state.sh: what a script can read from wslnoded, free for every user.
#
# Without an argument it prints the state for a person, with --json everything as one line of JSON.
# Exit codes: 0 done, 2 usage, 3 wslnoded does not answer.
set -eu

name=org.wslnode.Node1
path=/org/wslnode/Node1

property() { busctl --system get-property "$name" "$path" "$name" "$@"; }

if [ "$#" -gt 1 ] || [ "${1:---json}" != --json ]; then
    echo "usage: ${0##*/} [--json]" >&2
    exit 2
fi
if ! health=$(property Health); then
    echo "wslnoded does not answer: sudo systemctl start wslnoded" >&2
    exit 3
fi

if [ "${1:-}" = --json ]; then
    # All of it in one call. jq takes it apart: read-state.sh --json | jq -r '.data[0].Uplink.data'
    exec busctl --system --json=short call "$name" "$path" org.freedesktop.DBus.Properties GetAll s "$name"
fi

# busctl prints a type and a value; strings stand in quotation marks: s "ok"
echo "Health:    ${health#s }"
# One call may ask for several: a line for each.
property Uplink Address Gateway UplinkMTU | {
    read -r _ uplink
    read -r _ address
    read -r _ gateway
    read -r _ mtu
    echo "Uplink:    $uplink"
    echo "Address:   $address"
    echo "Gateway:   $gateway"
    echo "MTU:       $mtu"
}
# An array is its type, its length and its members: as 2 "172.17.1.2/20" "2001:db8::2/64"
addresses=$(property Addresses)
echo "Addresses: ${addresses#as [0-9]* }"
# Nested values are better read as JSON.
echo "Findings:  $(busctl --system --json=short get-property "$name" "$path" "$name" Findings)"

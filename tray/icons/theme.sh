#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lays out the icon theme folder: theme.sh rsvg-convert sources folder
#
# PNGs besides the SVGs: WSLg shows no SVG.
set -eu
convert=$1 sources=$2 folder=$3

umask 022
rm -rf "$folder" "$folder.new"

# One drawing, as SVG and in every size.
draw() {
    icon=$1 context=$2
    install -D -m 644 "$sources/$icon.svg" "$folder.new/scalable/$context/$icon.svg"
    for size in 16 22 24 32 48 64 128 256; do
        mkdir -p "$folder.new/${size}x$size/$context"
        "$convert" -w $size -h $size -o "$folder.new/${size}x$size/$context/$icon.png" "$sources/$icon.svg"
    done
}

draw org.wslnode.Tray apps
for level in absent unknown ok warning critical; do
    draw wslnode-$level status
    # Not symbolic/status: Debian 12's hicolor does not list that one, so nothing would look there.
    install -D -m 644 "$sources/wslnode-$level-symbolic.svg" "$folder.new/scalable/status/wslnode-$level-symbolic.svg"
done
# Whole or not at all: the build takes its time from the folder's.
mv "$folder.new" "$folder"
touch "$folder"

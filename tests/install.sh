#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing of the packages that building (build; with the tray: tray) or testing (test) needs.
set -eu

build="meson ninja-build gcc pkg-config libc6-dev libsystemd-dev libnl-3-dev libc-ares-dev libjansson-dev
    libinih-dev dbus dbus-daemon"
tray="gettext libglib2.0-dev libgtk-3-dev libnotify-dev librsvg2-bin librsvg2-common"
test="clang libclang-rt-dev libcmocka-dev dbus dnsmasq-base wireguard-go wireguard-tools polkitd pkexec python3 python3-gi
    gir1.2-glib-2.0 python3-pytest libglib2.0-bin libglib2.0-dev-bin iproute2 procps util-linux strace mandoc systemd
    man-db git jq
    qemu-system-x86 qemu-utils debootstrap debian-archive-keyring dpkg-dev e2fsprogs
    $tray locales desktop-file-utils xvfb xfwm4 xfce4-panel xfconf trayer dunst libnotify-bin at-spi2-core xdotool
    imagemagick x11-utils adwaita-icon-theme hicolor-icon-theme fonts-dejavu-core gir1.2-atspi-2.0 gir1.2-gtk-3.0
    gir1.2-gdkpixbuf-2.0"
bench="network-manager systemd iproute2"

case "$1" in
build) wanted=$build ;;
test) wanted="$build $test" ;;
tray) wanted="$build $tray" ;;
bench) wanted="$build $test $bench" ;;
*) echo "usage: $0 build|tray|test|bench" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "There is no apt here. Install the equivalents of:" $wanted >&2
    echo "(with dnf: systemd-devel libnl3-devel c-ares-devel jansson-devel inih-devel meson gcc dbus-daemon, and" \
        "for the tray gettext glib2-devel gtk3-devel libnotify-devel librsvg2-tools; untested)" >&2
    exit 0
fi
missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "Missing packages:$missing; run this as root, or install them." >&2
    exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -qq -y --no-install-recommends $missing >/dev/null

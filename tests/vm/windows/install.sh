#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# install.sh TARGET-ROOT: puts Windows into the root of a machine: /init, wslinfo, and programs on /mnt/c.
#
# /init is static, so that one opened beforehand (flag F of binfmt_misc) runs in any namespace, and starts quickly.
# Needs a C compiler (CC, default cc) with a static libc.
set -eu

if [ "$#" -ne 1 ] || ! [ -d "$1" ]; then
    echo "usage: ${0##*/} TARGET-ROOT" >&2
    exit 2
fi
source=$(cd "$(dirname "$0")" && pwd)
target=$1
system=$target/mnt/c/Windows/System32

# Starts as a Windows program does, and is none: what runs it is /init, or nothing.
make_program() {
    mkdir -p "${1%/*}"
    printf 'MZ stands for %s; nothing in here can run.\r\n' "${1##*/}" >"$1"
    chmod 0755 "$1"
}

for program in cmd.exe reg.exe netsh.exe wsl.exe WindowsPowerShell/v1.0/powershell.exe; do
    make_program "$system/$program"
done
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -static -o "$target/init" "$source"/*.c
strip "$target/init" 2>/dev/null || true
mkdir -p "$target/usr/bin" "$target/etc/tmpfiles.d"
ln -sf /init "$target/usr/bin/wslinfo"

# The record and the script lie in /dev/shm: a service under ProtectSystem=strict may write nothing in /run, and
# the programs it starts must be able to tell that they ran.
cat >"$target/etc/tmpfiles.d/windows.conf" <<'END'
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where the tests turn the knobs of Windows, and read what was called
d /run/windows 0755 root root
f /dev/shm/windows-calls 0666 root root
f /dev/shm/windows-script 0666 root root
L+ /run/windows/calls - - - - /dev/shm/windows-calls
L+ /run/windows/script - - - - /dev/shm/windows-script
END

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Windows as a node sees it: a drive, and programs on it that run through interop.

The drive is a file system of FUSE's, as virtiofs is one to the kernel, served from here and kept in memory. Interop is a
binfmt_misc of the daemon's own, in a user namespace (Linux 6.7): the machine's stays as it is.
"""

import contextlib
import errno
import os
import shlex
import stat
import struct
import subprocess
import threading

FUSE_DEVICE = os.makedev(10, 229)
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, BATCH_FORGET = (
    1, 2, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29, 42)
SILENT = (FORGET, BATCH_FORGET)
ROOT = 1

# What WSL's /init does, but for Windows: the program's name leads to what is open, and to nothing else.
INTERPRETER = """#!/bin/sh
cd {folder}
program=$(readlink -f "$1")
shift
printf '%s|%s|%s|%s\\n' "${{program##*/}}" "$*" "${{WSL_INTEROP-unset}}" "$OLDPWD" >> calls
. ./behaviour
"""
RUN = """
mount -t binfmt_misc none "$0/proc/sys/fs/binfmt_misc"
echo ":WSLInterop:M::MZ::$1:PF" > "$0/proc/sys/fs/binfmt_misc/register"
shift
exec "$@"
"""


class Drive:
    """`files` are its paths and what they hold; folders follow from them."""

    def __init__(self, place, files):
        self.place, self.device, self.nodes = place, None, {ROOT: {}}
        for path, data in files.items():
            self.add(path, data)
        self.mount()
        threading.Thread(target=self.serve, daemon=True).start()

    def add(self, path, data):
        folder = self.nodes[ROOT]
        *above, name = path.split("/")
        for part in above:
            if part not in folder:
                folder[part] = self.number({})
            folder = self.nodes[folder[part]]
        folder[name] = self.number(data)

    def number(self, node):
        number = len(self.nodes) + 1
        self.nodes[number] = node
        return number

    def mount(self):
        node = self.place.parent / "fuse"
        os.mknod(node, stat.S_IFCHR | 0o600, FUSE_DEVICE)
        self.device = os.open(node, os.O_RDWR)
        node.unlink()
        self.place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-i", "-t", "fuse", "-o", f"fd={self.device},rootmode=40000,user_id=0,group_id=0",
                        "drive", self.place], check=True, pass_fds=[self.device])

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.place], check=True)

    def serve(self):
        with contextlib.suppress(OSError):  # it was unmounted
            while True:
                request = os.read(self.device, 1 << 17)
                length, operation, unique, number = struct.unpack_from("IIQQ", request)
                if operation in SILENT:
                    continue
                try:
                    error, answer = 0, self.answer(operation, number, request[40:length])
                except OSError as problem:
                    error, answer = problem.errno, b""
                os.write(self.device, struct.pack("IiQ", 16 + len(answer), -error, unique) + answer)
        os.close(self.device)

    def answer(self, operation, number, body):
        node = self.nodes[number] if operation != INIT else None
        if operation == INIT:
            return struct.pack("IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0, 4096, 0, 0, 0, 0)
        if operation == LOOKUP:
            name = body.rstrip(b"\0").decode()
            if not isinstance(node, dict) or name not in node:
                raise OSError(errno.ENOENT, name)
            return struct.pack("QQQQII", node[name], 0, 0, 0, 0, 0) + self.attributes(node[name])
        if operation == GETATTR:
            return struct.pack("QII", 0, 0, 0) + self.attributes(number)
        if operation in (OPEN, OPENDIR):
            return struct.pack("QII", 0, 0, 0)
        if operation == STATFS:
            return struct.pack("5Q10I", 0, 0, 0, 0, 0, 4096, 255, 4096, *[0] * 7)
        if operation == READ:
            _, offset, size = struct.unpack_from("QQI", body)
            return node[offset:offset + size]
        if operation in (READDIR, RELEASE, RELEASEDIR, FLUSH):
            return b""
        raise OSError(errno.ENOSYS, "not served")

    def attributes(self, number):
        node = self.nodes[number]
        mode, size = (stat.S_IFDIR, 0) if isinstance(node, dict) else (stat.S_IFREG, len(node))
        return struct.pack("QQQQQQIIIIIIIIII", number, size, 0, 0, 0, 0, 0, 0, 0, mode | 0o777, 1, 0, 0, 0, 4096, 0)


class Windows:
    """`node` is not started yet."""

    def __init__(self, node, folder, files):
        self.folder = folder / "windows"
        self.folder.mkdir()
        self.calls_file = self.folder / "calls"
        self.behave("")
        interpreter = self.folder / "init"
        interpreter.write_text(INTERPRETER.format(folder=shlex.quote(str(self.folder))))
        interpreter.chmod(0o755)
        node.write("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
        node.write("run/WSL/1_interop", "")
        (node.root / "proc/sys/fs/binfmt_misc").mkdir(parents=True)
        (node.root / "mnt").mkdir()
        node.within = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", RUN, node.root, interpreter]
        self.drive = Drive(node.root / "mnt/c", files)

    def behave(self, script):
        """What its programs do from now on, as a line for the shell."""
        (self.folder / "behaviour").write_text(script + "\n")

    def calls(self):
        """[program, arguments, WSL_INTEROP, folder] of each."""
        return [line.split("|") for line in self.calls_file.read_text().splitlines()] if self.calls_file.exists() else []

    def end(self):
        self.drive.unmount()

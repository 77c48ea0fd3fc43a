# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run in the daemon's own sandbox: tries what each directive of the unit forbids or gives, and tells what came of it."""

import ctypes
import errno
import json
import mmap
import os
import pathlib
import socket
import stat
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWUSER = 0x10000000  # takes no capability
SCHED_FIFO = 1
PER_LINUX32 = 0x0008
PROT_RWX = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
SYS_SWAPON, SYS_FINIT_MODULE, SYS_SYSLOG = 167, 313, 103  # x86-64
SYSLOG_SIZE_BUFFER = 10
# The kernel looks at these before it looks at who asks: what is refused with EPERM was refused by the sandbox.
NO_SUCH_FLAG, NO_SUCH_PRIORITY = 0x40000000, 1000


def said(result):
    """The name of the error of a C call, or ok."""
    return errno.errorcode[ctypes.get_errno()] if result in (-1, 2**64 - 1) else "ok"


def tried(action):
    try:
        action()
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def writes(path):
    def write():
        with open(path, "a", encoding="ascii"):
            pass
    return tried(write)


def writes_file_in(folder):
    path = pathlib.Path(folder, "probe")
    result = writes(path)
    if result == "ok":
        path.unlink()
    return result


def listed(folder):
    try:
        return os.listdir(folder)
    except OSError as e:
        return errno.errorcode[e.errno]


def opened(path, flags):
    return tried(lambda: os.close(os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)))


def devices():
    """All that can be opened; terminals of their own are everybody's."""
    paths = [path for path in pathlib.Path("/dev").rglob("*") if path.parts[2] not in ("pts", "shm", "mqueue", "hugepages")]
    modes = {path: path.lstat().st_mode for path in paths}
    return sorted(path.name for path, kind in modes.items()
                  if (stat.S_ISCHR(kind) or stat.S_ISBLK(kind)) and opened(path, os.O_RDONLY) == "ok")


def opens(family):
    return tried(lambda: socket.socket(family, socket.SOCK_RAW if family == socket.AF_PACKET else socket.SOCK_DGRAM
                                       if family in (socket.AF_NETLINK, socket.AF_INET, socket.AF_INET6)
                                       else socket.SOCK_STREAM).close())


def maps_executable():
    libc.mmap.restype = ctypes.c_void_p
    address = libc.mmap(None, ctypes.c_size_t(4096), PROT_RWX, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1,
                        ctypes.c_long(0))
    return said(-1 if address in (None, 2**64 - 1) else 0)


def status():
    lines = pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def mode(path):
    return oct(pathlib.Path(path).stat().st_mode & 0o7777)


def main():
    umask = os.umask(0o22)
    process = status()
    print(json.dumps({
        "capabilities": int(process["CapBnd"], 16),
        "no-new-privileges": process["NoNewPrivs"].strip(),
        "umask": oct(umask),
        "tunables": os.environ.get("GLIBC_TUNABLES"),
        "packet-socket": opens(socket.AF_PACKET),
        "netlink-socket": opens(socket.AF_NETLINK),
        "inet-socket": opens(socket.AF_INET),
        "vsock-socket": opens(socket.AF_VSOCK),
        "devices": devices(),
        "ptp-for-writing": opened("/dev/ptp0", os.O_RDWR),
        "personality": said(libc.personality(PER_LINUX32)),
        "executable-memory": maps_executable(),
        "realtime": tried(lambda: os.sched_setscheduler(0, SCHED_FIFO, os.sched_param(NO_SUCH_PRIORITY))),
        "namespace": said(libc.unshare(CLONE_NEWUSER)),
        "clock": tried(lambda: time.clock_settime_ns(time.CLOCK_REALTIME, time.time_ns())),
        "host-name": said(libc.sethostname(b"probe", 5)),
        "host-name-space": os.readlink("/proc/self/ns/uts"),
        "module": said(libc.syscall(SYS_FINIT_MODULE, -1, b"", 0)),
        "modules": listed("/usr/lib/modules"),
        "kernel-log": said(libc.syscall(SYS_SYSLOG, SYSLOG_SIZE_BUFFER, None, 0)),
        "kernel-log-mode": mode("/proc/kmsg"),
        "swap": said(libc.syscall(SYS_SWAPON, b"/nowhere", NO_SUCH_FLAG)),
        "cgroup": writes("/sys/fs/cgroup/cgroup.procs"),
        "tunable": writes("/proc/sys/net/ipv4/ip_forward"),
        "system": writes_file_in("/usr/lib"),
        "etc": writes_file_in("/etc"),
        "home": sorted(os.listdir("/home")) if os.access("/home", os.R_OK) else "hidden",
        "tmp": sorted(os.listdir("/tmp")),
        "run": writes_file_in("/run/wslnode"), "run-mode": mode("/run/wslnode"),
        "state": writes_file_in("/var/lib/wslnode"), "state-mode": mode("/var/lib/wslnode"),
        "configuration": mode("/etc/wslnode"),
    }), file=sys.stdout)


main()

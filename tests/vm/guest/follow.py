# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gives a link an MTU when the clock is set, once: follow.py LINK MTU"""

import errno
import fcntl
import os
import socket
import struct
import sys
import time

SIOCSIFMTU = 0x8922
NEVER = 1 << 33


def main():
    link, mtu = sys.argv[1].encode(), int(sys.argv[2])
    way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    timer = os.timerfd_create(time.CLOCK_REALTIME)
    os.timerfd_settime(timer, flags=os.TFD_TIMER_ABSTIME | os.TFD_TIMER_CANCEL_ON_SET, initial=NEVER)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    try:
        os.read(timer, 8)
    except OSError as e:
        assert e.errno == errno.ECANCELED
    fcntl.ioctl(way, SIOCSIFMTU, struct.pack("16si", link, mtu) + bytes(20))


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""An NTP server in a test's network, which tells whatever time a test wants. It sets no clock."""

import socket
import struct
import threading
import time

EPOCH = 2208988800  # 1970, in seconds since 1900
UNSYNCHRONISED = 3  # a leap indicator


class Ntp:
    """`offset` in seconds is what it is ahead of this machine's clock, from the next answer on."""

    def __init__(self, namespace, address="127.0.0.1"):
        self.offset, self.mute, self.leap, self.stratum = 0.0, False, 0, 1
        self.identifier = b"TEST"  # with stratum 0 it is what the server wants
        self.asked = 0
        self.socket = namespace.bound(socket.SOCK_DGRAM, address, 123)
        self.socket.settimeout(0.2)
        self.running = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def now(self):
        """As NTP writes it: 32 bits of seconds and 32 of their fraction; after 2036 it begins at 0 again."""
        return int((time.time() + self.offset + EPOCH) * 2**32) % 2**64

    def answer(self, request):
        received = self.now()
        version = request[0] >> 3 & 7
        header = struct.pack("!BBbbII4s", self.leap << 6 | version << 3 | 4, self.stratum, request[2] & 127, -20, 0, 0,
                             self.identifier)
        # Reference, what the client sent, received, sent.
        return header + struct.pack("!Q8sQQ", received - 2**32, request[40:48], received, self.now())

    def serve(self):
        while self.running:
            try:
                request, client = self.socket.recvfrom(512)
            except TimeoutError:
                continue
            if len(request) < 48 or request[0] & 7 != 3:
                continue
            self.asked += 1
            if not self.mute:
                self.socket.sendto(self.answer(request), client)

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()

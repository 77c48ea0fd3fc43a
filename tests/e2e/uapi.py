# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tunnel whose socket says what a test wants, in the words of wireguard-go: key=value lines."""

import base64
import contextlib
import hashlib
import os
import secrets
import socket
import threading
import time


def key_of(number):
    """As good as random, and always the same."""
    return hashlib.sha256(str(number).encode()).digest()


def shown_key(number):
    return base64.b64encode(key_of(number)).decode()


def peer(number, **values):
    """One whose last handshake was a moment ago, unless told otherwise."""
    fields = {"public_key": key_of(number).hex(), "endpoint": "198.51.100.1:51820",
              "last_handshake_time_sec": int(time.time()), "last_handshake_time_nsec": 0, "tx_bytes": 1000 + number,
              "rx_bytes": 2000 + number, "persistent_keepalive_interval": 25} | values
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def answer(*peers, private_key="11" * 32):
    return f"private_key={private_key}\nlisten_port=51820\n{''.join(peers)}errno=0\n\n".encode()


class Uapi:
    """`part(connection)` is what becomes of each that asks; with none nobody is let in. `asked` counts them."""

    def __init__(self, node, name, part):
        self.node, self.name, self.part, self.asked = node, name, part, 0
        folder = node.root / "run/wireguard"
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.open = folder / f"{name}.sock", []
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        # Where it stands is too long a path for a socket.
        place = os.open(folder, os.O_PATH)
        self.listener.bind(f"/proc/self/fd/{place}/{name}.sock")
        os.close(place)
        self.listener.listen(0 if part is None else 16)
        if part:
            threading.Thread(target=self.serve, daemon=True).start()

    def add_link(self):
        self.node.network.batch([f"tuntap add dev {self.name} mode tun", f"link set {self.name} up"])
        return self

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.hear, args=(connection,), daemon=True).start()

    def hear(self, connection):
        try:
            request = b""
            while not request.endswith(b"\n\n"):
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            self.asked += 1
            assert request == b"get=1\n\n", request
            self.part(connection)
        except OSError:
            pass  # who asked has had enough

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # who reads from it now lets go of it
            connection.close()


def says(text):
    """A part: that, and nothing more. It may be a function, which is called each time."""
    def part(connection):
        connection.sendall(text() if callable(text) else text)
    return part


def hangs(connection):
    pass


def ends(connection):
    connection.close()


def garbage(connection):
    connection.sendall(secrets.token_bytes(4096))
    connection.close()


def half(connection):
    whole = answer(peer(0), peer(1))
    connection.sendall(whole[:len(whole) * 2 // 3])
    connection.close()


def half_and_hangs(connection):
    whole = answer(peer(0), peer(1))
    connection.sendall(whole[:len(whole) * 2 // 3])


def trickles(connection):
    for byte in answer(peer(0), peer(1)):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def one_long_line(connection):
    for _ in range(10):
        connection.sendall(b"a" * (1 << 20))


def never_ends(connection):
    """Nothing wrong in it, and no end: the peers begin anew each 10 MiB."""
    while True:
        connection.sendall(b"".join(peer(i).encode() for i in range(1000)))


def ten_mebibytes(connection):
    """All of one peer's."""
    line = b"allowed_ip=192.0.2.1/32\n"
    head, tail = answer(peer(0)).split(b"errno=0")
    connection.sendall(head + line * (10 * (1 << 20) // len(line)) + b"errno=0" + tail)


def refuses(connection):
    connection.sendall(b"errno=1\n\n")


BAD = {"deaf": None, "hangs": hangs, "ends": ends, "garbage": garbage, "half": half, "halfhangs": half_and_hangs,
       "trickles": trickles, "longline": one_long_line, "neverends": never_ends, "refuses": refuses,
       "empty": says(b"\n")}

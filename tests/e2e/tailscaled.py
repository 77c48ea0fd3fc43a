# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tailscaled that says what a test wants, at its place below the daemon's root: recorded streams, or worse."""

import contextlib
import json
import os
import secrets
import socket
import threading
import time

import stage

RECORDINGS = stage.SOURCE / "tests/sense/tailscale"
NEEDS_LOGIN, NEEDS_MACHINE_AUTH, STOPPED, STARTING, RUNNING = range(2, 7)
NAMES = ["NoState", "InUseOtherUser", "NeedsLogin", "NeedsMachineAuth", "Stopped", "Starting", "Running"]
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"


def recorded_bus(version):
    path = RECORDINGS / f"v{version}.bus"
    return path.read_bytes().splitlines(keepends=True) if path.exists() else None


def recorded_status(version):
    return json.loads((RECORDINGS / f"v{version}.status").read_text())


class Tailscaled:
    """`lines` are what each watcher of its bus hears first (None: it has no bus), `status` is a dict.

    `part(connection)` plays all of it instead. `asked` counts who came. The status comes after `delay` seconds.
    """

    def __init__(self, node, lines=None, status=None, part=None, delay=0):
        self.lines, self.status, self.part, self.delay, self.asked = lines, status, part, delay, 0
        self.folder = node.root / "run/tailscale"
        self.path = self.folder / "tailscaled.sock"
        self.listener, self.watchers, self.open = None, [], []
        self.order = threading.Lock()  # nobody who comes misses what is said meanwhile

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        # Where it stands is too long a path for a socket; and it listens before anybody finds it there.
        place = os.open(self.folder, os.O_PATH)
        self.listener.bind(f"/proc/self/fd/{place}/new")
        os.close(place)
        self.listener.listen(16)
        (self.folder / "new").rename(self.path)
        threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()
        return self

    def serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.hear, args=(connection,), daemon=True).start()

    def hear(self, connection):
        try:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                piece = connection.recv(4096)
                if not piece:
                    return
                request += piece
            self.asked += 1
            self.answer(connection, request.split()[1].decode())
        except OSError:
            pass  # who asked has had enough

    def answer(self, connection, target):
        if self.part:
            self.part(connection)
        elif target == "/localapi/v0/status":
            time.sleep(self.delay)
            connection.sendall(HEAD + json.dumps(self.status, indent="\t").encode())
            close(connection)
        elif self.lines is None:
            connection.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n404 not found")
            close(connection)
        else:
            assert target.startswith("/localapi/v0/watch-ipn-bus?mask="), target
            with self.order:
                self.watchers.append(connection)
                connection.sendall(HEAD + b"".join(self.lines))

    def say(self, state, **rest):
        """To all watchers, and to whoever comes later. The status agrees."""
        line = json.dumps({"Version": "1.102.0", "State": state} | rest).encode() + b"\n"
        self.status["BackendState"] = NAMES[state]
        with self.order:
            self.lines.append(line)
            for watcher in self.watchers:
                with contextlib.suppress(OSError):  # it has come again meanwhile, by another connection
                    watcher.sendall(line)

    def kill(self):
        """Its socket stays, as after SIGKILL."""
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        self.listener = None
        for connection in self.open:
            close(connection)
        self.open, self.watchers = [], []

    def stop(self):
        """Its folder goes too, as systemd removes it."""
        self.path.unlink(missing_ok=True)
        self.kill()


def close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already
    connection.close()


def truncated(connection):
    whole = HEAD + recorded_bus("1.102")[0]
    connection.sendall(whole[:len(whole) * 2 // 3])
    close(connection)


def within_the_head(connection):
    connection.sendall(HEAD[:20])
    close(connection)


def garbage(connection):
    connection.sendall(secrets.token_bytes(4096))
    close(connection)


def garbage_as_body(connection):
    connection.sendall(HEAD + secrets.token_bytes(4096) + b"\n")
    close(connection)


def refuses(connection):
    connection.sendall(b"HTTP/1.0 403 Forbidden\r\n\r\naccess denied")
    close(connection)


def closes(connection):
    close(connection)


def hangs(connection):
    pass


def deep(connection):
    connection.sendall(HEAD + b'{"a":' * 100000)


BAD = [truncated, within_the_head, garbage, garbage_as_body, refuses, closes, hangs, deep]


def slowly(connection):
    """A byte at a time, and then no end."""
    for byte in HEAD + b'{"Version":"1.66.0","State":6}\n':
        connection.sendall(bytes([byte]))
        time.sleep(0.01)


def ten_mebibytes(meanwhile):
    """One object; `meanwhile` is called before it is too large."""
    def part(connection):
        connection.sendall(HEAD + b'{"State":6,"NetMap":{"Peers":["')
        connection.sendall(b"a" * (3 << 20))
        meanwhile()
        connection.sendall(b"a" * (7 << 20) + b'"]}}\n')
    return part


def large_status(size=10 << 20):
    """A tailnet so large; returns the number of its peers, all of which are online, as well."""
    status = recorded_status("1.102")
    peer = next(iter(status["Peer"].values())) | {"Online": True, "ExitNode": False}
    count = size // len(json.dumps(peer, indent="\t"))
    status["Peer"] = {f"nodekey:{i:064x}": peer for i in range(count)}
    return status, count

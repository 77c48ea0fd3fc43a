# SPDX-License-Identifier: LGPL-2.1-or-later
"""DNS servers in a test's networks, each of which plays a part; and how a program's own look-up goes there."""

import os
import secrets
import shutil
import socket
import struct
import subprocess
import threading
import time

from network import GATEWAY, Namespace

TUNNEL = "10.255.255.254"
# Servers without a house of their own; a silent one of WSL's is often such.
A, B, C, SPARE = "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.9"
A6 = "fd09::1"
PUBLIC = ["1.1.1.1", "9.9.9.9"]

PROBE = "dns.msftncsi.com"
WHO = "who.test"  # every server has its own address for this
INSIDE = "intranet.corp.test"  # for those who have corp.test in their search line

# Parts of dnsmasq: its options for them. It answers by UDP and by TCP.
DNSMASQ = {
    "answers": ["--local=/test/"],
    "nxdomain": ["--local=/#/"],
    "refuses": [],  # it has nobody to ask
}
# In no program's words: nothing listens there; nobody has the address.
CLOSED, ABSENT = "closed", "absent"


class Server:
    """Speaks the protocol itself: the part is a function that is given each Request."""

    def __init__(self, namespace, address, part):
        self.namespace, self.address, self.part = namespace, address, part
        self.asked = 0
        self.sockets = [namespace.bound(socket.SOCK_DGRAM, address, 53),
                        namespace.bound(socket.SOCK_STREAM, address, 53)]
        self.lock = threading.Lock()
        for serve, own in zip((self.serve_udp, self.serve_tcp), self.sockets):
            threading.Thread(target=serve, args=(own,), daemon=True).start()

    def serve_udp(self, own):
        while True:
            try:
                question, client = own.recvfrom(4096)
            except OSError:
                return
            if not client:
                return  # woken by stop()
            self.hear(Request(self, question, own, client))

    def serve_tcp(self, own):
        while True:
            try:
                connection, _ = own.accept()
            except OSError:
                return
            with self.lock:
                self.sockets.append(connection)
            threading.Thread(target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        try:
            while size := connection.recv(2, socket.MSG_WAITALL):
                question = connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
                self.hear(Request(self, question, connection))
        except OSError:
            pass
        connection.close()

    def hear(self, request):
        self.asked += 1
        # One that takes its time keeps nobody else waiting.
        threading.Thread(target=self.perform, args=(request,), daemon=True).start()

    def perform(self, request):
        try:
            self.part(request)
        except OSError:
            pass  # who asked has left, or this server has

    def stop(self):
        with self.lock:
            for own in self.sockets:
                try:
                    own.shutdown(socket.SHUT_RDWR)  # wakes who waits for it
                except OSError:
                    pass
                own.close()


class Request:
    def __init__(self, server, question, own, client=None):
        self.server, self.question, self.own, self.client = server, question, own, client

    @property
    def tcp(self):
        return self.client is None

    def say(self, message):
        if self.tcp:
            self.own.sendall(len(message).to_bytes(2, "big") + message)
        else:
            self.own.sendto(message, self.client)

    def say_from(self, port, message):
        with self.server.namespace.bound(socket.SOCK_DGRAM, self.server.address, port) as other:
            other.sendto(message, self.client)

    def name(self):
        labels, at = [], 12
        while size := self.question[at]:
            labels.append(self.question[at + 1:at + 1 + size].decode())
            at += 1 + size
        return ".".join(labels).lower()

    def kind(self):
        return int.from_bytes(self.wire()[-4:-2], "big")

    def wire(self):
        """The question alone, without what may follow it."""
        end = self.question.index(0, 12) + 5
        return self.question[12:end]

    def reply(self, rcode=0, answers=b"", count=0, question=None, number=None, truncated=False):
        number = self.question[:2] if number is None else number
        flags = 0x8180 | rcode | (0x200 if truncated else 0)
        return number + struct.pack("!HHHHH", flags, 1, count, 0, 0) + (question or self.wire()) + answers


def record(kind, data):
    """Of the name that was asked for."""
    return struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data


def answers(request):
    six = ":" in request.server.address
    kind = request.kind()
    if kind != (28 if six else 1):
        return request.say(request.reply())
    data = socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, request.server.address)
    return request.say(request.reply(answers=record(kind, data), count=1))


def silent(request):
    pass


def slow(request):
    time.sleep(0.7)
    answers(request)


def servfail(request):
    request.say(request.reply(rcode=2))


def tcp_only(request):
    if request.tcp:
        answers(request)


def udp_only(request):
    if not request.tcp:
        answers(request)


def a_only(request):
    """Silent to AAAA."""
    if request.kind() == 1:
        answers(request)


def truncated(request):
    """By UDP: come by TCP."""
    if request.tcp:
        answers(request)
    else:
        request.say(request.reply(truncated=True))


def truncated_without_tcp(request):
    if request.tcp:
        request.own.shutdown(socket.SHUT_RDWR)
    else:
        request.say(request.reply(truncated=True))


def without_corp(request):
    """Silent to what is asked for within corp.test."""
    if not request.name().endswith(".corp.test"):
        answers(request)


def another_question(request):
    other = b"\x05other\x04test\0" + struct.pack("!HH", 1, 1)
    request.say(request.reply(answers=record(1, bytes(4)), count=1, question=other))


def wrong_id(request):
    number = bytes(byte ^ 0x55 for byte in request.question[:2])
    request.say(request.reply(answers=record(1, bytes(4)), count=1, number=number))


def other_port(request):
    if not request.tcp:
        request.say_from(5300, request.reply(answers=record(1, bytes(4)), count=1))


def loop(request):
    """The name in the question is a pointer to itself."""
    request.say(request.reply(answers=record(1, bytes(4)), count=1, question=b"\xc0\x0c" + struct.pack("!HH", 1, 1)))


def junk(request):
    """As much as goes, and it begins like an answer."""
    head = request.question[:2] + b"\x81\x80" + b"\xff" * 8
    request.say(head + secrets.token_bytes((65535 if request.tcp else 65507) - len(head)))


def empty(request):
    request.say(b"")


def cut(request):
    """A length, less than that, and the end."""
    if request.tcp:
        request.own.sendall(b"\xff\xff" + request.question)
        request.own.shutdown(socket.SHUT_WR)
    else:
        request.say(request.question[:7])


HOSTILE = [another_question, wrong_id, other_port, loop, junk, empty, cut]

# How a server of that part answers by UDP and by TCP, in the bus's words.
WORDS = {
    "answers": ("ok", "ok"), answers: ("ok", "ok"), "nxdomain": ("ok", "ok"), "refuses": ("degraded", "degraded"),
    CLOSED: ("refused", "refused"), ABSENT: ("timeout", "timeout"),
    silent: ("timeout", "timeout"), slow: ("ok", "ok"), servfail: ("degraded", "degraded"),
    tcp_only: ("timeout", "ok"), udp_only: ("ok", "timeout"),
    a_only: ("ok", "ok"), truncated: ("ok", "ok"), truncated_without_tcp: ("ok", "degraded"),
    without_corp: ("ok", "ok"),
}


class Dnsmasq:
    def __init__(self, namespace, address, part):
        names = [] if part == "refuses" else [f"--host-record={PROBE},131.107.255.255"]
        if part == "answers":
            names += [f"--host-record={WHO},{address}", f"--host-record={INSIDE},192.0.2.8"]
        self.process = subprocess.Popen(
            namespace.command("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null",
                              "--user=root", "--pid-file=", "--no-resolv", "--no-hosts", "--bind-interfaces",
                              f"--listen-address={address}", *names, *DNSMASQ[part]),
            stderr=subprocess.PIPE, text=True)
        # By then its sockets are there.
        assert any("started" in line for line in self.process.stderr), "dnsmasq did not start"

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


class Dns:
    """play(address, part): from then on that server is so. The tunnel's address is the node's own."""

    def __init__(self, network):
        self.network, self.servers, self.addresses = network, {}, set()
        # Who asks an address that nobody has hears nothing.
        network.world.sysctl("ipv4/ip_forward", 0)
        network.world.sysctl("ipv6/conf/all/forwarding", 0)

    def namespace_of(self, address) -> Namespace:
        return self.network if address == TUNNEL else self.network.world

    def ensure(self, address):
        if address in self.addresses or address == GATEWAY:
            return
        self.addresses.add(address)
        if ":" in address and not any(":" in other for other in self.addresses - {address}):
            self.network.world.ip("addr add fd17::1/64 dev far0 nodad")
            self.network.batch(["addr add fd17::2/64 dev eth0 nodad", "route add default via fd17::1 dev eth0"])
        self.namespace_of(address).ip(f"addr add {address}/{128 if ':' in address else 32} dev lo"
                                      + (" nodad" if ":" in address else ""))

    def play(self, address, part):
        if address in self.servers:
            self.servers.pop(address).stop()
        if part == ABSENT:
            return None
        self.ensure(address)
        if part == CLOSED:
            return None
        server = (Dnsmasq if part in DNSMASQ else Server)(self.namespace_of(address), address, part)
        self.servers[address] = server
        return server

    def stop(self):
        for server in self.servers.values():
            server.stop()


# The node's /etc, /mnt and /run in the place of ours, for one program that looks a name up.
LOOK = """
for folder in etc mnt run; do
    mkdir -p "$1/$folder"
    mount --bind "$1/$folder" "/$folder"
done
exec getent "$2" "$3"
"""


def install_getent(node):
    """For the daemon: it finds what programs of the node would."""
    node.write("etc/nsswitch.conf", "hosts: dns\n")
    place = node.root / "usr/bin/getent"
    place.parent.mkdir(parents=True)
    shutil.copy(os.environ["GETENT"], place)


def look_up(node, name, database="ahosts"):
    """What glibc finds, as programs of the node would: the addresses, each once; none if it finds nothing."""
    node.write("etc/nsswitch.conf", "hosts: dns\n")
    command = node.network.command("unshare", "--mount", "sh", "-ec", LOOK, "sh", node.root, database, name)
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False,
                           env={key: value for key, value in os.environ.items() if key != "RES_OPTIONS"})
    assert found.returncode in (0, 2), f"getent ended with {found.returncode}"
    return list(dict.fromkeys(line.split()[0] for line in found.stdout.splitlines()))

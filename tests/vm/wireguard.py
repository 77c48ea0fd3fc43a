# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnels of the kernel's WireGuard between the machine and peers on the internet, which is behind Windows."""

import pathlib

from test_clock import Told

HERE = pathlib.Path(__file__).parent
NETSPACE = "internet"
OUTER = "198.51.100.{}"
INNER = "10.9.{}.{}"
FOLDER = "/etc/wireguard"
# No session is older, says WireGuard; and how often the daemon looks by itself.
REJECT, BEAT = 180, 60

KEYS = """for end in here there; do
    key=$(wg genkey); echo "$key"; echo "$key" | wg pubkey
done
wg genpsk"""

# $1: the link, $2: its address; its configuration comes by stdin, for keys are nobody's arguments.
MAKE = """ip link add "$1" type wireguard
wg setconf "$1" /dev/stdin
ip addr add "$2" dev "$1"
ip link set "$1" up"""

# $1: addresses. More than keepalives could be, each second, and the port is nobody's: an answer comes at once.
TALK = """while :; do
    for address in $1; do printf %0400d >/dev/udp/$address/9; done
    sleep 1
done"""


class Pair:
    """A tunnel NAME of the machine, with one peer, which has an address of its own on the internet."""

    def __init__(self, node, name, number, keepalive=0):
        self.node, self.name, self.number, self.keepalive = node, name, number, keepalive
        self.here, self.own, self.there, self.peer, self.psk = node.run(KEYS).split()
        self.address, self.port = OUTER.format(10 + number), 51800 + number
        self.target, self.far = INNER.format(number, 1), f"peer{number}"
        self.allowed = self.target + "/32"
        self.object = ["org.wslnode.Node1", f"/org/wslnode/Node1/vpn/wireguard_3a{name}", "org.wslnode.Node1.VPN"]

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    @property
    def secrets(self):
        return [self.here, self.psk]

    def make(self):
        """Both ends, without a file."""
        self.be_there()
        keepalive = f"PersistentKeepalive = {self.keepalive}\n" if self.keepalive else ""
        self.node.run("sh", "-ec", MAKE, "sh", self.name, INNER.format(self.number, 2) + "/24",
                      input=f"[Interface]\nPrivateKey = {self.here}\n[Peer]\nPublicKey = {self.peer}\n"
                            f"PresharedKey = {self.psk}\nAllowedIPs = {self.allowed}\n"
                            f"Endpoint = {self.endpoint}\n{keepalive}")

    def be_there(self, key=None):
        """The peer comes, and does not know yet where the node is."""
        self.internet(f"addr replace {self.address}/24 dev wan")
        self.node.run("ip", "netns", "exec", NETSPACE, "sh", "-ec", MAKE, "sh", self.far, self.target + "/24",
                      input=f"[Interface]\nPrivateKey = {key or self.there}\nListenPort = {self.port}\n"
                            f"[Peer]\nPublicKey = {self.own}\nPresharedKey = {self.psk}\n"
                            f"AllowedIPs = {INNER.format(self.number, 2)}/32\n")

    def internet(self, command):
        self.node.run(f"ip -n {NETSPACE} {command}")

    def go(self):
        """The peer ends without a word; its port is nobody's."""
        self.internet(f"link del {self.far}")

    def move(self, address):
        """It is made anew elsewhere."""
        self.go()
        self.internet(f"addr del {self.address}/24 dev wan")
        self.address = address
        self.be_there()

    def roam(self, address):
        """It goes on from elsewhere."""
        self.internet(f"addr del {self.address}/24 dev wan")
        self.address = address
        self.internet(f"addr replace {self.address}/24 dev wan")
        self.internet(f"route replace 172.17.80.0/20 via {OUTER.format(2)} src {self.address}")

    def call(self):
        """The peer sends something."""
        self.node.run("ip", "netns", "exec", NETSPACE, "bash", "-c",
                      f"echo >/dev/udp/{INNER.format(self.number, 2)}/9")

    def show(self, what, key=None):
        """What `wg` tells of a peer."""
        lines = [line.split() for line in self.node.run("wg", "show", self.name, what).splitlines()]
        return next(words[-1] for words in lines if words[0] == (key or self.peer))

    def stamp(self):
        return int(self.show("latest-handshakes"))

    def has_ended(self):
        """Whether the last session is too old by now, as on a slow machine it may be."""
        return int(self.node.run("date +%s")) - self.stamp() > REJECT

    def may_say(self, reason):
        """Of why it is down: without a session it is another one."""
        return {reason, "no-handshake"} if self.has_ended() else {reason}

    def get(self, name):
        return self.node.busctl("get-property", *self.object, name)["data"]

    def state(self):
        """As it is when the daemon has looked."""
        self.node.call("Diagnose", "")
        return self.get("State")

    def peers(self):
        listed = self.node.busctl("call", *self.object, "ListPeers", "uu", 0, 0)["data"][0]
        return [{name: item["data"] for name, item in peer.items()} for peer in listed]


def listen(node):
    node.put(HERE / "guest/signals.py", "/usr/lib/dress/signals.py")
    return Told(node)


def talk(node, *pairs):
    """Data, each second, until silence()."""
    node.run("systemd-run", "-q", "--unit=talk", "bash", "-c", TALK, "bash", " ".join(pair.target for pair in pairs))


def silence(node):
    node.run("systemctl stop talk.service")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""WireGuard tunnels of the node's, with wireguard-go at both ends."""

import collections
import pathlib
import socket
import subprocess
import threading

from wait import PATIENCE, eventually

# wireguard-go and wg know no other place for their sockets: each has the folder of its namespace there.
PLACE = pathlib.Path("/run/wireguard")
ENTER = f'mount --bind "$1" {PLACE}; shift; exec "$@"'

# Nothing is translated on the way, but as their addresses are it could be: the node's is private, this is not.
FAR = "198.51.100.{}"

Dump = collections.namedtuple("Dump", "key psk endpoint allowed handshake rx tx keepalive")


def wg(*words, text=None):
    return subprocess.run(["wg", *words], input=text, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


class Key:
    def __init__(self):
        self.private = wg("genkey")
        self.public = wg("pubkey", text=self.private)


class End:
    """One end: a link, made by a wireguard-go of its own. `peers` are the settings of each, by its public key."""

    def __init__(self, namespace, sockets, name, address, port):
        self.namespace, self.sockets, self.name = namespace, sockets, name
        self.address, self.port, self.key = address, port, Key()
        self.peers, self.process = {}, None
        PLACE.mkdir(exist_ok=True)

    @property
    def socket(self):
        return self.sockets / f"{self.name}.sock"

    def inside(self, *command):
        return self.namespace.command("unshare", "--mount", "sh", "-ec", ENTER, "sh", self.sockets, *command)

    def wg(self, *words, text=None):
        return subprocess.run(self.inside("wg", *words), check=True, text=True, input=text,
                              stdout=subprocess.PIPE).stdout

    def set(self, other, *words):
        self.wg("set", self.name, "peer", other.key.public, *map(str, words))

    def configure(self):
        """As `wg-quick up` does; what is set afterwards is not kept here."""
        lines = ["[Interface]", f"PrivateKey = {self.key.private}", f"ListenPort = {self.port}"]
        for key, settings in self.peers.items():
            lines += ["[Peer]", f"PublicKey = {key}", *(f"{name} = {value}" for name, value in settings.items())]
        self.wg("setconf", self.name, "/dev/stdin", text="\n".join(lines) + "\n")

    def start(self):
        self.sockets.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(self.inside("wireguard-go", "-f", self.name), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        # Its socket is there a moment before anybody listens at it; and one that was killed left its own behind.
        eventually(self.answers)
        self.configure()
        self.namespace.batch([f"addr add {self.address} dev {self.name}", f"link set {self.name} up"])

    def answers(self):
        assert self.process.poll() is None, f"wireguard-go {self.name} ended with {self.process.returncode}"
        return subprocess.run(self.inside("wg", "show", self.name), check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def kill(self):
        """Its link goes with it, a moment later; its socket stays."""
        self.process.kill()
        self.process.wait()
        eventually(lambda: all(link["ifname"] != self.name for link in self.namespace.json("link show")))

    def ended(self):
        """It ends by itself when its link is taken away, and its socket goes too."""
        self.process.wait(PATIENCE)

    def dump(self):
        """What `wg show NAME dump` says of each peer, by its public key."""
        lines = [line.split("\t") for line in self.wg("show", self.name, "dump").splitlines()[1:]]
        return {line[0]: Dump(*line) for line in lines}


class Pair:
    """A tunnel between the node and the world, which is the peer. The node's end knows where the other is."""

    def __init__(self, node, name, number=1, keepalive=25, far_keepalive=0, endpoint=True):
        world, port = node.network.world, 52000 + number
        self.endpoint = f"{FAR.format(number)}:{port}"
        self.near = End(node.network, node.root / "run/wireguard", name, f"10.60.{number}.1/24", 51000 + number)
        self.far = End(world, node.root.parent / "world", f"far{number}", f"10.60.{number}.2/24", port)
        self.psk, self.number, self.stopping = wg("genpsk"), number, None
        self.node = node
        self.place(FAR.format(number), port)
        self.acquaint(self.near, self.far, keepalive, self.endpoint if endpoint else None)
        self.acquaint(self.far, self.near, far_keepalive,
                      f"{self.node_address()}:{self.near.port}" if far_keepalive else None)

    def place(self, address, port):
        """What the world sends from this port comes from that address, as from a host of its own: not every version
        of wireguard-go answers from where it was called. UDP is 17 here: a small system has no /etc/protocols."""
        world, node = self.node.network.world, self.node_address()
        way, = world.json(f"route get {node}")
        hop = f"via {way['gateway']}" if "gateway" in way else ""
        world.batch([f"addr replace {address}/32 dev lo", f"rule add ipproto 17 sport {port} lookup {port}",
                     f"route replace {node}/32 {hop} dev {way['dev']} src {address} table {port}"])

    def node_address(self):
        return self.node.network.addresses("eth0")[0].split("/")[0]

    def acquaint(self, end, other, keepalive, endpoint):
        end.peers[other.key.public] = {"PresharedKey": self.psk, "AllowedIPs": other.address.split("/")[0] + "/32",
                                       "PersistentKeepalive": keepalive} | ({"Endpoint": endpoint} if endpoint else {})

    def start(self):
        self.far.start()
        self.near.start()
        return self

    def peer(self):
        """The peer as the node's own end tells it."""
        return self.near.dump()[self.far.key.public]

    def shaken(self):
        return int(self.peer().handshake) > 0

    def send(self, period=0.5):
        """The node sends data, which the other end takes without a word."""
        self.stopping = threading.Event()
        far, near = (end.address.split("/")[0] for end in (self.far, self.near))
        taker = self.far.namespace.bound(socket.SOCK_DGRAM, far, 9)
        sender = self.near.namespace.bound(socket.SOCK_DGRAM, near, 9)

        def run():
            while not self.stopping.wait(period):
                try:
                    sender.sendto(bytes(100), (far, 9))
                except OSError:
                    pass  # the link is down, or gone
            taker.close()
            sender.close()
        threading.Thread(target=run, daemon=True).start()

    def stop(self):
        if self.stopping:
            self.stopping.set()
        for end in (self.near, self.far):
            if end.process:
                end.kill()

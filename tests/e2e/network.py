# SPDX-License-Identifier: LGPL-2.1-or-later
"""The node's network: a namespace with an uplink and a tunnel, and the world at the other end of its cable."""

import concurrent.futures
import contextlib
import ctypes
import json
import pathlib
import socket
import subprocess

ADDRESS, PREFIX, GATEWAY = "172.17.5.2", 20, "172.17.0.1"
TUNNEL_ADDRESS = "10.44.0.2/24"

CLONE_NEWNET = 0x40000000


class Namespace:
    """A network namespace, kept by a file where `ip` looks for its name."""

    def __init__(self, name):
        self.path = pathlib.Path("/run/netns", name)
        self.path.touch()
        subprocess.run(["unshare", f"--net={self.path}", "true"], check=True)

    def remove(self):
        subprocess.run(["umount", self.path], check=True)
        self.path.unlink()

    def command(self, *command):
        # `ip netns exec` would also remount /sys, which a chroot may not have.
        return ["nsenter", f"--net={self.path}", *command]

    def run(self, *command, **options):
        return subprocess.run(self.command(*command), check=True, text=True, **options)

    def ip(self, line):
        self.run("ip", *line.split())

    def batch(self, lines):
        self.run("ip", "-batch", "-", input="\n".join(lines) + "\n")

    def json(self, line):
        return json.loads(self.run("ip", "-j", *line.split(), stdout=subprocess.PIPE).stdout or "[]")

    @contextlib.contextmanager
    def monitor(self, what, path):
        """Writes down what the kernel says by itself."""
        with path.open("w") as file, subprocess.Popen(self.command("ip", "monitor", what), stdout=file) as process:
            try:
                yield path
            finally:
                process.terminate()

    def sysctl(self, name, value):
        self.run("sh", "-c", f"echo {value} > /proc/sys/net/{name}")

    def bound(self, kind, address, port):
        """A socket of here at an address, which is to be closed; one of SOCK_STREAM listens."""
        def bind():
            with self.path.open() as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) < 0:
                    raise OSError(ctypes.get_errno(), "setns")
            found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            found.bind((address, port))
            if kind == socket.SOCK_STREAM:
                found.listen()
            return found
        # A thread of its own, for the one that calls stays where it is.
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            return thread.submit(bind).result()

    def link(self, name):
        return self.json(f"-d link show dev {name}")[0]

    def mtu(self, name):
        return self.link(name)["mtu"]

    def addresses(self, name):
        """What counts as an address of the link: global and usable, IPv4 first."""
        found = self.json(f"addr show dev {name}")[0]["addr_info"]
        usable = [a for a in found
                  if a["scope"] == "global" and not a.get("tentative") and not a.get("dadfailed")]
        usable.sort(key=lambda a: a["family"] != "inet")
        return [f"{a['local']}/{a['prefixlen']}" for a in usable]


class Network(Namespace):
    def __init__(self):
        super().__init__("node")
        self.world = Namespace("world")
        self.batch(["link set lo up",
                    "link add eth0 type veth peer name far0 netns world",
                    f"addr add {ADDRESS}/{PREFIX} brd + dev eth0",
                    "link set eth0 up",
                    "tuntap add dev wg0 mode tun"])
        self.world.batch(["link set lo up", f"addr add {GATEWAY}/{PREFIX} dev far0", "link set far0 up"])
        self.set_up_tunnel()
        self.restore_route()

    def set_up_tunnel(self):
        self.batch(["link set wg0 mtu 1420", f"addr add {TUNNEL_ADDRESS} dev wg0", "link set wg0 up"])

    def replace_tunnel(self, mtu=1420):
        """Another link of the same name, as when a VPN program is started again."""
        self.batch(["link del wg0", "tuntap add dev wg0 mode tun", f"link set wg0 mtu {mtu}", "link set wg0 up"])

    def restore_route(self):
        self.ip(f"route replace default via {GATEWAY} dev eth0")

    def add_other(self, name="eth1", address="192.168.77.2/24"):
        """A second cable, which is no uplink."""
        self.batch([f"link add {name} type veth peer name far-{name} netns world",
                    f"addr add {address} dev {name}", f"link set {name} up"])
        self.world.ip(f"link set far-{name} up")

    def remove(self):
        super().remove()
        self.world.remove()

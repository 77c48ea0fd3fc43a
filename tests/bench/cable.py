# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks of any size: an uplink, a tunnel, and pairs of links that mean nothing."""

from network import ADDRESS, GATEWAY, PREFIX, TUNNEL_ADDRESS, Namespace

UPLINK, TUNNEL = "eth0", "wg0"


class Cable(Namespace):
    """`links` in all: the loopback, the uplink, the tunnel, and as many others as are missing."""

    def __init__(self, name, world, links):
        super().__init__(name)
        far = f"far-{name}"
        self.batch(["link set lo up",
                    f"link add {UPLINK} type veth peer name {far} netns {world.path.name}",
                    f"addr add {ADDRESS}/{PREFIX} brd + dev {UPLINK}",
                    f"link set {UPLINK} up",
                    f"tuntap add dev {TUNNEL} mode tun",
                    f"link set {TUNNEL} mtu 1420",
                    f"addr add {TUNNEL_ADDRESS} dev {TUNNEL}",
                    f"link set {TUNNEL} up"])
        world.ip(f"link set {far} up")
        self.ip(f"route replace default via {GATEWAY} dev {UPLINK}")
        pairs, single = divmod(links - 3, 2)
        self.batch([f"link add a{i} type veth peer name b{i}" for i in range(pairs)])
        self.batch([line for i in range(pairs) for line in (f"link set a{i} up", f"link set b{i} up")])
        if single:
            self.ip("tuntap add dev other mode tun")
        assert len(self.json("link show")) == links

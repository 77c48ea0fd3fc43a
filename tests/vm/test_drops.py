# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnels of the kernel's WireGuard are disturbed, each in its own way and all at once: what tells them apart."""

import pytest

from test_clock import plain
from test_vpn import drops
from wireguard import BEAT, OUTER, Pair, listen, silence, talk


class Tunnel(Pair):
    """Peers with an address of their own each, so that one can be cut off without the others."""
    reason = None  # why it drops; None: it does not
    keepalive = 10
    shakes = True
    evidence = {}  # what the finding vpn-down says of how the endpoint answers

    def __init__(self, node, name, number):
        super().__init__(node, name, number, self.keepalive)

    @property
    def tells(self):
        return {"peer": self.peer, "endpoint": self.endpoint, **self.evidence}

    def begin(self):
        pass

    def end(self):
        pass


class WrongKey(Tunnel):
    """The peer has another key than the node thinks. Nothing was ever up; only data makes somebody miss it."""
    reason = "no-handshake"
    keepalive = 0
    shakes = False
    evidence = {"endpoint-ping": "answered", "endpoint-port": "silent", "endpoint-udp": "passes"}

    def be_there(self, key=None):
        super().be_there(key or self.node.run("wg genkey").strip())

    def end(self):
        self.node.run(f"ip netns exec internet wg set {self.far} private-key /dev/stdin", input=self.there)


class Blocked(Tunnel):
    """Somebody on the way takes UDP away; pings get through."""
    reason = "no-reply"
    evidence = {"endpoint-ping": "answered", "endpoint-port": "silent", "endpoint-udp": "unknown"}

    def filter(self, verb):
        # A peer that calls in vain forgets which address of its host it was called at.
        for what in (f"to {self.address}", f"sport {self.port}"):
            self.node.run(f"ip -n windows rule {verb} pref 1 {what} ipproto 17 blackhole")

    def begin(self):
        self.filter("add")

    def end(self):
        self.filter("del")


class Ended(Tunnel):
    """The host is there, and WireGuard is not any more."""
    reason = "no-reply"
    evidence = {"endpoint-ping": "answered", "endpoint-port": "refused", "endpoint-udp": "passes"}

    def begin(self):
        self.go()

    def end(self):
        self.be_there()


class HostGone(Tunnel):
    """It is off."""
    reason = "no-reply"
    evidence = {"endpoint-ping": "silent"}

    def begin(self):
        self.go()
        self.internet(f"addr del {self.address}/24 dev wan")

    def end(self):
        self.be_there()


class Roaming(Tunnel):
    """The peer is somewhere else from now on, and says so by calling."""

    def begin(self):
        self.roam(OUTER.format(99))
        self.call()


class KeepaliveLost(Tunnel):
    """Somebody sets the tunnel anew without it: that is told, and is no drop."""

    def begin(self):
        self.node.run(f"wg set {self.name} peer {self.peer} persistent-keepalive 0")


TUNNELS = {"wrongkey": WrongKey, "blocked": Blocked, "ended": Ended, "hostgone": HostGone, "roaming": Roaming,
           "lost": KeepaliveLost}


@pytest.fixture
def field(node):
    tunnels = {name: make(node, name, number) for number, (name, make) in enumerate(TUNNELS.items(), 1)}
    # They are one host in truth, which would tell the node of a closed port once a second and no oftener.
    node.run("ip netns exec internet sysctl -qw net.ipv4.icmp_ratelimit=0")
    for tunnel in tunnels.values():
        tunnel.make()
    for tunnel in tunnels.values():
        if tunnel.shakes:
            node.eventually(tunnel.stamp)
    node.settles(lambda: node.call("Diagnose", "") and {name: tunnel.get("State") for name, tunnel in tunnels.items()},
                 {name: "up" if tunnel.shakes else "idle" for name, tunnel in tunnels.items()}, 2 * BEAT)
    return tunnels


def found(node, name):
    """Of that finding: the params, by the tunnel."""
    return {finding["subject"]: finding["params"] for finding in map(plain, node.get("Findings"))
            if finding["id"] == name}


def settles(node, check, wanted):
    """The daemon is asked to look, for its own beat is a minute."""
    node.settles(lambda: (node.call("Diagnose", ""), check())[1], wanted, 2 * BEAT)


def test_reasons(node, field):
    told = listen(node)
    talking = [tunnel for name, tunnel in field.items() if name != "lost"]
    dropping = {name: tunnel for name, tunnel in field.items() if tunnel.reason}
    assert set(found(node, "vpn-no-keepalive")) == {"wrongkey"}
    talk(node, *talking)
    for tunnel in field.values():
        tunnel.begin()

    def all_are_found():
        said = {name: params["reason"] for name, params in found(node, "vpn-down").items()}
        assert set(said) == set(dropping), said
        assert all(reason in dropping[name].may_say(dropping[name].reason) for name, reason in said.items()), said
        return True
    settles(node, all_are_found, True)
    node.settles(lambda: sorted(drop[:3] for drop in drops(told)),
                 sorted(["down", name, tunnel.peer] for name, tunnel in dropping.items()))
    downs = sorted(drops(told))
    assert all(reason in dropping[name].may_say(dropping[name].reason) for _, name, _, reason in downs), downs

    def evidence():
        params = found(node, "vpn-down")
        return {name: {key: params.get(name, {}).get(key) for key in tunnel.tells} for name, tunnel in dropping.items()}
    settles(node, evidence, {name: tunnel.tells for name, tunnel in dropping.items()})
    assert set(found(node, "vpn-no-keepalive")) == {"wrongkey", "lost"}
    state = field["lost"].get("State")
    assert state == "up" or state == "idle" and field["lost"].has_ended(), state
    roaming = field["roaming"]
    assert roaming.address == OUTER.format(99) and roaming.show("endpoints") == roaming.endpoint
    assert [peer["endpoint"] for peer in roaming.peers()] == [roaming.endpoint] and roaming.get("State") == "up"

    for tunnel in field.values():
        tunnel.end()
    settles(node, lambda: found(node, "vpn-down"), {})
    node.settles(lambda: sorted(drops(told)), downs + sorted(["up", name, tunnel.peer] for name, tunnel in dropping.items()))
    silence(node)
    node.call("Mend", "sst", "vpn-no-keepalive", "lost", 0)
    assert field["lost"].show("persistent-keepalive") == "25"
    settles(node, lambda: set(found(node, "vpn-no-keepalive")), {"wrongkey"})

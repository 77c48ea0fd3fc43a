# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnels fall silent and come back, each in its own way and all at once: what is told, and when.

What needs minutes is waited for once, and the daemon finds all of it by itself.
"""

import time

import pytest

import stage
import vpn
from bus import Bus
from client import Root
from network import Network
from node import Node
from tunnel import Key, Pair
from wait import eventually, settles

REJECT = 180  # a session is no older
BEAT = 60
SLACK = 20  # sanitizers on busy cores
# So long the others wait: a session's end, and a handshake that was seen a beat late.
LATEST = REJECT + BEAT + SLACK


class Scenario:
    """A pair, what becomes of it, what ends that, and what is to be told meanwhile."""
    reasons = ()  # that are right; empty: nothing may be told
    settings = {}
    shakes = True

    def __init__(self, node, name, number):
        self.pair = Pair(node, name, number, **self.settings)
        self.name, self.key = name, self.pair.far.key.public
        self.last, self.endpoint = 0, ""  # when its last handshake was, and where the peer was when it began

    def prepare(self):
        """Before its daemons start."""

    def begin(self):
        """When it has had its handshake, if it has one."""

    def end(self):
        """What was missed comes back."""

    def peer(self):
        return self.pair.near.dump()[self.key]

    def watch(self):
        """Now and then while all wait."""
        self.last = max(self.last, int(self.peer().handshake))


class Quiet(Scenario):
    """Keepalives only."""


class Called(Scenario):
    """The same, and the other end makes the handshakes."""
    settings = {"far_keepalive": 25, "endpoint": False}


class Talking(Scenario):
    """Data, without keepalive, to somebody who says nothing: only WireGuard itself answers."""

    def begin(self):
        self.pair.near.set(self.pair.far, "persistent-keepalive", 0)
        self.pair.send()


class KeepaliveLost(Scenario):
    """Somebody turns keepalive off, and then the peer goes: silence is normal from then on."""

    def begin(self):
        self.pair.near.set(self.pair.far, "persistent-keepalive", 0)
        self.pair.far.kill()


class Never(Scenario):
    """No keepalive, no data, and never a handshake: nobody misses one."""
    settings = {"keepalive": 0}
    shakes = False


class Killed(Scenario):
    """The peer goes without a word; the node made the handshake."""
    reasons = ("no-handshake", "no-reply")

    def begin(self):
        self.pair.far.kill()

    def end(self):
        self.pair.far.start()


class CalledAndKilled(Killed):
    """The peer that made the handshake goes, and nothing is sent but keepalives."""
    settings = {"far_keepalive": 25, "endpoint": False}


class Busy(Killed):
    """Data is sent when the peer goes."""
    reasons = ("no-reply",)

    def begin(self):
        self.pair.near.set(self.pair.far, "persistent-keepalive", 0)
        self.pair.send()
        super().begin()


class Blocked(Scenario):
    """UDP no longer gets through."""
    reasons = ("no-handshake", "no-reply")

    def way(self, here, there):
        """The world takes no packets to the peer, and passes none on; nor any from it, or it would be met elsewhere."""
        world = self.pair.node.network.world
        world.sysctl("ipv4/ip_forward", 0)
        world.ip(f"addr {here} {self.pair.endpoint.split(':')[0]}/32 dev lo")
        world.ip(f"rule {there} pref 1 ipproto 17 sport {self.pair.far.port} blackhole")

    def begin(self):
        self.way("del", "add")

    def end(self):
        self.way("add", "del")


class WrongKey(Scenario):
    """The peer has another key than this end thinks."""
    reasons = ("no-handshake",)
    shakes = False

    def prepare(self):
        far = self.pair.far
        self.right, far.key = far.key, Key()

    def watch(self):
        self.last = self.last or time.time()  # there is none: from the first look on it is missed

    def end(self):
        far = self.pair.far
        far.key = self.right
        far.configure()


class Nowhere(WrongKey):
    """Nobody knows where the peer is."""
    reasons = ("no-endpoint",)
    settings = {"endpoint": False}

    def prepare(self):
        pass

    def end(self):
        self.pair.near.set(self.pair.far, "endpoint", self.pair.endpoint)


class Half(Killed):
    """One of two peers goes."""

    def prepare(self):
        self.other, near = Pair(self.pair.node, "other", 99), self.pair.near
        self.other.far.peers.clear()
        near.peers[self.other.far.key.public] = {
            "PresharedKey": self.other.psk, "AllowedIPs": "10.60.99.2/32", "PersistentKeepalive": 25,
            "Endpoint": self.other.endpoint}
        self.other.acquaint(self.other.far, near, 0, None)
        self.other.far.start()


SCENARIOS = {"quiet": Quiet, "called": Called, "talking": Talking, "lost": KeepaliveLost, "never": Never,
             "killed": Killed, "callkill": CalledAndKilled, "busy": Busy, "blocked": Blocked, "wrongkey": WrongKey,
             "nowhere": Nowhere, "half": Half}
IDLE = {"lost", "never"}
DROPPED = [name for name, scenario in SCENARIOS.items() if scenario.reasons]
UNDISTURBED = [name for name, scenario in SCENARIOS.items() if not scenario.reasons]


class Field:
    """All scenarios in one network, with one daemon."""

    def __init__(self, folder):
        folder.mkdir()
        self.bus = Bus()
        self.bus.start()
        self.network, self.root = Network(), Root(self.bus.address)
        self.node = Node(self.bus, self.network, self.root, folder)
        self.scenarios = {name: make(self.node, name, number)
                          for number, (name, make) in enumerate(SCENARIOS.items(), 1)}

    def drop(self, name):
        """The first that was told of it: (seconds, reason, details)."""
        for at, member, arguments in list(self.signals.heard):
            if member == "VPNDown" and arguments[0] == name:
                return at, *arguments[1:]
        return None

    def wait(self, done, limit):
        end = time.monotonic() + limit
        while time.monotonic() < end and not done():
            for name, scenario in self.scenarios.items():
                if not self.drop(name):
                    scenario.watch()
            time.sleep(3)

    def up(self, name):
        return ("up", name, self.scenarios[name].key) in vpn.drops(self.signals)

    def run(self):
        for scenario in self.scenarios.values():
            scenario.prepare()
            scenario.pair.start()
        self.node.start()
        self.signals = self.root.listen()
        for scenario in self.scenarios.values():
            if scenario.shakes:
                eventually(scenario.pair.shaken, 25)
        # The daemon has seen them, by the only looks that it is asked for.
        settles(lambda: vpn.look(self.root) and [name for name in SCENARIOS if vpn.state(self.root, name) == "up"],
                [name for name in SCENARIOS if self.scenarios[name].shakes], 25)
        for scenario in self.scenarios.values():
            scenario.endpoint = scenario.peer().endpoint.replace("(none)", "")
            scenario.begin()
        self.begun = time.monotonic()
        # Diagnose asks through each tunnel, and that nobody answers there is nobody's trouble without keepalive.
        self.wait(lambda: self.drop("busy"), LATEST)
        self.root.send("Diagnose").exception(30)  # it may be too late with its answer, for there is much to wait for
        asked = time.monotonic()
        self.wait(lambda: all(map(self.drop, DROPPED)), LATEST)
        # Whoever has nothing to fear is watched until the last session that there was is over.
        self.wait(lambda: time.monotonic() > max(self.begun + REJECT + BEAT + 5, asked + 100), LATEST)
        self.middle = vpn.tunnels(self.root)
        self.found = self.root.findings()
        self.listed = {name: vpn.peers(self.root, name) for name in SCENARIOS}
        for name in DROPPED:
            self.scenarios[name].end()
        self.wait(lambda: all(map(self.up, DROPPED)), 2 * BEAT)

    def remove(self):
        for scenario in self.scenarios.values():
            scenario.pair.stop()
            if isinstance(scenario, Half):
                scenario.other.far.kill()
        try:
            self.node.stop()
        finally:
            if self.node.process:
                self.node.process.kill()
                self.node.process.wait()
            print(self.node.log.read_text())
            self.network.remove()
            self.bus.kill()


@pytest.fixture(scope="module")
def field():
    field = Field(stage.RUN / "drops")
    try:
        field.run()
        yield field
    finally:
        field.remove()


def of(field, name):
    return [drop for drop in vpn.drops(field.signals) if drop[1] == name]


@pytest.mark.parametrize("name", DROPPED)
def test_it_drops_once_and_comes_back_once(field, name):
    scenario = field.scenarios[name]
    assert field.drop(name), "nothing was told"
    at, peer, reason, details = field.drop(name)
    assert (peer, reason in scenario.reasons) == (scenario.key, True)
    assert of(field, name) == [("down", name, peer, reason), ("up", name, peer)]
    assert (details["finding"], details["path"], details["link"]) == ("vpn-down", vpn.path_of(name), name)
    assert details["endpoint"] == scenario.endpoint
    assert ("handshake-age-usec" in details) == scenario.shakes


@pytest.mark.parametrize("name", DROPPED)
def test_it_is_told_in_time(field, name):
    """By the last handshake there was, as the tunnel stamps it; the daemon saw it at once."""
    late = field.drop(name)[0] + time.time() - time.monotonic() - field.scenarios[name].last
    print(f"{name}: {field.drop(name)[2]} {late:.0f} s after the last handshake")
    assert late <= REJECT + SLACK
    if name == "busy":
        # What came before it went hides what was sent after that until the second beat.
        assert field.drop(name)[0] - field.begun <= 2 * BEAT + 20 + SLACK


@pytest.mark.parametrize("name", UNDISTURBED)
def test_it_does_not_drop(field, name):
    assert of(field, name) == []
    assert field.middle[name]["State"] == ("idle" if name in IDLE else "up")
    assert not [key for key in field.found if key == ("vpn-down", name)]


@pytest.mark.parametrize("name", DROPPED)
def test_what_is_told_meanwhile(field, name):
    told, key = field.middle[name], field.scenarios[name].key
    peer = next(peer for peer in field.listed[name] if peer["key"] == key)
    severity = field.found["vpn-down", name]["severity"]
    params = field.found["vpn-down", name]["params"]
    assert (peer["state"], params["peer"], params["reason"]) == ("down", key, peer["reason"])
    if name == "half":
        assert (told["State"], told["PeersUp"], told["PeersDown"], severity) == ("up", 1, 1, "warning")
        assert (params["peers-down"], params["peers"]) == (1, 2)
    else:
        assert (told["State"], told["PeersUp"], told["PeersDown"], severity) == ("down", 0, 1, "critical")


def test_in_the_end_all_is_well(field):
    settles(lambda: vpn.look(field.root) and vpn.down(field.root), {}, 25)
    states = {name: told["State"] for name, told in vpn.tunnels(field.root).items()}
    assert {name for name, state in states.items() if state != "up"} == IDLE
    assert len(vpn.drops(field.signals)) == 2 * len(DROPPED)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Why a peer is down is told apart by what is found where it should be. All ways at once, in one network."""

import socket
import threading
import time

import pytest

import stage
import vpn
from bus import Bus
from client import Root
from dns import install_getent
from network import Network
from node import Node
from tunnel import FAR, Key, Pair
from wait import settles

# A beat, whose reading shows that data is sent, 20 s, and a reading; what is asked then takes 3.3 s. The rest is slack.
LATEST = 60 + 20 + 5 + 30
NOBODY = "172.17.9.9"  # in the node's own network

CONF = """\
[Interface]
PrivateKey = {private}

[Peer]
PublicKey = {key}
AllowedIPs = 10.60.{number}.2/32
Endpoint = {host}:{port}
"""


class Scenario:
    """A pair without keepalive: its peer is down when data stays unanswered."""
    evidence = ""
    reason = "no-handshake"
    params = {}
    at = ""  # where the tunnel takes the peer to be, if it is not there

    def __init__(self, node, name, number):
        self.pair = Pair(node, name, number, keepalive=0)
        self.name, self.number, self.key = name, number, self.pair.far.key.public
        if self.at:
            self.pair.near.peers[self.key]["Endpoint"] = self.endpoint = f"{self.at}:{self.pair.far.port}"
        else:
            self.endpoint = self.pair.endpoint
        self.world = node.network.world

    def start(self):
        self.pair.start()

    def end(self):
        """What was missed comes back."""

    def give_name(self, host):
        node, near = self.pair.node, self.pair.near
        node.write(f"etc/wireguard/{self.name}.conf",
                   CONF.format(private=near.key.private, key=self.key, number=self.number, host=host,
                               port=self.pair.far.port))

    def rule(self, verb, action):
        self.world.ip(f"rule {verb} pref 1 to {FAR.format(self.number)} ipproto 17 {action}")


class Stranger(Scenario):
    """The peer has another key than this end thinks."""
    evidence = "deaf"
    params = {"endpoint-ping": "answered", "endpoint-port": "silent", "endpoint-udp": "passes"}

    def start(self):
        far = self.pair.far
        self.right, far.key = far.key, Key()
        super().start()

    def end(self):
        self.pair.far.key = self.right
        self.pair.far.configure()


class Dropped(Scenario):
    """UDP gets nowhere, and nobody says so."""
    evidence = "ping-only"
    params = {"endpoint-ping": "answered", "endpoint-port": "silent", "endpoint-udp": "unknown"}

    def start(self):
        self.rule("add", "blackhole")
        super().start()

    def end(self):
        self.rule("del", "blackhole")


class Closed(Scenario):
    """WireGuard does not run there."""
    evidence = "refused"
    params = {"endpoint-ping": "answered", "endpoint-port": "refused", "endpoint-udp": "passes"}

    def start(self):
        self.pair.near.start()

    def end(self):
        self.pair.far.start()


class Off(Scenario):
    """Nobody is there, and nobody says so."""
    evidence = "silent"
    params = {"endpoint-ping": "silent", "endpoint-port": "silent", "endpoint-udp": "unknown"}
    at = FAR.format(90)

    def start(self):
        self.world.ip(f"route add blackhole {self.at}/32")
        super().start()

    def end(self):
        self.pair.near.set(self.pair.far, "endpoint", self.pair.endpoint)


class Gone(Off):
    """Nobody is there, in this node's own network."""
    evidence = "unreachable"
    params = {"endpoint-ping": "silent", "endpoint-port": "unreachable", "endpoint-udp": "unknown"}
    at = NOBODY

    def start(self):
        self.pair.start()


class Nameless(Closed):
    """Its name stands for nothing."""
    evidence = "unresolved"
    reason = "endpoint-unresolved"
    params = Closed.params | {"endpoint-name": "nobody.example.test"}

    def start(self):
        self.give_name("nobody.example.test")
        super().start()


class Moved(Scenario):
    """Its name stands for another address than it did."""
    evidence = "moved"
    at = FAR.format(91)

    @property
    def params(self):
        return Off.params | {"endpoint-name": "moved.example.test", "endpoint-now": self.pair.endpoint}

    def start(self):
        self.pair.node.write("etc/hosts", f"{FAR.format(self.number)} moved.example.test\n")
        self.give_name("moved.example.test")
        self.world.ip(f"route add blackhole {self.at}/32")
        super().start()


SCENARIOS = {"stranger": Stranger, "dropped": Dropped, "closed": Closed, "off": Off,
             "gone": Gone, "nameless": Nameless, "moved": Moved}


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
        self.stopping, self.senders = threading.Event(), []

    def set_up(self):
        world = self.network.world
        # What is at its own addresses is looked up last, so that rules hold of it; and it tells all that it refuses.
        # That takes its tokens: of what rules and routes forbid it tells nothing then.
        world.batch(["rule add pref 100 lookup local", "rule del pref 0"])
        world.sysctl("ipv4/ip_forward", 1)
        world.sysctl("ipv4/icmp_ratelimit", 0)
        install_getent(self.node)
        self.node.write("etc/nsswitch.conf", "hosts: files\n")
        for scenario in self.scenarios.values():
            scenario.start()

    def send(self):
        """Data to each of them, all the time."""
        def run():
            while not self.stopping.wait(0.5):
                for sender, address in self.senders:
                    try:
                        sender.sendto(bytes(100), (address, 9))
                    except OSError:
                        pass
        for scenario in self.scenarios.values():
            near, far = (end.address.split("/")[0] for end in (scenario.pair.near, scenario.pair.far))
            self.senders.append((self.network.bound(socket.SOCK_DGRAM, near, 9), far))
        threading.Thread(target=run, daemon=True).start()

    def told(self, member, name):
        return [arguments for arguments in self.signals.of(member) if name in arguments]

    def run(self):
        self.set_up()
        self.node.start()
        self.signals = self.root.listen()
        settles(lambda: vpn.look(self.root) and set(SCENARIOS) <= set(vpn.tunnels(self.root)), True, 25)
        self.send()
        settles(lambda: {name for name in SCENARIOS if self.told("VPNDown", name)}, set(SCENARIOS), LATEST)
        # What was raised is what is told.
        settles(lambda: {name for name in SCENARIOS if self.told("FindingRaised", name)}, set(SCENARIOS), 5)
        self.found = {name: params for name, (_, params) in vpn.down(self.root).items()}
        self.listed = {name: vpn.peers(self.root, name)[0] for name in SCENARIOS}

    def remove(self):
        self.stopping.set()
        time.sleep(0.6)
        for sender, _ in self.senders:
            sender.close()
        for scenario in self.scenarios.values():
            scenario.pair.stop()
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
    field = Field(stage.RUN / "reach")
    try:
        field.run()
        yield field
    finally:
        field.remove()


def about(params):
    return {key: value for key, value in params.items() if key == "evidence" or key.startswith("endpoint-")}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_is_told_apart(field, name):
    scenario = field.scenarios[name]
    wanted = {"evidence": scenario.evidence} | scenario.params
    assert about(field.found[name]) == wanted
    assert (field.found[name]["reason"], field.found[name]["endpoint"]) == (scenario.reason, scenario.endpoint)
    assert field.listed[name]["reason"] == scenario.reason


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_known_when_it_is_told(field, name):
    """Who reacts to a signal has the evidence, and not only who looks again."""
    scenario = field.scenarios[name]
    assert [down[:3] for down in field.told("VPNDown", name)] == [(name, scenario.key, scenario.reason)]
    # The raised finding is told once, unless another trouble of this tunnel is.
    raised = [told for told in field.told("FindingRaised", name) if told[0] == "vpn-down"]
    print(raised)
    assert len(raised) == 1 and f"'{scenario.evidence}'" in str(raised)


def test_each_has_words_of_its_own(field):
    findings = [finding for (which, _), finding in field.root.findings().items() if which == "vpn-down"]
    for words in ("cause", "remedy"):
        assert len({finding[words] for finding in findings}) == len(SCENARIOS)
    assert {finding["subject"] for finding in findings if finding["verb"]} == {"moved"}


def test_it_is_asked_again_for_diagnose(field):
    """What the network says of the one that was silent is another thing now."""
    field.network.ip(f"route add unreachable {Off.at}/32")
    begun = time.monotonic()
    vpn.look(field.root)
    assert time.monotonic() - begun < 10
    assert about(vpn.down(field.root)["off"][1])["evidence"] == "unreachable"
    field.network.ip(f"route del unreachable {Off.at}/32")


def test_no_secret_is_told(field):
    log = field.node.log.read_text() + str(field.root.findings())
    assert field.scenarios["moved"].pair.near.key.private not in log


def test_each_is_mended(field):
    """The one that has moved by what its finding offers."""
    field.root.mend("vpn-down", "moved")
    assert field.scenarios["moved"].pair.peer().endpoint == field.scenarios["moved"].pair.endpoint
    for scenario in field.scenarios.values():
        scenario.end()
    settles(lambda: {name for name in SCENARIOS if field.told("VPNUp", name)}, set(SCENARIOS), 60)
    assert vpn.down(field.root) == {}
    assert all(len(field.told("VPNDown", name)) == 1 for name in SCENARIOS)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the way of a tunnel carries: measured, told, and mended, with wireguard-go at both ends."""

import socket
import subprocess
import threading
import time

import pytest

import vpn
from client import DRY_RUN, BusError
from network import GATEWAY, PREFIX, Namespace
from tunnel import FAR, Pair
from wait import eventually, settles

# A way is measured a second after it changed, and a silent one takes up to 14 s; a sleep's report comes before.
PATIENCE = 40
LARGE, SMALL = 300_000, 100  # bytes: hundreds of full packets, or a part of one
# It begins a second after the tunnel came, and asks twice, a second each; what still runs is not begun anew.
SILENCE = 8
# Long enough for four tries of TCP's.
HANGS = 3
SEND = """import socket, sys
with socket.create_connection((sys.argv[1], 7000)) as sender:
    sender.sendall(bytes(int(sys.argv[2])))
"""


class Transfer:
    """So many bytes from the node through the tunnel, by TCP; `left` have not come."""

    def __init__(self, pair, size):
        far = pair.far.address.split("/")[0]
        self.left = size
        self.server = pair.far.namespace.bound(socket.SOCK_STREAM, far, 7000)
        self.sender = subprocess.Popen(pair.near.namespace.command("/usr/bin/python3", "-c", SEND, far, str(size)),
                                       stderr=subprocess.DEVNULL)
        self.taker, _ = self.server.accept()
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    def take(self):
        while self.left:
            piece = self.taker.recv(65536)
            if not piece:
                return
            self.left -= len(piece)

    def close(self):
        self.sender.kill()
        self.sender.wait()
        self.taker.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.taker.close()
        self.server.close()


@pytest.fixture
def transfer(pair):
    started = []

    def start(size):
        started.append(Transfer(pair, size))
        return started[-1]
    yield start
    for one in started:
        one.close()


@pytest.fixture
def pair(asleep):
    pair = Pair(asleep, "wga")
    yield pair
    pair.stop()


@pytest.fixture
def router(network):
    """A host on the way to the world, whose cable to it carries no more than 1400 bytes."""
    router = Namespace("router")
    network.world.ip("link set far0 netns router")
    router.batch(["link set lo up", f"addr add {GATEWAY}/{PREFIX} dev far0", "link set far0 up",
                  "link add out type veth peer name in netns world", "addr add 192.0.2.1/30 dev out",
                  "link set out mtu 1400 up", f"route add {FAR.format(0)}/24 via 192.0.2.2"])
    router.sysctl("ipv4/ip_forward", 1)
    network.world.batch(["addr add 192.0.2.2/30 dev in", "link set in mtu 1400 up",
                         "route add default via 192.0.2.1"])
    yield router
    router.remove()


def begin(pair, mtu=1420):
    """The tunnel is up, and so is the daemon."""
    pair.start()
    for end in (pair.near, pair.far):
        end.namespace.ip(f"link set {end.name} mtu {mtu}")
    eventually(pair.shaken)
    pair.node.start()


def measured(root, mtu):
    settles(lambda: vpn.tunnels(root).get("wga", {}).get("PathMTU"), mtu, PATIENCE)


def found(root, name):
    return root.findings().get((name, "wga"))


def test_all_is_well(pair, root):
    signals = root.listen(vpn.path_of("wga"))  # before it starts: it measures a second later
    begin(pair)
    measured(root, 1420)
    assert found(root, "path-too-small") is None and root.get("Health") == "ok"
    eventually(lambda: signals.changed("PathMTU") == [1420])
    # Of another MTU nothing is known until it was measured as well.
    pair.near.namespace.ip("link set wga mtu 1400")
    settles(lambda: signals.changed("PathMTU"), [1420, 0, 1400], PATIENCE)


def test_nobody_answers(pair, network, root):
    """Then nothing is known, and nothing is said. Diagnose measures again, and waits for it."""
    network.world.sysctl("ipv4/icmp_echo_ignore_all", 1)
    begin(pair)
    settles(lambda: vpn.tunnels(root).get("wga", {}).get("State"), "up", PATIENCE)
    time.sleep(SILENCE)
    before = time.monotonic()
    vpn.look(root)
    assert time.monotonic() - before > 1.9  # two tries of a second
    assert vpn.tunnels(root)["wga"]["PathMTU"] == 0
    assert root.findings() == {}
    network.world.sysctl("ipv4/icmp_echo_ignore_all", 0)
    time.sleep(5.1)  # the least between two runs
    assert vpn.tunnels(root)["wga"]["PathMTU"] == 0
    vpn.look(root)
    assert vpn.tunnels(root)["wga"]["PathMTU"] == 1420


def test_a_tunnel_of_1280_over_an_uplink_of_1280(pair, network, root, transfer):
    """As under WSL when Windows has a VPN. The kernel cuts what the tunnel sends into two, for it does not fit into
    the uplink's packets, and Windows' NAT loses the pieces (docs/architecture.md): here the world puts none
    together again, so as there no packet arrives that is larger than the uplink's."""
    network.ip("link set eth0 mtu 1280")
    for name in ("low", "high"):
        network.world.sysctl(f"ipv4/ipfrag_{name}_thresh", 0)
    begin(pair, 1280)
    large = transfer(LARGE)
    time.sleep(HANGS)
    assert large.left == LARGE, "it does not hang"
    # WireGuard fills packets up to 16 bytes: 1216 is what fits of 1220.
    measured(root, 1216)
    assert found(root, "path-too-small") is None  # it is the other one, which names the link
    finding = found(root, "tunnel-too-big")
    assert (finding["verb"], finding["params"]["move"], finding["params"]["to"]) == ("SetMTU", "eth0", 1360)
    _, _, result = root.mend("tunnel-too-big", "wga")
    assert result == {"mtu": 1360} and network.mtu("eth0") == 1360 and network.mtu("wga") == 1280
    settles(lambda: large.left, 0, 60)  # TCP tries anew after as long a time as it hung
    measured(root, 1280)
    assert found(root, "tunnel-too-big") is None and found(root, "path-too-small") is None


def test_a_black_hole_beyond(pair, router, root, network, transfer):
    """The router throws away what does not fit, and tells nobody."""
    router.ip("rule add pref 1 iif lo blackhole")
    begin(pair)
    transfer(SMALL).thread.join(PATIENCE)
    measured(root, 1328)
    finding = found(root, "path-too-small")
    assert (finding["severity"], finding["verb"]) == ("critical", "SetMTU")
    assert finding["params"] == {"cause": "beyond", "mtu": 1420, "wanted-mtu": 1340, "needed": 1480, "carries": 1328,
                                 "move": "wga"}
    _, _, result = root.mend("path-too-small", "wga")
    assert result == {"mtu": 1340} and network.mtu("wga") == 1340
    measured(root, 1340)
    assert found(root, "path-too-small") is None


def test_a_router_that_tells(pair, router, root):
    """So the kernel cuts the tunnel's packets, and the pieces arrive."""
    begin(pair)
    measured(root, 1420)
    finding = found(root, "path-too-small")
    assert (finding["severity"], finding["verb"]) == ("info", "SetMTU")
    assert finding["params"] == {"cause": "beyond", "mtu": 1420, "wanted-mtu": 1340, "needed": 1480, "carries": 1420,
                                 "teller": "router", "router": GATEWAY, "move": "wga"}
    assert root.get("Health") == "ok"


def test_the_machine_slept(asleep, pair, network, ntp, root):
    """What was silent before answers afterwards: it is measured again. How a sleep looks: test_clock.py."""
    network.world.sysctl("ipv4/icmp_echo_ignore_all", 1)
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    begin(pair)
    settles(lambda: root.get("ClockReference"), "ntp")
    settles(lambda: vpn.tunnels(root).get("wga", {}).get("State"), "up", PATIENCE)
    time.sleep(SILENCE)
    network.world.sysctl("ipv4/icmp_echo_ignore_all", 0)
    assert vpn.tunnels(root)["wga"]["PathMTU"] == 0
    signals = root.listen()
    ntp.offset += 3600
    with pytest.raises(BusError):  # the clock is looked at, and nothing else; set it must not be here
        root.call("SyncClock", "(t)", DRY_RUN)
    measured(root, 1420)
    eventually(lambda: "Resumed" in signals.members())

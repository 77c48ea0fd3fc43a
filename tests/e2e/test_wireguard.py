# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnels of wireguard-go, with real handshakes: what is told of them, and that no key is."""

import json
import os
import signal
import time

import pytest

import memory
import stage
import vpn
from authority import ALLOW, CHALLENGE, DENY
from client import STANDARD
from tunnel import FAR, Pair
from wait import eventually, settles

# A handshake is tried anew after five seconds, and the daemon looks no more often than every five.
PATIENCE = 25
ACCESS_DENIED, CHALLENGED = STANDARD + "AccessDenied", STANDARD + "InteractiveAuthorizationRequired"


@pytest.fixture
def make(asleep):
    """make(name, number, …): a tunnel that has had its handshake."""
    pairs = []

    def make(name="wga", number=1, **settings):
        pairs.append(Pair(asleep, name, number, **settings).start())
        eventually(pairs[-1].shaken)
        return pairs[-1]
    yield make
    for pair in pairs:
        pair.stop()


def sees(root, name, state):
    """The daemon is made to look until it sees the tunnel so."""
    def seen():
        vpn.look(root)
        return name in vpn.tunnels(root) and vpn.state(root, name)
    settles(seen, state, PATIENCE)


@pytest.fixture
def pair(asleep, make, root):
    pair = make()
    asleep.start()
    sees(root, "wga", "up")
    return pair


def shown(pair):
    """What `wg` tells of the peer, as ListPeers does."""
    peer = pair.peer()
    return {"key": pair.far.key.public, "endpoint": peer.endpoint, "state": "up", "reason": "", "rx": int(peer.rx),
            "tx": int(peer.tx), "keepalive": 0 if peer.keepalive == "off" else int(peer.keepalive)}


def listed(root, name="wga"):
    found = vpn.peers(root, name)
    for peer in found:
        peer.pop("handshake-age-usec", None)
    return found


def lists(root, pair):
    """The daemon is made to look until it lists what `wg` shows, which may change in between: having read the peers
    it measures the way to one, and counters go on."""
    def same():
        vpn.look(root)
        (told,), now = listed(root, pair.near.name), shown(pair)
        for counter in ("rx", "tx"):
            assert 0 < told.pop(counter) <= now.pop(counter)
        assert told == now
        return True
    eventually(same, PATIENCE)


def between(low, value, high):
    assert low <= value <= high, f"{value - low} after the first, {high - value} before the last"


def test_what_is_told(pair, root):
    told = vpn.tunnel(root, "wga")
    assert {name: told[name] for name in told if not name.startswith("LastHandshake") and name != "PathMTU"} == {
        "Name": "wga", "Kind": "wireguard", "Link": "wga", "State": "up", "MTU": 1420, "PeerCount": 1, "PeersUp": 1,
        "PeersDown": 0}
    # It was there before the daemon: its own stamp holds, in whole seconds as `wg` shows it.
    stamp = int(pair.peer().handshake) * 1_000_000
    between(stamp, told["LastHandshakeUSec"], stamp + 1_100_000)
    now, ago = time.monotonic_ns() // 1000, time.time_ns() // 1000 - stamp
    between(now - ago - 10_000, told["LastHandshakeUSecMonotonic"], now)
    lists(root, pair)
    before = time.time_ns() // 1000 - stamp
    peer, = vpn.peers(root, "wga")
    between(before - 1_100_000, peer["handshake-age-usec"], time.time_ns() // 1000 - stamp + 10_000)
    assert vpn.tunnels(root)["wga"].keys() == told.keys() and vpn.down(root) == {}
    settles(lambda: vpn.look(root) and vpn.tunnel(root, "wga")["PathMTU"], 1420, PATIENCE)


def test_a_handshake_while_it_is_watched(pair, root):
    """From here on its own clock counts: not before the handshake, nor later than the look that saw it."""
    before = vpn.tunnel(root, "wga")["LastHandshakeUSecMonotonic"]
    pair.far.kill()
    begin = time.monotonic_ns() // 1000
    pair.far.start()  # which knows nothing of a session, and makes a new one when the other end speaks
    pair.node.network.world.ip(f"route flush table {pair.far.port}")
    pair.far.set(pair.near, "endpoint", f"{pair.node_address()}:{pair.near.port}", "persistent-keepalive", 1)

    def seen():
        vpn.look(root)
        return vpn.tunnel(root, "wga")["LastHandshakeUSecMonotonic"] > before
    eventually(seen, PATIENCE)
    told = vpn.tunnel(root, "wga")
    between(begin - 1_000_000, told["LastHandshakeUSecMonotonic"], time.monotonic_ns() // 1000)
    realtime = told["LastHandshakeUSec"] - time.time_ns() // 1000
    assert abs(told["LastHandshakeUSecMonotonic"] - time.monotonic_ns() // 1000 - realtime) < 1_000_000
    # It called from where the world's packets come from: another endpoint, and no drop.
    settles(lambda: pair.peer().endpoint != pair.endpoint, True)
    lists(root, pair)


def test_endpoint_moves(pair, root):
    """A peer that roams is seen where it is."""
    signals = root.listen()
    pair.place(FAR.format(77), 52999)
    pair.far.wg("set", pair.far.name, "listen-port", "52999")
    pair.near.set(pair.far, "endpoint", f"{FAR.format(77)}:52999", "persistent-keepalive", 1)
    lists(root, pair)
    assert vpn.peers(root, "wga")[0]["endpoint"] == f"{FAR.format(77)}:52999"
    assert vpn.drops(signals) == [] and vpn.state(root, "wga") == "up"


def test_keepalive_is_lost_and_set(pair, root):
    for seconds, found in ((0, {("vpn-no-keepalive", "wga")}), (7, set())):
        pair.near.set(pair.far, "persistent-keepalive", seconds)
        lists(root, pair)
        assert vpn.peers(root, "wga")[0]["keepalive"] == seconds
        settles(lambda: {key for key in root.findings() if key[0].startswith("vpn-")}, found)


def test_link_is_set_down(pair, network, root):
    signals, own = root.listen(), root.listen(vpn.path_of("wga"))
    for _ in range(2):
        before = vpn.drops(signals)
        network.ip("link set wga down")
        settles(lambda: vpn.drops(signals), [*before, ("down", "wga", "", "link-down")])
        assert vpn.state(root, "wga") == "down"
        assert vpn.down(root) == {"wga": ("critical", {"reason": "link-down"})}
        network.ip("link set wga up")
        settles(lambda: vpn.drops(signals), [*before, ("down", "wga", "", "link-down"), ("up", "wga", "")])
        settles(lambda: vpn.down(root), {})
        sees(root, "wga", "up")
    details = signals.of("VPNDown")[0][3]
    assert {name: details[name] for name in ("finding", "path", "kind", "link", "endpoint")} == {
        "finding": "vpn-down", "path": vpn.path_of("wga"), "kind": "wireguard", "link": "wga", "endpoint": ""}
    settles(lambda: own.changed("State")[-1:], ["up"])
    assert "down" in own.changed("State")


def test_daemon_is_killed(pair, root):
    signals = root.listen()
    pair.near.kill()
    settles(lambda: vpn.drops(signals), [("down", "wga", "", "daemon-gone")])
    told = vpn.tunnel(root, "wga")
    assert (told["State"], told["PeersUp"], told["MTU"]) == ("down", 0, 0)
    assert vpn.down(root) == {"wga": ("critical", {"reason": "daemon-gone"})}
    pair.near.start()
    settles(lambda: vpn.drops(signals), [("down", "wga", "", "daemon-gone"), ("up", "wga", "")], PATIENCE)
    sees(root, "wga", "up")
    assert vpn.down(root) == {}
    assert "InterfacesRemoved" not in signals.members()


def test_daemon_hangs(pair, root):
    signals = root.listen()
    daemon = pair.near.process.pid
    os.kill(daemon, signal.SIGSTOP)
    try:
        sees(root, "wga", "down")
        settles(lambda: vpn.drops(signals), [("down", "wga", "", "daemon-gone")])
    finally:
        os.kill(daemon, signal.SIGCONT)
    sees(root, "wga", "up")
    settles(lambda: vpn.drops(signals), [("down", "wga", "", "daemon-gone"), ("up", "wga", "")])


def test_link_is_deleted(pair, network, root):
    signals = root.listen()
    network.ip("link del wga")
    pair.near.ended()
    settles(lambda: "InterfacesRemoved" in signals.members(), True)
    order = [name for name in signals.members() if name in ("VPNDown", "VPNUp", "InterfacesRemoved")]
    assert order == ["VPNDown", "InterfacesRemoved"]
    assert vpn.drops(signals) == [("down", "wga", "", "link-gone")]
    assert signals.of("InterfacesRemoved")[0][0] == vpn.path_of("wga")
    assert vpn.VPN in signals.of("InterfacesRemoved")[0][1]
    assert vpn.tunnels(root) == {} and vpn.down(root) == {}
    assert vpn.send_list_peers(root, "wga").exception(20).name == STANDARD + "UnknownObject"


def test_a_second_tunnel(pair, make, network, root):
    signals = root.listen()
    make("0.w-b", 2)  # not all of it can be in a path
    eventually(lambda: signals.of("InterfacesAdded"))
    (path, interfaces), = signals.of("InterfacesAdded")
    assert path == vpn.path_of("0.w-b") and interfaces[vpn.VPN]["Name"] == "0.w-b"
    assert interfaces[vpn.VPN].keys() == vpn.tunnel(root, "0.w-b").keys()
    sees(root, "0.w-b", "up")
    assert {name: told["State"] for name, told in vpn.tunnels(root).items()} == {"wga": "up", "0.w-b": "up"}
    network.ip("link del wga")
    settles(lambda: list(vpn.tunnels(root)), ["0.w-b"])
    assert vpn.state(root, "0.w-b") == "up"


def test_a_tunnel_is_renamed(pair, network, root):
    """wireguard-go keeps the socket's name: then it is no tunnel by that name, and nothing is broken."""
    network.batch(["link set wga down", "link set wga name wgz", "link set wgz up"])
    settles(lambda: vpn.tunnels(root).get("wga", {}).get("State") != "up", True)
    network.batch(["link set wgz down", "link set wgz name wga", "link set wga up"])
    sees(root, "wga", "up")


def replies(client):
    """What every method says that tells anything, and every property."""
    paths = (vpn.PATH, vpn.path_of("wga"))
    yield from (client.call("Introspect", interface="org.freedesktop.DBus.Introspectable", path=path)
                for path in paths)
    yield client.call("GetManagedObjects", interface=vpn.MANAGER)
    yield client.all()
    yield vpn.tunnel(client, "wga")
    yield vpn.peers(client, "wga")
    yield client.call("Diagnose")
    yield client.call("ListLinks", "(uu)", 0, 0)
    yield client.call("ListChanges", "(tu)", 0, 0)
    yield client.set_mtu("wga", 1400)
    yield client.changes()


def test_keys_are_nowhere(asleep, pair, network, root):
    secrets = [pair.near.key.private, pair.psk]
    signals, own = root.listen(), root.listen(vpn.path_of("wga"))
    pair.send(0.1)
    for _ in range(3):
        time.sleep(5.1)  # the least between two looks
        vpn.look(root)
    network.ip("link set wga down")
    settles(lambda: len(vpn.drops(signals)), 1)
    network.ip("link set wga up")
    sees(root, "wga", "up")
    said = json.dumps([*replies(root), signals.heard, own.heard]).encode()
    files = [path for path in asleep.root.rglob("*") if path.is_file()]
    assert any(path.parent.name == "wslnode" for path in files)  # the log of changes is there
    texts = {"the bus": said, "the log": asleep.log.read_bytes()} | {str(path): path.read_bytes() for path in files}
    for where, text in texts.items():
        for secret in secrets:
            assert not any(form in text for form in memory.needles(secret)), f"a key is in {where}"
    # The public key is there, in each of these: what looks for keys finds them.
    assert any(form in said for form in memory.needles(pair.far.key.public))
    assert memory.found(asleep.process.pid, [*secrets, pair.far.key.public]) == {pair.far.key.public}


def name_of(future):
    error = future.exception(20)
    return error and error.name


def test_what_polkit_is_asked(authority, pair, root, user):
    stranger = user(stage.STRANGER)
    for answer, error in ((DENY, ACCESS_DENIED), (CHALLENGE, CHALLENGED), (ALLOW, None)):
        authority.answer = answer
        future = vpn.send_list_peers(stranger, "wga")
        assert name_of(future) == error
    assert [peer["key"] for peer in future.result()[0]] == [pair.far.key.public]
    assert authority.actions() == ["org.wslnode.node1.list-peers"] * 3
    authority.checks.clear()
    authority.answer = DENY
    vpn.peers(root, "wga")  # root is not asked about
    # What everybody may know.
    assert vpn.state(stranger, "wga") == "up" and vpn.tunnels(stranger)
    assert authority.checks == []


def test_who_may(polkit, pair, root, user):
    """By the policy that is shipped, with the real polkit."""
    stranger, member = user(stage.STRANGER), user(stage.MEMBER)
    assert name_of(vpn.send_list_peers(stranger, "wga")) in (ACCESS_DENIED, CHALLENGED)
    assert [peer["key"] for peer in vpn.peers(member, "wga")] == [pair.far.key.public]


def test_tunnels_come_later(asleep, root, make):
    """Even the folder of the sockets is not there when the daemon starts."""
    asleep.start()
    assert vpn.tunnels(root) == {}
    signals = root.listen()
    make()
    sees(root, "wga", "up")
    eventually(lambda: "InterfacesAdded" in signals.members())
    assert vpn.drops(signals) == []


def test_the_daemon_starts_again(asleep, pair, root):
    """It knows at once what there is, and tells nobody of a drop."""
    asleep.stop()
    signals = root.listen()
    asleep.start()
    sees(root, "wga", "up")
    assert vpn.drops(signals) == []

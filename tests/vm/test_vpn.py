# SPDX-License-Identifier: LGPL-2.1-or-later
"""WireGuard of the kernel, within the unit's sandbox: the clock steps and nothing drops; the peer goes, and one does."""

import time

import pytest

import package
from test_clock import Clock, Told, plain
from wireguard import BEAT, REJECT, Pair

SECOND, HOUR = 1_000_000, 3600
# So long what is sent may stay unanswered.
SUSPECT = 20
OBJECT = ["org.wslnode.Node1", "/org/wslnode/Node1/vpn/wireguard_3awg0", "org.wslnode.Node1.VPN"]
MEMORY = package.SOURCE / "tests/e2e/memory.py"

# $1: the node's private key, $2: the peer's; $3: the preshared key; $4, $5: the public ones. If the peer is there it is
# made anew, and sent something: an old one would take no handshake whose stamp is older than the last.
SET_UP = """set -e
umask 077
echo "$1" >/run/here; echo "$2" >/run/there; echo "$3" >/run/psk
peer() {
    ip -n internet link add there type wireguard
    ip netns exec internet wg set there private-key /run/there listen-port 51820 peer "$1" preshared-key /run/psk \\
        allowed-ips 10.9.0.2/32
    ip -n internet addr add 10.9.0.1/24 dev there
    ip -n internet link set there up
}
if ip -n internet link del there 2>/dev/null; then
    peer "$4"
    rm /run/here /run/there /run/psk
    exec bash -c 'echo >/dev/udp/10.9.0.1/9'
fi
peer "$4"
ip link add wg0 type wireguard
wg set wg0 private-key /run/here peer "$5" preshared-key /run/psk endpoint 198.51.100.1:51820 \\
    allowed-ips 10.9.0.1/32 persistent-keepalive 10
ip addr add 10.9.0.2/24 dev wg0
ip link set wg0 mtu 1280 up
rm /run/here /run/there /run/psk
"""


class Tunnel:
    """Between the machine and a peer on the internet, which is behind Windows."""

    def __init__(self, node):
        self.node = node
        self.here, self.there = (node.run("wg genkey").strip() for _ in range(2))
        self.psk = node.run("wg genpsk").strip()
        self.own, self.peer = (node.run("wg pubkey", input=key).strip() for key in (self.here, self.there))
        self.set_up()

    def set_up(self):
        self.node.run("sh", "-c", SET_UP, "sh", self.here, self.there, self.psk, self.own, self.peer)

    def stamp(self):
        return int(self.node.run("wg show wg0 latest-handshakes").split()[1])

    def shake(self):
        """The peer begins anew; the node notices after 15 s, and makes another session."""
        before = self.stamp()
        self.set_up()
        self.node.eventually(lambda: self.stamp() != before)

    def get(self, name):
        return self.node.busctl("get-property", *OBJECT, name)["data"]

    def state(self):
        """As it is when the daemon has looked."""
        self.node.call("Diagnose", "")
        return self.get("State")

    def peers(self, user=None):
        return plain(self.node.busctl("call", *OBJECT, "ListPeers", "uu", 0, 0, user=user)["data"][0])

    def cut(self, cut):
        """The peer's cable."""
        self.node.run(f"ip -n internet link set wan {'down' if cut else 'up'}")
        if not cut:
            self.node.run("ip -n internet route replace 172.17.80.0/20 via 198.51.100.2")


@pytest.fixture
def tunnel(node):
    tunnel = Tunnel(node)
    node.eventually(tunnel.stamp)
    node.settles(tunnel.state, "up")
    return tunnel


def shown(tunnel):
    """What `wg` tells of the peer, as ListPeers does."""
    line = tunnel.node.run("wg show wg0 dump").splitlines()[1].split("\t")
    return {"key": line[0], "endpoint": line[2], "rx": int(line[5]), "tx": int(line[6]), "keepalive": int(line[7])}


def test_what_is_told(node, tunnel):
    assert (tunnel.get("Kind"), tunnel.get("MTU"), tunnel.get("PeerCount"), tunnel.get("PeersUp")) == (
        "wireguard", 1280, 1, 1)

    def same():
        node.call("Diagnose", "")
        # Between these two there may be another.
        assert abs(tunnel.get("LastHandshakeUSec") / 1e6 - tunnel.stamp()) < BEAT
        (peer,), now = tunnel.peers(), shown(tunnel)
        # Having read the peers it measures the way to one: counters go on.
        assert 0 < peer["rx"] <= now.pop("rx") and 0 < peer["tx"] <= now.pop("tx")
        assert {name: peer[name] for name in now} == now
        assert (peer["state"], peer["reason"]) == ("up", "")
        return True
    node.eventually(same)
    # What was late is not measured again unless somebody asks.
    node.settles(lambda: node.call("Diagnose", "") and tunnel.get("PathMTU"), 1280)
    keepalive(node, tunnel)
    node.run("ip link del wg0")
    node.settles(lambda: refused(node, "root"), "UnknownObject")
    node.settles(node.findings, [])


def keepalive(node, tunnel):
    """Set in the kernel, and taken back."""
    def shows(wanted):
        assert node.run("wg show wg0 persistent-keepalive").split()[1] == wanted
    _, steps, _ = node.call("SetKeepalive", "ssut", "wg0", tunnel.peer, 25, 1)["data"]
    shows("10")
    change, done, _ = node.call("SetKeepalive", "ssut", "wg0", tunnel.peer, 25, 0)["data"]
    assert steps == done == [["keepalive", "wg0", f"keepalive 10 s → 25 s, peer {tunnel.peer}"]]
    shows("25")
    node.call("Undo", "tt", change, 0)
    shows("10")


def refused(node, user):
    """The name of the error that ListPeers gives that user."""
    result = node.try_("gdbus", "call", "--system", "-d", OBJECT[0], "-o", OBJECT[1], "-m", OBJECT[2] + ".ListPeers",
                       "0", "0", user=None if user == "root" else user)
    return result.err.split("GDBus.Error:", 1)[-1].split(": ", 1)[0].split(".")[-1] if result.status else None


def test_who_may(node, tunnel):
    """By the policy of the package; what everybody may know is no secret."""
    assert refused(node, "stranger") in ("AccessDenied", "InteractiveAuthorizationRequired")
    assert refused(node, "member") is None and tunnel.peers(user="member")[0]["key"] == tunnel.peer
    assert node.busctl("get-property", *OBJECT, "State", user="stranger")["data"] == "up"


def drops(told):
    """All that was told of them, downs before ups."""
    return [["down", *arguments[:3]] for _, *arguments in told.of("VPNDown")] + [
        ["up", *arguments[:2]] for _, *arguments in told.of("VPNUp")]


def lose_keepalive(node):
    """Another tunnel is set anew without it, and its peer goes: from then on silence is normal."""
    lost = Pair(node, "lost", 1, keepalive=10)
    # A network: what its way carries is not measured then, and to be measured is to be sent data.
    lost.allowed = "10.9.1.0/24"
    lost.make()
    node.eventually(lost.stamp)
    node.settles(lost.state, "up")
    node.run(f"wg set lost peer {lost.peer} persistent-keepalive 0")
    lost.go()
    return lost


def test_the_clock_steps_and_the_peer_goes(node, tunnel):
    clock, told = Clock(node), Told(node)
    lost = lose_keepalive(node)
    clock.step(HOUR)
    assert tunnel.state() == "up"
    tunnel.shake()  # stamped an hour after the last one
    assert tunnel.state() == "up"
    clock.step(-HOUR)
    assert tunnel.state() == "up"
    tunnel.shake()  # and this one before it
    assert tunnel.state() == "up"
    assert tunnel.peers()[0]["handshake-age-usec"] < REJECT * SECOND
    begin, cut_at = time.monotonic(), clock.raw()

    def is_up():
        """Silence is not long yet, unless it is the machine that takes so long."""
        return tunnel.state() == "up" and drops(told) == [] or clock.raw() - cut_at > SUSPECT
    tunnel.cut(True)
    clock.step(-HOUR)  # its stamp is an hour in the future
    assert is_up()
    clock.step(2 * HOUR)  # and now it looks an hour old, and is not
    assert is_up()
    node.eventually(lambda: drops(told), REJECT + 2 * BEAT)
    print(f"told {time.monotonic() - begin:.0f} s after the cut")
    (*what, reason), = drops(told)
    assert what == ["down", "wg0", tunnel.peer] and reason in ("no-handshake", "no-reply")
    assert tunnel.get("State") == "down" and ("vpn-down", "wg0") in node.findings()
    # It was not told, as the other was; the tunnel that lost its underlay is down without waiting for silence to be long.
    node.settles(lost.state, "idle", REJECT + BEAT)
    assert ("vpn-down", "lost") not in node.findings() and len(drops(told)) == 1
    assert ("vpn-no-keepalive", "lost") in node.findings()
    tunnel.cut(False)
    node.settles(lambda: drops(told), [["down", "wg0", tunnel.peer, reason], ["up", "wg0", tunnel.peer]], 3 * BEAT)
    assert tunnel.get("State") == "up" and ("vpn-down", "wg0") not in node.findings()
    keys_are_nowhere(node, tunnel)


def keys_are_nowhere(node, tunnel):
    node.put(MEMORY, "/usr/lib/dress/memory.py")
    secrets = [tunnel.here, tunnel.psk]
    found = node.run("python3", "/usr/lib/dress/memory.py", node.main_pid(), *secrets, tunnel.peer).split()
    assert found == [tunnel.peer]
    for secret in secrets:
        for word in (secret, secret[:22], secret[22:-1]):
            for text in ("journalctl --no-pager -o export", "cat /run/signals"):
                node.run("sh", "-c", f"! {text} | grep -qaF -e '{word}'")
            node.run("sh", "-c", f"! grep -rqaF -e '{word}' /run/wslnode /var/lib/wslnode /etc/wslnode")
    # What looks for keys finds them, where they are.
    node.run(f"cat /run/signals | grep -qaF -e '{tunnel.peer}'")

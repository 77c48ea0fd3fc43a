# SPDX-License-Identifier: LGPL-2.1-or-later
"""RefreshIP and a peer that moves: wg-quick looked its name up once, and the kernel does not do so again."""

import pytest

from guest import DRY_RUN
from test_vpn import drops
from wireguard import BEAT, FOLDER, OUTER, Pair, listen, silence, talk

NAME = "vpn.example.test"

CONF = """\
[Interface]
PrivateKey = {here}
Address = 10.9.1.2/24

[Peer]
PublicKey = {peer}
PresharedKey = {psk}
AllowedIPs = 10.9.1.1/32
Endpoint = {name}:{port}
PersistentKeepalive = 10
"""


def name(tunnel):
    """It stands for where the peer is now."""
    tunnel.node.run(f"sed -i '/{NAME}/d' /etc/hosts && echo '{tunnel.address} {NAME}' >>/etc/hosts")


@pytest.fixture
def tunnel(node):
    tunnel = Pair(node, "wg0", 1)
    tunnel.be_there()
    name(tunnel)
    node.write(f"{FOLDER}/wg0.conf",
               CONF.format(here=tunnel.here, peer=tunnel.peer, psk=tunnel.psk, name=NAME, port=tunnel.port))
    node.run(f"chmod 0600 {FOLDER}/wg0.conf && wg-quick up wg0")
    node.eventually(tunnel.stamp)
    node.settles(tunnel.state, "up")
    return tunnel


def refresh(node, flags=0, user=None):
    return node.call("RefreshIP", "t", flags, user=user)["data"][:2]


def test_the_peer_moves(node, tunnel):
    """As one that was made anew elsewhere: it does not know this node's address, and does not call."""
    told, old = listen(node), tunnel.endpoint
    assert refresh(node) == [0, []]
    talk(node, tunnel)
    tunnel.move(OUTER.format(77))
    stamp = tunnel.stamp()  # from now on there is no other
    name(tunnel)
    # Its state is asked for, so that the daemon sees that nothing comes back while something is sent.
    node.settles(tunnel.state, "down", 2 * BEAT)
    (*what, reason), = node.eventually(lambda: drops(told))
    assert what == ["down", "wg0", tunnel.peer] and reason in tunnel.may_say("no-reply")
    assert tunnel.show("endpoints") == old

    assert node.error("RefreshIP", "t", 0, user="stranger").endswith("InteractiveAuthorizationRequired")
    steps = [["endpoint", "wg0", f"endpoint {old} → {tunnel.endpoint}, peer {tunnel.peer}"]]
    assert refresh(node, DRY_RUN, user="member") == [0, steps]
    assert (tunnel.show("endpoints"), tunnel.stamp(), node.changes()) == (old, stamp, [])
    change, done = refresh(node, user="member")
    assert change and done == steps and tunnel.show("endpoints") == tunnel.endpoint
    node.eventually(lambda: tunnel.stamp() > stamp)
    node.settles(lambda: drops(told)[1:], [["up", "wg0", tunnel.peer]])
    assert tunnel.state() == "up" and ("vpn-down", "wg0") not in node.findings()
    assert tunnel.peers()[0]["endpoint"] == tunnel.endpoint

    silence(node)
    tunnel.internet(f"link set {tunnel.far} down")  # what it still has to say would have it met where it is
    node.call("Undo", "tt", change, 0, user="member")
    assert tunnel.show("endpoints") == old
    node.settles(lambda: tunnel.state() and tunnel.peers()[0]["endpoint"], old)

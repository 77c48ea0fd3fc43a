# SPDX-License-Identifier: LGPL-2.1-or-later
"""The node loses its address while a peer is missed: that is why, and not the peer."""

import signal

import pytest

import vpn
from tunnel import Pair
from wait import eventually, settles

SILENT = 20  # so long data may stay unanswered
SLACK = 20


@pytest.fixture
def pair(node):
    pair = Pair(node, "wga")
    yield pair.start()
    pair.stop()


def test_the_node_has_no_address(node, pair, root):
    eventually(pair.shaken, 25)
    settles(lambda: vpn.look(root) and vpn.state(root, "wga"), "up", 25)
    signals, key = root.listen(), pair.far.key.public
    address = node.network.addresses("eth0")[0]
    pair.send(0.2)
    pair.far.kill()
    # One reading for what came before it went, and one that shows that what was sent since is not answered.
    for _ in range(2):
        sent = int(pair.peer().tx)
        eventually(lambda: vpn.look(root) and vpn.peers(root, "wga")[0]["tx"] > sent + 500, 25)
    assert vpn.state(root, "wga") == "up" and vpn.drops(signals) == []
    node.network.ip(f"addr del {address} dev eth0")
    eventually(lambda: root.get("Address") == "")

    drop = eventually(lambda: vpn.drops(signals), SILENT + SLACK)
    assert drop == [("down", "wga", key, "no-underlay")]
    assert vpn.down(root)["wga"][1]["reason"] == "no-underlay"
    assert [peer["reason"] for peer in vpn.peers(root, "wga")] == ["no-underlay"]

    # With an address it is the peer again; nobody is told of that, but whoever looks sees it.
    node.signal(signal.SIGSTOP)  # so that they come at once
    node.network.ip(f"addr add {address} dev eth0")
    node.network.restore_route()
    node.signal(signal.SIGCONT)
    settles(lambda: vpn.down(root)["wga"][1]["reason"], "no-reply")
    # Nor is the finding taken back while it is asked about.
    settles(lambda: vpn.look(root) and "endpoint-ping" in vpn.down(root)["wga"][1], True)
    assert vpn.drops(signals) == drop
    assert [cleared for cleared in signals.of("FindingCleared") if cleared[0] == "vpn-down"] == []
    pair.far.start()
    eventually(lambda: vpn.drops(signals) == [*drop, ("up", "wga", key)], 45)
    settles(lambda: vpn.down(root), {})

# SPDX-License-Identifier: LGPL-2.1-or-later
"""SetKeepalive for good, in the file that wg-quick makes the tunnel from: from within the unit's sandbox."""

import difflib

import pytest

from guest import DRY_RUN, FORCE, PERSIST
from test_vpn import keys_are_nowhere
from wireguard import FOLDER, Pair, listen

FILE = f"{FOLDER}/wg0.conf"

# {other} is nobody's peer.
CONF = """\
# {here} is said nowhere else\r
[Interface]
  PrivateKey = {here}
  Address = 10.9.1.2/24   # ours
  PostUp = echo '[Peer]' >/dev/null

[Peer]   # at home: PersistentKeepalive = 7
\tPublicKey={peer}
\tPresharedKey = {psk}
\tAllowedIPs = 10.9.1.1/32
\tEndpoint = {endpoint}
\t# PersistentKeepalive = 20

[peer]
PublicKey = {other}
AllowedIPs = 10.9.1.3/32
persistentkeepalive = 10 # often"""


@pytest.fixture
def tunnel(node):
    """By wg-quick, with a peer that has no keepalive, and another that has one."""
    tunnel = Pair(node, "wg0", 1)
    tunnel.other = node.run("wg genkey | wg pubkey").strip()
    tunnel.be_there()
    node.write(FILE, CONF.format(here=tunnel.here, peer=tunnel.peer, psk=tunnel.psk, endpoint=tunnel.endpoint,
                                 other=tunnel.other))
    node.run(f"chown root:sudo {FILE} && chmod 0600 {FILE} && chmod 0700 {FOLDER} && wg-quick up wg0")
    node.settles(lambda: node.call("Diagnose", "") and ("vpn-no-keepalive", "wg0") in node.findings(), True)
    return tunnel


def keepalive(tunnel):
    return tunnel.show("persistent-keepalive"), tunnel.show("persistent-keepalive", tunnel.other)


def there(node):
    """All that can be seen of the file: it is the same one, or another in its place; and what is beside it."""
    return node.run("cat", FILE), node.run(f"stat -c '%i %Y %Z' {FILE}"), node.run(f"ls -A {FOLDER}").split()


def rights(node):
    return node.run(f"stat -c '%a %U:%G' {FILE}").split()


def step(tunnel, kind="keepalive"):
    return [kind, "wg0" if kind == "keepalive" else FILE, f"keepalive off → 25 s, peer {tunnel.peer}"]


def set_(node, tunnel, flags, user=None):
    change, steps, _ = node.call("SetKeepalive", "ssut", "wg0", tunnel.peer, 25, flags, user=user)["data"]
    return change, steps


def refuses_strangers(node, tunnel):
    """Before anything is done: what they ask for is what the member gets."""
    before = there(node)
    for flags in (PERSIST, PERSIST | DRY_RUN, PERSIST | FORCE):
        assert node.error("SetKeepalive", "ssut", "wg0", tunnel.peer, 25, flags, user="stranger").endswith(
            "InteractiveAuthorizationRequired")
    assert (there(node), keepalive(tunnel), node.changes()) == (before, ("off", "10"), [])


def test_it_lasts(node, tunnel):
    listen(node)
    text, _, beside = there(node)
    assert rights(node) == ["600", "root:sudo"]
    refuses_strangers(node, tunnel)

    before = there(node)
    planned = set_(node, tunnel, PERSIST | DRY_RUN, user="member")
    assert planned == (0, [step(tunnel), step(tunnel, "keepalive-file")])
    assert (there(node), keepalive(tunnel)) == (before, ("off", "10"))
    change, steps = set_(node, tunnel, PERSIST, user="member")
    assert change and steps == planned[1] and keepalive(tunnel) == ("25", "10")
    now = node.run("cat", FILE)
    assert [line for line in difflib.ndiff(text.split("\n"), now.split("\n")) if line[0] in "+-"] == [
        "+ \tPersistentKeepalive = 25"]
    assert (rights(node), there(node)[2]) == (["600", "root:sudo"], beside)

    node.run("wg-quick down wg0 && wg-quick up wg0")
    assert keepalive(tunnel) == ("25", "10")
    node.eventually(tunnel.stamp)
    node.settles(tunnel.state, "up")
    assert ("vpn-no-keepalive", "wg0") not in node.findings()

    assert node.error("Undo", "tt", change, 0, user="stranger").endswith("InteractiveAuthorizationRequired")
    assert (node.run("cat", FILE), keepalive(tunnel)) == (now, ("25", "10"))
    node.call("Undo", "tt", change, 0, user="member")
    assert (there(node)[0], there(node)[2]) == (text, beside)
    assert (rights(node), keepalive(tunnel)) == (["600", "root:sudo"], ("off", "10"))
    keys_are_nowhere(node, tunnel)

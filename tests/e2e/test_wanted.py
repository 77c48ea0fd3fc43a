# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was asked to stay: put back on tunnels, told on the uplink, never fought for."""

import time

import pytest

from client import ERROR, FORCE, BusError
from wait import eventually, settles

CONFIGURATION = "[Node]\nMTU=wg0:1280\n"


def test_reset_is_put_back(node, network, root):
    root.set_mtu("wg0", 1300)
    signals = root.listen()
    network.ip("link set wg0 mtu 1420")
    settles(lambda: network.mtu("wg0"), 1300)
    settles(lambda: root.links()["wg0"]["mtu"], 1300)
    assert root.wanted() == {"wg0": 1300} and root.findings() == {}
    assert not signals.of("FindingRaised")
    # It belongs to the call that asked for it, and is none of its own.
    assert len(root.changes()) == 1


def fight(network, root):
    """Resets the MTU, and does so each time that it was put back, until it is not. Returns how often it was."""
    put_back = 0
    while put_back < 6:
        network.ip("link set wg0 mtu 1420")
        eventually(lambda: network.mtu("wg0") == 1300 or ("fighting", "wg0") in root.findings())
        if network.mtu("wg0") == 1420:
            break
        put_back += 1
    return put_back


def test_a_fight_is_seen_and_left(node, network, root):
    root.set_mtu("wg0", 1300)
    signals = root.listen()
    assert fight(network, root) == 3
    finding = eventually(lambda: root.findings().get(("fighting", "wg0")))
    assert (finding["severity"], finding["verb"]) == ("warning", "")
    assert (finding["params"]["mtu"], finding["params"]["wanted-mtu"]) == (1420, 1300)
    eventually(lambda: signals.of("FindingRaised"))
    assert signals.of("FindingRaised")[0][:3] == ("fighting", "wg0", "warning")
    assert root.wanted() == {"wg0": 1300}

    with pytest.raises(BusError) as e:
        root.set_mtu("wg0", 1350)
    assert e.value.name == ERROR + "Fighting"
    with pytest.raises(BusError) as e:
        root.mend("fighting", "wg0")
    assert e.value.name == ERROR + "Unsupported"
    network.ip("link set wg0 mtu 1410")  # the other goes on; we do not
    settles(lambda: root.links()["wg0"]["mtu"], 1410)
    assert network.mtu("wg0") == 1410

    root.set_mtu("wg0", 1300, FORCE)
    assert network.mtu("wg0") == 1300
    settles(root.findings, {})
    settles(lambda: signals.of("FindingCleared"), [("fighting", "wg0", {})])


def test_a_reset_every_second(node, network, root):
    """As a script in a loop would do it."""
    root.set_mtu("wg0", 1300)
    put_back = 0
    for _ in range(5):
        network.ip("link set wg0 mtu 1420")
        time.sleep(1)
        eventually(lambda: network.mtu("wg0") == 1300 or ("fighting", "wg0") in root.findings())
        put_back += network.mtu("wg0") == 1300
    assert put_back == 3
    assert set(root.findings()) == {("fighting", "wg0")}


def test_undo_ends_a_fight(node, network, root):
    change, _, _ = root.set_mtu("wg0", 1300)
    assert fight(network, root) == 3
    eventually(root.findings)
    root.undo(change)
    assert root.wanted() == {} and network.mtu("wg0") == 1420
    settles(root.findings, {})


def test_fight_ends_when_the_other_gives_in(node, network, root):
    root.set_mtu("wg0", 1300)
    assert fight(network, root) == 3
    eventually(root.findings)
    network.ip("link set wg0 mtu 1300")
    settles(root.findings, {})


def test_uplink_is_told_and_not_put_back(node, network, root):
    root.set_mtu("eth0", 1485)
    signals = root.listen()
    network.ip("link set eth0 mtu 1490")
    finding = eventually(lambda: root.findings().get(("wanted-mtu-lost", "eth0")))
    assert (finding["severity"], finding["verb"]) == ("warning", "SetMTU")
    assert (finding["params"]["mtu"], finding["params"]["wanted-mtu"]) == (1490, 1485)
    assert root.get("Health") == "warning"
    eventually(lambda: ("wanted-mtu-lost", "eth0") in [told[:2] for told in signals.of("FindingRaised")])
    # A tunnel's reset after it has been put back, so the uplink's would have been.
    root.set_mtu("wg0", 1300)
    network.ip("link set wg0 mtu 1420")
    settles(lambda: network.mtu("wg0"), 1300)
    assert network.mtu("eth0") == 1490 and root.wanted()["eth0"] == 1485

    root.mend("wanted-mtu-lost", "eth0")
    assert network.mtu("eth0") == 1485
    settles(root.findings, {})
    eventually(lambda: ("wanted-mtu-lost", "eth0", {}) in signals.of("FindingCleared"))


def test_replaced_tunnel_gets_its_wish(node, network, root):
    root.set_mtu("wg0", 1300)
    before = root.links()["wg0"]["ifindex"]
    network.replace_tunnel()
    settles(lambda: network.mtu("wg0"), 1300)
    assert network.link("wg0")["ifindex"] != before
    settles(root.findings, {})


def test_many_replacements_are_no_fight(node, network, root):
    root.set_mtu("wg0", 1300)
    for _ in range(6):
        network.replace_tunnel()
        settles(lambda: network.mtu("wg0"), 1300)
    assert root.findings() == {}


def test_wish_of_a_link_that_comes_later(asleep, network, root):
    asleep.configure("[Node]\nMTU=wg7:1290\n")
    asleep.start()
    assert root.wanted() == {"wg7": 1290} and root.findings() == {}
    network.batch(["tuntap add dev wg7 mode tun", "link set wg7 up"])
    settles(lambda: network.mtu("wg7"), 1290)


def test_configured_wish(asleep, network, root):
    asleep.configure(CONFIGURATION)
    asleep.start()
    settles(lambda: network.mtu("wg0"), 1280)
    wish, = root.get("Wanted")
    assert (wish["kind"], wish["target"], wish["value"], wish["origin"]) == ("mtu", "wg0", 1280, "configuration")
    with pytest.raises(BusError) as e:
        root.release("wg0")
    assert e.value.name == ERROR + "OwnedByOther"
    # A verb's wish stands over it, and gives it back.
    root.set_mtu("wg0", 1350)
    assert root.wanted() == {"wg0": 1350}
    root.release("wg0")
    assert root.wanted() == {"wg0": 1280}
    settles(lambda: network.mtu("wg0"), 1280)


def test_reload(node, network, root):
    assert root.wanted() == {}
    node.configure(CONFIGURATION)
    node.reload()
    settles(root.wanted, {"wg0": 1280})
    settles(lambda: network.mtu("wg0"), 1280)
    node.write("etc/wslnode/wslnode.conf.d/50-test.conf", "[Node]\nMTU=wg0:1290\n")
    node.reload()
    settles(root.wanted, {"wg0": 1290})
    settles(lambda: network.mtu("wg0"), 1290)
    (node.root / "etc/wslnode/wslnode.conf.d/50-test.conf").unlink()
    node.configure("")
    node.reload()
    settles(root.wanted, {})
    assert network.mtu("wg0") == 1290  # nobody said what it should be instead


BROKEN = {
    "letters": "[Node]\nMTU=wg0:12x0\n",
    "no value": "[Node]\nMTU=wg0\n",
    "zero": "[Node]\nMTU=wg0:0\n",
    "section": "[Node\nMTU=wg0:1290\n",
    "no assignment": "[Node]\nMTU wg0\n",
    "large": "[Node]\nMTU=wg0:1290\n" + "x" * 2_000_000,
    "NUL": "[Node]\nMTU=wg0:1290\n\0\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_broken_configuration_keeps_the_old_one(asleep, network, root, text):
    asleep.configure(CONFIGURATION)
    asleep.start()
    settles(lambda: network.mtu("wg0"), 1280)
    asleep.configure(text)
    asleep.reload()
    refused(root)
    assert root.wanted() == {"wg0": 1280}
    network.ip("link set wg0 mtu 1420")
    settles(lambda: network.mtu("wg0"), 1280)
    asleep.configure("[Node]\nMTU=wg0:1290\n")
    asleep.reload()
    settles(root.findings, {})
    assert root.wanted() == {"wg0": 1290}


def refused(root):
    finding = eventually(lambda: next((f for f in root.get("Findings") if f["id"] == "configuration-refused"), None))
    assert finding["subject"].endswith("etc/wslnode/wslnode.conf")
    assert (finding["severity"], finding["verb"]) == ("warning", "")
    assert finding["params"]["problem"]


def test_unreadable_configuration(node, root):
    (node.root / "etc/wslnode/wslnode.conf").mkdir()
    node.reload()
    refused(root)
    (node.root / "etc/wslnode/wslnode.conf").rmdir()
    node.reload()
    settles(root.findings, {})


def test_unknown_keys_are_left_alone(asleep, root):
    """Those of a later version, for instance."""
    asleep.configure("Key=1\n[Other]\nMTU=wg0:1290\n[Node]\nColour=red\nMTU=wg0:1280\n")
    asleep.start()
    assert root.wanted() == {"wg0": 1280} and root.findings() == {}


def test_broken_configuration_at_start(asleep, network, root):
    asleep.configure("[Node]\nMTU=wg0:nonsense\n")
    asleep.start()
    refused(root)
    assert root.wanted() == {}
    root.set_mtu("wg0", 1300)
    assert network.mtu("wg0") == 1300

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the running daemon exports is what the interface file says, and that says all of it; and so the policy."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

import stage
from client import INTERFACE, PATH, PROPERTIES
from uapi import Uapi, answer, peer, says
from vpn import MANAGER, VPN, path_of, tunnels
from wait import eventually

FILE = stage.SOURCE / "introspection" / "org.wslnode.Node1.xml"
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def parse(text):
    builder = ElementTree.TreeBuilder(insert_comments=True)
    return ElementTree.fromstring(text, ElementTree.XMLParser(target=builder))


def elements(parent):
    """(element, the comment right before it) for each child."""
    comment = None
    for child in parent:
        if child.tag is ElementTree.Comment:
            comment = child.text
        else:
            yield child, comment
            comment = None


def describe(member):
    """A member as something that can be compared."""
    default = "out" if member.tag == "method" else None
    return {
        "tag": member.tag,
        "type": member.get("type"),
        "access": member.get("access"),
        "args": [(arg.get("name"), arg.get("type"), arg.get("direction", default)) for arg in member.findall("arg")],
        # sd-bus leaves out the value that holds anyway.
        "annotations": {a.get("name"): a.get("value") for a in member.findall("annotation")
                        if (a.get("name"), a.get("value")) != (EMITS, "true")},
    }


def interface(tree, name=INTERFACE):
    return next(i for i in tree.iter("interface") if i.get("name") == name)


WRITTEN = {name: interface(parse(FILE.read_text()), name) for name in (INTERFACE, VPN)}


@pytest.fixture(params=WRITTEN)
def written(request):
    return WRITTEN[request.param]


@pytest.fixture
def place(asleep, written):
    """The path of an object that has the interface: the node's own, or a tunnel's."""
    if written is not WRITTEN[VPN]:
        yield PATH
        return
    server = Uapi(asleep, "wga", says(answer(peer(0)))).add_link()
    yield path_of("wga")
    server.stop()


def introspect(client, path):
    return parse(client.call("Introspect", interface="org.freedesktop.DBus.Introspectable", path=path)[0])


def get_all(client, path, name):
    return client.call("GetAll", "(s)", name, interface=PROPERTIES, path=path)[0]


@pytest.fixture
def there(place, node, root):
    """It is on the bus."""
    if place != PATH:
        eventually(lambda: tunnels(root).get("wga"))
    return place


def test_daemon_exports_what_is_written(there, root, written):
    exported = interface(introspect(root, there), written.get("name"))
    promised = {m.get("name"): describe(m) for m, _ in elements(written)}
    method = "SetMTU" if there == PATH else "ListPeers"
    assert promised[method]["args"][0] in (("link", "s", "in"), ("offset", "u", "in"))  # the reader of the file works
    assert {m.get("name"): describe(m) for m, _ in elements(exported)} == promised


def test_every_property_can_be_read(there, root, written):
    name = written.get("name")
    values = get_all(root, there, name)
    assert values.keys() == {p.get("name") for p in written.findall("property")}
    for member, value in values.items():
        got = root.call("Get", "(ss)", name, member, interface=PROPERTIES, path=there)[0]
        # A moment is told by its distance from now, so its last digit wavers.
        assert got == value or ("HandshakeUSec" in member and abs(got - value) < 1000)


def test_no_other_interfaces(there, root, written):
    """But those that every object of a daemon's has."""
    names = {i.get("name") for i in introspect(root, there).iter("interface")}
    usual = {"org.freedesktop.DBus." + name for name in ("Peer", "Introspectable", "Properties")}
    assert names - usual == ({INTERFACE, MANAGER} if there == PATH else {VPN})


def test_tunnels_are_below_the_node(asleep, root):
    server = Uapi(asleep, "wga", says(answer(peer(0)))).add_link()
    asleep.start()
    eventually(lambda: tunnels(root).get("wga"))
    assert [n.get("name") for n in introspect(root, PATH).findall("node")] == ["vpn"]
    assert [f"{PATH}/vpn/" + n.get("name") for n in introspect(root, PATH + "/vpn").findall("node")] == [path_of("wga")]
    server.stop()


def test_every_action_is_documented():
    """What polkit is asked, by the interface file, is what the policy file has."""
    told = set(re.findall(r"org\.wslnode\.node1\.[a-z-]+", FILE.read_text()))
    policy = ElementTree.parse(stage.SOURCE / "policy" / "org.wslnode.node1.policy")
    assert told <= {action.get("id") for action in policy.iter("action")}
    assert "org.wslnode.node1.list-peers" in told


def test_every_member_is_explained(written):
    members = list(elements(written))
    assert len(members) > (20 if written is WRITTEN[INTERFACE] else 8)
    for member, comment in members:
        name = member.get("name")
        assert comment, f"{name} has no comment"
        assert re.match(rf"\s*{name}:\s+\S", comment), f"the comment before {name} is not about it"
        for arg in member.findall("arg"):
            assert arg.get("name"), f"an argument of {name} has no name"
            assert re.search(rf"^\s*@{arg.get('name')}:\s+\S", comment, re.M), f"{name} does not explain {arg.get('name')}"


def test_the_comments_know_no_other_arguments(written):
    for member, comment in elements(written):
        told = re.findall(r"^\s*@([\w-]+):", comment or "", re.M)
        assert told == [arg.get("name") for arg in member.findall("arg")], member.get("name")

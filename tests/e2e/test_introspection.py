# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the running daemon exports is what the interface file says, and that says all of it."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

import stage
from client import INTERFACE

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


def interface(tree):
    return next(i for i in tree.iter("interface") if i.get("name") == INTERFACE)


@pytest.fixture(scope="module")
def written():
    return interface(parse(FILE.read_text()))


def test_daemon_exports_what_is_written(node, root, written):
    exported = interface(parse(root.call("Introspect", interface="org.freedesktop.DBus.Introspectable")[0]))
    promised = {m.get("name"): describe(m) for m, _ in elements(written)}
    assert promised["SetMTU"]["args"][0] == ("link", "s", "in")  # the reader of the file works
    assert {m.get("name"): describe(m) for m, _ in elements(exported)} == promised


def test_every_property_can_be_read(node, root, written):
    values = root.all()
    assert values.keys() == {p.get("name") for p in written.findall("property")}
    for name, value in values.items():
        assert root.get(name) == value


def test_every_member_is_explained(written):
    members = list(elements(written))
    assert len(members) > 20
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

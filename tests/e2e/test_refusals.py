# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is asked wrongly is refused by name, changes nothing, and leaves the daemon as it was."""

import concurrent.futures

import pytest
from gi.repository import GLib

from client import DRY_RUN, ERROR, FORCE, NO_REPLY, PERSIST, PROPERTIES, STANDARD, BusError
from network import ADDRESS
from wait import eventually, settles

NO_SUCH_LINK, INVALID_MTU, NEEDS_FORCE = ERROR + "NoSuchLink", ERROR + "InvalidMTU", ERROR + "NeedsForce"
INVALID_ARGS, UNKNOWN_METHOD = STANDARD + "InvalidArgs", STANDARD + "UnknownMethod"
TOO_LONG = "x" * 200


@pytest.fixture
def refuses(node, network, root):
    """refuses(name, verb, signature, arguments): the error has this name, and nothing has changed."""
    def links():
        return [(link["ifname"], link["mtu"]) for link in network.json("link show")]

    def check(name, *call, **options):
        before = links(), root.get("Wanted"), root.changes()
        with pytest.raises(BusError) as e:
            root.call(*call, **options)
        assert e.value.name == name, e.value
        assert (links(), root.get("Wanted"), root.changes()) == before
        return str(e.value)
    yield check
    # The same call with nothing wrong in it.
    root.set_mtu("wg0", 1300)
    assert network.mtu("wg0") == 1300
    node.is_alive()


@pytest.mark.parametrize("name", ["nolink", "../eth0", "/etc/passwd", "--help", "-1", "", " ", "eth0 ", "ETH0", "eth0\n",
                                  "*", "é", "%s%n",
                                  pytest.param(TOO_LONG, id="too long")])
@pytest.mark.parametrize("flags", [0, FORCE, DRY_RUN])
def test_unknown_link(refuses, name, flags):
    text = refuses(NO_SUCH_LINK, "SetMTU", "(sut)", name, 1400, flags)
    assert len(text) < 400


@pytest.mark.parametrize("mtu", [0, 1, 67, 65536, 70000, 2**31, 2**32 - 1])
@pytest.mark.parametrize("flags", [0, FORCE])
@pytest.mark.parametrize("link", ["wg0", "eth0"])
def test_mtu_that_the_link_cannot_have(refuses, link, mtu, flags):
    assert link in refuses(INVALID_MTU, "SetMTU", "(sut)", link, mtu, flags)


@pytest.mark.parametrize("link, mtu", [("wg0", 1279), ("wg0", 68), ("eth0", 1279), ("eth1", 1400), ("lo", 1400)])
@pytest.mark.parametrize("flags", [0, PERSIST, DRY_RUN])
def test_what_may_harm_needs_force(refuses, network, root, link, mtu, flags):
    network.add_other()
    eventually(lambda: "eth1" in root.links())
    before = network.mtu(link)
    refuses(NEEDS_FORCE, "SetMTU", "(sut)", link, mtu, flags)
    change, _, _ = root.set_mtu(link, mtu, FORCE)
    assert network.mtu(link) == mtu
    root.undo(change)
    assert network.mtu(link) == before


@pytest.mark.parametrize("flags", [8, 2**32, 2**63, 2**64 - 1])
def test_unknown_flags(refuses, root, flags):
    change, _, _ = root.set_mtu("wg0", 1350)
    refuses(INVALID_ARGS, "SetMTU", "(sut)", "wg0", 1300, flags)
    refuses(INVALID_ARGS, "Mend", "(sst)", "no-uplink", "", flags)
    refuses(INVALID_ARGS, "Undo", "(tt)", change, flags)
    refuses(INVALID_ARGS, "Release", "(sst)", "mtu", "wg0", flags)
    refuses(INVALID_ARGS, "FixDNS", "(t)", flags)


def test_flags_without_meaning(refuses, root):
    change, _, _ = root.set_mtu("wg0", 1350)
    refuses(INVALID_ARGS, "Undo", "(tt)", change, PERSIST)
    refuses(INVALID_ARGS, "Release", "(sst)", "mtu", "wg0", PERSIST)


@pytest.mark.parametrize("signature, arguments", [
    ("()", ()), ("(su)", ("wg0", 1300)), ("(sit)", ("wg0", 1300, 0)), ("(ssu)", ("wg0", "1300", 0)),
    ("(sutt)", ("wg0", 1300, 0, 0)), ("((sut))", (("wg0", 1300, 0),)), ("(asut)", (["wg0"], 1300, 0)),
    ("(gut)", ("s", 1300, 0)), ("(vut)", (GLib.Variant("s", "wg0"), 1300, 0))])
def test_wrong_types(refuses, signature, arguments):
    refuses(INVALID_ARGS, "SetMTU", signature, *arguments)


@pytest.mark.parametrize("signature, arguments", [("()", ()), ("(u)", (0,)), ("(tt)", (0, 0)), ("(st)", ("", 0))])
def test_wrong_types_of_fix_dns(refuses, signature, arguments):
    refuses(INVALID_ARGS, "FixDNS", signature, *arguments)


@pytest.mark.parametrize("flags", [0, DRY_RUN, PERSIST, PERSIST | DRY_RUN])
def test_dns_is_anothers_off_wsl(refuses, node, flags):
    (node.root / "etc/resolv.conf").write_text("nameserver 127.0.0.9\n")
    refuses(ERROR + "NotWSL", "FixDNS", "(t)", flags)
    assert (node.root / "etc/resolv.conf").read_text() == "nameserver 127.0.0.9\n"


def test_unknown_members(refuses):
    refuses(UNKNOWN_METHOD, "Sit")
    refuses(UNKNOWN_METHOD, "setmtu", "(sut)", "wg0", 1300, 0)
    refuses(UNKNOWN_METHOD, "SetMTU", "(sut)", "wg0", 1300, 0, interface="org.wslnode.Node2")
    refuses(STANDARD + "UnknownObject", "SetMTU", "(sut)", "wg0", 1300, 0, path="/org/wslnode/Node2")
    refuses(STANDARD + "UnknownProperty", "Get", "(ss)", "org.wslnode.Node1", "Nothing", interface=PROPERTIES)


def test_properties_cannot_be_set(refuses):
    refuses(STANDARD + "PropertyReadOnly", "Set", "(ssv)", "org.wslnode.Node1", "Uplink", GLib.Variant("s", "wg0"),
            interface=PROPERTIES)


def test_verb_without_a_reply_does_nothing(node, network, root):
    signals = root.listen()
    root.call("SetMTU", "(sut)", "wg0", 1300, 0, message=NO_REPLY)
    root.call("ListChanges", "(tu)", 0, 0)
    assert root.changes() == [] and root.wanted() == {} and network.mtu("wg0") == 1420
    assert not signals.heard
    root.call("SetMTU", "(sut)", "wg0", 1300, 0)
    assert network.mtu("wg0") == 1300


def test_undo_of_nothing(refuses, root):
    for change in (0, 999, 2**64 - 1):
        refuses(ERROR + "NoSuchChange", "Undo", "(tt)", change, 0)
    change, _, _ = root.set_mtu("wg0", 1350)
    root.undo(change)
    refuses(ERROR + "NotUndoable", "Undo", "(tt)", change, 0)
    refuses(ERROR + "NotUndoable", "Undo", "(tt)", change, FORCE)


def test_mend_of_nothing(refuses, network, root):
    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    for finding, subject in (("no-uplink", ""), ("tunnel-too-big", ""), ("tunnel-too-big", "eth0"), ("", ""),
                             ("fighting", "wg0"), (TOO_LONG, "wg0"), ("tunnel-too-big", TOO_LONG)):
        refuses(ERROR + "NoSuchFinding", "Mend", "(sst)", finding, subject, 0)
    root.mend("tunnel-too-big", "wg0")
    network.ip("route del default")
    eventually(lambda: ("no-uplink", "") in root.findings())
    refuses(ERROR + "Unsupported", "Mend", "(sst)", "no-uplink", "", 0)


def test_release_of_nothing(refuses, root):
    for kind in ("", "MTU", "keepalive", TOO_LONG):
        refuses(ERROR + "Unsupported", "Release", "(sst)", kind, "wg0", 0)
    for target in ("nolink", "", "../eth0", TOO_LONG):
        assert root.release(target) == (0, [], {})


def test_lists_with_any_limit(node, root):
    for limit in (0, 1, 200, 201, 1000, 1001, 2**32 - 1):
        assert root.call("ListChanges", "(tu)", 2**64 - 1, limit) == ([],)
        assert len(root.links(0, limit)) == min(limit or 1000, 3)
        assert root.links(2**32 - 1, limit) == {}


def test_link_that_vanishes_before_the_call(refuses, network, root):
    network.add_other()
    network.ip("route replace default via 192.168.77.1 dev eth1")
    settles(lambda: root.get("Uplink"), "eth1")
    network.ip("link del eth1")
    settles(lambda: "eth1" in root.links(), False)
    refuses(NO_SUCH_LINK, "SetMTU", "(sut)", "eth1", 1400, 0)


def test_full_queue(node, network, root):
    calls = [root.send("SetMTU", "(sut)", "wg0", 1300 + i, 0) for i in range(100)]
    concurrent.futures.wait(calls, 60)
    refused = [call.exception() for call in calls if call.exception()]
    done = [call.result()[2]["mtu"] for call in calls if not call.exception()]
    assert {e.name for e in refused} <= {ERROR + "Busy"}
    assert len(done) >= 16
    assert network.mtu("wg0") == done[-1] and root.wanted() == {"wg0": done[-1]}
    assert len(root.changes()) == len(done)


def test_state_folder_that_cannot_be_written(asleep, network, root):
    """A change that could not be logged is not made."""
    (asleep.root / "var/lib").rmdir()
    (asleep.root / "var").rmdir()
    (asleep.root / "var").write_text("in the way")
    asleep.start()
    assert root.get("Address") == ADDRESS
    with pytest.raises(BusError) as e:
        root.set_mtu("wg0", 1300)
    assert e.value.name == STANDARD + "Failed"
    assert network.mtu("wg0") == 1420 and root.wanted() == {}
    assert root.set_mtu("wg0", 1300, DRY_RUN)[1]
    asleep.stop()
    (asleep.root / "var").unlink()
    (asleep.root / "var/lib").mkdir(parents=True)
    asleep.start()
    root.set_mtu("wg0", 1300)
    assert network.mtu("wg0") == 1300

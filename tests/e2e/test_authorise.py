# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, with the real polkit and our policy. Everybody here but the control is not root."""

import subprocess

import pytest
from gi.repository import GLib

import stage
from client import (DRY_RUN, FORCE, INTERACTIVE, INTERFACE, NAME, PATH, PERSIST, PROPERTIES, STANDARD, BusError,
                    as_user)
from dns import CLOSED, TUNNEL
from network import GATEWAY
from resolv import dress, everything, text_of
from wait import eventually, settles

ACCESS_DENIED, PASSWORD_NEEDED = STANDARD + "AccessDenied", STANDARD + "InteractiveAuthorizationRequired"
LOG_CONTROL = "org.freedesktop.LogControl1"


@pytest.fixture
def trouble(node, network, root):
    """Something for every verb to do: a finding, a wish, and root's change."""
    change, _, _ = root.set_mtu("eth0", 1400)
    eventually(lambda: ("tunnel-too-big", "wg0") in root.findings())
    return {"SetMTU": ("(sut)", "wg0", 1300), "Mend": ("(sst)", "tunnel-too-big", "wg0"), "Undo": ("(tt)", change),
            "Release": ("(sst)", "mtu", "eth0")}


@pytest.fixture
def state(network, root):
    """What no refused call may change."""
    return lambda: (network.json("link show"), root.get("Wanted"), root.changes())


VERBS = ["SetMTU", "Mend", "Undo", "Release"]


@pytest.mark.parametrize("verb", VERBS)
def test_stranger_may_change_nothing(polkit, trouble, state, root, user, verb):
    stranger = user(stage.STRANGER)
    call = (verb, *trouble[verb])
    before = state()
    for flags in (0, DRY_RUN, FORCE, FORCE | DRY_RUN):
        for message in (0, INTERACTIVE):  # nobody there to type a password, either way
            with pytest.raises(BusError) as e:
                stranger.call(*call, flags, message=message)
            assert e.value.name == PASSWORD_NEEDED
            assert state() == before
    # The same user may ask what is free, and the same call is good in itself.
    assert stranger.get("UplinkMTU") == 1400
    assert root.call(*call, 0)[0] > 0


@pytest.mark.parametrize("verb", VERBS)
def test_without_polkit_only_root_may(trouble, state, root, user, verb):
    member = user(stage.MEMBER)
    before = state()
    for message in (0, INTERACTIVE):
        with pytest.raises(BusError) as e:
            member.call(verb, *trouble[verb], 0, message=message)
        assert e.value.name == ACCESS_DENIED
    assert state() == before
    assert member.get("UplinkMTU") == 1400
    assert root.call(verb, *trouble[verb], 0)[0] > 0


def test_member_may_what_is_safe(polkit, node, network, root, user):
    member = user(stage.MEMBER)
    _, planned, _ = member.set_mtu("wg0", 1300, DRY_RUN)
    change, steps, _ = member.set_mtu("wg0", 1300)
    assert steps == planned and network.mtu("wg0") == 1300
    assert root.changes()[0]["uid"] == stage.UIDS[stage.MEMBER]
    member.undo(change)
    assert network.mtu("wg0") == 1420 and root.wanted() == {}
    member.set_mtu("wg0", 1300, PERSIST)
    member.release("wg0")
    assert root.wanted() == {}


def test_member_may_mend(polkit, trouble, network, user):
    user(stage.MEMBER).mend("tunnel-too-big", "wg0")
    assert network.mtu("wg0") == 1340


@pytest.mark.parametrize("flags", [FORCE, FORCE | DRY_RUN])
def test_member_may_not_force(polkit, node, state, user, flags):
    member = user(stage.MEMBER)
    own, _, _ = member.set_mtu("wg0", 1290)
    before = state()
    for call in (("SetMTU", "(sut)", "wg0", 1000), ("SetMTU", "(sut)", "wg0", 1300),
                 ("Undo", "(tt)", own), ("Release", "(sst)", "mtu", "wg0")):
        with pytest.raises(BusError) as e:
            member.call(*call, flags)
        assert e.value.name == PASSWORD_NEEDED, call
        assert state() == before
    member.undo(own)  # without FORCE


def test_member_may_not_undo_anothers_change(polkit, node, network, root, user):
    member = user(stage.MEMBER)
    change, _, _ = root.set_mtu("wg0", 1300)
    for flags in (0, DRY_RUN):
        with pytest.raises(BusError) as e:
            member.undo(change, flags)
        assert e.value.name == PASSWORD_NEEDED
    assert network.mtu("wg0") == 1300
    own, _, _ = member.set_mtu("wg0", 1350)
    member.undo(own)
    assert network.mtu("wg0") == 1300


@pytest.fixture
def no_answer(asleep, dns, root):
    """WSL's DNS tunnel refuses, and the gateway answers."""
    dns.play(TUNNEL, CLOSED)
    dns.play(GATEWAY, "answers")
    dress(asleep, text_of([TUNNEL]))
    asleep.start()
    settles(lambda: root.get("DNSState"), "failed")
    return asleep


@pytest.mark.parametrize("call", [("FixDNS", "(t)"), ("Mend", "(sst)", "dns-no-answer", "")])
def test_stranger_may_not_fix_dns(polkit, no_answer, root, user, call):
    stranger = user(stage.STRANGER)
    before = everything(no_answer)
    for flags in (0, DRY_RUN, PERSIST, FORCE, FORCE | DRY_RUN):
        for message in (0, INTERACTIVE):
            with pytest.raises(BusError) as e:
                stranger.call(*call, flags, message=message)
            assert e.value.name == PASSWORD_NEEDED
    assert everything(no_answer) == before and root.changes() == []
    assert stranger.get("DNSState") == "failed" and stranger.get("DNSServers") == root.get("DNSServers")
    assert root.call(*call, 0)[0] > 0


def test_without_polkit_only_root_may_fix_dns(no_answer, root, user):
    member = user(stage.MEMBER)
    before = everything(no_answer)
    with pytest.raises(BusError) as e:
        member.call("FixDNS", "(t)", 0)
    assert e.value.name == ACCESS_DENIED
    assert everything(no_answer) == before
    assert root.call("FixDNS", "(t)", 0)[0] > 0


def test_member_may_fix_dns(polkit, no_answer, root, user):
    member = user(stage.MEMBER)
    for flags in (FORCE, FORCE | DRY_RUN):
        with pytest.raises(BusError) as e:
            member.call("FixDNS", "(t)", flags)
        assert e.value.name == PASSWORD_NEEDED
    change, _, _ = member.call("FixDNS", "(t)", 0)
    settles(lambda: root.get("DNSOwner"), "wslnode")
    member.undo(change)
    settles(lambda: root.get("DNSOwner"), "wsl")


def test_administrators_group_alone_is_no_password(polkit, node, network, user):
    admin = user(stage.ADMIN)
    with pytest.raises(BusError) as e:
        admin.set_mtu("wg0", 1300, message=INTERACTIVE)
    assert e.value.name == PASSWORD_NEEDED
    assert network.mtu("wg0") == 1420
    assert admin.get("UplinkMTU") == 1500


def test_reading_is_free(node, root, user):
    """For everybody, and without a polkit."""
    change, _, _ = root.set_mtu("wg0", 1300)
    stranger = user(stage.STRANGER)
    assert stranger.all() == root.all()
    assert stranger.links() == root.links()
    assert [c["id"] for c in stranger.changes()] == [change]
    assert {c["severity"] for c in stranger.call("Diagnose")[0]} == {"ok"}
    assert "SetMTU" in stranger.call("Introspect", interface="org.freedesktop.DBus.Introspectable")[0]
    stranger.call("Ping", interface="org.freedesktop.DBus.Peer")


def test_log_level_is_roots(node, root, user):
    path = "/org/freedesktop/LogControl1"
    stranger = user(stage.STRANGER)
    for destination in (NAME, root.owner()):
        with pytest.raises(BusError) as e:
            stranger.call("Set", "(ssv)", LOG_CONTROL, "LogLevel", GLib.Variant("s", "err"), interface=PROPERTIES,
                          path=path, destination=destination)
        assert e.value.name == ACCESS_DENIED
    assert stranger.call("Get", "(ss)", LOG_CONTROL, "LogLevel", interface=PROPERTIES, path=path) == ("debug",)
    root.call("Set", "(ssv)", LOG_CONTROL, "LogLevel", GLib.Variant("s", "err"), interface=PROPERTIES, path=path)
    assert stranger.call("Get", "(ss)", LOG_CONTROL, "LogLevel", interface=PROPERTIES, path=path) == ("err",)


def test_name_is_roots(node, root, user):
    """Nobody else can pose as the node, not even while it is away."""
    stranger = user(stage.STRANGER)
    node.stop()
    with pytest.raises(BusError) as e:
        stranger.call("RequestName", "(su)", NAME, 0, destination="org.freedesktop.DBus",
                      path="/org/freedesktop/DBus", interface="org.freedesktop.DBus")
    assert e.value.name == ACCESS_DENIED
    node.start()
    assert stranger.get("Health") == "ok"


def run_as(name, bus, *command):
    return subprocess.run(as_user(name, *command), env=bus.environment, text=True, capture_output=True)


BUSCTL = ("busctl", "call", NAME, PATH, INTERFACE, "SetMTU", "sut", "wg0", "1300", "0")
GDBUS = ("gdbus", "call", "--system", "--interactive", "-d", NAME, "-o", PATH, "-m", INTERFACE + ".SetMTU", "wg0",
         "1300", "0")


@pytest.mark.parametrize("command, refusal", [(BUSCTL, "needs a password"),
                                              (GDBUS, "InteractiveAuthorizationRequired")], ids=["busctl", "gdbus"])
def test_common_clients(polkit, bus, node, network, command, refusal):
    denied = run_as(stage.STRANGER, bus, *command)
    assert denied.returncode != 0 and network.mtu("wg0") == 1420
    assert refusal in denied.stderr
    allowed = run_as(stage.MEMBER, bus, *command)
    assert allowed.returncode == 0, allowed.stderr
    assert network.mtu("wg0") == 1300


def test_root_needs_no_polkit(bus, node, network):
    subprocess.run(BUSCTL, env=bus.environment, check=True, stdout=subprocess.DEVNULL)
    assert network.mtu("wg0") == 1300

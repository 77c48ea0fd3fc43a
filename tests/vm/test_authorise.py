# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, with Debian's own polkitd under systemd, in shells that have no login session."""

import pathlib

import pytest

import image
from guest import DRY_RUN, FORCE

HERE = pathlib.Path(__file__).parent
STANDARD = "org.freedesktop.DBus.Error."
PASSWORD_NEEDED = STANDARD + "InteractiveAuthorizationRequired"
TERMINAL = ("python3", "/usr/lib/dress/terminal.py")
WRONG = "open barley"


@pytest.fixture
def calls(node):
    """A call of every verb that would succeed."""
    node.add_tunnel("wg0")
    node.run("ip link set eth0 mtu 1400")
    node.settles(node.findings, [("tunnel-too-big", "wg0")])
    change = node.set_mtu("eth0", 1410)["data"][0]
    # Started for the first who asks it takes 6 s and more of the 15 that wslnodectl gives its agent.
    node.run("systemctl start polkit.service")
    node.put(HERE / "guest/terminal.py", "/usr/lib/dress/terminal.py")
    return {"SetMTU": ("sut", "wg0", 1300), "Mend": ("sst", "tunnel-too-big", "wg0"), "Undo": ("tt", change),
            "Release": ("sst", "mtu", "eth0")}


def state(node):
    return node.mtu("wg0"), node.mtu("eth0"), node.get("Wanted"), node.changes()


def test_stranger(node, calls):
    before = state(node)
    for verb, (signature, *arguments) in calls.items():
        for flags in (0, DRY_RUN, FORCE):
            for interactive in (False, True):
                assert node.error(verb, signature, *arguments, flags, user="stranger",
                                  interactive=interactive) == PASSWORD_NEEDED, (verb, flags)
    assert state(node) == before
    # The same user may read, and the calls are good in themselves.
    assert "1410" in node.run("busctl get-property org.wslnode.Node1 /org/wslnode/Node1 org.wslnode.Node1 UplinkMTU",
                              user="stranger")
    assert node.error("Mend", *calls["Mend"], 0, user=None) is None
    assert node.mtu("wg0") == 1350


def test_member(node, calls):
    before = state(node)
    assert node.error("SetMTU", "sut", "wg0", 1300, FORCE, user="member") == PASSWORD_NEEDED
    assert node.error("Undo", *calls["Undo"], 0, user="member") == PASSWORD_NEEDED  # root's change
    assert state(node) == before
    assert node.error("SetMTU", "sut", "wg0", 1300, 0, user="member") is None
    assert node.mtu("wg0") == 1300
    own = node.changes()[0]
    assert own["uid"] == int(node.run("id -u member"))
    assert node.error("Undo", "tt", own["id"], 0, user="member") is None
    assert node.mtu("wg0") == 1420


def test_password_in_a_terminal(node, calls):
    """The administrator is asked by wslnodectl's own agent: there is no session, so no other would come."""
    assert node.run("loginctl list-sessions --no-legend").strip() == ""
    ask = (*TERMINAL, image.PASSWORD, "wslnodectl", "set-mtu", "wg0", "1300")
    denied = node.try_(*TERMINAL, WRONG, "wslnodectl", "set-mtu", "wg0", "1300", user="admin", timeout=300)
    assert denied.status != 0 and "Password:" in denied.out and node.mtu("wg0") == 1420
    silent = node.try_("wslnodectl", "--no-ask-password", "set-mtu", "wg0", "1300", user="admin")
    assert silent.status != 0 and node.mtu("wg0") == 1420
    asked = node.try_(*ask, user="admin", timeout=300)
    assert asked.status == 0 and "Authentication is required to set the MTU of wg0" in asked.out, asked
    assert node.mtu("wg0") == 1300


def test_force_is_asked_for_each_time(node, calls):
    force = ("wslnodectl", "--force", "set-mtu", "wg0")
    for mtu in (1000, 1001):
        asked = node.try_(*TERMINAL, image.PASSWORD, *force, mtu, user="admin", timeout=300)
        assert asked.status == 0 and "may cut this machine off" in asked.out, asked
        assert node.mtu("wg0") == mtu
    # Nor is it kept for one process, as the action without FORCE would be.
    undone = node.try_(*TERMINAL, image.PASSWORD, "wslnodectl", "--force", "undo", "--all", user="admin", timeout=300)
    assert undone.status == 0 and undone.out.count("Password: ") == 3, undone

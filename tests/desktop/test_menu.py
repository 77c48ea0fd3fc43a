# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each entry of the menu, chosen by a host as a person does: a dry run is shown, and after the click on its button the
real daemon has done it."""

import pytest

from network import ADDRESS
from wait import eventually, settles

VERBS = ["Refresh the address…", "Set an MTU…", "Set the clock right…", "Mend DNS…", "Undo the last change…"]


@pytest.fixture
def here(node, watcher, access, tray):
    """The tray with the real daemon, and its icon."""
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    item = watcher.item()
    settles(lambda: item["Title"], "wslnode: All is well")
    return item


@pytest.fixture
def press(access, tray):
    def press(name):
        access.do(tray.pid, name)
    return press


@pytest.fixture
def see(access, tray):
    def see(text, role=None):
        return access.see(tray.pid, text, role)
    return see


def test_outline(here, root):
    labels = here.menu().labels()
    assert labels[0] == "All is well"
    assert f"Address: {ADDRESS}" in labels
    assert [label for label in labels if label in VERBS] == VERBS
    assert labels[-4:] == ["Open report", "Settings…", "Show wslnode", "Quit"]
    assert "Release" not in labels  # nothing is wanted
    wg0 = here.menu().find("wg0: up, MTU 1420")
    assert not wg0.children
    root.set_mtu("wg0", 1300)
    settles(lambda: "Release" in here.menu().labels(), True)
    eventually(lambda: "wg0: up, MTU 1300" in here.menu().labels())
    assert len(here.menu().find("Release").labels()) == 1


def test_every_entry_has_words(here, root):
    root.set_mtu("wg0", 1300)
    eventually(lambda: "Release" in here.menu().labels())
    entries = [here.menu()]
    while entries:
        entry = entries.pop()
        entries += entry.children
        assert entry.number == 0 or entry.is_separator() or entry.label.strip(), here.menu().outline()


def test_address_is_copied(here, session):
    here.click(f"Address: {ADDRESS}")
    settles(session.clipboard, ADDRESS)


def test_refresh_the_address(node, here, see, press):
    node.write("etc/default/node", "# mine\nWSL_IP=172.17.9.9\n")
    node.configure("[RefreshIP]\nFiles=/etc/default/node\nAutomatic=no\n")
    node.reload()
    settles(lambda: ("stale-address", "/etc/default/node") in node.client.findings(), True)
    file = node.root / "etc/default/node"
    here.click("Refresh the address…")
    see("/etc/default/node: WSL_IP 172.17.9.9 → " + ADDRESS)
    assert ADDRESS not in file.read_text()
    press("Refresh")
    see("Refresh the address: done.")
    assert file.read_text() == f"# mine\nWSL_IP={ADDRESS}\n"


def test_nothing_is_configured_to_refresh(here, see):
    here.click("Refresh the address…")
    see("Refresh the address: that is not possible here.")


def test_set_the_clock_right(ntp, node, here, see, press, root):
    """Only the test machine's daemon may set a clock: here it is measured, and there is nothing to do or no way."""
    node.configure("[Clock]\nNTPServers=127.0.0.1\n")
    node.reload()
    # How exactly depends on how soon the server is heard.
    eventually(lambda: any(label.startswith("Clock: right (NTP, within ") for label in here.menu().labels()))
    asked = ntp.asked
    here.click("Set the clock right…")
    see("There is nothing to do.")
    assert ntp.asked > asked and root.changes() == []
    press("Close")
    ntp.offset = 3600
    here.click("Set the clock right…")
    see("Set the clock right: that is not possible here.")


def test_mend_dns_off_wsl(here, root, see):
    """There another sees to it, and only force would change it."""
    here.click("Mend DNS…")
    see("Mend DNS: this is not WSL.")
    see("If it is meant")
    assert root.changes() == []


def test_set_an_mtu(here, display, network, root, see, press):
    here.click("Set an MTU…")
    display.window(name="^Set an MTU$")
    press("Show what would be changed")
    see("wg0: mtu 1420 → 1280")
    assert network.mtu("wg0") == 1420
    press("Set")
    see("Set an MTU: done.")
    assert network.mtu("wg0") == 1280
    wish, = root.get("Wanted")
    assert (wish["target"], wish["value"], wish["persist"]) == ("wg0", 1280, False)
    press("Close")
    eventually(lambda: not display.windows(name="^Set an MTU$"))


def test_set_an_mtu_by_keys_alone(here, display, network, root):
    """Another link and value, for good."""
    here.click("Set an MTU…")
    display.window(name="^Set an MTU$").focus()
    display.key("alt+l", "ctrl+a")
    display.type("eth0")
    display.key("alt+m", "ctrl+a")
    display.type("1400")
    display.key("Tab", "alt+n", "Return")

    def confirmed():
        display.key("Return")
        return network.mtu("eth0") == 1400
    eventually(confirmed)
    wish, = root.get("Wanted")
    assert (wish["target"], wish["persist"]) == ("eth0", True)


def test_undo_the_last_change(here, network, root, see, press):
    root.set_mtu("eth0", 1450)
    root.set_mtu("wg0", 1300)
    here.click("Undo the last change…")
    see("wg0: mtu 1300 → 1420")
    press("Undo")
    see("Undo the last change: done.")
    assert (network.mtu("wg0"), network.mtu("eth0")) == (1420, 1450)
    assert root.wanted() == {"eth0": 1450}
    press("Close")
    here.click("Undo the last change…")  # not the undoing: the one before
    see("eth0: mtu 1450 → 1500")
    press("Undo")
    see("Undo the last change: done.")
    assert network.mtu("eth0") == 1500


def test_nothing_to_undo(here, see, press, display):
    here.click("Undo the last change…")
    see("There is nothing to undo")
    press("Close")


def test_release(here, network, root, see, press):
    root.set_mtu("wg0", 1300)
    eventually(lambda: "Release" in here.menu().labels())
    here.click("Release", "wg0: MTU 1300")
    press("Release")
    see("Release: done.")
    assert root.wanted() == {} and network.mtu("wg0") == 1300
    eventually(lambda: "Release" not in here.menu().labels())


def test_fix(here, network, root, see, press):
    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    eventually(lambda: any(label.startswith("Fix: ") for label in here.menu().labels()))
    here.click("Fix: ")
    see("This will be changed:")
    assert network.mtu("wg0") == 1420
    press("Mend")
    see("Fix: done.")
    settles(root.findings, {})
    eventually(lambda: not any(label.startswith("Fix: ") for label in here.menu().labels()))
    settles(lambda: here["Title"], "wslnode: All is well")


def test_cancel_changes_nothing(here, display, network, root, see, press):
    network.ip("link set eth0 mtu 1400")
    eventually(lambda: any(label.startswith("Fix: ") for label in here.menu().labels()))
    here.click("Fix: ")
    see("This will be changed:")
    press("Cancel")
    eventually(lambda: not display.windows(name="^Fix$"))
    assert (network.mtu("eth0"), network.mtu("wg0")) == (1400, 1420)
    assert root.changes() == []


def test_the_same_entry_twice_is_one_dialog(here, display, tray, see):
    here.click("Undo the last change…")
    see("There is nothing to undo")
    before = len(tray.all_windows())
    here.click("Undo the last change…")
    here.click("Set an MTU…")
    here.click("Set an MTU…")
    display.window(name="^Set an MTU$")
    eventually(lambda: len(tray.all_windows()) == before + 1)


def test_open_report(here, network, see):
    network.ip("link set eth0 mtu 1400")
    here.click("Open report")
    assert "wg0" in see("", "text").text


def test_settings(here, display, tray, see):
    here.click("Settings…")
    eventually(lambda: len(tray.all_windows()) == 1)


def test_show(here, tray):
    here.click("Show wslnode")
    eventually(lambda: tray.window().is_shown())


def test_quit(here, tray):
    here.click("Quit")
    tray.ended()


def test_panel_draws_it(node, panel, display, tray):
    """A click with the right button, and the menu is there to be seen."""
    panel.start()
    empty, region = display.still(), panel.region()
    tray.start()
    eventually(lambda: display.picture().difference(empty, region) > 30)
    tray.item()
    with_icon = display.still()
    display.click(region[0] + 14, region[1] + 14, button=3)
    eventually(lambda: display.picture().difference(with_icon) > 10_000)
    display.key("Up", "Return")
    tray.ended()

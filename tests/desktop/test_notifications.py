# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is told, once, by which service; how it is withdrawn; and that no service can hold the tray up."""

import re
import time

import pytest

import notifications
from notifications import Recorder
from wait import eventually, settles

URGENCY_NORMAL, URGENCY_CRITICAL = 1, 2
# What is raised is told after a second, unless it went meanwhile.
HELD = 2.5


@pytest.fixture
def told(service, watcher, recorder, tray):
    """The tray, met with a node that is well, and a service that writes down."""
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    return recorder


def action(notice, label):
    return next(key for key, text in notice.actions.items() if text.replace("_", "") == label)


def test_a_warning_is_told_once(service, told):
    service.raise_("tunnel-too-big", summary="The tunnel is too big.")
    notice, = eventually(lambda: told.told)
    assert notice.hints["urgency"] == URGENCY_NORMAL
    assert notice.application and (notice.icon or notice.hints.get("image-path"))
    assert "wg0" in notice.title + notice.body
    assert {"Fix", "Details"} <= {text.replace("_", "") for text in notice.actions.values()}
    time.sleep(HELD)
    assert len(told.told) == 1


def test_urgency_by_severity(service, told):
    service.raise_("network-dead", severity="critical")
    notice, = eventually(lambda: told.told)
    assert notice.hints["urgency"] == URGENCY_CRITICAL


def test_info_is_not_told(service, told):
    service.raise_("note", severity="info")
    time.sleep(HELD)
    assert not told.told


def test_what_goes_at_once_is_not_told(service, told):
    service.raise_("flap")
    service.clear("flap")
    time.sleep(HELD)
    assert not told.told


def test_withdrawn_when_over(service, told):
    service.raise_("tunnel-too-big")
    eventually(lambda: told.shown)
    service.clear("tunnel-too-big")
    settles(lambda: told.shown, {})
    assert len(told.closed) == 1


def test_same_one_again_within_a_minute(service, told):
    for _ in range(3):
        service.raise_("tunnel-too-big")
        eventually(lambda: told.told)
        time.sleep(1.2)
        service.clear("tunnel-too-big")
        settles(lambda: told.shown, {})
    assert len(told.told) == 1


def test_severity_changes(service, told):
    """The same finding, worse: never two of it on the screen."""
    service.raise_("tunnel-too-big")
    eventually(lambda: told.told)
    service.raise_("tunnel-too-big", severity="critical")
    time.sleep(HELD)
    settles(lambda: len(told.shown), 1)


def test_two_are_two(service, told):
    service.raise_("tunnel-too-big", "wg0")
    service.raise_("tunnel-too-big", "wg1")
    eventually(lambda: len(told.shown) == 2)


def test_three_are_a_digest(service, told):
    for link in ("wg0", "wg1", "wg2"):
        service.raise_("tunnel-too-big", link)
    eventually(lambda: told.told)
    time.sleep(HELD)

    def is_digest():
        notices = list(told.shown.values())
        assert len(notices) == 1, told.told
        return all(link in notices[0].title + notices[0].body for link in ("wg0", "wg1", "wg2"))
    eventually(is_digest)
    for link in ("wg0", "wg1", "wg2"):
        service.clear("tunnel-too-big", link)
    settles(lambda: told.shown, {})


def test_hundred_are_a_digest(service, told):
    """The first two for themselves perhaps, then a digest, which another replaces each five seconds at most."""
    began = time.monotonic()
    for n in range(100):
        service.raise_("tunnel-too-big", f"wg{n}")
    eventually(lambda: told.told)
    time.sleep(HELD)
    settles(lambda: len(told.shown), 1)
    assert len(told.told) <= 3 + (time.monotonic() - began) / 5


def test_what_was_wrong_before_is_not_told(service, watcher, recorder, tray):
    """At the start the icon says it."""
    service.raise_("tunnel-too-big")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-warning-symbolic")
    time.sleep(HELD)
    assert not recorder.told


def test_daemon_comes_back_with_another_trouble(service, told):
    service.raise_("tunnel-too-big")
    eventually(lambda: told.shown)
    service.kill()
    service.properties["Findings"][0]["id"] = "wanted-mtu-lost"
    service.start()
    eventually(lambda: len(told.told) == 2)
    settles(lambda: len(told.shown), 1)


def test_details_shows_the_window(service, told, tray):
    service.raise_("tunnel-too-big")
    notice, = eventually(lambda: told.told)
    told.click(notice.number, action(notice, "Details"))
    eventually(lambda: tray.windows() and tray.window().is_shown())
    assert not service.verbs()


def test_fix_mends_at_once(service, told):
    service.raise_("tunnel-too-big")
    notice, = eventually(lambda: told.told)
    told.click(notice.number, action(notice, "Fix"))
    call, = eventually(lambda: service.of("Mend"))
    assert call.arguments == ("tunnel-too-big", "wg0", 0) and call.interactive


def test_fix_that_fails_is_told(service, told, display):
    service.answers["Mend"] = ("Fighting", "Something else sets it.")
    service.raise_("tunnel-too-big")
    notice, = eventually(lambda: told.told)
    told.click(notice.number, action(notice, "Fix"))
    display.window(name="^Fix$")


def test_no_fix_where_nothing_can_mend(service, told):
    service.raise_("fighting", verb="")
    notice, = eventually(lambda: told.told)
    assert "Fix" not in [text.replace("_", "") for text in notice.actions.values()]


def test_dismissed_stays_dismissed(service, told):
    service.raise_("tunnel-too-big")
    notice, = eventually(lambda: told.told)
    told.close(notice.number)
    service.set(Address="172.17.6.6")
    time.sleep(HELD)
    assert len(told.told) == 1


MARKUP = "<b>&amp; $(reboot)</b> <img src='x'/>"


@pytest.mark.parametrize("capabilities", [("body", "body-markup", "actions"), ("body",), ()])
def test_capabilities(service, session, watcher, tray, capabilities):
    recorder = Recorder(session, capabilities)
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.raise_("hostile", subject="wg0", summary=MARKUP)
    notice, = eventually(lambda: recorder.told)
    if "body-markup" in capabilities:
        assert not re.search(r"<(?!/?(b|i|u)>)", notice.body), notice.body
        assert "<img" not in notice.body and "<b>&amp; $(" not in notice.body
    assert MARKUP in notice.title or "body" in capabilities
    assert bool(notice.actions) == ("actions" in capabilities)
    recorder.kill()


def test_settings(service, session, watcher, recorder, tray):
    tray.configure("[Tell]\nSeverity=critical\n")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.raise_("tunnel-too-big")
    time.sleep(HELD)
    assert not recorder.told
    service.raise_("network-dead", severity="critical")
    eventually(lambda: recorder.told)


def responds(tray, item):
    """Its menu is there at once, and its window: what hangs would hold it up for longer than a busy machine does."""
    start = time.monotonic()
    assert "Quit" in item.menu().labels()
    assert time.monotonic() - start < 5
    tray.again("--show")
    eventually(lambda: tray.window().is_shown(), 8)


def test_activation_that_hangs(service, session, watcher, tray):
    session.activatable(notifications.NAME, "/bin/sleep", "1000")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    for n in range(2):
        service.raise_("tunnel-too-big", f"wg{n}")
    time.sleep(HELD)
    responds(tray, watcher.item())


def test_service_that_hangs(service, told, watcher, tray):
    told.hangs = True
    service.raise_("tunnel-too-big")
    time.sleep(HELD)
    responds(tray, watcher.item())
    service.clear("tunnel-too-big")


def test_ends_while_a_service_hangs(service, session, watcher, tray):
    session.activatable(notifications.NAME, "/bin/sleep", "1000")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.raise_("tunnel-too-big")
    time.sleep(HELD)
    tray.stop()


def test_service_goes_and_returns(service, session, told):
    told.kill()
    service.raise_("tunnel-too-big", "wg0")
    time.sleep(HELD)
    again = Recorder(session)
    service.raise_("tunnel-too-big", "wg1")
    eventually(lambda: any("wg1" in notice.title + notice.body for notice in again.told))
    again.kill()


def test_without_a_service_the_window_has_it(service, watcher, access, tray):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.raise_("something-new", summary="The moon is full.")
    time.sleep(HELD)
    service.clear("something-new")
    tray.again("--show")
    eventually(lambda: any("The moon is full." in thing.name + thing.text
                           for thing in access.tree(tray.pid).shown()))


def test_dunst_is_started_when_it_can_be(service, session, dunst, watcher, tray):
    session.allow(notifications.NAME)
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    assert not session.owner(notifications.NAME)
    service.raise_("tunnel-too-big")
    eventually(dunst.windows)


def test_dunst_shows_and_withdraws(service, dunst, display, watcher, tray):
    dunst.start()
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    empty = display.still()
    service.raise_("hostile", summary=MARKUP)
    eventually(lambda: dunst.shown() == 1)
    eventually(lambda: display.picture().difference(empty) > 1000)
    service.clear("hostile")
    settles(dunst.shown, 0)
    eventually(lambda: not dunst.windows())


@pytest.fixture
def real(node, watcher, recorder, tray):
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    return recorder


def test_tunnel_too_big_for_its_underlay(real, network, root):
    """From the kernel to the screen and back."""
    network.ip("link set eth0 mtu 1400")
    notice, = eventually(lambda: real.told)
    assert "wg0" in notice.title + notice.body
    real.click(notice.number, action(notice, "Fix"))
    settles(root.findings, {})
    (verb, state), = [(c["verb"], c["state"]) for c in root.changes()]
    assert (verb, state) == ("Mend", "done")
    time.sleep(HELD)
    assert len(real.told) == 1 and not real.shown


def test_tunnel_shrinks_by_itself(real, network):
    network.ip("link set eth0 mtu 1400")
    eventually(lambda: real.shown)
    network.ip("link set wg0 mtu 1300")
    network.ip("link set eth0 mtu 1500")
    settles(lambda: real.shown, {})


def test_a_fight_is_told_once(real, network, root):
    root.set_mtu("wg0", 1300)
    for _ in range(4):
        network.ip("link set wg0 mtu 1420")
        eventually(lambda: network.mtu("wg0") == 1300 or ("fighting", "wg0") in root.findings())
    eventually(lambda: ("fighting", "wg0") in root.findings())
    eventually(lambda: real.told)
    time.sleep(HELD)
    assert len(real.told) == 1
    network.ip("link set wg0 mtu 1300")
    settles(root.findings, {})
    settles(lambda: real.shown, {})

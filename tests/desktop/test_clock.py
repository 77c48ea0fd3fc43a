# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clock: its row, what sets it right, what is told of it, and what is told when the machine is awake again."""

import time

import pytest
from gi.repository import GLib

from service import INTERFACE, Service, finding
from wait import eventually, settles

URGENCY_LOW, URGENCY_NORMAL, URGENCY_CRITICAL = 0, 1, 2
# What is raised is told after a second, unless it went meanwhile; a report too.
HELD = 2.5
BEHIND = GLib.Variant("x", -7200)


@pytest.fixture
def item(service, watcher, recorder, access, tray):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    item = watcher.item()
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")
    return item


@pytest.fixture
def told(item, recorder):
    return recorder


@pytest.fixture
def see(access, tray):
    def see(text):
        return access.see(tray.pid, text)
    return see


def row(item):
    return next((label for label in item.menu().labels() if label.startswith("Clock: ")), None)


def drift(service, usec=-7_200_120_000):
    service.set(ClockState="drifting", ClockOffsetUSec=usec)


def test_row(service, item):
    settles(lambda: row(item), "Clock: right (Windows' clock, within 50 ms)")
    drift(service)
    settles(lambda: row(item), "Clock: 2 h behind")
    service.set(ClockState="fighting")
    settles(lambda: row(item), "Clock: others step it again and again")
    service.set(ClockState="unknown", ClockReference="none", ClockOffsetUSec=0, ClockErrorBoundUSec=0)
    settles(lambda: row(item), "Clock: not known")


def test_an_older_daemon_has_no_row(bus, watcher, tray):
    service = Service(bus)
    for name in [name for name in service.properties if name.startswith("Clock")]:
        del service.properties[name]
    service.start()
    tray.start()
    eventually(lambda: watcher.registered)
    eventually(lambda: "Address: 172.17.5.2" in watcher.item().menu().labels())
    assert row(watcher.item()) is None
    service.kill()


def test_what_moves_is_read_while_shown(service, item, see, tray):
    """No signal tells it."""
    drift(service)
    tray.again("--show")
    see("2 h behind")
    service.properties["ClockOffsetUSec"] = -3_600_000_000
    see("1 h behind")


def test_of_the_former_state_nothing_is_left(service, item):
    """The offset that belongs to it is awaited."""
    asked = len(service.of("GetAll"))
    service.delay = 5  # so long it is to be seen
    drift(service)
    settles(lambda: row(item), "Clock: wrong")
    settles(lambda: row(item), "Clock: 2 h behind")
    assert len(service.of("GetAll")) > asked
    service.delay = 0


def test_set_the_clock_right(service, item, see, access, tray):
    drift(service)
    item.click("Set the clock right…")
    see("This will be changed:")
    see("the clock: forward by 2 h")
    access.do(tray.pid, "Set right")
    see("Set the clock right: done.")
    assert service.verbs() == [("SyncClock", (1,)), ("SyncClock", (0,))]
    assert all(call.interactive for call in service.of("SyncClock"))
    settles(lambda: row(item), "Clock: right (Windows' clock, within 50 ms)")


def test_nothing_to_set(service, item, see):
    item.click("Set the clock right…")
    see("There is nothing to do.")
    see("the clock: right (Windows' clock, within 50 ms)")
    assert service.verbs() == [("SyncClock", (1,))]


def test_by_key(service, item, display, tray):
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())
    tray.window().focus()
    display.key("ctrl+t")
    display.window(name="^Set the clock right$")
    eventually(lambda: service.of("SyncClock"))


FAILURES = [
    ("NoTimeReference", "nothing tells the true time.", "Name NTP servers"),
    ("Fighting", "others step the clock again and again.", "Stop what does not follow"),
    ("NeedsForce", "refused, because it may do harm.", "If it is meant"),
    ("Unsupported", "that is not possible here.", "In a container"),
]


@pytest.mark.parametrize("name,heading,advice", FAILURES)
def test_failures_in_plain_words(service, item, see, name, heading, advice):
    service.answers["SyncClock"] = (f"{INTERFACE}.Error.{name}", "What the daemon said.")
    item.click("Set the clock right…")
    see("Set the clock right: " + heading)
    see(advice)


def test_a_step_is_not_what_undo_takes_back(service, item, see):
    service.changes = [
        {"id": GLib.Variant("t", 8), "verb": "SyncClock", "state": "done",
         "steps": GLib.Variant("a(sss)", [("clock", "CLOCK_REALTIME", "step by +7200.120 s")])},
        {"id": GLib.Variant("t", 7), "verb": "SetMTU", "state": "done",
         "steps": GLib.Variant("a(sss)", [("kernel", "wg0", "1420 → 1340")])}]
    item.click("Undo the last change…")
    see("This will be changed:")
    assert service.verbs() == [("Undo", (7, 1))]


def test_drift_is_told_and_fixed(service, told):
    service.raise_("clock-drift", "", severity="critical", summary="The clock is wrong.", verb="SyncClock",
                   seconds=BEHIND, reference="ptp")
    notice, = eventually(lambda: told.told)
    assert notice.title == "The clock is wrong." and notice.hints["urgency"] == URGENCY_CRITICAL
    told.click(notice.number, next(key for key, text in notice.actions.items() if text == "Fix"))
    call, = eventually(lambda: service.of("Mend"))
    assert call.arguments == ("clock-drift", "", 0) and call.interactive


def test_a_resume_is_told_once(service, told):
    """With all that was mended, and nothing of it besides."""
    service.resume(mended=["clock", "mtu wg0", "address"], clock="stepped",
                   offset_usec=GLib.Variant("x", -7_200_120_000), new=["what is not known yet"])
    service.clear("clock-drift", "")  # never raised
    notice, = eventually(lambda: told.told)
    assert notice.title == "Awake again after 2 h"
    assert notice.body.splitlines() == ["The clock was set forward by 2 h.", "The MTU of wg0 was put back.",
                                        "Files and services follow the new address."]
    assert notice.hints["urgency"] == URGENCY_LOW
    assert [text for text in notice.actions.values() if "Fix" in text] == []
    time.sleep(HELD)
    assert len(told.told) == 1 and len(told.shown) == 1


def test_a_resume_with_trouble(service, told, tray):
    """Five findings and one report, which goes when they are over."""
    links = [f"wg{n}" for n in range(5)]
    service.set_findings([finding("tunnel-too-big", link) for link in links])
    service.resume(findings=[f"tunnel-too-big {link}" for link in links])
    notice, = eventually(lambda: told.told)
    assert notice.hints["urgency"] == URGENCY_NORMAL
    assert notice.body.splitlines() == [f"Something is wrong with {link}." for link in links]
    time.sleep(HELD)
    assert len(told.told) == 1
    told.emit("ActionInvoked", "(us)", notice.number, next(key for key, text in notice.actions.items()
                                                            if text == "Details"))
    eventually(lambda: tray.windows() and tray.window().is_shown())
    for link in links:
        service.clear("tunnel-too-big", link)
    settles(lambda: told.shown, {})


def test_a_resume_into_a_dead_network(service, told):
    service.set_findings([finding("network-dead", "", severity="critical", verb="")])
    service.resume(findings=["network-dead"], network="dead")
    notice, = eventually(lambda: told.told)
    assert notice.hints["urgency"] == URGENCY_CRITICAL
    line, = notice.body.splitlines()
    assert "wsl --shutdown" in line


@pytest.mark.parametrize("chosen,critical", [("critical", True), ("nothing", False)])
def test_settings(service, watcher, recorder, tray, chosen, critical):
    tray.configure(f"[Tell]\nSeverity={chosen}\n")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.resume(mended=["clock"])
    time.sleep(HELD)
    assert not recorder.told
    service.resume(network="dead")
    if critical:
        eventually(lambda: recorder.told)
    time.sleep(HELD)
    assert len(recorder.told) == critical


def test_without_a_service_the_window_has_it(service, watcher, access, tray):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.resume(mended=["mtu wg0"])
    time.sleep(HELD)
    tray.again("--show")
    eventually(lambda: any("Awake again after 2 h – The MTU of wg0 was put back." in thing.name + thing.text
                           for thing in access.tree(tray.pid).shown()))


def test_hostile_resumes(service, told, item):
    """A flood of them, of other types, without end."""
    odd = GLib.Variant("a{sv}", {"x": GLib.Variant("d", 1.5)})
    for _ in range(50):
        service.resume(2**64 - 1, mended=odd, findings=odd, clock=odd, network=odd, offset_usec=odd)
    service.resume(2**64 - 1, mended=["clock"] + [f"mtu a\n\u202e{n}<b>" for n in range(10_000)],
                   findings=["", " ", "\n"] + [f"x {n} %s%n" for n in range(10_000)],
                   offset_usec=GLib.Variant("x", -2**63))
    notice, = eventually(lambda: told.told)
    assert len(notice.body.splitlines()) <= 12 and len(notice.title) < 100
    time.sleep(HELD)
    assert len(told.told) <= 2
    service.set(Address="172.17.6.6")
    eventually(lambda: "Address: 172.17.6.6" in item.menu().labels())


def test_a_resume_of_the_real_daemon(asleep, ntp, watcher, recorder, access, tray):
    """It may not set this machine's clock, so that is what the one report says."""
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    asleep.start()
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    # How exactly depends on how soon the server is heard.
    eventually(lambda: (row(watcher.item()) or "").startswith("Clock: right (NTP, within "))
    ntp.offset += 7200
    asleep.reload()
    notice, = eventually(lambda: recorder.told)
    assert notice.title == "Awake again after 2 h"
    assert "The clock is wrong." in notice.body
    settles(lambda: row(watcher.item()), "Clock: 2 h behind")
    time.sleep(HELD)
    assert len(recorder.told) == 1

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon as the tray sees it: absent, late, killed, replaced, forged, refusing and silent."""

import time

import pytest

from client import INTERFACE, STANDARD
from service import NEVER, Service, answered
from wait import eventually, settles


@pytest.fixture
def item(watcher, tray):
    tray.start()
    eventually(lambda: watcher.registered)
    return watcher.item()


def level(item):
    return item["IconName"].removeprefix("wslnode-").removesuffix("-symbolic")


def labels(item):
    return item.menu().labels()


def test_absent_then_late(bus, item):
    settles(lambda: level(item), "absent")
    menu = item.menu()
    assert not menu.find("Set an MTU…").is_enabled() and menu.find("Quit").is_enabled()
    service = Service(bus)
    service.start()
    settles(lambda: level(item), "ok")
    eventually(lambda: "Address: 172.17.5.2" in labels(item))
    assert item.menu().find("Set an MTU…").is_enabled()
    service.kill()


def test_killed_and_restarted(service, item):
    settles(lambda: level(item), "ok")
    service.kill()
    settles(lambda: level(item), "absent")
    assert "Address: 172.17.5.2" not in labels(item)
    service.properties["Address"] = "172.17.6.6"
    service.start()
    settles(lambda: level(item), "ok")
    eventually(lambda: "Address: 172.17.6.6" in labels(item))


def test_replaced_in_one_step(service, bus, item):
    """As an upgrade does it where the name never is without an owner."""
    settles(lambda: level(item), "ok")
    other = Service(bus)
    other.properties["Address"] = "172.17.7.7"
    other.start()
    eventually(lambda: "Address: 172.17.7.7" in labels(item))
    service.set(Address="172.17.8.8")  # the former one goes on talking
    service.flush()
    other.set(Gateway="172.17.0.9")
    eventually(lambda: any("172.17.0.9" in label for label in labels(item)))
    assert "Address: 172.17.7.7" in labels(item)
    other.kill()


def test_hundred_restarts(service, item, tray):
    for n in range(100):
        service.kill()
        service.properties["Address"] = f"172.17.10.{n}"
        service.start()
    eventually(lambda: "Address: 172.17.10.99" in labels(item))
    assert tray.files() < 40


def test_real_one_killed_and_restarted(node, root, network, item):
    settles(lambda: level(item), "ok")
    node.process.kill()
    node.process.wait()
    settles(lambda: level(item), "absent")
    node.start()
    settles(lambda: level(item), "ok")
    root.set_mtu("wg0", 1300)
    eventually(lambda: "wg0: up, MTU 1300" in labels(item))


def test_system_bus_restarts(bus, service, item):
    settles(lambda: level(item), "ok")
    bus.kill()
    settles(lambda: level(item), "absent")
    bus.start()
    again = Service(bus)
    again.properties["Address"] = "172.17.6.6"
    again.start()
    eventually(lambda: "Address: 172.17.6.6" in labels(item), 60)
    again.kill()


def test_no_system_bus(watcher, tray):
    tray.start(DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent")
    eventually(lambda: watcher.registered)
    settles(lambda: level(watcher.item()), "absent")


def test_it_answers_late(bus, watcher, tray):
    service = Service(bus)
    service.delay = 6  # the icon is there before, on a busy machine too
    service.start()
    tray.start()
    eventually(lambda: watcher.registered)
    assert level(watcher.item()) in ("absent", "unknown")
    settles(lambda: level(watcher.item()), "ok", 30)
    service.kill()


def test_it_never_answers(bus, watcher, recorder, tray):
    service = Service(bus)
    service.answers = {method: NEVER for method in ("GetAll", "Get", "ListLinks")}
    service.start()
    tray.start()
    eventually(lambda: watcher.registered)
    item = watcher.item()
    assert level(item) in ("absent", "unknown")
    start = time.monotonic()
    assert "Quit" in labels(item)
    assert time.monotonic() - start < 5  # half of what it waits for an answer
    service.kill()


def test_forgery_with_the_name_taken(service, forger, recorder, root, tray, item):
    settles(lambda: level(item), "ok")
    name = tray.unique_name(root)
    for _ in range(20):
        forger.changed(name, Health="critical", Address="6.6.6.6")
        forger.raised(name)
        forger.resumed(name)
    forger.cleared(name, "tunnel-too-big")
    # The same from the real one arrives, so the others were there to be seen.
    service.raise_("tunnel-too-big")
    eventually(lambda: recorder.told)
    time.sleep(2.5)
    assert level(item) == "warning"
    assert "Address: 172.17.5.2" in labels(item)
    assert len(recorder.told) == 1 and "forgery" not in recorder.told[0].body + recorder.told[0].title


def test_forgery_with_the_name_free(bus, forger, recorder, root, tray, item):
    settles(lambda: level(item), "absent")
    name = tray.unique_name(root)
    forger.changed(name, Health="ok", Address="6.6.6.6")
    forger.raised(name)
    forger.resumed(name)
    time.sleep(2.5)
    assert level(item) == "absent" and not recorder.told
    assert not any("6.6.6.6" in label for label in labels(item))


def test_late_signals_of_the_former_owner(service, forger, bus, recorder, item):
    """It lost the name, and still speaks."""
    settles(lambda: level(item), "ok")
    service.release()
    service.signal("FindingRaised", "(ssssa{sv})", "late", "wg0", "critical", "Too late.", {})
    service.flush()
    time.sleep(2.5)
    assert not recorder.told


def test_unknown_members_do_no_harm(service, item, tray):
    """A newer daemon has more, and an odd one has other types."""
    tray.known.append("Dropping signal")
    settles(lambda: level(item), "ok")
    service.signal("ClockDrift", "(xsa{sv})", -5, "ptp", {})
    service.signal("FindingRaised", "(s)", "odd")
    service.signal("FindingCleared", "()")
    service.signal("Resumed", "(s)", "odd")
    service.signal("ClockStepped", "(xsa{sv})", 5, "odd", {})
    service.flush()
    service.set(Address="172.17.6.6")
    eventually(lambda: "Address: 172.17.6.6" in labels(item))


HOSTILE = "<b>&amp;</b> _x __y %s%n \u202e \N{GRINNING FACE} " + "long " * 2000


def test_hostile_texts(service, item, tray):
    service.set(Address=HOSTILE, NetworkingMode=HOSTILE, Uplink=HOSTILE)
    service.raise_("hostile", subject="wg_0", summary=HOSTILE)
    settles(lambda: level(item), "warning")
    for label in labels(item):
        assert len(label) < 200 and "\n" not in label
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())
    assert len(tray.window().title()) < 1000


def test_thousand_findings(service, item, tray):
    service.properties["Findings"] = []
    service.set_findings([
        {"id": f"f-{n}", "subject": f"link{n}", "severity": "warning", "summary": f"Number {n}.", "cause": "",
         "remedy": "", "verb": "SetMTU", "params": {}} for n in range(1000)])
    settles(lambda: level(item), "warning")
    assert len(labels(item)) < 40
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())


FAILURES = [
    (STANDARD + "AccessDenied", "You may not.", "not allowed."),
    (STANDARD + "InteractiveAuthorizationRequired", "Ask again.", "nothing here can ask for the password."),
    (INTERFACE + ".Error.Busy", "16 calls wait.", "not now."),
    (INTERFACE + ".Error.NoSuchFinding", "It is not raised.", "it is no longer there."),
    (INTERFACE + ".Error.SomethingNew", "The moon is full.", "that failed."),
]


@pytest.mark.parametrize("name,text,heading", FAILURES)
def test_failures_in_plain_words(service, watcher, access, session, tray, name, text, heading):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    service.raise_("tunnel-too-big")
    item = watcher.item()
    eventually(lambda: any(label.startswith("Fix: ") for label in labels(item)))
    service.answers["Mend"] = (name, text)
    item.click("Fix: ")
    access.see(tray.pid, "Fix: " + heading)
    access.see(tray.pid, text)
    call, = service.of("Mend")
    assert call.interactive and call.wants_reply and call.arguments == ("tunnel-too-big", "wg0", 1)
    if name in (FAILURES[0][0], FAILURES[1][0]):
        access.do(tray.pid, "Copy the command")
        settles(session.clipboard, "sudo wslnodectl mend tunnel-too-big wg0")
    access.do(tray.pid, "Close")


def test_progress_and_a_late_answer(service, item, display, tray):
    """It is asked, the dialog is closed, the answer comes."""
    settles(lambda: level(item), "ok")
    service.delay = 2
    item.click("Refresh the address…")
    dialog = display.window(name="^Refresh the address$")
    eventually(lambda: service.of("RefreshIP"))
    dialog.focus()
    display.key("Escape")
    eventually(lambda: not display.windows(name="^Refresh the address$"))
    time.sleep(2.5)
    service.delay = 0
    assert tray.is_alive() and labels(item)


def test_ended_in_the_middle_of_a_call(service, item, display, tray):
    service.answers["RefreshIP"] = NEVER
    settles(lambda: level(item), "ok")
    item.click("Refresh the address…")
    eventually(lambda: service.of("RefreshIP"))
    tray.stop()


def test_daemon_dies_in_the_middle_of_a_call(service, watcher, access, tray):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    settles(lambda: level(watcher.item()), "ok")
    service.answers["RefreshIP"] = NEVER
    watcher.item().click("Refresh the address…")
    eventually(lambda: service.of("RefreshIP"))
    service.kill()
    access.see(tray.pid, "Refresh the address: no answer.")


def test_odd_answers(service, item, display):
    """A verb that returns nothing that was asked for."""
    settles(lambda: level(item), "ok")
    service.answers["ListChanges"] = lambda call: answered(1, [])
    item.click("Undo the last change…")
    display.window(name="^The changes cannot be read$")


def test_what_has_no_signal_is_read_while_shown(service, item, display, tray):
    settles(lambda: level(item), "ok")
    eventually(lambda: "wg0: up, MTU 1420" in labels(item))
    time.sleep(2)
    quiet = len(service.calls)
    time.sleep(7)
    assert len(service.calls) == quiet
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())
    eventually(lambda: len(service.of("GetAll", "ListLinks")) > quiet + 1, 20)
    tray.window().close()
    eventually(lambda: not tray.window().is_shown() if tray.windows() else True)
    time.sleep(2)
    quiet = len(service.calls)
    time.sleep(7)
    assert len(service.calls) == quiet


def test_watching_starts_nothing(bus, item, tray):
    """The name can be activated; the tray only watches."""
    settles(lambda: level(item), "absent")
    assert "StartServiceByName" not in tray.log()

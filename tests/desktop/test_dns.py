# SPDX-License-Identifier: LGPL-2.1-or-later
"""DNS: its row, what mends it, and what is told of it."""

import pytest

from client import DRY_RUN
from service import INTERFACE, Service
from wait import eventually, settles

URGENCY_LOW, URGENCY_CRITICAL = 0, 2
STEP = "/etc/resolv.conf: nameserver 10.255.255.254 → 172.17.0.1 10.255.255.254, until the next start of WSL"


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
    return next((label for label in item.menu().labels() if label.startswith("DNS: ")), None)


def test_row(service, item):
    settles(lambda: row(item), "DNS: works (WSL's servers)")
    service.set(DNSState="degraded")
    settles(lambda: row(item), "DNS: not every server answers (WSL's servers)")
    service.set(DNSState="failed", DNSOwner="none")
    settles(lambda: row(item), "DNS: fails (no resolv.conf)")
    service.set(DNSState="ok", DNSOwner="wslnode")
    settles(lambda: row(item), "DNS: works (wslnode's servers stand in)")
    service.set(DNSState="unknown", DNSOwner="unknown")
    settles(lambda: row(item), "DNS: not known")


def test_an_older_daemon_has_no_row(bus, watcher, tray):
    service = Service(bus)
    for name in [name for name in service.properties if name.startswith("DNS")]:
        del service.properties[name]
    service.start()
    tray.start()
    eventually(lambda: watcher.registered)
    eventually(lambda: "Address: 172.17.5.2" in watcher.item().menu().labels())
    assert row(watcher.item()) is None
    service.kill()


def test_mend(service, item, see, access, tray):
    service.set(DNSState="failed")
    item.click("Mend DNS…")
    see("This will be changed:")
    see(STEP)
    assert service.verbs() == [("FixDNS", (1,))]
    access.do(tray.pid, "Mend")
    see("Mend DNS: done.")
    assert service.verbs() == [("FixDNS", (1,)), ("FixDNS", (0,))]
    assert all(call.interactive for call in service.of("FixDNS"))
    settles(lambda: row(item), "DNS: works (wslnode's servers stand in)")


def test_nothing_to_mend(service, item, see):
    item.click("Mend DNS…")
    see("There is nothing to do.")
    see("the DNS servers: 10.255.255.254")
    assert service.verbs() == [("FixDNS", (1,))]


def test_by_key(service, item, display, tray):
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())
    tray.window().focus()
    display.key("ctrl+n")
    display.window(name="^Mend DNS$")
    eventually(lambda: service.of("FixDNS"))


def test_by_the_windows_button(service, item, display, tray):
    tray.again("--show")
    eventually(lambda: tray.window().is_shown())
    tray.window().focus()
    display.key("alt+d")
    display.window(name="^Mend DNS$")
    eventually(lambda: service.of("FixDNS"))


FAILURES = [
    ("NoWorkingServer", "no DNS server answers.", "Name one that does"),
    ("NotWSL", "this is not WSL.", "If it is meant"),
    ("OwnedByOther", "something else decides that.", "If it is meant"),
    ("Fighting", "others replace /etc/resolv.conf again and again.", "Find out what writes it"),
]


@pytest.mark.parametrize("name,heading,advice", FAILURES)
def test_failures_in_plain_words(service, item, see, name, heading, advice):
    service.answers["FixDNS"] = (f"{INTERFACE}.Error.{name}", "What the daemon said.")
    item.click("Mend DNS…")
    see("Mend DNS: " + heading)
    see("What the daemon said.")
    see(advice)


def no_answer(service):
    service.set(DNSState="failed")
    service.raise_("dns-no-answer", "", severity="critical", summary="No DNS server answers.", verb="FixDNS")


def test_no_answer_is_told_and_fixed(service, told):
    no_answer(service)
    notice, = eventually(lambda: told.told)
    assert notice.title == "No DNS server answers." and notice.hints["urgency"] == URGENCY_CRITICAL
    told.click(notice.number, next(key for key, text in notice.actions.items() if text == "Fix"))
    call, = eventually(lambda: service.of("Mend"))
    assert call.arguments == ("dns-no-answer", "", 0) and call.interactive


def test_no_answer_is_withdrawn_when_over(service, told, item):
    no_answer(service)
    notice, = eventually(lambda: told.told)
    settles(lambda: list(told.shown), [notice.number])
    service.set(DNSState="ok")
    service.clear("dns-no-answer", "")
    settles(lambda: told.shown, {})
    assert told.closed == [notice.number] and len(told.told) == 1
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")


def test_fix_in_the_menu_shows_first(service, item, see, access, tray):
    service.answers["Mend"] = lambda call: service.fix_dns(0 if call.arguments[-1] & DRY_RUN else 7)
    no_answer(service)
    eventually(lambda: "Fix: No DNS server answers…" in item.menu().labels())
    item.click("Fix: No DNS")
    see(STEP)
    access.do(tray.pid, "Mend")
    see("Fix: done.")
    assert service.verbs() == [("Mend", ("dns-no-answer", "", 1)), ("Mend", ("dns-no-answer", "", 0))]


def test_a_resume_tells_of_it(service, told):
    service.resume(mended=["dns"])
    notice, = eventually(lambda: told.told)
    assert notice.body == "DNS was mended." and notice.hints["urgency"] == URGENCY_LOW

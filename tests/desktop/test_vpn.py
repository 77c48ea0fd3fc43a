# SPDX-License-Identifier: LGPL-2.1-or-later
"""The VPN's tunnels: their rows, how old a handshake is when somebody looks, and what is told of one that is down."""

import re
import time

import pytest
from gi.repository import GLib

import uapi
from client import DRY_RUN, PROPERTIES, STANDARD
from service import NEVER, Service, answered, tunnel, tunnel_variants
from vpn import MANAGER, VPN, path_of
from wait import eventually, settles

URGENCY_NORMAL, URGENCY_CRITICAL = 1, 2
# What was read is told for so long without being read again.
FRESH = 10


@pytest.fixture
def item(service, watcher, recorder, access, tray):
    tray.start(NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered)
    item = watcher.item()
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")
    eventually(lambda: "wg0: up, MTU 1420" in item.menu().labels())
    return item


@pytest.fixture
def see(access, tray):
    def see(text):
        return access.see(tray.pid, text)
    return see


def rows(item):
    """Of tunnels."""
    return [label for label in item.menu().labels() if re.match(r"wg\d+: (up|down|idle|not known)|and \d", label)]


def row(item):
    found = rows(item)
    return found[0] if len(found) == 1 else found


def age(text):
    """Seconds in it; None if it tells none."""
    found = re.search(r"handshake (?:(\d+) min ?)?(?:(\d+) s )?ago", str(text))
    return int(found[1] or 0) * 60 + int(found[2] or 0) if found else None


def down(service, name="wg0", reason="no-handshake", **more):
    service.set_tunnel(name, State="down", PeersUp=0, PeersDown=1)
    service.raise_("vpn-down", name, **{"severity": "critical", "summary": "The VPN is down.", "verb": "",
                                        "reason": reason} | more)


def up(service, name="wg0"):
    service.set_tunnel(name, State="up", PeersUp=1, PeersDown=0)
    service.clear("vpn-down", name)


def test_row(service, item):
    service.add_tunnel()
    eventually(lambda: 34 <= (age(row(item)) or 0) < 60)
    assert row(item).endswith(" ago, MTU 1420")  # which the link's row had
    service.set_tunnel(State="idle", PeersUp=0)
    settles(lambda: row(item), "wg0: idle, MTU 1420")
    down(service)
    settles(lambda: row(item), "wg0: down: no handshake")
    settles(lambda: item["IconName"], "wslnode-critical-symbolic")
    up(service)
    eventually(lambda: row(item).startswith("wg0: up, handshake "))
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")
    service.set_tunnel(State="unknown")
    settles(lambda: row(item), "wg0: not known, MTU 1420")
    service.set_tunnel(MTU=1280)
    settles(lambda: row(item), "wg0: not known, MTU 1280")


def test_it_goes(service, item):
    """What is left is the link's; without it there is no row."""
    service.add_tunnel(State="idle")
    settles(lambda: row(item), "wg0: idle, MTU 1420")
    service.remove_tunnel()
    settles(lambda: row(item), "wg0: up, MTU 1420")
    service.links = [link for link in service.links if link["name"] != "wg0"]
    settles(lambda: rows(item), [])


def test_some_of_many_peers(service, item):
    service.add_tunnel(PeerCount=5, PeersUp=3)
    settles(lambda: row(item), "wg0: up, 3 of 5 peers, MTU 1420")
    service.set_tunnel(PeersUp=2, PeersDown=1)  # no signal says so
    service.raise_("vpn-down", severity="warning", verb="", reason="no-reply", peers=5, **{"peers-down": 1})
    settles(lambda: row(item), "wg0: up, 2 of 5 peers, 1 down, MTU 1420")
    settles(lambda: item["IconName"], "wslnode-warning-symbolic")


def test_the_age_is_that_of_the_moment(service, item):
    """Time passes though nobody says so, and a new handshake is seen when the menu is opened."""
    service.add_tunnel()
    first = eventually(lambda: age(row(item)))
    service.delay = 2
    time.sleep(3)
    assert first + 3 <= age(row(item)) <= first + 10  # in the first layout that is asked for
    service.delay = 0
    service.tunnels["wg0"] = tunnel(age=2)
    eventually(lambda: (age(row(item)) or 99) < 10)


def test_of_what_is_long_ago_no_age_is_told(service, item):
    """The service does not answer, so a new handshake may have been."""
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    service.answers["GetManagedObjects"] = NEVER
    settles(lambda: row(item), "wg0: up, MTU 1420", FRESH + 10)
    del service.answers["GetManagedObjects"]
    eventually(lambda: age(row(item)), FRESH + 10)


def test_of_the_former_state_nothing_is_left(service, item):
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    service.answers["GetManagedObjects"] = NEVER
    service.set_tunnel(State="idle")
    settles(lambda: row(item), "wg0: idle, MTU 1420")
    service.set_tunnel(State="up")
    shown = eventually(lambda: "idle" not in row(item) and row(item))
    assert shown == "wg0: up, MTU 1420"


def test_nothing_is_asked_while_nobody_looks(service, item):
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    time.sleep(2)
    before, asked, signals = len(service.calls), len(service.of("GetManagedObjects")), item.listen()
    time.sleep(FRESH + 2)
    assert len(service.calls) == before and not signals
    service.set_tunnel(State="idle")
    settles(lambda: len(service.of("GetManagedObjects")), asked + 1)
    time.sleep(1)
    assert len(service.of("GetManagedObjects")) == asked + 1


def test_in_the_window(service, item, see, tray):
    service.add_tunnel(age=65)
    tray.again("--show")
    see("up, handshake 1 min ")
    service.tunnels["wg0"] = tunnel(age=3000)
    see("up, handshake 50 min")
    before, start = len(service.of("GetManagedObjects")), time.monotonic()
    time.sleep(11)
    eventually(lambda: len(service.of("GetManagedObjects")) - before >= 2)
    assert len(service.of("GetManagedObjects")) - before <= (time.monotonic() - start) / 5 + 1


def test_the_focus_stays_while_time_passes(service, item, see, access, display, tray):
    """On another row, and on the one that changes."""
    service.add_tunnel()
    tray.again("--show")
    see("up, handshake")
    tray.window().focus()

    def focused():
        return next((thing.text or thing.name for thing in access.tree(tray.pid).all()
                     if "focused" in thing.states), "")

    def seek(name):
        if not focused().startswith(name):
            display.key("Tab")
        return focused().startswith(name)

    def shown():
        return [age(thing.text) for thing in access.tree(tray.pid).shown("label") if age(thing.text)]
    for name in ("Copy 172.17.5.2", "up, handshake "):
        eventually(lambda name=name: seek(name))
        first = shown()
        eventually(lambda first=first: shown() not in (first, []))
        assert focused().startswith(name)


def test_down_is_told_and_withdrawn(service, recorder, item):
    service.add_tunnel()
    down(service)
    notice, = eventually(lambda: recorder.told)
    assert notice.title == "wg0: The VPN is down." and notice.body == "Do as the test says."
    assert notice.hints["urgency"] == URGENCY_CRITICAL
    assert "Fix" not in notice.actions.values()
    assert item["Title"] == "wslnode: wg0: The VPN is down."
    assert not any(label.startswith("Fix: ") for label in item.menu().labels())
    settles(lambda: list(recorder.shown), [notice.number])
    up(service)
    settles(lambda: recorder.shown, {})
    assert recorder.closed == [notice.number] and len(recorder.told) == 1


def test_some_peers_are_told_less_loudly(service, recorder, item):
    service.add_tunnel(PeerCount=5, PeersUp=3, PeersDown=1)
    service.raise_("vpn-down", severity="warning", verb="", reason="no-reply",
                   summary="Some peers of the VPN cannot be reached.")
    notice, = eventually(lambda: recorder.told)
    assert notice.title == "wg0: Some peers of the VPN cannot be reached."
    assert notice.hints["urgency"] == URGENCY_NORMAL


def test_without_keepalive_nothing_is_told(service, recorder, item):
    """It stands in the menu."""
    service.add_tunnel()
    service.raise_("vpn-no-keepalive", severity="info", verb="", summary="Behind NAT, and without keepalive.")
    eventually(lambda: "wg0: Behind NAT, and without keepalive." in item.menu().labels())
    time.sleep(2)
    assert not recorder.told and item["IconName"] == "wslnode-ok-symbolic"


STEP = "keepalive off → 25 s, peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="


def test_keepalive_is_set(service, item, see, access, tray):
    service.answers["Mend"] = lambda call: answered(0 if call.arguments[-1] & DRY_RUN else 7,
                                                    [("keepalive", "wg0", STEP)])
    service.raise_("vpn-no-keepalive", severity="info", verb="SetKeepalive",
                   summary="Behind NAT, and without keepalive.")
    eventually(lambda: "Fix: wg0: Behind NAT, and without keepalive…" in item.menu().labels())
    item.click("Fix: wg0: Behind")
    see("This will be changed:")
    see(f"wg0: {STEP}")
    access.do(tray.pid, "Mend")
    see("Fix: done.")
    assert service.verbs() == [("Mend", ("vpn-no-keepalive", "wg0", 1)), ("Mend", ("vpn-no-keepalive", "wg0", 0))]


def test_the_service_restarts(service, item):
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    service.kill()
    settles(lambda: rows(item), [])
    service.tunnels = {"wg1": tunnel("wg1", State="idle", MTU=0)}
    service.start()
    settles(lambda: rows(item), ["wg1: idle", "wg0: up, MTU 1420"])
    service.set_tunnel("wg1", State="down")
    settles(lambda: rows(item), ["wg1: down", "wg0: up, MTU 1420"])


def test_replaced_in_one_step(service, bus, item):
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    other = Service(bus)
    other.tunnels = {"wg0": tunnel(State="idle")}
    other.start()
    settles(lambda: row(item), "wg0: idle, MTU 1420")
    other.answers["GetManagedObjects"] = NEVER  # which would put it right
    item.menu()
    service.set_tunnel(State="down")  # the former one goes on talking
    service.flush()
    other.set_tunnel(MTU=1300)
    settles(lambda: row(item), "wg0: idle, MTU 1300")
    other.kill()


def test_forged(service, forger, root, item, tray):
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    name = tray.unique_name(root)
    service.answers["GetManagedObjects"] = NEVER  # which would put it right
    item.menu()
    forger.signal(name, "InterfacesAdded", "(oa{sa{sv}})", path_of("wg6"), {VPN: tunnel_variants(tunnel("wg6"))},
                  interface=MANAGER)
    forger.signal(name, "PropertiesChanged", "(sa{sv}as)", VPN, tunnel_variants({"State": "down"}), [],
                  interface=PROPERTIES, path=path_of("wg0"))
    forger.signal(name, "InterfacesRemoved", "(oas)", path_of("wg0"), [VPN], interface=MANAGER)
    service.set(Address="172.17.6.6")
    eventually(lambda: "Address: 172.17.6.6" in item.menu().labels())
    assert len(rows(item)) == 1 and row(item).startswith("wg0: up")


def test_sixty_four(service, item, see, access, tray):
    """What is broken is among those that are shown; the others are counted, and the window has them all."""
    for n in range(64):
        service.add_tunnel(f"wg{n}", PeerCount=0, PeersUp=0, State="idle")
    service.set_tunnel("wg50", State="down")
    settles(lambda: rows(item), ["wg50: down", *(f"wg{n}: idle, MTU 1420" for n in range(7)), "and 56 more tunnels"])
    assert len(item.menu().labels()) < 30
    time.sleep(2)
    before = len(service.of("GetManagedObjects"))
    item.menu()
    settles(lambda: len(service.of("GetManagedObjects")), before + 1)
    time.sleep(0.5)
    assert len(service.of("GetManagedObjects")) == before + 1
    assert not service.of("Get")
    item.click("and 56 more tunnels")
    see("wg50")
    names = {thing.name for thing in access.tree(tray.pid).find("label")}
    assert {f"wg{n}" for n in range(64)} <= names
    for n in range(63):
        service.remove_tunnel(f"wg{n}")
    settles(lambda: rows(item), ["wg63: idle, MTU 1420", "wg0: up, MTU 1420"])


@pytest.mark.parametrize("answer", [
    (STANDARD + "AccessDenied", "Not for you."), (STANDARD + "UnknownMethod", "An older daemon."), NEVER,
    GLib.Variant("(s)", ("nonsense",)), GLib.Variant("()", ())])
def test_it_cannot_be_read(service, item, answer):
    """What the signals tell is shown all the same."""
    service.answers["GetManagedObjects"] = answer
    item.menu()
    service.add_tunnel()
    eventually(lambda: age(row(item)))
    service.set_tunnel(State="idle")
    settles(lambda: row(item), "wg0: idle, MTU 1420")
    service.remove_tunnel()
    settles(lambda: row(item), "wg0: up, MTU 1420")


def test_hostile(service, item):
    """Other types, other paths, without end."""
    odd = GLib.Variant("d", 1.5)
    service.answers["GetManagedObjects"] = NEVER
    item.menu()
    service.add_tunnel("wg1", **{name: odd for name in ("Name", "State", "MTU", "Link", "PeerCount")})
    service.add_tunnel("wg2", State="up\n\u202e", Link=odd, MTU=odd, LastHandshakeUSecMonotonic=odd)
    service.signal("InterfacesAdded", "(s)", "x", interface=MANAGER)
    service.signal("InterfacesRemoved", "(oa{sv})", path_of("wg2"), {}, interface=MANAGER)
    service.signal("PropertiesChanged", "(sx)", VPN, 1, interface=PROPERTIES, path=path_of("wg2"))
    service.signal("InterfacesAdded", "(oa{sa{sv}})", "/elsewhere", {VPN: tunnel_variants(tunnel("wg7"))},
                   interface=MANAGER)
    settles(lambda: rows(item), ["wg2: not known", "wg0: up, MTU 1420"])
    del service.answers["GetManagedObjects"]
    for n in range(3000):
        service.add_tunnel(f"wg1{n:04}", State="idle", MTU=0)
    eventually(lambda: rows(item)[-1].startswith("and "))
    service.set(Address="172.17.6.6")
    eventually(lambda: "Address: 172.17.6.6" in item.menu().labels())
    assert len(item.menu().labels()) < 30


def test_in_an_x11_tray(service, trayer, display, access, tray):
    """Its menu does not change once it is drawn: what is read is awaited for a moment."""
    service.tunnels = {"wg0": tunnel()}
    trayer.start()
    tray.start(NO_AT_BRIDGE="0")
    eventually(trayer.icons)
    x, y, width, height = trayer.region()

    def shown():
        """In a menu that is opened after what was read before is too old; a busy machine may be too slow for it."""
        time.sleep(FRESH + 1)
        display.click(x + width // 2, y + height // 2, button=3)
        item = access.see(tray.pid, "wg0: up", "menu item")
        display.key("Escape")
        return age(item.name)
    assert any(shown() for _ in range(3))


def test_a_tunnel_of_the_real_daemon(asleep, network, watcher, recorder, tray):
    shaken = int(time.time()) - 30
    server = uapi.Uapi(asleep, "wg7", uapi.says(lambda: uapi.answer(uapi.peer(0, last_handshake_time_sec=shaken))))
    server.add_link()
    asleep.start()
    tray.start()
    eventually(lambda: watcher.registered)
    item = watcher.item()

    def is_up():
        shown = next((label for label in rows(item) if label.startswith("wg7")), "")
        return 30 <= (age(shown) or 0) < 180 and shown.endswith(", MTU 1500")
    eventually(is_up)
    network.ip("link set wg7 down")
    eventually(lambda: "wg7: down: its link is down" in rows(item))
    notice, = eventually(lambda: recorder.told)
    assert notice.title == "wg7: The VPN is down." and "ip link set dev" in notice.body
    assert notice.hints["urgency"] == URGENCY_CRITICAL
    settles(lambda: list(recorder.shown), [notice.number])
    network.ip("link set wg7 up")
    eventually(is_up)
    settles(lambda: recorder.shown, {})
    network.ip("link del wg7")  # then its program ends, and its socket goes
    server.path.unlink()
    server.stop()
    eventually(lambda: not any(label.startswith("wg7") for label in rows(item)))

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What 10,000 changes at once cost, and that nothing is left of it. Nor of an hour of small things."""

import time

import pytest

from wait import eventually, settles

COUNT = 10_000
MIB = 1 << 20


@pytest.fixture
def item(service, watcher, tray):
    tray.start("--show")
    eventually(lambda: watcher.registered and tray.window().is_shown())
    item = watcher.item()
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")
    return item


def burst(service, item):
    last = service.burst(COUNT)
    eventually(lambda: f"Address: {last['Address']}" in item.menu().labels(), 60)


def test_bounded_redraws(service, item):
    signals = item.listen()
    start = time.monotonic()
    burst(service, item)
    spent = time.monotonic() - start
    layouts = [member for member, _ in signals].count("LayoutUpdated")
    # At most every 100 ms, whatever comes; reading the menu adds none.
    assert 1 <= layouts <= spent * 10 + 3, (layouts, spent)
    assert len(signals) <= layouts * 5


def test_no_growth(service, item, tray):
    """How far the tray lags behind, and so what malloc takes and keeps, differs; what leaks grows each time."""
    burst(service, item)
    files, sizes = tray.files(), []
    for _ in range(8):
        burst(service, item)
        time.sleep(0.5)
        sizes.append(tray.memory())
    grown = sorted(after - before for before, after in zip(sizes, sizes[1:]))
    print(f"grown by {grown} bytes in {COUNT} changes each, to {sizes[-1]}")
    assert grown[1] < 64 * 1024
    assert tray.files() <= files


def idle(tray, seconds):
    """(wake-ups a second, share of a processor)."""
    wakeups, cpu, start = tray.wakeups(), tray.cpu(), time.monotonic()
    time.sleep(seconds)
    spent = time.monotonic() - start
    wakeups, cpu = (tray.wakeups() - wakeups) / spent, (tray.cpu() - cpu) / spent
    print(f"{wakeups:.2f} wake-ups a second, {cpu:.4f} of a processor")
    return wakeups, cpu


def is_idle(tray, seconds, wakeups, cpu):
    """At last: on a busy machine it comes to rest later."""
    return any(woken < wakeups and used < cpu for woken, used in (idle(tray, seconds) for _ in range(3)))


def test_idle_afterwards(service, item, tray, display):
    burst(service, item)
    tray.window().close()
    time.sleep(3)
    assert is_idle(tray, 10, wakeups=1, cpu=0.01)


def test_idle_while_shown(service, item, tray):
    """It reads again every 5 s what has no signal, and does nothing else."""
    time.sleep(2)
    assert is_idle(tray, 15, wakeups=8, cpu=0.03)


def test_the_same_again_redraws_nothing(service, item):
    eventually(lambda: "wg0: up, MTU 1420" in item.menu().labels())
    time.sleep(2)  # by then all is drawn that was read at the start
    signals = item.listen()
    for _ in range(50):
        service.set(Address="172.17.5.2")
        time.sleep(0.02)
    time.sleep(1)
    assert not signals


def test_findings_come_and_go(service, recorder, item, tray):
    """Menu, window and notifications are made and thrown away again and again."""
    def round_(count):
        for n in range(count):
            service.raise_("tunnel-too-big", f"wg{n % 7}")
            item.menu()
            service.clear("tunnel-too-big", f"wg{n % 7}")
        settles(lambda: item["IconName"], "wslnode-ok-symbolic")
        time.sleep(2)
    round_(30)
    before = tray.memory()
    round_(100)
    grown = tray.memory() - before
    print(f"grown by {grown} bytes in 100 findings, {before} before")
    assert grown < 2 * MIB

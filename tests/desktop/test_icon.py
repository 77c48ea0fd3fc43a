# SPDX-License-Identifier: LGPL-2.1-or-later
"""The icon is where the desktop shows icons, says how the node is, and moves when its place goes."""

import itertools
import time

import pytest

from tray import CLASS
from wait import eventually, settles
from watcher import Watcher

# So long the tray waits for a panel that went, in seconds.
WAITED = 1.5
LEVELS = ["absent", "unknown", "ok", "warning", "critical"]


def set_level(service, level):
    if level == "absent":
        service.kill()
    elif level == "unknown":
        service.set(Health="unknown")
    elif level == "ok":
        service.set_findings([])
    else:
        service.raise_("tunnel-too-big", severity=level)


def test_panel_draws_it(service, panel, display, tray):
    panel.start()
    region = panel.region()
    empty = display.still()
    tray.start()
    settles(lambda: tray.item()["IconName"], "wslnode-ok-symbolic")
    eventually(lambda: display.picture().difference(empty, region) > 30)
    picture = display.still()
    assert picture.difference(empty) == picture.difference(empty, region)  # nothing else appeared
    tray.stop()
    eventually(lambda: display.picture().difference(empty, region) == 0)


def test_every_level_has_its_own_picture(service, panel, display, tray):
    panel.start()
    region = panel.region()
    tray.start()
    item = tray.item()
    pictures = {}
    for level in ["ok", "warning", "critical", "unknown", "absent"]:
        set_level(service, level)
        settles(lambda: item["IconName"], f"wslnode-{level}-symbolic")
        # The panel draws it when it likes.
        before = list(pictures.values())[-1:]
        eventually(lambda before=before: not before or display.picture().difference(before[0], region) > 3)
        pictures[level] = display.still()
    for a, b in itertools.combinations(pictures, 2):
        assert pictures[a].difference(pictures[b], region) > 3, (a, b)


def test_what_a_host_reads(service, watcher, tray):
    tray.start()
    eventually(lambda: watcher.registered)
    assert [name for name, _ in watcher.registered] == [f"org.kde.StatusNotifierItem-{tray.pid}-1"]
    item = watcher.item()
    settles(lambda: item["Title"], "wslnode: All is well")
    properties = item.properties()
    assert (properties["Id"], properties["Category"], properties["Status"], properties["ItemIsMenu"]) == (
        "wslnode", "SystemServices", "Active", False)
    assert properties["ToolTip"][2:] == ("wslnode", "All is well")
    sizes = [(width, height) for width, height, _ in properties["IconPixmap"]]
    assert {(16, 16), (22, 22)} <= set(sizes), sizes
    for width, height, pixels in properties["IconPixmap"]:
        assert len(pixels) == width * height * 4 and any(pixels)

    signals = item.listen()
    service.raise_("tunnel-too-big", severity="critical", summary="A tunnel is too big.")
    settles(lambda: item["Status"], "NeedsAttention")
    assert item["AttentionIconName"] == "wslnode-critical-symbolic"
    assert item["Title"] == "wslnode: " + item["ToolTip"][3] != "wslnode: All is well"
    eventually(lambda: {"NewIcon", "NewStatus", "NewTitle", "NewToolTip", "LayoutUpdated"} <= {m for m, _ in signals})
    assert dict(signals)["NewStatus"] == ("NeedsAttention",)


def test_one_icon_only(service, panel, trayer, tray):
    """Where both kinds of tray are, there are not two."""
    trayer.start()
    panel.start()
    tray.start()
    tray.item()
    eventually(lambda: not trayer.icons())


def test_xembed(service, trayer, display, tray):
    trayer.start()
    tray.start()
    trayer.region()
    eventually(lambda: not tray.windows())
    pictures = {}
    # Nothing else is on the screen, and the tray moves its icon when it likes.
    for level in ["ok", "warning", "critical"]:
        set_level(service, level)
        eventually(lambda: level == "ok" or display.picture().difference(pictures["ok"]) > 3)
        pictures[level] = display.still()
    assert pictures["warning"].difference(pictures["critical"]) > 3
    x, y, width, height = trayer.region()
    display.click(x + width // 2, y + height // 2)
    eventually(lambda: tray.window().is_shown())


def test_xembed_menu(service, trayer, display, tray):
    trayer.start()
    tray.start()
    x, y, width, height = trayer.region()
    before = display.still()
    display.click(x + width // 2, y + height // 2, button=3)
    eventually(lambda: display.popups(classname=CLASS))
    eventually(lambda: display.picture().difference(before) > 10_000)
    display.key("Up", "Return")  # the last one: Quit
    tray.ended()


def place(tray, trayer, watcher):
    """Where it is to be seen now."""
    return {"item": bool(watcher and watcher.registered),
            "xembed": bool(trayer.process and trayer.icons()),
            "window": bool(tray.windows())}


def test_it_moves(service, session, trayer, tray):
    """Watcher → XEmbed → window → watcher."""
    watcher = Watcher(session)
    trayer.start()
    tray.start()
    settles(lambda: place(tray, trayer, watcher), {"item": True, "xembed": False, "window": False})
    watcher.kill()
    settles(lambda: place(tray, trayer, None), {"item": False, "xembed": True, "window": False})
    trayer.kill()
    window = tray.window()
    eventually(window.is_iconified)
    watcher = Watcher(session)
    settles(lambda: place(tray, trayer, watcher), {"item": True, "xembed": False, "window": False})
    assert watcher.item()["Id"] == "wslnode"
    watcher.kill()
    eventually(tray.windows)
    trayer.start()
    settles(lambda: place(tray, trayer, None), {"item": False, "xembed": True, "window": False})


def test_panel_restarts(service, panel, display, tray):
    """As after an upgrade of the desktop: the icon is back, and no window flashed up meanwhile."""
    panel.start()
    empty, region = display.still(), panel.region()
    tray.start()
    eventually(lambda: display.picture().difference(empty, region) > 30)
    for _ in range(3):
        begun = time.monotonic()
        panel.kill()
        panel.start()
        shown, away = tray.windows(), time.monotonic() - begun
        eventually(lambda: display.picture().difference(empty, region) > 30)
        # On a busy machine it may be away for longer than the tray waits.
        if away < WAITED:
            assert not shown
            break
    eventually(lambda: not tray.windows())


def test_watcher_without_host(service, session, trayer, tray):
    """A watcher alone shows nothing."""
    watcher = Watcher(session, host=False)
    tray.start()
    eventually(tray.windows)
    watcher.set_host(True)
    eventually(lambda: watcher.registered and not tray.windows())
    watcher.set_host(False)
    eventually(tray.windows)
    watcher.kill()


def test_watcher_that_refuses(service, watcher, tray):
    watcher.refuse = True
    tray.start()
    eventually(tray.windows)


def test_hundred_watchers(service, session, tray):
    """Each gets one registration, and nothing piles up."""
    tray.start()
    for _ in range(100):
        watcher = Watcher(session)
        eventually(lambda: watcher.registered)
        assert len(watcher.registered) == 1
        watcher.kill()
    assert tray.files() < 40


@pytest.mark.parametrize("level", LEVELS)
def test_readable_at_16_pixels(service, session, display, tray, level):
    """Each icon stands out from a dark and from a light ground."""
    watcher = Watcher(session)
    tray.start()
    set_level(service, level)
    item = watcher.item() if eventually(lambda: watcher.registered) else None
    settles(lambda: item["IconName"], f"wslnode-{level}-symbolic")
    (pixels,) = [pixels for width, _, pixels in item["IconPixmap"] if width == 16]
    for ground in (30, 240):
        seen = 0
        for i in range(0, len(pixels), 4):
            alpha, *colour = pixels[i:i + 4]
            seen += max(abs(c - ground) for c in colour) * alpha // 255 > 60
        assert seen >= 40, f"{seen} pixels stand out from {ground}"
    watcher.kill()

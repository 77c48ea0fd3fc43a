# SPDX-License-Identifier: LGPL-2.1-or-later
"""The README's pictures, of the real daemon's words. Not a test; WSLNODE_PICTURES says where to (docs/testing.md)."""

import os
import pathlib

import pytest

from dns import Dns, TUNNEL
from resolv import dress, text_of
from wait import eventually, settles

PICTURES = pathlib.Path(os.environ["WSLNODE_PICTURES"])


def save(display, name, *windows):
    """The screen around them."""
    display.still()
    title = 29 if windows[-1].number in [window.number for window in display.windows(name=".")] else 1
    edges = [window.region() for window in windows]
    left, top = (max(min(edge[i] for edge in edges) - margin, 0) for i, margin in ((0, 1), (1, title)))
    right, bottom = (max(edge[i] + edge[i + 2] for edge in edges) + 1 for i in (0, 1))
    display.screenshot(PICTURES / f"{name}.png", (left, top, right - left, bottom - top))


@pytest.fixture
def wsl(asleep, ntp, network):
    """The node as it would be under WSL2; only that servers of ours tell the time and the names."""
    dns = Dns(network)
    dns.play(TUNNEL, "answers")
    dress(asleep, text_of([TUNNEL]))
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    asleep.start()
    yield asleep
    dns.stop()


def trouble(network, root):
    """A VPN in Windows came up: the uplink is now as small as the tunnel."""
    network.ip("link set wg0 mtu 1280")
    network.ip("link set eth0 mtu 1280")
    eventually(root.findings)


def test_window(wsl, network, root, tray, display):
    trouble(network, root)
    tray.start("--show")
    window = tray.window()
    settles(lambda: "fit" in window.title(), True)
    tray.session.run("gapplication", "action", "org.wslnode.Tray", "details", "('tunnel-too-big', 'wg0')")
    save(display, "window", window)
    tray.session.run("gapplication", "action", "org.wslnode.Tray", "mend", "('tunnel-too-big', 'wg0')")
    save(display, "proposal", display.window(name="^Fix"), window)


def test_menu_and_notification(wsl, network, root, panel, dunst, tray, display):
    panel.start()
    dunst.start()
    tray.start()
    item = tray.item()
    settles(lambda: item["IconName"], "wslnode-ok-symbolic")
    trouble(network, root)
    settles(dunst.shown, 1)
    save(display, "notification", *dunst.windows())
    x, y, _, height = panel.region()
    display.click(x + 12, y + height // 2, button=3)
    save(display, "menu", eventually(lambda: display.popups(classname="xfce4-panel|Xfce4-panel|wrapper"))[0])

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The window: where no icon can be shown it stands for it. There is one program; it can be asked to show and to end."""

import signal

import pytest

from wait import eventually, settles


def test_stands_for_the_icon(service, tray):
    """As under WSLg: no host of any kind."""
    tray.start()
    window = tray.window()
    eventually(window.is_iconified)
    settles(window.title, "wslnode: All is well")
    assert max(window.icons()) >= (48, 48), window.icons()
    tray.again("--show")
    eventually(window.is_shown)
    window.close()
    eventually(window.is_iconified)
    assert tray.is_alive()
    tray.again()  # without an option it shows the window as well
    eventually(window.is_shown)


def test_title_says_the_state(service, tray):
    tray.start()
    window = tray.window()
    settles(window.title, "wslnode: All is well")
    icons = window.properties("_NET_WM_ICON")
    service.raise_("tunnel-too-big", summary="A tunnel is too big.", severity="critical")
    eventually(lambda: window.title() not in ("wslnode: All is well", ""))
    eventually(lambda: window.properties("_NET_WM_ICON") != icons)  # the taskbar shows it too
    service.kill()
    eventually(lambda: "run" in window.title())


def test_with_an_icon_it_comes_only_when_asked(service, watcher, tray):
    tray.start()
    eventually(lambda: watcher.registered)
    eventually(lambda: not tray.windows())  # one that registers late stood for it meanwhile
    watcher.item().activate()
    window = tray.window()
    eventually(window.is_shown)
    window.close()
    eventually(lambda: not window.is_shown())
    assert tray.is_alive()
    watcher.item().click("Show wslnode")
    eventually(lambda: tray.windows() and tray.window().is_shown())


def test_started_with_show(service, watcher, tray):
    tray.start("--show")
    eventually(lambda: tray.window().is_shown())


def test_single_instance(service, session, watcher, tray):
    tray.start()
    owner = session.owner("org.wslnode.Tray")
    tray.again("--background")
    assert session.owner("org.wslnode.Tray") == owner
    eventually(lambda: not tray.windows())
    tray.again("--quit")
    tray.ended()
    assert session.owner("org.wslnode.Tray") is None


def test_quit_without_one(session, tray):
    """Nothing runs, so there is nothing to do, and nothing is started."""
    tray.again("--quit")
    assert session.owner("org.wslnode.Tray") is None


def test_unknown_option(session, tray):
    tray.again("--nonsense", code=1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(service, watcher, tray, number):
    tray.start()
    eventually(lambda: watcher.registered)
    tray.process.signal(number)
    tray.ended()


def test_keys(service, tray, display):
    tray.start("--show")
    window = tray.window()
    settles(window.title, "wslnode: All is well")
    window.focus()
    display.key("ctrl+r")
    eventually(lambda: service.of("RefreshIP"))
    dialog = display.window(name="^Refresh the address$")
    dialog.focus()
    eventually(lambda: display.key("Return") or len(service.of("RefreshIP")) == 2)
    assert [call.arguments for call in service.of("RefreshIP")] == [(1,), (0,)]
    display.key("Escape")
    eventually(lambda: not display.windows(name="^Refresh the address$"))
    window.focus()
    display.key("ctrl+q")
    tray.ended()


def test_session_bus_restarts(service, session, tray):
    """It ends, with a status that makes its unit start it again, and comes up with the next one."""
    tray.start()
    eventually(tray.windows)
    session.kill()
    tray.ended(code=1)
    session.start()
    tray.start()
    eventually(lambda: session.owner("org.wslnode.Tray"))


def test_display_goes(service, session, display, tray):
    """As when WSLg's windows are gone after a resume: it ends, and is no zombie."""
    tray.start()
    eventually(tray.windows)
    display.kill()
    eventually(tray.process.has_ended)
    tray.process = None


def test_no_display(service, session, tray):
    tray.known = [*tray.known, "cannot open display"]
    tray.spawn("--background", DISPLAY=":4711")
    eventually(tray.process.has_ended)
    assert tray.process.process.returncode > 0 and tray.log()
    tray.process = None

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a screen reader says of the window and its dialogs; everything can be reached by keys."""

import pytest

from wait import eventually, settles

# What a person can act upon.
ACTIVE = ("push button", "toggle button", "check box", "radio button", "combo box", "spin button", "text", "entry",
          "menu item", "check menu item", "link", "page tab", "list item", "slider")


@pytest.fixture
def shown(service, watcher, access, tray):
    tray.start("--show", NO_AT_BRIDGE="0")
    eventually(lambda: watcher.registered and tray.window().is_shown())
    settles(lambda: tray.window().title(), "wslnode: All is well")
    return lambda: eventually(lambda: access.tree(tray.pid))


def nameless(tree):
    return [f"{thing.role} {thing.text!r}" for thing in tree.shown()
            if thing.role in ACTIVE and "focusable" in thing.states
            and not (thing.name + thing.description + thing.label).strip()]


def test_the_program_and_its_window(shown):
    tree = eventually(shown)
    assert tree.role == "application" and "wslnode" in tree.name.lower()
    window, = tree.shown("frame")
    assert window.name == "wslnode: All is well"


def test_everything_has_a_name(service, shown):
    service.set(Wanted=[{"kind": "mtu", "target": "wg0", "value": 1300, "persist": False, "origin": "verb"}])
    service.raise_("tunnel-too-big", summary="The tunnel is too big.")
    eventually(lambda: shown().shown(name="wslnode: ") and "well" not in shown().shown("frame")[0].name)
    tree = shown()
    assert nameless(tree) == [], tree.outline()


@pytest.mark.parametrize("text", ["172.17.5.2", "nat", "eth0, MTU 1500", "up, MTU 1420",
                                  "right (Windows' clock, within 50 ms)", "works (WSL's servers)"])
def test_what_it_says(shown, text):
    eventually(lambda: any(text in thing.name + thing.text for thing in shown().shown()))


def test_a_finding_says_what_why_and_what_to_do(service, shown):
    service.raise_("something-new", summary="The moon is full.")
    for text in ("The moon is full.", "Because of a test.", "Do as the test says."):
        eventually(lambda: any(text in thing.name + thing.text for thing in shown().shown()))
    assert [button for button in shown().shown("push button") if "Fix" in button.name]


@pytest.mark.parametrize("entry", ["Set an MTU…", "Settings…", "Refresh the address…", "Set the clock right…",
                                   "Mend DNS…", "Open report"])
def test_dialogs(service, shown, watcher, entry):
    frames = len(shown().find("frame") + shown().find("dialog"))
    watcher.item().click(entry)
    eventually(lambda: len(shown().find("frame") + shown().find("dialog")) > frames)
    tree = shown()
    assert nameless(tree) == [], tree.outline()


def test_tab_reaches_every_button(shown, tray, display):
    tray.window().focus()
    wanted = {thing.name for thing in shown().shown("push button") if "focusable" in thing.states
              and "sensitive" in thing.states}
    reached = set()
    for _ in range(4 * len(wanted) + 10):
        display.key("Tab")
        reached |= {thing.name for thing in shown().find() if "focused" in thing.states}
        if wanted <= reached:
            return
    assert wanted <= reached

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every test has a screen, a session and a system bus of its own. What is started dies with the test."""

import importlib.util
import os
import pathlib
import re
import sys

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"
sys.path.append(str(E2E))

# The node's network, its bus and its daemon are those of the e2e tests, which also enter the mount namespace.
spec = importlib.util.spec_from_file_location("e2e_fixtures", E2E / "conftest.py")
e2e = importlib.util.module_from_spec(spec)
spec.loader.exec_module(e2e)
asleep, authority, bus, ctl, folder, network, node, ntp, root = (
    e2e.asleep, e2e.authority, e2e.bus, e2e.ctl, e2e.folder, e2e.network, e2e.node, e2e.ntp, e2e.root)

# pylint: disable=wrong-import-position
import pytest

import desk

desk.enter()

pytest.register_assert_rewrite("access", "display", "notifications", "panel", "process", "service", "session", "tray",
                               "watcher")

import process
from access import Access
from display import Display
from notifications import Dunst, Recorder
from panel import Panel
from powershell import PowerShell
from service import Forger, Service
from session import Session
from tray import Tray
from trayer import Trayer
from watcher import Watcher
from wait import eventually

process.adopt()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    """The screen as it was when a test failed, where WSLNODE_PICTURES says."""
    outcome = yield
    report = outcome.get_result()
    pictures = os.environ.get("WSLNODE_PICTURES")
    display = item.funcargs.get("display")
    if report.when == "call" and report.failed and pictures and display and not display.server.has_ended():
        display.screenshot(pathlib.Path(pictures, re.sub(r"\W+", "-", item.name) + ".png"))


@pytest.fixture(autouse=True)
def nothing_left():
    """The first to be set up, so the last to be torn down."""
    yield
    process.reap()


@pytest.fixture
def display(folder):
    display = Display(folder)
    yield display
    display.kill()


@pytest.fixture
def session(display, bus, folder):
    session = Session(folder, display, bus.address)
    session.allow("org.xfce.Xfconf")
    manager = session.spawn("xfwm4", "--compositor=off")
    eventually(lambda: manager.is_alive() and display.is_managed())
    yield session
    manager.kill()
    session.kill()


@pytest.fixture
def service(bus):
    """The fake one, started."""
    service = Service(bus)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def forger(bus):
    forger = Forger(bus)
    yield forger
    forger.kill()


@pytest.fixture
def watcher(session):
    watcher = Watcher(session)
    yield watcher
    watcher.kill()


@pytest.fixture
def panel(session):
    """Not started yet; as the next ones."""
    return Panel(session)


@pytest.fixture
def trayer(session):
    return Trayer(session)


@pytest.fixture
def dunst(session):
    return Dunst(session)


@pytest.fixture
def recorder(session):
    recorder = Recorder(session)
    yield recorder
    recorder.kill()


@pytest.fixture
def powershell(folder):
    return PowerShell(folder)


@pytest.fixture
def access(session):
    access = Access(session)
    yield access
    access.kill()


@pytest.fixture
def tray(session):
    """Not started yet: a test says first which hosts there are. It must end well."""
    tray = Tray(session)
    yield tray
    try:
        if tray.process:
            tray.stop()
        assert not tray.complaints()
    finally:
        tray.kill()
        print(tray.log()[-20_000:])

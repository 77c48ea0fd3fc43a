# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every scenario has a machine of its own, which it may break."""

import os
import pathlib
import shutil

import pytest

pytest.register_assert_rewrite("guest")

import cache
import image
import package
import table
from guest import Guest
from machine import Machine

# Where this build keeps its packages, the machine with them installed, and the logs of scenarios that failed.
WORK = pathlib.Path(os.environ["VM_FOLDER"])
LOG_TAIL = 60


def install(folder):
    """The base machine with our package in it, saved."""
    base, packages = image.base(), package.deb(WORK)
    machine = Machine(base, base / "booted.qcow2", folder / "installing").start(state=base / "state")
    try:
        guest = Guest(machine)
        guest.put(next(path for path in packages.glob("wslnode_*.deb") if package.NEXT_VERSION not in path.name),
                  "/var/tmp/wslnode.deb")
        guest.install("/var/tmp/wslnode.deb")
        machine.run("usermod", "-aG", "wslnode", "member")
        machine.save(folder / "state")
    finally:
        machine.close()
    shutil.move(machine.disk, folder / "installed.qcow2")


@pytest.fixture(scope="session")
def packages():
    return package.deb(WORK)


@pytest.fixture(scope="session")
def installed(packages):
    base = image.base()
    return cache.kept(WORK, "installed", cache.digest(base.name, packages.name, pathlib.Path(__file__)), install)


@pytest.fixture
def scenario(request):
    """Where a scenario's machine lives; what it logged is kept if it fails."""
    folder = WORK / f"{request.node.path.stem}-{request.node.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    if not getattr(request.node, "failed", False):
        shutil.rmtree(folder)
    else:
        (folder / "disk.qcow2").unlink(missing_ok=True)
        print(f"logs are in {folder}")


@pytest.fixture
def bare(scenario):
    """The machine without our package."""
    base = image.base()
    yield from run_guest(Machine(base, base / "booted.qcow2", scenario), base / "state")


@pytest.fixture
def node(scenario, installed):
    """The machine with our package, as after its installation."""
    yield from run_guest(Machine(image.base(), installed / "installed.qcow2", scenario), installed / "state")


@pytest.fixture
def cold(scenario, installed):
    """The same, switched off."""
    yield from run_guest(Machine(image.base(), installed / "installed.qcow2", scenario), None)


def run_guest(machine, state):
    guest = Guest(machine)
    try:
        if state:
            machine.start(state=state)
        yield guest
    finally:
        guest.keep_journal()
        machine.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    item.failed = getattr(item, "failed", False) or report.failed
    item.seconds = getattr(item, "seconds", 0) + report.duration
    if report.when == "teardown":
        item.session.rows.add(item.name, item.seconds, "failed" if item.failed else "passed")


def give_way():
    """Machines that only work leave the processors to the one whose clock is looked at to the second."""
    os.nice(10)
    try:
        # Where each session is a group of its own, only the groups are weighed against each other.
        pathlib.Path("/proc/self/autogroup").write_text("10")
    except OSError:
        pass


def pytest_sessionstart(session):
    name = pathlib.Path(session.config.args[0].split("::")[0]).stem
    if name != "test_clock":
        give_way()
    session.rows = table.Rows(WORK, name)


def pytest_sessionfinish(session):
    for name, seconds in cache.made:
        session.rows.add(f"({name})", seconds, "made")

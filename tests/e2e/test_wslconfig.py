# SPDX-License-Identifier: LGPL-2.1-or-later
"""Staying up: whether Windows' .wslconfig keeps WSL from stopping the node, and what is wrong in it."""

import os

import pytest

from wait import eventually, settles

ANN = "mnt/c/Users/Ann/.wslconfig"
STAYS = "[general]\ninstanceIdleTimeout=-1\n"
STOPS = "[wsl2]\nmemory=4GB\nvmIdleTimeout=-1\n"
MISPLACED = "[network]\ngenerateResolvConf=false\n" + STAYS
IDS = ("stops-when-idle", "wslconfig-remarks")


@pytest.fixture
def wsl(asleep):
    asleep.write("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
    (asleep.root / "run/WSL").mkdir(parents=True)
    return asleep


def found(root):
    return {key[0]: value for key, value in root.findings().items() if key[0] in IDS}


def passed(root):
    """Of Diagnose: what was looked at, and whether it is as it should be."""
    checks, = root.call("Diagnose")
    return {check["id"]: check["severity"] == "ok" for check in checks if check["id"] in IDS}


def test_told_after_the_start(wsl, root, ctl):
    wsl.write(ANN, STOPS)
    wsl.start()
    settles(lambda: list(found(root)), ["stops-when-idle"])
    finding = found(root)["stops-when-idle"]
    assert (finding["severity"], finding["subject"], finding["verb"]) == ("critical", "", "")
    assert finding["params"] == {"file": f"/{ANN}", "milliseconds": 15000}
    status = ctl("status")
    assert "[general]" in status and "instanceIdleTimeout=-1" in status


def test_over_once_it_is_written(wsl, root):
    (wsl.root / ANN).parent.mkdir(parents=True)
    wsl.start()
    settles(lambda: list(found(root)), ["stops-when-idle"])
    signals = root.listen()
    wsl.write(ANN, STAYS)
    wsl.reload()
    settles(lambda: found(root), {})
    eventually(lambda: signals.of("FindingCleared"))
    assert passed(root) == {"stops-when-idle": True, "wslconfig-remarks": True}


def test_diagnose_answers_with_what_is_there_now(wsl, root):
    wsl.write(ANN, STAYS)
    wsl.start()
    wsl.write(ANN, "[network]\ngenerateResolvConf=false\n")
    assert passed(root) == {"stops-when-idle": False, "wslconfig-remarks": False}


def test_what_is_wrong_in_it(wsl, root):
    wsl.write(ANN, MISPLACED)
    wsl.start()
    settles(lambda: list(found(root)), ["wslconfig-remarks"])
    finding = found(root)["wslconfig-remarks"]
    assert (finding["severity"], finding["verb"]) == ("warning", "")
    assert finding["params"] == {"file": f"/{ANN}", "line": 2, "remarks": 1}


def test_several_users(wsl, root):
    wsl.write("etc/wsl.conf", "[automount]\nroot=/win\n")
    wsl.write("win/c/Users/Ann/.wslconfig", STAYS)
    wsl.write("win/c/Users/Bob/.wslconfig", STOPS)
    wsl.write("win/c/Users/Public/desktop.ini", "")
    (wsl.root / "win/c/Users/Eve").mkdir()
    wsl.start()
    settles(lambda: [(key, value["severity"]) for key, value in found(root).items()], [("stops-when-idle", "info")])
    assert found(root)["stops-when-idle"]["params"]["file"] == "/win/c/Users/Bob/.wslconfig"


def test_without_windows_drive_nothing_is_known(wsl, root):
    wsl.start()
    assert passed(root) == {}
    assert found(root) == {}


def test_what_can_not_be_read_is_not_missing(wsl, root):
    wsl.write("mnt/c/Users/Ann/ntuser.ini", "")
    os.mkfifo(wsl.root / ANN)
    wsl.start()
    assert passed(root) == {}


def test_off_wsl_it_is_no_ones(node, root):
    node.write(ANN, STOPS)
    assert passed(root) == {}
    assert found(root) == {}

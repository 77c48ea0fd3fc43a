# SPDX-License-Identifier: LGPL-2.1-or-later
"""WSL's own configuration: what is wrong with it is told when it is written."""

import pytest

from wait import eventually, settles

CUT_OFF = "[boot]\nsystemd=true\n; a comment\n[network]\nhostname=node\n"
MISPLACED = "[boot]\nsystemd=true\n\n[wsl2]\nmemory=4GB\n"
GOOD = "[boot]\nsystemd=true\n# a comment\n[network]\nhostname=node\n"


@pytest.fixture
def wsl(asleep):
    asleep.write("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
    (asleep.root / "run/WSL").mkdir(parents=True)
    return asleep


def found(root):
    return {key: value for key, value in root.findings().items() if key[1] == "/etc/wsl.conf"}


def test_told_and_over(wsl, root):
    wsl.start()
    assert found(root) == {}
    signals = root.listen()
    wsl.write("etc/wsl.conf", CUT_OFF)
    settles(lambda: list(found(root)), [("wsl-conf-cut-off", "/etc/wsl.conf")])
    finding, = found(root).values()
    assert (finding["severity"], finding["params"], finding["verb"]) == ("warning", {"line": 3}, "")
    eventually(lambda: signals.of("FindingRaised"))
    wsl.write("etc/wsl.conf", MISPLACED)
    settles(lambda: [(key[0], value["params"]) for key, value in found(root).items()],
            [("wsl-conf-remarks", {"line": 5, "remarks": 1})])
    # As an editor does.
    wsl.write("etc/wsl.conf.new", GOOD)
    (wsl.root / "etc/wsl.conf.new").rename(wsl.root / "etc/wsl.conf")
    settles(lambda: found(root), {})
    (wsl.root / "etc/wsl.conf").unlink()
    assert found(root) == {}


def test_it_is_there_at_the_start(wsl, root, ctl):
    wsl.write("etc/wsl.conf", CUT_OFF)
    wsl.start()
    settles(lambda: list(found(root)), [("wsl-conf-cut-off", "/etc/wsl.conf")])
    assert "WSL ignores the rest of its configuration file." in ctl("status")


def test_off_wsl_it_is_no_ones(node, root):
    node.write("etc/wsl.conf", CUT_OFF)
    node.reload()
    root.call("Diagnose")
    assert found(root) == {}

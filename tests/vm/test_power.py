# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends in the middle of work: the daemon killed, the power gone, the disk full."""

import os
import pathlib
import random
import time

import pytest

from guest import PERSIST

HERE = pathlib.Path(__file__).parent
KILLS = 50
# One that fails is repeated by its number.
CUTS = range(50 if os.environ.get("WSLNODE_LONG") else 3)
STATE = "/var/lib/wslnode"


def consistent(node):
    """What holds at every instant: the files can be read, and an entry, its wish and the kernel say the same."""
    # After a start names and servers may be late once.
    node.settles(node.findings, [])
    assert "cannot be understood" not in node.run("journalctl -b --no-pager -u wslnoded.service")
    # A file that was begun beside its target and not renamed is no trouble, but is not left lying either.
    listed = node.run(f"ls -A {STATE}").split()
    assert set(listed) <= {"changes", "wanted"}, listed
    return {wish["target"]["data"]: wish["value"]["data"] for wish in node.get("Wanted")}


def undo_all(node):
    node.run("wslnodectl", "undo", "--all", timeout=600)
    assert node.get("Wanted") == [] and node.mtu("wg0") == 1420


def test_killed_during_set_mtu(node):
    node.put(HERE / "guest/killing.py", "/usr/lib/dress/killing.py")
    # Systemd would give up on a daemon that is killed so often.
    node.write("/run/systemd/system/wslnoded.service.d/kills.conf", "[Unit]\nStartLimitIntervalSec=0\n"
                                                                    "[Service]\nRestartSec=100ms\n")
    node.run("systemctl daemon-reload")
    node.add_tunnel("wg0")
    told = node.run("python3", "/usr/lib/dress/killing.py", KILLS, timeout=1500)
    killed, last = (int(word) for word in told.split())
    assert killed == KILLS
    node.eventually(lambda: node.active() == "active")
    wanted = node.eventually(lambda: consistent(node))
    node.settles(lambda: node.mtu("wg0"), wanted["wg0"])
    # A call that was answered holds; the one that was cut off may or may not have been done.
    assert wanted["wg0"] >= last
    undo_all(node)


@pytest.mark.parametrize("number", CUTS)
def test_power_cut(node, number):
    """Between a call that was answered and the cut, nothing may be lost; what was under way is whole or absent."""
    node.add_tunnel("wg0")
    node.write("/usr/lib/dress/setting", "for mtu in $(seq 1281 1400); do wslnodectl --persist set-mtu wg0 $mtu "
                                         ">/dev/null && echo $mtu >/dev/ttyS0; done")
    node.machine.send(["sh", "/usr/lib/dress/setting"])
    # The last one is undone in the end, and gives way to one before it.
    node.eventually(lambda: len(console_mtus(node)) > 1, timeout=120)
    time.sleep(random.Random(number).uniform(0, 4))
    node.machine.cut()
    answered = console_mtus(node)[-1]
    node.machine.start()
    node.add_tunnel("wg0")
    wanted = consistent(node)
    assert wanted["wg0"] in (answered, answered + 1)
    node.settles(lambda: node.mtu("wg0"), wanted["wg0"])
    # The log is written first: its last entry may be of what never came to be, and then the one before it holds.
    held = next(change for change in node.changes()[:2]
                if ["kernel", wanted["wg0"]] in [[kind, int(text.split()[-1])] for kind, _, text in change["steps"]
                                                 if kind == "kernel"])
    assert held["verb"] == "SetMTU"
    node.run("wslnodectl", "undo", held["id"])
    assert node.get("Wanted")[0]["value"]["data"] == wanted["wg0"] - 1


def console_mtus(node):
    lines = node.machine.console.read_text(errors="replace").splitlines()
    return [int(line) for line in lines if line.isdigit() and len(line) == 4]


def test_disk_full(node):
    """The error says so, nothing changes, and the next call works."""
    node.add_tunnel("wg0")
    assert node.set_mtu("wg0", 1300, PERSIST)["data"][0] > 0
    before = node.run(f"cat {STATE}/wanted")
    node.run(f"fallocate -l 2G {STATE}/ballast || dd if=/dev/zero of={STATE}/ballast bs=1M; true", timeout=180)
    node.run(f"dd if=/dev/zero of={STATE}/more bs=4k 2>/dev/null; true", timeout=180)
    refused = node.set_mtu("wg0", 1350, PERSIST)
    assert "No space left on device" in refused.err, refused
    assert node.mtu("wg0") == 1300
    assert [wish["value"]["data"] for wish in node.get("Wanted")] == [1300]
    assert node.run(f"cat {STATE}/wanted") == before
    assert set(node.run(f"ls -A {STATE}").split()) == {"ballast", "changes", "more", "wanted"}
    node.run(f"rm -f {STATE}/ballast {STATE}/more")
    assert node.set_mtu("wg0", 1350, PERSIST)["data"][0] > 0
    node.run("systemctl restart wslnoded.service")
    assert consistent(node) == {"wg0": 1350}
    undo_all(node)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benchmarks: every number next to its rival's, taken in turn in the same run.

It ends with 1 if a budget is missed. With names of rows as arguments only those are run.
"""

import contextlib
import ctypes
import os
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

# pylint: disable=wrong-import-position
import stage

CLONE_NEWUTS = 0x04000000
# NetworkManager and hostnamed could set the machine's name.
assert ctypes.CDLL(None).unshare(CLONE_NEWUTS) == 0, "this needs root"
stage.enter()  # before anything starts a thread

import threading

from gi.repository import GLib

import rows
from bench_bus import BenchBus
from cable import Cable
from client import Root
from network import Namespace
from place import Place
from table import Table


def networks(stack):
    world = Namespace("world")
    stack.callback(world.remove)
    made = {}
    for name, links in (("few", 10), ("many", 1000), ("found", 10), ("rival", 10)):
        made[name] = Cable(name, world, links)
        stack.callback(made[name].remove)
    return made


def main():
    table = Table()
    wanted = sys.argv[1:]
    unknown = set(wanted) - set(rows.ROWS)
    assert not unknown, f"there are no rows {unknown}; there are {list(rows.ROWS)}"
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    print(f"build: {os.environ['BENCH_BUILD']}; load at the start: {os.getloadavg()[0]:.2f}; {os.cpu_count()} cores")
    with contextlib.ExitStack() as stack:
        # The changes log belongs on a disk, as on a machine; /run of the daemon's root is made in memory.
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp", prefix="wslnode-bench-")))
        bus = BenchBus()
        bus.start()
        stack.callback(bus.kill)
        place = Place(bus, Root(bus.address), networks(stack), folder)
        stack.callback(place.close)
        for name, row in rows.ROWS.items():
            if not wanted or name in wanted:
                print(f"== {name}", flush=True)
                with place.one_cpu() if name in rows.TIMES else contextlib.nullcontext():
                    row(place, table)
    return table.print()


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

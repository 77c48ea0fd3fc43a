# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sets an MTU for good again and again, and kills the daemon while it does: prints the kills and the last MTU answered."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

BUS = ["org.wslnode.Node1", "/org/wslnode/Node1", "org.wslnode.Node1"]
CALL = ["busctl", "call", "--timeout=20", *BUS, "SetMTU", "sut", "wg0"]
PERSIST = "4"
PROCESSES = pathlib.Path("/sys/fs/cgroup/system.slice/wslnoded.service/cgroup.procs")
RANDOM = random.Random(1)


def set_mtu(mtu):
    return subprocess.run([*CALL, str(mtu), PERSIST], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def parent(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]


def main_pid():
    """Waits for one: between two lives there is none. Asking systemctl costs more here than a life."""
    while True:
        try:
            for pid in PROCESSES.read_text().split():
                if parent(pid) == "1":
                    return int(pid)
        except OSError:  # the group or the process goes just then
            pass
        time.sleep(0.02)


def kill_soon(seconds, killed):
    pid = main_pid()

    def kill():
        time.sleep(seconds)
        try:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        except ProcessLookupError:
            pass
    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def main():
    answered, wanted = 0, 1280
    killed = []
    # How long a call takes here, from the client's start on: within that the kills are spread.
    began = time.monotonic()
    set_mtu(wanted)
    length = time.monotonic() - began
    while len(killed) < int(sys.argv[1]):
        wanted = wanted + 1 if wanted < 1410 else 1280
        thread = kill_soon(RANDOM.uniform(0, 1.2 * length), killed)
        if set_mtu(wanted):
            answered = wanted
        thread.join()
    print(len(killed), answered)


main()

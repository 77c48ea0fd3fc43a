# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that run for one test: each in a session of its own, with a log, and none outlives the test."""

import ctypes
import os
import pathlib
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt():
    """What a program leaves behind becomes ours, so that it can be found and ended."""
    assert ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def children(pid):
    """Direct ones, of all its threads."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            pass
    return found


def descendants(pid):
    found = children(pid)
    for child in list(found):
        found += descendants(child)
    return found


def reap():
    """Ends everything that still runs below this process. To be called when nobody waits for a child any more."""
    for _ in range(100):
        left = descendants(os.getpid())
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in left:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        time.sleep(0.02)
    raise AssertionError(f"still running: {left}")


class Process:
    """Dies with the test run, however that ends."""

    def __init__(self, environment, log, *command, **options):
        self.log, self.name = log, pathlib.Path(command[0]).name
        with log.open("a") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)], env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, **options)
        self.pid = self.process.pid

    def is_alive(self):
        assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}:\n{self.text()}"
        return True

    def has_ended(self):
        return self.process.poll() is not None

    def text(self):
        return self.log.read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def terminate(self, timeout=15):
        """As a session ends its programs; returns the status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        """With all that it started."""
        if self.process.poll() is None:
            for pid in [*descendants(self.pid), self.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""wslnodectl, called by scripts and by somebody at a terminal."""

import json
import os
import pty
import select
import subprocess
import termios
import time

import stage
from client import as_user
from wait import eventually


class Ctl:
    def __init__(self, bus):
        self.environment = bus.environment | {"LC_ALL": "C.UTF-8"}

    def __call__(self, *arguments, user="root", code=0):
        """Its output; `code` is how it must end."""
        done = subprocess.run(as_user(user, stage.program("WSLNODECTL"), *arguments), env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
        assert done.returncode == code, (done.stdout, done.stderr)
        # What went wrong is told, and not among the data; a diagnosis of trouble is data.
        assert bool(done.stderr) == (code != 0 and "diagnose" not in arguments), done.stderr
        return done.stdout or done.stderr

    def json(self, *arguments, **options):
        document = json.loads(self("--json", *arguments, **options))
        assert document["schema"] == 1
        return document


class Terminal:
    """wslnodectl on a terminal, with somebody who reads and types."""

    def __init__(self, ctl, user, *arguments):
        self.shown = ""
        self.process, self.master = self.start(ctl, as_user(user, stage.program("WSLNODECTL"), *arguments))

    @staticmethod
    def start(ctl, command):
        master, slave = pty.openpty()
        # A new session whose terminal this is: the agent opens /dev/tty.
        process = subprocess.Popen(["setsid", "--ctty", *command], env=ctl.environment, stdin=slave, stdout=slave,
                                   stderr=slave)
        os.close(slave)
        return process, master

    def read(self):
        """More of what is shown; nothing at the end."""
        if not select.select([self.master], [], [], 20)[0]:
            raise AssertionError(f"nothing more comes after: {self.shown}")
        try:
            text = os.read(self.master, 4096).decode()
        except OSError:
            return ""
        self.shown += text
        return text

    def answer(self, prompt, text):
        while prompt not in self.shown:
            assert self.read(), self.shown
        self.shown = ""
        # The agent turns the echo off after it has asked, and throws away what was typed before.
        eventually(lambda: not termios.tcgetattr(self.master)[3] & termios.ECHO)
        time.sleep(0.2)
        os.write(self.master, text.encode() + b"\n")

    def end(self):
        while self.read():
            pass
        os.close(self.master)
        return self.process.wait(20)

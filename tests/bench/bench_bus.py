# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tests' private bus, on which the rivals may speak too."""

import pathlib
import subprocess

from bus import Bus


class BenchBus(Bus):
    def start(self):
        config = pathlib.Path(__file__).with_name("bus.conf")
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", f"--address={self.address}", "--nofork", "--nopidfile",
             "--print-address"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline(), "dbus-daemon did not start"

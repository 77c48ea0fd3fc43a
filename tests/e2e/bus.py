# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private system bus, which can be killed and started again at the same address.

It stands where the machine's would: /run is the test's own, and polkit's setuid helper looks nowhere else.
"""

import os
import pathlib
import subprocess


class Bus:
    def __init__(self):
        self.address = "unix:path=/run/dbus/system_bus_socket"
        self.environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    def start(self):
        config = pathlib.Path(__file__).with_name("bus.conf")
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", f"--address={self.address}", "--nofork", "--nopidfile",
             "--print-address"], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline(), "dbus-daemon did not start"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

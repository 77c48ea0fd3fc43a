# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon under test: in the node's network, with a root folder of its own and without CAP_SYS_TIME."""

import os
import shutil
import signal
import subprocess

from wait import PATIENCE, eventually

CAP_SYS_TIME = 1 << 25
KERNEL = "6.1.0-test-amd64"
DISTRIBUTION = "Node for tests 1.0"


class Node:
    def __init__(self, bus, network, root, folder):
        self.bus, self.network, self.client = bus, network, root
        self.root = folder / "root"
        self.log = folder / "wslnoded.log"
        self.process, self.within = None, []
        self.write("proc/sys/kernel/osrelease", KERNEL + "\n")
        self.write("etc/os-release", f'NAME=Test\nPRETTY_NAME="{DISTRIBUTION}"\n')
        for name in ("etc/wslnode", "run", "var/lib"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure(self, text):
        self.write("etc/wslnode/wslnode.conf", text)

    def spawn(self, **environment):
        """Without waiting for it."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.network.command(*self.within, "setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time",
                                     os.environ["WSLNODED"], "--root", self.root, "--log-level", "debug"),
                env=self.bus.environment | environment, stderr=log)

    def start(self, **environment):
        self.spawn(**environment)
        eventually(lambda: self.is_alive() and self.client.owner())
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert not int(self.status(name), 16) & CAP_SYS_TIME, f"{name}: the daemon could set the machine's clock"

    def is_alive(self):
        assert self.process.poll() is None, f"wslnoded ended with {self.process.returncode}:\n{self.log.read_text()}"
        return True

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(line.split()[1] for line in status if line.startswith(name + ":"))

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        self.signal(signal.SIGHUP)

    def stop(self):
        """Ends it as systemd would; a sanitizer's report makes it end with another status."""
        self.is_alive()
        self.signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        assert self.process.returncode == 0, self.log.read_text()
        self.process = None

    def restart(self):
        self.stop()
        self.start()

    def reboot(self):
        """What a machine forgets when it starts again: its processes, /run, and its links."""
        self.stop()
        self.network.replace_tunnel()
        self.network.ip("link set eth0 mtu 1500")
        shutil.rmtree(self.root / "run")
        (self.root / "run").mkdir()
        self.start()

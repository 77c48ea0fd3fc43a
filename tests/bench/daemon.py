# SPDX-License-Identifier: LGPL-2.1-or-later
"""The three daemons: ours and its rivals. Each is used as `with`, and ends with it."""

import os
import pathlib
import signal
import subprocess

from gi.repository import GLib

import stage
from client import INTERFACE, NAME, PATH, PROPERTIES
from node import Node
from wait import PATIENCE, eventually

LOG_CONTROL = "org.freedesktop.LogControl1"
HOSTNAMED = "/lib/systemd/systemd-hostnamed"
HOST = "org.freedesktop.hostname1"
HOST_PATH = "/org/freedesktop/hostname1"
MANAGER = "org.freedesktop.NetworkManager"
IP4_CONFIG = MANAGER + ".IP4Config"

# Of NetworkManager, what would touch the machine is off; the uplink it only looks at.
NETWORK_MANAGER_CONFIG = """[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
hostname-mode=none
no-auto-default=*
auth-polkit=false
[keyfile]
path={folder}/connections
"""


def wakeups(pid):
    """Of all its threads."""
    lines = [line for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status")
             for line in status.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))


def has_no_clock(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    assert not any(int(line.split()[1], 16) & 1 << 25 for line in status.splitlines() if line.startswith("Cap"))


class Ours(Node):
    """wslnoded, telling no more to its log than it does on a machine."""

    name, path, interface = NAME, PATH, INTERFACE

    def __enter__(self):
        self.start(GLIBC_TUNABLES="glibc.malloc.tcache_count=0")  # as the unit does
        self.client.call("Set", "(ssv)", LOG_CONTROL, "LogLevel", GLib.Variant("s", "info"), interface=PROPERTIES,
                         path="/org/freedesktop/LogControl1")
        return self

    def __exit__(self, *_):
        self.stop()


class Rival:
    def __init__(self, bus, network, root, folder):
        self.bus, self.network, self.client, self.folder = bus, network, root, folder

    def __enter__(self):
        with (self.folder / f"{self.name}.log").open("a") as log:
            self.process = subprocess.Popen(
                self.network.command("setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time", *self.command()),
                env=self.bus.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(lambda: self.process.poll() is None and self.client.bus("NameHasOwner", "(s)", self.name)[0])
        has_no_clock(self.process.pid)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        eventually(lambda: not self.client.bus("NameHasOwner", "(s)", self.name)[0])


class Hostnamed(Rival):
    """It ends by itself when nobody asks for 30 s, so it is started where it is needed."""

    name, path, interface = HOST, HOST_PATH, HOST

    def command(self):
        return [HOSTNAMED]


class StandIn(Rival):
    """For the two properties of systemd's manager without which hostnamectl fails."""

    name = "org.freedesktop.systemd1"

    def command(self):
        return [os.environ["BENCH_CLIENTS"] + "/bench-manager"]


class NetworkManager(Rival):
    name = MANAGER

    def command(self):
        folder = self.folder / "NetworkManager"
        if not folder.exists():
            for name in ("connections", "none", "state"):
                (folder / name).mkdir(parents=True)
            (folder / "config").write_text(NETWORK_MANAGER_CONFIG.format(folder=folder))
            stage.mount("--bind", folder / "state", "/var/lib/NetworkManager")
        # Without udev it waits for ever to be told of a link, unless /sys is read-only, as in a container.
        return ["unshare", "--mount", "sh", "-c", 'mount -t sysfs -o ro sysfs /sys && exec "$@"', "sh",
                "/usr/sbin/NetworkManager", "--no-daemon", "--config", folder / "config",
                "--config-dir", folder / "none", "--system-config-dir", folder / "none",
                "--intern-config", folder / "intern", "--state-file", folder / "state-file",
                "--pid-file", folder / "pid"]

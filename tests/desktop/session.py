# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop session: a home, a display with its window manager, and a bus on which nothing is activatable but what
a test allows."""

import os
import pathlib
import subprocess

import caller
from gi.repository import Gio, GLib

from process import Process
from wait import eventually

SERVICES = pathlib.Path("/usr/share/dbus-1/services")

CONFIG = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Session:
    def __init__(self, folder, display, system_address):
        self.folder, self.display = folder, display
        self.home, self.runtime = folder / "home", folder / "runtime"
        self.services = folder / "services"
        self.address = f"unix:path={folder}/bus"
        for path in (self.home, self.runtime, self.services):
            path.mkdir(mode=0o700)
        (folder / "bus.conf").write_text(CONFIG.format(folder=folder))
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "USER": "root", "LOGNAME": "root", "SHELL": "/bin/sh",
            "XDG_CONFIG_HOME": str(self.home / ".config"), "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_CACHE_HOME": str(self.home / ".cache"), "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_RUNTIME_DIR": str(self.runtime), "TMPDIR": str(self.runtime),
            # Our icons are where everybody finds them, as if they were installed.
            "XDG_DATA_DIRS": os.environ["WSLNODE_ICONS"] + ":/usr/local/share:/usr/share",
            "LANG": "C.UTF-8", "DISPLAY": display.name, "GDK_BACKEND": "x11",
            "DBUS_SESSION_BUS_ADDRESS": self.address, "DBUS_SYSTEM_BUS_ADDRESS": system_address,
            # No settings and no mounts of anybody's, and screen readers only where a test has one.
            "GSETTINGS_BACKEND": "memory", "GIO_USE_VFS": "local", "NO_AT_BRIDGE": "1"}
        self.start()

    def start(self):
        self.bus = Process(self.environment, self.folder / "bus.log", "dbus-daemon",
                           f"--config-file={self.folder}/bus.conf", "--nofork", "--nopidfile", "--nosyslog")
        eventually(lambda: self.bus.is_alive() and (self.folder / "bus").exists())
        self.connection = eventually(self.connect)

    def connect(self):
        """A connection of its own, or None while there is no bus."""
        try:
            return caller.connect(self.address)
        except GLib.Error:
            return None

    def kill(self):
        """The bus alone."""
        self.bus.kill()
        (self.folder / "bus").unlink(missing_ok=True)

    def restart(self):
        self.kill()
        self.start()

    def run(self, *command, check=True, **options):
        return subprocess.run(list(map(str, command)), env=self.environment, check=check, text=True,
                              capture_output=True, timeout=60, **options)

    def spawn(self, *command, name=None, **environment):
        name = name or pathlib.Path(command[0]).name
        return Process(self.environment | environment, self.folder / f"{name}.log", *command)

    def clipboard(self):
        """What was copied, as another program gets it."""
        script = ("import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gtk, Gdk; "
                  "print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text() or '', end='')")
        return self.run("/usr/bin/python3", "-W", "ignore", "-c", script).stdout

    def activatable(self, name, *command):
        """From now on the bus starts that program where the name is called."""
        line = " ".join(map(str, command))
        (self.services / f"{name}.service").write_text(f"[D-BUS Service]\nName={name}\nExec={line}\n")
        self.bus_call("ReloadConfig")

    def allow(self, name):
        """As the machine's own package makes it activatable, but not by systemd."""
        for path in SERVICES.glob("*.service"):
            lines = path.read_text().splitlines()
            if f"Name={name}" in lines:
                command, = [line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")]
                return self.activatable(name, command)
        raise AssertionError(f"{name} is not installed")

    def forbid(self, name):
        (self.services / f"{name}.service").unlink()
        self.bus_call("ReloadConfig")

    def call(self, destination, path, interface, member, arguments=None, timeout=15):
        """The answer's values; raises GLib.Error."""
        return self.connection.call_sync(destination, path, interface, member, arguments, None,
                                         Gio.DBusCallFlags.NO_AUTO_START, timeout * 1000, None).unpack()

    def bus_call(self, member, arguments=None):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, arguments)

    def get(self, destination, path, interface):
        """All properties of an interface."""
        return self.call(destination, path, "org.freedesktop.DBus.Properties", "GetAll",
                         GLib.Variant("(s)", (interface,)))[0]

    def owner(self, name):
        try:
            return self.bus_call("GetNameOwner", GLib.Variant("(s)", (name,)))[0]
        except GLib.Error:
            return None

    def names(self):
        return self.bus_call("ListNames")[0]

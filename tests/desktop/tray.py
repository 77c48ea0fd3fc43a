# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tray under test, and what it costs."""

import os
import pathlib
import re

from wait import eventually
from watcher import Item

APPLICATION = "org.wslnode.Tray"
# The name in the class of its windows.
CLASS = "^org.wslnode.Tray$"
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


# What GTK says of every icon in a tray of X11's, and nobody can help.
KNOWN = "gdk_window_thaw_toplevel_updates: assertion"
# What its bridge to AT-SPI says where something is asked for that has just gone.
KNOWN_OF_ACCESS = ("atk_state_set_contains_state: assertion", "g_object_unref: assertion 'G_IS_OBJECT (object)'")


class Tray:
    """What its libraries complain of fails the test."""

    def __init__(self, session):
        self.session, self.process = session, None
        # What else they may complain of, because the test does it.
        self.known = [KNOWN]
        self.program = os.environ["WSLNODE_TRAY"]
        self.environment = {name: os.environ[name] for name in SANITIZERS if name in os.environ}

    def spawn(self, *arguments, **environment):
        """Without waiting for it."""
        if environment.get("NO_AT_BRIDGE") == "0":
            self.known = [*self.known, *KNOWN_OF_ACCESS]
        self.process = self.session.spawn(self.program, *arguments, name="wslnode-tray",
                                          **self.environment | environment)

    def start(self, *arguments, **environment):
        self.spawn(*(arguments or ["--background"]), **environment)
        eventually(lambda: self.is_alive() and self.session.owner(APPLICATION))

    def again(self, *arguments, code=0):
        """A second start of the program, which speaks to the first and ends."""
        saved = self.session.environment
        self.session.environment = saved | self.environment
        try:
            done = self.session.run(self.program, *arguments, check=False)
        finally:
            self.session.environment = saved
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process.is_alive()

    def is_running(self):
        return self.process is not None and not self.process.has_ended()

    def log(self):
        path = self.session.folder / "wslnode-tray.log"
        return path.read_text(errors="replace") if path.exists() else "the tray was never started"

    def complaints(self):
        """Of the libraries, about what the tray did wrong."""
        return [line for line in self.log().splitlines()
                if re.search(r"CRITICAL \*\*|(Gtk|Gdk|GLib|Atk)\S*-WARNING \*\*", line)
                and not any(known in line for known in self.known)]

    def stop(self):
        """Ends it as a user would; a sanitizer's report makes it end with another status."""
        self.is_alive()
        self.again("--quit")
        self.ended()

    def ended(self, code=0):
        """It ends by itself."""
        process, self.process = self.process, None
        assert process.process.wait(30) == code, process.text()

    def kill(self):
        if self.process:
            self.process.kill()

    def configure(self, text):
        """The user's settings."""
        folder = self.session.home / ".config/wslnode"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tray.conf").write_text(text)

    def item(self):
        """Its icon, as a host would know it; waited for."""
        name = f"org.kde.StatusNotifierItem-{self.pid}-1"
        eventually(lambda: self.is_alive() and self.session.owner(name))
        return Item(self.session, name)

    def window(self):
        """Its main window, waited for."""
        return self.session.display.window(name="^wslnode")

    def windows(self):
        return self.session.display.windows(name="^wslnode")

    def all_windows(self):
        """With its dialogs."""
        return self.session.display.windows(classname=CLASS)

    def unique_name(self, root):
        """Of its connection to the system bus, which a forger would find out as well."""
        def named():
            for name in root.bus("ListNames")[0]:
                if name.startswith(":") and root.bus("GetConnectionUnixProcessID", "(s)", name)[0] == self.pid:
                    return name
            return None
        return eventually(named)

    # What it costs.

    def memory(self, name="Private_Dirty"):
        """In bytes; also Rss, Pss."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) * 1024

    def wakeups(self):
        """How often its threads went to sleep so far."""
        return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M).group(1))
                   for status in pathlib.Path(f"/proc/{self.pid}/task").glob("*/status"))

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

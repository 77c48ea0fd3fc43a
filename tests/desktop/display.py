# SPDX-License-Identifier: LGPL-2.1-or-later
"""A screen that nobody sees: Xvfb and, unless a test wants none, xfwm4 as its window manager."""

import os
import re
import subprocess

from process import Process
from wait import eventually

WIDTH, HEIGHT = 1024, 768


class Picture:
    """What the screen showed, as RGB."""

    def __init__(self, data):
        assert len(data) == WIDTH * HEIGHT * 3
        self.data = data

    def pixel(self, x, y):
        start = (y * WIDTH + x) * 3
        return tuple(self.data[start:start + 3])

    def crop(self, x, y, width, height):
        return [self.data[(row * WIDTH + x) * 3:(row * WIDTH + x + width) * 3] for row in range(y, y + height)]

    def difference(self, other, region=(0, 0, WIDTH, HEIGHT)):
        """How many pixels of the region are not the same."""
        return sum(a[i:i + 3] != b[i:i + 3]
                   for a, b in zip(self.crop(*region), other.crop(*region)) if a != b
                   for i in range(0, len(a), 3))

    def colours(self, region):
        """The region's colours, most frequent first."""
        count = {}
        for row in self.crop(*region):
            for i in range(0, len(row), 3):
                count[row[i:i + 3]] = count.get(row[i:i + 3], 0) + 1
        return {tuple(colour): n for colour, n in sorted(count.items(), key=lambda item: -item[1])}


class Window:
    """A top-level window, by its id."""

    def __init__(self, display, number):
        self.display, self.number = display, number

    def properties(self, *names):
        done = self.display.run("xprop", "-id", str(self.number), *names, check=False)
        return done.stdout

    def exists(self):
        return self.display.run("xprop", "-id", str(self.number), "WM_CLASS", check=False).returncode == 0

    def title(self):
        match = re.search(r'= "(.*)"', self.properties("_NET_WM_NAME"))
        return match.group(1) if match else ""

    def is_shown(self):
        done = self.display.run("xwininfo", "-id", str(self.number), check=False)
        return "Map State: IsViewable" in done.stdout

    def is_iconified(self):
        return "window state: Iconic" in self.properties("WM_STATE")

    def icons(self):
        """The sizes of the pictures that it brings for the taskbar."""
        found = re.findall(r"Icon \((\d+) x (\d+)\)", self.properties("_NET_WM_ICON"))
        return [(int(width), int(height)) for width, height in found]

    def region(self):
        text = self.display.run("xwininfo", "-id", str(self.number)).stdout
        return tuple(int(re.search(pattern + r":\s+(-?\d+)", text).group(1))
                     for pattern in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height"))

    def focus(self):
        self.display.run("xdotool", "windowactivate", "--sync", str(self.number))

    def iconify(self):
        self.display.run("xdotool", "windowminimize", str(self.number))

    def close(self):
        """As a person does it: by the window manager's key."""
        self.focus()
        self.display.key("alt+F4")


class Display:
    def __init__(self, folder):
        read, write = os.pipe()
        # Without a lock file; its socket lies in a /tmp that is the test run's own.
        self.server = Process(os.environ, folder / "xvfb.log", "Xvfb", "-displayfd", write, "-screen", "0",
                              f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-nolock", "-noreset", pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as ready:
            number = ready.readline().strip()
        assert number, self.server.text()
        self.name = f":{number}"
        self.environment = os.environ | {"DISPLAY": self.name, "LC_ALL": "C.UTF-8"}

    def run(self, *command, check=True, **options):
        return subprocess.run(command, env=self.environment, check=check, text=True, capture_output=True, timeout=60,
                              **options)

    def is_managed(self):
        """A window manager is at work."""
        return "window id" in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK", check=False).stdout

    def picture(self):
        return Picture(subprocess.run(["import", "-window", "root", "-depth", "8", "rgb:-"], env=self.environment,
                                      check=True, capture_output=True, timeout=60).stdout)

    def screenshot(self, path, region=None):
        crop = ["-crop", "{2}x{3}+{0}+{1}".format(*region), "+repage"] if region else []
        self.run("import", "-window", "root", *crop, str(path))

    def still(self, timeout=15):
        """The picture once it does not change any more."""
        last = None

        def same():
            nonlocal last
            before, last = last, self.picture()
            return before is not None and before.data == last.data
        eventually(same, timeout)
        return last

    def search(self, search):
        (kind, pattern), = search.items()
        done = self.run("xdotool", "search", "--" + kind.rstrip("_"), pattern, check=False)
        return [Window(self, int(line)) for line in done.stdout.split()]

    def windows(self, **search):
        """Those that the window manager has, iconified or not, by name=, class_= or classname="regex"."""
        managed = self.run("xprop", "-root", "_NET_CLIENT_LIST").stdout
        numbers = [int(number, 16) for number in re.findall(r"0x[0-9a-f]+", managed)]
        return [window for window in self.search(search) if window.number in numbers]

    def popups(self, **search):
        """Menus, notifications and icons in a tray: shown without the window manager."""
        managed = [window.number for window in self.windows(**search)]
        return [window for window in self.search(search) if window.number not in managed and window.is_shown()]

    def window(self, **search):
        """The one window, waited for."""
        found = eventually(lambda: self.windows(**search))
        assert len(found) == 1, [w.title() for w in found]
        return found[0]

    def click(self, x, y, button=1):
        self.run("xdotool", "mousemove", str(x), str(y), "click", str(button))

    def key(self, *names):
        self.run("xdotool", "key", *names)

    def type(self, text):
        self.run("xdotool", "type", text)

    def kill(self):
        self.server.kill()

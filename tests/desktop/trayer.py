# SPDX-License-Identifier: LGPL-2.1-or-later
"""trayer in the lower right corner: a system tray of the old kind (XEmbed)."""

import re

from wait import eventually


class Trayer:
    def __init__(self, session):
        self.session, self.process = session, None

    def start(self):
        self.process = self.session.spawn("trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request",
                                          "--heighttype", "pixel", "--height", "24", "--tint", "0xc0c0c0",
                                          "--transparent", "false")
        eventually(lambda: self.process.is_alive() and self.tree())

    def kill(self):
        self.process.kill()
        self.process = None

    def tree(self):
        return self.session.display.run("xwininfo", "-name", "panel", "-tree", check=False).stdout

    def icons(self):
        """Regions on the screen of the icons that it shows, by the name of their window."""
        found = re.findall(r'"(.*)": \(.*\)\s+(\d+)x(\d+)\+\S+\s+\+(-?\d+)\+(-?\d+)', self.tree())
        return {name: (int(x), int(y), int(width), int(height)) for name, width, height, x, y in found}

    def region(self):
        """Of the only icon, once it stands still."""
        last = None

        def same():
            nonlocal last
            before, last = last, self.icons()
            return len(last) == 1 and before == last
        eventually(same)
        return next(iter(last.values()))

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real polkitd, on the private bus."""

import subprocess

from wait import eventually

POLKIT = "org.freedesktop.PolicyKit1"


class Polkit:
    def __init__(self, bus, root):
        self.process = subprocess.Popen(["/usr/lib/polkit-1/polkitd", "--no-debug"], env=bus.environment)
        eventually(lambda: root.bus("NameHasOwner", "(s)", POLKIT)[0])

    def stop(self):
        self.process.terminate()
        self.process.wait()

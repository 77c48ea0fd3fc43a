# SPDX-License-Identifier: LGPL-2.1-or-later
"""A powershell.exe that keeps what it is given, and hangs, floods or fails where a test wants it."""

import json

SCRIPT = '''#!/usr/bin/python3
import json, os, pathlib, sys, time

folder = pathlib.Path({folder!r})
mode = (folder / "mode").read_text()
number = len(list(folder.glob("*.start")))
run = folder / f"{{number:04}}"
run.with_suffix(".starting").write_text(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ), os.getpid()]))
run.with_suffix(".starting").rename(run.with_suffix(".start"))
if mode == "deaf":
    time.sleep(1000)
run.with_suffix(".partial").write_bytes(sys.stdin.buffer.read())
run.with_suffix(".partial").rename(run.with_suffix(".stdin"))
if mode == "hang":
    if os.fork() == 0:
        time.sleep(1000)
    time.sleep(1000)
while mode == "flood":
    sys.stdout.write("x" * 65536)
    sys.stderr.write("y" * 65536)
if mode == "fail":
    sys.exit("New-Object : Cannot find type [Windows.UI.Notifications.ToastNotificationManager].")
'''


class PowerShell:
    """Modes: "" does as asked, "hang" with a child that hangs too, "deaf" never reads, "flood", "fail"."""

    def __init__(self, folder):
        self.folder = folder / "powershell"
        self.folder.mkdir()
        self.path = self.folder / "powershell.exe"
        self.path.write_text(SCRIPT.format(folder=str(self.folder)))
        self.path.chmod(0o755)
        self.set("")

    def set(self, mode):
        (self.folder / "mode").write_text(mode)

    def starts(self):
        """(arguments, working folder, environment, pid) of each run."""
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.start"))]

    def inputs(self):
        """What each run was given on its standard input, in bytes."""
        return [path.read_bytes() for path in sorted(self.folder.glob("*.stdin"))]

    def data(self):
        """The JSON of each run, which is the last line."""
        return [json.loads(text.decode().rstrip("\n").rpartition("\n")[2]) for text in self.inputs()]

    def scripts(self):
        """The scripts before the JSON; there should be only one."""
        return {text.decode().rstrip("\n").rpartition("\n")[0] for text in self.inputs()}

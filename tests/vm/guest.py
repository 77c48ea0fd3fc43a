# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the scenarios do in a machine."""

import base64
import functools
import json
import pathlib
import time

from machine import Failed, Result

BUS = ["org.wslnode.Node1", "/org/wslnode/Node1", "org.wslnode.Node1"]
DRY_RUN, FORCE, PERSIST = 1, 2, 4
PATIENCE = 60
# With one command: systemd alone takes 5 s to read its units again where three machines share two processors.
COMMAND_PATIENCE = 180


class Refused(Result):
    """An error in place of an answer: whoever waits for what the answer would hold asks again."""

    def __init__(self, result):
        self.__dict__.update(vars(result))

    def __getitem__(self, key):
        raise Failed(repr(self))


class Guest:
    def __init__(self, machine):
        self.machine = machine
        self.run = functools.partial(machine.run, timeout=COMMAND_PATIENCE)
        self.try_ = functools.partial(machine.try_, timeout=COMMAND_PATIENCE)
        self.write = machine.write

    def put(self, path, target):
        """A file from here; the agent's port carries text."""
        data = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
        self.run("sh", "-ec", f"base64 -d > {target}", input=data)

    def install(self, package):
        self.run("dpkg", "-i", package, timeout=600, env={"DEBIAN_FRONTEND": "noninteractive"})

    def eventually(self, check, timeout=PATIENCE):
        """The first true value of check(); its last value, or what it raised, explains why there was none."""
        end, pause = time.monotonic() + timeout, 0.2
        while True:
            try:
                if value := check():
                    return value
                failure = Failed(f"not within {timeout} s; the last value was {value!r}")
            except (AssertionError, LookupError) as e:  # what is not there yet, too
                failure = e
            if time.monotonic() > end:
                raise failure
            time.sleep(pause)
            # Each look keeps an emulated processor busy, and here they are shared.
            pause = min(1, 1.25 * pause)

    def settles(self, check, wanted, timeout=PATIENCE):
        def equal():
            value = check()
            assert value == wanted
            return True
        self.eventually(equal, timeout)

    def busctl(self, *arguments, user=None):
        """A call as busctl makes it, with its answer as JSON; where it fails, it is Refused."""
        result = self.try_("busctl", "--system", "--json=short", "--timeout=60", *map(str, arguments), user=user)
        return json.loads(result.out) if result.status == 0 and result.out.strip() else Refused(result)

    def get(self, name):
        return self.busctl("get-property", *BUS, name)["data"]

    def call(self, method, signature, *arguments, user=None):
        return self.busctl("call", *BUS, method, signature, *arguments, user=user)

    def diagnose(self):
        """The checks by name, when all is measured: not within 10 s is an error, which says to ask again."""
        checks = self.eventually(lambda: self.call("Diagnose", "")["data"])[0]
        return {check["id"]["data"]: check for check in checks}

    def set_mtu(self, link, mtu, flags=0, user=None):
        return self.call("SetMTU", "sut", link, mtu, flags, user=user)

    def error(self, method, signature, *arguments, user, interactive=False):
        """The name of the error; gdbus tells it, busctl shows its own words for some."""
        words = ["gdbus", "call", "--system", "--timeout", "60", *(["--interactive"] if interactive else []),
                 "-d", BUS[0], "-o", BUS[1], "-m", f"{BUS[2]}.{method}", "--", *map(str, arguments)]
        result = self.try_(*words, user=user)
        if result.status == 0:
            return None
        return result.err.split("GDBus.Error:", 1)[-1].split(": ", 1)[0]

    def findings(self):
        return sorted((finding["id"]["data"], finding["subject"]["data"]) for finding in self.get("Findings"))

    def mtu(self, link):
        return json.loads(self.run("ip", "-j", "link", "show", "dev", link))[0]["mtu"]

    def changes(self):
        """Newest first."""
        listed = self.call("ListChanges", "tu", 0, 100)["data"][0]
        return [{key: value["data"] for key, value in change.items()} for change in listed]

    def main_pid(self):
        return int(self.run("systemctl", "show", "--property=MainPID", "--value", "wslnoded.service"))

    def active(self):
        return self.try_("systemctl", "is-active", "wslnoded.service").out.strip()

    def add_tunnel(self, name, mtu=1420):
        self.run(f"ip link add {name} type wireguard && ip link set {name} mtu {mtu} && ip link set {name} up")

    def keep_journal(self):
        """Beside the console's log, for a scenario that fails."""
        if self.machine.process and self.machine.process.poll() is None:
            try:
                journal = self.try_("journalctl -b --no-pager | tail -300", timeout=20).out
                (self.machine.folder / "journal.log").write_text(journal)
            except (Failed, OSError):
                pass

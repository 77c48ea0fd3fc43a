# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tailscale in Windows, which its own program tells through interop."""

import json
import subprocess

import pytest

import stage
from tailscaled import Tailscaled, recorded_bus, recorded_status
from wait import eventually, settles
from windows import Windows

TAILSCALE = "Program Files/Tailscale/tailscale.exe"
EXE = b"MZ\x90\0 This program cannot be run in DOS mode."
CALL = ["tailscale.exe", "tailscale.exe status --json --peers=false", "unset", "/mnt/c/Program Files/Tailscale"]


def says(state, **more):
    return "cat <<'END'\n" + json.dumps({"Version": "1.80.0-t1", "TUN": True, "BackendState": state} | more) + "\nEND"


@pytest.fixture
def make(asleep, folder):
    made = []

    def make(files):
        made.append(Windows(asleep, folder, files))
        return made[0]
    yield make
    if asleep.process:
        asleep.stop()
    for windows in made:
        windows.end()


@pytest.fixture
def windows(make):
    return make({TAILSCALE: EXE})


def said(ctl):
    done = subprocess.run([stage.program("WSLNODECTL"), "vpn"], env=ctl.environment, text=True, capture_output=True,
                          check=True)
    return done.stdout, done.stderr


def word(root):
    return root.get("WindowsTailscale")


def findings(root):
    return {key[0]: value for key, value in root.findings().items() if key[0] in ("tailscale-twice", "windows-silent")}


def called(windows, root_folder):
    """Each as from the node's own root."""
    return [call[:3] + [call[3].removeprefix(str(root_folder))] for call in windows.calls()]


def test_asked_once_after_the_start(asleep, windows, root, ctl):
    windows.behave(says("Running"))
    asleep.start()
    settles(lambda: word(root), "running")
    assert called(windows, asleep.root) == [CALL]
    assert root.get("Interop") == "usable"
    assert findings(root) == {}
    assert said(ctl) == ("Tailscale in Windows: running\n", "There is no VPN tunnel.\n")
    assert ctl.json("vpn")["WindowsTailscale"] == "running"


def test_asked_again_when_somebody_wants_to_know(asleep, windows, root):
    windows.behave(says("Running"))
    asleep.start()
    settles(lambda: word(root), "running")
    signals = root.listen()
    windows.behave(says("NeedsLogin"))
    root.call("Diagnose")
    assert word(root) == "needs-login"
    eventually(lambda: signals.of("PropertiesChanged"))
    windows.behave(says("Stopped"))
    asleep.reload()
    settles(lambda: word(root), "stopped")
    assert len(windows.calls()) == 3


def test_there_is_none(make, asleep, root, ctl):
    windows = make({"Windows/System32/cmd.exe": EXE})
    asleep.start()
    settles(lambda: word(root), "absent")
    assert windows.calls() == []
    assert said(ctl) == ("", "There is no VPN tunnel.\n")


@pytest.mark.parametrize("mode, severity, told", [("mirrored", "warning", "41641"), ("nat", "info", "1280")])
def test_tailscale_twice(asleep, network, windows, root, ctl, mode, severity, told):
    if mode == "mirrored":
        network.ip("tuntap add dev loopback0 mode tap")
    windows.behave(says("Running"))
    here = Tailscaled(asleep, recorded_bus("1.80"), recorded_status("1.80")).start()
    asleep.start()
    settles(lambda: {key: value["severity"] for key, value in findings(root).items()}, {"tailscale-twice": severity})
    assert root.get("NetworkingMode") == mode
    assert told in findings(root)["tailscale-twice"]["cause"]
    shown = ctl("vpn")
    assert "Tailscale in Windows: running" in shown and "at once" in shown
    windows.behave(says("Stopped"))
    asleep.reload()
    settles(lambda: findings(root), {})
    here.stop()


@pytest.mark.parametrize("behaviour, error", [
    ("exec cat /dev/zero", "tailscale.exe says more than a megabyte"),
    ("echo Tailscale is stopped.", "tailscale.exe says what is no status of Tailscale's"),
    ("kill -9 $$", "tailscale.exe was killed"),
    (says("Running").replace("cat", "head -c 20", 1), "tailscale.exe says what is no status of Tailscale's"),
], ids=["flood", "garbage", "killed", "torn"])
def test_no_answer(asleep, windows, root, behaviour, error):
    windows.behave(behaviour)
    asleep.start()
    settles(lambda: list(findings(root)), ["windows-silent"])
    finding = findings(root)["windows-silent"]
    assert (finding["severity"], finding["params"]["error"]) == ("info", error)
    assert word(root) == "unknown"
    windows.behave(says("Running"))
    root.call("Diagnose")
    assert (word(root), findings(root)) == ("running", {})


def test_an_exit_code(asleep, windows, root):
    windows.behave(says("Running") + "\nexit 1")
    asleep.start()
    eventually(windows.calls)
    settles(lambda: (word(root), findings(root)), ("unknown", {}))


def test_one_that_hangs(asleep, windows, root):
    """The daemon answers meanwhile, and after 15 s it is given up with all that it started."""
    windows.behave("sleep 1000 & exec sleep 1000")
    asleep.start()
    eventually(windows.calls)
    assert word(root) == "unknown" and findings(root) == {}
    root.call("Diagnose")
    eventually(lambda: findings(root), 25)
    assert findings(root)["windows-silent"]["params"]["error"] == "tailscale.exe did not end within 15 s"
    assert len(windows.calls()) == 1


def test_only_a_program_of_windows(make, asleep, root):
    windows = make({TAILSCALE: b"#!/bin/sh\nexit 0\n"})
    asleep.start()
    settles(lambda: list(findings(root)), ["windows-silent"])
    assert findings(root)["windows-silent"]["params"]["error"] == "tailscale.exe cannot be run through interop"
    assert windows.calls() == []


def test_only_on_a_drive_of_windows(make, asleep, root):
    """The folder of that name that is left over, say, where no drive is mounted."""
    asleep.write("etc/wsl.conf", "[automount]\nroot=/win\n")
    windows = make({})
    place = asleep.root / "win/c/Program Files/Tailscale"
    place.mkdir(parents=True)
    (place / "tailscale.exe").write_bytes(EXE)
    asleep.start()
    settles(lambda: list(findings(root)), ["windows-silent"])
    assert findings(root)["windows-silent"]["params"]["error"] == "tailscale.exe is not on a drive of Windows"
    assert windows.calls() == []

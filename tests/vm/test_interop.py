# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tailscale in Windows, asked by the unit as it is installed: through the kernel's binfmt_misc, on a drive."""

import json
import pathlib

import pytest

WINDOWS = pathlib.Path(__file__).parents[1] / "e2e/windows.py"
FOLDER = "/mnt/c/Program Files/Tailscale"
DRIVE = f"""
import pathlib, threading, windows
windows.Drive(pathlib.Path("/mnt/c"), {{"{FOLDER.removeprefix('/mnt/c/')}/tailscale.exe": b"MZ" + bytes(100)}})
threading.Event().wait()
"""


@pytest.fixture
def windows(node):
    """With a drive of its own, whose program is answered for by what stands for Windows."""
    node.put(WINDOWS, "/usr/lib/dress/windows.py")
    node.write("/usr/lib/dress/drive.py", DRIVE)
    node.run("modprobe fuse; systemd-run --unit=drive python3 /usr/lib/dress/drive.py")
    node.eventually(lambda: node.try_(f"test -e '{FOLDER}/tailscale.exe'").status == 0)
    return node


def say(node, state):
    node.write("/run/windows/tailscale.json", json.dumps({"Version": "1.80.0", "BackendState": state}))


def calls(node):
    """[WSL_INTEROP, folder, arguments …] of each."""
    return [line.split("\t")[2:] for line in node.run("cat /run/windows/calls").splitlines()
            if line.split("\t")[1] == "tailscale.exe"]


def running(node):
    return node.try_("pgrep -f '^tailscale.exe |^/init .*tailscale'").status == 0


def test_tailscale_in_windows(windows):
    say(windows, "Running")
    windows.run(": > /run/windows/calls; systemctl restart wslnoded.service")
    windows.settles(lambda: windows.get("WindowsTailscale"), "running")
    assert calls(windows) == [["WSL_INTEROP=unset", FOLDER, "status", "--json", "--peers=false"]]
    assert "Tailscale in Windows: running" in windows.run("wslnodectl vpn 2>&1")
    say(windows, "Stopped")
    # It asks the program, and waits for it no longer than 6 s.
    windows.call("Diagnose", "")
    windows.settles(lambda: windows.get("WindowsTailscale"), "stopped")
    windows.run("rm /run/windows/tailscale.json; systemctl reload wslnoded.service")
    windows.settles(lambda: windows.get("WindowsTailscale"), "unknown")
    assert ("windows-silent", "tailscale.exe") not in windows.findings()


@pytest.mark.parametrize("knob, error", [("hang", "did not end within 15 s"), ("flood", "more than a megabyte")])
def test_windows_misbehaves(windows, knob, error):
    windows.run(f"touch /run/windows/{knob}.tailscale.exe; systemctl restart wslnoded.service")
    assert windows.get("Uplink") == "eth0"
    windows.settles(lambda: windows.findings(), [("windows-silent", "tailscale.exe")])
    told = next(finding for finding in windows.get("Findings") if finding["id"]["data"] == "windows-silent")
    assert error in told["params"]["data"]["error"]["data"]
    windows.eventually(lambda: not running(windows))
    windows.run(f"rm /run/windows/{knob}.tailscale.exe")
    say(windows, "Running")
    windows.run("systemctl reload wslnoded.service")
    windows.settles(lambda: (windows.get("WindowsTailscale"), windows.findings()), ("running", []))

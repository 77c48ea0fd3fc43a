# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon makes of WSL's states; each is read again at a reload."""

import pytest

WSL1 = "4.4.0-19041-Microsoft"
PLAIN = "6.12.48+deb13-cloud-amd64"


def reload(node, *lines):
    node.run("set -e; " + "; ".join(lines) + "; systemctl reload wslnoded.service")


def restart(node, *lines):
    """The name of the kernel belongs to a namespace that the unit got at its start."""
    node.run("set -e; " + "; ".join(lines) + "; systemctl restart wslnoded.service")


def release(name):
    return f"printf %s '{name}' > /sys/module/wslguest/parameters/release"


def asking(node):
    """By its arguments: what was started through an opened file is not called wslinfo."""
    return node.try_("pgrep -f '^wslinfo '").status == 0


def told(node, mode):
    """Until the second question is answered, too. wslinfo has 5 s, and the service does not ask again by itself."""
    def tells():
        reload(node, f"echo {mode} > /run/windows/networking-mode")
        node.settles(lambda: node.get("NetworkingMode"), mode, timeout=30)
        return True
    node.eventually(tells, timeout=90)
    node.eventually(lambda: not asking(node))


@pytest.mark.parametrize("mode", ["nat", "mirrored", "virtioproxy"])
def test_mode(node, mode):
    """As wslinfo says it: the links alone would say nat each time, so that comes after another word."""
    if mode == "nat":
        told(node, "mirrored")
    told(node, mode)


def test_mirrored_falls_back_to_nothing(node):
    reload(node, "echo mirrored > /run/windows/networking-mode", "ip link del eth0")
    node.settles(lambda: node.get("NetworkingMode"), "none")
    assert (node.get("Uplink"), node.get("Address")) == ("", "")
    assert node.findings() == [("no-uplink", "")]


def test_wslinfo_that_hangs(node):
    """The daemon answers meanwhile, ends it, and judges by the links, not by what it heard before."""
    told(node, "mirrored")
    reload(node, "touch /run/windows/hang.wslinfo")
    node.eventually(lambda: asking(node))
    assert node.get("Uplink") == "eth0"
    node.eventually(lambda: not asking(node))
    node.settles(lambda: node.get("NetworkingMode"), "nat")


@pytest.mark.parametrize("interop, line", [
    ("disabled", "echo 0 > /proc/sys/fs/binfmt_misc/WSLInterop"),
    ("broken", "rm /run/WSL/1_interop /run/WSL/2_interop"),
    ("broken", "echo -1 > /proc/sys/fs/binfmt_misc/WSLInterop"),
], ids=["disabled", "dead", "flushed"])
def test_interop(node, interop, line):
    assert node.get("Interop") == "usable"
    reload(node, line)
    node.settles(lambda: node.get("Interop"), interop)


@pytest.mark.parametrize("platform, lines", [
    ("wsl1", [release(WSL1)]),
    ("wsl2-container", ["systemctl stop dress-interop.socket", "umount /mnt/wsl", "rm -r /run/WSL /mnt/wsl"]),
    ("linux", [release(PLAIN), "systemctl stop dress-interop.socket", "rm -r /run/WSL"]),
], ids=["wsl1", "container", "linux"])
def test_platform(node, platform, lines):
    assert node.get("Platform") == "wsl2"
    restart(node, *lines)
    node.settles(lambda: node.get("Platform"), platform)
    assert node.get("Interop") == "absent"
    assert node.get("Uplink") == "eth0"

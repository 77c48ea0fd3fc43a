# SPDX-License-Identifier: LGPL-2.1-or-later
"""The package: what installing, upgrading and removing it does, and what it leaves."""

import pytest

import package
from guest import PERSIST

CONFIGURATION = "/etc/wslnode/wslnode.conf"
STATE = "/var/lib/wslnode"


def deb(packages, version=None):
    found = [path for path in packages.glob("wslnode_*.deb") if (package.NEXT_VERSION in path.name) == bool(version)]
    assert len(found) == 1, found
    return found[0]


def test_install(bare, packages):
    bare.put(deb(packages), "/var/tmp/wslnode.deb")
    bare.install("/var/tmp/wslnode.deb")
    assert bare.run("systemctl is-enabled wslnoded.service").strip() == "enabled"
    assert bare.active() == "active"
    assert bare.get("Uplink") == "eth0"
    assert bare.run("getent group wslnode").startswith("wslnode:x:")
    assert "org.wslnode.node1.override" in bare.run("pkaction")
    assert "Uplink:" in bare.run("wslnodectl", user="stranger")
    # All that it brings is its own, and nothing of it can be changed by others.
    assert bare.run("dpkg --verify wslnode") == ""
    files = "dpkg -L wslnode | xargs -d '\\n' stat -c '%A %U %n'"
    assert [line for line in bare.run(files).splitlines()
            if line.split()[1] != "root" or "w" in line[4:10] and line[0] != "l"] == []


@pytest.fixture
def lived_in(node):
    """A configuration, a wish for good and one until the next start, each with its entry in the log."""
    node.add_tunnel("wg0")
    node.add_tunnel("wg1")
    node.write(CONFIGURATION, "[Node]\nMTU=wg1:1300\n")
    node.run("systemctl reload wslnoded.service")
    node.settles(lambda: node.mtu("wg1"), 1300)
    assert node.set_mtu("wg0", 1310, PERSIST)["data"][0] > 0
    assert node.set_mtu("wg1", 1320)["data"][0] > 0
    return node


def kept(node):
    wanted = sorted((wish["target"]["data"], wish["value"]["data"]) for wish in node.get("Wanted"))
    return wanted, node.changes(), node.run("cat", CONFIGURATION), node.mtu("wg0"), node.mtu("wg1")


def test_upgrade_keeps_everything(lived_in, packages):
    node = lived_in
    before, pid = kept(node), node.main_pid()
    assert before[0] == [("wg0", 1310), ("wg1", 1320)] and len(before[1]) == 2
    node.put(deb(packages, package.NEXT_VERSION), "/var/tmp/next.deb")
    node.install("/var/tmp/next.deb")
    assert package.NEXT_VERSION in node.run("dpkg-query -W -f '${Version}' wslnode")
    assert node.active() == "active" and node.main_pid() != pid
    assert kept(node) == before


def remove(node, how="--remove"):
    return node.run("dpkg", how, "wslnode", env={"DEBIAN_FRONTEND": "noninteractive"}, timeout=600)


def test_remove_leaves_what_was_done_and_purge_the_users_files(lived_in):
    node = lived_in
    pid = node.main_pid()
    remove(node)
    assert node.try_(f"test -e /proc/{pid}").status == 1
    assert node.active() != "active"
    assert node.try_("busctl", "call", "org.wslnode.Node1", "/", "org.freedesktop.DBus.Peer", "Ping").status != 0
    assert (node.mtu("wg0"), node.mtu("wg1")) == (1310, 1320)
    assert node.run(f"ls {STATE}").split() == ["changes", "wanted"]
    remove(node, "--purge")
    assert node.try_(f"test -e {STATE}").status == 1
    assert node.try_("test -e /run/wslnode").status == 1
    assert "wg1:1300" in node.run("cat", CONFIGURATION)
    assert node.run("systemctl --failed --no-legend").strip() == ""


def test_remove_takes_back_what_was_done_when_told_so(lived_in):
    node = lived_in
    node.run("debconf-set-selections", input="wslnode wslnode/undo-changes boolean true\n")
    # The question is asked anew; a user who has answered it once in advance is not asked.
    told = remove(node)
    assert node.mtu("wg0") == 1420, told
    assert node.mtu("wg1") == 1300  # as the configuration wants it
    remove(node, "--purge")


def test_lintian(packages):
    said = package.lint(packages)
    assert "status=0" in said, said
    assert not [line for line in said.splitlines() if line.startswith(("E:", "W:"))], said
    print(said)


def test_rpm():
    built = package.build_rpm()
    main = next(files for name, files in built.items() if name.startswith("wslnode-0"))
    for path in ("/usr/libexec/wslnode/wslnoded", "/usr/bin/wslnodectl", "/usr/lib/systemd/system/wslnoded.service",
                 "/usr/share/dbus-1/system.d/org.wslnode.Node1.conf", "/usr/share/polkit-1/rules.d/50-wslnode.rules",
                 "/usr/lib/sysusers.d/wslnode.conf", "/usr/share/man/man1/wslnodectl.1"):
        assert path in main, main
    tray = next(files for name, files in built.items() if name.startswith("wslnode-tray-0"))
    for path in ("/usr/bin/wslnode-tray", "/usr/lib/systemd/user/wslnode-tray.service",
                 "/usr/share/applications/org.wslnode.Tray.desktop", "/usr/share/man/man1/wslnode-tray.1",
                 "/usr/share/icons/hicolor/16x16/status/wslnode-ok.png",
                 "/usr/share/locale/de/LC_MESSAGES/wslnode.mo"):
        assert path in tray, tray

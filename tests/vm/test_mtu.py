# SPDX-License-Identifier: LGPL-2.1-or-later
"""WSL-like resets of MTUs, on the kernel's own WireGuard."""

import time

JOURNAL = "journalctl --sync && journalctl -b --no-pager -u wslnoded.service"
PUT_BACK = JOURNAL + " | grep -c 'MTU put back'"


def test_windows_lowers_the_uplink(node):
    """As NatNetworking::UpdateMtu does when a VPN comes up in Windows: news, and no fight."""
    node.add_tunnel("wg0")
    assert node.set_mtu("eth0", 1480)["data"][0] > 0
    node.run("ip link set eth0 mtu 1280")
    node.settles(node.findings, [("tunnel-too-big", "wg0"), ("wanted-mtu-lost", "eth0")])
    time.sleep(2)
    assert node.mtu("eth0") == 1280
    assert node.call("Mend", "sst", "wanted-mtu-lost", "eth0", 0)["data"][0] > 0
    assert node.mtu("eth0") == 1480
    node.settles(node.findings, [])


def test_tunnel_is_put_back(node):
    node.add_tunnel("wg0")
    node.set_mtu("wg0", 1280)
    node.run("ip link set wg0 mtu 1420")
    node.settles(lambda: node.mtu("wg0"), 1280)
    # A tunnel that comes anew, as wg-quick makes it, gets what was asked for.
    node.run("ip link del wg0")
    node.add_tunnel("wg0")
    node.settles(lambda: node.mtu("wg0"), 1280)
    node.settles(node.findings, [])
    assert "MTU put back to 1280" in node.run(JOURNAL)


def test_fight_is_left(node):
    node.add_tunnel("wg0")
    node.set_mtu("wg0", 1280)
    node.run("systemd-run --unit=other sh -c 'while sleep 1; do ip link set wg0 mtu 1420; done'")
    node.settles(node.findings, [("fighting", "wg0")])
    node.settles(lambda: int(node.run(PUT_BACK)), 3)
    node.run("sleep 4")
    assert int(node.run(PUT_BACK)) == 3 and node.mtu("wg0") == 1420
    node.run("systemctl stop other")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""WSL's DNS tunnel dies, and a reboot, or its return, gives WSL's own file back."""

import os
import time

import pytest

from guest import FORCE, PERSIST

TUNNEL, GATEWAY, WEB = "10.255.255.254", "172.17.80.1", "198.51.100.1"
WSL, OURS = "/mnt/wsl/resolv.conf", "/run/wslnode/resolv.conf"
FAILS = {("dns-no-answer", ""), ("dns-tunnel-refuses", TUNNEL)}


def link(node):
    return node.try_("readlink /etc/resolv.conf").out.strip()


def resolves(node):
    """As any program does, by the file that is there."""
    return WEB in node.try_("getent ahostsv4 internet.test", timeout=60).out


def listed(node):
    words = [line.split() for line in node.run("cat /etc/resolv.conf").splitlines()]
    return [line[1] for line in words if line[:1] == ["nameserver"]]


def ask(node):
    """Has it ask all servers, rather than wait for its beat."""
    node.call("Diagnose", "")


def severities(node):
    return {check["id"]["data"]: check["severity"]["data"] for check in node.call("Diagnose", "")["data"][0]}


def stop_tunnel(node):
    node.run("systemctl stop dress-dns-tunnel.service")
    ask(node)
    node.settles(lambda: node.get("DNSState"), "failed")


def boot_again(node):
    node.run("sync")
    node.machine.cut()
    node.machine.start()


@pytest.fixture
def dns(node):
    node.settles(lambda: (node.get("DNSState"), node.get("DNSOwner")), ("ok", "wsl"))
    return node


def test_the_tunnel_dies(dns):
    node = dns
    assert resolves(node)
    stop_tunnel(node)
    assert FAILS <= set(node.findings())
    assert not resolves(node)
    change, steps, result = node.call("FixDNS", "t", 0, user="member")["data"]
    assert change and [step[:2] for step in steps] == [["dns", "/etc/resolv.conf"]]
    assert result["servers"]["data"][0] == GATEWAY and not result["restart-required"]["data"]
    assert link(node) == OURS and listed(node)[0] == GATEWAY and resolves(node)
    assert "search corp.test" in node.run("cat /etc/resolv.conf").splitlines()
    node.settles(lambda: node.get("DNSOwner"), "wslnode")
    node.settles(lambda: ("dns-no-answer", "") in node.findings(), False)
    boot_again(node)
    assert link(node) == WSL and resolves(node)
    node.settles(lambda: (node.get("DNSState"), node.get("DNSOwner")), ("ok", "wsl"))


def test_the_tunnel_comes_back(dns):
    """Nobody asks: the service looks each minute while its own file is in force."""
    node = dns
    stop_tunnel(node)
    node.call("FixDNS", "t", 0)
    assert link(node) == OURS
    node.run("systemctl start dress-dns-tunnel.service")
    node.settles(lambda: link(node), WSL, timeout=150)
    node.settles(lambda: node.get("DNSOwner"), "wsl")
    node.settles(node.findings, [])
    assert [change["verb"] for change in node.changes()] == ["Undo", "FixDNS"] and node.changes()[1]["state"] == "undone"


if "WSLNODE_LONG" in os.environ:
    def test_it_is_told_by_itself(dns):
        """One that falls silent, though nothing else changes: within five minutes."""
        node, began = dns, time.monotonic()
        node.run("systemctl kill -s STOP dress-dns-tunnel.service")
        node.settles(lambda: node.get("DNSState"), "failed", timeout=330)
        print(f"told after {time.monotonic() - began:.0f} s")
        assert ("dns-no-answer", "") in node.findings()
        node.run("systemctl kill -s CONT dress-dns-tunnel.service")
        node.settles(lambda: node.get("DNSState"), "ok", timeout=75)


def test_lasting(dns):
    node = dns
    node.write("/etc/wsl.conf", "[boot]\nsystemd=true # stays\n[network]\nhostname=wsl\n")
    stop_tunnel(node)
    change, steps, result = node.call("FixDNS", "t", PERSIST)["data"]
    assert [step[0] for step in steps] == ["dns", "setting"] and result["restart-required"]["data"]
    boot_again(node)
    assert link(node) == "" and listed(node)[0] == GATEWAY and resolves(node)
    node.settles(lambda: node.get("DNSOwner"), "wslnode")
    node.run("wslnodectl", "undo", change)
    assert node.run("cat /etc/wsl.conf") == "[boot]\nsystemd=true # stays\n[network]\nhostname=wsl\n"
    assert link(node) == WSL and resolves(node)


def test_immutable(dns):
    """A file that somebody froze: left alone, and put aside only with FORCE."""
    node = dns
    node.run("rm /etc/resolv.conf; echo nameserver 192.0.2.1 >/etc/resolv.conf; chattr +i /etc/resolv.conf")
    ask(node)
    node.eventually(lambda: ("resolv-conf-immutable", "") in node.findings())
    assert node.error("FixDNS", "t", 0, user=None).endswith("OwnedByOther")
    change = node.call("FixDNS", "t", FORCE)["data"][0]
    assert link(node) == OURS and resolves(node)
    node.run("wslnodectl", "undo", change)
    assert listed(node) == ["192.0.2.1"] and "i" in node.run("lsattr /etc/resolv.conf").split()[0]
    node.run("chattr -i /etc/resolv.conf")


def test_programs_find_no_names(dns):
    """Seen by getent, from within the service's sandbox."""
    node = dns
    seen = severities(node)
    assert (seen["hosts-not-found"], seen["hosts-late"]) == ("ok", "ok")
    node.run("sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf")
    # It measures no more often than every five seconds.
    node.settles(lambda: severities(node)["hosts-not-found"], "warning")
    assert not resolves(node)
    assert node.get("DNSState") == "ok"


def test_resolved(dns):
    """The file is resolved's and stays so; the link gets servers."""
    node = dns
    # It would take over the servers of a file that is not its own.
    node.run("ln -sfn /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf && "
             "systemctl unmask --quiet systemd-resolved.service && systemctl start systemd-resolved.service")
    ask(node)
    node.settles(lambda: (node.get("DNSState"), node.get("DNSOwner")), ("failed", "resolved"))
    assert not resolves(node)
    change, steps, result = node.call("FixDNS", "t", 0)["data"]
    assert [step[:2] for step in steps] == [["link-dns", "eth0"]] and result["servers"]["data"][0] == TUNNEL
    assert TUNNEL in node.run("resolvectl dns eth0")
    assert resolves(node) and link(node) == "/run/systemd/resolve/stub-resolv.conf"
    node.settles(lambda: node.get("DNSState"), "ok")
    node.run("wslnodectl", "undo", change)
    assert TUNNEL not in node.run("resolvectl dns eth0")


def test_strangers_may_not(dns):
    node = dns
    stop_tunnel(node)
    assert node.error("FixDNS", "t", 0, user="stranger").endswith("InteractiveAuthorizationRequired")
    assert node.error("FixDNS", "t", FORCE, user="member").endswith("InteractiveAuthorizationRequired")
    assert link(node) == WSL

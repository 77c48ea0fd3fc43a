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


def severity(node, name):
    """None: it is not known, as when something else was late."""
    check = node.diagnose().get(name)
    return check and check["severity"]["data"]


def resolve_names(node):
    """A server that has just been started, or has little of the processor, may not answer the first time."""
    node.eventually(lambda: resolves(node))


def fix(node, flags, user=None):
    """Change, steps and result. Where no server answered in its two seconds nothing is done, and it is called again."""
    return node.eventually(lambda: node.call("FixDNS", "t", flags, user=user)["data"])


def stop_tunnel(node):
    node.run("systemctl stop dress-dns-tunnel.service")

    def fails():
        ask(node)
        return node.get("DNSState") == "failed" and FAILS <= set(node.findings())
    node.eventually(fails)


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
    resolve_names(node)
    stop_tunnel(node)
    assert not resolves(node)
    change, steps, result = fix(node, 0, user="member")
    assert change and [step[:2] for step in steps] == [["dns", "/etc/resolv.conf"]]
    assert result["servers"]["data"][0] == GATEWAY and not result["restart-required"]["data"]
    assert link(node) == OURS and listed(node)[0] == GATEWAY
    resolve_names(node)
    assert "search corp.test" in node.run("cat /etc/resolv.conf").splitlines()
    node.settles(lambda: node.get("DNSOwner"), "wslnode")
    node.settles(lambda: ("dns-no-answer", "") in node.findings(), False)
    boot_again(node)
    assert link(node) == WSL
    resolve_names(node)
    node.settles(lambda: (node.get("DNSState"), node.get("DNSOwner")), ("ok", "wsl"))


def test_the_tunnel_comes_back(dns):
    """Nobody asks: the service looks each minute while its own file is in force."""
    node = dns
    stop_tunnel(node)
    fix(node, 0)
    assert link(node) == OURS
    node.run("systemctl start dress-dns-tunnel.service")
    node.settles(lambda: link(node), WSL, timeout=150)
    node.settles(lambda: node.get("DNSOwner"), "wsl")
    node.settles(node.findings, [], timeout=150)
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
    change, steps, result = fix(node, PERSIST)
    assert [step[0] for step in steps] == ["dns", "setting"] and result["restart-required"]["data"]
    boot_again(node)
    assert link(node) == "" and listed(node)[0] == GATEWAY
    resolve_names(node)
    node.settles(lambda: node.get("DNSOwner"), "wslnode")
    node.run("wslnodectl", "undo", change)
    assert node.run("cat /etc/wsl.conf") == "[boot]\nsystemd=true # stays\n[network]\nhostname=wsl\n"
    assert link(node) == WSL
    resolve_names(node)


def test_immutable(dns):
    """A file that somebody froze: left alone, and put aside only with FORCE."""
    node = dns
    node.run("rm /etc/resolv.conf; echo nameserver 192.0.2.1 >/etc/resolv.conf; chattr +i /etc/resolv.conf")
    ask(node)
    node.eventually(lambda: ("resolv-conf-immutable", "") in node.findings())
    assert node.error("FixDNS", "t", 0, user=None).endswith("OwnedByOther")
    change = fix(node, FORCE)[0]
    assert link(node) == OURS
    resolve_names(node)
    node.run("wslnodectl", "undo", change)
    assert listed(node) == ["192.0.2.1"] and "i" in node.run("lsattr /etc/resolv.conf").split()[0]
    node.run("chattr -i /etc/resolv.conf")


def test_programs_find_no_names(dns):
    """Seen by getent, from within the service's sandbox."""
    node = dns
    for name in ("hosts-not-found", "hosts-late"):
        node.settles(lambda: severity(node, name), "ok")
    node.run("sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf")
    # It measures no more often than every five seconds.
    node.settles(lambda: severity(node, "hosts-not-found"), "warning")
    assert not resolves(node)
    node.settles(lambda: node.get("DNSState"), "ok")


def test_resolved(dns):
    """The file is resolved's and stays so; the link gets servers."""
    node = dns
    # It would take over the servers of a file that is not its own.
    node.run("ln -sfn /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf && "
             "systemctl unmask --quiet systemd-resolved.service && systemctl start systemd-resolved.service")
    ask(node)
    node.settles(lambda: (node.get("DNSState"), node.get("DNSOwner")), ("failed", "resolved"))
    assert not resolves(node)
    change, steps, result = fix(node, 0)
    assert [step[:2] for step in steps] == [["link-dns", "eth0"]] and result["servers"]["data"][0] == TUNNEL
    assert TUNNEL in node.run("resolvectl dns eth0")
    assert link(node) == "/run/systemd/resolve/stub-resolv.conf"
    resolve_names(node)
    node.settles(lambda: node.get("DNSState"), "ok")
    node.run("wslnodectl", "undo", change)
    assert TUNNEL not in node.run("resolvectl dns eth0")


def test_strangers_may_not(dns):
    node = dns
    stop_tunnel(node)
    assert node.error("FixDNS", "t", 0, user="stranger").endswith("InteractiveAuthorizationRequired")
    assert node.error("FixDNS", "t", FORCE, user="member").endswith("InteractiveAuthorizationRequired")
    assert link(node) == WSL

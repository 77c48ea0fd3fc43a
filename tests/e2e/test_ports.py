# SPDX-License-Identifier: LGPL-2.1-or-later
"""Services that listen on an address which the node no longer has."""

import contextlib
import subprocess
from socket import IP_TRANSPARENT, SOCK_DGRAM, SOCK_STREAM, SOL_IP

import pytest

from network import ADDRESS
from wait import eventually, settles

CHECK = "listens-on-gone-address"
IP_FREEBIND = 15
OTHER, OTHER6 = "172.17.5.9", "2001:db8::9"


@pytest.fixture
def other(network):
    """A second address of each family, whose going takes no default route along."""
    network.batch([f"addr add {OTHER}/20 dev eth0", f"addr add {OTHER6}/64 dev eth0 nodad"])


@pytest.fixture
def bound(network, other):
    """bound(kind, address, port) binds a socket, which is closed in the end."""
    with contextlib.ExitStack() as sockets:
        yield lambda *arguments: sockets.enter_context(network.bound(*arguments))


def drop(network):
    network.batch([f"addr del {OTHER}/20 dev eth0", f"addr del {OTHER6}/64 dev eth0"])


def told(root):
    return sorted(subject for identity, subject in root.findings() if identity == CHECK)


def test_address_goes_and_comes_again(bound, node, network, root):
    bound(SOCK_STREAM, OTHER, 51820)
    bound(SOCK_DGRAM, OTHER, 53)
    bound(SOCK_STREAM, OTHER6, 80)
    bound(SOCK_DGRAM, OTHER6, 53)
    signals = root.listen()
    drop(network)
    everything = [f"tcp {OTHER}:51820", f"tcp [{OTHER6}]:80", f"udp {OTHER}:53", f"udp [{OTHER6}]:53"]
    settles(lambda: told(root), everything)
    finding = root.findings()[CHECK, f"tcp {OTHER}:51820"]
    assert (finding["severity"], finding["verb"]) == ("warning", "")
    assert finding["params"] == {"protocol": "tcp", "address": OTHER, "port": 51820}
    assert finding["summary"] and "0.0.0.0" in finding["remedy"]
    assert root.get("Health") == "warning"
    eventually(lambda: len(signals.of("FindingRaised")) == 4)
    # By the address alone: no socket has to be asked for.
    network.batch([f"addr add {OTHER}/32 dev wg0", f"addr add {OTHER6}/128 dev wg0 nodad"])
    settles(lambda: told(root), [])
    eventually(lambda: len(signals.of("FindingCleared")) == 4)
    assert root.get("Health") == "ok"
    # And again, long after the start, at which all sockets are asked for.
    network.batch([f"addr del {OTHER}/32 dev wg0", f"addr del {OTHER6}/128 dev wg0"])
    settles(lambda: told(root), everything)


@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM])
def test_service_is_restarted(bound, node, network, root, kind):
    service = bound(kind, OTHER, 8080)
    drop(network)
    eventually(lambda: told(root))
    service.close()
    bound(kind, ADDRESS, 8080)
    root.call("Diagnose")
    assert told(root) == []


def test_service_that_ended_before_is_no_finding(bound, node, network, root):
    service = bound(SOCK_STREAM, OTHER, 80)
    assert root.call("Diagnose")  # it is known
    service.close()
    bound(SOCK_STREAM, OTHER, 81)
    signals = root.listen()
    drop(network)
    eventually(lambda: told(root))
    settles(lambda: [subject for _, subject, *_ in signals.of("FindingRaised")], [f"tcp {OTHER}:81"])


def test_it_was_so_before_the_start(bound, asleep, network, root):
    bound(SOCK_STREAM, OTHER, 80)
    drop(network)
    asleep.start()
    settles(lambda: told(root), [f"tcp {OTHER}:80"])


def test_what_is_reached_all_the_same(bound, node, network, root):
    for address in ("0.0.0.0", "::", "127.0.0.1", "::1", "224.0.0.251", ADDRESS, "172.17.15.255"):
        bound(SOCK_DGRAM, address, 5353)
    for address in ("0.0.0.0", "::", "127.0.0.1", "::1", ADDRESS):
        bound(SOCK_STREAM, address, 80)
    connected = bound(SOCK_DGRAM, OTHER, 5354)
    connected.connect(("172.17.0.1", 9))
    for option in (IP_FREEBIND, IP_TRANSPARENT):
        bound(SOCK_STREAM, OTHER, 82).setsockopt(SOL_IP, option, 1)
    bound(SOCK_STREAM, OTHER, 81)  # by this one is seen that all were
    drop(network)
    settles(lambda: told(root), [f"tcp {OTHER}:81"])


def test_several_workers_are_one_service(bound, node, network, root):
    for _ in range(3):
        bound(SOCK_STREAM, OTHER, 80)
    bound(SOCK_STREAM, f"::ffff:{OTHER}", 81)
    drop(network)
    settles(lambda: told(root), [f"tcp {OTHER}:80", f"tcp {OTHER}:81"])


def test_diagnose_has_looked(bound, node, root):
    bound(SOCK_STREAM, OTHER, 80)
    checks = {check["id"]: check["severity"] for check in root.call("Diagnose")[0]}
    assert checks[CHECK] == "ok"


@contextlib.contextmanager
def refused(node, number):
    """One request to the kernel fails, and is sent again 50 ms later."""
    with subprocess.Popen(["strace", "-q", "-f", "-o", "/dev/null", "-p", str(node.process.pid), "-e", "trace=sendto",
                           "-e", f"inject=sendto:error=ENOBUFS:when={number}"]) as strace:
        try:
            eventually(lambda: node.status("TracerPid") != "0")
            yield
        finally:
            strace.terminate()


# The first request is for links, the second for sockets.
@pytest.mark.parametrize("request_number", [1, 2])
def test_diagnose_waits_for_all(bound, node, network, root, request_number):
    bound(SOCK_STREAM, OTHER, 80)
    drop(network)
    with refused(node, request_number):
        found = [check["subject"] for check in root.call("Diagnose")[0] if check["id"] == CHECK]
    assert found == [f"tcp {OTHER}:80"]

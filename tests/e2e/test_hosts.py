# SPDX-License-Identifier: LGPL-2.1-or-later
"""DNS servers answer, and what becomes of it when programs look names up: by a getent in the node."""

import pytest

import resolv
from dns import (A, CLOSED, PROBE, TUNNEL, a_only, answers, install_getent, truncated, truncated_without_tcp,
                 without_corp)
from resolv import SEARCH, dress, severities, text_of
from wait import settles

DOTS = SEARCH + "options ndots:3\n"


@pytest.fixture
def start(asleep, dns, root):
    """start(part, rest): a node under WSL with one server, which answers."""
    def start(part, rest=SEARCH):
        dns.play(A, part)
        dns.play(TUNNEL, CLOSED)  # Diagnose need not wait for it
        dress(asleep, text_of([A], rest=rest))
        install_getent(asleep)
        asleep.start()
        settles(lambda: root.get("DNSState"), "ok")
        # By both ways: what was looked up on less is looked up again.
        settles(lambda: "unknown" in resolv.servers(root).get(A, ["unknown"]), False)
        return asleep
    return start


def rewrite(node, rest):
    node.write(resolv.WSL_FILE.lstrip("/"), text_of([A], rest=rest))


def hosts(root):
    """What is told of it: id → (severity, what is waited for)."""
    return {name: (finding["severity"], finding["params"].get("waits-for"))
            for (name, _), finding in root.findings().items() if name.startswith("hosts-")}


def diagnosed(root):
    """It was looked up, and this came of it: id → severity."""
    return {check["id"]: check["severity"] for check in root.call("Diagnose")[0] if check["id"].startswith("hosts-")}


WELL = {"hosts-not-found": "ok", "hosts-late": "ok"}


@pytest.mark.parametrize("part, rest", [(answers, SEARCH), (answers, DOTS), (truncated, SEARCH)],
                         ids=["all is well", "the domain answers", "by TCP only"])
def test_found(start, root, part, rest):
    start(part, rest)
    assert diagnosed(root) == WELL
    assert severities(root) == {}


def test_silent_to_aaaa(start, root):
    """It is seen by itself, and over once programs do not ask for it."""
    node = start(a_only)
    settles(lambda: hosts(root), {"hosts-late": ("warning", "aaaa")})
    finding = root.findings()["hosts-late", ""]
    assert (finding["params"]["name"], finding["verb"]) == (PROBE, "")
    assert root.get("DNSState") == "ok"
    rewrite(node, SEARCH + "options no-aaaa\n")
    settles(lambda: hosts(root), {})
    assert diagnosed(root) == WELL


def test_a_dead_search_domain(start, root):
    node = start(without_corp, DOTS)
    assert diagnosed(root) == WELL | {"hosts-late": "warning"}
    assert hosts(root) == {"hosts-late": ("warning", "search")}
    rewrite(node, SEARCH)
    settles(lambda: hosts(root), {})


def test_cut_off_and_no_tcp(start, root, dns):
    """A reload looks again, when the server has TCP."""
    node = start(truncated_without_tcp)
    assert diagnosed(root) == WELL | {"hosts-not-found": "warning"}
    assert severities(root) == {("dns-no-tcp", A): "info", ("hosts-not-found", ""): "warning"}
    dns.servers[A].part = truncated
    node.reload()
    settles(lambda: severities(root), {})


def test_without_dns_in_nsswitch(start, root):
    node = start(answers)
    assert diagnosed(root) == WELL
    node.write("etc/nsswitch.conf", "hosts: files\n")
    node.reload()
    settles(lambda: hosts(root), {"hosts-not-found": ("warning", None)})

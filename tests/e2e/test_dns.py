# SPDX-License-Identifier: LGPL-2.1-or-later
"""DNS servers of all kinds: how they are told, what FixDNS makes of them, and whether names are found then."""

import dataclasses
import os
import statistics
import time

import pytest

import resolv
from client import DRY_RUN, ERROR, FORCE, BusError
from dns import (A, A6, ABSENT, B, C, CLOSED, HOSTILE, INSIDE, PUBLIC, SPARE, TUNNEL, WHO, WORDS, answers, look_up,
                 servfail, silent, slow, tcp_only, udp_only)
from network import GATEWAY
from resolv import SEARCH, dress, fix, lines, refused, servers, severities, text_of
from wait import eventually, settles

NO_ANSWER = {("dns-no-answer", ""): "critical"}
DEGRADED = {"degraded", "timeout"}


def dead(server, severity="warning"):
    return {("dns-server-dead", server): severity}


def no_tcp(server):
    return {("dns-no-tcp", server): "info"}


@dataclasses.dataclass
class Case:
    """What WSL's file lists, and what follows."""
    listed: dict  # server → part, in their order
    state: str
    found: dict = dataclasses.field(default_factory=dict)
    chosen: list = None  # none: there is nothing to do
    others: dict = dataclasses.field(default_factory=dict)
    configuration: str = ""
    rest: str = SEARCH  # of the file
    text: str = None  # all of it, where it is an odd one
    public: bool = False
    vc: bool = False  # by TCP only afterwards
    error: str = ""
    finds: bool = True

    def parts(self):
        return {GATEWAY: CLOSED, TUNNEL: CLOSED} | self.listed | self.others


REFUSES_TUNNEL = {("dns-tunnel-refuses", TUNNEL): "warning"}
VC = SEARCH + "options use-vc\n"
SETUPS = {
    "all is well": Case({TUNNEL: "answers"}, "ok"),
    "two are well": Case({A: "answers", B: answers}, "ok"),
    "no such name": Case({A: "nxdomain"}, "ok", finds=False),
    "slow": Case({A: slow}, "ok"),
    "the tunnel refuses": Case({TUNNEL: CLOSED}, "failed", NO_ANSWER | REFUSES_TUNNEL, [GATEWAY, TUNNEL],
                               {GATEWAY: "answers"}),
    "the tunnel is silent": Case({TUNNEL: silent}, "failed", NO_ANSWER, [GATEWAY, TUNNEL], {GATEWAY: "answers"}),
    "the tunnel refuses, the second answers": Case({TUNNEL: CLOSED, A: "answers"}, "degraded", REFUSES_TUNNEL,
                                                   [A, TUNNEL]),
    "the first is silent": Case({A: silent, B: "answers"}, "degraded", dead(A), [B, A]),
    "the second is closed": Case({A: "answers", B: CLOSED}, "degraded", dead(B, "info")),
    "the last of three answers": Case({A: ABSENT, B: silent, C: "answers"}, "degraded", dead(A) | dead(B, "info"),
                                      [C, A, B]),
    "the first fails": Case({A: servfail, B: "answers"}, "degraded", dead(A), [B, A]),
    "it refuses the question": Case({A: "refuses"}, "failed", NO_ANSWER, [GATEWAY, A], {GATEWAY: "answers"}),
    "the gateway is listed and closed": Case({GATEWAY: CLOSED}, "failed", NO_ANSWER, [SPARE, GATEWAY],
                                             {SPARE: "answers"}, f"Servers={SPARE}\n"),
    "the configured are before the public": Case(
        {A: CLOSED}, "failed", NO_ANSWER, [SPARE, A],
        {C: CLOSED, SPARE: "answers"} | dict.fromkeys(PUBLIC, "answers"),
        f"Servers={C} {SPARE}\n"),
    "only the public answer": Case({A: CLOSED}, "failed", NO_ANSWER, [*PUBLIC, A], dict.fromkeys(PUBLIC, "answers"),
                                   public=True),
    "one of the public": Case({A: CLOSED}, "failed", NO_ANSWER, [PUBLIC[1], A],
                              {PUBLIC[0]: CLOSED, PUBLIC[1]: "answers"}, public=True),
    "the public may not be asked": Case({A: CLOSED}, "failed", NO_ANSWER, others=dict.fromkeys(PUBLIC, "answers"),
                                        configuration="PublicFallback=no\n", error="NoWorkingServer"),
    "TCP alone": Case({A: tcp_only}, "failed", NO_ANSWER, [A], vc=True),
    "TCP alone, and it is said": Case({A: tcp_only}, "ok", rest=VC),
    "the gateway has UDP, the listed has not": Case({A: tcp_only}, "failed", NO_ANSWER, [GATEWAY, A],
                                                    {GATEWAY: "answers"}),
    "UDP alone": Case({A: udp_only}, "ok", no_tcp(A)),
    "UDP alone, and TCP is asked for": Case({A: udp_only}, "failed", NO_ANSWER, [GATEWAY, A],
                                            {GATEWAY: "answers"}, rest=VC, vc=True),
    "none is listed": Case({}, "failed", NO_ANSWER, [GATEWAY], {GATEWAY: "answers"}),
    "IPv6": Case({A6: answers}, "ok"),
    "IPv6 is silent": Case({A6: silent, A: "answers"}, "degraded", dead(A6), [A, A6]),
    "what is no server does not count": Case(
        {A: CLOSED}, "failed", NO_ANSWER, [GATEWAY, A], {GATEWAY: "answers"},
        text=f"nameserver dns.test\nnameserver fe80::1%eth0\nnameserver {A}\nnameserver\n; nameserver {B}\n{SEARCH}"),
    "the fourth does not count": Case(
        {A: "answers", B: answers, C: answers}, "ok", others={SPARE: silent},
        text=text_of([A, B, C, SPARE])),
}


def play(dns, parts):
    for address, part in parts.items():
        dns.play(address, part)


@pytest.fixture
def start(asleep, dns, root):
    """start(case): as WSL has it, when it was seen."""
    def start(case):
        play(dns, case.parts())
        dress(asleep, text_of(case.listed, rest=case.rest) if case.text is None else case.text)
        asleep.configure(f"[DNS]\n{case.configuration}")
        asleep.start()
        settles(lambda: root.get("DNSState"), case.state)
        return asleep
    return start


@pytest.mark.parametrize("case", SETUPS.values(), ids=SETUPS.keys())
def test_setup(start, root, case):
    node = start(case)
    assert root.get("DNSOwner") == "wsl"
    settles(lambda: severities(root), case.found)
    # Who is late by what is not used is told later.
    settles(lambda: servers(root), {server: WORDS[part] for server, part in case.listed.items()})
    if case.error:
        assert refused(node, root).name == ERROR + case.error
        return
    before = resolv.everything(node)
    planned = fix(root, DRY_RUN)
    assert resolv.everything(node) == before and root.changes() == []
    change, steps, result = fix(root)
    assert (planned[1:], planned[0]) == ((steps, result), 0)
    assert (result["public"], result["restart-required"]) == (case.public, False)
    if case.chosen is None:
        assert (change, steps, resolv.everything(node)) == (0, [], before)
        assert result["servers"] == list(case.listed)
    else:
        assert change > 0 and [step[:2] for step in steps] == [("dns", "/etc/resolv.conf")]
        assert_fixed(node, root, case, result)
    names_are_found(node, case)


def assert_fixed(node, root, case, result):
    assert lines(node, "nameserver") == result["servers"] == case.chosen
    assert lines(node, "search") == ["corp.test"]
    assert ("use-vc" in " ".join(lines(node, "options"))) == case.vc
    assert resolv.standing(node) == resolv.OUR_FILE and root.get("DNSOwner") == "wslnode"
    settles(lambda: root.get("DNSState") in ("ok", "degraded"), True)
    settles(lambda: ("resolv-conf-ours", "") in root.findings(), True)
    found = severities(root)
    assert "critical" not in found.values() and ("dns-server-dead", case.chosen[0]) not in found
    assert root.findings()["resolv-conf-ours", ""]["params"]["servers"].split() == case.chosen


def names_are_found(node, case):
    """By the first that is listed, which is what takes no time; as it is written, and by the search line."""
    if not case.finds:
        assert look_up(node, WHO) == []
        return
    first = (case.chosen or list(case.listed))[0]
    for database in ("ahosts", "hosts"):
        assert look_up(node, WHO, database) == [first]
    if case.parts()[first] == "answers":
        assert look_up(node, INSIDE.split(".", maxsplit=1)[0]) == ["192.0.2.8"]


def test_what_is_told_of_a_server(start, root, dns):
    start(Case({A: slow, B: CLOSED}, "degraded"))
    told = {server["address"]: server for server in root.get("DNSServers")}
    assert set(told) == {A, B}
    assert all(set(server) == {"address", "udp", "tcp", "latency-usec", "roles"} for server in told.values())
    assert 600_000 < told[A]["latency-usec"] < 2_000_000 and told[B]["latency-usec"] == 0
    assert set(told[A]["roles"]) == {"wsl", "listed"}
    # Others are asked when somebody calls, and public ones when nothing else answers.
    dns.play(A, CLOSED)
    dns.play(GATEWAY, "answers")
    assert fix(root)[2]["servers"] == [GATEWAY, A, B]
    told = {server["address"]: server["roles"] for server in root.get("DNSServers")}
    assert "gateway" in told[GATEWAY] and not any("public" in roles for roles in told.values())
    assert set(told[A]) >= {"wsl"}


def test_state_and_findings_are_signalled(start, root, dns):
    start(Case({A: "answers"}, "ok"))
    signals = root.listen()
    dns.play(A, CLOSED)
    root.call("Diagnose")
    settles(lambda: root.get("DNSState"), "failed")
    eventually(lambda: signals.of("FindingRaised"))
    # That it is well may be told only now, 21 ms after what was told before.
    assert [state for state in signals.changed("DNSState") if state != "ok"] == ["failed"]
    assert [raised[:3] for raised in signals.of("FindingRaised")] == [("dns-no-answer", "", "critical")]
    assert root.findings()["dns-no-answer", ""]["verb"] == "FixDNS"
    dns.play(A, "answers")
    assert fix(root)[:2] == (0, [])  # it has asked again
    settles(lambda: (root.get("DNSState"), severities(root)), ("ok", {}))
    eventually(lambda: [cleared[0] for cleared in signals.of("FindingCleared")] == ["dns-no-answer"])


@pytest.mark.parametrize("parts", [HOSTILE[i::3] for i in range(3)],
                         ids=lambda parts: "-".join(part.__name__ for part in parts))
def test_hostile(start, root, dns, parts):
    """What is no answer to the question is none, by whichever way; and an honest server is heard beside them."""
    listed = dict(zip((A, B, C), parts))
    node = start(Case(listed, "failed"))
    assert all(set(words) <= DEGRADED for words in servers(root).values())
    assert all(dns.servers[address].asked for address in listed)
    dns.play(GATEWAY, "answers")
    assert fix(root)[2]["servers"][0] == GATEWAY
    assert look_up(node, WHO) == [GATEWAY]
    assert node.is_alive()


def test_another_question_by_a_good_server_is_not_taken(start, root, dns):
    """The part changes, and nothing else: so it was the part that counted above."""
    start(Case({A: HOSTILE[0]}, "failed"))
    dns.servers[A].part = answers
    assert fix(root)[:2] == (0, [])
    settles(lambda: root.get("DNSState"), "ok")


def test_all_are_silent(start, root, dns):
    """It ends in time, and whoever reads meanwhile is answered meanwhile."""
    node = start(Case({A: silent, B: silent, C: silent}, "failed",
                      others={GATEWAY: silent, SPARE: silent} | dict.fromkeys(PUBLIC, silent),
                      configuration=f"Servers={SPARE}\n"))

    def read():
        began = time.monotonic()
        assert root.get("DNSState") == "failed"
        return time.monotonic() - began

    before = [read() for _ in range(50)]
    began, during = time.monotonic(), []
    answer = root.send("FixDNS", "(t)", 0)
    while not answer.done():
        during.append(read())
        time.sleep(0.01)
    took = time.monotonic() - began
    assert answer.exception().name == ERROR + "NoWorkingServer"
    # It waited for the servers, and 20 s is what a verb may take.
    assert 2 <= took < 20
    assert all(dns.servers[address].asked for address in (A, B, C, GATEWAY, SPARE, *PUBLIC))
    # A daemon that waited for a server would answer once in 2 s.
    assert len(during) > 5 * took
    assert statistics.median(during) < 20 * max(statistics.median(before), 0.0005)
    assert resolv.standing(node) == resolv.WSL_FILE and root.changes() == []


def test_others_are_asked_at_the_same_time(start, root, dns):
    """Calls that come while servers are asked have the same answer, and one change is made."""
    start(Case({A: silent}, "failed", others={GATEWAY: "answers"}))
    calls = [root.send("FixDNS", "(t)", 0) for _ in range(3)]
    changes = [call.result(30)[0] for call in calls]
    assert sum(change > 0 for change in changes) == 1 and len(root.changes()) == 1


@pytest.mark.parametrize("flags", [8, 2**63])
def test_bad_flags(start, root, flags):
    node = start(Case({A: "answers"}, "ok"))
    assert refused(node, root, flags).name == "org.freedesktop.DBus.Error.InvalidArgs"


def test_reload_has_other_servers(start, asleep, root, dns):
    node = start(Case({A: CLOSED}, "failed", others={SPARE: "answers"}, configuration="PublicFallback=no\n"))
    assert refused(node, root).name == ERROR + "NoWorkingServer"
    asleep.configure(f"[DNS]\nPublicFallback=no\nServers={SPARE}\n")
    asleep.reload()
    settles(lambda: fixed_to(root), [SPARE, A])


def fixed_to(root):
    """A reload is read in its own time."""
    try:
        return fix(root, DRY_RUN)[2]["servers"]
    except BusError:
        return None


def test_the_name_that_is_asked_for(start, asleep, root, dns):
    """dnsmasq refuses what it does not know."""
    start(Case({A: "answers"}, "failed", configuration="ProbeName=unknown.example\n"))
    asleep.configure(f"[DNS]\nProbeName={WHO}\n")
    asleep.reload()
    settles(lambda: (fix(root, DRY_RUN)[:2], root.get("DNSState")), ((0, []), "ok"))


def test_off_wsl(asleep, dns, root):
    """Nobody is asked before somebody calls, and FixDNS is another's matter."""
    server = dns.play(A, answers)
    asleep.write(resolv.PATH, text_of([A, B], head=""))
    asleep.start()
    assert root.get("DNSState") == "unknown" and not server.asked
    settles(lambda: root.get("DNSOwner"), "user")
    error = refused(asleep, root)
    assert error.name == ERROR + "NotWSL"
    asked = server.asked
    root.call("Diagnose")
    settles(lambda: root.get("DNSState"), "degraded")
    assert server.asked > asked
    assert severities(root) == dead(B, "info")
    # With FORCE it is done, but of wsl.conf there is none to be.
    dns.play(A, CLOSED)
    dns.play(GATEWAY, "answers")
    change, steps, result = fix(root, FORCE)
    assert result["servers"][0] == GATEWAY and [step[0] for step in steps] == ["dns"]
    assert look_up(asleep, WHO) == [GATEWAY]
    root.undo(change)
    assert resolv.in_force(asleep) == text_of([A, B], head="")
    assert not os.path.lexists(asleep.root / resolv.KEPT)

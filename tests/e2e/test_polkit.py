# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon asks of polkit, and what it makes of every answer, with one that a test scripts."""

import concurrent.futures
import os
import signal

import pytest

import stage
from authority import ALLOW, CHALLENGE, DENY, SILENT
from client import DRY_RUN, ERROR, FORCE, INTERACTIVE, PERSIST, STANDARD, BusError
from dns import CLOSED, TUNNEL
from resolv import dress, text_of
from wait import eventually, settles

ACTION = "org.wslnode.node1."
ACCESS_DENIED = STANDARD + "AccessDenied"
LIMITS_EXCEEDED = STANDARD + "LimitsExceeded"


@pytest.fixture
def stranger(user):
    return user(stage.STRANGER)


def name_of(future):
    error = future.exception(20)
    return error and error.name


def ask(authority, client, *call, **options):
    """Sends a call while polkit is silent, and gives its Future and the question that came of it."""
    authority.answer = SILENT
    before = len(authority.checks)
    future = client.send(*call, **options)
    eventually(lambda: len(authority.checks) > before)
    return future, authority.checks[-1]


SET_MTU = ("SetMTU", "(sut)", "wg0", 1300, 0)


@pytest.mark.parametrize("answer, error", [(ALLOW, None), (DENY, ACCESS_DENIED),
                                           (CHALLENGE, STANDARD + "InteractiveAuthorizationRequired")])
@pytest.mark.parametrize("flags", [0, DRY_RUN])
def test_answers(authority, node, network, root, stranger, answer, error, flags):
    authority.answer = answer
    future = stranger.send("SetMTU", "(sut)", "wg0", 1300, flags)
    assert name_of(future) == error
    done = error is None and not flags
    assert network.mtu("wg0") == (1300 if done else 1420)
    assert len(root.changes()) == done
    assert len(authority.checks) == 1


def test_question(authority, node, stranger):
    for message in (0, INTERACTIVE):
        stranger.set_mtu("wg0", 1300 + message, message=message)
    name = stranger.name()
    assert [check.subject for check in authority.checks] == [("system-bus-name", {"name": name})] * 2
    assert [check.flags for check in authority.checks] == [0, 1]
    assert [check.details for check in authority.checks] == [
        {"verb": "SetMTU", "target": "wg0", "value": value} for value in ("1300", "1304")]
    identities = [check.cancellation for check in authority.checks]
    assert all(identities) and len(set(identities)) == 2


def test_action_of_every_verb(authority, node, network, root, stranger):
    def action(verb, signature, *arguments):
        authority.checks.clear()
        result = stranger.call(verb, signature, *arguments)
        check, = authority.checks
        assert check.details["verb"] == verb and check.action.startswith(ACTION)
        return result[0], check.action.removeprefix(ACTION)

    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    assert action("Mend", "(sst)", "tunnel-too-big", "wg0", DRY_RUN)[1] == "set-mtu"
    assert action("Mend", "(sst)", "tunnel-too-big", "wg0", FORCE)[1] == "override"
    own, asked = action("SetMTU", "(sut)", "wg0", 1300, 0)
    assert asked == "set-mtu"
    assert action("Undo", "(tt)", own, DRY_RUN)[1] == "undo-own"
    assert action("Undo", "(tt)", own, FORCE | DRY_RUN)[1] == "override"
    assert action("Undo", "(tt)", own, 0)[1] == "undo-own"
    assert action("SetMTU", "(sut)", "wg0", 1000, FORCE)[1] == "override"
    assert action("Release", "(sst)", "mtu", "wg0", 0)[1] == "set-mtu"
    others, _, _ = root.set_mtu("wg0", 1310)
    assert action("Undo", "(tt)", others, 0)[1] == "undo"


def test_action_of_fix_dns(authority, asleep, dns, root, stranger):
    dns.play(TUNNEL, CLOSED)
    dress(asleep, text_of([TUNNEL]))
    asleep.start()
    settles(lambda: root.get("DNSState"), "failed")
    authority.answer = DENY
    for flags in (0, DRY_RUN, PERSIST, FORCE, FORCE | DRY_RUN):
        assert name_of(stranger.send("FixDNS", "(t)", flags)) == ACCESS_DENIED
    assert name_of(stranger.send("Mend", "(sst)", "dns-no-answer", "", 0)) == ACCESS_DENIED
    assert [check.action.removeprefix(ACTION) for check in authority.checks] == [
        "fix-dns", "fix-dns", "fix-dns", "override", "override", "fix-dns"]
    assert [check.details for check in authority.checks] == [
        {"verb": verb, "target": "/etc/resolv.conf", "value": "wsl"} for verb in ["FixDNS"] * 5 + ["Mend"]]


def test_what_is_not_asked(authority, node, root, stranger):
    authority.answer = DENY
    root.set_mtu("wg0", 1300)
    for client in (root, stranger):
        client.links()
        client.changes()
        client.call("Diagnose")
        client.all()
    # What is wrong in itself is said at once.
    assert name_of(stranger.send("SetMTU", "(sut)", "nolink", 1300, 0)) == ERROR + "NoSuchLink"
    assert name_of(stranger.send("SetMTU", "(sut)", "wg0", 1000, 0)) == ERROR + "NeedsForce"
    assert authority.checks == []
    assert name_of(stranger.send(*SET_MTU)) == ACCESS_DENIED
    assert len(authority.checks) == 1


def test_late_answer(authority, node, network, root, stranger):
    future, check = ask(authority, stranger, *SET_MTU)
    # Meanwhile the node serves everybody else, and the state stays true.
    network.ip("link set eth0 mtu 1490")
    settles(lambda: stranger.get("UplinkMTU"), 1490)
    root.set_mtu("eth0", 1400)
    assert not future.done() and network.mtu("wg0") == 1420
    authority.reply(check, ALLOW)
    assert future.result(20)[2] == {"mtu": 1300}
    assert network.mtu("wg0") == 1300 and authority.cancelled == []


def test_two_answers(authority, node, network, root, stranger):
    future, check = ask(authority, stranger, *SET_MTU)
    authority.reply(check, DENY)
    authority.reply(check, ALLOW)
    assert name_of(future) == ACCESS_DENIED
    future, check = ask(authority, stranger, *SET_MTU)
    authority.reply(check, ALLOW)
    authority.reply(check, ALLOW)
    assert name_of(future) is None
    assert network.mtu("wg0") == 1300 and len(root.changes()) == 1


def test_caller_leaves_while_polkit_is_silent(authority, node, network, root, stranger):
    _, check = ask(authority, stranger, *SET_MTU)
    stranger.leave()
    settles(lambda: authority.cancelled, [check.cancellation])
    authority.reply(check, ALLOW)  # too late
    root.call("Diagnose")
    assert network.mtu("wg0") == 1420 and root.changes() == [] and root.wanted() == {}


def test_only_the_calls_of_who_leaves_are_cancelled(authority, node, network, root, stranger):
    going, its = ask(authority, stranger, *SET_MTU, connection="going")
    staying, others = ask(authority, stranger, "SetMTU", "(sut)", "wg0", 1310, 0, connection="staying")
    stranger.close("going")
    settles(lambda: authority.cancelled, [its.cancellation])
    authority.reply(others, ALLOW)
    assert staying.result(20)[2] == {"mtu": 1310}
    assert authority.cancelled == [its.cancellation]
    assert going.exception(20).name != ACCESS_DENIED  # its own connection is gone


def test_caller_leaves_after_the_answer(authority, node, network, root, stranger):
    """What was authorised is done, though nobody hears of it."""
    _, check = ask(authority, stranger, *SET_MTU)
    node.signal(signal.SIGSTOP)
    authority.reply(check, ALLOW)
    authority.flush()
    stranger.leave()
    node.signal(signal.SIGCONT)
    settles(lambda: network.mtu("wg0"), 1300)
    eventually(lambda: [c["state"] for c in root.changes()] == ["done"])
    assert root.wanted() == {"wg0": 1300} and authority.cancelled == []


def test_polkit_vanishes_while_it_is_asked(authority, node, network, root, stranger):
    future, _ = ask(authority, stranger, *SET_MTU)
    authority.stop()
    assert name_of(future) == ACCESS_DENIED
    assert network.mtu("wg0") == 1420
    root.set_mtu("wg0", 1300)


@pytest.mark.parametrize("known", [True, False])
def test_link_is_replaced_while_polkit_is_asked(authority, node, network, root, stranger, known):
    future, check = ask(authority, stranger, *SET_MTU)
    if known:
        network.replace_tunnel()
        new = network.link("wg0")["ifindex"]
        settles(lambda: root.links()["wg0"]["ifindex"], new)
    else:
        # The daemon finds both at once: the other link and polkit's answer.
        node.signal(signal.SIGSTOP)
        network.replace_tunnel()
    authority.reply(check, ALLOW)
    node.signal(signal.SIGCONT)
    assert name_of(future) in ([ERROR + "ChangedSince"] if known else [ERROR + "ChangedSince", ERROR + "NoSuchLink"])
    assert network.mtu("wg0") == 1420 and root.wanted() == {} and root.changes() == []
    authority.answer = ALLOW
    stranger.call(*SET_MTU)
    assert network.mtu("wg0") == 1300


def test_link_vanishes_while_polkit_is_asked(authority, node, network, root, stranger):
    future, check = ask(authority, stranger, *SET_MTU)
    network.ip("link del wg0")
    settles(lambda: "wg0" in root.links(), False)
    authority.reply(check, ALLOW)
    assert name_of(future) == ERROR + "NoSuchLink"
    assert root.wanted() == {} and root.changes() == []


def test_plan_is_made_again(authority, node, network, root, stranger):
    """The remedy that was authorised is no longer the remedy."""
    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    future, check = ask(authority, stranger, "Mend", "(sst)", "tunnel-too-big", "wg0", 0)
    assert check.details["value"] == "1340"
    network.ip("link set eth0 mtu 1380")
    settles(lambda: root.get("UplinkMTU"), 1380)
    authority.reply(check, ALLOW)
    assert name_of(future) == ERROR + "ChangedSince"
    assert network.mtu("wg0") == 1420
    authority.answer = ALLOW
    stranger.mend("tunnel-too-big", "wg0")
    assert network.mtu("wg0") == 1320


def test_undo_twice_at_once(authority, node, network, root, stranger):
    change, _, _ = root.set_mtu("wg0", 1300)
    first, check = ask(authority, stranger, "Undo", "(tt)", change, 0)
    second, other = ask(authority, stranger, "Undo", "(tt)", change, 0)
    authority.reply(check, ALLOW)
    authority.reply(other, ALLOW)
    assert name_of(first) is None
    assert name_of(second) == ERROR + "NotUndoable"
    assert network.mtu("wg0") == 1420


def test_two_calls_for_one_link(authority, node, network, root, stranger):
    first, check = ask(authority, stranger, *SET_MTU)
    second, other = ask(authority, stranger, "SetMTU", "(sut)", "wg0", 1310, 0)
    authority.reply(other, ALLOW)
    assert second.result(20)[2] == {"mtu": 1310}
    authority.reply(check, ALLOW)
    assert first.result(20)[2] == {"mtu": 1300}
    assert network.mtu("wg0") == 1300 and len(root.changes()) == 2


def test_limit_of_one_connection(authority, node, stranger):
    authority.answer = SILENT
    calls = [stranger.send(*SET_MTU) for _ in range(20)]
    refused = eventually(lambda: [c for c in calls if c.done()] if sum(c.done() for c in calls) >= 12 else None)
    assert {name_of(c) for c in refused} == {LIMITS_EXCEEDED}
    settles(lambda: len(authority.checks), 8)
    assert sum(c.done() for c in calls) == 12
    for check in list(authority.checks):
        authority.reply(check, DENY)
    assert {name_of(c) for c in calls if c not in refused} == {ACCESS_DENIED}
    authority.answer = ALLOW  # there is room again
    stranger.call(*SET_MTU)


def test_200_callers_of_one_user(authority, node, network, root, user, stranger):
    authority.answer = SILENT
    calls = [stranger.send(*SET_MTU, connection=f"caller{i}") for i in range(200)]
    eventually(lambda: sum(c.done() for c in calls) >= 184, 60)
    settles(lambda: len(authority.checks), 16)
    # root and another user are served meanwhile, and the other may wait for polkit too.
    root.set_mtu("eth0", 1400)
    assert network.mtu("eth0") == 1400
    member = user(stage.MEMBER)
    future, check = ask(authority, member, "SetMTU", "(sut)", "wg0", 1310, 0)
    authority.reply(check, ALLOW)
    assert future.result(20)[2] == {"mtu": 1310}
    waiting = [c for c in calls if not c.done()]
    assert len(waiting) == 16
    assert {name_of(c) for c in calls if c.done()} == {LIMITS_EXCEEDED}
    for check in authority.checks[:16]:
        authority.reply(check, ALLOW)
    concurrent.futures.wait(waiting, 20)
    assert {name_of(c) for c in waiting} == {None}
    assert network.mtu("wg0") == 1300


if "WSLNODE_LONG" in os.environ:
    def test_silence_ends(authority, node, network, stranger):
        future, check = ask(authority, stranger, *SET_MTU)
        assert future.exception(130).name == ACCESS_DENIED
        settles(lambda: authority.cancelled, [check.cancellation])
        assert network.mtu("wg0") == 1420

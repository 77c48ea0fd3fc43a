# SPDX-License-Identifier: LGPL-2.1-or-later
"""The VPN after a sleep: tunnels that were up are tried before one report is made."""

import time

import pytest

import vpn
from tunnel import Pair
from wait import eventually, settles

CONFIGURATION = "[Clock]\nNTPServers=127.0.0.1\n"
DEADLINE = 22
SLACK = 15  # clock, links, and sanitizers on busy cores


@pytest.fixture
def pair(asleep):
    pairs = []

    def start(*words, allowed=None, **options):
        pairs.append(Pair(asleep, *words, **options))
        if allowed:
            pairs[-1].near.peers[pairs[-1].far.key.public]["AllowedIPs"] = allowed
        return pairs[-1].start()
    yield start
    for one in pairs:
        one.stop()


@pytest.fixture
def awake(asleep, ntp, root):
    """The node with its clock's reference; sleep() is a sleep as it looks from here, and returns its report."""
    asleep.configure(CONFIGURATION)

    def sleep(signals):
        count = len(signals.of("Resumed"))
        ntp.offset += 3600
        begun = time.monotonic()
        asleep.reload()
        report = eventually(lambda: signals.of("Resumed")[count:], DEADLINE + SLACK)[0][1]
        print(f"after {time.monotonic() - begun:.1f} s: {report}")
        return report

    def start(*names):
        asleep.start()
        settles(lambda: root.get("ClockReference"), "ntp")
        settles(lambda: vpn.look(root) and [vpn.state(root, name) for name in names], ["up"] * len(names), 25)
        return root.listen()
    asleep.sleep, asleep.wake_up = sleep, start
    return asleep


def order(signals):
    return [member for member in signals.members() if member in ("Resumed", "VPNDown", "VPNUp")]


def found(report):
    return [finding.strip() for finding in report["findings"] if finding.startswith("vpn-down")]


def comes_back(pair, signals):
    """A handshake is tried anew each five seconds, and one that is down is read each fifteen."""
    pair.far.start()
    eventually(lambda: ("up", "wga", pair.far.key.public) in vpn.drops(signals), 45)


def falls(awake, pair, root):
    """It goes, and the machine sleeps: (the signals from then on, the report).

    What is sent has to stay unanswered for 20 of the report's 22 s. Where the machine is too slow for that the report
    says "unknown", which is right: then once more.
    """
    for _ in range(3):
        signals = root.listen()
        pair.far.kill()
        report = awake.sleep(signals)
        if report["vpn"] != "unknown":
            break
        eventually(lambda: vpn.drops(signals), 30)
        comes_back(pair, signals)
    return signals, report


def test_peers_after_a_sleep(awake, pair, root):
    """The peer of wga is there, then it is gone, then it is back; that of wgb is there all the time.

    Of that one no address is known, and it says no more than that something has come, 10 s later.
    """
    gone, stays = pair("wga", 1), pair("wgb", 2, keepalive=0, far_keepalive=120, allowed="0.0.0.0/0")
    eventually(lambda: gone.shaken() and stays.shaken(), 25)
    signals = awake.wake_up("wga", "wgb")
    sent = [int(one.peer().tx) for one in (gone, stays)]
    report = awake.sleep(signals)
    assert (report["vpn"], found(report), report["network"]) == ("ok", [], "ok")
    assert all(int(one.peer().tx) > before for one, before in zip((gone, stays), sent))
    assert vpn.drops(signals) == []

    signals, report = falls(awake, gone, root)
    assert (report["vpn"], found(report)) == ("down", ["vpn-down wga"])
    drop = eventually(lambda: vpn.drops(signals))
    assert drop == [("down", "wga", gone.far.key.public, "no-reply")]
    # That it is down is told with the tunnel's object at once, and as a drop only after the report.
    assert order(signals) == ["Resumed", "VPNDown"]
    assert (vpn.state(root, "wga"), vpn.state(root, "wgb")) == ("down", "up")
    assert not [raised for raised in signals.of("FindingRaised") if raised[0] == "vpn-down"]

    comes_back(gone, signals)
    assert len(vpn.drops(signals)) == 2

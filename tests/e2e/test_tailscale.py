# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tailscale as a tunnel of the VPN: by a daemon that replays what tailscaled of some versions says, or lies."""

import os
import pathlib
import time

import pytest

import stage
import tailscaled
from client import ERROR, INTERFACE, PATH, PROPERTIES, STANDARD, BusError
from tailscaled import (BAD, NEEDS_LOGIN, NEEDS_MACHINE_AUTH, RUNNING, STARTING, STOPPED, Tailscaled, recorded_bus,
                        recorded_status)
from wait import eventually, settles

VPN, AT = INTERFACE + ".VPN", PATH + "/vpn/tailscale_3atailscale"
KEY, NODE, HEALTH = "tailscale-key-expires", "tailscale-exit-node", "tailscale-health"


@pytest.fixture
def play(asleep):
    """play(…) starts a tailscaled of these lines, status or part. Its node is asleep yet."""
    daemons = []

    def play(*arguments, **options):
        daemons.append(Tailscaled(asleep, *arguments, **options).start())
        return daemons[-1]
    yield play
    for daemon in daemons:
        daemon.kill()


def tunnel(root):
    return root.call("GetAll", "(s)", VPN, interface=PROPERTIES, path=AT)[0]


def state(root):
    try:
        return tunnel(root)["State"]
    except BusError as e:
        assert e.name == STANDARD + "UnknownObject", e
        return "absent"


def drops(signals):
    return [arguments[2] if member == "VPNDown" else "up" for _, member, arguments in list(signals.heard)
            if member in ("VPNDown", "VPNUp") and arguments[:2] == ("tailscale", "")]


def findings(root):
    return {name: finding["severity"] for (name, subject), finding in root.findings().items()
            if subject == "tailscale"}


def running(play):
    """It runs, and nothing is to be said of it."""
    status = recorded_status("1.102")
    del status["Health"], status["Self"]["KeyExpiry"]
    return play([], status)


@pytest.mark.parametrize("version, up, link, found", [
    ("1.30", 2, "ts-own", {}),
    ("1.34", 2, "ts-own", {}),
    ("1.66", 1, "ts-own", {NODE: "critical", KEY: "warning", HEALTH: "info"}),
    ("1.80", 2, "", {KEY: "warning"}),
    ("1.102", 2, "ts-own", {KEY: "warning", HEALTH: "info"}),
])
def test_versions(asleep, network, play, root, version, up, link, found):
    network.batch(["tuntap add dev ts-own mode tun", "addr add 100.64.0.1/32 dev ts-own",
                   "link set ts-own up mtu 1280"])
    play(recorded_bus(version), recorded_status(version))
    asleep.start()
    settles(lambda: state(root), "up")
    settles(lambda: tunnel(root)["PeerCount"], 3)
    values = tunnel(root)
    assert (values["Kind"], values["PeersUp"], values["PeersDown"]) == ("tailscale", up, 0)
    assert (values["Link"], values["MTU"]) == (link, 1280 if link else 0)
    settles(lambda: findings(root), found)


def test_from_nothing_to_a_login(asleep, play, root, user):
    """As 1.50 has it: nobody misses what was never there."""
    lines = recorded_bus("1.50")
    status = recorded_status("1.50")
    daemon = play(lines[:1], status)
    asleep.start()
    signals = root.listen()
    settles(lambda: state(root), "down")
    assert (findings(root), drops(signals)) == ({}, [])
    for line in lines[1:5]:
        daemon.watchers[0].sendall(line)
    settles(lambda: state(root), "unknown")
    daemon.say(RUNNING)
    settles(lambda: state(root), "up")
    assert (findings(root), drops(signals)) == ({}, [])
    for client in (root, user(stage.STRANGER)):
        with pytest.raises(BusError, match="tailscale status") as e:
            client.call("ListPeers", "(uu)", 0, 0, interface=VPN, path=AT)
        assert e.value.name == ERROR + "Unsupported"


def test_ctl(asleep, play, root, ctl):
    daemon = running(play)
    daemon.status["Health"] = ["a warning of its own"]
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: findings(root), {HEALTH: "info"})
    row = ctl("--no-legend", "vpn").splitlines()[0].split()
    assert row == ["tailscale", "tailscale", "up", "-", "-", "2/3", "-"]
    shown = ctl("vpn", "tailscale")
    assert "2 of 3 up" in shown and "up: it runs" in shown and "Tailscale warns about itself." in shown
    document = ctl.json("vpn", "tailscale")
    assert "Peers" not in document and [f["id"] for f in document["Findings"]] == [HEALTH]
    daemon.say(STOPPED)
    settles(lambda: state(root), "idle")
    assert "idle: it was stopped" in ctl("vpn", "tailscale")


def test_drops(asleep, play, root):
    """Told once, and once that it is back; not what a person stops."""
    daemon = running(play)
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: state(root), "up")
    signals = root.listen()
    daemon.say(NEEDS_LOGIN)
    settles(lambda: findings(root), {"vpn-down": "critical"})
    assert root.findings()["vpn-down", "tailscale"]["params"] == {"reason": "login-needed"}
    settles(lambda: drops(signals), ["login-needed"])
    daemon.say(STARTING)
    settles(lambda: state(root), "unknown")
    daemon.say(RUNNING)
    settles(lambda: state(root), "up")
    settles(lambda: drops(signals), ["login-needed", "up"])
    assert findings(root) == {}
    daemon.say(STOPPED)
    settles(lambda: state(root), "idle")
    daemon.say(RUNNING)
    settles(lambda: state(root), "up")
    daemon.say(NEEDS_MACHINE_AUTH)
    settles(lambda: drops(signals), ["login-needed", "up", "not-authorised"])
    daemon.say(RUNNING)
    settles(lambda: drops(signals), ["login-needed", "up", "not-authorised", "up"])
    down = signals.of("VPNDown")[0][3]
    assert (down["path"], down["kind"], down["finding"]) == (AT, "tailscale", "vpn-down")


def test_a_login_that_expired_before(asleep, play, root):
    """It had one, so it is missed though it was never seen up."""
    daemon = running(play)
    daemon.status["Self"]["KeyExpiry"] = "2024-09-01T10:20:30Z"
    daemon.say(NEEDS_LOGIN)
    asleep.start()
    settles(lambda: findings(root), {"vpn-down": "critical"})


def test_it_is_killed_and_comes_back(asleep, play, root):
    daemon = running(play)
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: state(root), "up")
    signals = root.listen()
    daemon.kill()
    settles(lambda: state(root), "down")
    settles(lambda: findings(root), {"vpn-down": "critical"})
    daemon.start()
    settles(lambda: state(root), "up")
    settles(lambda: drops(signals), ["daemon-gone", "up"])
    assert findings(root) == {}
    # A restart by systemd takes less than the second that is waited.
    before = daemon.asked
    daemon.stop()
    daemon.start()
    eventually(lambda: daemon.asked > before)
    assert (state(root), drops(signals)) == ("up", ["daemon-gone", "up"])
    daemon.stop()
    settles(lambda: state(root), "absent")
    settles(lambda: drops(signals), ["daemon-gone", "up", "link-gone"])
    assert findings(root) == {}
    daemon.start()
    settles(lambda: state(root), "up")
    settles(lambda: drops(signals), ["daemon-gone", "up", "link-gone", "up"])
    daemon.say(STOPPED)
    settles(lambda: state(root), "idle")
    daemon.stop()
    settles(lambda: state(root), "absent")
    assert drops(signals) == ["daemon-gone", "up", "link-gone", "up"]


def test_restarts(asleep, play, root):
    """As systemd does it: its folder goes, and comes back with it. Nothing has happened then."""
    daemon = running(play)
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: state(root), "up")
    settles(lambda: tunnel(root)["PeerCount"], 3)
    signals = root.listen()
    for gap in (0.5, 2):
        before = daemon.asked
        daemon.stop()
        daemon.folder.rmdir()
        time.sleep(gap)
        assert state(root) == "up"
        daemon.start()
        eventually(lambda: daemon.asked > before)
        assert state(root) == "up"
    daemon.stop()
    daemon.folder.rmdir()
    settles(lambda: state(root), "absent")
    settles(lambda: signals.members()[-2:], ["VPNDown", "InterfacesRemoved"])
    assert drops(signals) == ["link-gone"] and signals.members().count("InterfacesRemoved") == 1


def diagnosed(root):
    """In how many seconds."""
    before = time.monotonic()
    assert root.call("Diagnose")[0]
    return time.monotonic() - before


def test_diagnose(asleep, play, root):
    """It asks for no status so soon after the last one; later it waits for one, be it no news."""
    daemon = running(play)
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: state(root), "up")
    settles(lambda: tunnel(root)["PeerCount"], 3)
    asked, before, daemon.delay = daemon.asked, time.monotonic(), 2
    assert diagnosed(root) < 5 and daemon.asked == asked
    time.sleep(10.1 - (time.monotonic() - before))
    assert diagnosed(root) < 9 and daemon.asked == asked + 1


def test_diagnose_does_not_wait_for_what_hangs(asleep, play, root):
    daemon = play([b'{"Version":"1.102.0"}\n'], {}, delay=60)  # that line is no reason to ask
    asleep.start()
    settles(lambda: state(root), "unknown")
    assert 5.9 <= diagnosed(root) < 9 and daemon.asked == 2


def answers_at_once(root):
    before = time.monotonic()
    root.get("Health")
    assert time.monotonic() - before < 2


def test_bad_ones(asleep, play, root):
    """None of them is up, and none keeps anybody waiting."""
    daemon = running(play)
    daemon.say(RUNNING)
    asleep.start()
    settles(lambda: state(root), "up")
    daemon.kill()
    settles(lambda: state(root), "down")
    signals = root.listen()
    for part in BAD:
        bad = play(part=part)
        eventually(lambda: bad.asked)
        answers_at_once(root)
        assert state(root) == "down", part.__name__
        bad.kill()
    slow = play(part=tailscaled.slowly)
    settles(lambda: state(root), "up")
    slow.kill()
    settles(lambda: state(root), "down")
    daemon.start()
    settles(lambda: state(root), "up")
    assert drops(signals) == ["up", "daemon-gone", "up"]


def private_dirty(pid):
    """In kB."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Private_Dirty:")))


def test_large_ones(asleep, play, root):
    """Ten megabytes of peers are counted, an object of ten megabytes is refused, and neither is kept."""
    status, count = tailscaled.large_status()
    daemon = running(play)
    daemon.kill()
    asleep.start()
    root.call("Diagnose")  # all that it needs at first it has by then
    measured = [private_dirty(asleep.process.pid)]
    measure = lambda: measured.append(private_dirty(asleep.process.pid))
    daemon.status = status
    daemon.say(RUNNING)
    daemon.start()
    settles(lambda: state(root), "up")
    settles(lambda: tunnel(root)["PeerCount"], count, 30)
    measure()
    daemon.kill()
    settles(lambda: state(root), "down")
    for _ in range(3):
        before = len(measured)
        large = play(part=tailscaled.ten_mebibytes(measure))
        eventually(lambda: len(measured) > before)
        answers_at_once(root)
        large.kill()
    daemon.start()
    settles(lambda: state(root), "up")
    measure()
    # Sanitizers keep what is freed for a while.
    if "WSLNODE_PLAIN" in os.environ:
        assert max(measured) <= measured[0] + 256, measured

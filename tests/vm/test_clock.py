# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clock, which may be set here and only here: who tells the true time, who sets it, who puts it right."""

import json
import os
import pathlib
import time

import pytest

from guest import FORCE

HERE = pathlib.Path(__file__).parent
LONG = "WSLNODE_LONG" in os.environ
KNOBS = "/sys/module/wslguest/parameters"
SECOND, HOUR = 1_000_000, 3600
# Of what a command says the machine's agent passes on no more.
PIECE = 1 << 20
# What is right enough, and told so.
OK = 0.05
DROP_IN = "/etc/wslnode/wslnode.conf.d/50-clock.conf"


def plain(value):
    """Without the types that busctl tells along."""
    if isinstance(value, dict):
        return {key: plain(item["data"]) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


class Clock:
    """The machine's clock, which is right when a scenario begins."""

    def __init__(self, node):
        self.node = node
        for name in ("clock", "signals", "follow"):
            node.put(HERE / f"guest/{name}.py", f"/usr/lib/dress/{name}.py")
        self.true = self.look()["distance"]

    def look(self):
        return json.loads(self.node.run("python3 /usr/lib/dress/clock.py"))

    def raw(self):
        return self.look()["raw"]

    def off(self):
        return self.look()["distance"] - self.true

    def step(self, seconds):
        """Sets it beside what it shows, and tells when by CLOCK_MONOTONIC_RAW."""
        return float(self.node.run("python3", "/usr/lib/dress/clock.py", seconds))

    def step_often(self, unit, *words):
        self.node.run("systemd-run", "-q", f"--unit={unit}", "--property=StandardOutput=file:/run/steps", "python3",
                      "/usr/lib/dress/clock.py", *words)

    def steps(self):
        return [float(line) for line in self.node.run("cat /run/steps").splitlines()]

    def knob(self, name, value):
        self.node.run(f"echo {value} > {KNOBS}/{name}")

    def sync(self, flags=0):
        change, steps, result = plain(self.node.call("SyncClock", "t", flags)["data"])
        return change, steps, result


class Told:
    """All that the service says, from now on."""

    def __init__(self, node):
        self.node, self.read = node, b""
        node.run("systemd-run", "-q", "--unit=signals", "--property=StandardOutput=file:/run/signals",
                 "--property=CPUSchedulingPolicy=rr", "python3", "/usr/lib/dress/signals.py")
        node.eventually(lambda: node.get("Uplink") and self.messages())

    def lines(self):
        part = None
        while part is None or len(part) == PIECE:
            part = self.node.try_("tail", "-c", f"+{len(self.read) + 1}", "/run/signals").raw
            self.read += part
        # The last one may be half written.
        return [json.loads(line) for line in self.read.split(b"\n")[:-1]]

    def messages(self):
        return [line for line in self.lines() if line["type"] != "stall"]

    def members(self):
        return [message["member"] for message in self.messages() if message["type"] == "signal"]

    def of(self, member):
        """Each with the moment when it came."""
        return [(message["at"], *plain(message["arguments"])) for message in self.messages()
                if message["type"] == "signal" and message["member"] == member]

    def stalled(self, begin, end):
        """For how long in between the machine may not have been run: that is nobody's fault in it."""
        stalls = [(line["at"] - line["seconds"], line["at"]) for line in self.lines() if line["type"] == "stall"]
        return sum(max(0, min(end, until) - max(begin, since)) for since, until in stalls)

    def own(self):
        """Steps of the clock that the service made."""
        return [by for _, by, details in self.of("ClockStepped") if details["own"]]


@pytest.fixture
def clock(node):
    return Clock(node)


@pytest.fixture
def told(node, clock):
    return Told(node)


def finding(node, name):
    return next((plain(item) for item in node.get("Findings") if item["id"]["data"] == name), None)


def configure(node, text):
    node.write(DROP_IN, text)
    node.run("systemctl reload wslnoded.service")


def use_rtc(node, clock):
    clock.knob("stale", 1)
    node.diagnose()
    node.settles(lambda: node.get("ClockReference"), "rtc")


def test_ptp(node, clock):
    assert (node.get("ClockReference"), node.get("ClockState")) == ("ptp", "ok")
    bound = node.get("ClockErrorBoundUSec")
    assert abs(node.get("ClockOffsetUSec")) <= bound < SECOND / 100
    clock.knob("offset_nsec", 700_000_000)
    node.diagnose()
    assert abs(node.get("ClockOffsetUSec") + 700_000) <= node.get("ClockErrorBoundUSec")
    assert node.get("ClockState") == "ok"
    node.settles(node.findings, [])


def test_it_is_set_back(node, clock, told):
    stepped_at = clock.step(-2 * HOUR)
    told_at = node.eventually(lambda: told.of("FindingRaised"))[0][0] - stepped_at
    drift_at, offset, reference, details = node.eventually(lambda: told.of("ClockDrift"))[0]
    print(f"FindingRaised {told_at:.2f} s, ClockDrift {drift_at - stepped_at:.2f} s after the step")
    stalled = told.stalled(stepped_at, drift_at)
    assert told_at < 1 + stalled and drift_at - stepped_at < 1 + stalled
    assert abs(offset + 2 * HOUR * SECOND) < SECOND and reference == "ptp" and details["drifting"]
    drift = finding(node, "clock-drift")
    assert (drift["severity"], drift["params"]["seconds"], drift["verb"]) == ("critical", -2 * HOUR, "SyncClock")

    change, steps, result = clock.sync()
    assert abs(clock.off()) < OK and abs(node.get("ClockOffsetUSec")) < OK * SECOND
    assert (result["outcome"], result["reference"]) == ("stepped", "ptp")
    assert abs(result["offset-before-usec"] + 2 * HOUR * SECOND) < SECOND
    assert [step[0] for step in steps] == ["clock"]
    node.settles(node.findings, [])
    node.eventually(lambda: len(told.of("ClockStepped")) == 2)
    assert [(round(by / SECOND), details["own"]) for _, by, details in told.of("ClockStepped")] == [
        (-2 * HOUR, False), (2 * HOUR, True)]
    newest = node.changes()[0]
    assert (newest["id"], newest["verb"], newest["state"], newest["steps"]) == (change, "SyncClock", "done", steps)
    # It was written by the clock that is right.
    assert abs(newest["time"] / SECOND - int(node.run("date +%s"))) < 60
    assert node.error("Undo", "tt", change, 0, user=None) == "org.wslnode.Node1.Error.NotUndoable"
    assert abs(clock.off()) < OK


def test_ptp_is_stale(node, clock):
    use_rtc(node, clock)
    node.settles(node.findings, [("clock-reference-stale", "")])
    # Debian's kernel took the time from it to half a second.
    assert abs(node.get("ClockOffsetUSec")) < SECOND
    clock.step(-2 * HOUR)
    node.settles(node.findings, [("clock-drift", ""), ("clock-reference-stale", "")])
    _, _, result = clock.sync()
    assert (result["outcome"], result["reference"]) == ("stepped", "rtc")
    assert abs(node.get("ClockOffsetUSec")) <= max(node.get("ClockErrorBoundUSec"), OK * SECOND)
    assert abs(clock.off()) < 1
    node.settles(node.findings, [("clock-reference-stale", "")])


def test_ptp_goes(node, clock):
    """Its driver can be unloaded though the service has the device open."""
    assert "/dev/ptp0" in node.run(f"ls -l /proc/{node.main_pid()}/fd")
    node.run("rmmod wslguest && ! test -e /dev/ptp0")
    node.diagnose()
    assert node.get("ClockReference") == "rtc"
    node.settles(node.findings, [])
    clock.step(-2 * HOUR)
    node.settles(node.findings, [("clock-drift", "")])
    _, _, result = clock.sync()
    assert (result["outcome"], result["reference"]) == ("stepped", "rtc")
    assert abs(clock.off()) < 1
    node.settles(node.findings, [])
    node.run("modprobe wslguest")
    node.eventually(lambda: node.diagnose() and node.get("ClockReference") == "ptp")


CHRONY = """refclock PHC /dev/ptp0 poll 3 dpoll -2 offset 0
makestep 1.0 3
pidfile /run/windows-time.pid
bindcmdaddress /
logdir /run/windows-time
log tracking
"""


def updates(node):
    return node.try_("cat /run/windows-time/tracking.log").out.count("PHC0")


def slew(clock):
    """In ppm."""
    shown = clock.look()
    return (shown["tick"] - 10000) * 100 + shown["freq"] / 65536


def test_wsl_slews(node, clock):
    """WSL's own chronyd takes twelve hours for one: it is not fought, and has nothing left to do afterwards."""
    clock.knob("extended", 0)
    node.write("/run/windows-time.conf", CHRONY)
    node.run("mkdir -m 777 /run/windows-time && systemd-run -q --unit=windows-time "
             "/usr/sbin/chronyd -n -f /run/windows-time.conf")
    # It steps in its first three updates.
    node.eventually(lambda: updates(node) >= 3, timeout=90)
    assert abs(clock.off()) < OK
    clock.step(-HOUR)
    node.eventually(lambda: slew(clock) > 80_000, timeout=90)
    node.diagnose()
    left = finding(node, "clock-drift")["params"]["slew-left-seconds"]
    assert abs(left - 12 * HOUR) < HOUR / 2
    assert clock.sync()[2]["outcome"] == "stepped"
    end = time.monotonic() + (60 if LONG else 20)  # two of its polls and more
    while time.monotonic() < end:
        assert abs(clock.off()) < 0.2
        time.sleep(1)
    assert abs(slew(clock)) < 1000
    assert node.run("systemctl is-active windows-time.service").strip() == "active"
    node.settles(node.findings, [])


def test_somebody_sets_it_wrong_again_and_again(node, clock, told):
    configure(node, "[Clock]\nAutoSync=always\n")
    clock.step_often("ntpd", -HOUR, 100, 10)
    node.settles(lambda: node.get("ClockState"), "fighting")
    fight_at = node.eventually(lambda: [raised[0] for raised in told.of("FindingRaised") if raised[1] == "fighting"])[0]
    third_at = clock.steps()[2]
    assert 0 < fight_at - third_at < 1 + told.stalled(third_at, fight_at)
    assert finding(node, "fighting")["subject"] == "clock"

    def evidence():
        params = finding(node, "fighting")["params"]
        return params["suspects"], params["period-seconds"]
    # One step that came late is out of the mean after two more.
    node.settles(evidence, ("ntpd (runs)", 10))
    assert node.error("SyncClock", "t", 0, user=None) == "org.wslnode.Node1.Error.Fighting"
    node.run("sleep 25")
    assert told.own() == [] and node.get("ClockState") == "fighting"
    node.run("systemctl stop ntpd.service")
    _, _, result = clock.sync(FORCE)
    assert result["outcome"] == "stepped" and abs(clock.off()) < OK
    node.settles(lambda: node.get("ClockState"), "ok")
    assert ("fighting", "clock") not in node.findings()
    node.settles(lambda: len(told.own()), 1)


def test_somebody_sets_it_right_again_and_again(node, clock, told):
    period = 30 if LONG else 10
    clock.step_often("docker", 0, 100, period)
    node.settles(node.findings, [("clock-stepped", "")], timeout=4 * period + 30)

    def beat():
        now = finding(node, "clock-stepped")
        return now and (now["severity"], now["params"]["period-seconds"])
    # One step that came late is out of the mean after two more.
    node.settles(beat, ("info", period), timeout=4 * period)
    assert (node.get("Health"), node.get("ClockState")) == ("ok", "ok")
    assert not {"ClockDrift", "Resumed"} & set(told.members()) and told.own() == []


def sleep(node, clock, seconds):
    """The machine stands still and Windows' time goes on, which is what its clock tells first of all afterwards."""
    with node.machine.held():
        began = time.monotonic()
        time.sleep(seconds)
        asleep = time.monotonic() - began
        done = node.machine.send(["sh", "-ec", f"echo {asleep * 1e9:.0f} > {KNOBS}/offset_nsec"])
    done.get(timeout=60)
    clock.true += asleep
    return asleep


def test_resume(node, clock, told):
    node.add_tunnel("wg0")
    assert node.set_mtu("wg0", 1300)["data"][0]
    # Who reconnects when the clock jumps, and knows nothing of the wish.
    node.run("systemd-run", "-q", "--unit=follow", "--property=CPUSchedulingPolicy=fifo", "--property=Type=notify",
             "--property=NotifyAccess=all", "python3", "/usr/lib/dress/follow.py", "wg0", 1420)
    before = len(told.members())
    asleep = sleep(node, clock, 4)
    woke_at = clock.raw()
    seen, asleep_usec, details = node.eventually(lambda: told.of("Resumed"), timeout=150)[0]
    assert seen - woke_at < 75 + told.stalled(woke_at, seen)
    print(f"asleep {asleep:.2f} s, told {asleep_usec / SECOND:.2f} s")
    assert abs(asleep_usec / SECOND - asleep) < 0.5
    assert details["mended"] == ["clock", "mtu wg0"]
    assert (details["clock"], details["network"], details["findings"]) == ("stepped", "ok", [])
    assert abs(details["offset-usec"] / SECOND + asleep) < 0.5
    assert abs(clock.off()) < OK and node.mtu("wg0") == 1300
    node.run("sleep 3")
    assert set(told.members()[before:]) <= {"PropertiesChanged", "Resumed"} and len(told.of("Resumed")) == 1
    assert node.findings() == []


IDLE_SECONDS = 600 if LONG else 70


def switches(node):
    """How often the service went to sleep, and when that was read."""
    status = node.run(f"grep ^voluntary /proc/{node.main_pid()}/status; cat /proc/uptime")
    return int(status.split()[1]), float(status.split()[2])


@pytest.mark.parametrize("reference", ["ptp", "rtc"] if LONG else ["ptp"])
def test_it_sleeps(node, clock, reference):
    """systemd's watchdog included."""
    if reference == "rtc":
        use_rtc(node, clock)
    node.settles(lambda: node.get("ClockReference"), reference)
    # What a call leaves behind is over after some seconds.
    node.run("sleep 10")
    before, began = switches(node)
    node.run(f"sleep {IDLE_SECONDS}", timeout=IDLE_SECONDS + 60)
    after, ended = switches(node)
    awake = after - before
    print(f"{reference}: {awake} times in {ended - began:.0f} s")
    # DNS servers are asked meanwhile, and what they answer is read: both at a beat of the clock.
    assert awake <= (ended - began) // 60 + (not LONG)
    assert node.get("ClockReference") == reference


def test_ptp_jumps_about(node, clock, told):
    clock.knob("jitter_nsec", 900_000_000)
    node.diagnose()
    node.settles(lambda: node.get("ClockReference"), "rtc")
    node.settles(node.findings, [("clock-reference-stale", "")])
    node.run("sleep 5")
    node.diagnose()
    assert (node.get("ClockReference"), node.get("ClockState")) == ("rtc", "ok")
    assert not {"ClockDrift", "Resumed", "ClockStepped"} & set(told.members())
    assert abs(clock.off()) < OK


def test_by_itself(node, clock, told):
    configure(node, "[Clock]\nAutoSync=no\n")
    clock.knob("offset_nsec", HOUR * 10**9)
    clock.true += HOUR
    node.diagnose()
    _, _, details = node.eventually(lambda: told.of("Resumed"))[0]
    assert (details["clock"], details["mended"], details["findings"]) == ("left", [], ["clock-drift"])
    assert told.own() == [] and abs(clock.off() + HOUR) < OK
    stepped_at = clock.step(0)
    configure(node, "[Clock]\nAutoSync=always\n")
    node.eventually(told.own, timeout=240)
    own_at = told.of("ClockStepped")[-1][0]
    print(f"stepped {own_at - stepped_at:.1f} s after the other")
    assert own_at - stepped_at > 60
    node.settles(lambda: abs(clock.off()) < OK, True)
    node.settles(node.findings, [])
    assert node.changes()[0]["verb"] == "SyncClock"

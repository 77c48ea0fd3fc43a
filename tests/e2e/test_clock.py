# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clock and its reference, an NTP server that tells what a test wants. Nothing here may set a clock."""

import time

import pytest

import stage
from authority import ALLOW, DENY
from client import DRY_RUN, ERROR, FORCE, PERSIST, STANDARD, BusError
from network import GATEWAY
from ntp import UNSYNCHRONISED, Ntp
from wait import eventually, settles

SECOND = 1_000_000
DAY = 86400
CONFIGURATION = "[Clock]\nNTPServers=127.0.0.1\n"
NO_TIME_REFERENCE, UNSUPPORTED = ERROR + "NoTimeReference", ERROR + "Unsupported"
PASSWORD_NEEDED = STANDARD + "InteractiveAuthorizationRequired"


def realtime():
    """The machine's clock, as its distance from what nobody can set; both are to be read at once."""
    while True:
        before, now = time.clock_gettime(time.CLOCK_MONOTONIC_RAW), time.clock_gettime(time.CLOCK_REALTIME)
        if time.clock_gettime(time.CLOCK_MONOTONIC_RAW) - before < 0.02:
            return now - before


@pytest.fixture(autouse=True)
def machines_clock():
    before = realtime()
    yield
    assert abs(realtime() - before) < 0.2, "somebody set the machine's clock"


def dress(node):
    """As under WSL2, without its clocks."""
    node.write("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
    node.write("run/WSL/1_interop", "")


def of_clock(root):
    """Without those about DNS: a bare folder has no resolv.conf."""
    return {key: finding for key, finding in root.findings().items() if not key[0].startswith(("dns-", "resolv-"))}


@pytest.fixture(params=["linux", "wsl2"])
def platform(request, asleep):
    if request.param == "wsl2":
        dress(asleep)
    return request.param


def start(asleep, root, configuration=CONFIGURATION, reference="ntp"):
    asleep.configure(configuration)
    asleep.start()
    settles(lambda: root.get("ClockReference"), reference)


def look(root):
    """Lets the daemon measure; it does not do so twice within 5 s."""
    return {check["id"]: check for check in root.call("Diagnose")[0]}


def sync(client, flags=0, **options):
    return client.call("SyncClock", "(t)", flags, **options)


def refused(client, flags=0):
    """The error of a SyncClock that changes nothing."""
    before = realtime(), client.changes()
    with pytest.raises(BusError) as e:
        sync(client, flags)
    assert abs(realtime() - before[0]) < 0.2 and client.changes() == before[1]
    return e.value


def about(usec, seconds):
    """What a test set, within what the way to the server takes on a busy machine."""
    return abs(usec - seconds * SECOND) < SECOND // 2


def test_right(asleep, ntp, platform, root):
    start(asleep, root)
    everything = root.all()
    assert (everything["Platform"], everything["ClockState"]) == (platform, "ok")
    assert about(everything["ClockOffsetUSec"], 0)
    assert 0 < everything["ClockErrorBoundUSec"] < SECOND
    checks = look(root)
    for name in ("clock-drift", "clock-stepped", "no-time-reference", "clock-reference-stale", "network-dead"):
        assert checks[name]["severity"] == "ok"
    assert ntp.asked > 0 and of_clock(root) == {}


def test_wrong(asleep, ntp, platform, root):
    ntp.offset = -7200
    signals = root.listen()
    start(asleep, root)
    look(root)
    settles(lambda: root.get("ClockState"), "drifting")
    assert about(root.get("ClockOffsetUSec"), 7200)
    finding = root.findings()["clock-drift", ""]
    assert finding["severity"] == "critical"
    # Nothing here could mend it.
    assert finding["verb"] == ""
    assert finding["params"] == {"seconds": 7200, "reference": "ntp"}
    offset, reference, details = eventually(lambda: signals.of("ClockDrift"))[0]
    assert about(offset, 7200) and reference == "ntp"
    assert details["drifting"] is True and details["finding"] == "clock-drift"
    assert 0 < details["error-bound-usec"] < SECOND
    settles(lambda: [raised[0] for raised in signals.of("FindingRaised")
                     if not raised[0].startswith(("dns-", "resolv-"))], ["clock-drift"])
    # The state is told before.
    members = signals.members()
    assert "drifting" in signals.changed("ClockState")
    assert members.index("PropertiesChanged") < members.index("ClockDrift")
    assert not signals.of("Resumed") and not signals.of("ClockStepped")


def test_right_again(asleep, ntp, root):
    """A jump that is too small for a resume."""
    ntp.offset = 2.6
    signals = root.listen()
    start(asleep, root)
    look(root)
    settles(lambda: root.get("ClockState"), "drifting")
    assert root.findings()["clock-drift", ""]["severity"] == "warning"
    assert root.findings()["clock-drift", ""]["params"]["seconds"] == -3
    for offset, state in ((1.5, "drifting"), (0.8, "ok")):
        ntp.offset = offset
        asleep.reload()
        settles(lambda: about(root.get("ClockOffsetUSec"), -offset), True)
        assert root.get("ClockState") == state
    settles(root.findings, {})
    eventually(lambda: len(signals.of("ClockDrift")) == 2)
    offset, _, details = signals.of("ClockDrift")[1]
    assert about(offset, -0.8) and details["drifting"] is False
    eventually(lambda: [cleared[0] for cleared in signals.of("FindingCleared")] == ["clock-drift"])
    assert not signals.of("Resumed")


def test_offset_is_that_of_the_call(asleep, ntp, root):
    start(asleep, root)
    asked = ntp.asked
    values = {root.get("ClockOffsetUSec") for _ in range(20)}
    assert all(about(value, 0) for value in values)
    assert ntp.asked - asked < 10  # reading asks nobody; the daemon itself may do so meanwhile


def test_nothing_to_do(asleep, ntp, root):
    start(asleep, root)
    before = realtime()
    for flags in (0, DRY_RUN, FORCE, FORCE | DRY_RUN):
        asked = ntp.asked
        change, steps, result = sync(root, flags)
        assert (change, steps) == (0, [])
        assert set(result) == {"offset-before-usec", "error-bound-usec", "reference", "outcome"}
        assert (result["outcome"], result["reference"]) == ("ok", "ntp")
        assert abs(result["offset-before-usec"]) <= max(50_000, result["error-bound-usec"])
        assert ntp.asked > asked  # measured by this call
    assert root.changes() == [] and abs(realtime() - before) < 0.2


@pytest.mark.parametrize("offset", [3, -7200, 2 * DAY])
def test_the_daemon_may_not_set_it(asleep, ntp, root, offset):
    """More than a day as well: what cannot be is said before what may harm."""
    ntp.offset = offset
    start(asleep, root)
    for flags in (0, DRY_RUN, FORCE):
        error = refused(root, flags)
        assert error.name == UNSUPPORTED and "CAP_SYS_TIME" in str(error)
    settles(lambda: ("clock-drift", "") in root.findings(), True)
    with pytest.raises(BusError) as e:
        root.mend("clock-drift", "")
    assert e.value.name == UNSUPPORTED
    ntp.offset = 0


@pytest.mark.parametrize("flags", [PERSIST, PERSIST | DRY_RUN, 8, 2**63])
def test_bad_flags(asleep, ntp, root, flags):
    start(asleep, root)
    assert refused(root, flags).name == STANDARD + "InvalidArgs"
    assert sync(root)[2]["outcome"] == "ok"


@pytest.mark.parametrize("bad", [{"mute": True}, {"leap": UNSYNCHRONISED}, {"stratum": 0}, {"stratum": 16}])
def test_no_server_answers(asleep, ntp, platform, root, bad):
    for name, value in bad.items():
        setattr(ntp, name, value)
    start(asleep, root, reference="none")
    assert refused(root).name == NO_TIME_REFERENCE  # it has waited for the answer
    assert ntp.asked
    state = {name: value for name, value in root.all().items() if name.startswith("Clock")}
    assert state == {"ClockState": "unknown", "ClockReference": "none", "ClockOffsetUSec": 0, "ClockErrorBoundUSec": 0}
    # Off WSL another service keeps the time.
    settles(lambda: set(of_clock(root)), {("no-time-reference", "")} if platform == "wsl2" else set())
    ntp.mute, ntp.leap, ntp.stratum = False, 0, 1
    assert sync(root)[2]["outcome"] == "ok"
    settles(lambda: (root.get("ClockReference"), of_clock(root)), ("ntp", {}))


@pytest.mark.parametrize("word", [b"RATE", b"DENY", b"RSTR"])
def test_the_server_wants_peace(asleep, ntp, root, word):
    ntp.stratum, ntp.identifier = 0, word
    start(asleep, root, reference="none")
    assert refused(root).name == NO_TIME_REFERENCE
    asked = ntp.asked
    ntp.stratum = 1
    for _ in range(3):
        assert refused(root).name == NO_TIME_REFERENCE
    assert ntp.asked == asked == 1


def test_the_server_falls_silent(asleep, ntp, root):
    start(asleep, root)
    assert sync(root)[2]["outcome"] == "ok"
    ntp.mute = True
    assert refused(root).name == NO_TIME_REFERENCE  # it measures, and does not rest on what was
    settles(lambda: root.get("ClockState"), "unknown")


def test_no_server_is_configured(node, root):
    error = eventually(lambda: refused(root))
    assert error.name == NO_TIME_REFERENCE and "NTPServers=" in str(error)
    assert root.get("ClockReference") == "none"
    # What was not measured has not passed.
    assert not {"clock-drift", "no-time-reference", "wsl-conf-cut-off"} & set(look(root))


def test_the_second_server_is_asked(asleep, ntp, root):
    start(asleep, root, "[Clock]\nNTPServers=127.0.0.9 127.0.0.1\n")
    assert sync(root)[2]["outcome"] == "ok"


def test_servers_are_reloaded(asleep, ntp, root):
    start(asleep, root, "", "none")
    asleep.configure(CONFIGURATION)
    asleep.reload()
    settles(lambda: root.get("ClockReference"), "ntp")
    asleep.configure("")
    asleep.reload()
    settles(lambda: root.get("ClockReference"), "none")


def test_who_may(polkit, asleep, ntp, root, user):
    start(asleep, root)
    stranger, member = user(stage.STRANGER), user(stage.MEMBER)
    for flags in (0, DRY_RUN, FORCE):
        assert refused(stranger, flags).name == PASSWORD_NEEDED
    assert sync(member)[2]["outcome"] == "ok"
    assert refused(member, FORCE).name == PASSWORD_NEEDED
    # The same call is good in itself, and the stranger may read.
    assert sync(root)[2]["outcome"] == "ok"
    assert stranger.get("ClockReference") == "ntp" and about(stranger.get("ClockOffsetUSec"), 0)


def test_what_polkit_is_asked(authority, asleep, ntp, root, user):
    start(asleep, root)
    stranger = user(stage.STRANGER)
    authority.answer = ALLOW
    for flags in (0, DRY_RUN, FORCE):
        assert sync(stranger, flags)[2]["outcome"] == "ok"
    authority.answer = DENY
    assert refused(stranger).name == STANDARD + "AccessDenied"
    assert authority.actions() == [f"org.wslnode.node1.{name}" for name in (
        "sync-clock", "sync-clock", "override", "sync-clock")]


def sleep(ntp, asleep, seconds):
    """As a sleep looks from here: the reference goes on, and all clocks of the machine have stood still."""
    ntp.offset += seconds
    asleep.reload()


@pytest.mark.parametrize("automatic, clock", [
    ("", "failed"), ("AutoSync=always\n", "failed"), ("AutoSync=no\n", "left")])
def test_resume(asleep, ntp, root, automatic, clock):
    start(asleep, root, CONFIGURATION + automatic)
    signals = root.listen()
    sleep(ntp, asleep, 3600)
    asleep_usec, details = eventually(lambda: signals.of("Resumed"))[0]
    assert about(asleep_usec, 3600)
    assert (details["clock"], details["network"], details["mended"]) == (clock, "ok", [])
    assert about(details["offset-usec"], -3600)
    assert [finding.strip() for finding in details["findings"]] == ["clock-drift"]
    look(root)
    time.sleep(2)
    assert len(signals.of("Resumed")) == 1
    assert not {"FindingRaised", "ClockDrift", "ClockStepped"} & set(signals.members())
    # What is wrong is wrong all the same, for whoever asks.
    assert root.get("ClockState") == "drifting"
    assert root.findings()["clock-drift", ""]["params"]["seconds"] == -3600
    assert root.changes() == [] or {change["state"] for change in root.changes()} == {"failed"}


def test_resume_of_a_clock_that_is_right_again(asleep, ntp, root):
    ntp.offset = -3600
    start(asleep, root)
    look(root)
    settles(lambda: root.get("ClockState"), "drifting")
    signals = root.listen()
    sleep(ntp, asleep, 3600)
    asleep_usec, details = eventually(lambda: signals.of("Resumed"))[0]
    assert about(asleep_usec, 3600)
    assert (details["clock"], details["findings"]) == ("ok", [])
    settles(root.findings, {})


def test_a_reference_that_is_set_back_is_no_resume(asleep, ntp, root):
    start(asleep, root)
    signals = root.listen()
    sleep(ntp, asleep, -3600)
    settles(lambda: root.get("ClockState"), "drifting")
    assert about(root.get("ClockOffsetUSec"), 3600)
    eventually(lambda: signals.of("FindingRaised") and signals.of("ClockDrift"))
    assert not signals.of("Resumed") and not signals.of("ClockStepped")


def test_the_network_is_dead_after_a_resume(asleep, network, root):
    """The server is not here, for here nothing answers."""
    ntp = Ntp(network.world, GATEWAY)
    try:
        start(asleep, root, f"[Clock]\nNTPServers={GATEWAY}\n")
        signals = root.listen()
        network.ip("link set lo down")
        sleep(ntp, asleep, 3600)
        _, details = eventually(lambda: signals.of("Resumed"))[0]
        assert details["network"] == "dead"
        assert "network-dead" in [finding.strip() for finding in details["findings"]]
        assert root.findings()["network-dead", ""]["severity"] == "critical"
        assert len(signals.of("Resumed")) == 1 and not signals.of("FindingRaised")
    finally:
        ntp.stop()

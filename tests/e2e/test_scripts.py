# SPDX-License-Identifier: LGPL-2.1-or-later
"""The scripts that users copy do what they say, and end as they say."""

import json
import os
import re
import shutil
import subprocess

import pytest

import stage
from client import DRY_RUN, PERSIST, as_user
from dns import CLOSED, TUNNEL
from network import ADDRESS, GATEWAY, PREFIX
from resolv import dress, text_of
from wait import eventually


@pytest.fixture
def script(bus):
    """Starts one of them, as a user who could not read our folder."""
    def start(name, *arguments, user="root"):
        copy = stage.RUN / name
        shutil.copy(stage.SOURCE / "scripts" / name, copy)
        return subprocess.Popen(as_user(user, "sh", copy, *arguments), env=bus.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return start


@pytest.fixture
def run(script):
    def run(*arguments, user="root", code=0):
        with script(*arguments, user=user) as process:
            output, errors = process.communicate(timeout=60)
        assert process.returncode == code, errors
        assert bool(errors) == bool(code), errors
        return output
    return run


def test_read_state(node, root, run):
    for user in ("root", stage.STRANGER):
        text = run("read-state.sh", user=user)
        for word in ("ok", "eth0", ADDRESS, f"{ADDRESS}/{PREFIX}", GATEWAY, "1500"):
            assert word in text
        data = json.loads(run("read-state.sh", "--json", user=user))["data"][0]
        assert {name: value["data"] for name, value in data.items()} == root.all()
    run("read-state.sh", "--nonsense", code=2)


def test_read_state_without_a_daemon(asleep, run):
    run("read-state.sh", code=3)
    asleep.start()
    run("read-state.sh")


def test_refresh_ip(asleep, root, run):
    asleep.write("etc/node", "WSL_IP=10.0.0.1\nNAME=here\n")
    asleep.configure("[RefreshIP]\nAutomatic=no\n[File node]\nPath=/etc/node\nVariables=WSL_IP NAME\n")
    asleep.start()
    eventually(root.findings)
    steps = f"/etc/node: WSL_IP 10.0.0.1 → {ADDRESS}\n"
    skipped = "left alone: /etc/node:2: NAME: what it holds is no address\n"
    assert run("refresh-ip.sh", "dry-run") == steps + skipped
    assert run("refresh-ip.sh") == steps + skipped + "Take it back with: wslnodectl undo 1\n"
    assert run("refresh-ip.sh") == skipped
    assert (asleep.root / "etc/node").read_text() == f"WSL_IP={ADDRESS}\nNAME=here\n"
    run("refresh-ip.sh", user=stage.STRANGER, code=1)
    run("refresh-ip.sh", "nonsense", code=2)


def test_sync_clock(asleep, ntp, root, run):
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    asleep.start()
    eventually(lambda: root.get("ClockReference") == "ntp")
    for arguments in ([], ["dry-run"]):
        outcome, offset, reference, bound = run("sync-clock.sh", *arguments).split()
        assert (outcome, reference) == ("ok", "ntp") and abs(int(offset)) <= max(50_000, int(bound))
    run("sync-clock.sh", user=stage.STRANGER, code=1)
    run("sync-clock.sh", "nonsense", code=2)
    ntp.offset = 7200
    run("sync-clock.sh", code=1)  # this daemon may not set it


def test_sync_clock_that_steps(posed, run):
    for arguments in ([], ["dry-run"]):
        assert run("sync-clock.sh", *arguments) == "stepped -7200120000 ptp 120\n"
    assert posed.flags == [0, DRY_RUN]


STEP = "/etc/resolv.conf: nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, "
FIXED = "servers: 172.20.0.1 10.255.255.254\n"
BACK = "Take it back with: wslnodectl undo 7\n"


def test_fix_dns(posed, run):
    runtime = STEP + "until the next start of WSL\n" + FIXED
    lasting = (STEP + "for good\n/etc/wsl.conf: network.generateResolvConf none → false\n" + FIXED
               + "to make it last, in Windows: wsl --terminate NAME\n")
    assert run("fix-dns.sh") == runtime + BACK
    assert run("fix-dns.sh", "dry-run") == runtime
    assert run("fix-dns.sh", "persist") == lasting + BACK
    for words in (("dry-run", "persist"), ("persist", "dry-run")):
        assert run("fix-dns.sh", *words) == lasting
    assert posed.flags == [0, DRY_RUN, PERSIST, DRY_RUN | PERSIST, DRY_RUN | PERSIST]
    posed.well, posed.fixed = True, ["10.255.255.254"]
    assert run("fix-dns.sh") == "servers: 10.255.255.254\n"
    posed.public, posed.fixed = True, ["10.255.255.254", "1.1.1.1"]
    assert run("fix-dns.sh") == "servers: 10.255.255.254 1.1.1.1\na public server is among them\n"


@pytest.mark.parametrize("words", [["nonsense"], [""], ["dry-run", "dry-run"], ["persist", "persist"], ["persist", "x"],
                                   ["dry-run", "persist", "dry-run"]])
def test_fix_dns_refuses(posed, run, words):
    run("fix-dns.sh", *words, code=2)
    assert posed.flags == []


def test_fix_dns_of_the_daemon(polkit, asleep, dns, root, run):
    dns.play(TUNNEL, CLOSED)
    dns.play(GATEWAY, "answers")
    dress(asleep, text_of([TUNNEL]))
    asleep.start()
    eventually(lambda: root.get("DNSState") == "failed")
    run("fix-dns.sh", user=stage.STRANGER, code=1)
    step = f"/etc/resolv.conf: nameserver {TUNNEL} → {GATEWAY} {TUNNEL}, until the next start of WSL\n"
    servers = f"servers: {GATEWAY} {TUNNEL}\n"
    assert run("fix-dns.sh", "dry-run", user=stage.MEMBER) == step + servers
    assert run("fix-dns.sh", user=stage.MEMBER) == step + servers + "Take it back with: wslnodectl undo 1\n"
    eventually(lambda: root.get("DNSOwner") == "wslnode")
    assert run("fix-dns.sh") == servers


def test_fix_dns_off_wsl(node, run):
    run("fix-dns.sh", code=1)


def test_set_mtu(polkit, node, network, root, run):
    assert "1300" in run("set-mtu.sh", "wg0", "1300", "dry-run")
    assert network.mtu("wg0") == 1420
    for user, mtu in (("root", 1300), (stage.MEMBER, 1310)):
        assert str(mtu) in run("set-mtu.sh", "wg0", str(mtu), user=user)
        assert network.mtu("wg0") == mtu


@pytest.mark.parametrize("arguments, code", [
    ([], 2), (["wg0"], 2), (["wg0", "many"], 2), (["wg0", "1300", "wet-run"], 2), (["wg0", "99999999999"], 2),
    (["nolink", "1300"], 10), (["--help", "1300"], 10), (["it's", "1300"], 10), (["a\\'b", "1300"], 10),
    (["wg0", "70000"], 11), (["wg0", "1279"], 12)])
def test_set_mtu_tells_errors_apart(node, network, run, arguments, code):
    run("set-mtu.sh", *arguments, code=code)
    assert network.mtu("wg0") == 1420


def test_set_mtu_says_who_may(node, polkit, network, run):
    run("set-mtu.sh", "wg0", "1300", user=stage.STRANGER, code=6)
    polkit.stop()
    run("set-mtu.sh", "wg0", "1300", user=stage.STRANGER, code=4)
    assert network.mtu("wg0") == 1420
    node.stop()
    run("set-mtu.sh", "wg0", "1300", code=3)
    node.start()
    run("set-mtu.sh", "wg0", "1300")
    assert network.mtu("wg0") == 1300


def test_set_mtu_in_a_fight(node, network, root, run):
    root.set_mtu("wg0", 1300)
    while not root.findings():
        network.ip("link set wg0 mtu 1420")
        eventually(lambda: network.mtu("wg0") == 1300 or root.findings())
    run("set-mtu.sh", "wg0", "1310", code=13)


@pytest.mark.parametrize("user", ["root", stage.STRANGER])
def test_wait_for_change(node, network, root, script, run, user):
    with script("wait-for-change.sh", "UplinkMTU", "30", user=user) as process:
        mtu = 1500
        while process.poll() is None:  # until it listens, nothing tells that it does
            mtu -= 1
            network.ip(f"link set eth0 mtu {mtu}")
            eventually(lambda: root.get("UplinkMTU") == mtu)
            try:
                process.wait(2)  # it ends before there is another
            except subprocess.TimeoutExpired:
                assert mtu > 1490, "it does not see the changes"
        output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert output == f"u {mtu}\n"


def test_wait_for_change_gives_up(node, network, root, script):
    process = script("wait-for-change.sh", "Address", "2")
    network.ip("link set eth0 mtu 1490")  # another property
    eventually(lambda: root.get("UplinkMTU") == 1490)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (5, "") and "2 s" in errors


@pytest.mark.parametrize("arguments, code", [([], 2), (["Up link"], 2), (["Uplink", "soon"], 2), (["Nothing", "5"], 1)])
def test_wait_for_change_refuses(node, run, arguments, code):
    run("wait-for-change.sh", *arguments, code=code)


def test_wait_for_change_without_a_daemon(asleep, run):
    run("wait-for-change.sh", "Uplink", "5", code=3)


HOSTILE = ["it's", 'say "x" it\'s \\ $(touch pwned) `touch pwned`', "a\nb\tc'", "<b>&amp; </text>", "--help", "ä 😀",
           "'\"'\"'", "), 'x', <'y'>", "*? [a-z] ~ ${HOME}", "\\", "\\'", "x" * 10000]
# One who owns the name, and says of each text that it is wrong. Until it listens, nothing tells that it does.
EMIT = """
import json, os, subprocess, sys, time
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.wslnode.Node1", 0)), None, 0, -1)
script = subprocess.Popen(["sh", sys.argv[1]], env=dict(os.environ,
                          DBUS_SYSTEM_BUS_ADDRESS=os.environ["DBUS_SESSION_BUS_ADDRESS"]))
findings = json.load(sys.stdin)
deadline = time.monotonic() + 40
def emit(severity, text):
    details = {"cause": GLib.Variant("s", "remedy"), "remedy": GLib.Variant("s", text),
               "verb": GLib.Variant("s", ""), "params": GLib.Variant("a{sv}", {})}
    bus.emit_signal(None, "/org/wslnode/Node1", "org.wslnode.Node1", "FindingRaised",
                    GLib.Variant("(ssssa{sv})", ("id", "wg0", severity, "S: " + text, details)))
def told():
    rows = open("told").read().split("\\0\\n")[:-1] if os.path.exists("told") else []
    return len(rows), len([row for row in rows if "S: probe (wg0)" not in row])
while not told()[0] and time.monotonic() < deadline:
    emit("warning", "probe")
    time.sleep(0.5)
for finding in findings:
    emit(*finding)
bus.flush_sync()
while told()[1] != len(findings) - 1 and time.monotonic() < deadline:
    time.sleep(0.1)
script.terminate()
sys.exit(script.wait(10) != 143)
"""


def test_notify(tmp_path):
    fake = tmp_path / "notify-send"
    fake.write_text("#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done >>told\nprintf '\\n' >>told\n")
    fake.chmod(0o755)
    findings = [("warning", text) for text in HOSTILE] + [("info", "never"), ("critical", "")]
    subprocess.run(["dbus-run-session", "--", "/usr/bin/python3", "-c", EMIT, stage.SOURCE / "scripts/notify.sh"],
                   input=json.dumps(findings), text=True, cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    told = [row.split("\0") for row in (tmp_path / "told").read_text().split("\0\n")[:-1]
            if "S: probe (wg0)" not in row]
    expected = []
    for severity, text in findings:
        if severity == "info":
            continue
        text = text.replace("\n", " ").replace("\t", " ")
        body = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or "remedy"
        urgency = "critical" if severity == "critical" else "normal"
        expected.append(["--app-name=wslnode", f"--urgency={urgency}", "--icon=network-error", "--",
                         f"S: {text} (wg0)", body])
    assert told == expected
    assert not (tmp_path / "pwned").exists()


# Its owner, and another who sends the first of them to each alone, before there is an owner and then.
EMIT_LINES = """
import os, subprocess, sys, time
from gi.repository import Gio, GLib
address = os.environ["DBUS_SESSION_BUS_ADDRESS"]
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
owner, other = (Gio.DBusConnection.new_for_address_sync(address, flags, None, None) for _ in range(2))
bus = lambda member, body=None: owner.call_sync(
    "org.freedesktop.DBus", "/", "org.freedesktop.DBus", member, body, None, 0, -1).unpack()
def emit(connection, member, body):
    for name in bus("ListNames")[0] if connection is other else [None]:
        connection.emit_signal(name, "/org/wslnode/Node1", "org.wslnode.Node1", member,
                               GLib.Variant.parse(None, body, None, None))
    connection.flush_sync()
    time.sleep(0.5)
before = len(bus("ListNames")[0])
script = subprocess.Popen(["sh", sys.argv[1]], env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=address))
while len(bus("ListNames")[0]) == before and script.poll() is None:
    time.sleep(0.1)
time.sleep(1)
lines = [line.split(" ", 1) for line in sys.stdin]
emit(other, *lines[0])  # while nobody is the owner
bus("RequestName", GLib.Variant("(su)", ("org.wslnode.Node1", 0)))
time.sleep(1)
emit(other, *lines[0])
for line in lines[1:]:
    emit(owner, *line)
# What was told last may be on its way.
size, last = lambda: os.path.exists("told") and os.path.getsize("told"), None
while last != size():
    last = size()
    time.sleep(2)
script.terminate()
sys.exit(script.wait(10) != 143)
"""


def test_clock_notify(tmp_path):
    fake = tmp_path / "notify-send"
    fake.write_text("#!/bin/sh\nprintf '%s|%s\\n' \"$4\" \"$5\" >>told\n")
    fake.chmod(0o755)
    signals = ["ClockDrift (int64 1000000, 'ntp', {'drifting': <true>})",  # of another
               "ClockStepped (int64 3000000, {'own': <false>})",
               "ClockDrift (int64 -7200120000, 'ptp', {'drifting': <true>, 'finding': <'clock-drift'>})",
               "ClockDrift (int64 12000, 'ptp', {'drifting': <false>})",
               "Resumed (uint64 3600000000, {'clock': <'stepped'>, 'network': <'ok'>, 'mended': <['clock']>})",
               "Resumed (uint64 5000000, {'clock': <'left'>, 'network': <'ok'>})",
               "Resumed (uint64 0, {'clock': <'ok'>, 'network': <'dead'>})",
               "Resumed (uint64 6500000, {'clock': <'ok'>, 'network': <'ok'>})"]
    subprocess.run(["dbus-run-session", "--", "/usr/bin/python3", "-c", EMIT_LINES,
                    stage.SOURCE / "scripts/clock-notify.sh"],
                   input="\n".join(signals) + "\n", text=True, cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (tmp_path / "told").read_text().splitlines() == [
        "The clock is wrong|By -7200.120 s, where more than 0 is ahead.",
        "The clock is right again|",
        "The machine slept for 3600.000 s|The clock was set right.",
        "The machine slept for 5.000 s|The clock is wrong, and was not set.",
        "The machine slept for 0.000 s|Not even its own address answers: shut WSL down in Windows.",
        "The machine slept for 6.500 s|"]


def finding(name, subject, severity):
    return f"FindingRaised ('{name}', '{subject}', '{severity}', 'It is so.', {{'cause': <'warning'>}})"


def test_dns_notify(tmp_path):
    fake = tmp_path / "notify-send"
    fake.write_text("#!/bin/sh\nprintf '%s|%s\\n' \"$4\" \"$5\" >>told\n")
    fake.chmod(0o755)
    signals = [finding("dns-no-answer", "", "critical"),  # of another
               "FindingCleared ('dns-no-answer', '', @a{sv} {})",  # of one that was never raised
               finding("dns-server-dead", "172.20.0.1", "info"), finding("dns-server-dead", "fd00::53", "warning"),
               finding("dns-tunnel-refuses", "10.255.255.254", "warning"), finding("dns-no-answer", "", "critical"),
               finding("dns-no-tcp", "172.20.0.1", "info"), finding("no-uplink", "", "critical"),
               "FindingRaised ('clock-drift', \"('dns-no-answer', \", 'critical', 'It is so.', @a{sv} {})",
               "FindingCleared ('dns-server-dead', 'fd00::53', @a{sv} {})", "FindingCleared ('no-uplink', '', @a{sv} {})",
               "FindingCleared ('dns-no-answer', '', @a{sv} {})", "FindingCleared ('dns-no-answer', '', @a{sv} {})"]
    subprocess.run(["dbus-run-session", "--", "/usr/bin/python3", "-c", EMIT_LINES,
                    stage.SOURCE / "scripts/dns-notify.sh"],
                   input="\n".join(signals) + "\n", text=True, cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    another = "wslnodectl fix-dns lets another answer first."
    assert (tmp_path / "told").read_text().splitlines() == [
        f"The DNS server fd00::53 does not answer|{another}", f"WSL's DNS tunnel refuses|{another}",
        "No DNS server answers|wslnodectl fix-dns looks for one that does.", "DNS answers again|"]


KEY = "mmxGEU6fhW9C2zdJvQZoT+51u85zq/nxpTr1w4msWhA="


def dropped(vpn, peer, reason):
    return f"VPNDown ({vpn}, '{peer}', '{reason}', {{'finding': <'vpn-down'>, 'link': <'wg9'>}})"


def reasons_of_drops():
    """As the contract names them."""
    contract = (stage.SOURCE / "introspection/org.wslnode.Node1.xml").read_text()
    return re.findall('"([a-z-]+)"', re.search(r"VPNDown:\n.*?@reason:(.*?)@details:", contract, re.S)[1])


def test_vpn_notify_has_words_for_each_reason(tmp_path):
    fake = tmp_path / "notify-send"
    fake.write_text("#!/bin/sh\nprintf '%s\\n' \"$6\" >>told\n")
    fake.chmod(0o755)
    reasons = reasons_of_drops()
    assert len(reasons) == len(set(reasons)) >= 9
    signals = [dropped("'wg0'", "", reason) for reason in [reasons[0], *reasons]]
    subprocess.run(["dbus-run-session", "--", "/usr/bin/python3", "-c", EMIT_LINES,
                    stage.SOURCE / "scripts/vpn-notify.sh"],
                   input="\n".join(signals) + "\n", text=True, cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    told = (tmp_path / "told").read_text().splitlines()
    assert len(set(told)) == len(told) == len(reasons)
    for reason, words in zip(reasons, told):
        assert " " in words, reason


def test_vpn_notify(tmp_path):
    fake = tmp_path / "notify-send"
    fake.write_text("#!/bin/sh\nprintf '%s|%s|%s\\n' \"$2\" \"$5\" \"$6\" >>told\n")
    fake.chmod(0o755)
    signals = [dropped("'wg0'", "", "daemon-gone"),  # of another
               *(dropped("'wg0'", KEY, f"no-{word}") for word in ("handshake", "reply", "endpoint", "underlay")),
               *(dropped("'wg0'", "", word) for word in ("daemon-gone", "link-gone", "link-down", "<new>")),
               dropped('"it\'s"', "", "link-down"), dropped("'$(touch pwned)'", "", "link-down"),
               dropped("'a\\\\\"\\'b'", "", "`touch pwned`"), dropped("'--help'", "", "link-down"),
               f"VPNUp ('wg0', '{KEY}', {{'link': <'wg9'>}})", "VPNUp ('wg0', '', {'link': <'wg9'>})",
               "FindingRaised ('vpn-down', 'wg0', 'critical', 'VPNDown', {'cause': <'VPNUp'>})"]
    subprocess.run(["dbus-run-session", "--", "/usr/bin/python3", "-c", EMIT_LINES,
                    stage.SOURCE / "scripts/vpn-notify.sh"],
                   input="\n".join(signals) + "\n", text=True, cwd=tmp_path, check=True, timeout=90,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    peer = "--urgency=normal|The peer mmxGEU6f… of the VPN wg0 is"
    tunnel = "--urgency=critical|The VPN {} is down|{}".format
    assert (tmp_path / "told").read_text().splitlines() == [
        f"{peer} down|There was no handshake for three minutes.", f"{peer} down|What is sent to it is not answered.",
        f"{peer} down|Nobody knows where it is.", f"{peer} down|The node has no address to reach it from.",
        tunnel("wg0", "The program that made it does not answer."), tunnel("wg0", "Its link is gone."),
        tunnel("wg0", "Its link was set down."), tunnel("wg0", "&lt;new&gt;"),
        tunnel("it's", "Its link was set down."), tunnel("$(touch pwned)", "Its link was set down."),
        tunnel("a\\\"'b", "`touch pwned`"), tunnel("--help", "Its link was set down."),
        f"{peer} back|", "--urgency=normal|The VPN wg0 is back|"]
    assert not (tmp_path / "pwned").exists()

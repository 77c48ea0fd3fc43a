# SPDX-License-Identifier: LGPL-2.1-or-later
"""wslnodectl: what it prints is the truth, how it ends says what happened, and it asks for a password."""

import re
import subprocess

import pytest
from gi.repository import GLib

import stage
from client import DRY_RUN, FORCE, PERSIST
from ctl import Terminal
from dns import CLOSED, TUNNEL
from network import ADDRESS, GATEWAY, PREFIX
from node import DISTRIBUTION, KERNEL
from resolv import dress, text_of
from wait import eventually


def test_status(node, network, root, ctl):
    network.add_other()
    network.ip("link set eth0 mtu 1400")
    eventually(lambda: root.findings() and "eth1" in root.links())
    root.set_mtu("eth0", 1390)
    for text in (ctl(), ctl("status"), ctl(user=stage.STRANGER)):
        for word in ("warning", "eth0", "1390", f"{ADDRESS}/{PREFIX}", GATEWAY, "wg0", "1420", "10.44.0.2/24", "eth1",
                     "192.168.77.2/24", DISTRIBUTION, KERNEL, "tunnel-too-big", "mend"):
            assert word in text, word
        assert "\033" not in text
    document = ctl.json("status")
    links = document.pop("Links")
    del document["schema"], document["Tunnels"]
    assert document == root.all()
    assert links == list(root.links().values())
    assert {link["name"]: link["mtu"] for link in links} == {
        link["ifname"]: link["mtu"] for link in network.json("link show")}


def test_links(node, network, root, ctl):
    assert ctl.json("links")["Links"] == list(root.links().values())
    text = ctl("links")
    for link in network.json("link show"):
        assert re.search(rf"^{link['ifname']}\s.*\s{link['mtu']}\s", text, re.M), text


def test_set_mtu_and_undo(node, network, root, ctl):
    planned = ctl.json("set-mtu", "wg0", "1300", "--dry-run")
    assert (planned["change"], planned["dry-run"], network.mtu("wg0")) == (0, True, 1420)
    assert "1420 → 1300" in ctl("set-mtu", "wg0", "1300", "--dry-run")
    done = ctl.json("set-mtu", "wg0", "1300")
    assert network.mtu("wg0") == 1300 and done["result"] == {"mtu": 1300}
    assert done["steps"] == planned["steps"]
    change = done["change"]
    assert "othing to do" in ctl("set-mtu", "wg0", "1300")
    entry = ctl.json("changes")["Changes"][0]
    assert (entry["id"], entry["verb"], entry["uid"], entry["steps"]) == (change, "SetMTU", 0, done["steps"])
    assert re.search(rf"^ *{change} .*root.*SetMTU.*done", ctl("changes"), re.M)
    assert f"undo {change + 1}" in ctl("undo", str(change))
    assert network.mtu("wg0") == 1420
    assert len(ctl.json("changes", "--limit", "1")["Changes"]) == 1


def test_other_verbs(node, network, root, ctl):
    ctl("set-mtu", "--force", "wg0", "1000")
    ctl("set-mtu", "--persist", "wg0", "1410")
    assert [w["persist"] for w in root.get("Wanted")] == [True]
    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    assert "tunnel-too-big" in ctl("diagnose", code=1)
    ctl("mend", "tunnel-too-big", "wg0")
    assert network.mtu("wg0") == 1340 and root.findings() == {}
    ctl("release", "mtu", "wg0")
    assert root.wanted() == {}


def test_diagnose(node, root, ctl):
    checks = ctl.json("diagnose")["Checks"]
    assert {c["id"] for c in checks} >= {"no-uplink", "fighting"} and {c["severity"] for c in checks} == {"ok"}


def test_help_and_version_need_no_daemon(ctl, bus):
    assert "set-mtu" in ctl("--help") and root_version(ctl)
    bus.kill()
    assert "set-mtu" in ctl("--help") and root_version(ctl)
    bus.start()


def root_version(ctl):
    return re.fullmatch(r"wslnodectl \d+\.\d+\.\d+\n", ctl("--version"))


@pytest.mark.parametrize("arguments", [["nonsense"], ["set-mtu"], ["set-mtu", "wg0"], ["set-mtu", "wg0", "x"],
                                       ["set-mtu", "wg0", "-1"], ["set-mtu", "wg0", "1300x"], ["set-mtu", "wg0", ""],
                                       ["set-mtu", "wg0", "4294967296"], ["set-mtu", "wg0", "1300", "more"],
                                       ["undo", "x"], ["status", "more"], ["--nonsense"], ["status", "--persist"],
                                       ["undo"], ["undo", "--all", "1"], ["undo", "--all", "--persist"],
                                       ["changes", "--all"], ["clock", "more"], ["clock", "--force"],
                                       ["sync-clock", "more"], ["sync-clock", "--persist"],
                                       ["dns", "more"], ["dns", "--force"], ["dns", "--persist"], ["fix-dns", "more"],
                                       ["fix-dns", "--no-legend"], ["fix-dns", "--all"]])
def test_wrong_usage_is_2(node, network, ctl, arguments):
    ctl(*arguments, code=2)
    assert network.mtu("wg0") == 1420


@pytest.mark.parametrize("arguments, error", [
    (["set-mtu", "nolink", "1300"], "NoSuchLink"), (["set-mtu", "--", "--help", "1300"], "NoSuchLink"),
    (["set-mtu", "wg0", "0"], "InvalidMTU"), (["set-mtu", "wg0", "70000"], "InvalidMTU"),
    (["set-mtu", "wg0", "1279"], "NeedsForce"), (["undo", "999"], "NoSuchChange"),
    (["mend", "no-uplink"], "NoSuchFinding"), (["release", "nothing", "wg0"], "Unsupported")])
def test_refusal_is_1(node, ctl, arguments, error):
    assert error in ctl(*arguments, code=1)
    document = ctl.json("--dry-run", *arguments, code=1)
    assert document["error"]["name"] == "org.wslnode.Node1.Error." + error
    assert document["error"]["message"]


def test_no_daemon_is_3(asleep, bus, ctl):
    for arguments in (["status"], ["links"], ["changes"], ["set-mtu", "wg0", "1300"], ["undo", "--all"]):
        ctl(*arguments, code=3)
    bus.kill()
    ctl("status", code=3)
    bus.start()
    asleep.client.__init__(bus.address)
    asleep.start()
    ctl("status")


def test_denied_is_4(polkit, node, network, root, ctl):
    change, _, _ = root.set_mtu("eth0", 1490)
    text = ctl("set-mtu", "wg0", "1300", user=stage.STRANGER, code=4)
    assert "sudo" in text and "wslnode" in text
    ctl("undo", str(change), user=stage.MEMBER, code=4)
    assert network.mtu("wg0") == 1420 and network.mtu("eth0") == 1490
    ctl("set-mtu", "wg0", "1300", user=stage.MEMBER)
    assert network.mtu("wg0") == 1300
    ctl("status", user=stage.STRANGER)


@pytest.mark.parametrize("user", [stage.ADMIN, stage.STRANGER])
def test_password(polkit, node, network, root, ctl, user):
    terminal = Terminal(ctl, user, "set-mtu", "wg0", "1300")
    terminal.answer("Password: ", stage.PASSWORD)
    assert terminal.end() == 0, terminal.shown
    assert stage.PASSWORD not in terminal.shown
    assert network.mtu("wg0") == 1300
    assert root.changes()[0]["uid"] == stage.UIDS[user]


def test_wrong_password(polkit, node, network, root, ctl):
    terminal = Terminal(ctl, stage.ADMIN, "set-mtu", "wg0", "1300")
    terminal.answer("Password: ", "wrong")
    assert terminal.end() == 4, terminal.shown
    assert "AccessDenied" in terminal.shown
    assert network.mtu("wg0") == 1420 and root.changes() == []


def test_password_for_force(polkit, node, network, ctl):
    terminal = Terminal(ctl, stage.MEMBER, "set-mtu", "--force", "wg0", "1000")
    terminal.answer("Password: ", stage.PASSWORD)
    assert terminal.end() == 0, terminal.shown
    assert network.mtu("wg0") == 1000


def test_interrupted_at_the_password(polkit, node, network, root, ctl):
    terminal = Terminal(ctl, stage.ADMIN, "set-mtu", "wg0", "1300")
    terminal.answer("Password: ", "\x03")
    assert terminal.end() != 0
    assert network.mtu("wg0") == 1420 and root.changes() == []
    eventually(lambda: "set-mtu" not in subprocess.run(["ps", "-A", "-o", "args"], text=True, check=True,
                                                       stdout=subprocess.PIPE).stdout)


def test_no_password_is_asked_where_none_is_wanted(polkit, node, network, ctl):
    terminal = Terminal(ctl, stage.ADMIN, "--no-ask-password", "set-mtu", "wg0", "1300")
    assert terminal.end() == 4
    assert "Password:" not in terminal.shown
    assert network.mtu("wg0") == 1420
    terminal = Terminal(ctl, stage.MEMBER, "set-mtu", "wg0", "1300")
    assert terminal.end() == 0, terminal.shown
    assert "Password:" not in terminal.shown
    assert network.mtu("wg0") == 1300


def test_refresh_ip(asleep, root, ctl):
    asleep.write("etc/node", "WSL_IP=10.0.0.1\n")
    asleep.configure("[RefreshIP]\nAutomatic=no\nFiles=/etc/node /etc/none\n")
    asleep.start()
    eventually(root.findings)
    assert "mend stale-address /etc/node" in ctl("status")
    assert f"10.0.0.1 → {ADDRESS}" in ctl("refresh-ip", "-n")
    done = ctl.json("refresh-ip")
    assert done["steps"] == [["file", "/etc/node", f"WSL_IP 10.0.0.1 → {ADDRESS}"]]
    assert done["result"] == {"address": ADDRESS,
                              "skipped": ["/etc/none: there is no such file (Create=yes makes it)"]}
    assert "othing to do" in ctl("refresh-ip")
    assert "InvalidArgs" in ctl("refresh-ip", "--persist", code=2)


def test_clock(asleep, ntp, root, ctl):
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    asleep.start()
    eventually(lambda: root.get("ClockReference") == "ntp")
    text = ctl("clock")
    assert re.search(r"^\S+ ok$", text, re.M) and re.search(r"^  Reference: ntp \(", text, re.M), text
    assert re.search(r"^  Offset:    (less than 1|\d+) ms (ahead|behind) \([+-]0\.\d{6} s\)$", text, re.M), text
    assert re.search(r"^  Error:     0\.\d{6} s at most, either way$", text, re.M), text
    assert re.search(r"^  Clock:     ok, .* ms (ahead of|behind) ntp$", ctl("status"), re.M)
    document = ctl.json("clock")
    assert set(document) == {"schema", "ClockState", "ClockReference", "ClockOffsetUSec", "ClockErrorBoundUSec",
                             "Findings"}
    assert (document["ClockState"], document["ClockReference"], document["Findings"]) == ("ok", "ntp", [])
    assert abs(document["ClockOffsetUSec"]) < 500_000 and 0 < document["ClockErrorBoundUSec"] < 500_000
    right = r"The clock {} right \(offset [+-]0\.\d{{3}} s, within 0\.\d{{3}} s of ntp\)\.\n"
    assert re.fullmatch(right.format("was"), ctl("sync-clock"))
    assert re.fullmatch(right.format("is"), ctl("sync-clock", "--dry-run"))
    done = ctl.json("sync-clock")
    assert (done["change"], done["steps"], done["result"]["outcome"]) == (0, [], "ok")


def test_clock_that_is_wrong(asleep, network, ntp, root, ctl):
    ntp.offset = -7200
    asleep.configure("[Clock]\nNTPServers=127.0.0.1\n")
    asleep.start()
    eventually(root.findings)
    network.ip("route del default")
    eventually(lambda: len(root.findings()) == 2)
    text = ctl("clock")
    assert re.search(r"^\S+ drifting$", text, re.M) and "2 h 0 min ahead (+7" in text, text
    assert "clock-drift" in text and "seconds 7200" in text and "no-uplink" not in text
    assert [finding["id"] for finding in ctl.json("clock")["Findings"]] == ["clock-drift"]
    assert "drifting, 2 h 0 min ahead of ntp" in ctl("status")
    assert "Unsupported" in ctl("sync-clock", code=1)


def test_clock_without_a_reference(node, root, ctl):
    assert "nothing tells the true time" in ctl("clock") and "Offset" not in ctl("clock")
    assert "Clock:     unknown, nothing" in ctl("status")
    assert "NoTimeReference" in ctl("sync-clock", code=1)


def test_clock_that_is_stepped(posed, ctl):
    stepped = "tepped by +7200.120 s (reference ptp, within 0.050 s).\nChange 7. It cannot be undone.\n"
    assert ctl("sync-clock") == ctl("mend", "clock-drift") == "S" + stepped
    assert ctl("sync-clock", "--dry-run") == (
        "Would step by +7200.120 s (reference ptp, within 0.050 s).\nDry run: nothing was changed.\n")
    posed.offset, posed.bound = 5_000_400, 1_500_000
    assert ctl("sync-clock").startswith("Stepped by -5.000 s (reference ptp, within 1.500 s).\n")
    done = ctl.json("sync-clock")
    assert (done["change"], done["steps"]) == (7, [["clock", "clock", "step by +7200.120 s"]])
    assert done["result"] == {"offset-before-usec": 5_000_400, "error-bound-usec": 1_500_000, "reference": "ptp",
                              "outcome": "stepped"}
    assert re.search(r"^7 .*SyncClock +done +clock clock step by \+7200\.120 s$", ctl("changes"), re.M)


@pytest.mark.parametrize("words, offered", [("cl", "clock"), ("sync", "sync-clock"), ("sync-clock --f", "--force"),
                                            ("sync-clock --d", "--dry-run"), ("clock --f", ""), ("clock --j", "--json")])
def test_completion_of_the_clock(words, offered):
    assert completed(words) == offered


SERVERS = [("10.255.255.254", "refused", "refused", 0, ["wsl", "listed", "tunnel"]),
           ("172.20.0.1", "ok", "timeout", 12_345, ["listed", "gateway"]),
           ("fd00::53", "degraded", "ok", 1_999_949, ["configured"]), ("1.1.1.1", "unknown", "unknown", 0, [])]
TABLE = r"""
  SERVER          UDP       TCP      LATENCY    ROLES
  10.255.255.254  refused   refused  -          wsl, listed, tunnel
  172.20.0.1      ok        timeout  12.3 ms    listed, gateway
  fd00::53        degraded  ok       1999.9 ms  configured
  1.1.1.1         -         -        -          -
"""


def test_dns(posed, ctl):
    posed.servers = SERVERS
    head = "degraded: a listed server does not answer\n  Owner:     wsl (WSL puts it there at each start)\n"
    shown = ctl("dns", user=stage.STRANGER)
    assert shown.split(" ", 1)[1] == head + TABLE
    assert ctl("dns", "--no-legend").split(" ", 1)[1] == head + TABLE.replace(TABLE.splitlines()[1] + "\n", "")
    document = ctl.json("dns")
    del document["schema"]
    keys = ("address", "udp", "tcp", "latency-usec", "roles")
    assert document == {"DNSState": "degraded", "DNSOwner": "wsl", "Findings": [],
                        "DNSServers": [dict(zip(keys, server)) for server in SERVERS]}
    assert "  DNS:       degraded, by 10.255.255.254, 172.20.0.1, owner wsl\n" in ctl("status")


@pytest.mark.parametrize("state, words", [
    ("ok", "every listed server answers"), ("failed", "no listed server answers"),
    ("unknown", "the servers were not asked (wslnodectl diagnose asks them)")])
@pytest.mark.parametrize("owner, whose", [
    ("resolved", " (systemd-resolved)"), ("tailscale", " (Tailscale)"), ("wslnode", " (made by fix-dns)"),
    ("user", " (a person or another program)"), ("none", " (there is no /etc/resolv.conf)"), ("unknown", ""),
    ("another", "")])
def test_dns_in_words(posed, ctl, state, words, owner, whose):
    posed.dns = state, owner
    assert ctl("dns").split(" ", 1)[1] == f"{state}: {words}\n  Owner:     {owner}{whose}\n"
    assert f"  DNS:       {state}, owner {owner}\n" in ctl("status")


def test_findings_of_dns(posed, ctl):
    posed.findings = [("dns-no-answer", "", {}), ("dns-server-dead", "172.20.0.1", {}), ("resolv-conf-ours", "", {}),
                      ("hosts-late", "", {}), ("fighting", "/etc/resolv.conf", {}), ("fighting", "wg0", {}),
                      ("fighting", "clock", {}), ("no-uplink", "", {}), ("clock-drift", "", {})]
    assert [(finding["id"], finding["subject"]) for finding in ctl.json("dns")["Findings"]] == [
        finding[:2] for finding in posed.findings[:5]]
    text = ctl("dns")
    assert "(dns-server-dead 172.20.0.1)" in text and "wg0" not in text and "no-uplink" not in text


NAMESERVER = "nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, "
CHOSEN = "Servers: 172.20.0.1, 10.255.255.254\n"
LOST = r"What only WSL's own .*: split DNS and .* Windows' hosts file\.\nIt lasts .*: wsl --terminate NAME\n\(NAME .*\n"


def test_fix_dns(posed, ctl):
    step = f"dns  /etc/resolv.conf  {NAMESERVER}until the next start of WSL\n"
    for words in (("fix-dns",), ("mend", "dns-no-answer")):
        assert ctl(*words) == step + CHOSEN + "Change 7. Undo: wslnodectl undo 7\n"
    assert ctl("fix-dns", "--dry-run") == step + CHOSEN + "Dry run: nothing was changed.\n"
    steps = (f"dns      /etc/resolv.conf  {NAMESERVER}for good\n"
             "setting  /etc/wsl.conf     network.generateResolvConf none → false\n")
    assert re.fullmatch(re.escape(steps + CHOSEN) + LOST + r"Change 7\. Undo: wslnodectl undo 7\n",
                        ctl("fix-dns", "--persist"))
    ctl("fix-dns", "--force", "--persist", "-n")
    assert posed.flags == [0, 0, DRY_RUN, PERSIST, DRY_RUN | FORCE | PERSIST]
    posed.well, posed.public, posed.fixed = True, True, ["1.1.1.1"]
    assert ctl("fix-dns") == ("Servers: 1.1.1.1\nA public server is among them: it sees what is asked for, and knows no "
                              "private names.\nNothing to do.\n")
    posed.public, posed.fixed = False, []
    assert ctl("fix-dns") == "Servers: none\nNothing to do.\n"
    posed.well = False
    done = ctl.json("fix-dns", "--persist")
    assert (done["change"], [step[0] for step in done["steps"]]) == (7, ["dns", "setting"])
    assert done["result"] == {"servers": [], "restart-required": True, "public": False}


def test_dns_off_wsl(asleep, ctl):
    asleep.write("etc/resolv.conf", "nameserver 127.0.0.9\n")
    asleep.start()
    text = ctl("fix-dns", code=1)
    assert "NotWSL" in text and "--force" in text
    assert "unknown: the servers were not asked" in ctl("dns") and "Owner:     user" in ctl("dns")


def test_no_server_answers(asleep, dns, root, ctl):
    dns.play(TUNNEL, CLOSED)
    dress(asleep, text_of([TUNNEL]))
    asleep.configure("[DNS]\nPublicFallback=no\n")
    asleep.start()
    eventually(lambda: root.get("DNSState") == "failed")
    text = ctl("fix-dns", code=1)
    assert "NoWorkingServer" in text and "wslnodectl dns" in text
    assert re.search(rf"^  {TUNNEL} +refused +refused +- +wsl, listed, tunnel$", ctl("dns"), re.M)


@pytest.mark.parametrize("words, offered", [("dn", "dns"), ("fix", "fix-dns"), ("fix-dns --p", "--persist"),
                                            ("fix-dns --d", "--dry-run"), ("fix-dns --f", "--force"), ("dns --f", ""),
                                            ("dns --no-l", "--no-legend"), ("fix-dns d", "")])
def test_completion_of_dns(words, offered):
    assert completed(words) == offered


def completed(words, folder="/"):
    script = ('source "$1"; COMP_WORDS=(wslnodectl $2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _wslnodectl; '
              'echo "${COMPREPLY[*]}"')
    done = subprocess.run(["bash", "-c", script, "bash", stage.SOURCE / "ctl/completion/bash/wslnodectl", words],
                          check=True, text=True, stdout=subprocess.PIPE, cwd=folder)
    return done.stdout.removesuffix("\n")


@pytest.mark.parametrize("offset, words", [
    (0, "less than 1 ms ahead (+0.000000 s)"), (-999, "less than 1 ms behind (-0.000999 s)"),
    (-1000, "1 ms behind (-0.001000 s)"), (999_499, "999 ms ahead (+0.999499 s)"),
    (999_500, "1.0 s ahead (+0.999500 s)"), (-61_960_000, "62.0 s behind (-61.960000 s)"),
    (120_000_000, "2 min 0 s ahead (+120.000000 s)"), (7_199_000_000, "119 min 59 s ahead (+7199.000000 s)"),
    (-7_260_000_000, "2 h 1 min behind (-7260.000000 s)"), (266_400_000_000, "3 d 2 h ahead (+266400.000000 s)"),
    (-2**63, "106751991 d 4 h behind (-9223372036854.775808 s)")])
def test_offset_in_words(posed, ctl, offset, words):
    posed.offset = offset
    assert f"  Offset:    {words}\n" in ctl("clock")


def test_findings_of_the_clock(posed, ctl):
    seconds = {"seconds": GLib.Variant("x", -(2**40))}
    posed.findings = [("clock-drift", "", seconds), ("fighting", "clock", seconds), ("fighting", "wg0", {}),
                      ("no-time-reference", "", {}), ("clock-stepped", "", {}), ("no-uplink", "", {})]
    found = ctl.json("clock")["Findings"]
    assert [(finding["id"], finding["subject"]) for finding in found] == [
        ("clock-drift", ""), ("fighting", "clock"), ("no-time-reference", ""), ("clock-stepped", "")]
    assert found[0]["params"] == {"seconds": -(2**40)}
    assert ctl("clock").count(f"Values: seconds -{2**40}\n") == 2


@pytest.fixture
def configuration():
    """/etc of this namespace alone."""
    upper, work = stage.RUN / "etc-upper", stage.RUN / "etc-work"
    upper.mkdir()
    work.mkdir()
    stage.mount("-t", "overlay", "-o", f"lowerdir=/etc,upperdir={upper},workdir={work}", "etc", "/etc")
    path = stage.pathlib.Path("/etc/wslnode/wslnode.conf")
    path.parent.mkdir(exist_ok=True)
    yield path
    subprocess.run(["umount", "/etc"], check=True)
    subprocess.run(["rm", "-r", upper, work], check=True)


def test_config(configuration, ctl):
    text = ("[Node]\nMTU=wg0:1280\n\n[RefreshIP]\nUnits=node.service\nAutomatic=no\n\n"
            "[Clock]\nAutoSync=always\nNTPServers=192.0.2.1 2001:db8::1\n\n"
            "[DNS]\nServers=192.0.2.53 2001:db8::53\nPublicFallback=no\nProbeName=who.test\n\n"
            "[File home]\nPath=/home/me/a.conf\nVariables=WSL_IP NODE_IP\nUser=1000\nCreate=yes\n")
    configuration.write_text(text)
    assert ctl("config", "show", user=stage.STRANGER) == text
    shown = ctl.json("config", "show")
    assert (shown["MTU"], shown["Units"], shown["Automatic"]) == ({"wg0": 1280}, ["node.service"], False)
    assert (shown["AutoSync"], shown["NTPServers"]) == ("always", ["192.0.2.1", "2001:db8::1"])
    assert (shown["Servers"], shown["PublicFallback"]) == (["192.0.2.53", "2001:db8::53"], False)
    assert shown["ProbeName"] == "who.test"
    assert shown["Files"] == [{"Path": "/home/me/a.conf", "Variables": ["WSL_IP", "NODE_IP"], "User": 1000,
                               "Create": True}]
    assert "can be understood" in ctl("config", "lint")
    configuration.write_text("[RefreshIP]\nUnits=a.service\n")
    assert "[Clock]\nAutoSync=resume\n" in ctl("config", "show") and "NTP" not in ctl("config", "show")
    assert "[DNS]\nPublicFallback=yes\nProbeName=dns.msftncsi.com\n" in ctl("config", "show")
    configuration.write_text(text + "[RefreshIP]\nUnits=nonsense\n")
    assert ctl("config", "lint", code=1) == ("/etc/wslnode/wslnode.conf: line 23: 'nonsense' is not a unit's name, such as "
                                             "wg-quick@wg0.service\n")
    configuration.write_text(text + "[Nod]\nMTU=wg0:1280\n")
    assert "unknown key MTU in section [Nod]" in ctl("config", "lint", code=1)
    assert "show or lint" in ctl("config", "nonsense", code=2)


SYSTEMD = "line 2: boot.systemd: the value is neither true nor false, so the default counts. Write true or false."
NO_EQUALS = ("line 3: no = follows the name, which has letters and digits only. Write key=value in one line, or # before "
             "what is a comment. WSL reads nothing from here on.")


def test_wsl_conf(configuration, ctl):
    path = stage.pathlib.Path("/etc/wsl.conf")
    assert ctl("config", "lint", "--wsl") == "/etc/wsl.conf: there is no such file, so WSL takes its defaults.\n"
    assert ctl.json("config", "lint", "--wsl")["Files"] == [
        {"Path": "/etc/wsl.conf", "Dialect": "wsl.conf", "Missing": True, "Remarks": []}]
    path.write_text("[boot]\nsystemd=true\n")
    assert ctl("config", "lint", "--wsl", user=stage.STRANGER) == "/etc/wsl.conf: nothing is wrong.\n"
    path.write_bytes(b"[boot]\r\nsystemd=yes\r\nfoo\r\nsystemd=no\r\n")
    assert ctl("config", "lint", "--wsl", code=1) == f"/etc/wsl.conf: {SYSTEMD}\n/etc/wsl.conf: {NO_EQUALS}\n"
    first, second = ctl.json("config", "lint", "--wsl", code=1)["Files"][0]["Remarks"]
    assert (first["Line"], first["Kind"], first["Key"], first["Rest"]) == (2, "boolean", "boot.systemd", False)
    assert f"line 2: boot.systemd: {first['What']}. {first['Next']}." == SYSTEMD
    assert (second["Line"], second["Kind"], second["Rest"]) == (3, "no-equals", True) and "Key" not in second


def test_wslconfig(ctl, tmp_path):
    named, other = tmp_path / ".wslconfig", tmp_path / "copy"
    text = "[wsl2]\nmemory=4GB\nfirewall=1\n[experimental]\nfirewall=0\n"
    named.write_text(text)
    other.write_text(text)
    duplicate = "line 5: experimental.firewall: the key was there before, and the first one counts (line 3). Take one "
    assert ctl("config", "lint", "--wsl", named, code=1).startswith(f"{named}: {duplicate}")
    assert ctl("config", "lint", "--wslconfig", other, code=1).startswith(f"{other}: {duplicate}")
    assert f"{other}: line 2: wsl2.memory: this is a key of .wslconfig" in ctl("config", "lint", "--wsl", other, code=1)
    both = ctl.json("config", "lint", "--wsl", named, other, code=1)["Files"]
    assert [(f["Path"], f["Dialect"], f["Missing"]) for f in both] == [
        (str(named), ".wslconfig", False), (str(other), "wsl.conf", False)]
    assert [(r["Kind"], r["Key"], r["First"]) for r in both[0]["Remarks"]] == [
        ("duplicate", "experimental.firewall", 3)]
    named.write_bytes("[wsl2]\r\nmemory=4GB\r\n".encode("utf-16"))
    assert ctl("config", "lint", "--wsl", named) == f"{named}: nothing is wrong.\n"


def test_wsl_files_that_cannot_be_read(ctl, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"#" * (2**20 + 1))
    for path, problem in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory"),
                          (large, "File too large")):
        assert ctl("config", "lint", "--wsl", path, code=1) == f"{path}: {problem}\n"
        assert ctl.json("config", "lint", "--wsl", path, code=1)["Files"][0]["Error"] == problem


@pytest.mark.parametrize("arguments", [["config", "show", "--wsl"], ["config", "lint", "file"], ["config", "show", "file"],
                                       ["config", "lint", "--wslconfig"], ["status", "--wsl"], ["config", "--wsl"]])
def test_wrong_usage_of_config_is_2(ctl, arguments):
    ctl(*arguments, code=2)


@pytest.mark.parametrize("words, offered", [("config l", "lint"), ("config lint --wsl", "--wsl --wslconfig"),
                                            ("status --wsl", ""), ("config lint w", ""),
                                            ("config lint --wsl w", "wsl.conf"), ("config lint --wslconfig w", "wsl.conf"),
                                            ("config show --wsl w", "")])
def test_completion_of_config(tmp_path, words, offered):
    (tmp_path / "wsl.conf").touch()
    assert completed(words, tmp_path) == offered

# SPDX-License-Identifier: LGPL-2.1-or-later
"""wslnodectl and the VPN: tunnels of wireguard-go, and those of a node that says what a test wants."""

import json
import os
import re
import subprocess
import time

import pytest
from gi.repository import Gio, GLib

import stage
import vpn
from ctl import Terminal
from posed import XML
from test_ctl import completed
from tunnel import Pair
from wait import eventually, settles

KEY = "mmxGEU6fhW9C2zdJvQZoT+51u85zq/nxpTr1w4msWhA="
OBJECT_MANAGER = """<node><interface name="org.freedesktop.DBus.ObjectManager"><method name="GetManagedObjects">
<arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>"""
SIGNATURES = {"endpoint": "s", "state": "s", "reason": "s", "handshake-age-usec": "t", "rx": "t", "tx": "t", "keepalive": "u",
              "key": "s"}
# What is not known as long as the link is down.
EMPTY = {"PeerCount": 0, "PeersUp": 0, "PeersDown": 0, "LastHandshakeUSec": 0, "LastHandshakeUSecMonotonic": 0}


def row(**values):
    return {"key": KEY, "endpoint": "192.0.2.1:51820", "state": "up", "reason": "", "rx": 1536, "tx": 148,
            "keepalive": 25} | values


class Tunnels:
    """`add` makes one: its properties, and the rows of its peers. With `denial` ListPeers says that, from that
    offset on; `gone` is a tunnel whose object went meanwhile."""

    def __init__(self, posed):
        self.connection, self.values, self.asked, self.denial, self.gone = posed.connection, {}, [], None, None
        self.rows = {}
        manager = Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER).interfaces[0]
        self.connection.register_object(vpn.PATH, manager, self.serve, None, None)
        self.interface = next(i for i in Gio.DBusNodeInfo.new_for_xml(XML).interfaces if i.name == vpn.VPN)

    def add(self, name="wg0", rows=(), age=34, **properties):
        values = {"Name": name, "Kind": "wireguard", "Link": name, "State": "up", "MTU": 1420, "PeerCount": 1, "PeersUp": 1,
                  # The clock was set since.
                  "PeersDown": 0, "LastHandshakeUSec": int((time.time() - 3600) * 1e6),
                  "LastHandshakeUSecMonotonic": -age} | properties
        path = vpn.path_of(f"n{len(self.values)}" if not name.isalnum() else name)
        self.values[path], self.rows[path] = values, list(rows)
        self.connection.register_object(path, self.interface, self.serve, None, None)

    def variants(self, values):
        values = dict(values)
        if age := -values["LastHandshakeUSecMonotonic"]:
            # As old as it is to be when somebody looks, however long that takes to come.
            values["LastHandshakeUSecMonotonic"] = int((time.clock_gettime(time.CLOCK_MONOTONIC) - age) * 1e6)
        return {key: GLib.Variant(self.interface.lookup_property(key).signature, value) for key, value in values.items()}

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if member == "GetManagedObjects":
            # What every object has besides.
            objects = {key: {"org.freedesktop.DBus.Peer": {}, vpn.VPN: self.variants(values)}
                       for key, values in self.values.items()} | {vpn.PATH + "/other": {"org.example": {}}}
            return invocation.return_value(GLib.Variant("(a{oa{sa{sv}}})", (objects,)))
        offset, limit = arguments.unpack()
        self.asked.append((offset, limit))
        if self.gone:
            return invocation.return_dbus_error("org.freedesktop.DBus.Error.UnknownObject", "Unknown object.")
        if self.denial is not None and offset >= self.denial:
            return invocation.return_dbus_error("org.freedesktop.DBus.Error.LimitsExceeded", "Too many calls.")
        rows = [{key: GLib.Variant(SIGNATURES[key], value) for key, value in peer.items()}
                for peer in self.rows[path][offset:offset + min(limit, 1000)]]
        return invocation.return_value(GLib.Variant("(aa{sv})", (rows,)))


@pytest.fixture
def tunnels(posed):
    return Tunnels(posed)


@pytest.fixture
def pair(asleep, root, polkit):
    """A tunnel that is up."""
    pair = Pair(asleep, "wga", 1).start()
    eventually(pair.shaken)
    asleep.start()

    def state():
        vpn.look(root)
        return "wga" in vpn.tunnels(root) and vpn.state(root, "wga")
    settles(state, "up", 25)
    yield pair
    pair.stop()


def test_tunnel(pair, root, ctl):
    ago = r"\d+ (s|min \d+ s) ago"
    assert re.fullmatch(rf"""NAME  KIND       STATE  LINK  MTU   PEERS  HANDSHAKE
wga   wireguard  up     wga   1420  1/1    {ago}
""", ctl("vpn", user=stage.STRANGER))
    assert re.fullmatch(rf"""● up: a peer has a session
  Tunnel:    wga, wireguard
  Link:      wga, MTU 1420(, path MTU 1420)?
  Peers:     1 of 1 up
  Handshake: {ago}

  PEER  +ENDPOINT  +STATE  HANDSHAKE  +RX  +TX  +KEEPALIVE
  {re.escape(pair.far.key.public)}  {pair.endpoint}  up +{ago} +\S+ K?i?B +\S+ K?i?B  +25 s
""", ctl("vpn", "wga", user=stage.MEMBER))
    assert re.search(rf"^  VPN:       wga up, handshake {ago}$", ctl("status"), re.M)
    secrets = [pair.near.key.private, pair.far.key.private, pair.psk]
    shown, = ctl.json("status")["Tunnels"]
    assert shown == ctl.json("vpn")["Tunnels"][0] | {key: shown[key] for key in EMPTY}
    document = ctl.json("vpn", "wga")
    assert set(document) == {"schema", "Tunnels", "Findings", "Peers"} and document["Findings"] == []
    told = {**vpn.tunnel(root, "wga"), "Path": vpn.path_of("wga")}
    assert document["Tunnels"] == [told | {key: document["Tunnels"][0][key] for key in EMPTY}]
    peer, = document["Peers"]
    assert set(peer) == set(vpn.peers(root, "wga")[0]) and peer["key"] == pair.far.key.public
    assert not [secret for secret in secrets if secret in json.dumps(document)]
    pair.near.namespace.ip("link set wga down")
    eventually(lambda: vpn.down(root))
    text = ctl("vpn", "wga")
    assert "● down: nothing goes through" in text and "(vpn-down wga)" in text and "reason link-down" in text
    assert re.search(r"^wga   wireguard  down   wga   1420  -      -$", ctl("vpn"), re.M)
    assert re.search(r"^  VPN:       wga down$", ctl("status"), re.M)


def test_who_may_see_peers(pair, ctl):
    done = subprocess.run(["setpriv", "--reuid=nobody", "--clear-groups", stage.program("WSLNODECTL"), "vpn", "wga"],
                          env=ctl.environment, text=True, capture_output=True, check=False)
    assert done.returncode == 4
    # The rest is there for everybody.
    assert done.stdout.startswith("● up: a peer has a session\n  Tunnel:    wga") and pair.endpoint not in done.stdout
    assert "sudo" in done.stderr and "group wslnode" in done.stderr
    document = ctl.json("vpn", "wga", user=stage.STRANGER, code=4)
    assert document["Tunnels"][0]["Name"] == "wga" and "Peers" not in document
    assert document["error"]["name"] == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
    ctl("vpn", user=stage.STRANGER)
    terminal = Terminal(ctl, stage.STRANGER, "--no-ask-password", "vpn", "wga")
    assert terminal.end() == 4 and "Password" not in terminal.shown
    terminal = Terminal(ctl, stage.STRANGER, "vpn", "wga")
    terminal.answer("Password: ", stage.PASSWORD)
    assert terminal.end() == 0 and pair.endpoint in terminal.shown, terminal.shown


def test_table(tunnels, posed, ctl):
    tunnels.add("wg1", State="down", PeerCount=3, PeersUp=0, PeersDown=2, age=300)
    tunnels.add("wg0", PeerCount=5, PeersUp=2, PeersDown=1)
    tunnels.add("wg2", State="idle", MTU=1280, **EMPTY | {"PeerCount": 1})
    tunnels.add("tail0", State="unknown", Link="", MTU=0, **EMPTY)
    table = """NAME   KIND       STATE    LINK  MTU   PEERS        HANDSHAKE
tail0  wireguard  unknown  -     -     -            -
wg0    wireguard  up       wg0   1420  2/5, 1 down  34 s ago
wg1    wireguard  down     wg1   1420  0/3, 2 down  5 min 0 s ago
wg2    wireguard  idle     wg2   1280  0/1          never
"""
    assert ctl("vpn") == table
    assert re.sub(" +", " ", ctl("vpn", "--no-legend")) == re.sub(" +", " ", table.partition("\n")[2])
    posed.findings = [("vpn-down", "wg1", {}), ("vpn-no-keepalive", "wg0", {}), ("tunnel-too-big", "wg1", {}),
                      ("path-too-small", "wg1", {})]
    text = ctl("vpn")
    assert text.startswith(table + "\n  ● warning:  (vpn-down wg1)\n")
    assert "(vpn-no-keepalive wg0)" in text and "too-big" not in text
    assert [finding["id"] for finding in ctl.json("vpn")["Findings"]] == ["vpn-down", "vpn-no-keepalive",
                                                                            "path-too-small"]
    assert [finding["id"] for finding in ctl.json("vpn", "wg1")["Findings"]] == ["vpn-down", "path-too-small"]
    assert "  Peers:     0 of 3 up, 2 down\n  Handshake: 5 min 0 s ago\n" in ctl("vpn", "wg1")
    assert ctl("vpn", "tail0") == """● unknown: there was no time yet to tell
  Tunnel:    tail0, wireguard
  Link:      none
  Peers:     none that is known
  Handshake: -
"""


def test_there_is_none(tunnels, ctl):
    done = subprocess.run([stage.program("WSLNODECTL"), "vpn"], env=ctl.environment, text=True, capture_output=True,
                          check=True)
    assert (done.stdout, done.stderr) == ("", "There is no VPN tunnel.\n")
    assert "VPN" not in ctl("status")
    assert ctl.json("vpn")["Tunnels"] == ctl.json("status")["Tunnels"] == []
    assert "There is none at all." in ctl("vpn", "wg0", code=1)


def test_status(tunnels, ctl):
    tunnels.add("b", PeerCount=3, PeersDown=1)
    tunnels.add("c", State="idle", **EMPTY | {"PeerCount": 1})
    tunnels.add("a", State="down", age=4000, PeersDown=1)
    lines = ["a down, handshake 1 h 6 min ago", "b up, 1 of 3 peers down, handshake 34 s ago", "c idle, no handshake yet"]

    def shown():
        return re.findall("^  VPN:       (.*)$", ctl("status"), re.M)
    assert shown() == lines
    tunnels.add("d", State="down", **EMPTY)
    tunnels.add("e")
    assert shown() == [lines[0], "d down", *lines[1:], "e up, handshake 34 s ago"]
    for name in ("f", "g"):
        tunnels.add(name)
    assert shown() == [lines[0], "d down", *lines[1:], "e up, handshake 34 s ago", "2 more (wslnodectl vpn)"]
    for name in ("h", "i", "j", "k"):
        tunnels.add(name, State="down", **EMPTY)
    assert shown() == [lines[0], *(f"{name} down" for name in "dhij"), "6 more, 1 of them down (wslnodectl vpn)"]
    assert len(ctl.json("status")["Tunnels"]) == 11


def test_a_daemon_that_knows_no_tunnels(posed, ctl):
    assert ctl.json("status")["Tunnels"] == []
    assert "another version" in ctl("vpn", code=1)


def test_the_path(tunnels, ctl):
    tunnels.add(PathMTU=1380)
    assert "  Link:      wg0, MTU 1420, path MTU 1380\n" in ctl("vpn", "wg0")


def test_peers(tunnels, ctl):
    tunnels.add(rows=[row(**{"handshake-age-usec": 34_999_999, "rx": 1024 * 1024 - 1, "tx": 3 << 29}),
                      row(key="B" * 44, endpoint="[2001:db8::1]:51820", state="down", reason="no-handshake", rx=0, keepalive=0),
                      row(key="C" * 44, endpoint="", state="idle", **{"handshake-age-usec": 2**63, "rx": 2**64 - 1})])
    assert [re.split("  +", line) for line in ctl("vpn", "wg0").partition("\n\n")[2].splitlines()] == [
        ["", "PEER", "ENDPOINT", "STATE", "HANDSHAKE", "RX", "TX", "KEEPALIVE"],
        ["", KEY, "192.0.2.1:51820", "up", "34 s ago", "1023.9 KiB", "1.5 GiB", "25 s"],
        ["", "B" * 44, "[2001:db8::1]:51820", "down: no-handshake", "never", "0 B", "148 B", "off"],
        ["", "C" * 44, "-", "idle", "106751991 d 4 h ago", "15.9 EiB", "148 B", "25 s"]]
    assert ctl.json("vpn", "wg0")["Peers"][2]["rx"] == str(2**64 - 1)
    tunnels.rows[vpn.path_of("wg0")] = [row()]
    assert re.search(" up     -          1.5 KiB  148 B  25 s$", ctl("vpn", "wg0"), re.M)


@pytest.mark.parametrize("seconds, words", [
    (0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min"), (86399, "23 h 59 min"),
    (86400, "1 d 0 h"), (273600, "3 d 4 h")])
def test_ages(tunnels, ctl, seconds, words):
    tunnels.add(rows=[row(**{"handshake-age-usec": seconds * 1_000_000})])
    assert f"  {words} ago  " in ctl("vpn", "wg0")


@pytest.mark.parametrize("amount, words", [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1075, "1.0 KiB"),
                                           (1127, "1.1 KiB"), (2**40 - 1, "1023.9 GiB"), (2**40, "1.0 TiB"),
                                           (2**50, "1.0 PiB"), (2**63, "8.0 EiB")])
def test_sizes(tunnels, ctl, amount, words):
    tunnels.add(rows=[row(rx=amount)])
    assert f"  {words}  148 B  " in ctl("vpn", "wg0")


def test_handshake_whose_age_is_not_known(tunnels, ctl):
    tunnels.add(LastHandshakeUSec=4_000_000_000_000_000, LastHandshakeUSecMonotonic=0)
    tunnels.add("wg1", age=-10)  # it is read later than the clock here
    assert re.search(r"^wg0 .*  2096-10-0\d \d\d:\d\d:\d\d\nwg1 .*  0 s ago$", ctl("vpn"), re.M)


def test_many_peers(tunnels, ctl):
    tunnels.add(rows=[row(key=f"{i:044}") for i in range(2500)], PeerCount=2500, PeersUp=2500)
    assert [line.split()[0] for line in ctl("vpn", "wg0", "--no-legend").splitlines()[6:]] == [
        f"{i:044}" for i in range(2500)]
    assert tunnels.asked == [(0, 1000), (1000, 1000), (2000, 1000)]
    tunnels.rows[vpn.path_of("wg0")] = tunnels.rows[vpn.path_of("wg0")][:1000]
    assert len(ctl.json("vpn", "wg0")["Peers"]) == 1000
    # What was got before is shown, and that it is not all.
    tunnels.denial = 1000
    document = ctl.json("vpn", "wg0", code=1)
    assert len(document["Peers"]) == 1000 and document["error"] == {
        "name": "org.freedesktop.DBus.Error.LimitsExceeded", "message": "Too many calls."}


def test_unknown(tunnels, ctl):
    tunnels.add("wg1")
    tunnels.add("wg0")
    assert ctl("vpn", "wg", code=1).startswith('wslnodectl: NoSuchTunnel: There is no tunnel "wg". There are: wg0, wg1.\n')
    assert ctl.json("vpn", "a\033[2J", code=1)["error"] == {
        "name": "org.wslnode.Node1.Error.NoSuchTunnel",
        "message": 'There is no tunnel "a?[2J". There are: wg0, wg1.'}
    assert '"--help"' in ctl("vpn", "--", "--help", code=1) and tunnels.asked == []
    for number in range(20):
        tunnels.add(f"x{number}")
    assert "x6, x7 and 2 more.\n" in ctl("vpn", "wg", code=1)
    tunnels.gone = True
    assert "The tunnel wg0 is gone." in ctl("vpn", "wg0", code=1)


HOSTILE = ["a\nb", "\033]0;x\007", "\u202egw", "\u0085", "x" * 300, "ä 😀", "$(reboot)", "%s%n"]


def test_texts_are_cleaned(tunnels, ctl):
    for text in HOSTILE:
        tunnels.add(text, Kind=text, Link=text, State=text, rows=[row(key=text, endpoint=text, state=text, reason=text)])
    for shown in [ctl("vpn"), ctl("status"), *(ctl("vpn", text) for text in HOSTILE), ctl("vpn", "none", code=1)]:
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert len(ctl("vpn", "--no-legend").splitlines()) == len(HOSTILE)
    names = {tunnel["Name"] for tunnel in ctl.json("vpn")["Tunnels"]}
    assert names == set(HOSTILE)
    environment = ctl.environment | {"LC_ALL": "C"}
    done = subprocess.run([stage.program("WSLNODECTL"), "vpn", "ä 😀"], env=environment, check=True, stdout=subprocess.PIPE)
    assert done.stdout.isascii()


@pytest.mark.parametrize("arguments", [["vpn", "wg0", "wg1"], ["vpn", "--force"], ["vpn", "--persist", "wg0"],
                                       ["vpn", "--dry-run"], ["vpn", "--limit", "3"], ["vpn", "--all"]])
def test_wrong_usage_is_2(ctl, arguments):
    ctl(*arguments, code=2)


def test_no_daemon_is_3(bus, ctl):
    ctl("vpn", code=3)
    ctl("vpn", "wg0", code=3)


def test_colours(tunnels, ctl):
    tunnels.add("wg0", State="down", PeersDown=1, rows=[row(state="down", reason="no-reply")])
    tunnels.add("wg1", PeersDown=1)
    tunnels.add("wg2", State="idle", rows=[row(state="idle")])
    tunnels.add("wg3")
    environment, ctl.environment = ctl.environment, ctl.environment | {"TERM": "xterm"}

    def colours(*words):
        terminal = Terminal(ctl, "root", *words)
        assert terminal.end() == 0
        return re.findall(r"\033\[(\d+)m", terminal.shown)
    assert colours("vpn") == ["1", "0", "31", "0", "33", "0", "2", "0"]
    assert colours("vpn", "wg0") == ["31", "0", "1", "0", "31", "0"]
    assert colours("vpn", "wg1") == ["33", "0"] and colours("vpn", "wg3") == ["32", "0"]
    assert colours("vpn", "wg2") == ["2", "0", "1", "0", "2", "0"]
    ctl.environment = environment | {"NO_COLOR": "1"}
    assert colours("vpn") == []


@pytest.mark.parametrize("words, offered", [("vp", "vpn"), ("vpn --no-l", "--no-legend"), ("vpn --f", ""),
                                            ("vpn --j", "--json")])
def test_completion(words, offered):
    assert completed(words) == offered


def test_completion_of_names(tunnels, posed, ctl, monkeypatch, tmp_path):
    for name in ("wg0", "wg1", "b\033[2J", "$(reboot)"):
        tunnels.add(name)
    posed.findings = [("vpn-down", "wg1", {})]
    for key, value in ctl.environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("PATH", f"{stage.RUN}:{os.environ['PATH']}")
    stage.program("WSLNODECTL")
    assert completed("vpn w", tmp_path) == "wg0 wg1"
    assert completed("vpn $", tmp_path) == r"\$\(reboot\)" and completed("vpn b", tmp_path) == ""
    # Where findings begin.
    assert completed("vpn ●", tmp_path) == completed("vpn wg0 w", tmp_path) == ""

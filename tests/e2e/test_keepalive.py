# SPDX-License-Identifier: LGPL-2.1-or-later
"""SetKeepalive: what it sets in a tunnel of wireguard-go and in its file, for how long, and who may call it."""

import difflib
import os
import signal
import subprocess

import pytest

import stage
from client import DRY_RUN, ERROR, FORCE, INTERACTIVE, NAME, PATH, PERSIST, STANDARD, BusError
from tunnel import Key, Pair
from wait import settles

NO_LINK, NO_PEER, UNSUPPORTED = ERROR + "NoSuchLink", ERROR + "NoSuchPeer", ERROR + "Unsupported"
OWNED, CHANGED, INVALID = ERROR + "OwnedByOther", ERROR + "ChangedSince", STANDARD + "InvalidArgs"
PASSWORD_NEEDED, ACCESS_DENIED = STANDARD + "InteractiveAuthorizationRequired", STANDARD + "AccessDenied"
FINDING = ("vpn-no-keepalive", "wga")


@pytest.fixture
def pair(asleep):
    """A tunnel without keepalive, to a peer that may be beyond a NAT, and to one that nobody knows the place of."""
    pair = Pair(asleep, "wga", keepalive=0)
    pair.other = Key().public
    pair.near.peers[pair.other] = {"AllowedIPs": "10.60.1.3/32"}
    pair.start()
    asleep.start()
    settles(lambda: FINDING in pair.node.client.findings(), True)
    yield pair
    pair.stop()


@pytest.fixture
def key(pair):
    return pair.far.key.public


def keepalive(pair):
    """What `wg` tells of each peer, in seconds."""
    return {key: 0 if peer.keepalive == "off" else int(peer.keepalive) for key, peer in pair.near.dump().items()}


def set_(client, peer, seconds, flags=0, link="wga", **options):
    return client.call("SetKeepalive", "(ssut)", link, peer, seconds, flags, **options)


def refused(client, *arguments, **options):
    with pytest.raises(BusError) as e:
        set_(client, *arguments, **options)
    return e.value.name


def step(key, before, after, kind="keepalive"):
    return (kind, "wga" if kind == "keepalive" else "/etc/wireguard/wga.conf",
            f"keepalive {before} → {after}, peer {key}")


def test_one_peer(pair, key, root):
    planned = set_(root, key, 25, DRY_RUN)
    assert planned == (0, [step(key, "off", "25 s")], {"peers": 1}) and keepalive(pair) == {key: 0, pair.other: 0}
    change, *rest = set_(root, key, 25)
    assert change > 0 and (0, *rest) == planned and keepalive(pair) == {key: 25, pair.other: 0}
    assert set_(root, key, 25) == (0, [], {"peers": 1})
    assert root.changes()[0]["steps"] == rest[0]
    undoing, steps, result = root.undo(change)
    assert (steps, result) == ([step(key, "25 s", "off")], {}) and keepalive(pair)[key] == 0
    root.undo(undoing)
    assert keepalive(pair)[key] == 25
    assert set_(root, key, 65535)[0] and keepalive(pair)[key] == 65535
    assert set_(root, key, 0)[0] and keepalive(pair)[key] == 0


def test_all_peers(pair, key, root):
    set_(root, key, 10)
    change, steps, result = set_(root, "", 25)
    assert sorted(steps) == sorted([step(key, "10 s", "25 s"), step(pair.other, "off", "25 s")])
    assert result == {"peers": 2} and set(keepalive(pair).values()) == {25}
    root.undo(change)
    assert keepalive(pair) == {key: 10, pair.other: 0}


def test_busctl(pair, key):
    done = subprocess.run(["busctl", f"--address={pair.node.bus.address}", "call", NAME, PATH, NAME, "SetKeepalive", "ssut",
                           "wga", key, "25", "0"], check=True, text=True, stdout=subprocess.PIPE).stdout
    assert done.startswith('ta(sss)a{sv} 1 1 "keepalive" "wga" "keepalive off ') and done.endswith(' 1 "peers" u 1\n')
    assert keepalive(pair)[key] == 25


def test_ctl(pair, key, ctl):
    assert "keepalive off → 25 s" in ctl("--dry-run", "set-keepalive", "wga", key, "25")
    assert keepalive(pair)[key] == 0
    assert "Undo: wslnodectl undo 1" in ctl("set-keepalive", "wga", key, "25") and keepalive(pair)[key] == 25
    assert ctl.json("set-keepalive", "wga", "25")["result"] == {"peers": 2} and keepalive(pair)[pair.other] == 25
    assert "Nothing to do." in ctl("set-keepalive", "wga", "25")
    ctl("set-keepalive", "wga", "off")
    assert set(keepalive(pair).values()) == {0}
    assert "NoSuchPeer" in ctl("set-keepalive", "wga", Key().public, "25", code=1)
    for wrong in ("65536", "-1", "often", ""):
        assert "seconds" in ctl("set-keepalive", "--", "wga", wrong, code=2)
    assert "takes LINK" in ctl("set-keepalive", "wga", code=2)


def test_refusals(pair, key, root):
    assert refused(root, key, 25, link="nolink") == NO_LINK
    assert refused(root, key, 25, link="eth0") == refused(root, key, 25, link="wg0") == UNSUPPORTED
    for peer in (Key().public, key[:-2], key.lower() + "=", "what?"):
        assert refused(root, peer, 25) == refused(root, peer, 25, DRY_RUN) == NO_PEER
    assert refused(root, key, 65536) == refused(root, key, 25, 8) == INVALID
    assert keepalive(pair) == {key: 0, pair.other: 0} and root.changes() == []
    assert set_(root, key, 25)[0] == 1


def test_others_set_it(pair, key, root):
    """It is read before it is set, and not put back."""
    change, _, _ = set_(root, key, 25)
    pair.near.set(pair.far, "persistent-keepalive", 0)
    assert set_(root, key, 25)[:2] == (2, [step(key, "off", "25 s")]) and keepalive(pair)[key] == 25
    pair.near.set(pair.far, "persistent-keepalive", 7)
    with pytest.raises(BusError) as e:
        root.undo(change)
    assert e.value.name == CHANGED and keepalive(pair)[key] == 7
    assert root.undo(change, FORCE)[1] == [step(key, "7 s", "off")] and keepalive(pair)[key] == 0


def test_peers_that_come_and_go(pair, key, root):
    """What the daemon saw last may be a minute old."""
    new = Key().public
    pair.near.wg("set", "wga", "peer", new, "allowed-ips", "10.60.1.4/32")
    change, steps, _ = set_(root, new, 25)
    assert steps == [step(new, "off", "25 s")] and keepalive(pair)[new] == 25
    pair.near.wg("set", "wga", "peer", new, "remove")
    assert refused(root, new, 25) == NO_PEER
    assert root.undo(change)[:2] == (0, [])  # it took its keepalive along


def test_link_is_down(pair, key, root, network):
    network.ip("link set wga down")
    settles(lambda: ("vpn-down", "wga") in root.findings(), True)
    assert refused(root, key, 25) == STANDARD + "Failed"
    network.ip("link set wga up")
    settles(lambda: root.call("Diagnose") and FINDING in root.findings(), True)
    assert set_(root, key, 25)[0] > 0


def test_mend(pair, key, root, ctl):
    assert root.findings()[FINDING]["verb"] == "SetKeepalive"
    planned = root.mend(*FINDING, DRY_RUN)
    assert planned == (0, [step(key, "off", "25 s")], {"peers": 1})  # the other's place is not known
    change, *rest = root.mend(*FINDING)
    assert (0, *rest) == planned and keepalive(pair) == {key: 25, pair.other: 0}
    settles(lambda: FINDING in root.findings(), False)
    pair.near.set(pair.far, "persistent-keepalive", 0)
    root.call("Diagnose")
    settles(lambda: FINDING in root.findings(), True)
    assert "keepalive off → 25 s" in ctl("mend", *FINDING) and keepalive(pair)[key] == 25


CONF = """\
# mine
[Interface]
PrivateKey = {private}
Address = 10.60.1.1/24   # ours
PostUp = echo '[Peer]' >/dev/null

[Peer]
# the first
PublicKey={one}
PresharedKey = {psk}
AllowedIPs = 10.60.1.2/32
Endpoint = {endpoint}

[Peer]
PublicKey = {two}
AllowedIPs = 10.60.1.3/32
\tpersistentkeepalive = 10 # often
"""


@pytest.fixture
def conf(pair, key):
    path = pair.node.root / "etc/wireguard/wga.conf"
    text = CONF.format(private=pair.near.key.private, one=key, two=pair.other, psk=pair.psk, endpoint=pair.endpoint)
    pair.node.write("etc/wireguard/wga.conf", text)
    path.parent.chmod(0o700)
    path.chmod(0o640)
    os.chown(path, 0, stage.GROUP)
    return path


def difference(before, after):
    return [line for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
            if not line.startswith(("---", "+++", "@@"))]


def assert_no_secret(pair, *texts):
    for text in (*texts, pair.node.log.read_text(), (pair.node.root / "var/lib/wslnode/changes").read_text()):
        for secret in (pair.near.key.private, pair.psk):
            assert secret not in text


def test_persist(pair, key, root, conf):
    before, status = conf.read_text(), conf.stat()
    planned = set_(root, key, 25, DRY_RUN | PERSIST)
    assert planned == (0, [step(key, "off", "25 s"), step(key, "off", "25 s", "keepalive-file")], {"peers": 1})
    assert conf.read_text() == before
    change, *rest = set_(root, key, 25, PERSIST)
    assert (0, *rest) == planned and keepalive(pair)[key] == 25
    shown = difference(before, conf.read_text())
    assert shown == ["+PersistentKeepalive = 25"]
    assert_no_secret(pair, *shown, str(root.changes()))
    assert (conf.stat().st_mode, conf.stat().st_uid, conf.stat().st_gid) == (status.st_mode, status.st_uid, status.st_gid)
    assert os.listdir(conf.parent) == ["wga.conf"]
    root.undo(change)
    assert conf.read_text() == before and keepalive(pair)[key] == 0


def test_persist_all(pair, key, root, conf):
    before = conf.read_text()
    change, steps, _ = set_(root, "", 25, PERSIST)
    assert sorted(steps) == sorted(
        [step(key, "off", "25 s"), step(key, "off", "25 s", "keepalive-file"), step(pair.other, "off", "25 s"),
         step(pair.other, "10 s", "25 s", "keepalive-file")])
    assert difference(before, conf.read_text()) == ["+PersistentKeepalive = 25", "-\tpersistentkeepalive = 10 # often",
                                                    "+\tpersistentkeepalive = 25 # often"]
    assert set_(root, "", 25, PERSIST)[:2] == (0, [])
    # The next start finds the log, and elsewhere the file may have changed.
    pair.node.restart()
    conf.write_text("# above\n" + conf.read_text() + "# below\n")
    settles(lambda: root.call("Diagnose") and FINDING in root.findings(), False)
    root.undo(change)
    assert conf.read_text() == "# above\n" + before + "# below\n"


def test_persist_where_it_cannot(pair, key, root, conf):
    text = conf.read_text()
    new = Key().public
    pair.near.wg("set", "wga", "peer", new, "allowed-ips", "10.60.1.4/32")
    assert refused(root, new, 25, PERSIST) == refused(root, "", 25, PERSIST) == OWNED
    conf.write_text(text + "nonsense\n")
    assert refused(root, key, 25, PERSIST) == OWNED
    conf.rename(conf.parent / "other.conf")
    assert refused(root, key, 25, PERSIST) == OWNED
    conf.symlink_to("other.conf")
    assert refused(root, key, 25, PERSIST) == OWNED
    assert keepalive(pair) == {key: 0, pair.other: 0, new: 0} and root.changes() == []
    conf.unlink()
    conf.write_text(text)
    assert set_(root, key, 25, PERSIST)[0] == 1  # the same in a file that is as it should be


def test_file_changed_since(pair, key, root, conf):
    change, _, _ = set_(root, key, 25, PERSIST)
    conf.write_text(conf.read_text().replace("PersistentKeepalive = 25", "PersistentKeepalive = 30"))
    changed = conf.read_text()
    with pytest.raises(BusError) as e:
        root.undo(change)
    assert e.value.name == CHANGED
    assert conf.read_text() == changed and keepalive(pair)[key] == 25  # neither by half
    root.undo(change, FORCE)
    assert conf.read_text() == changed and keepalive(pair)[key] == 0


def test_wireguard_go_stands_still(pair, key, root, conf):
    """It is asked three times, and the file is not touched."""
    before = conf.read_text()
    set_(root, key, 25)
    os.kill(pair.near.process.pid, signal.SIGSTOP)
    try:
        assert refused(root, key, 30, PERSIST) == STANDARD + "Failed"
        assert conf.read_text() == before
    finally:
        os.kill(pair.near.process.pid, signal.SIGCONT)
    settles(lambda: root.call("Diagnose") and ("vpn-down", "wga") in root.findings(), False)
    set_(root, key, 30, PERSIST)
    assert keepalive(pair)[key] == 30


@pytest.fixture
def others(polkit, pair, user):
    return user(stage.STRANGER), user(stage.MEMBER)


def test_who_may(others, pair, key, root, conf):
    stranger, member = others
    before = conf.read_text()
    for flags in (0, DRY_RUN, PERSIST, FORCE, FORCE | DRY_RUN):
        for message in (0, INTERACTIVE):
            assert refused(stranger, key, 25, flags, message=message) == PASSWORD_NEEDED
            # Nor is he told who the peers are.
            assert refused(stranger, Key().public, 25, flags, message=message) == PASSWORD_NEEDED
            with pytest.raises(BusError) as e:
                stranger.mend(*FINDING, flags, message=message)
            assert e.value.name == PASSWORD_NEEDED
    for flags in (FORCE, FORCE | DRY_RUN):
        assert refused(member, key, 25, flags) == PASSWORD_NEEDED
    assert keepalive(pair)[key] == 0 and conf.read_text() == before and root.changes() == []
    change, _, _ = set_(member, key, 25, PERSIST)
    assert keepalive(pair)[key] == 25 and conf.read_text() != before
    with pytest.raises(BusError) as e:
        stranger.undo(change)
    assert e.value.name == PASSWORD_NEEDED
    member.undo(change)
    assert keepalive(pair)[key] == 0 and conf.read_text() == before


def test_without_polkit(pair, key, root, user):
    assert refused(user(stage.MEMBER), key, 25) == ACCESS_DENIED and keepalive(pair)[key] == 0
    assert set_(root, key, 25)[0] and keepalive(pair)[key] == 25

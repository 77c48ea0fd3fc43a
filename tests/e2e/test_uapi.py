# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets of tunnels that are not as they should be, and tunnels of very many peers."""

import os
import pathlib
import time

import pytest

import stage
import uapi
import vpn
from client import PATH
from uapi import BAD, Uapi, answer, peer, says
from wait import eventually, settles

MANY, MAX = 10_000, 16_384


@pytest.fixture
def play(asleep):
    """play(name, part): a tunnel with its link."""
    servers = []

    def play(name, part):
        servers.append(Uapi(asleep, name, part).add_link())
        return servers[-1]
    yield play
    for server in servers:
        server.stop()


def counting():
    """Its answers can be told apart: rx is how often it was asked."""
    count = [0]

    def text():
        count[0] += 1
        return answer(peer(0, rx_bytes=count[0]))
    return says(text)


def rx(root, name="good"):
    return vpn.peers(root, name)[0]["rx"]


def looks(root, name, state):
    def seen():
        vpn.look(root)
        return name in vpn.tunnels(root) and vpn.state(root, name)
    settles(seen, state, 30)


def test_bad_ones(asleep, play, root):
    """Some are there first, some come to a tunnel that is well: they disturb nobody, and nobody waits for long."""
    names = list(BAD)
    for name in names[::2]:
        play(f"a{name}", BAD[name])
    play("good", counting())
    asleep.start()
    eventually(lambda: "good" in vpn.tunnels(root) and vpn.state(root, "good") == "up", 60)
    signals = root.listen()
    for name in names[1::2]:
        play(f"z{name}", BAD[name])
    before, begin, waits = rx(root), time.monotonic(), []
    root.send("Diagnose")  # it may be too late with its answer: each that hangs is given two seconds
    while rx(root) == before or time.monotonic() - begin < 15:
        at = time.monotonic()
        assert root.get("Address")
        waits.append(time.monotonic() - at)
        assert at - begin < 90
        time.sleep(0.05)
    longest, second = sorted(waits)[:-3:-1]
    print(f"the longest wait for a property: {longest * 1000:.0f} ms")
    # The machine may stand still once; a daemon that waits does so for each that hangs.
    assert second < 2
    states = {name: told["State"] for name, told in vpn.tunnels(root).items()}
    assert states.pop("good") == "up"
    assert len(states) == len(BAD) and set(states.values()) == {"unknown"}
    assert vpn.drops(signals) == []
    asleep.stop()


def test_diagnose_waits_for_one_that_hangs(asleep, play, root):
    play("good", counting())
    play("hangs", uapi.hangs)
    asleep.start()
    looks(root, "good", "up")
    assert vpn.state(root, "hangs") == "unknown"
    asleep.stop()


def test_ten_mebibytes_of_one_peer(asleep, play, root):
    """As long as it is well-formed, and not more than can be of use."""
    play("long", uapi.ten_mebibytes)
    asleep.start()
    looks(root, "long", "up")
    assert vpn.tunnel(root, "long")["PeerCount"] == 1


def test_it_goes_bad_and_well_again(asleep, play, root):
    part = [counting()]
    server = play("wga", lambda connection: part[0](connection))
    asleep.start()
    looks(root, "wga", "up")
    signals, well = root.listen(), part[0]
    expected = []
    for bad in (uapi.hangs, uapi.garbage):
        part[0] = bad
        looks(root, "wga", "down")
        part[0] = well
        looks(root, "wga", "up")
        expected += [("down", "wga", "", "daemon-gone"), ("up", "wga", "")]
        settles(lambda: vpn.drops(signals), expected)
    assert server.asked >= 2 * 3 + 2


@pytest.mark.parametrize("what", ["owner", "mode", "link"])
def test_a_strangers_folder(asleep, play, root, what):
    """Who can put a socket there could say what he likes."""
    folder = asleep.root / "run/wireguard"
    if what == "link":
        # A link may lead where it likes: the folder is looked at, not the way.
        elsewhere = asleep.root / "tmp"
        elsewhere.mkdir()
        elsewhere.chmod(0o777)
        folder.parent.mkdir(exist_ok=True)
        folder.symlink_to("../tmp")
    play("wga", counting())
    if what == "owner":
        os.chown(folder, stage.UIDS[stage.STRANGER], 0)
    elif what == "mode":
        folder.chmod(0o777)
    asleep.start()
    vpn.look(root)
    assert vpn.tunnels(root) == {}
    if what == "link":
        elsewhere.chmod(0o755)
    os.chown(folder, 0, 0)
    folder.chmod(0o755)
    looks(root, "wga", "up")


def test_what_is_no_socket(asleep, play, network, root):
    play("good", counting())
    folder = asleep.root / "run/wireguard"
    (folder / "file.sock").write_text("errno=0\n\n")
    os.mkfifo(folder / "fifo.sock")
    (folder / "folder.sock").mkdir()
    (folder / "dangling.sock").symlink_to("/nonexistent")
    (folder / "a-name-too-long-for-a-link.sock").touch()
    (folder / ".sock").touch()
    (folder / "eth0.sock").touch()  # of a link that is no tunnel
    Uapi(asleep, "nolink", counting())  # and of none at all
    for name in ("file", "fifo", "folder", "dangling"):
        network.batch([f"tuntap add dev {name} mode tun", f"link set {name} up"])
    asleep.start()
    looks(root, "good", "up")
    told = vpn.tunnels(root)
    assert not told.keys() & {"eth0", "nolink", "", "a-name-too-long-for-a-link"}
    assert {name for name, values in told.items() if values["State"] == "up"} == {"good"}


def test_planted_text(asleep, play, root):
    """Numbers that no tunnel has, and words that nobody knows."""
    odd = [peer(0, last_handshake_time_sec=2**32), peer(1, last_handshake_time_sec=1420070400),
           peer(2, rx_bytes=2**64 - 1, tx_bytes=2**64 - 1), peer(3, endpoint="[fe80::1%eth0]:1"),
           peer(4, endpoint="[2001:db8::1]:65535"), peer(5, new_word="x" * 200), peer(0)]
    play("wga", says(answer(*odd)))
    asleep.start()
    looks(root, "wga", "up")
    found = {entry["key"]: entry for entry in vpn.peers(root, "wga")}
    keys = [uapi.shown_key(i) for i in range(6)]
    assert list(found) == keys
    assert found[keys[2]]["rx"] == found[keys[2]]["tx"] == 2**64 - 1
    assert [found[keys[i]]["endpoint"] for i in (3, 4)] == ["", "[2001:db8::1]:65535"]


def cpu(pid):
    """Nanoseconds on a processor."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def cost(root, node, server):
    """Of one look, in nanoseconds; once more where a beat came into it."""
    for _ in range(3):
        time.sleep(5.1)  # the least between two looks
        asked, before = server.asked, cpu(node.process.pid)
        vpn.look(root)
        if server.asked == asked + 1:
            return cpu(node.process.pid) - before
    raise AssertionError(f"{server.asked - asked} readings for one look")


def test_many_peers(asleep, play, root):
    said = [b""]

    def have(size):
        """Made beforehand: the daemon gives an answer two seconds."""
        said[0] = answer(*(peer(i) for i in range(size)))
    have(10)
    server = play("wga", says(lambda: said[0]))
    asleep.start()
    looks(root, "wga", "up")
    spent = {}
    for size in (10, MANY // 10, MANY):
        have(size)
        spent[size] = cost(root, asleep, server)
        assert vpn.tunnel(root, "wga")["PeerCount"] == size
    # Ten times as many take ten times as long, and not a hundred times.
    few, many = spent[MANY // 10], spent[MANY]
    print(f"1,000 peers: {few / 1e6:.1f} ms, 10,000: {many / 1e6:.1f} ms")
    assert many < 30 * few
    pages, offset = [], 0
    while page := vpn.peers(root, "wga", offset):
        assert len(page) == min(1000, MANY - offset)
        pages += page
        offset += len(page)
    assert [entry["rx"] for entry in pages] == [2000 + i for i in range(MANY)]
    assert [entry["rx"] for entry in vpn.peers(root, "wga", 9_998, 7)] == [2000 + MANY - 2, 2000 + MANY - 1]
    assert [entry["rx"] for entry in vpn.peers(root, "wga", 5, 2)] == [2005, 2006]
    have(20_000)  # more than are kept
    settles(lambda: vpn.look(root) and vpn.tunnel(root, "wga")["PeerCount"], MAX, 30)
    have(3)
    settles(lambda: vpn.look(root) and len(vpn.peers(root, "wga")), 3, 30)
    asleep.stop()

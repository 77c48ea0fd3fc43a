# SPDX-License-Identifier: LGPL-2.1-or-later
"""SetMTU, Mend, Undo and Release on real links, by every client, read back from the kernel."""

import subprocess

import pytest

import stage
from client import DRY_RUN, ERROR, FORCE, INTERFACE, NAME, PATH, PERSIST, BusError
from wait import eventually, settles


def run(bus, *command):
    return subprocess.run(command, env=bus.environment, check=True, text=True, stdout=subprocess.PIPE).stdout


def by_busctl(bus, link, mtu):
    return run(bus, "busctl", "call", NAME, PATH, INTERFACE, "SetMTU", "sut", link, str(mtu), "0")


def by_gdbus(bus, link, mtu):
    return run(bus, "gdbus", "call", "--system", "-d", NAME, "-o", PATH, "-m", INTERFACE + ".SetMTU", link, str(mtu),
               "0")


def by_wslnodectl(bus, link, mtu):
    return run(bus, stage.program("WSLNODECTL"), "set-mtu", link, str(mtu))


@pytest.mark.parametrize("set_mtu", [by_busctl, by_gdbus, by_wslnodectl])
@pytest.mark.parametrize("link", ["wg0", "eth0"])
def test_every_client(node, bus, network, root, set_mtu, link):
    answer = set_mtu(bus, link, 1300)
    # Nothing is awaited here: the answer comes after the kernel has it.
    assert network.mtu(link) == 1300
    assert "1300" in answer
    assert root.wanted() == {link: 1300}
    assert [(c["verb"], c["uid"], c["state"]) for c in root.changes()] == [("SetMTU", 0, "done")]


def test_answer_says_what_was_done(node, network, root):
    signals = root.listen()
    change, steps, result = root.set_mtu("wg0", 1300)
    assert change > 0 and result == {"mtu": 1300}
    assert sorted((kind, target) for kind, target, _ in steps) == [("kernel", "wg0"), ("wanted", "wg0")]
    entry, = root.changes()
    assert (entry["id"], entry["steps"]) == (change, steps)
    assert root.links()["wg0"]["mtu"] == 1300  # no later than the answer
    settles(lambda: [w["value"] for changed in signals.changed("Wanted") for w in changed], [1300])
    wish, = root.get("Wanted")
    assert (wish["kind"], wish["target"], wish["value"], wish["persist"], wish["origin"]) == (
        "mtu", "wg0", 1300, False, "verb")
    assert abs(wish["since-usec"] - entry["time"]) < 20_000_000


def test_nothing_to_do_is_a_success(node, network, root):
    first, _, _ = root.set_mtu("wg0", 1300)
    assert root.set_mtu("wg0", 1300) == (0, [], {"mtu": 1300})
    assert [c["id"] for c in root.changes()] == [first]


@pytest.mark.parametrize("flags", [0, FORCE, PERSIST])
def test_dry_run_is_what_would_be_done(node, network, root, flags):
    before = (network.link("wg0"), root.all())
    change, steps, result = root.set_mtu("wg0", 1300, DRY_RUN | flags)
    assert (change, result) == (0, {"mtu": 1300}) and steps
    assert (network.link("wg0"), root.all()) == before
    assert root.changes() == []
    _, done, _ = root.set_mtu("wg0", 1300, flags)
    assert done == steps
    # And taking it back, first dry.
    change = root.changes()[0]["id"]
    _, planned, _ = root.undo(change, DRY_RUN)
    assert network.mtu("wg0") == 1300 and root.changes()[0]["state"] == "done"
    assert root.undo(change)[1] == planned


def test_limits_of_the_link(node, network, root):
    for mtu in (1280, 65535):
        root.set_mtu("wg0", mtu)
        assert network.mtu("wg0") == mtu


def test_undo(node, network, root):
    first, _, _ = root.set_mtu("wg0", 1300)
    second, _, _ = root.set_mtu("wg0", 1350)
    undoing, steps, result = root.undo(second)
    assert undoing > second and steps and result == {}
    assert network.mtu("wg0") == 1300 and root.wanted() == {"wg0": 1300}
    root.undo(first)
    assert network.mtu("wg0") == 1420 and root.wanted() == {}
    assert [(c["verb"], c["state"]) for c in root.changes()] == [
        ("Undo", "done"), ("Undo", "done"), ("SetMTU", "undone"), ("SetMTU", "undone")]


def test_undo_of_undo(node, network, root):
    change, _, _ = root.set_mtu("wg0", 1300)
    undoing, _, _ = root.undo(change)
    root.undo(undoing)
    assert network.mtu("wg0") == 1300 and root.wanted() == {"wg0": 1300}


def test_undo_restores_the_wish_and_its_persistence(node, network, root):
    root.set_mtu("wg0", 1300, PERSIST)
    change, _, _ = root.set_mtu("wg0", 1350)
    root.undo(change)
    wish, = root.get("Wanted")
    assert (wish["value"], wish["persist"]) == (1300, True)


def test_undo_beneath_a_later_change(node, network, root):
    first, _, _ = root.set_mtu("wg0", 1300)
    root.set_mtu("wg0", 1350)
    with pytest.raises(BusError) as e:
        root.undo(first)
    assert e.value.name == ERROR + "ChangedSince"
    assert network.mtu("wg0") == 1350 and root.wanted() == {"wg0": 1350}
    root.undo(first, FORCE)
    assert network.mtu("wg0") == 1420 and root.wanted() == {}


def test_undo_in_spite_of_another_hand(node, network, root):
    """It is the wish that Undo compares with: whoever changed the kernel's value cannot block it."""
    change, _, _ = root.set_mtu("eth0", 1400)
    network.ip("link set eth0 mtu 1450")
    eventually(lambda: root.get("UplinkMTU") == 1450)
    root.undo(change)
    assert network.mtu("eth0") == 1500 and root.wanted() == {}


def test_undo_of_a_link_that_is_gone(node, network, root):
    """The link took its MTU along; what is left to end is the wish."""
    change, _, _ = root.set_mtu("wg0", 1300)
    network.ip("link del wg0")
    eventually(lambda: "wg0" not in root.links())
    _, steps, _ = root.undo(change)
    assert [(kind, target) for kind, target, _ in steps] == [("wanted", "wg0")]
    assert root.wanted() == {}


def test_undo_needs_no_force_for_what_was_before(node, network, root):
    network.ip("link set wg0 mtu 1000")
    eventually(lambda: root.links()["wg0"]["mtu"] == 1000)
    change, _, _ = root.set_mtu("wg0", 1400)
    root.undo(change)
    assert network.mtu("wg0") == 1000


def test_release_ends_the_wish_alone(node, network, root):
    root.set_mtu("wg0", 1300)
    _, planned, _ = root.release("wg0", DRY_RUN)
    assert root.wanted() == {"wg0": 1300}
    change, steps, result = root.release("wg0")
    assert change > 0 and steps == planned and result == {}
    assert [kind for kind, _, _ in steps] == ["wanted"]
    assert network.mtu("wg0") == 1300 and root.wanted() == {}
    network.ip("link set wg0 mtu 1400")
    eventually(lambda: root.links()["wg0"]["mtu"] == 1400)
    assert root.release("wg0") == (0, [], {})
    assert network.mtu("wg0") == 1400
    root.set_mtu("wg0", 1300)  # and a wish would have been put back
    network.ip("link set wg0 mtu 1400")
    settles(lambda: network.mtu("wg0"), 1300)


def test_list_changes_by_pages(node, network, root):
    ids = [root.set_mtu("wg0", 1300 + i)[0] for i in range(6)]
    newest_first = ids[::-1]
    assert [c["id"] for c in root.changes()] == newest_first
    assert [c["id"] for c in root.changes(limit=2)] == newest_first[:2]
    assert [c["id"] for c in root.changes(before=newest_first[1], limit=3)] == newest_first[2:5]
    assert root.changes(before=ids[0]) == []


def test_log_keeps_200(node, network, root):
    ids = [root.set_mtu("wg0", 1300 + i % 2)[0] for i in range(205)]
    assert [c["id"] for c in root.changes()] == ids[:-201:-1]
    node.restart()
    assert [c["id"] for c in root.changes()] == ids[:-201:-1]
    with pytest.raises(BusError) as e:
        root.undo(ids[0])
    assert e.value.name == ERROR + "NoSuchChange"
    assert root.set_mtu("wg0", 1400)[0] > ids[-1]


@pytest.mark.parametrize("uplink, tunnel, mended", [(1280, 1280, ("eth0", 1360)), (1400, 1420, ("wg0", 1340))])
def test_mend_a_tunnel_that_is_too_big(node, network, root, uplink, tunnel, mended):
    signals = root.listen()
    network.ip(f"link set wg0 mtu {tunnel}")
    network.ip(f"link set eth0 mtu {uplink}")
    eventually(lambda: signals.of("FindingRaised"))
    finding = root.findings()["tunnel-too-big", "wg0"]
    assert (finding["severity"], finding["verb"]) == ("warning", "SetMTU")
    params = finding["params"]
    assert (params["mtu"], params["overhead"], params["uplink"], params["uplink-mtu"]) == (tunnel, 60, "eth0", uplink)
    diagnosed = {(c["id"], c["subject"]): c["severity"] for c in root.call("Diagnose")[0]}
    assert diagnosed["tunnel-too-big", "wg0"] == "warning" and diagnosed["no-uplink", ""] == "ok"

    _, planned, _ = root.mend("tunnel-too-big", "wg0", DRY_RUN)
    assert (network.mtu("eth0"), network.mtu("wg0")) == (uplink, tunnel)
    change, steps, result = root.mend("tunnel-too-big", "wg0")
    link, mtu = mended
    assert steps == planned and result == {"mtu": mtu}
    assert network.mtu(link) == mtu and root.wanted() == {link: mtu}
    eventually(lambda: signals.of("FindingCleared"))
    assert signals.of("FindingCleared") == [("tunnel-too-big", "wg0", {})]
    assert root.get("Health") == "ok"
    root.undo(change)
    assert (network.mtu("eth0"), network.mtu("wg0")) == (uplink, tunnel)


def test_wish_survives_the_daemon_but_no_boot(node, network, root):
    change, _, _ = root.set_mtu("wg0", 1300)
    node.restart()
    assert root.wanted() == {"wg0": 1300}
    network.ip("link set wg0 mtu 1420")
    settles(lambda: network.mtu("wg0"), 1300)
    assert [c["id"] for c in root.changes()] == [change]

    node.reboot()
    assert root.wanted() == {}
    assert network.mtu("wg0") == 1420
    with pytest.raises(BusError) as e:
        root.undo(change)
    assert e.value.name == ERROR + "ChangedSince"


def test_persistent_wish_survives_a_boot(node, network, root):
    root.set_mtu("wg0", 1300, PERSIST)
    root.set_mtu("eth0", 1400)
    node.reboot()
    settles(lambda: network.mtu("wg0"), 1300)
    wish, = root.get("Wanted")
    assert (wish["target"], wish["value"], wish["persist"]) == ("wg0", 1300, True)
    root.release("wg0")
    node.reboot()
    assert root.wanted() == {}


def test_asking_again_without_persist_keeps_it(node, network, root):
    root.set_mtu("wg0", 1300)
    change, steps, _ = root.set_mtu("wg0", 1300, PERSIST)
    assert change > 0 and [kind for kind, _, _ in steps] == ["wanted"]
    assert root.set_mtu("wg0", 1300)[0] == 0
    assert [w["persist"] for w in root.get("Wanted")] == [True]


def test_two_calls_for_one_link_run_in_turn(node, network, root):
    calls = [root.send("SetMTU", "(sut)", "wg0", 1300 + i, 0) for i in range(10)]
    answers = [call.result(20) for call in calls]
    assert [result["mtu"] for _, _, result in answers] == list(range(1300, 1310))
    assert network.mtu("wg0") == 1309 and root.wanted() == {"wg0": 1309}
    assert [c["id"] for c in root.changes()] == [change for change, _, _ in answers][::-1]
    for change, _, _ in reversed(answers):
        root.undo(change)
    assert network.mtu("wg0") == 1420 and root.wanted() == {}


def test_what_is_kept_is_roots_alone(node, root):
    root.set_mtu("wg0", 1300, PERSIST)
    root.set_mtu("eth0", 1400)
    for folder in ("var/lib/wslnode", "run/wslnode"):
        files = [f for f in (node.root / folder).iterdir() if f.is_file()]
        assert files, folder
        assert all(f.stat().st_mode & 0o077 == 0 for f in files)

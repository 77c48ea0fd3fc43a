# SPDX-License-Identifier: LGPL-2.1-or-later
"""wslnodectl undo --all: the machine is as it was, and what is left is said."""

import stage
from client import ERROR, FORCE, PERSIST, STANDARD
from ctl import Terminal
from network import ADDRESS
from wait import eventually


def outcomes(ctl, *arguments, **options):
    return ctl.json("undo", "--all", *arguments, **options)["outcomes"]


def words(found):
    return [(o["id"], o["outcome"]) for o in found]


def states(root):
    return {c["id"]: c["state"] for c in root.changes()}


def as_it_was(network, root):
    return (network.mtu("eth0"), network.mtu("wg0"), root.wanted()) == (1500, 1420, {})


def change_much(root):
    """Changes that stand on each other, newest first."""
    return [root.set_mtu("wg0", 1300)[0], root.set_mtu("eth0", 1450, PERSIST)[0], root.set_mtu("wg0", 1350, PERSIST)[0],
            root.release("wg0")[0], root.set_mtu("wg0", 1000, FORCE)[0]][::-1]


def test_everything_is_taken_back(node, network, root, ctl):
    ids = change_much(root)
    done = outcomes(ctl)
    assert as_it_was(network, root)
    assert words(done) == [(i, "undone") for i in ids]
    assert done[0]["verb"] == "SetMTU" and done[0]["target"] == "wg0" and done[0]["steps"]
    log = root.changes()
    assert [(c["verb"], c["state"], c["undoes"]) for c in log[:5]] == [("Undo", "done", i) for i in ids[::-1]]
    assert [o["change"] for o in done] == [c["id"] for c in log[4::-1]]
    assert {c["state"] for c in log[5:]} == {"undone"}
    # And not a second time.
    assert outcomes(ctl) == [] and "othing to undo" in ctl("undo", "--all")
    assert root.changes() == log


def test_a_line_for_each(node, network, root, ctl):
    first, second = root.set_mtu("wg0", 1300)[0], root.set_mtu("eth0", 1450)[0]
    lines = ctl("undo", "--all").splitlines()
    assert len(lines) == 2
    for line, words_of in zip(lines, [(second, "SetMTU", "eth0", "undone", "1450 → 1500"),
                                      (first, "SetMTU", "wg0", "undone", "1300 → 1420")]):
        assert all(str(word) in line for word in words_of), line


def test_dry_run(node, network, root, ctl):
    ids = change_much(root)
    before = (network.mtu("eth0"), network.mtu("wg0"), root.wanted(), root.changes())
    planned = outcomes(ctl, "--dry-run")
    assert ctl("--dry-run", "undo", "--all").count("would be undone") == 5
    assert (network.mtu("eth0"), network.mtu("wg0"), root.wanted(), root.changes()) == before
    assert words(planned) == [(ids[0], "undone"), (ids[1], "follows"), (ids[2], "follows"), (ids[3], "undone"),
                              (ids[4], "follows")]
    assert [o["after"] for o in planned if "after" in o] == [ids[0], ids[1], ids[2]]
    done = {o["id"]: o for o in outcomes(ctl)}
    for outcome in planned:
        if outcome["outcome"] == "undone":
            assert outcome["change"] == 0 and outcome["steps"] == done[outcome["id"]]["steps"]


def test_undoings_are_not_taken_back(node, network, root, ctl):
    """That would do again what they took back."""
    first = root.set_mtu("wg0", 1300)[0]
    undoing = root.undo(first)[0]
    assert outcomes(ctl) == [] and as_it_was(network, root)
    # What was done again by the undoing of an undoing is taken back.
    again = root.undo(undoing)[0]
    assert network.mtu("wg0") == 1300
    node.restart()
    assert words(outcomes(ctl)) == [(again, "undone")]
    assert as_it_was(network, root)
    assert outcomes(ctl) == []


def test_what_is_left(node, network, root, ctl):
    gone, kept = root.set_mtu("wg0", 1300)[0], root.set_mtu("eth0", 1450, PERSIST)[0]
    node.reboot()
    assert network.mtu("wg0") == 1420
    network.ip("link set wg0 mtu 1390")
    eventually(lambda: root.links()["wg0"]["mtu"] == 1390)
    done = outcomes(ctl)
    assert words(done) == [(kept, "undone"), (gone, "left")]
    assert done[1]["error"]["name"] == ERROR + "ChangedSince" and done[1]["error"]["message"]
    assert network.mtu("wg0") == 1390 and network.mtu("eth0") == 1500 and root.wanted() == {}
    assert "ChangedSince" in ctl("undo", "--all")
    assert words(outcomes(ctl, "--force")) == [(gone, "undone")]
    assert network.mtu("wg0") == 1420


def test_what_is_refused(node, network, root, ctl):
    """A link that no longer takes what it had: it is said, and the others are taken back all the same."""
    kept = root.set_mtu("eth0", 1450)[0]
    network.ip("link set wg0 mtu 65535")
    eventually(lambda: root.links()["wg0"]["mtu"] == 65535)
    refused = root.set_mtu("wg0", 1400)[0]
    network.ip("link del wg0")
    network.ip("tuntap add dev wg0 mode tap")
    eventually(lambda: root.links().get("wg0", {}).get("mtu") == 1500)
    done = outcomes(ctl, code=1)
    assert words(done) == [(refused, "refused"), (kept, "undone")]
    assert done[0]["error"]["name"] == ERROR + "InvalidMTU"
    assert "InvalidMTU" in ctl("undo", "--all", code=1)
    assert network.mtu("eth0") == 1500


def test_full_log(node, network, root, ctl):
    """Undoing adds to the log, which pushes out nothing that is still to be undone."""
    ids = [root.set_mtu(("wg0", "eth0")[i % 2], 1281 + i)[0] for i in range(200)][::-1]
    assert words(outcomes(ctl)) == [(i, "undone") for i in ids]
    assert as_it_was(network, root)


def test_others_need_polkit(polkit, node, network, root, user, ctl):
    foreign = root.set_mtu("eth0", 1450)[0]
    own = user(stage.MEMBER).set_mtu("wg0", 1300)[0]
    older = states(root)
    done = ctl.json("undo", "--all", user=stage.STRANGER, code=4)["outcomes"]
    assert words(done) == [(own, "refused"), (foreign, "refused")] and states(root) == older
    assert {o["error"]["name"] for o in done} <= {STANDARD + "AccessDenied",
                                                  STANDARD + "InteractiveAuthorizationRequired"}
    text = ctl("undo", "--all", user=stage.MEMBER, code=4)
    assert f"{own} " in text and f"{foreign} " in text
    assert network.mtu("wg0") == 1420 and network.mtu("eth0") == 1450
    assert words(outcomes(ctl)) == [(foreign, "undone")]
    assert as_it_was(network, root)


def test_password_is_asked_once(polkit, node, network, root, ctl):
    change_much(root)
    terminal = Terminal(ctl, stage.ADMIN, "undo", "--all")
    terminal.answer("Password: ", stage.PASSWORD)
    assert terminal.end() == 0, terminal.shown
    assert "Password:" not in terminal.shown and terminal.shown.count("undone") == 5
    assert as_it_was(network, root)


def test_without_the_password_no_other_is_asked_for(polkit, node, network, root, ctl):
    change_much(root)
    terminal = Terminal(ctl, stage.ADMIN, "undo", "--all")
    terminal.answer("Password: ", "wrong")
    assert terminal.end() == 4, terminal.shown
    # The one on top of each link; beneath it nothing can be taken back.
    assert "Password:" not in terminal.shown and terminal.shown.count(" refused ") == 2
    assert set(states(root).values()) == {"done"}


def test_files_and_links(asleep, network, root, ctl):
    asleep.write("etc/node", "WSL_IP=10.0.0.1\n")
    asleep.configure("[RefreshIP]\nAutomatic=no\nFiles=/etc/node\n")
    asleep.start()
    eventually(root.findings)
    refreshed = root.call("RefreshIP", "(t)", 0)[0]
    set_mtu = root.set_mtu("wg0", 1300)[0]
    assert words(outcomes(ctl, "--dry-run")) == [(set_mtu, "undone"), (refreshed, "undone")]
    assert ADDRESS in (asleep.root / "etc/node").read_text()
    assert words(outcomes(ctl)) == [(set_mtu, "undone"), (refreshed, "undone")]
    assert (asleep.root / "etc/node").read_text() == "WSL_IP=10.0.0.1\n" and as_it_was(network, root)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that hold the node's address follow it, and nothing else in them changes."""

import difflib
import os
import time

import pytest

from client import DRY_RUN, ERROR, PERSIST, STANDARD, BusError
from network import ADDRESS, GATEWAY, PREFIX
from stage import GROUP, UIDS
from wait import eventually, settles

OLD = "172.17.9.9"
KEY = "gI6EdUSYvn8ugXOt8QQD6Yc+JyiZxIhp3GInSWRfWGE="

FILES = {
    # The user's own example.
    "/etc/wslnode-test/config/network/wsl-network.conf": f'# the node\nWSL_IP="{OLD}"\nWSL_GATEWAY="172.17.0.1"\n',
    "/etc/wireguard/wg0.conf": f"[Interface]\nPrivateKey = {KEY}\n\n[Peer]\nEndpoint = {OLD}:51820  # home\n"
                               "PersistentKeepalive = 25\n",
    "/etc/default/node": f"export NODE_IP={OLD}\nOTHER='x y'\nNODE_IP='{OLD}'\n",
    "/etc/wslnode-test/windows.conf": f'A=1\r\nWSL_IP = {OLD}\r\nB=2\r\n',
}
CONFIGURATION = """[RefreshIP]
Files=/etc/wslnode-test/config/network/wsl-network.conf /etc/wslnode-test/windows.conf
Automatic=no
[File wireguard]
Path=/etc/wireguard/wg0.conf
Variables=Endpoint
[File default]
Path=/etc/default/node
Variables=NODE_IP
"""


def refresh(client, flags=0, **options):
    return client.call("RefreshIP", "(t)", flags, **options)


def path_of(node, path):
    return node.root / path.lstrip("/")


def lines_changed(before, after):
    return [line for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)) if line[0] in "+-"]


def lay_out(node, files):
    for path, text in files.items():
        path_of(node, path).parent.mkdir(parents=True, exist_ok=True)
        path_of(node, path).write_bytes(text.encode())


def read(node, path):
    return path_of(node, path).read_bytes().decode()


@pytest.fixture
def followed(asleep, root):
    """The daemon with files that hold another address."""
    lay_out(asleep, FILES)
    asleep.configure(CONFIGURATION)
    asleep.start()
    settles(lambda: {subject for finding, subject in root.findings() if finding == "stale-address"}, set(FILES))
    return asleep


def test_only_the_value_changes(followed, root):
    before = {path: path_of(followed, path).stat() for path in FILES}
    change, steps, result = refresh(root)
    assert change == 1 and result["address"] == ADDRESS and result["skipped"] == []
    assert len(steps) == 5 and all(kind == "file" for kind, _, _ in steps)
    assert ("file", "/etc/wireguard/wg0.conf", f"Endpoint {OLD} → {ADDRESS}") in map(tuple, steps)
    for path, text in FILES.items():
        assert read(followed, path) == text.replace(OLD, ADDRESS)
        after = path_of(followed, path).stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == tuple(
            getattr(before[path], name) for name in ("st_mode", "st_uid", "st_gid"))
    settles(root.findings, {})
    # The key is nowhere but in its file.
    for folder in ("var/lib/wslnode", "run/wslnode"):
        for file in (followed.root / folder).iterdir():
            assert KEY not in file.read_text()
    assert KEY not in followed.log.read_text()
    assert refresh(root) == (0, [], result)


def test_dry_run_and_undo(followed, root):
    signals = root.listen()
    plan = refresh(root, DRY_RUN)
    assert plan[0] == 0 and len(plan[1]) == 5
    assert all(read(followed, path) == text for path, text in FILES.items())
    change, steps, result = refresh(root)
    assert (steps, result) == plan[1:]
    settles(root.findings, {})
    # What comes back within 21 ms was never gone for those who listen.
    settles(lambda: len(signals.of("FindingCleared")), len(FILES))
    assert root.undo(change, DRY_RUN)[1] == [(kind, path, swapped(text)) for kind, path, text in steps[::-1]]
    root.undo(change)
    assert all(read(followed, path) == text for path, text in FILES.items())
    assert [c["state"] for c in root.changes()] == ["done", "undone"]
    settles(lambda: len(root.findings()), len(FILES))


def swapped(text):
    variable, values = text.split(" ", 1)
    return f"{variable} {' → '.join(reversed(values.split(' → ')))}"


def test_undo_of_one_line_keeps_the_others(followed, root):
    change, *_ = refresh(root)
    path = path_of(followed, "/etc/wireguard/wg0.conf")
    path.write_text("# one more line\n" + path.read_text().replace("25", "30"))
    root.undo(change)
    assert path.read_text() == "# one more line\n" + FILES["/etc/wireguard/wg0.conf"].replace("25", "30")


def test_undo_of_what_somebody_changed(followed, root):
    change, *_ = refresh(root)
    default = path_of(followed, "/etc/default/node")
    other = default.read_text().replace(ADDRESS, "10.1.1.1")
    default.write_text(other)
    settles(lambda: [finding["params"]["found"] for finding in root.findings().values()], ["10.1.1.1"])
    for flags in (DRY_RUN, 0):
        with pytest.raises(BusError) as e:
            root.undo(change, flags)
        assert e.value.name == ERROR + "ChangedSince" and "/etc/default/node" in str(e.value)
    assert default.read_text() == other
    assert read(followed, "/etc/wireguard/wg0.conf") == FILES["/etc/wireguard/wg0.conf"].replace(OLD, ADDRESS)


def test_mend(followed, root):
    finding = root.findings()["stale-address", "/etc/default/node"]
    assert (finding["severity"], finding["verb"]) == ("warning", "RefreshIP")
    assert finding["params"] == {"variable": "NODE_IP", "line": 1, "found": OLD, "address": ADDRESS}
    _, steps, result = root.mend("stale-address", "/etc/default/node")
    assert len(steps) == 5 and result["address"] == ADDRESS
    settles(root.findings, {})


def test_bad_calls(followed, root):
    with pytest.raises(BusError) as e:
        refresh(root, PERSIST)
    assert e.value.name == STANDARD + "InvalidArgs"


def test_nothing_is_configured(node, root):
    with pytest.raises(BusError) as e:
        refresh(root)
    assert e.value.name == ERROR + "Unsupported" and "/etc/wslnode/wslnode.conf" in str(e.value)


def test_without_an_address(followed, network, root):
    network.ip("addr flush dev eth0")
    network.ip("route replace default dev eth0")
    settles(lambda: set(root.findings()), {("no-address", "eth0")})
    with pytest.raises(BusError) as e:
        refresh(root)
    assert e.value.name == ERROR + "NoUplink"


def test_address_of_each_family(asleep, network, root):
    network.ip("addr add fd00:17::2/64 dev eth0 nodad")
    lay_out(asleep, {"/etc/n": "WSL_IP=\nNODE6=[fd00::9]:51820\nNODE4=10.0.0.1/20\nNAME=node.example\nLIST=1.1.1.1,2.2.2.2\n"})
    asleep.configure("[File n]\nPath=/etc/n\nVariables=WSL_IP NODE6 NODE4 NAME\n[RefreshIP]\nAutomatic=no\n")
    asleep.start()
    eventually(root.findings)
    _, steps, result = refresh(root)
    assert [text for _, _, text in steps] == [
        f"WSL_IP none → {ADDRESS}", "NODE6 fd00::9 → fd00:17::2", f"NODE4 10.0.0.1 → {ADDRESS}"]
    assert read(asleep, "/etc/n") == (f"WSL_IP={ADDRESS}\nNODE6=[fd00:17::2]:51820\nNODE4={ADDRESS}/20\n"
                                      "NAME=node.example\nLIST=1.1.1.1,2.2.2.2\n")
    assert result["skipped"] == ["/etc/n:4: NAME: what it holds is no address"]


def test_a_file_is_made(asleep, root):
    asleep.configure("[File new]\nPath=/etc/new.conf\nCreate=yes\n[RefreshIP]\nAutomatic=no\nFiles=/etc/missing.conf\n")
    asleep.start()
    settles(lambda: set(root.findings()), {("file-refused", "/etc/missing.conf")})
    change, steps, result = refresh(root)
    assert steps == [("file", "/etc/new.conf", f"WSL_IP none → {ADDRESS}")]
    assert result["skipped"] == ["/etc/missing.conf: there is no such file (Create=yes makes it)"]
    assert read(asleep, "/etc/new.conf") == f'WSL_IP="{ADDRESS}"\n'
    assert path_of(asleep, "/etc/new.conf").stat().st_mode & 0o7777 == 0o644
    root.undo(change)
    assert not path_of(asleep, "/etc/new.conf").exists()


def test_a_file_that_was_made_is_kept_once_it_is_somebodys(asleep, root):
    asleep.configure("[File new]\nPath=/etc/new.conf\nCreate=yes\n[RefreshIP]\nAutomatic=no\n")
    asleep.start()
    eventually(lambda: refresh(root)[0])
    path_of(asleep, "/etc/new.conf").write_text("MINE=1\n")
    with pytest.raises(BusError) as e:
        root.undo(1)
    assert e.value.name == ERROR + "ChangedSince"
    assert read(asleep, "/etc/new.conf") == "MINE=1\n"


MOVED = "172.17.6.6"


def move(network, address=MOVED):
    """The node gets another address, as after a restart of WSL."""
    network.ip("addr flush dev eth0")
    network.ip(f"addr add {address}/{PREFIX} brd + dev eth0")
    network.ip(f"route replace default via {GATEWAY} dev eth0")


def test_follows_by_itself(asleep, network, root, manager):
    manager.results = {"broken.service": "failed", "gone.service": "no such unit"}
    lay_out(asleep, FILES)
    asleep.configure(CONFIGURATION.replace("Automatic=no", "Units=node.service broken.service gone.service"))
    asleep.start()
    settles(lambda: [read(asleep, path) for path in FILES], [text.replace(OLD, ADDRESS) for text in FILES.values()])
    eventually(lambda: root.changes()[0]["steps"][-1] == ("effect", "gone.service", "restart: no such unit"))
    change = root.changes()[0]
    assert (change["verb"], change["uid"], change["state"]) == ("RefreshIP", 0, "done")
    assert change["steps"][5:7] == [("effect", "node.service", "restart: done"),
                                    ("effect", "broken.service", "restart: failed")]
    manager.restarted.clear()
    # One that flaps is followed once, to where it stays.
    for last in range(3, 9):
        move(network, f"172.17.6.{last}")
    settles(lambda: [read(asleep, path) for path in FILES], [text.replace(OLD, "172.17.6.8") for text in FILES.values()])
    eventually(lambda: len(manager.restarted) == 3)
    assert len(root.changes()) == 2
    settles(root.findings, {})


def test_automatic_is_off(followed, network):
    move(network)
    time.sleep(4)
    assert all(read(followed, path) == text for path, text in FILES.items())


def test_units_alone(asleep, network, root, manager):
    asleep.configure("[RefreshIP]\nUnits=node.service\nAutomatic=no\n")
    asleep.start()
    assert refresh(root)[:2] == (0, []) and manager.restarted == []
    move(network)
    settles(lambda: root.get("Address"), MOVED)
    change, steps, _ = refresh(root)
    assert steps == [("effect", "node.service", "restart: done")] and manager.restarted == ["node.service"]
    with pytest.raises(BusError) as e:
        root.undo(change)
    assert e.value.name == ERROR + "NotUndoable"
    assert refresh(root)[:2] == (0, [])


def test_without_a_systemd(asleep, root):
    lay_out(asleep, FILES)
    asleep.configure(CONFIGURATION + "[RefreshIP]\nUnits=node.service\n")
    asleep.start()
    eventually(root.findings)
    assert refresh(root)[1][-1] == ("effect", "node.service", "restart: no systemd")


def test_a_restart_that_never_ends(asleep, root, manager):
    manager.results = {"slow.service": None}
    lay_out(asleep, FILES)
    asleep.configure(CONFIGURATION + "[RefreshIP]\nUnits=slow.service node.service\n")
    asleep.start()
    eventually(root.findings)
    _, steps, _ = refresh(root)
    assert [text for kind, _, text in steps if kind == "effect"] == ["restart: still going", "restart: still going"]


def test_who_may(followed, root, user, polkit):
    with pytest.raises(BusError) as e:
        refresh(user("nobody"))
    assert e.value.name == STANDARD + "InteractiveAuthorizationRequired"
    assert all(read(followed, path) == text for path, text in FILES.items())
    assert refresh(user("wslnode-member"))[0] > 0
    assert read(followed, "/etc/default/node") == FILES["/etc/default/node"].replace(OLD, ADDRESS)


def test_file_of_a_user(asleep, root):
    uid = UIDS["wslnode-member"]
    home = path_of(asleep, "/home/member")
    for folder in (asleep.root, home.parent, home):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    lay_out(asleep, {"/home/member/node.conf": f"WSL_IP={OLD}\n"})
    for path in (home, home / "node.conf"):
        os.chown(path, uid, GROUP)
    passwd = f"root:x:0:0::/:/bin/sh\nmember:x:{uid}:{uid}::/home/member:/bin/sh\n"
    asleep.write("etc/passwd", passwd)
    asleep.configure("[File home]\nPath=/home/member/node.conf\nUser=member\n[RefreshIP]\nAutomatic=no\n")
    asleep.start()
    eventually(root.findings)
    refresh(root)
    assert read(asleep, "/home/member/node.conf") == f"WSL_IP={ADDRESS}\n"
    status = (home / "node.conf").stat()
    assert status.st_uid == uid

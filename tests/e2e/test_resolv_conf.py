# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever stands at /etc/resolv.conf: whose it is, that it comes back as it was, and that nothing is half done."""

import os
import random
import time

import pytest

import resolv
from client import BusError, ERROR, FORCE, PERSIST, DRY_RUN
from dns import CLOSED, TUNNEL, WHO, look_up
from network import GATEWAY
from resolv import (OUR_FILE, PATH, TAILSCALE_HEAD, WSL_FILE, begin, begin_broken, dress, fix, is_clean, refused,
                    severities, standing, states, text_of, undone, wear_wsl)
from wait import eventually, settles

OWNED = ERROR + "OwnedByOther"
KILLS = 100 if os.environ.get("WSLNODE_LONG") else 20


@pytest.fixture(autouse=True)
def gateway(dns):
    """The tunnel refuses, the gateway answers."""
    dns.play(TUNNEL, CLOSED)
    dns.play(GATEWAY, "answers")


# What may stand there. Each makes it at a path, and may give back what is to be done in the end.
def users_file(path):
    path.write_text(f"# mine\nnameserver {TUNNEL}\noptions timeout:1\n")
    os.chown(path, 47001, 47000)
    path.chmod(0o640)
    os.setxattr(path, "trusted.note", b"kept")


def junk_file(path):
    path.write_bytes(random.Random(1).randbytes(10 << 20))


def bytes_of_no_letters(path):
    path.write_bytes(b"\xff\xfe nameserver\x80\n" + f"nameserver {TUNNEL}\n".encode() + b"search \xc3\x28\n\0\n")


def folder(path):
    path.mkdir()
    (path / "file").write_text("kept")


def tailscales(path):
    path.write_text(text_of(["100.100.100.100"], TAILSCALE_HEAD, "search tail1.ts.net\n"))


def resolveds(path):
    run = path.parent.parent / "run/systemd/resolve"
    run.mkdir(parents=True)
    (run / "stub-resolv.conf").write_text("nameserver 127.0.0.53\noptions edns0 trust-ad\n")
    path.symlink_to("../run/systemd/resolve/stub-resolv.conf")


def persons_link(path):
    (path.parent / "mine.conf").write_text(f"nameserver {TUNNEL}\n")
    path.symlink_to("mine.conf")


OTHERS = {users_file: "user", junk_file: "user", bytes_of_no_letters: "user", folder: "user", os.mkfifo: "user",
          tailscales: "tailscale", persons_link: "user"}


@pytest.mark.parametrize("make, owner", OTHERS.items(), ids=[make.__name__ for make in OTHERS])
def test_what_is_another_s(asleep, root, make, owner):
    wear_wsl(asleep)
    asleep.write(WSL_FILE.lstrip("/"), text_of([TUNNEL]))
    make(asleep.root / PATH)
    before = resolv.everything(asleep)
    begin(asleep, root, owner)
    settles(lambda: root.get("DNSState"), "failed")
    # systemd-resolved takes servers by another way.
    for flags in (0, DRY_RUN, PERSIST) if owner != "resolved" else ():
        assert refused(asleep, root, flags).name == OWNED
    assert fix(root, FORCE | DRY_RUN)[0] == 0 and resolv.everything(asleep) == before
    for flags in (FORCE, FORCE | PERSIST):
        change = fix(root, flags)[0]
        assert change > 0 and root.get("DNSOwner") == "wslnode"
        assert look_up(asleep, WHO) == [GATEWAY]
        undone(asleep, root, change, before)
    if make is users_file:
        assert os.getxattr(asleep.root / PATH, "trusted.note") == b"kept"


def test_what_is_resolved_s(asleep, root):
    """Its file is left alone: a link's servers are set by its bus, where it is not. On the machine it is."""
    wear_wsl(asleep)
    asleep.write(WSL_FILE.lstrip("/"), text_of([GATEWAY]))
    resolveds(asleep.root / PATH)
    before = resolv.everything(asleep)
    begin(asleep, root, "resolved")
    settles(lambda: root.get("DNSState"), "failed")
    with pytest.raises(BusError) as e:
        fix(root)
    assert e.value.name.endswith(".Failed") and "systemd-resolved does not run" in str(e.value)
    assert resolv.everything(asleep) == before and states(root) == [("FixDNS", "failed")]
    _, steps, result = fix(root, DRY_RUN)
    assert steps == [("link-dns", "eth0", f"dns none → {GATEWAY}")] and result["servers"] == [GATEWAY]
    assert refused(asleep, root, PERSIST).name.endswith(".InvalidArgs")
    change = fix(root, FORCE)[0]
    assert root.get("DNSOwner") == "wslnode" and look_up(asleep, WHO) == [GATEWAY]
    undone(asleep, root, change, before)


@pytest.mark.parametrize("target", [None, "/mnt/wsl/none.conf", b"/gone/\xff\xfe", "/etc/resolv.conf", "loop/" * 100],
                         ids=["missing", "dangling", "no-letters", "itself", "long"])
def test_there_is_none(asleep, root, target):
    wear_wsl(asleep)
    asleep.write(WSL_FILE.lstrip("/"), text_of([TUNNEL]))
    if target:
        os.symlink(target, os.fsencode(asleep.root / PATH) if isinstance(target, bytes) else asleep.root / PATH)
    before = resolv.everything(asleep)
    asleep.start()
    finding = eventually(lambda: root.findings().get(("resolv-conf-missing", "")))
    assert (finding["severity"], finding["verb"]) == ("critical", "FixDNS")
    assert finding["params"]["generate"] == "yes"
    told = finding["params"].get("target", "")
    if isinstance(target, bytes):
        assert told.startswith("/gone/")
    else:
        assert (target or "").startswith(told) and bool(told) == bool(target)
    assert root.get("DNSOwner") == "none" and root.get("DNSState") == "failed"
    change = root.mend("resolv-conf-missing", "")[0]
    assert change > 0 and look_up(asleep, WHO) == [GATEWAY]
    undone(asleep, root, change, before)


def test_elsewhere_by_automount(asleep, root):
    asleep.write("etc/wsl.conf", "[automount]\nroot=/windows/\n")
    dress(asleep, text_of([TUNNEL]), "/windows/wsl/resolv.conf")
    begin(asleep, root, "wsl")
    settles(lambda: root.get("DNSState"), "failed")
    change = fix(root)[0]
    assert look_up(asleep, WHO) == [GATEWAY]
    root.undo(change)
    assert standing(asleep) == "/windows/wsl/resolv.conf"


def test_rewritten(asleep, root):
    """Tailscale writes through WSL's link."""
    dress(asleep, text_of([TUNNEL], TAILSCALE_HEAD))
    asleep.start()
    finding = eventually(lambda: root.findings().get(("resolv-conf-rewritten", "")))
    assert (finding["severity"], finding["params"]["written-by"]) == ("warning", "tailscale")
    assert finding["params"]["owner"] == "wsl"


def how_long(call):
    began = time.monotonic()
    result = call()
    return result, time.monotonic() - began


def killed(node, root, call, after):
    """The daemon, so many seconds after it was called; whether it has answered."""
    answer = root.send(*call)
    time.sleep(after)
    node.process.kill()
    node.process.wait()
    answered = not answer.exception(20)
    eventually(lambda: not root.owner())
    return answered


def files_of(node):
    """What counts: what programs read, and what WSL reads."""
    conf = node.root / "etc/wsl.conf"
    return standing(node), conf.read_text() if conf.exists() else None


def test_killed_at_any_instant(asleep, root):
    asleep.write("etc/wsl.conf", "# mine\n[network]\nhostname=node\n")
    broken = begin_broken(asleep, root)
    old = files_of(broken)
    (change, *_), fixing = how_long(lambda: fix(root, PERSIST))
    new = files_of(broken)
    _, undoing = how_long(lambda: root.undo(change))
    assert files_of(broken) == old
    chance = random.Random(1)
    for number in range(KILLS):
        change = fix(root, PERSIST)[0] if number % 2 else 0
        call, took = (("Undo", "(tt)", change, 0), undoing) if change else (("FixDNS", "(t)", PERSIST), fixing)
        answered = killed(broken, root, call, chance.uniform(0, 1.2 * took))
        # Each file is whole, though they need not be of one time yet.
        assert all(found in pair for found, pair in zip(files_of(broken), zip(old, new)))
        broken.start()
        settles(lambda: "started" in [state for _, state in states(root)], False)
        found = files_of(broken)
        assert found in (old, new)
        last = next((change for change in root.changes() if change["verb"] == "FixDNS"), None)
        # The log says what is in the files.
        assert (found == new) == bool(last and last["state"] == "done"), states(root)
        if answered:
            assert found == (old if change else new)
        if found == new:
            root.undo(last["id"])
        assert files_of(broken) == old and is_clean(broken)

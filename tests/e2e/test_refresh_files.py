# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that are not to be touched are not, whoever lays them there; and what is written is whole or not at all."""

import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest

import stage
from client import ERROR, BusError
from network import ADDRESS
from wait import eventually, settles

OLD = "172.17.9.9"
TEXT = f"A=1\nWSL_IP={OLD}\nB=2\n"
FILE = "/etc/node.conf"
KILLS = 1000 if os.environ.get("WSLNODE_LONG") else 60


def path_of(node, path):
    return node.root / path.lstrip("/")


def refresh(client):
    return client.call("RefreshIP", "(t)", 0)


@pytest.fixture
def start(asleep, root):
    """start(path, user) follows that file alone."""
    def start(path=FILE, user=""):
        asleep.configure(f"[RefreshIP]\nAutomatic=no\n[File file]\nPath={path}\n{user}")
        asleep.start()
        return asleep
    return start


@pytest.fixture
def file(asleep):
    path = path_of(asleep, FILE)
    path.write_text(TEXT)
    return path


def refused(node, root, path=FILE):
    """Nothing is done, and a finding says why; that."""
    problem = eventually(lambda: root.findings().get(("file-refused", path)))["params"]["problem"]
    change, steps, result = refresh(root)
    assert (change, steps, result["skipped"]) == (0, [], [f"{path}: {problem}"])
    return problem


def test_link(asleep, start, root):
    path_of(asleep, "/etc/shadow").write_text(TEXT)
    path_of(asleep, FILE).symlink_to("shadow")
    assert "symbolic link" in refused(start(), root)
    assert path_of(asleep, "/etc/shadow").read_text() == TEXT


def test_link_on_the_way(asleep, start, root):
    path_of(asleep, "/etc/real").mkdir()
    path_of(asleep, "/etc/real/node.conf").write_text(TEXT)
    path_of(asleep, "/etc/link").symlink_to("real")
    assert "/etc/link is a link" in refused(start("/etc/link/node.conf"), root, "/etc/link/node.conf")


def test_hard_link(asleep, start, root):
    path_of(asleep, "/etc/shadow").write_text(TEXT)
    path_of(asleep, FILE).hardlink_to(path_of(asleep, "/etc/shadow"))
    assert "2 names" in refused(start(), root)
    assert path_of(asleep, "/etc/shadow").read_text() == TEXT


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.mknod(path, 0o20600, os.makedev(1, 5))],
                         ids=["fifo", "directory", "device"])
def test_no_file(asleep, start, root, make):
    make(path_of(asleep, FILE))
    assert "not a regular file" in refused(start(), root)


def test_large_file(asleep, start, root, file):
    with file.open("ab") as f:
        f.truncate(1 << 30)
    assert "larger than 1048576 bytes" in refused(start(), root)
    assert file.stat().st_blocks < 100


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_folder_of_others(asleep, start, root, file, mode):
    file.parent.chmod(mode)
    assert "/etc can be written by others" in refused(start(), root)
    assert file.read_text() == TEXT


def test_folder_of_a_user_without_user(asleep, start, root):
    home = path_of(asleep, "/home/member")
    home.mkdir(parents=True)
    (home / "node.conf").write_text(TEXT)
    os.chown(home, stage.UIDS[stage.MEMBER], stage.GROUP)
    problem = refused(start("/home/member/node.conf"), root, "/home/member/node.conf")
    assert f"/home/member belongs to uid {stage.UIDS[stage.MEMBER]}: say so in User=" in problem


@pytest.fixture
def home(asleep):
    """A member's folder with the file, in a tree that the member can enter."""
    home = path_of(asleep, "/home/member")
    home.mkdir(parents=True)
    for folder in (*asleep.root.parents, asleep.root, home.parent):
        if stage.RUN in folder.parents or folder == stage.RUN:
            folder.chmod(0o755)
    (home / "node.conf").write_text(TEXT)
    for path in (home, home / "node.conf"):
        os.chown(path, stage.UIDS[stage.MEMBER], stage.GROUP)
    return home


USER = f"User={stage.UIDS[stage.MEMBER]}\n"


def test_user_puts_a_link_to_roots_file(asleep, start, root, home):
    """Between the check and the writing."""
    secret = path_of(asleep, "/etc/secret")
    secret.write_text(TEXT)
    secret.chmod(0o600)
    node = start("/home/member/node.conf", USER)

    def swapped(swap):
        """What the call says whose file is swapped after it was sent; nothing if the daemon looked before it wrote."""
        eventually(lambda: root.findings().get(("stale-address", "/home/member/node.conf")))
        node.signal(signal.SIGSTOP)
        (home / "node.conf").unlink()
        swap(home / "node.conf")
        answer = root.send("RefreshIP", "(t)", 0)
        root.owner()  # the bus has passed on what was sent before
        node.signal(signal.SIGCONT)
        try:
            said = None if answer.result(20)[2]["skipped"] else "nothing"
        except BusError as e:
            said = str(e)
        assert secret.read_text() == TEXT
        (home / "node.conf").unlink()
        (home / "node.conf").write_text(TEXT)
        os.chown(home / "node.conf", stage.UIDS[stage.MEMBER], stage.GROUP)
        return said

    for swap, words in ((lambda path: path.symlink_to("../../etc/secret"), "is a symbolic link"),
                        (lambda path: path.hardlink_to(secret), "step “open” failed: Permission denied")):
        assert words in next(said for said in (swapped(swap) for _ in range(20)) if said)
    assert not list(home.glob(".*")) and node.is_alive()


def test_user_writes_with_no_more_than_its_rights(asleep, start, root, home):
    """The folder is made unwritable for its owner: root could, the child cannot."""
    start("/home/member/node.conf", USER)
    eventually(root.findings)
    home.chmod(0o555)
    with pytest.raises(BusError) as e:
        refresh(root)
    assert "“make temporary” failed: Permission denied" in str(e.value)
    assert (home / "node.conf").read_text() == TEXT
    home.chmod(0o755)
    assert refresh(root)[0] > 0
    assert (home / "node.conf").stat().st_uid == stage.UIDS[stage.MEMBER]


def test_links_are_swapped_all_the_time(asleep, start, root, file):
    """A folder on the way becomes a link and a folder again, as fast as it can."""
    evil, way = path_of(asleep, "/evil"), path_of(asleep, "/etc/way")
    for folder in (evil, way):
        folder.mkdir()
        (folder / "node.conf").write_text(TEXT)
    link = path_of(asleep, "/etc/link")
    link.symlink_to("../evil")
    node = start("/etc/way/node.conf")
    eventually(root.findings)
    stop = threading.Event()

    def swap():
        import ctypes
        libc = ctypes.CDLL(None)
        while not stop.is_set():
            libc.renameat2(-100, os.fsencode(way), -100, os.fsencode(link), 2)
    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(60):
            try:
                change = refresh(root)[0]
                if change:
                    root.undo(change)
            except BusError as e:
                assert e.name.startswith(ERROR) or e.name.endswith(".Failed"), e
    finally:
        stop.set()
        swapper.join()
    assert (evil / "node.conf").read_text() == TEXT and not list(evil.glob(".*"))
    assert node.is_alive()


def test_attributes_stay(asleep, start, root, file):
    os.chown(file, 47001, 47000)
    file.chmod(0o4640)
    notes = {}
    try:
        os.setxattr(file, "user.note", b"kept")
        notes["user.note"] = b"kept"
    except OSError:
        pass  # a tmpfs of older kernels has none of users
    os.setxattr(file, "trusted.note", b"too")
    notes["trusted.note"] = b"too"
    start()
    eventually(root.findings)
    assert refresh(root)[0] > 0
    after = file.stat()
    assert (after.st_uid, after.st_gid, after.st_mode & 0o7777) == (47001, 47000, 0o4640)
    assert {name: os.getxattr(file, name) for name in os.listxattr(file)} == notes
    assert not list(file.parent.glob(".*"))


def test_somebody_else_wrote_meanwhile(asleep, start, root, file):
    start()
    eventually(root.findings)
    asleep.signal(signal.SIGSTOP)
    file.write_text(TEXT.replace(OLD, "10.5.5.5"))
    answer = root.send("RefreshIP", "(t)", 0)
    asleep.signal(signal.SIGCONT)
    try:
        answer.result(20)
        written = file.read_text()
    except BusError as e:
        assert e.name == ERROR + "ChangedSince"
        written = None
    # Either it was seen before, and the newer value was replaced, or nothing was.
    assert written in (None, TEXT.replace(OLD, ADDRESS))


def assert_whole(file):
    text = file.read_text()
    assert text in (TEXT, TEXT.replace(OLD, ADDRESS)), text


def test_killed_at_any_instant(start, asleep, bus, root, file):
    """The daemon and its child: the file is one or the other, the next start has it as before or done."""
    chance = random.Random(1)
    start()
    for _ in range(KILLS):
        eventually(root.owner)
        eventually(lambda: asleep.client.findings() or TEXT != file.read_text())
        last = root.changes(limit=1)[0]["id"] if root.changes() else 0
        answer = root.send("RefreshIP", "(t)", 0)
        time.sleep(chance.uniform(0, 0.012))
        asleep.process.kill()
        asleep.process.wait()
        answered = not answer.exception(20)
        assert_whole(file)
        eventually(lambda: not root.owner())
        asleep.start()
        settles(lambda: [c["state"] for c in root.changes(limit=200) if c["state"] == "started"], [])
        # The log says what is in the file.
        done = [change["id"] for change in root.changes(limit=5) if change["id"] > last and change["state"] == "done"]
        assert_whole(file)
        assert bool(done) == (file.read_text() != TEXT)
        assert done or not answered
        for change in done:
            root.undo(change)
            assert file.read_text() == TEXT
    assert set(p.name for p in file.parent.iterdir() if p.is_file()) <= {
        "node.conf", "os-release", ".node.conf.wslnode"}


def fstat_is_newfstatat():
    """As in glibc before 2.39: then three of them come before the one that compares."""
    said = subprocess.run(["strace", "-e", "trace=newfstatat", "cat", "/dev/null"], check=True, capture_output=True,
                          text=True).stderr
    return "AT_EMPTY_PATH" in said


# The system call that fails, how, which of the child's, and the step that the error names; none: it is tried again.
FAULTS = [
    ("openat", "ENOSPC", 1, "make temporary"), ("openat", "EPERM", 1, "make temporary"),
    ("pwrite64", "ENOSPC", 1, "write"), ("pwrite64", "EIO", 1, "write"), ("pwrite64", "EINTR", 1, None),
    ("fchown", "EPERM", 1, "keep owner"), ("flistxattr", "EIO", 1, "keep attributes"),
    ("fgetxattr", "EIO", 1, "keep attributes"), ("fsetxattr", "ENOSPC", 1, "keep attributes"),
    ("fchmod", "EPERM", 1, "keep mode"), ("fsync", "EIO", 1, "sync"), ("fsync", "EINTR", 1, None),
    ("newfstatat", "EIO", 4 if fstat_is_newfstatat() else 1, "compare"), ("renameat", "EIO", 1, "rename"), ("renameat", "ENOSPC", 1, "rename"),
    ("renameat", "EPERM", 1, "rename"), ("fsync", "EIO", 2, "sync directory"), ("fsync", "EINTR", 2, None),
]


class Injected:
    """The daemon's children, in which a system call on the file, its folder or the temporary fails."""

    def __init__(self, node, file, call, error, when):
        paths = [word for path in (file, file.parent, file.parent / f".{file.name}.wslnode") for word in ("-P", path)]
        self.process = subprocess.Popen(
            ["strace", "-f", *paths, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}",
             "-p", str(node.process.pid)], stderr=subprocess.PIPE, text=True)
        assert "attached" in self.process.stderr.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.said = self.process.communicate()[1]
        assert "(INJECTED)" in self.said, self.said


@pytest.mark.parametrize("call, error, when, step", FAULTS, ids=[f"{c}-{e}-{w}" for c, e, w, _ in FAULTS])
def test_fault(start, asleep, root, file, call, error, when, step):
    os.chown(file, 47001, 47000)
    os.setxattr(file, "trusted.note", b"kept")
    start()
    eventually(root.findings)
    with Injected(asleep, file, call, error, when):
        try:
            refresh(root)
            failed = None
        except BusError as e:
            failed = str(e)
    if step:
        assert f"step “{step}” failed" in failed and FILE in failed
        assert root.changes()[0]["state"] == "failed"
    # Synced or not, what is not vouched for is taken back.
    assert file.read_text() == (TEXT if step else TEXT.replace(OLD, ADDRESS))
    assert not list(file.parent.glob(".*"))
    if step:
        assert refresh(root)[0] == 2
    assert file.read_text() == TEXT.replace(OLD, ADDRESS)
    assert (file.stat().st_uid, os.getxattr(file, "trusted.note")) == (47001, b"kept")


def test_disk_full_in_the_middle(start, asleep, root):
    """A write that is cut short: the disk takes a page of the five."""
    small = path_of(asleep, "/etc/small")
    small.mkdir()
    stage.mount("-t", "tmpfs", "-o", "size=64k,mode=755", "small", small)
    file, text = small / "node.conf", TEXT + "# long\n" * 2500
    file.write_text(text)
    start("/etc/small/node.conf")
    eventually(root.findings)
    (small / "ballast").write_bytes(bytes(os.statvfs(small).f_bavail * 4096 - 8192))
    with pytest.raises(BusError) as e:
        refresh(root)
    assert "step “write” failed: No space left on device" in str(e.value)
    assert file.read_text() == text
    (small / "ballast").unlink()
    refresh(root)
    assert file.read_text() == text.replace(OLD, ADDRESS)
    # Who wrote may be about to end.
    eventually(lambda: subprocess.run(["umount", small], check=False).returncode == 0)


CALL = re.compile(r"^\d+\s+(\w+)\(")


def calls_of_a_refresh(node, root, folder):
    """The system calls of the child that writes, by strace."""
    log = folder / "strace.log"
    with subprocess.Popen(["strace", "-f", "-o", log, "-e", "trace=pwrite64,write,fsync,rename,renameat,renameat2",
                           "-p", str(node.process.pid)], stderr=subprocess.PIPE, text=True) as tracer:
        assert "attached" in tracer.stderr.readline()
        refresh(root)
        time.sleep(0.3)
        tracer.send_signal(signal.SIGINT)
    lines = log.read_text().splitlines()
    child = next(line.split()[0] for line in lines if "pwrite64" in line)
    return [CALL.match(line).group(1) for line in lines if line.split()[0] == child and CALL.match(line)]


def test_disk_has_it_in_order(start, asleep, root, file, folder):
    start()
    eventually(root.findings)
    calls = calls_of_a_refresh(asleep, root, folder)
    assert calls[:4] == ["pwrite64", "fsync", "renameat", "fsync"], calls

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bus that dies, a kernel that says too much at once, a manager that watches: the daemon goes on."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from client import PERSIST, Root
from network import ADDRESS, PREFIX
from wait import PATIENCE, eventually, settles

CHANGES = 10_000


@pytest.fixture
def notified(folder):
    """The socket at which systemd would listen; manager(wanted) gives the next message that has it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(folder / "notify"))
        listener.settimeout(20)

        def hear(wanted):
            while True:
                lines = listener.recv(4096).decode().splitlines()
                message = dict(line.split("=", 1) for line in lines)
                if wanted in lines or wanted in message:
                    return message
        yield hear


def private_dirty(pid):
    """In kB."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Private_Dirty:")))


def drops(network, pid):
    """How many messages the kernel could not deliver on the process's netlink sockets."""
    table = network.run("cat", "/proc/net/netlink", stdout=subprocess.PIPE).stdout.splitlines()
    column = table[0].split().index("Drops")
    inodes = {os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    lines = [line.split() for line in table[1:]]
    own = [line for line in lines if f"socket:[{line[-1]}]" in inodes]
    assert own, "the daemon has no netlink socket"
    return sum(int(line[column]) for line in own)


def flood(network):
    """CHANGES changes of addresses, which leave one address more than before."""
    lines = []
    for i in range(CHANGES // 2):
        address = f"10.9.{i // 250}.{i % 250 + 1}/32 dev eth0"
        lines += [f"addr add {address}", f"addr del {address}"]
    network.batch(lines[:-1])
    return lines[-2].split()[2]


def test_the_machines_clock_is_safe(node):
    for name in ("CapEff", "CapPrm", "CapBnd"):
        assert not int(node.status(name), 16) & 1 << 25
    assert int(node.status("CapEff"), 16) & 1 << 12  # but CAP_NET_ADMIN it has


def test_bus_dies_and_comes_back(node, bus, network, root):
    root.set_mtu("wg0", 1300)
    for mtu in (1490, 1480):
        bus.kill()
        network.ip(f"link set eth0 mtu {mtu}")  # what happens meanwhile is not missed
        network.ip("link set wg0 mtu 1400")
        settles(lambda: network.mtu("wg0"), 1300)
        bus.start()
        node.client = root = Root(bus.address)
        eventually(root.owner)
        assert root.get("UplinkMTU") == mtu and root.wanted() == {"wg0": 1300}
    signals = root.listen()
    network.ip("link set eth0 mtu 1500")
    eventually(lambda: signals.changed("UplinkMTU"))
    assert root.set_mtu("wg0", 1310)[0] > 0


def test_bus_is_away_for_long(node, bus, network):
    bus.kill()
    time.sleep(3)
    assert node.is_alive()
    bus.start()
    node.client = Root(bus.address)
    eventually(node.client.owner)


def test_starts_before_the_bus(asleep, bus, network):
    bus.kill()
    asleep.spawn()
    time.sleep(1)
    assert asleep.is_alive()
    bus.start()
    asleep.client = Root(bus.address)
    eventually(asleep.client.owner)
    assert asleep.client.get("Address") == ADDRESS


def holds(network, root):
    """The link comes to what is wished, and nothing was done without a wish."""
    eventually(lambda: root.wanted().get("wg0", 1420) == network.mtu("wg0"))


def test_calls_in_flight_when_the_bus_dies(node, bus, network, root):
    def send(count):
        return [root.send("SetMTU", "(sut)", "wg0", 1300 + i % 50, 0) for i in range(count)]
    send(250)
    # However fast the machine, these are on their way when the bus dies.
    node.signal(signal.SIGSTOP)
    calls = send(250)
    bus.kill()
    node.signal(signal.SIGCONT)
    assert all(call.exception(20) for call in calls)
    assert node.is_alive()
    bus.start()
    node.client = root = Root(bus.address)
    eventually(root.owner)
    holds(network, root)
    root.set_mtu("wg0", 1299)
    assert network.mtu("wg0") == 1299


def test_netlink_overflow(node, network, root):
    assert drops(network, node.process.pid) == 0
    node.signal(signal.SIGSTOP)
    added = flood(network)
    network.ip("link set eth0 mtu 1490")
    network.ip("route replace default dev wg0")
    assert drops(network, node.process.pid) > 0
    network.restore_route()
    node.signal(signal.SIGCONT)
    settles(lambda: root.get("Addresses"), [f"{ADDRESS}/{PREFIX}", added])
    settles(lambda: (root.get("Uplink"), root.get("UplinkMTU")), ("eth0", 1490))
    # And it hears what comes after.
    network.ip("link set eth0 mtu 1500")
    settles(lambda: root.get("UplinkMTU"), 1500)


def test_many_changes(node, network, root):
    signals = root.listen()
    started = time.monotonic()
    added = flood(network)
    settles(lambda: root.get("Addresses"), [f"{ADDRESS}/{PREFIX}", added], 60)
    took = time.monotonic() - started
    settles(lambda: root.get("Addresses"), network.addresses("eth0"))
    settles(lambda: signals.changed("Addresses")[-1], root.get("Addresses"))
    assert set(signals.members()) == {"PropertiesChanged"}
    assert 1 <= len(signals.heard) <= 50 * took + 5


if "WSLNODE_PLAIN" in os.environ:
    # Sanitizers keep what is freed for a while, so only a plain build is measured.
    def test_many_changes_cost_no_memory(node, network, root):
        def once():
            added = flood(network)
            settles(lambda: root.get("Addresses"), [f"{ADDRESS}/{PREFIX}", added], 60)
            network.ip(f"addr del {added} dev eth0")
            settles(lambda: root.get("Addresses"), [f"{ADDRESS}/{PREFIX}"])
            return private_dirty(node.process.pid)
        first = once()
        assert once() <= first + 64

    def test_many_calls_cost_no_memory(node, root):
        def once():
            for _ in range(50):
                calls = [root.send("ListLinks", "(uu)", 0, 0) for _ in range(100)]
                assert all(call.result(20) for call in calls)
            return private_dirty(node.process.pid)
        first = once()
        assert once() <= first + 64


def test_manager_is_told(asleep, root, folder, notified):
    asleep.start(NOTIFY_SOCKET=str(folder / "notify"))
    assert notified("READY")["READY"] == "1"
    asleep.reload()
    before = time.monotonic_ns() // 1000
    message = notified("RELOADING")
    assert message["RELOADING"] == "1"
    assert abs(int(message["MONOTONIC_USEC"]) - before) < 5_000_000
    notified("READY")
    asleep.stop()
    assert notified("STOPPING")["STOPPING"] == "1"


def test_status_is_told(asleep, network, folder, notified):
    asleep.start(NOTIFY_SOCKET=str(folder / "notify"))
    assert "eth0" in notified("STATUS")["STATUS"]
    network.ip("route del default")
    assert eventually(lambda: "eth0" not in notified("STATUS")["STATUS"])


def test_ready_means_the_name_is_owned(asleep, root, folder, notified):
    asleep.spawn(NOTIFY_SOCKET=str(folder / "notify"))
    notified("READY")
    assert root.owner() and root.get("Address") == ADDRESS


def test_watchdog(asleep, folder, notified):
    asleep.start(NOTIFY_SOCKET=str(folder / "notify"), WATCHDOG_USEC="4000000")
    for _ in range(3):
        started = time.monotonic()
        notified("WATCHDOG")
        assert time.monotonic() - started < 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_when_told(node, number, root):
    node.signal(number)
    assert node.process.wait(PATIENCE) == 0
    eventually(lambda: root.owner() is None)
    node.process = None


def test_ends_in_the_middle_of_work(node, network, root):
    for i in range(200):
        root.send("SetMTU", "(sut)", "wg0", 1300 + i % 50, 0)
    node.stop()
    node.start()
    holds(network, root)


# With what SetMTU reaches the disk, the kernel and the bus.
STEPS = ["openat", "openat2", "write", "fsync", "fdatasync", "renameat", "renameat2", "sendmsg", "sendto"]


def killed_at(node, call, step, number):
    """Whether the daemon came to that system call while it served the call, which is the end of it."""
    with subprocess.Popen(["strace", "-q", "-f", "-o", "/dev/null", "-p", str(node.process.pid), "-e", f"trace={step}",
                           "-e", f"inject={step}:signal=KILL:when={number}"]) as strace:
        eventually(lambda: node.status("TracerPid") != "0")
        done = call()
        eventually(lambda: node.process.poll() is not None or done.done())
        strace.terminate()
    time.sleep(0.1)  # what strace sent last may be on its way
    return node.process.poll() is not None


@pytest.mark.parametrize("before, after", [(0, PERSIST), (PERSIST, 0), (0, 0)])
def test_is_killed_at_any_step(node, network, root, before, after):
    """The wish that stood is there, or the next one, and the link comes to it."""
    kills = 0
    for step in STEPS:
        for number in range(1, 50):
            root.set_mtu("wg0", 1300, before)
            if not killed_at(node, lambda: root.send("SetMTU", "(sut)", "wg0", 1310, after), step, number):
                break
            kills += 1
            node.start()
            assert root.wanted().get("wg0") in (1300, 1310), (step, number)
            holds(network, root)
            assert {c["state"] for c in root.changes()} == {"done"}
            root.release("wg0")
            node.reboot()  # and no file brings back what was ended
            assert root.wanted() == {}, (step, number)
    assert kills > 5


def test_it_sleeps_when_nothing_happens(node, network, root):
    def wakeups():
        return int(node.status("voluntary_ctxt_switches"))
    # Sockets are not asked for while all is well.
    with network.bound(socket.SOCK_STREAM, ADDRESS, 80), network.bound(socket.SOCK_DGRAM, ADDRESS, 53):
        root.call("Diagnose")

        def quiet():
            """A beat comes each minute, and may come into one of these."""
            time.sleep(2)
            before = wakeups()
            time.sleep(20)
            woken = wakeups() - before
            print(f"{woken} wake-ups in 20 s")
            return woken <= 2
        assert quiet() or quiet()
        before = wakeups()
        root.all()
        eventually(lambda: wakeups() > before)  # it can be counted, once it sleeps again


@contextlib.contextmanager
def traced(node, path):
    """Every system call of the daemon, in its order, as (name, line)."""
    calls = []
    with subprocess.Popen(["strace", "-f", "-yy", "-o", path, "-p", str(node.process.pid)], stderr=subprocess.PIPE,
                          text=True) as strace:
        try:
            assert "attached" in strace.stderr.readline()
            yield calls
        finally:
            strace.terminate()
    lines = [line.split(None, 1)[1] for line in path.read_text().splitlines()]
    calls += [(line.split("(")[0], line) for line in lines if "(" in line]


def test_reading_reads_memory(node, folder, root):
    """GetAll and the lists do nothing but speak to the bus."""
    root.call("Diagnose")
    time.sleep(2)  # what the daemon does by itself a second after its start is done
    with traced(node, folder / "trace") as calls:
        root.all()
        root.links()
        root.changes()
    names = {name for name, _ in calls}
    assert "sendmsg" in names
    assert names <= {"sendmsg", "recvmsg", "epoll_wait", "epoll_pwait2", "epoll_ctl", "poll", "ppoll", "read", "timerfd_settime",
                     "gettid", "getpid", "brk", "mmap", "munmap", "madvise", "clock_gettime", "restart_syscall"}, names


def test_disk_before_kernel(node, folder, root):
    """A wish for good: the log, then the wish by write, fsync, rename, fsync of the folder; then the kernel."""
    with traced(node, folder / "trace") as calls:
        root.set_mtu("wg0", 1300, PERSIST)
    marks = {"write": "write", "fsync": "sync", "renameat": "rename", "renameat2": "rename"}
    order = []
    for name, line in calls:
        if name in marks and "/var/lib/wslnode" in line:
            file = "log" if "/changes" in line else "wish" if "wanted" in line else "folder"
            order.append((marks[name], file))
        elif name in ("sendto", "sendmsg") and ("RTM_SETLINK" in line or "nlmsg_type=0x13 " in line):
            order.append(("set", "kernel"))
    assert order == [("write", "log"), ("sync", "log"), ("write", "wish"), ("sync", "wish"), ("rename", "wish"),
                     ("sync", "folder"), ("set", "kernel")]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured; budgets are design's."""

import contextlib
import functools
import os
import pathlib
import time

from cable import TUNNEL, UPLINK
from daemon import HOST, HOSTNAMED, IP4_CONFIG, MANAGER, wakeups
from network import ADDRESS, PREFIX
from place import in_turn
from test_survival import CHANGES, flood, private_dirty
from tunnels import idle_with_tunnel, peers
from wait import settles

# Signals are held back for 20 ms after one, so changes come further apart than that.
GAP_MSEC = 30
EVENTS = 50
CALLS = 5_000
OTHER = "10.8.0.1"
ALL_CALLS = 100_000
BURST = 128


def start(place, table):
    ours = place.daemons["few"]
    begin = functools.partial(place.p50, "few", "start", 20)
    table.ratio("start → name owned", 0.6, in_turn(
        lambda: begin(ours.name, os.environ["WSLNODED"], "--root", ours.root), lambda: begin(HOST, HOSTNAMED)),
        "hostnamed")


def reading(place, node, what, ours=(), rival=()):
    def read(network, whose, arguments):
        return place.p50(network, "call", what, CALLS, whose.name, whose.path, whose.interface, *arguments)
    with node, place.hostnamed as hostnamed:
        return in_turn(lambda: read("few", node, ours), lambda: read("few", hostnamed, rival))


def get(place, table):
    table.ratio("Properties.Get, p50", 1.1,
                reading(place, place.daemons["few"], "get", ["KernelRelease"], ["KernelRelease"]), "hostnamed")


def get_all(place, table):
    network = place.networks["found"]
    network.batch([f"link set {UPLINK} mtu 1400", f"link set {TUNNEL} mtu 1300"])
    network.batch([line for i in range(10) for line in (
        f"tuntap add dev big{i} mode tun", f"link set big{i} mtu 1500", f"link set big{i} up")])
    node = place.daemons["found"]
    with node:
        settles(lambda: len(place.root.findings()), 10)
    table.ratio("GetAll with 10 findings, p50", 1.3, reading(place, node, "get-all"), "hostnamed's GetAll")


def event(place, network, what, name, interface, prop, *values):
    """The median of all of it, and of the part after the kernel was done."""
    said = place.client(network, "event", what, EVENTS, GAP_MSEC, name, interface, prop, UPLINK, *values)
    return said["all"]["p50"], said["after"]["p50"]


def address_event(place, network):
    ours = place.daemons[network]
    return event(place, network, "address", ours.name, ours.interface, "Addresses", OTHER)


def mtu_event(place, network):
    ours = place.daemons[network]
    return event(place, network, "mtu", ours.name, ours.interface, "UplinkMTU", 1490, 1500)


def address(place, table):
    with place.daemons["few"], place.network_manager:
        time.sleep(2)  # until both are calm
        table.ratio("address change → PropertiesChanged, p50", 0.7, in_turn(
            lambda: address_event(place, "few")[0],
            lambda: event(place, "rival", "address", MANAGER, IP4_CONFIG, "AddressData", OTHER)[0]), "NetworkManager")


def set_mtu(place, table):
    ours = place.daemons["few"]

    def ip():
        change = ["/bin/ip", "link", "set", "dev", TUNNEL, "mtu"]
        return place.p50("rival", "spawn", 200, *change, 1300, "::", *change, 1301)
    with ours:
        rounds = in_turn(
            lambda: place.p50("few", "call", "set-mtu", 200, ours.name, ours.path, TUNNEL, 1300, 1301), ip)
        table.ratio("SetMTU with a change, p50", 1.5, rounds, "ip link set")
        place.root.release(TUNNEL)


# What our user ran at each start, word for word but for the place of the file.
PIPELINE = """NEW_IP=$(ip -4 addr show {link} | grep inet | awk '{{print $2}}' | cut -d'/' -f1)
sed -i "s/WSL_IP=.*/WSL_IP=\\"$NEW_IP\\"/" {file}
"""


def refresh_ip(place, table):
    ours = place.daemons["few"]
    ours.write("etc/network.conf", f'WSL_IP="{ADDRESS}"\n')
    script, file = ours.root / "pipeline", ours.root / "etc/pipeline.conf"
    file.write_text('WSL_IP="10.0.0.1"\n')
    script.write_text(PIPELINE.format(link=UPLINK, file=file))
    ours.configure("[RefreshIP]\nFiles=/etc/network.conf\nAutomatic=no\n")
    with ours:
        rounds = in_turn(lambda: place.p50("few", "call", "refresh", 500, ours.name, ours.path),
                         lambda: place.p50("few", "spawn", 50, "/bin/sh", script))
    assert file.read_text() == ours.root.joinpath("etc/network.conf").read_text()
    ours.configure("")
    table.ratio("RefreshIP without a change, p50", 0.1, rounds, "the shell pipeline of the seed")


@contextlib.contextmanager
def listening(place, name):
    """The times at which `name` said anything."""
    heard, connection = [], place.root.connection
    number = connection.signal_subscribe(name, None, None, None, None, 0, lambda *_: heard.append(time.monotonic()))
    place.root.bus("GetId")  # the bus has the subscription once it has answered
    yield heard
    connection.signal_unsubscribe(number)


def rate_of(heard):
    """Signals a second; the first one leaves at once and counts no time."""
    return (len(heard) - 1) / (heard[-1] - heard[0]) if len(heard) > 1 else 0


def flood_of_ours(place, node):
    right = True
    with listening(place, node.name) as heard:
        started = time.monotonic()
        added = flood(node.network)
        took = time.monotonic() - started
        try:
            settles(lambda: place.root.get("Addresses"), [f"{ADDRESS}/{PREFIX}", added], 30)
            settles(lambda: place.root.get("Addresses"), node.network.addresses(UPLINK))
        except AssertionError as e:
            print(f"    the end is wrong: {e}")
            right = False
        time.sleep(0.2)
    print(f"    {CHANGES} changes in {took:.2f} s, {len(heard)} signals in {heard[-1] - heard[0]:.2f} s")
    node.network.ip(f"addr del {added} dev {UPLINK}")
    settles(lambda: place.root.get("Addresses"), [f"{ADDRESS}/{PREFIX}"])
    return rate_of(heard), right


def flood_of_rival(place):
    network = place.networks["rival"]
    with place.network_manager:
        time.sleep(2)
        with listening(place, MANAGER) as heard:
            added = flood(network)
            time.sleep(5)
    network.ip(f"addr del {added} dev {UPLINK}")
    return rate_of(heard)


def at_rest(rival):
    with rival:
        time.sleep(1)
        return private_dirty(rival.process.pid)


def endure(place):
    """One life of the daemon: calls, a flood, a burst."""
    node = place.daemons["few"]
    dirty = []

    def calls():
        place.client("few", "call", "get", ALL_CALLS // 2, node.name, node.path, node.interface, "KernelRelease")

    def weigh():
        time.sleep(1)
        dirty.append(private_dirty(node.process.pid))
    with node:
        calls()
        weigh()
        calls()
        weigh()
        rate, right = flood_of_ours(place, node)
        weigh()
        burst = place.client("few", "call", "burst", BURST, node.name, node.path, TUNNEL, 1300)
        weigh()
    print(f"    Private_Dirty {dirty} kB; burst: {burst}", flush=True)
    return dirty, rate, right


def endurance(place, table):
    lives = in_turn(lambda: endure(place), lambda: at_rest(place.hostnamed), rounds=5)
    dirty = [life[0] for life, _ in lives]
    table.ratio("Private_Dirty after 100,000 calls, 10,000 changes", 0.75,
                [(life[0][2], rest) for life, rest in lives], "hostnamed at rest", "kB")
    table.count("its growth from 50,000 to 100,000 calls", 8, [d[1] - d[0] for d in dirty], "kB")
    table.count(f"its growth by a burst of {BURST} calls", 120, [d[3] - d[2] for d in dirty], "kB")
    table.count("10,000 changes: signals a second", 50, [life[1] for life, _ in lives], "/s", flood_of_rival(place),
                "NetworkManager")
    table.count("10,000 changes: rounds that end wrong", 0, [not life[2] for life, _ in lives], "")


def idle(place, table):
    with place.daemons["few"] as ours, place.network_manager as rival:
        time.sleep(10)
        pids = ours.process.pid, rival.process.pid
        before = [wakeups(pid) for pid in pids]
        time.sleep(60)
        after = [wakeups(pid) for pid in pids]
    table.count("wake-ups a minute when idle", 1, [after[0] - before[0]], "", after[1] - before[1], "NetworkManager")
    idle_with_tunnel(place, table)


def crowd(place, table):
    def measure(network):
        with place.daemons[network]:
            time.sleep(0.5)
            return {"address": address_event(place, network), "link": mtu_event(place, network)}
    rounds = in_turn(lambda: measure("many"), lambda: measure("few"))
    for what in ("address", "link"):
        table.ratio(f"{what} event with 1,000 links, p50", None,
                    [(many[what][0], few[what][0]) for many, few in rounds], "ours with 10 links")
        # A new MTU makes the kernel walk all IPv6 routes, of which 1,000 links have thousands: that part is not ours.
        table.ratio("  of it, after the kernel was done", 1.5,
                    [(many[what][1], few[what][1]) for many, few in rounds], "ours with 10 links")


def status(place, table):
    # hostnamectl refuses where systemd did not boot the machine.
    booted = pathlib.Path("/run/systemd/system")
    booted.mkdir(parents=True)
    print("    hostnamectl's systemd1 is a stand-in that has two properties where the real one has some 200")
    with place.daemons["few"], place.stand_in, place.hostnamed:
        table.ratio("status", 1.5, in_turn(
            lambda: place.p50("few", "spawn", 100, os.environ["WSLNODECTL"], "status"),
            lambda: place.p50("few", "spawn", 100, "/usr/bin/hostnamectl", "status")), "hostnamectl status")
    booted.rmdir()


# Times are taken on one CPU; what counts signals, wake-ups and memory uses all.
TIMES = {"start": start, "get": get, "get-all": get_all, "address": address, "set-mtu": set_mtu, "status": status,
         "refresh-ip": refresh_ip, "crowd": crowd, "peers": functools.partial(peers, event=address_event)}
ROWS = TIMES | {"endurance": endurance, "idle": idle}

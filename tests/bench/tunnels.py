# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tunnels with few peers and with many, by a wireguard-go that is none: its socket says what it would."""

import contextlib
import pathlib
import time

from gi.repository import GLib

import uapi
from cable import TUNNEL
from client import PROPERTIES
from daemon import wakeups
from wait import settles

OBJECT = "/org/wslnode/Node1/vpn/wireguard_3a" + TUNNEL
VPN = "org.wslnode.Node1.VPN"
MANY = 10_000
READINGS = 4


def peer_count(place):
    try:
        return place.root.call("Get", "(ss)", VPN, "PeerCount", interface=PROPERTIES, path=OBJECT)[0]
    except GLib.Error:
        return None  # no tunnel yet


@contextlib.contextmanager
def tunnel(place, name, peers, **values):
    """The daemon of a network, and how it is answered; its peers were read once."""
    node = place.daemons[name]
    text = uapi.answer(*(uapi.peer(number, **values) for number in range(peers)))
    fake = uapi.Uapi(node, TUNNEL, lambda connection: connection.sendall(text))
    try:
        with node:
            settles(lambda: peer_count(place), peers)
            yield node, fake
    finally:
        fake.stop()


def cpu_msec(pid):
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def reading_msec(place):
    """Nobody has heard of these yet, so they are read each five seconds."""
    with tunnel(place, "few", MANY, last_handshake_time_sec=0) as (node, fake):
        begin, asked = cpu_msec(node.process.pid), fake.asked
        while fake.asked < asked + READINGS:
            time.sleep(0.2)
        time.sleep(1)  # the last one is to be taken in as well
        return (cpu_msec(node.process.pid) - begin) / READINGS * 1000 / MANY


def listing_msec(place):
    """All pages of a thousand; what the client makes of them is its own affair."""
    with tunnel(place, "few", MANY) as (node, _):
        begin, listed = cpu_msec(node.process.pid), 0
        while True:
            page, = place.root.call("ListPeers", "(uu)", listed, 1000, interface=VPN, path=OBJECT)
            if not page:
                break
            listed += len(page)
        spent = cpu_msec(node.process.pid) - begin
    assert listed == MANY
    return spent * 1000 / MANY


def least(measure):
    """Of CPU time: whoever else runs costs caches, and nobody gives any."""
    return [min(measure() for _ in range(3))]


def peers(place, table, event):
    table.count("WireGuard poll, CPU per 1,000 of 10,000 peers", 5, least(lambda: reading_msec(place)), "ms")
    table.count("ListPeers, CPU per 1,000 of 10,000 peers", 5, least(lambda: listing_msec(place)), "ms")

    def measure(count):
        with tunnel(place, "few", count):
            return event(place, "few")
    rounds = [(measure(MANY), measure(10)) for _ in range(5)]
    table.ratio("address event with 10,000 peers, p50", 1.5, [(many[1], few[1]) for many, few in rounds],
                "ours with 10 peers")


def idle_with_tunnel(place, table):
    with tunnel(place, "few", 1) as (node, _):
        time.sleep(5)
        before = wakeups(node.process.pid)
        time.sleep(60)
        table.count("wake-ups a minute with a tunnel", 6, [wakeups(node.process.pid) - before], "")

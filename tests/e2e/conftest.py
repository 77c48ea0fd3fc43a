# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every test has a bus, a network and a daemon of its own, and gives them back."""

import stage

stage.enter()  # before anything starts a thread

# pylint: disable=wrong-import-position
import itertools
import threading

import pytest
from gi.repository import GLib

pytest.register_assert_rewrite("ctl", "dns", "node", "resolv", "tunnel", "vpn", "wait")

from authority import Authority
from bus import Bus
from client import Root, User
from ctl import Ctl
from dns import Dns
from manager import Manager
from network import Network
from node import Node
from ntp import Ntp
from polkit import Polkit
from posed import Posed

# Answers and signals arrive in this thread.
threading.Thread(target=GLib.MainLoop().run, daemon=True).start()

numbers = itertools.count(1)


@pytest.fixture
def folder():
    path = stage.RUN / str(next(numbers))
    path.mkdir()
    return path


@pytest.fixture
def bus():
    bus = Bus()
    bus.start()
    yield bus
    bus.kill()


@pytest.fixture
def network():
    network = Network()
    yield network
    network.remove()


@pytest.fixture
def root(bus):
    return Root(bus.address)


@pytest.fixture
def ctl(bus):
    return Ctl(bus)


@pytest.fixture
def user(bus):
    """user(name) starts a process of that user's."""
    users = []

    def start(name):
        users.append(User(bus.address, name))
        return users[-1]
    yield start
    for started in users:
        started.leave()


@pytest.fixture
def polkit(bus, root):
    polkit = Polkit(bus, root)
    yield polkit
    polkit.stop()


@pytest.fixture
def authority(bus):
    authority = Authority(bus)
    yield authority
    authority.stop()


@pytest.fixture
def manager(bus):
    manager = Manager(bus)
    yield manager
    manager.stop()


@pytest.fixture
def ntp(network):
    ntp = Ntp(network)
    yield ntp
    ntp.stop()


@pytest.fixture
def dns(network):
    dns = Dns(network)
    yield dns
    dns.stop()


@pytest.fixture
def posed(bus):
    posed = Posed(bus)
    yield posed
    posed.stop()


@pytest.fixture
def asleep(bus, network, root, folder):
    """The node, not started yet: for tests that write its configuration first."""
    node = Node(bus, network, root, folder)
    yield node
    try:
        if node.process:
            node.stop()
    finally:
        if node.process:
            node.process.kill()
            node.process.wait()
        # Shown where the test failed.
        print(node.log.read_text() if node.log.exists() else "the daemon was never started")


@pytest.fixture
def node(asleep):
    asleep.start()
    return asleep

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where everything is measured: the bus, the networks, the daemons in them, and the clients that measure."""

import contextlib
import json
import os
import subprocess

import stage
from daemon import Hostnamed, NetworkManager, Ours, StandIn

ROUNDS = 7


class Place:
    def __init__(self, bus, root, networks, folder):
        self.bus, self.root, self.networks, self.folder = bus, root, networks, folder
        self.daemons = {name: Ours(bus, network, root, self.subfolder("ours-" + name))
                        for name, network in networks.items() if name != "rival"}
        for daemon in self.daemons.values():
            stage.mount("-t", "tmpfs", "tmpfs", daemon.root / "run")
        rival = networks["rival"], root, self.subfolder("rivals")
        self.hostnamed, self.stand_in = Hostnamed(bus, *rival), StandIn(bus, *rival)
        self.network_manager = NetworkManager(bus, *rival)

    def subfolder(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def close(self):
        for daemon in self.daemons.values():
            subprocess.run(["umount", daemon.root / "run"], check=True)

    @contextlib.contextmanager
    def one_cpu(self):
        """For all that starts within, and the bus; and there they come before other work, where we may say so.

        A call between CPUs takes up to four times as long as on one, and which it is depends on what else runs:
        that would decide over a ratio more than the daemons do. So would a compiler on the same CPU: both wait
        for its time slices, which brings each ratio nearer to 1.
        """
        cpus = os.sched_getaffinity(0)
        self.pin({max(cpus)}, os.SCHED_RR, 1)
        try:
            yield
        finally:
            self.pin(cpus, os.SCHED_OTHER, 0)

    def pin(self, cpus, policy, priority):
        for pid in (0, self.bus.process.pid):
            os.sched_setaffinity(pid, cpus)
            with contextlib.suppress(PermissionError):
                os.sched_setscheduler(pid, policy, os.sched_param(priority))

    def client(self, network, name, *arguments):
        """Runs a measuring client in a network, and returns what it says."""
        command = self.networks[network].command(
            "setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time",
            f"{os.environ['BENCH_CLIENTS']}/bench-{name}", *map(str, arguments))
        log = self.folder / "client.log"
        with log.open("w") as errors:
            done = subprocess.run(command, env=self.bus.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=errors, text=True)
        assert done.returncode == 0, f"{arguments}: {log.read_text()}"
        return json.loads(done.stdout)

    def p50(self, *arguments):
        return self.client(*arguments)["p50"]


def in_turn(*measures, rounds=ROUNDS):
    """What each measure gives, round by round; who is first changes, so that nobody gains by it."""
    results = []
    for number in range(rounds):
        order = range(len(measures)) if number % 2 == 0 else reversed(range(len(measures)))
        result = {i: measures[i]() for i in order}
        results.append(tuple(result[i] for i in range(len(measures))))
    return results

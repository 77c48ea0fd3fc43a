# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node that says it stepped the clock or fixed DNS, with what a test wants. It changes nothing."""

from gi.repository import Gio, GLib

import caller
import stage
from client import DRY_RUN, INTERFACE, NAME, PATH, PERSIST

XML = (stage.SOURCE / "introspection" / "org.wslnode.Node1.xml").read_text()
EMPTY = {"s": "", "u": 0, "x": 0, "t": 0}
STEPS = [("clock", "clock", "step by +7200.120 s")]
SERVERS = "nameserver 10.255.255.254 → 172.20.0.1 10.255.255.254, "
DNS_STEPS = [("dns", "/etc/resolv.conf", SERVERS + "until the next start of WSL")]
LASTING_STEPS = [("dns", "/etc/resolv.conf", SERVERS + "for good"),
                 ("setting", "/etc/wsl.conf", "network.generateResolvConf none → false")]


class Posed:
    """`offset` and `bound` are microseconds, as the bus has them; `findings` are [(id, subject, params)].

    `dns` is the state and the owner, `servers` are [(address, udp, tcp, latency, roles)], and `fixed` are those that
    FixDNS says it chose; no steps go with it if `well`.
    """

    def __init__(self, bus):
        self.offset, self.bound, self.findings = -7200120000, 120, []
        self.dns, self.servers = ("degraded", "wsl"), []
        self.fixed, self.public, self.well = ["172.20.0.1", "10.255.255.254"], False, False
        self.flags = []  # those of each call
        self.connection = caller.connect(bus.address)
        self.interface = next(i for i in Gio.DBusNodeInfo.new_for_xml(XML).interfaces if i.name == INTERFACE)
        self.connection.register_object(PATH, self.interface, self.serve, self.read, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "RequestName", GLib.Variant("(su)", (NAME, 0)), None, Gio.DBusCallFlags.NONE, -1,
                                  None)

    def read(self, connection, sender, path, interface, name):
        signature = self.interface.lookup_property(name).signature
        findings = [{"id": GLib.Variant("s", finding), "subject": GLib.Variant("s", subject),
                     "severity": GLib.Variant("s", "warning"), "params": GLib.Variant("a{sv}", params)}
                    for finding, subject, params in self.findings]
        values = {"ClockState": "drifting", "ClockReference": "ptp", "ClockOffsetUSec": self.offset,
                  "ClockErrorBoundUSec": self.bound, "Findings": findings, "DNSState": self.dns[0],
                  "DNSOwner": self.dns[1], "DNSServers": [self.server(*server) for server in self.servers]}
        return GLib.Variant(signature, values.get(name, EMPTY.get(signature, [])))

    @staticmethod
    def server(address, udp, tcp, latency, roles):
        return {"address": GLib.Variant("s", address), "udp": GLib.Variant("s", udp), "tcp": GLib.Variant("s", tcp),
                "latency-usec": GLib.Variant("t", latency), "roles": GLib.Variant("as", roles)}

    def step_clock(self, flags):
        return STEPS, {"offset-before-usec": GLib.Variant("x", self.offset),
                       "error-bound-usec": GLib.Variant("t", self.bound),
                       "reference": GLib.Variant("s", "ptp"), "outcome": GLib.Variant("s", "stepped")}

    def fix_dns(self, flags):
        lasts = bool(flags & PERSIST) and not self.well
        return [] if self.well else LASTING_STEPS if lasts else DNS_STEPS, {
            "servers": GLib.Variant("as", self.fixed), "restart-required": GLib.Variant("b", lasts),
            "public": GLib.Variant("b", self.public)}

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if member == "ListChanges":
            change = {"id": GLib.Variant("t", 7), "verb": GLib.Variant("s", "SyncClock"),
                      "state": GLib.Variant("s", "done"), "steps": GLib.Variant("a(sss)", STEPS)}
            return invocation.return_value(GLib.Variant("(aa{sv})", ([change],)))
        if member == "ListLinks":
            return invocation.return_value(GLib.Variant("(aa{sv})", ([],)))
        # SyncClock and FixDNS, and Mend which answers as they do.
        arguments = arguments.unpack()
        self.flags.append(arguments[-1])
        is_dns = member == "FixDNS" or (member == "Mend" and arguments[0].startswith("dns-"))
        steps, result = (self.fix_dns if is_dns else self.step_clock)(arguments[-1])
        change = 7 if steps and not arguments[-1] & DRY_RUN else 0
        return invocation.return_value(GLib.Variant("(ta(sss)a{sv})", (change, steps, result)))

    def stop(self):
        self.connection.close_sync(None)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node that says it stepped the clock, for the real one may not. It sets nothing."""

from gi.repository import Gio, GLib

import caller
import stage
from client import DRY_RUN, INTERFACE, NAME, PATH

XML = (stage.SOURCE / "introspection" / "org.wslnode.Node1.xml").read_text()
EMPTY = {"s": "", "u": 0, "x": 0, "t": 0}
STEPS = [("clock", "clock", "step by +7200.120 s")]


class Posed:
    """`offset` and `bound` are microseconds, as the bus has them; `findings` are [(id, subject, params)]."""

    def __init__(self, bus):
        self.offset, self.bound, self.findings = -7200120000, 120, []
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
                  "ClockErrorBoundUSec": self.bound, "Findings": findings}
        return GLib.Variant(signature, values.get(name, EMPTY.get(signature, [])))

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if member == "ListChanges":
            change = {"id": GLib.Variant("t", 7), "verb": GLib.Variant("s", "SyncClock"),
                      "state": GLib.Variant("s", "done"), "steps": GLib.Variant("a(sss)", STEPS)}
            return invocation.return_value(GLib.Variant("(aa{sv})", ([change],)))
        if member == "ListLinks":
            return invocation.return_value(GLib.Variant("(aa{sv})", ([],)))
        # SyncClock, and Mend which answers as it does.
        self.flags.append(arguments.unpack()[-1])
        change = 0 if self.flags[-1] & DRY_RUN else 7
        result = {"offset-before-usec": GLib.Variant("x", self.offset),
                  "error-bound-usec": GLib.Variant("t", self.bound),
                  "reference": GLib.Variant("s", "ptp"), "outcome": GLib.Variant("s", "stepped")}
        return invocation.return_value(GLib.Variant("(ta(sss)a{sv})", (change, STEPS, result)))

    def stop(self):
        self.connection.close_sync(None)

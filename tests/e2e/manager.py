# SPDX-License-Identifier: LGPL-2.1-or-later
"""A systemd that says of each restart what a test wants, and tells what it was asked for."""

from gi.repository import Gio, GLib

import caller

NAME, PATH, INTERFACE = "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

XML = f"""
<node>
  <interface name="{INTERFACE}">
    <method name="Subscribe"/>
    <method name="TryRestartUnit">
      <arg type="s" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="o" direction="out"/>
    </method>
  </interface>
</node>"""


class Manager:
    """`results` says how a unit's job ends, "done" if it is not in there; None: it goes on for ever."""

    def __init__(self, bus):
        self.results = {}
        self.restarted = []
        self.subscribed = False
        self.connection = caller.connect(bus.address)
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.connection.register_object(PATH, interface, self.serve, None, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                  GLib.Variant("(su)", (NAME, 0)), None, Gio.DBusCallFlags.NONE, -1, None)

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if member == "Subscribe":
            self.subscribed = True
            return invocation.return_value(None)
        unit, mode = arguments.unpack()
        assert mode == "replace"
        self.restarted.append(unit)
        result = self.results.get(unit, "done")
        if result == "no such unit":
            return invocation.return_dbus_error(NAME + ".NoSuchUnit", f"Unit {unit} not found.")
        job = f"{PATH}/job/{len(self.restarted)}"
        invocation.return_value(GLib.Variant("(o)", (job,)))
        if result and self.subscribed:
            # Others' jobs end as well.
            for number, path_, name in ((7, f"{PATH}/job/7777", "other.service"), (1, job, unit)):
                connection.emit_signal(None, PATH, INTERFACE, "JobRemoved",
                                       GLib.Variant("(uoss)", (number, path_, name, result)))

    def stop(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)

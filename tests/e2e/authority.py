# SPDX-License-Identifier: LGPL-2.1-or-later
"""A polkit that does what a test says: allow, deny, challenge, be silent, late or answer twice."""

import collections

from gi.repository import Gio, GLib

import caller
from polkit import POLKIT

PATH, INTERFACE = "/org/freedesktop/PolicyKit1/Authority", POLKIT + ".Authority"

XML = f"""
<node>
  <interface name="{INTERFACE}">
    <method name="CheckAuthorization">
      <arg type="(sa{{sv}})" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="a{{ss}}" direction="in"/>
      <arg type="u" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="(bba{{ss}})" direction="out"/>
    </method>
    <method name="CancelCheckAuthorization">
      <arg type="s" direction="in"/>
    </method>
  </interface>
</node>"""

ALLOW, DENY, CHALLENGE, SILENT = (True, False), (False, False), (False, True), None

Check = collections.namedtuple("Check", "subject action details flags cancellation message")


class Authority:
    """`answer` is what every check gets at once; checks asked while it is SILENT can be answered later."""

    def __init__(self, bus):
        self.answer = ALLOW
        self.checks = []
        self.cancelled = []
        self.connection = caller.connect(bus.address)
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.connection.register_object(PATH, interface, self.serve, None, None)
        self.bus("RequestName", GLib.Variant("(su)", (POLKIT, 0)))

    def bus(self, member, body=None):
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member,
                                  body, None, Gio.DBusCallFlags.NONE, -1, None)

    def flush(self):
        """What was sent before has reached the bus when this returns."""
        self.bus("GetId")

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if member == "CancelCheckAuthorization":
            self.cancelled.append(arguments.unpack()[0])
            return invocation.return_value(None)
        check = Check(*arguments.unpack(), invocation.get_message())
        self.checks.append(check)
        if self.answer is not SILENT:
            self.reply(check, self.answer)

    def reply(self, check, answer):
        """May be used again for the same check."""
        message = check.message.new_method_reply()
        message.set_body(GLib.Variant("((bba{ss}))", ((*answer, {}),)))
        self.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)

    def actions(self):
        return [check.action for check in self.checks]

    def stop(self):
        """A question that was not answered gets an error from the bus."""
        if not self.connection.is_closed():
            self.connection.close_sync(None)

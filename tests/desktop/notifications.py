# SPDX-License-Identifier: LGPL-2.1-or-later
"""Notification services: dunst, and one that writes down what it is asked and does what a test says."""

import collections
import json

from gi.repository import Gio, GLib

from wait import eventually

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
INTERFACE = NAME

XML = f"""
<node>
  <interface name="{INTERFACE}">
    <method name="GetCapabilities"><arg type="as" direction="out"/></method>
    <method name="GetServerInformation">
      <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
      <arg type="s" direction="out"/>
    </method>
    <method name="Notify">
      <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
      <arg type="a{{sv}}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
    </method>
    <method name="CloseNotification"><arg type="u" direction="in"/></method>
    <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
    <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  </interface>
</node>"""

Notice = collections.namedtuple("Notice", "number replaces application icon title body actions hints expire")


class Recorder:
    """`told` has every Notify, `shown` what is on the screen now, `closed` what was withdrawn."""

    def __init__(self, session, capabilities=("body", "body-markup", "actions", "icon-static", "persistence")):
        self.capabilities = list(capabilities)
        self.told, self.closed, self.shown = [], [], {}
        self.hangs = False
        self.connection = session.connect()
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.connection.register_object(PATH, interface, self.serve, None, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "RequestName", GLib.Variant("(su)", (NAME, 0)), None, Gio.DBusCallFlags.NONE, -1,
                                  None)

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if self.hangs:
            return None
        if member == "GetCapabilities":
            return invocation.return_value(GLib.Variant("(as)", (self.capabilities,)))
        if member == "GetServerInformation":
            return invocation.return_value(GLib.Variant("(ssss)", ("recorder", "wslnode", "1", "1.2")))
        if member == "CloseNotification":
            number, = arguments.unpack()
            self.closed.append(number)
            invocation.return_value(None)
            return self.close(number, 3)
        application, replaces, icon, title, body, actions, hints, expire = arguments.unpack()
        number = replaces if replaces in self.shown else len(self.told) + 1
        notice = Notice(number, replaces, application, icon, title, body, dict(zip(actions[::2], actions[1::2])), hints,
                        expire)
        self.told.append(notice)
        self.shown[number] = notice
        return invocation.return_value(GLib.Variant("(u)", (number,)))

    def emit(self, member, signature, *arguments):
        self.connection.emit_signal(None, PATH, INTERFACE, member, GLib.Variant(signature, arguments))

    def close(self, number, reason=2):
        """2: the user dismissed it, 3: its program withdrew it."""
        if self.shown.pop(number, None):
            self.emit("NotificationClosed", "(uu)", number, reason)

    def click(self, number, action):
        """The user chooses one of its actions, which also closes it."""
        assert action in self.shown[number].actions, self.shown[number]
        self.emit("ActionInvoked", "(us)", number, action)
        self.close(number)

    def kill(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)


class Dunst:
    """It keeps a history of what it no longer shows."""

    CONFIG = """
[global]
    monitor = 0
    width = 400
    origin = top-right
    offset = 20x60
    font = Sans 10
    markup = full
    history_length = 100
    mouse_left_click = do_action
    mouse_right_click = close_current
    idle_threshold = 0
"""

    def __init__(self, session):
        self.session, self.process = session, None
        config = session.home / ".config/dunst"
        config.mkdir(parents=True, exist_ok=True)
        (config / "dunstrc").write_text(self.CONFIG)

    def start(self):
        self.process = self.session.spawn("dunst", "-conf", self.session.home / ".config/dunst/dunstrc")
        eventually(lambda: self.process.is_alive() and self.session.owner(NAME))

    def kill(self):
        self.process.kill()
        eventually(lambda: not self.session.owner(NAME))
        self.process = None

    def shown(self):
        """How many are on the screen."""
        return self.session.get(NAME, PATH, "org.dunstproject.cmd0")["displayedLength"]

    def history(self):
        """Those that went, newest first: dictionaries with appname, summary, body, urgency …"""
        document = json.loads(self.session.run("dunstctl", "history").stdout)
        return [{key: value["data"] for key, value in notice.items()} for notice in document["data"][0]]

    def windows(self):
        return self.session.display.popups(class_="Dunst")

    def action(self):
        """Calls the first action of the newest."""
        self.session.run("dunstctl", "action", "0")

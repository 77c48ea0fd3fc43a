# SPDX-License-Identifier: LGPL-2.1-or-later
"""A StatusNotifierWatcher with a host that can come and go, and an icon's item and menu as a host sees them."""

from gi.repository import Gio, GLib

WATCHER, WATCHER_PATH = "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher"
ITEM, ITEM_PATH = "org.kde.StatusNotifierItem", "/StatusNotifierItem"
MENU = "com.canonical.dbusmenu"

XML = f"""
<node>
  <interface name="{WATCHER}">
    <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
    <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
    <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
    <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
    <property name="ProtocolVersion" type="i" access="read"/>
    <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
    <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
    <signal name="StatusNotifierHostRegistered"/>
    <signal name="StatusNotifierHostUnregistered"/>
  </interface>
</node>"""


class Watcher:
    """`registered` has what items said and who said it, in their order; they stay in there when they go."""

    def __init__(self, session, host=True):
        self.session, self.host = session, host
        self.registered = []
        self.refuse = False
        self.connection = session.connect()
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.connection.register_object(WATCHER_PATH, interface, self.serve, self.read, None)
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "RequestName", GLib.Variant("(su)", (WATCHER, 0)), None, Gio.DBusCallFlags.NONE, -1,
                                  None)

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        if self.refuse:
            return invocation.return_dbus_error("org.freedesktop.DBus.Error.AccessDenied", "Not here.")
        if member == "RegisterStatusNotifierItem":
            self.registered.append((arguments.unpack()[0], sender))
            self.emit("StatusNotifierItemRegistered", arguments)
        return invocation.return_value(None)

    def read(self, connection, sender, path, interface, name):
        return {"RegisteredStatusNotifierItems": GLib.Variant("as", [name for name, _ in self.registered]),
                "IsStatusNotifierHostRegistered": GLib.Variant("b", self.host),
                "ProtocolVersion": GLib.Variant("i", 0)}[name]

    def emit(self, member, arguments=None):
        self.connection.emit_signal(None, WATCHER_PATH, WATCHER, member, arguments)

    def set_host(self, there):
        self.host = there
        self.emit("StatusNotifierHostRegistered" if there else "StatusNotifierHostUnregistered")

    def item(self):
        """The one that registered last."""
        return Item(self.session, self.registered[-1][0])

    def kill(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)


class Entry:
    """One entry of a menu."""

    def __init__(self, menu, layout):
        self.menu = menu
        self.number, self.properties, children = layout
        self.children = [Entry(menu, child) for child in children]

    @property
    def label(self):
        # One underscore marks the letter to press, two are one.
        return self.properties.get("label", "").replace("__", "\0").replace("_", "").replace("\0", "_")

    def is_enabled(self):
        return self.properties.get("enabled", True)

    def is_shown(self):
        return self.properties.get("visible", True)

    def is_separator(self):
        return self.properties.get("type") == "separator"

    def labels(self):
        return [child.label for child in self.children if child.is_shown() and not child.is_separator()]

    def outline(self, depth=0):
        """For people, and for the message of a failed test."""
        lines = [] if depth == 0 else ["  " * (depth - 1) + ("----" if self.is_separator() else self.label)]
        return "\n".join(lines + [child.outline(depth + 1) for child in self.children])

    def find(self, label, *more):
        found = [child for child in self.children if child.label == label or child.label.startswith(label)]
        exact = [child for child in found if child.label == label] or found
        assert len(exact) == 1, f"{label!r} is there {len(exact)} times in:\n{self.outline()}"
        return exact[0].find(*more) if more else exact[0]

    def click(self):
        assert self.is_enabled() and self.is_shown(), self.properties
        self.menu.event(self.number, "clicked")


class Item:
    """What a host knows of an icon, through its bus name."""

    def __init__(self, session, name):
        self.session, self.name = session, name

    def properties(self):
        return self.session.get(self.name, ITEM_PATH, ITEM)

    def __getitem__(self, name):
        return self.properties()[name]

    def activate(self, member="Activate"):
        self.session.call(self.name, ITEM_PATH, ITEM, member, GLib.Variant("(ii)", (10, 10)))

    def menu_call(self, member, arguments):
        return self.session.call(self.name, self["Menu"], MENU, member, arguments)

    def menu(self):
        """The whole of it, read as a host does before it shows it."""
        self.menu_call("AboutToShow", GLib.Variant("(i)", (0,)))
        revision, layout = self.menu_call("GetLayout", GLib.Variant("(iias)", (0, -1, [])))
        return Entry(self, layout)

    def event(self, number, event):
        self.menu_call("Event", GLib.Variant("(isvu)", (number, event, GLib.Variant("i", 0), 0)))

    def click(self, *labels):
        """One entry by the path of labels to it; the beginning of a label is enough where only one has it."""
        self.menu().find(*labels).click()

    def listen(self):
        """The item's own signals from now on, as (member, arguments)."""
        heard = []
        for interface in (ITEM, MENU):
            self.session.connection.signal_subscribe(
                self.name, interface, None, None, None, Gio.DBusSignalFlags.NONE,
                lambda connection, sender, path, interface, member, body: heard.append((member, body.unpack())))
        self.session.bus_call("GetId")
        return heard

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node's service that is what a test says: its properties, its signals, its answers; and one who forges them."""

import collections
import pathlib
import threading
import time

from gi.repository import Gio, GLib

import caller
import stage
from client import DRY_RUN, INTERFACE, NAME, PATH, PROPERTIES
from vpn import MANAGER, VPN, path_of

XML = (pathlib.Path(stage.SOURCE) / "introspection" / f"{INTERFACE}.xml").read_text()
INTERFACES = {i.name: i for i in Gio.DBusNodeInfo.new_for_xml(XML).interfaces}
NODE = INTERFACES[INTERFACE]
SIGNATURES = {p.name: p.signature for p in NODE.properties}
TUNNEL_SIGNATURES = {p.name: p.signature for p in INTERFACES[VPN].properties}


def silent(interface):
    """What changes without a signal."""
    return {p.name for p in interface.properties for a in p.annotations or ()
            if (a.key, a.value) == ("org.freedesktop.DBus.Property.EmitsChangedSignal", "false")}


SILENT, TUNNEL_SILENT = silent(NODE), silent(INTERFACES[VPN])

# Gio's own Properties would answer at once and for ever; this one goes the way of every other method.
PROPERTIES_XML = f"""
<node>
  <interface name="{PROPERTIES}">
    <method name="Get">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/>
    </method>
    <method name="GetAll"><arg type="s" direction="in"/><arg type="a{{sv}}" direction="out"/></method>
  </interface>
  <interface name="{MANAGER}">
    <method name="GetManagedObjects"><arg type="a{{oa{{sa{{sv}}}}}}" direction="out"/></method>
  </interface>
</node>"""

INTERACTIVE = Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION
ALLOW_REPLACEMENT, REPLACE_EXISTING, DO_NOT_QUEUE = 1, 2, 4
NEVER = object()

Call = collections.namedtuple("Call", "method arguments interactive wants_reply time")

HEALTHY = {
    "Version": "0.1.0", "KernelRelease": "6.6.87.2-microsoft-standard-WSL2", "Distribution": "Node for tests 1.0",
    "WSLVersion": "2.5.10", "Platform": "wsl2", "NetworkingMode": "nat", "Interop": "usable",
    "WindowsTailscale": "absent", "Uplink": "eth0",
    "Address": "172.17.5.2", "Addresses": ["172.17.5.2/20"], "Gateway": "172.17.0.1", "UplinkMTU": 1500,
    "ClockState": "ok", "ClockReference": "ptp", "ClockOffsetUSec": -310, "ClockErrorBoundUSec": 900,
    "DNSState": "ok", "DNSOwner": "wsl", "DNSServers": [
        {"address": "10.255.255.254", "udp": "ok", "tcp": "ok", "latency-usec": GLib.Variant("t", 900),
         "roles": ["wsl", "listed", "tunnel"]}],
    "Health": "ok", "Findings": [], "Wanted": []}

LINKS = [
    {"name": "lo", "ifindex": GLib.Variant("i", 1), "kind": "", "role": "loopback", "up": True, "mtu": 65536,
     "min-mtu": 0, "max-mtu": 0, "addresses": ["127.0.0.1/8"]},
    {"name": "eth0", "ifindex": GLib.Variant("i", 2), "kind": "", "role": "uplink", "up": True, "mtu": 1500,
     "min-mtu": 68, "max-mtu": 65535, "addresses": ["172.17.5.2/20"]},
    {"name": "wg0", "ifindex": GLib.Variant("i", 3), "kind": "wireguard", "role": "tunnel", "up": True, "mtu": 1420,
     "min-mtu": 0, "max-mtu": 2147483552, "addresses": ["10.44.0.2/24"]}]

SEVERITIES = ("info", "warning", "critical")


def boxed(value):
    """A variant of a plain value, numbers as u."""
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, int):
        return GLib.Variant("u", value)
    if isinstance(value, str):
        return GLib.Variant("s", value)
    if isinstance(value, dict):
        return GLib.Variant("a{sv}", boxes(value))
    return GLib.Variant("as", value)


def boxes(values):
    return {key: boxed(value) for key, value in values.items()}


def finding(identity, subject="wg0", severity="warning", summary=None, verb="SetMTU", **params):
    """One as the daemon tells it."""
    return {"id": identity, "subject": subject, "severity": severity,
            "summary": summary or f"Something is wrong with {subject}.", "cause": "Because of a test.",
            "remedy": "Do as the test says.", "verb": verb, "params": params}


def tunnel(name="wg0", age=34, **properties):
    """One of the VPN, up with one peer; `age` in seconds is its handshake's."""
    now, then = time.monotonic_ns() // 1000, time.time_ns() // 1000
    return {"Name": name, "Kind": "wireguard", "Link": name, "State": "up", "MTU": 1420, "PeerCount": 1, "PeersUp": 1,
            "PeersDown": 0, "LastHandshakeUSec": then - age * 1_000_000,
            "LastHandshakeUSecMonotonic": now - age * 1_000_000} | properties


def tunnel_variants(values):
    return {name: value if isinstance(value, GLib.Variant) else GLib.Variant(TUNNEL_SIGNATURES[name], value)
            for name, value in values.items()}


class Service:
    """What is set is announced, as the daemon does it: PropertiesChanged first, then the signal that goes with it.

    `answers` says what a method does: a value, GLib.Error-like (name, text), NEVER, or a function of its arguments;
    `delay` is how long every answer takes, in seconds.
    """

    def __init__(self, bus):
        self.bus = bus
        self.properties = dict(HEALTHY)
        self.links = [dict(link) for link in LINKS]
        self.tunnels = {}
        self.changes = []
        self.answers = {}
        self.calls = []
        self.delay = 0
        self.connection = None
        # Calls are answered in a thread of their own: no answer may be sent after the news that it lacks.
        self.order = threading.RLock()

    def start(self):
        self.connection = caller.connect(self.bus.address)
        self.connection.register_object(PATH, NODE, self.serve, None, None)
        for standard in Gio.DBusNodeInfo.new_for_xml(PROPERTIES_XML).interfaces:
            self.connection.register_object(PATH, standard, self.serve, None, None)
        flags = ALLOW_REPLACEMENT | REPLACE_EXISTING | DO_NOT_QUEUE
        result, = self.bus_call("RequestName", GLib.Variant("(su)", (NAME, flags)))
        assert result == 1, f"the name was not given: {result}"

    def bus_call(self, member, arguments=None):
        return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                         member, arguments, None, Gio.DBusCallFlags.NONE, -1, None).unpack()

    def kill(self):
        if self.connection and not self.connection.is_closed():
            self.connection.close_sync(None)
        self.connection = None

    def is_running(self):
        return self.connection is not None

    def release(self):
        """It goes on, without the name."""
        self.bus_call("ReleaseName", GLib.Variant("(s)", (NAME,)))

    # What it says.

    def variant(self, name):
        value = self.properties[name]
        if SIGNATURES[name] == "aa{sv}":
            value = [boxes(entry) for entry in value]
        return GLib.Variant(SIGNATURES[name], value)

    def signal(self, member, signature="()", *arguments, interface=INTERFACE, path=PATH):
        self.connection.emit_signal(None, path, interface, member, GLib.Variant(signature, arguments))

    def flush(self):
        """What was sent before has reached the bus when this returns."""
        self.bus_call("GetId")

    def set(self, **properties):
        with self.order:
            self.properties |= properties
            if self.is_running():
                told = {name: self.variant(name) for name in properties if name not in SILENT}
                self.signal("PropertiesChanged", "(sa{sv}as)", INTERFACE, told, [], interface=PROPERTIES)

    def set_findings(self, findings):
        worst = max([SEVERITIES.index(f["severity"]) for f in findings], default=0)
        findings = sorted(findings, key=lambda f: (-SEVERITIES.index(f["severity"]), f["id"]))
        self.set(Findings=findings, Health=("ok", "warning", "critical")[worst])

    def raise_(self, identity, subject="wg0", **more):
        """A finding comes."""
        new = finding(identity, subject, **more)
        self.set_findings([f for f in self.properties["Findings"] if (f["id"], f["subject"]) != (identity, subject)]
                          + [new])
        self.signal("FindingRaised", "(ssssa{sv})", new["id"], new["subject"], new["severity"], new["summary"],
                    boxes({key: new[key] for key in ("cause", "remedy", "verb", "params")}))

    def clear(self, identity, subject="wg0"):
        self.set_findings([f for f in self.properties["Findings"] if (f["id"], f["subject"]) != (identity, subject)])
        self.signal("FindingCleared", "(ssa{sv})", identity, subject, {})

    def resume(self, asleep=7_200_000_000, **details):
        """The machine slept; keys as in Resumed, with _ for -."""
        usual = {"mended": [], "findings": [], "clock": "ok", "network": "ok"}
        self.signal("Resumed", "(ta{sv})", asleep,
                    boxes(usual | {key.replace("_", "-"): value for key, value in details.items()}))

    def set_link(self, name, **values):
        for link in self.links:
            if link["name"] == name:
                link |= values

    def add_tunnel(self, name="wg0", **properties):
        """One of the VPN comes, or is another one."""
        with self.order:
            self.tunnels[name] = tunnel(name, **properties)
            self.signal("InterfacesAdded", "(oa{sa{sv}})", path_of(name),
                        {VPN: tunnel_variants(self.tunnels[name]), PROPERTIES: {}}, interface=MANAGER)

    def set_tunnel(self, name="wg0", **properties):
        with self.order:
            self.tunnels[name] |= properties
            told = {key: value for key, value in properties.items() if key not in TUNNEL_SILENT}
            if told:
                self.signal("PropertiesChanged", "(sa{sv}as)", VPN, tunnel_variants(told), [], interface=PROPERTIES,
                            path=path_of(name))

    def remove_tunnel(self, name="wg0"):
        with self.order:
            del self.tunnels[name]
            self.signal("InterfacesRemoved", "(oas)", path_of(name), [VPN, PROPERTIES], interface=MANAGER)

    def burst(self, count):
        """So many changes of properties, as fast as the bus takes them; the last one stays."""
        messages = [GLib.Variant("(sa{sv}as)", (INTERFACE, {
            "Address": GLib.Variant("s", f"172.17.{n // 250 % 250}.{n % 250 + 1}"),
            "UplinkMTU": GLib.Variant("u", 1280 + n % 221)}, [])) for n in range(count)]
        last = messages[-1].unpack()[1]
        with self.order:
            for message in messages:
                self.connection.emit_signal(None, PATH, PROPERTIES, "PropertiesChanged", message)
            self.properties |= last
        self.connection.flush_sync(None)
        return last

    # What it answers.

    def serve(self, connection, sender, path, interface, member, arguments, invocation):
        flags = invocation.get_message().get_flags()
        call = Call(member, arguments.unpack(), bool(flags & INTERACTIVE),
                    not flags & Gio.DBusMessageFlags.NO_REPLY_EXPECTED, time.monotonic())
        self.calls.append(call)
        answer = self.answers.get(member, self.usual)
        if answer is NEVER:
            return
        if self.delay:
            GLib.timeout_add(int(self.delay * 1000), self.reply, invocation, call, answer)
        else:
            self.reply(invocation, call, answer)

    def reply(self, invocation, call, answer):
        with self.order:
            self.send(invocation, call, answer)

    def send(self, invocation, call, answer):
        if callable(answer):
            answer = answer(call)
        if isinstance(answer, GLib.Variant):
            # Not by the invocation, which would not let a wrong type pass.
            reply = invocation.get_message().new_method_reply()
            reply.set_body(answer)
            invocation.get_connection().send_message(reply, Gio.DBusSendMessageFlags.NONE)
        else:
            name, text = answer
            invocation.return_dbus_error(name if "." in name else f"{INTERFACE}.Error.{name}", text)

    def usual(self, call):
        if call.method == "GetAll":
            return GLib.Variant("(a{sv})", ({name: self.variant(name) for name in self.properties},))
        if call.method == "Get":
            return GLib.Variant("(v)", (self.variant(call.arguments[1]),))
        if call.method == "GetManagedObjects":
            return GLib.Variant("(a{oa{sa{sv}}})", ({path_of(name): {VPN: tunnel_variants(values), PROPERTIES: {}}
                                                     for name, values in self.tunnels.items()},))
        if call.method == "ListLinks":
            return GLib.Variant("(aa{sv})", ([boxes(link) for link in self.links],))
        if call.method == "ListChanges":
            return GLib.Variant("(aa{sv})", ([boxes(change) for change in self.changes],))
        if call.method == "Diagnose":
            return GLib.Variant("(aa{sv})", ([boxes(f) for f in self.properties["Findings"]],))
        done = 0 if call.arguments[-1] & DRY_RUN else len(self.of(call.method))
        if call.method == "SyncClock":
            return self.sync_clock(done)
        if call.method == "FixDNS":
            return self.fix_dns(done)
        return answered(done, [("kernel", "wg0", "1420 → 1340")])

    def sync_clock(self, done):
        """It is stepped where it drifts, and then is right."""
        offset = self.properties["ClockOffsetUSec"]
        result = {"offset-before-usec": GLib.Variant("x", offset), "error-bound-usec": GLib.Variant("t", 900),
                  "reference": "ptp", "outcome": "stepped" if abs(offset) > 50_000 else "ok"}
        if result["outcome"] == "ok":
            return answered(0, [], result)
        if done:
            self.set(ClockState="ok", ClockOffsetUSec=0)
        return answered(done, [("clock", "CLOCK_REALTIME", f"step by {-offset / 1e6:+.3f} s")], result)

    def fix_dns(self, done):
        """Where the tunnel fails the gateway stands in, and then it works."""
        result = {"servers": ["10.255.255.254"], "restart-required": False, "public": False}
        if self.properties["DNSState"] == "ok":
            return answered(0, [], result)
        if done:
            self.set(DNSState="ok", DNSOwner="wslnode")
        result["servers"] = ["172.17.0.1", "10.255.255.254"]
        step = "nameserver 10.255.255.254 → 172.17.0.1 10.255.255.254, until the next start of WSL"
        return answered(done, [("dns", "/etc/resolv.conf", step)], result)

    def of(self, *methods):
        """The calls of these methods."""
        return [call for call in self.calls if call.method in methods]

    def verbs(self):
        """What it was asked to change, dry runs and all: (method, arguments)."""
        free = ("GetAll", "Get", "GetManagedObjects", "ListLinks", "ListChanges", "Diagnose")
        return [(call.method, call.arguments) for call in self.calls if call.method not in free]


def answered(change, steps, result=()):
    """What a verb returns."""
    return GLib.Variant("(ta(sss)a{sv})", (change, steps, boxes(dict(result))))


class Forger:
    """Somebody on the same bus who sends the tray, and only it, signals that look like the node's."""

    def __init__(self, bus):
        self.connection = caller.connect(bus.address)

    def signal(self, destination, member, signature, *arguments, interface=INTERFACE, path=PATH):
        self.connection.emit_signal(destination, path, interface, member, GLib.Variant(signature, arguments))
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId",
                                  None, None, Gio.DBusCallFlags.NONE, -1, None)

    def changed(self, destination, **properties):
        values = {name: GLib.Variant(SIGNATURES[name], value) for name, value in properties.items()}
        self.signal(destination, "PropertiesChanged", "(sa{sv}as)", INTERFACE, values, [], interface=PROPERTIES)

    def raised(self, destination, identity="forged", subject="wg0", severity="critical"):
        self.signal(destination, "FindingRaised", "(ssssa{sv})", identity, subject, severity, "This is a forgery.", {})

    def resumed(self, destination):
        self.signal(destination, "Resumed", "(ta{sv})", 1, {"findings": GLib.Variant("as", ["forged"])})

    def cleared(self, destination, identity, subject="wg0"):
        self.signal(destination, "FindingCleared", "(ssa{sv})", identity, subject, {})

    def kill(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)

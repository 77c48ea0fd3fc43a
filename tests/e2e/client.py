# SPDX-License-Identifier: LGPL-2.1-or-later
"""Those who speak to the node: the test itself, as root, and other users in processes of their own."""

import concurrent.futures
import itertools
import json
import pathlib
import subprocess
import threading
import time

from gi.repository import Gio, GLib

import caller
from caller import INTERACTIVE, NO_REPLY

NAME, PATH, INTERFACE = "org.wslnode.Node1", "/org/wslnode/Node1", "org.wslnode.Node1"
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR, STANDARD = INTERFACE + ".Error.", "org.freedesktop.DBus.Error."
DRY_RUN, FORCE, PERSIST = 1, 2, 4
# What a verb may take: design says 20 s, and a person's password may come on top.
TIMEOUT = 30


class BusError(Exception):
    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


class Client:
    """What one user can do. `send` gives a Future, everything else waits for the answer.

    `flags` are a verb's; `message` are those of the message: INTERACTIVE or NO_REPLY.
    """

    def send(self, member, signature="()", *arguments, interface=INTERFACE, path=PATH, destination=NAME, message=0,
             timeout=150, connection="main"):
        body = GLib.Variant(signature, arguments).print_(True)
        return self.request({"do": "call", "destination": destination, "path": path, "interface": interface,
                             "member": member, "body": body, "flags": message, "timeout": timeout,
                             "connection": connection})

    def call(self, *arguments, **options):
        return self.send(*arguments, **options).result(TIMEOUT)

    def get(self, name, interface=INTERFACE):
        return self.call("Get", "(ss)", interface, name, interface=PROPERTIES)[0]

    def all(self):
        return self.call("GetAll", "(s)", INTERFACE, interface=PROPERTIES)[0]

    def set_mtu(self, link, mtu, flags=0, **options):
        return self.call("SetMTU", "(sut)", link, mtu, flags, **options)

    def mend(self, finding, subject, flags=0, **options):
        return self.call("Mend", "(sst)", finding, subject, flags, **options)

    def undo(self, change, flags=0, **options):
        return self.call("Undo", "(tt)", change, flags, **options)

    def release(self, link, flags=0, **options):
        return self.call("Release", "(sst)", "mtu", link, flags, **options)

    def changes(self, before=0, limit=0):
        return self.call("ListChanges", "(tu)", before, limit)[0]

    def links(self, offset=0, limit=0):
        return {link["name"]: link for link in self.call("ListLinks", "(uu)", offset, limit)[0]}

    def findings(self):
        return {(f["id"], f["subject"]): f for f in self.get("Findings")}

    def wanted(self):
        return {w["target"]: w["value"] for w in self.get("Wanted")}

    def finish(self, future, answer):
        if "error" in answer:
            future.set_exception(BusError(answer["error"], answer["message"]))
        else:
            future.set_result(GLib.Variant.parse(None, answer["body"], None, None).unpack())


class Root(Client):
    """The test's own connection, which also listens to signals."""

    def __init__(self, address):
        self.connection = caller.connect(address)

    def request(self, request):
        future = concurrent.futures.Future()
        caller.send(self.connection, request, lambda answer: self.finish(future, answer))
        return future

    def bus(self, member, signature="()", *arguments):
        return self.call(member, signature, *arguments, destination="org.freedesktop.DBus",
                         path="/org/freedesktop/DBus", interface="org.freedesktop.DBus")

    def owner(self):
        """The unique name that owns the node's, or nothing."""
        try:
            return self.bus("GetNameOwner", "(s)", NAME)[0]
        except BusError as e:
            assert e.name == STANDARD + "NameHasNoOwner", e
            return None

    def listen(self, path=PATH):
        return Signals(self.connection, path)

    def leave(self):
        self.connection.close_sync(None)


class Signals:
    """Everything that an object of the node's says from now on, in its order, as (time, member, arguments)."""

    def __init__(self, connection, path):
        self.heard = []
        connection.signal_subscribe(NAME, None, None, path, None, Gio.DBusSignalFlags.NONE, self.hear)
        # The bus has the subscription once it has answered anything after it.
        connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId", None,
                             None, Gio.DBusCallFlags.NONE, -1, None)

    def hear(self, connection, sender, path, interface, member, body):
        self.heard.append((time.monotonic(), member, body.unpack()))

    def members(self):
        return [member for _, member, _ in self.heard]

    def of(self, member):
        return [arguments for _, name, arguments in self.heard if name == member]

    def changed(self, name):
        """The values that were announced for one property."""
        return [arguments[1][name] for arguments in self.of("PropertiesChanged") if name in arguments[1]]


class User(Client):
    """Another user: a process with that user's ids, whose leaving is a real one."""

    def __init__(self, address, name):
        self.futures = {}
        self.ids = itertools.count()
        self.process = subprocess.Popen(
            as_user(name, "/usr/bin/python3", "-c", pathlib.Path(caller.__file__).read_text(), address),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self.finish(self.futures.pop(answer["id"]), answer)

    def request(self, request):
        future, number = concurrent.futures.Future(), next(self.ids)
        self.futures[number] = future
        self.process.stdin.write(json.dumps(request | {"id": number}) + "\n")
        self.process.stdin.flush()
        return future

    def name(self, connection="main"):
        return self.request({"do": "name", "connection": connection}).result(TIMEOUT)[0]

    def close(self, connection="main"):
        self.request({"do": "close", "connection": connection}).result(TIMEOUT)

    def leave(self):
        self.process.kill()
        self.process.wait()


def as_user(name, *command):
    return ["setpriv", f"--reuid={name}", f"--regid={group_of(name)}", "--init-groups", *command]


def group_of(name):
    return subprocess.run(["id", "-g", name], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

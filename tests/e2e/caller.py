# SPDX-License-Identifier: LGPL-2.1-or-later
"""Method calls on a private bus, with the exact error names.

Imported, it serves the test's own connections. Run as another user it reads one request a line from its
standard input and prints one answer a line; each named connection is a caller of its own on the bus.
"""

import json
import sys
import threading

from gi.repository import Gio, GLib

NO_REPLY, INTERACTIVE = 1, 4


def connect(address):
    flags = Gio.DBusConnectionFlags
    return Gio.DBusConnection.new_for_address_sync(
        address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)


def send(connection, request, done):
    """Calls done with {"body": text} or {"error": name, "message": text}."""
    message = Gio.DBusMessage.new_method_call(*(request[k] for k in ("destination", "path", "interface", "member")))
    message.set_flags(Gio.DBusMessageFlags(request["flags"]))
    body = GLib.Variant.parse(None, request["body"], None, None)
    if body.n_children():
        message.set_body(body)

    def answered(source, result):
        try:
            reply = source.send_message_with_reply_finish(result)
        except GLib.Error as e:
            return done({"error": Gio.DBusError.get_remote_error(e) or "local", "message": e.message})
        body = reply.get_body()
        if reply.get_message_type() == Gio.DBusMessageType.ERROR:
            return done({"error": reply.get_error_name(), "message": body.unpack()[0] if body else ""})
        return done({"body": body.print_(True) if body else "()"})

    if request["flags"] & NO_REPLY:
        connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
        connection.flush_sync(None)
        return done({"body": "()"})
    return connection.send_message_with_reply(message, Gio.DBusSendMessageFlags.NONE, request["timeout"] * 1000,
                                              None, answered)


class Server:
    def __init__(self, address):
        self.address = address
        self.connections = {}
        self.loop = GLib.MainLoop()
        threading.Thread(target=self.read, daemon=True).start()
        self.loop.run()

    def read(self):
        for line in sys.stdin:
            GLib.idle_add(self.serve, json.loads(line))
        GLib.idle_add(self.loop.quit)

    def serve(self, request):
        name = request["connection"]
        if name not in self.connections:
            self.connections[name] = connect(self.address)

        def done(answer):
            print(json.dumps(answer | {"id": request["id"]}), flush=True)

        match request["do"]:
            case "call":
                send(self.connections[name], request, done)
            case "name":
                done({"body": f"('{self.connections[name].get_unique_name()}',)"})
            case "close":
                self.connections.pop(name).close_sync(None)
                done({"body": "()"})


if __name__ == "__main__":
    Server(sys.argv[1])

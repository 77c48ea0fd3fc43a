# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bus tells of the VPN's tunnels."""

import base64

from client import INTERFACE, PATH, PROPERTIES

VPN = INTERFACE + ".VPN"
MANAGER = "org.freedesktop.DBus.ObjectManager"


def path_of(name, kind="wireguard"):
    """As sd_bus_path_encode() makes it."""
    text = f"{kind}:{name}"
    return f"{PATH}/vpn/" + "".join(c if c.isascii() and c.isalnum() and (i or not c.isdigit()) else f"_{ord(c):02x}"
                                    for i, c in enumerate(text))


def tunnels(client):
    """The properties of each, by its name."""
    objects = client.call("GetManagedObjects", interface=MANAGER)[0]
    found = {path: interfaces[VPN] for path, interfaces in objects.items() if VPN in interfaces}
    assert all(path == path_of(values["Name"], values["Kind"]) for path, values in found.items())
    return {values["Name"]: values for values in found.values()}


def tunnel(client, name):
    return client.call("GetAll", "(s)", VPN, interface=PROPERTIES, path=path_of(name))[0]


def state(client, name):
    return client.call("Get", "(ss)", VPN, "State", interface=PROPERTIES, path=path_of(name))[0]


LIST_PEERS = {"interface": VPN}


def send_list_peers(client, name, offset=0, limit=0, **options):
    return client.send("ListPeers", "(uu)", offset, limit, interface=VPN, path=path_of(name), **options)


def peers(client, name, offset=0, limit=0):
    return send_list_peers(client, name, offset, limit).result(30)[0]


def look(client):
    """Has the daemon read all tunnels now; it does so no more often than every five seconds."""
    return client.call("Diagnose")[0]


def hex_of(key):
    return base64.b64decode(key).hex()


def drops(signals):
    """What was told of drops, in its order: ("down", tunnel, peer, reason) and ("up", tunnel, peer)."""
    return [("down", *arguments[:3]) if member == "VPNDown" else ("up", *arguments[:2])
            for _, member, arguments in list(signals.heard) if member in ("VPNDown", "VPNUp")]


def down(client):
    """The findings of tunnels that are down, wholly or in part: name → (severity, params)."""
    return {subject: (finding["severity"], finding["params"]) for (name, subject), finding in client.findings().items()
            if name == "vpn-down"}

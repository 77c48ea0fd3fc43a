# SPDX-License-Identifier: LGPL-2.1-or-later
"""RefreshIP and peers that a tunnel's file gives by name: each is told where its name says it is now."""

import os

import pytest

import stage
import vpn
from client import DRY_RUN, ERROR, FORCE, INTERACTIVE, PERSIST, STANDARD, BusError
from dns import install_getent
from network import ADDRESS
from tunnel import FAR, Pair
from wait import settles

UNSUPPORTED, INVALID = ERROR + "Unsupported", STANDARD + "InvalidArgs"
PASSWORD_NEEDED, ACCESS_DENIED = STANDARD + "InteractiveAuthorizationRequired", STANDARD + "AccessDenied"
NAME = "vpn.example.test"
OTHER = FAR.format(99)

CONF = """\
[Interface]
PrivateKey = {private}
ListenPort = {port}

[Peer]
PublicKey = {key}
PresharedKey = {psk}
AllowedIPs = 10.60.1.2/32
Endpoint = {name}:{far_port}
"""


def hosts(pair, *addresses):
    pair.node.write("etc/hosts", "".join(f"{address} {NAME}\n" for address in addresses))


def be_at(pair, address, port=None):
    """As the tunnel was set up when its name stood for that."""
    pair.near.set(pair.far, "endpoint", f"{address}:{port or pair.far.port}")


def write_conf(pair, name=NAME):
    pair.node.write("etc/wireguard/wga.conf",
                    CONF.format(private=pair.near.key.private, port=pair.near.port, key=pair.far.key.public, psk=pair.psk,
                                far_port=pair.far.port, name=name))
    pair.node.root.joinpath("etc/wireguard").chmod(0o700)


@pytest.fixture
def pair(asleep, request):
    """The peer has moved: the tunnel has an endpoint at which nobody is, and the name stands for the right one."""
    pair = Pair(asleep, "wga", keepalive=getattr(request, "param", 25))
    install_getent(asleep)
    asleep.write("etc/nsswitch.conf", "hosts: files\n")
    asleep.write("etc/host.conf", "multi on\n")
    hosts(pair, FAR.format(1))
    write_conf(pair)
    pair.near.peers[pair.far.key.public]["Endpoint"] = f"{OTHER}:{pair.far.port}"
    pair.start()
    asleep.start()
    settles(lambda: "wga" in vpn.tunnels(asleep.client), True)
    yield pair
    pair.stop()


def refresh(client, flags=0, **options):
    return client.call("RefreshIP", "(t)", flags, **options)


def refused(client, flags=0, **options):
    with pytest.raises(BusError) as e:
        refresh(client, flags, **options)
    return e.value.name


def step(pair, before, after):
    return "endpoint", "wga", f"endpoint {before} → {after}, peer {pair.far.key.public}"


def test_there_and_back(pair, root):
    lost = f"{OTHER}:{pair.far.port}"
    planned = refresh(root, DRY_RUN)
    assert planned == (0, [step(pair, lost, pair.endpoint)], {"address": ADDRESS, "skipped": []})
    assert pair.peer().endpoint == lost and not pair.shaken()
    change, *rest = refresh(root)
    assert change == 1 and (0, *rest) == planned and pair.peer().endpoint == pair.endpoint
    settles(pair.shaken, True)  # it has keepalive
    assert root.changes()[0]["steps"] == rest[0]
    assert refresh(root)[:2] == (0, [])
    undoing, steps, result = root.undo(change)
    assert (steps, result) == ([step(pair, pair.endpoint, lost)], {}) and pair.peer().endpoint == lost
    root.undo(undoing)
    assert pair.peer().endpoint == pair.endpoint


@pytest.mark.parametrize("pair", [0], indirect=True, ids=["off"])
def test_one_without_keepalive(pair, root):
    """It is given a reason to shake hands."""
    assert refresh(root)[0] == 1
    settles(pair.shaken, True)


def test_the_log_survives(pair, root):
    change, _, _ = refresh(root)
    pair.node.restart()
    settles(lambda: root.call("Diagnose") and len(root.changes()), 1)
    assert root.undo(change)[1] == [step(pair, pair.endpoint, f"{OTHER}:{pair.far.port}")]


def test_one_that_moved_on(pair, root):
    """What the daemon saw last may be a minute old."""
    pair.far.kill()  # an answer of its own would say where it is
    change, _, _ = refresh(root)
    be_at(pair, "192.0.2.7")
    assert root.undo(change, DRY_RUN | FORCE)[1] == [
        step(pair, f"192.0.2.7:{pair.far.port}", f"{OTHER}:{pair.far.port}")]
    assert root.undo(change)[:2] == (0, [])
    assert pair.peer().endpoint == f"192.0.2.7:{pair.far.port}"


def test_the_first_address_that_fits(pair, root):
    hosts(pair, "2001:db8::9", "192.0.2.7", OTHER)
    assert refresh(root)[:2] == (0, [])  # it is one of those
    hosts(pair, "2001:db8::9", "192.0.2.7", "192.0.2.8")
    assert refresh(root)[1] == [step(pair, f"{OTHER}:{pair.far.port}", f"192.0.2.7:{pair.far.port}")]
    assert pair.peer().endpoint == f"192.0.2.7:{pair.far.port}"
    be_at(pair, "192.0.2.7", 7)
    assert refresh(root)[1] == [step(pair, "192.0.2.7:7", f"192.0.2.7:{pair.far.port}")]
    hosts(pair, "2001:db8::9")
    assert refresh(root, DRY_RUN)[1][0][2].startswith(f"endpoint 192.0.2.7:{pair.far.port} → [2001:db8::9]:")


def test_a_name_that_is_not_found(pair, root):
    hosts(pair)
    assert refresh(root) == (0, [], {"address": ADDRESS, "skipped": [f"wga: {NAME} is not found"]})
    assert pair.peer().endpoint == f"{OTHER}:{pair.far.port}"


def test_nothing_is_given_by_name(pair, root):
    write_conf(pair, FAR.format(1))
    assert refused(root) == refused(root, DRY_RUN) == UNSUPPORTED
    pair.node.root.joinpath("etc/wireguard/wga.conf").unlink()
    assert refused(root) == UNSUPPORTED
    assert pair.peer().endpoint == f"{OTHER}:{pair.far.port}"


def test_flags(pair, root):
    assert refused(root, PERSIST) == refused(root, 8) == INVALID


def test_the_link_is_down(pair, root, network):
    network.ip("link set wga down")
    settles(lambda: ("vpn-down", "wga") in root.findings(), True)
    assert refresh(root)[:2] == (0, [])
    network.ip("link set wga up")
    settles(lambda: root.call("Diagnose") and ("vpn-down", "wga") in root.findings(), False)
    assert refresh(root)[0] == 1 and pair.peer().endpoint == pair.endpoint


def test_beside_files(pair, root):
    """What is configured to follow the address does so in the same change; all of it is taken back."""
    pair.node.write("etc/default/node", "WSL_IP=10.9.9.9\n")
    pair.node.configure("[RefreshIP]\nFiles=/etc/default/node\nAutomatic=no\n")
    pair.node.reload()
    settles(lambda: ("stale-address", "/etc/default/node") in root.findings(), True)
    change, steps, _ = refresh(root)
    assert [kind for kind, _, _ in steps] == ["file", "endpoint"] and pair.peer().endpoint == pair.endpoint
    root.undo(change)
    assert (pair.node.root / "etc/default/node").read_text() == "WSL_IP=10.9.9.9\n"
    assert pair.peer().endpoint == f"{OTHER}:{pair.far.port}"


def test_files_of_a_node_whose_tunnel_just_died(pair, root):
    """They follow the address all the same."""
    pair.node.write("etc/default/node", "WSL_IP=10.9.9.9\n")
    pair.node.configure("[RefreshIP]\nFiles=/etc/default/node\nAutomatic=no\n")
    pair.node.reload()
    settles(lambda: ("stale-address", "/etc/default/node") in root.findings(), True)
    pair.near.kill()
    assert [kind for kind, _, _ in refresh(root)[1]] == ["file"]
    assert (pair.node.root / "etc/default/node").read_text() == f"WSL_IP={ADDRESS}\n"


def test_a_file_of_somebody_else(pair, root):
    """Whoever may write it could send the tunnel anywhere."""
    conf = pair.node.root / "etc/wireguard/wga.conf"
    conf.chmod(0o660)
    assert refresh(root) == (0, [], {"address": ADDRESS, "skipped": [
        "/etc/wireguard/wga.conf: it can be written by others"]})
    conf.chmod(0o600)
    os.chown(conf, stage.UIDS[stage.STRANGER], 0)
    assert refresh(root)[2]["skipped"] == [f"/etc/wireguard/wga.conf: it belongs to uid {stage.UIDS[stage.STRANGER]}, not to root"]
    with pytest.raises(BusError, match="not to root"):
        root.call("SetKeepalive", "(ssut)", "wga", "", 17, PERSIST)


def test_by_itself(pair, root, network):
    """Three seconds after another address, as files do."""
    pair.node.write("etc/default/node", "WSL_IP=10.9.9.9\n")
    pair.node.configure("[RefreshIP]\nFiles=/etc/default/node\n")
    pair.node.reload()
    settles(lambda: pair.peer().endpoint, pair.endpoint)
    settles(pair.shaken, True)
    assert [kind for kind, _, _ in root.changes()[0]["steps"]] == ["file", "endpoint"]


def test_no_secret_is_told(pair, root):
    refresh(root)
    log = pair.node.log.read_text() + str(root.changes())
    for path in (pair.node.root / "run/wslnode").rglob("*"):
        log += path.read_text(errors="replace") if path.is_file() else ""
    for secret in (pair.near.key.private, pair.psk):
        assert secret not in log


def test_ctl(pair, ctl):
    assert f"{OTHER}:{pair.far.port} → {pair.endpoint}" in ctl("--dry-run", "refresh-ip")
    assert "Undo: wslnodectl undo 1" in ctl("refresh-ip") and pair.peer().endpoint == pair.endpoint
    assert "Nothing to do." in ctl("refresh-ip")


@pytest.fixture
def others(polkit, pair, user):
    return user(stage.STRANGER), user(stage.MEMBER)


def test_who_may(others, pair):
    stranger, member = others
    lost = f"{OTHER}:{pair.far.port}"
    for flags in (0, DRY_RUN, FORCE, FORCE | DRY_RUN):
        for message in (0, INTERACTIVE):
            assert refused(stranger, flags, message=message) == PASSWORD_NEEDED
    assert refused(member, FORCE) == PASSWORD_NEEDED
    assert pair.peer().endpoint == lost
    change, _, _ = refresh(member)
    assert pair.peer().endpoint == pair.endpoint
    with pytest.raises(BusError) as e:
        stranger.undo(change)
    assert e.value.name == PASSWORD_NEEDED and pair.peer().endpoint == pair.endpoint
    member.undo(change)
    assert pair.peer().endpoint == lost


def test_without_polkit(pair, user):
    assert refused(user(stage.MEMBER)) == ACCESS_DENIED and pair.peer().endpoint == f"{OTHER}:{pair.far.port}"

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The true state of links, addresses and routes, at once and at every change."""

import time

import pytest

from client import INTERFACE
from network import ADDRESS, GATEWAY, PREFIX
from node import DISTRIBUTION, KERNEL
from wait import eventually, settles


def default_route(network):
    """The link of the default route with the lowest metric, IPv4 before IPv6, and its gateway."""
    for family in ("-4", "-6"):
        routes = network.json(f"{family} route show table main default")
        if routes:
            best = min(routes, key=lambda r: r.get("metric", 0))
            return best["dev"], best.get("gateway", "")
    return "", ""


def truth(network):
    """The node's properties, as `ip` tells them."""
    uplink, gateway = default_route(network)
    addresses = network.addresses(uplink) if uplink else []
    # The kernel lists IPv6 addresses in another order than they came in.
    return {"Uplink": uplink, "Gateway": gateway, "Addresses": sorted(addresses),
            "Address": addresses[0].split("/")[0] if addresses else "",
            "UplinkMTU": network.mtu(uplink) if uplink else 0}


def told(root):
    properties = root.all()
    return {name: properties[name] for name in ("Uplink", "Gateway", "Address", "UplinkMTU")} | {
        "Addresses": sorted(properties["Addresses"])}


def announced(signals):
    """The last value of every property that was announced."""
    values = {}
    for interface, changed, invalidated in signals.of("PropertiesChanged"):
        assert interface == INTERFACE and changed and not invalidated
        values |= changed
    return values


def comes_true(root, network, signals, **expected):
    """The state becomes the network's, and it was announced with its values."""
    settles(lambda: told(root), truth(network))
    settles(lambda: {name: announced(signals).get(name) for name in expected}, expected)


def test_properties(node, network, root):
    everything = root.all()
    assert told(root) == truth(network)
    assert everything["Uplink"] == "eth0"
    assert everything["Address"] == ADDRESS and everything["Addresses"] == [f"{ADDRESS}/{PREFIX}"]
    assert everything["Gateway"] == GATEWAY
    assert everything["UplinkMTU"] == 1500
    assert everything["KernelRelease"] == KERNEL
    assert everything["Distribution"] == DISTRIBUTION
    assert (everything["Platform"], everything["NetworkingMode"]) == ("linux", "unknown")
    assert (everything["WSLVersion"], everything["Interop"]) == ("", "absent")
    assert everything["WindowsTailscale"] == "unknown"
    assert everything["Health"] == "ok" and everything["Findings"] == []
    assert everything["Wanted"] == []
    assert everything["Version"]


def test_links(node, network, root):
    network.add_other()
    network.ip("link set eth1 down")
    true = {link["ifname"]: link for link in network.json("-d link show")}

    def all_as_they_are():
        links = root.links()
        assert links.keys() == true.keys()
        for name, link in links.items():
            there = true[name]
            assert link["ifindex"] == there["ifindex"]
            assert link["mtu"] == there["mtu"]
            assert link["up"] == ("UP" in there["flags"])
            assert link["kind"] == there.get("linkinfo", {}).get("info_kind", "")
            assert (link["min-mtu"], link["max-mtu"]) == (there["min_mtu"], there["max_mtu"])
        return True
    eventually(all_as_they_are)
    links = root.links()
    assert {n: links[n]["role"] for n in ("lo", "eth0", "wg0", "eth1")} == {
        "lo": "loopback", "eth0": "uplink", "wg0": "tunnel", "eth1": "other"}
    assert links["eth0"]["addresses"] == [f"{ADDRESS}/{PREFIX}"]
    assert links["wg0"]["addresses"] == ["10.44.0.2/24"]
    by_index = sorted(true, key=lambda name: true[name]["ifindex"])
    assert list(links) == by_index
    assert list(root.links(1, 2)) == by_index[1:3]
    assert root.links(len(true)) == {}


def test_uplink_mtu(node, network, root):
    signals = root.listen()
    network.ip("link set eth0 mtu 1400")
    comes_true(root, network, signals, UplinkMTU=1400)


def test_equal_facts_say_nothing(node, network, root):
    signals = root.listen()
    for line in ("link set eth0 mtu 1500", f"addr change {ADDRESS}/{PREFIX} dev eth0",
                 f"route replace default via {GATEWAY} dev eth0", "link set wg0 txqueuelen 300"):
        network.ip(line)
    network.ip("link set eth0 mtu 1490")  # and this says something, after all of them
    eventually(lambda: signals.changed("UplinkMTU"))
    assert announced(signals) == {"UplinkMTU": 1490}
    assert len(signals.heard) == 1


def test_addresses_come_and_go(node, network, root):
    signals = root.listen()
    network.ip("addr add 172.17.5.9/20 dev eth0")
    network.ip("addr add 2001:db8::9/64 dev eth0 nodad")
    both = [f"{ADDRESS}/{PREFIX}", "172.17.5.9/20", "2001:db8::9/64"]
    comes_true(root, network, signals, Addresses=both)
    network.ip("addr del 172.17.5.9/20 dev eth0")
    comes_true(root, network, signals, Addresses=[both[0], both[2]])
    assert not signals.changed("Address")


def test_another_primary_address(node, network, root):
    signals = root.listen()
    network.ip("addr add 172.17.5.3/20 dev eth0")
    network.sysctl("ipv4/conf/eth0/promote_secondaries", 1)
    network.ip(f"addr del {ADDRESS}/{PREFIX} dev eth0")
    network.restore_route()
    comes_true(root, network, signals, Address="172.17.5.3", Addresses=["172.17.5.3/20"])


def test_default_route_moves(node, network, root):
    network.add_other()
    signals = root.listen()
    network.ip("route replace default via 192.168.77.1 dev eth1")
    comes_true(root, network, signals, Uplink="eth1", Gateway="192.168.77.1", Address="192.168.77.2",
               Addresses=["192.168.77.2/24"])
    network.ip("route replace default via 192.168.77.7 dev eth1")
    comes_true(root, network, signals, Gateway="192.168.77.7")
    network.restore_route()
    comes_true(root, network, signals, Uplink="eth0", Gateway=GATEWAY, Address=ADDRESS)


def test_lowest_metric_wins(node, network, root):
    network.add_other()
    network.ip("route add default via 192.168.77.1 dev eth1 metric 50")
    signals = root.listen()
    network.ip(f"route add default via {GATEWAY} dev eth0 metric 100")
    network.ip(f"route del default via {GATEWAY} dev eth0 metric 0")
    comes_true(root, network, signals, Uplink="eth1", Gateway="192.168.77.1")
    network.ip("route del default via 192.168.77.1 dev eth1 metric 50")
    comes_true(root, network, signals, Uplink="eth0", Gateway=GATEWAY)


@pytest.mark.parametrize("route", ["default via 192.168.77.1 dev eth1 table 77", "blackhole default",
                                   "unreachable default"])
def test_other_default_routes_do_not_count(node, network, root, route):
    network.add_other()
    network.ip("route del default")
    settles(lambda: root.get("Uplink"), "")
    network.ip(f"route add {route}")
    network.ip("link set wg0 mtu 1300")  # once this is known, the route is
    settles(lambda: root.links()["wg0"]["mtu"], 1300)
    assert root.get("Uplink") == ""
    network.ip("route add default via 192.168.77.1 dev eth1 metric 1")
    settles(lambda: root.get("Uplink"), "eth1")


@pytest.mark.parametrize("change", ["link set eth0 down", f"addr del {ADDRESS}/{PREFIX} dev eth0"])
def test_routes_that_go_silently(node, network, root, folder, change):
    """The kernel sends no word of it when these take an IPv4 default route along."""
    with network.monitor("route", folder / "words") as words:
        def has_told(prefix):
            network.batch([f"route add {prefix} dev wg0", f"route del {prefix} dev wg0"])
            return prefix in words.read_text()
        eventually(lambda: has_told("198.51.100.0/24"))
        signals = root.listen()
        network.ip(change)
        comes_true(root, network, signals, Uplink="", Gateway="", Address="", UplinkMTU=0)
        eventually(lambda: has_told("203.0.113.0/24"))
        assert "default" not in words.read_text()


@pytest.mark.parametrize("change", ["link del eth0", "link set eth0 netns world"])
def test_uplink_is_removed(node, network, root, change):
    signals = root.listen()
    network.ip(change)
    comes_true(root, network, signals, Uplink="", Gateway="", Address="", Addresses=[], UplinkMTU=0)
    assert "eth0" not in root.links()


def test_tunnel_becomes_uplink(node, network, root):
    signals = root.listen()
    network.ip("route replace default dev wg0")
    comes_true(root, network, signals, Uplink="wg0", Gateway="", Address="10.44.0.2", UplinkMTU=1420)
    assert root.links()["wg0"]["role"] == "uplink"


def test_no_uplink_is_critical(node, network, root):
    signals = root.listen()
    network.ip("route del default")
    eventually(lambda: signals.of("FindingRaised"))
    finding = root.findings()["no-uplink", ""]
    assert (finding["severity"], finding["verb"]) == ("critical", "")
    assert finding["summary"] and finding["cause"] and finding["remedy"]
    identity, subject, severity, summary, details = signals.of("FindingRaised")[0]
    assert (identity, subject, severity, summary) == ("no-uplink", "", "critical", finding["summary"])
    assert (details["cause"], details["remedy"]) == (finding["cause"], finding["remedy"])
    assert announced(signals)["Health"] == "critical" == root.get("Health")
    assert [f["id"] for f in announced(signals)["Findings"]] == ["no-uplink"]
    # Who hears the signal can rely on the property.
    assert signals.members().index("PropertiesChanged") < signals.members().index("FindingRaised")

    network.restore_route()
    eventually(lambda: signals.of("FindingCleared"))
    assert signals.of("FindingCleared") == [("no-uplink", "", {})]
    assert announced(signals)["Health"] == "ok" == root.get("Health")
    assert root.findings() == {}


def test_two_uplinks(node, network, root):
    network.add_other()
    network.ip("route add default via 192.168.77.1 dev eth1 metric 50")
    settles(lambda: [(f["id"], f["subject"], f["severity"]) for f in root.get("Findings")],
            [("two-uplinks", "eth1", "info")])
    assert root.get("Health") == "ok"
    network.ip("route del default via 192.168.77.1 dev eth1 metric 50")
    settles(root.findings, {})


def test_ipv6_only(node, network, root):
    signals = root.listen()
    network.batch(["addr add 2001:db8::2/64 dev eth0 nodad", f"addr del {ADDRESS}/{PREFIX} dev eth0",
                   "route add default via fe80::1 dev eth0"])
    comes_true(root, network, signals, Address="2001:db8::2", Addresses=["2001:db8::2/64"], Gateway="fe80::1")
    assert root.get("Uplink") == "eth0" and root.findings() == {}
    network.ip("link set eth0 down")
    comes_true(root, network, signals, Uplink="", Address="", Gateway="")


def test_tentative_addresses_do_not_count(node, network, root):
    network.sysctl("ipv6/conf/eth0/dad_transmits", 6)  # seconds
    signals = root.listen()
    network.ip("addr add 2001:db8::7/64 dev eth0")
    network.ip("addr add 2001:db8::8/64 dev eth0 nodad")
    eventually(lambda: signals.changed("Addresses"))
    assert signals.changed("Addresses") == [[f"{ADDRESS}/{PREFIX}", "2001:db8::8/64"]]
    shown = network.json("addr show dev eth0")[0]["addr_info"]
    assert any(a["local"] == "2001:db8::7" and a.get("tentative") for a in shown)
    assert "2001:db8::7/64" not in root.get("Addresses")
    assert "2001:db8::7/64" not in root.links()["eth0"]["addresses"]
    eventually(lambda: "2001:db8::7/64" in root.get("Addresses"))
    settles(lambda: told(root), truth(network))


def test_failed_addresses_do_not_count(node, network, root):
    network.world.ip("addr add 2001:db8::7/64 dev far0 nodad")
    network.ip("addr add 2001:db8::7/64 dev eth0")

    def failed():
        shown = network.json("addr show dev eth0")[0]["addr_info"]
        return any(a["local"] == "2001:db8::7" and a.get("dadfailed") for a in shown)
    eventually(failed)
    network.ip("addr add 2001:db8::8/64 dev eth0 nodad")
    eventually(lambda: "2001:db8::8/64" in root.get("Addresses"))
    assert "2001:db8::7/64" not in root.get("Addresses")


def test_links_come_go_and_change_their_names(node, network, root):
    network.ip("link add name veth7 type veth peer name veth8")
    eventually(lambda: {"veth7", "veth8"} <= root.links().keys())
    network.ip("link set veth7 name renamed")
    eventually(lambda: "renamed" in root.links())
    assert "veth7" not in root.links()
    network.ip("link del renamed")
    eventually(lambda: not {"renamed", "veth8"} & root.links().keys())


def test_diagnose_lists_what_passes(node, network, root):
    checks = {(c["id"], c["subject"]): c for c in root.call("Diagnose")[0]}
    assert {identity for identity, _ in checks} >= {"no-uplink", "two-uplinks", "tunnel-too-big", "wanted-mtu-lost",
                                                    "fighting", "configuration-refused"}
    assert {check["severity"] for check in checks.values()} == {"ok"}
    assert all(check["summary"] for check in checks.values())


def test_diagnose_is_one_run_for_all(node, network, root):
    network.ip("route del default")
    started = time.monotonic()
    several = [root.send("Diagnose") for _ in range(20)]
    for answer in several:
        found = {c["id"]: c["severity"] for c in answer.result(20)[0]}
        assert found["no-uplink"] == "critical" and found["fighting"] == "ok"
    # Runs are at least 5 s apart, so the last of these waits: for one more run, not for twenty.
    assert time.monotonic() - started < 15
    assert node.is_alive()

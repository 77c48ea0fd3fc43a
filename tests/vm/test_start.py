# SPDX-License-Identifier: LGPL-2.1-or-later
"""The unit under systemd: how it comes, how it is held, how it is told things."""

import configparser
import json
import pathlib

from guest import BUS

HERE = pathlib.Path(__file__).parent
CAPABILITIES = {"CHOWN": 0, "DAC_READ_SEARCH": 2, "FOWNER": 3, "SETGID": 6, "SETUID": 7, "LINUX_IMMUTABLE": 9,
                "NET_ADMIN": 12, "NET_RAW": 13, "SYS_TIME": 25}
# What every program may open; of all others the PTP clock alone.
USUAL_DEVICES = {"full", "null", "ptmx", "random", "tty", "urandom", "zero"}
UNIT = "/usr/lib/systemd/system/wslnoded.service"
DROP_IN = "/run/systemd/system/wslnoded.service.d/probe.conf"


def test_cold_boot(cold):
    cold.machine.start()
    assert cold.active() == "active"
    assert cold.get("Platform") == "wsl2"
    assert cold.get("KernelRelease") == cold.run("uname -r").strip()
    # Windows' programs are asked after the start, and so are servers, which may be late then.
    cold.settles(lambda: cold.get("WSLVersion"), "2.6.1")
    cold.settles(lambda: (cold.get("NetworkingMode"), cold.get("Interop")), ("nat", "usable"))
    cold.settles(lambda: (cold.get("Uplink"), cold.get("Address"), cold.get("Gateway")),
                 ("eth0", "172.17.80.2", "172.17.80.1"))
    cold.settles(lambda: (cold.get("Health"), cold.findings()), ("ok", []))


def test_activation(node):
    node.run("systemctl", "stop", "wslnoded.service")
    asleep = node.busctl("--auto-start=no", "call", *BUS[:2], "org.freedesktop.DBus.Peer", "Ping")
    assert asleep.status != 0 and node.active() == "inactive"
    assert node.get("Uplink") == "eth0"
    assert node.active() == "active"


def sandbox(node):
    """What a program sees that systemd starts as it starts the daemon."""
    node.put(HERE / "guest/probe.py", "/usr/lib/dress/probe.py")
    node.run("mkdir -p /home/stranger && touch /tmp/seen-by-all")
    # A step before the daemon, in its sandbox; what it says goes where the sandbox lets it.
    node.write(DROP_IN, "[Service]\nExecStartPre=/bin/sh -c 'python3 /usr/lib/dress/probe.py >/run/wslnode/seen'\n")
    node.run("systemctl daemon-reload && systemctl restart wslnoded.service")
    seen = json.loads(node.run("cat /run/wslnode/seen"))
    node.run(f"rm /run/wslnode/seen {DROP_IN} && systemctl daemon-reload && systemctl restart wslnoded.service")
    return seen


def shown(node, name):
    return node.run("systemctl", "show", "--value", "--property", name, "wslnoded.service").strip()


def test_every_directive_is_in_force(node):
    seen = sandbox(node)
    directives = {
        "Type": lambda: shown(node, "Type") == "notify" and shown(node, "StatusText") != "",
        "ExecStart": lambda: node.run(f"readlink /proc/{node.main_pid()}/exe").strip() in shown(node, "ExecStart"),
        "ExecReload": lambda: "kill" in shown(node, "ExecReload"),
        "BusName": lambda: node.busctl("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                       "GetConnectionUnixProcessID", "s", BUS[0])["data"] == [node.main_pid()]
        and shown(node, "BusName") == BUS[0],
        "Environment": lambda: seen["tunables"] == "glibc.malloc.tcache_count=0",
        "Restart": lambda: shown(node, "Restart") == "on-failure",
        "RestartSec": lambda: shown(node, "RestartUSec") == "1s",
        "WatchdogSec": lambda: shown(node, "WatchdogUSec") == "2min",
        "RuntimeDirectory": lambda: (seen["run"], seen["run-mode"]) == ("ok", "0o755"),
        "RuntimeDirectoryPreserve": lambda: shown(node, "RuntimeDirectoryPreserve") == "yes",
        "StateDirectory": lambda: (seen["state"], seen["state-mode"]) == ("ok", "0o755"),
        "ConfigurationDirectory": lambda: seen["configuration"] == "0o755",
        "CapabilityBoundingSet": lambda: seen["capabilities"] == sum(1 << bit for bit in CAPABILITIES.values()),
        "RestrictAddressFamilies": lambda: (seen["packet-socket"], seen["netlink-socket"], seen["inet-socket"],
                                            seen["vsock-socket"]) == ("EAFNOSUPPORT", "ok", "ok", "ok"),
        "DevicePolicy": lambda: shown(node, "DevicePolicy") == "closed" and not set(seen["devices"]) - USUAL_DEVICES - {"ptp0"},
        "DeviceAllow": lambda: "ptp0" in seen["devices"] and seen["ptp-for-writing"] == "EPERM",
        "LockPersonality": lambda: seen["personality"] == "EPERM",
        "MemoryDenyWriteExecute": lambda: seen["executable-memory"] in ("EPERM", "EACCES"),
        "NoNewPrivileges": lambda: seen["no-new-privileges"] == "1",
        "PrivateTmp": lambda: "seen-by-all" not in seen["tmp"],
        "ProtectControlGroups": lambda: seen["cgroup"] == "EROFS",
        "ProtectHostname": lambda: seen["host-name"] == "EPERM"
        and seen["host-name-space"] != node.run("readlink /proc/self/ns/uts").strip(),
        "ProtectKernelLogs": lambda: (seen["kernel-log"], seen["kernel-log-mode"]) == ("EPERM", "0o0"),
        "ProtectKernelModules": lambda: seen["module"] == "EPERM" and seen["modules"] in ([], "EACCES"),
        "ProtectKernelTunables": lambda: seen["tunable"] == "EROFS",
        "ProtectSystem": lambda: (seen["system"], seen["etc"]) == ("EROFS", "ok"),
        "RestrictNamespaces": lambda: seen["namespace"] == "EPERM",
        "RestrictRealtime": lambda: seen["realtime"] == "EPERM",
        "SystemCallArchitectures": lambda: shown(node, "SystemCallArchitectures") == "native",
        "SystemCallFilter": lambda: (seen["swap"], seen["clock"]) == ("EPERM", "ok"),
        "SystemCallErrorNumber": lambda: shown(node, "SystemCallErrorNumber") == "1"
        or "EPERM" in shown(node, "SystemCallErrorNumber"),
        "UMask": lambda: seen["umask"] == "0o22",
    }
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string(node.run("cat", UNIT))
    print(node.run("systemd-analyze security --no-pager wslnoded.service | tail -2"))
    # A directive without a row here is one that nobody has seen in force.
    assert set(unit["Service"]) == set(directives)
    assert [name for name, holds in directives.items() if not holds()] == [], seen


def test_watchdog(node):
    """Sooner than the unit's, which is long."""
    node.write("/run/systemd/system/wslnoded.service.d/watchdog.conf", "[Service]\nWatchdogSec=5\n")
    node.run("systemctl daemon-reload; systemctl restart wslnoded.service")
    # A machine that is not run for so long has it killed already, and there is none for a moment.
    before = node.eventually(node.main_pid)
    node.run("kill", "-STOP", before)
    node.eventually(lambda: node.main_pid() not in (0, before), timeout=90)
    node.eventually(lambda: node.active() == "active")
    node.settles(lambda: node.get("Uplink"), "eth0")
    assert "watchdog" in node.run("journalctl --sync && journalctl -b --no-pager -u wslnoded.service").lower()


def wanted(node):
    return [(wish["target"]["data"], wish["value"]["data"]) for wish in node.get("Wanted")]


def test_reload(node):
    node.add_tunnel("wg0")
    before = node.main_pid()
    node.write("/etc/wslnode/wslnode.conf", "[Node]\nMTU=wg0:1300\n")
    node.run("systemctl reload wslnoded.service")
    node.settles(lambda: wanted(node), [("wg0", 1300)])
    node.settles(lambda: node.mtu("wg0"), 1300)
    node.write("/etc/wslnode/wslnode.conf", "[Node]\nMTU=wg0:many\n")
    node.run("systemctl reload wslnoded.service")
    node.settles(lambda: [name for name, _ in node.findings()], ["configuration-refused"])
    assert wanted(node) == [("wg0", 1300)]
    assert node.main_pid() == before


def debug_lines(node):
    return int(node.run("journalctl -b -u wslnoded.service -p 7..7 --no-pager -q | wc -l"))


def test_log_level(node):
    assert node.run("systemctl service-log-level wslnoded.service").strip() == "info"
    assert debug_lines(node) == 0
    node.run("systemctl service-log-level wslnoded.service debug")
    node.run("ip link set eth0 mtu 1400 && ip link set eth0 mtu 1500")
    node.eventually(lambda: debug_lines(node) > 0)
    denied = node.try_("systemctl", "service-log-level", "wslnoded.service", "info", user="stranger")
    assert denied.status != 0
    assert node.run("systemctl service-log-level wslnoded.service").strip() == "debug"

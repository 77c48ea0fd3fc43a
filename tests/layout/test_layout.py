#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The layout of design.md, section 2: who includes whom, sizes, names, first lines, mirrored tests."""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LIBRARIES = re.compile(r"^(systemd/|netlink/|linux/|libnl|jansson|ini\.h|ares|glib|gio|gtk|libnotify)")

# What each folder may include beside its own files: a folder ("service/state/") or one file.
MAY_INCLUDE = {
    "service/state": [],
    "service/sys": ["service/state/fact.h", "service/state/ntp_server.h", "service/state/wsl_config.h",
                    "service/state/wsl_config_value.h"],
    "service/sense": ["service/state/", "service/sys/"],
    "service/act": ["service/state/", "service/sys/"],
    "service": ["service/", "dbus/"],
    "dbus": ["service/state/", "service/act/executor.h", "service/sys/clock_time.h", "service/sys/log.h",
             "service/sys/timer.h"],
    "ctl": ["service/config.h", "service/state/wsl_config_lint.h"],
    "tray": [],
}

# Where not all of the rule above is meant.
MAY_NOT_INCLUDE = {
    "service/sense": ["service/sys/log.h"],  # a sensor never logs
}

# Wiring and command line; a unit test of them would be a second e2e suite.
TESTED_BY_E2E = {
    "service/main.c": "argv and the root fd",
    "service/daemon.c": "wiring only",
    "service/own.c": "jobs of the daemon's own, and the log",
    "service/report.c": "what the log and systemd are told",
    "service/restore.c": "wishes, put back by a real executor",
    "service/sensors.c": "wiring only: the list of the sensors",
    "service/appliers.c": "wiring only: the list of what applies steps",
    "service/signals.c": "wiring only: which signals the loop hears",
    "dbus/bus.c": "connects to a real bus, owns its name, comes back after it is lost",
}

# Widgets and the bus: the desktop suite has them on a screen.
TESTED_ON_A_DESKTOP = {f"tray/{name}.c" for name in (
    "actions", "autostart", "client", "dbus_menu", "dialog", "host", "item", "main", "mtu_dialog", "notify",
    "notify_worker", "pixmap", "proposal", "report", "settings_dialog", "status_icon", "teller", "tunnels",
    "window", "window_findings")}

# Linked into a kernel, which gives what it needs to GPL modules only.
OTHER_LICENCE = {"tests/vm/module/wslguest.c": "GPL-2.0-only"}

BAD_NAMES = {"util", "utils", "misc", "common", "helper", "helpers"}
# Spelled so that this file does not hold them.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")

WITH_SPDX = {".c", ".h", ".py", ".sh", ".spec"}
TEXTS = WITH_SPDX | {".build", ".xml", ".policy", ".conf", ".rules", ".in", ".md", ".1", ".5", ".8", ".txt"}
SKIPPED = {".git", "__pycache__", "corpus", "wsl_config_cases"}


def files():
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not SKIPPED & set(parts) and not parts[0].startswith(("build", ".")):
            yield path


def name(path):
    return str(path.relative_to(ROOT))


def sources(folder):
    return [path for path in sorted((ROOT / folder).glob("*")) if path.suffix in {".c", ".h"}]


def includes(path):
    """(quoted, as seen from the root) and (system, as written)"""
    for kind, target in re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', path.read_text(), re.M):
        if kind == '"':
            resolved = (path.parent / target).resolve()
            yield kind, name(resolved) if resolved.is_relative_to(ROOT) else str(resolved)
        else:
            yield kind, target


def is_generated(header):
    """By gdbus-codegen, of an interface of ours."""
    return header.startswith("tray/") and (ROOT / "introspection" / f"{Path(header).stem}.xml").exists()


class Layout(unittest.TestCase):
    def assert_none(self, found):
        if found:
            self.fail("\n" + "\n".join(found))

    def test_the_tree_is_there(self):
        for folder, least in {"service/state": 20, "service/sys": 10, "service/sense": 3, "service/act": 7,
                              "service": 5, "dbus": 15, "ctl": 5, "tray": 20, "tests/state": 10}.items():
            self.assertGreaterEqual(len(sources(folder)), least, folder)

    def test_every_folder_has_a_rule(self):
        folders = {name(path.parent) for top in ("service", "dbus", "ctl", "tray")
                   for path in (ROOT / top).rglob("*.[ch]")}
        self.assert_none(sorted(folders - set(MAY_INCLUDE)))

    def test_include_directions(self):
        wrong = []
        for folder, allowed in MAY_INCLUDE.items():
            for path in sources(folder):
                for kind, target in includes(path):
                    own = name(Path(ROOT / target).parent) == folder
                    known = own or any(target == rule or rule.endswith("/") and target.startswith(rule)
                                       for rule in allowed)
                    if kind == '"' and (not known or target in MAY_NOT_INCLUDE.get(folder, [])):
                        wrong.append(f"{name(path)} includes {target}")
        self.assert_none(wrong)

    def test_includes_exist(self):
        self.assert_none([f"{name(path)}: {target}" for top in ("service", "dbus", "ctl", "tray", "tests")
                          for path in sorted((ROOT / top).rglob("*.[ch]"))
                          for kind, target in includes(path) if kind == '"' and not (ROOT / target).exists() and not is_generated(target)])

    def test_state_is_libc_only(self):
        self.assert_none([f"{name(path)} includes <{target}>" for path in sources("service/state")
                          for kind, target in includes(path) if kind == "<" and LIBRARIES.match(target)])

    def test_the_command_line_does_without_the_daemons_libraries(self):
        self.assert_none([f"{name(path)} includes <{target}>" for path in sources("ctl")
                          for kind, target in includes(path) if kind == "<" and target.startswith("netlink/")])

    def test_only_main_and_daemon_include_the_daemon(self):
        self.assert_none([name(path) for top in ("service", "dbus", "ctl") for path in (ROOT / top).rglob("*.[ch]")
                          if name(path) not in {"service/main.c", "service/daemon.c"}
                          and any(target == "service/daemon.h" for _, target in includes(path))])

    def test_sizes(self):
        sizes = {name(path): len(path.read_text().splitlines()) for path in files() if path.suffix == ".c"}
        self.assert_none([f"{path}: {lines} lines" for path, lines in sizes.items() if lines > 500])

    def test_names(self):
        self.assert_none([name(path) for path in files()
                          if BAD_NAMES & set(re.split(r"[/._-]", name(path).lower()))])

    def test_first_lines(self):
        self.assert_none([name(path) for path in files() if path.suffix in WITH_SPDX and not any(
            f"SPDX-License-Identifier: {OTHER_LICENCE.get(name(path), 'LGPL-2.1-or-later')}" in line
            for line in path.read_text().splitlines()[:2])])

    def test_headers_are_guarded(self):
        self.assert_none([name(path) for path in files()
                          if path.suffix == ".h" and not re.search(r"^#pragma once|^#ifndef \w+_H\b", path.read_text(), re.M)])

    def test_nothing_is_unfinished(self):
        self.assert_none([f"{name(path)}:{number}: {line.strip()}" for path in files() if path.suffix in TEXTS
                          for number, line in enumerate(path.read_text().splitlines(), 1) if UNFINISHED.search(line)])

    def test_every_file_has_its_test(self):
        missing = []
        elsewhere = {*TESTED_BY_E2E, *TESTED_ON_A_DESKTOP}
        for top in ("service", "dbus", "tray"):
            for path in sorted((ROOT / top).rglob("*.c")):
                folder = name(path.parent).removeprefix("service/")
                test = ROOT / "tests" / folder / f"test_{path.name}"
                if name(path) not in elsewhere and not test.exists():
                    missing.append(f"{name(path)} has no {name(test)}")
        self.assert_none(missing)

    def test_one_version(self):
        """meson.build has it; the packages' formats each want it written down."""
        found = {path: re.findall(pattern, (ROOT / path).read_text(), re.M)[:1] for path, pattern in {
            "meson.build": r"^ +version: '(.*?)'", "debian/changelog": r"^wslnode \((.*?)\)",
            "rpm/wslnode.spec": r"^Version: *(\S+)$"}.items()}
        self.assertTrue(found["meson.build"])
        self.assertEqual(set(map(tuple, found.values())), {tuple(found["meson.build"])}, found)

    def test_exceptions_are_still_needed(self):
        self.assert_none([path for path in [*TESTED_BY_E2E, *OTHER_LICENCE, *TESTED_ON_A_DESKTOP] if not (ROOT / path).exists()])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROOT = Path(sys.argv.pop(1)).resolve()
    unittest.main()

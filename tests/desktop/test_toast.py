# SPDX-License-Identifier: LGPL-2.1-or-later
"""No notification service under WSL: a toast of Windows' by powershell.exe, whose script never changes, whose data
stays data, and which can neither hold the tray up nor fill it."""

import os
import time

import pytest

from notifications import Recorder
from wait import eventually, settles

DEADLINE = 15


@pytest.fixture
def toasts(service, watcher, powershell, tray):
    tray.configure(f"[Windows]\nPowerShell={powershell.path}\n")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    return powershell


def told(toasts):
    return [data for data in toasts.data() if data.get("title")]


def test_a_toast(service, toasts):
    service.raise_("tunnel-too-big", summary="The tunnel is too big.")
    data, = eventually(lambda: told(toasts))
    assert "wg0" in data["title"] + data["body"]
    (arguments, cwd, environment, _), = toasts.starts()
    assert arguments == ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "-"]
    assert "WSL_INTEROP" not in environment
    script, = toasts.scripts()
    for forbidden in ("EncodedCommand", "Hidden", "Bypass", "Invoke-Expression", "iex "):
        assert forbidden.lower() not in " ".join([script, *arguments]).lower()
    assert "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe" in script
    assert "wg0" not in script and "ConvertFrom-Json" in script


def test_withdrawn_when_over(service, toasts):
    service.raise_("tunnel-too-big")
    eventually(lambda: told(toasts))
    service.clear("tunnel-too-big")
    eventually(lambda: len(toasts.inputs()) == 2)
    shown, removed = toasts.data()
    assert [shown["act"], removed["act"]] == ["show", "withdraw"] and shown["tag"] == removed["tag"]
    assert len(toasts.scripts()) == 1


HOSTILE = [
    "\"quotes\" 'single' `back`", "]]><!--", "$(Remove-Item C:\\) ${env:PATH}", "</text><action content='x'/>",
    "two\nlines\r\nand\ttabs", "\N{GRINNING FACE}\N{ZERO WIDTH JOINER}\N{FIRE}", "@'\n'@\nexit\n", "\u2028\u2029\u202e",
    "x" * 10_000, "; exit #", "\x01\x02\x1b[31m", '{"a":1}',
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_data(service, toasts, text):
    service.raise_("plain", summary="A plain one.")
    eventually(lambda: told(toasts))
    service.raise_("hostile", subject="wg0", summary=text)
    eventually(lambda: len(told(toasts)) == 2)
    assert len(toasts.scripts()) == 1
    data = told(toasts)[1]
    both = data["title"] + data["body"]
    assert len(data["title"]) <= 201 and len(data["body"]) <= 1001
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in both)
    assert letters(text)[:20] in letters(both)


def letters(text):
    return "".join(c for c in text if c.isprintable() and not c.isspace())


def test_subject_and_id_are_data_too(service, toasts):
    service.raise_("id'; exit", subject="wg0\"; $(x)", summary="Odd.")
    eventually(lambda: told(toasts))
    assert len(toasts.scripts()) == 1 and "exit" not in toasts.starts()[0][0]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("mode", ["hang", "deaf"])
def test_one_that_hangs(service, toasts, watcher, tray, mode):
    """It is killed with its children, the next one comes, and nobody noticed."""
    toasts.set(mode)
    service.raise_("tunnel-too-big", "wg0")
    (_, _, _, pid), = eventually(lambda: toasts.starts())
    start = time.monotonic()
    assert "Quit" in watcher.item().menu().labels()
    assert time.monotonic() - start < 5  # a third of what it waits for that one
    toasts.set("")
    service.raise_("tunnel-too-big", "wg1")
    eventually(lambda: any("wg1" in data["title"] + data["body"] for data in told(toasts)), DEADLINE + 15)
    assert not is_alive(pid)
    settles(lambda: group(pid), [])


def group(leader):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and is_alive(int(name)):
            try:
                if os.getpgid(int(name)) == leader:
                    found.append(int(name))
            except ProcessLookupError:
                pass
    return found


def test_one_that_floods(service, toasts, tray):
    before = tray.memory()
    toasts.set("flood")
    service.raise_("tunnel-too-big")
    (_, _, _, pid), = eventually(lambda: toasts.starts())
    eventually(lambda: not is_alive(pid), DEADLINE + 10)
    assert tray.memory() - before < 8 << 20


def test_one_that_fails_is_told_in_the_log(service, toasts, tray):
    toasts.set("fail")
    service.raise_("tunnel-too-big")
    eventually(lambda: "ToastNotificationManager" in tray.log() or "powershell" in tray.log().lower())
    assert tray.is_alive()


def test_a_crowd_while_one_hangs(service, toasts, tray):
    toasts.set("hang")
    for n in range(60):
        service.raise_("tunnel-too-big", f"wg{n}")
        if n % 20 == 0:
            time.sleep(0.2)
    time.sleep(3)
    assert len(toasts.starts()) <= 2


def test_ends_while_one_hangs(service, toasts, tray):
    toasts.set("hang")
    service.raise_("tunnel-too-big")
    (_, _, _, pid), = eventually(lambda: toasts.starts())
    tray.stop()
    eventually(lambda: not is_alive(pid))


def test_service_comes_first(service, session, toasts):
    """Where a notification service is there, Windows is not asked."""
    recorder = Recorder(session)
    service.raise_("tunnel-too-big")
    eventually(lambda: recorder.told)
    assert not toasts.starts()
    recorder.kill()
    service.raise_("tunnel-too-big", "wg1")
    eventually(lambda: told(toasts))


def test_not_off_wsl(service, watcher, powershell, tray):
    service.properties |= {"Platform": "linux", "Interop": "absent", "NetworkingMode": "unknown"}
    service.set(Platform="linux", Interop="absent")
    tray.configure("")
    tray.start()
    eventually(lambda: watcher.registered)
    settles(lambda: watcher.item()["IconName"], "wslnode-ok-symbolic")
    service.raise_("tunnel-too-big")
    time.sleep(3)
    assert not powershell.starts()

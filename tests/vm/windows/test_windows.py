# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stands for Windows, called as binfmt_misc would call it: bytes, line ends, knobs, and the record of calls."""

import os
import subprocess
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SYSTEM = "mnt/c/Windows/System32"
POWERSHELL = "WindowsPowerShell/v1.0/powershell.exe"
KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp"
RULES = "0.0.0.0/4000 172.17.16.2/4000\n*/8080 localhost/80\n"
SCRIPT = ["-NoProfile", "-NonInteractive", "-Command", "-"]


class Windows:
    """A root with Windows in it, and the knobs of one test."""

    def __init__(self, root):
        self.root = root
        self.knobs = root / "run/windows"
        for path in self.knobs.glob("*"):
            path.unlink()
        self.turn("calls", "")

    def turn(self, name, text=""):
        (self.knobs / name).write_text(text, encoding="utf-8")

    def arguments(self, program, *words, path=None):
        path = path or self.root / SYSTEM / program
        return {"args": ["/init", str(path), program, *words], "executable": str(self.root / "init")}

    def environment(self, **more):
        return {"WINDOWS_ROOT": str(self.root), **more}

    def run(self, program, *words, cwd=None, path=None, stdin="", **environment):
        return subprocess.run(**self.arguments(program, *words, path=path), input=stdin.encode(), check=False,
                              capture_output=True, timeout=10, cwd=cwd or self.root / "mnt/c/Windows",
                              env=self.environment(**environment))

    def answer(self, *words, **more):
        done = self.run(*words, **more)
        assert (done.returncode, done.stderr) == (0, b""), done
        return done.stdout

    def wslinfo(self, *words):
        return subprocess.run(["wslinfo", *words], executable=str(self.root / "init"), capture_output=True, check=False,
                              env=self.environment(), timeout=10)

    def calls(self):
        return [line.split("\t") for line in (self.knobs / "calls").read_text().splitlines()]


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    subprocess.run([HERE / "install.sh", folder], check=True)
    (folder / "run/windows").mkdir(parents=True)
    return folder


@pytest.fixture
def windows(root):
    return Windows(root)


def test_programs_are_no_programs(root):
    for name in ["cmd.exe", "reg.exe", "netsh.exe", "wsl.exe", POWERSHELL]:
        path = root / SYSTEM / name
        assert path.read_bytes().startswith(b"MZ")
        assert os.access(path, os.X_OK)
        with pytest.raises(OSError, match="Exec format error"):
            subprocess.run([path], check=False)
    assert os.readlink(root / "usr/bin/wslinfo") == "/init"


def test_wsl_writes_utf16(windows):
    answer = windows.answer("wsl.exe", "--version")
    assert answer.startswith(b"W\0S\0L\0 \0v\0e\0r\0s\0i\0o\0n\0:\0")
    lines = answer.decode("utf-16-le").split("\r\n")
    assert lines[0] == "WSL version: 2.6.1"
    assert lines[6] == "Windows version: 10.0.26100.6584"
    assert lines[7:] == [""]
    assert "\n" not in "".join(lines)


@pytest.mark.parametrize("environment, utf8", [
    ({"WSL_UTF8": "1", "WSLENV": "WSL_UTF8"}, True),
    ({"WSL_UTF8": "1", "WSLENV": "PATH/l:WSL_UTF8/w"}, True),
    ({"WSL_UTF8": "1"}, False),
    ({"WSL_UTF8": "1", "WSLENV": "WSL_UTF8/u"}, False),
    ({"WSL_UTF8": "yes", "WSLENV": "WSL_UTF8"}, False),
])
def test_wsl_utf8_comes_along_by_wslenv(windows, environment, utf8):
    answer = windows.answer("wsl.exe", "--status", **environment)
    expected = "Default Distribution: Debian\r\nDefault Version: 2\r\n"
    assert answer == expected.encode("utf-8" if utf8 else "utf-16-le")


def test_wsl_list(windows):
    windows.turn("distributions", "* Ubuntu-24.04 Running 2\nDébian🐧 Stopped 1\n")
    assert windows.answer("wsl.exe", "--list", "--verbose").decode("utf-16-le").split("\r\n") == [
        "  NAME            STATE           VERSION",
        "* Ubuntu-24.04    Running         2",
        "  Débian🐧     Stopped         1",
        ""]
    assert windows.answer("wsl.exe", "-l").decode("utf-16-le").split("\r\n") == [
        "Windows Subsystem for Linux Distributions:", "Ubuntu-24.04 (Default)", "Débian🐧", ""]
    windows.turn("language", "de")
    assert windows.answer("wsl.exe", "-l").decode("utf-16-le").split("\r\n")[:2] == [
        "Windows Subsystem für Linux-Distributionen:", "Ubuntu-24.04 (Standard)"]
    assert windows.answer("wsl.exe", "-l", "-q").decode("utf-16-le") == "Ubuntu-24.04\r\nDébian🐧\r\n"


def test_cmd_ver(windows):
    assert windows.answer("cmd.exe", "/d", "/c", "ver") == b"\r\nMicrosoft Windows [Version 10.0.26100.6584]\r\n"


@pytest.mark.parametrize("knobs, expected", [
    ({}, b"C:\\Users\\J\x81rgen Gr?\xe1 \x9c\r\n"),
    ({"codepage": "850"}, b"C:\\Users\\J\x81rgen Gr\xe9\xe1 \x9c\r\n"),
    ({"language": "de"}, b"C:\\Users\\J\x81rgen Gr\xe9\xe1 \x9c\r\n"),
])
def test_cmd_writes_oem(windows, knobs, expected):
    windows.turn("userprofile", "C:\\Users\\Jürgen")
    for name, text in knobs.items():
        windows.turn(name, text)
    assert windows.answer("cmd.exe", "/c", "echo", "%UserProfile% GrÚß", "£") == expected


def test_cmd_has_no_word_for_what_is_not_in_the_page(windows):
    assert windows.answer("cmd.exe", "/c", "echo", "日本\udcff.") == b"???.\r\n"


def test_cmd_complains_of_a_directory_of_linux(windows):
    done = windows.run("cmd.exe", "/c", "ver", cwd=windows.root / "etc")
    assert done.returncode == 0 and done.stdout.endswith(b"6584]\r\n")
    assert done.stderr.startswith(b"'\\\\wsl.localhost\\Debian\\etc'\r\nCMD.EXE was started")


def test_reg_query(windows):
    done = windows.run("reg.exe", "query", KEY)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"ERROR: The system was unable to find the specified registry key or value.\r\n"
    windows.turn("portproxy", RULES)
    assert windows.answer("reg.exe", "QUERY", KEY.replace("HKLM", "HKEY_LOCAL_MACHINE")) == (
        b"\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp\r\n"
        b"    0.0.0.0/4000    REG_SZ    172.17.16.2/4000\r\n"
        b"    */8080    REG_SZ    localhost/80\r\n\r\n")


def test_reg_fails_in_german(windows):
    windows.turn("language", "de")
    done = windows.run("reg.exe", "query", KEY)
    assert done.returncode == 1
    assert b"Registrierungsschl\x81ssel" in done.stderr


def test_netsh_show(windows):
    assert windows.answer("netsh.exe", "interface", "portproxy", "show", "all") == b"\r\n"
    windows.turn("portproxy", RULES)
    english = windows.answer("netsh.exe", "interface", "portproxy", "show", "all")
    assert english.split(b"\r\n") == [
        b"",
        b"Listen on ipv4:             Connect to ipv4:",
        b"",
        b"Address         Port        Address         Port",
        b"--------------- ----------  --------------- ----------",
        b"0.0.0.0         4000        172.17.16.2     4000",
        b"*               8080        localhost       80",
        b"", b""]
    windows.turn("language", "de")
    german = windows.answer("netsh.exe", "interface", "portproxy", "show", "v4tov4").split(b"\r\n")
    assert german[1].startswith(b"Abh\x94ren auf ipv4:")
    assert german[4:] == english.split(b"\r\n")[4:]


def test_netsh_dump(windows):
    windows.turn("portproxy", RULES)
    english = windows.answer("netsh.exe", "interface", "portproxy", "dump").split(b"\r\n")
    assert english[4:9] == [
        b"pushd interface portproxy", b"", b"reset",
        b"add v4tov4 listenport=4000 listenaddress=0.0.0.0 connectaddress=172.17.16.2 connectport=4000",
        b"add v4tov4 listenport=8080 connectaddress=localhost connectport=80"]
    windows.turn("language", "de")
    german = windows.answer("netsh.exe", "interface", "portproxy", "dump").split(b"\r\n")
    assert german[2] != english[2]
    assert german[4:9] == english[4:9]


def test_powershell(windows):
    windows.turn("script")
    done = windows.run(POWERSHELL, *SCRIPT, stdin="Get-Date\n")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"#< CLIXML\r\n<Objs ")
    windows.turn("powershell.json", '{"name":"Jürgen 🐧",\n"pid":4}\n')
    assert windows.answer(POWERSHELL, *SCRIPT, stdin="x\n") == '{"name":"Jürgen 🐧",\r\n"pid":4}\r\n'.encode()
    assert (windows.knobs / "script").read_text() == "x\n"


def test_tailscale(windows):
    path = windows.root / "mnt/c/Program Files/Tailscale/tailscale.exe"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"MZ")
    words = ["tailscale.exe", "status", "--json", "--peers=false"]
    done = windows.run(*words, path=path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"is Tailscale running?" in done.stderr
    windows.turn("tailscale.json", '{\n  "BackendState": "Running"\n}')
    assert windows.answer(*words, path=path) == b'{\n  "BackendState": "Running"\n}'
    assert windows.run("tailscale.exe", "up", path=path).stdout == b""


@pytest.mark.parametrize("words", [
    ("wsl.exe", "--shutdown"), ("wsl.exe",), ("wsl.exe", "--list", "--verbose", "--quiet"),
    ("cmd.exe", "ver"), ("cmd.exe", "/c", "del", "x"), ("cmd.exe", "/c", "echo", "%PATH%"),
    ("cmd.exe", "/c", "echo", "a & del x"), ("cmd.exe", "/c", "echo"),
    ("reg.exe", "query", "HKLM\\SOFTWARE"), ("reg.exe", "add", KEY),
    ("netsh.exe", "interface", "portproxy", "reset"), ("netsh.exe", "interface", "portproxy", "show"),
    (POWERSHELL, "-EncodedCommand", "AAAA"), (POWERSHELL, *SCRIPT),
])
def test_no_answer(windows, words):
    windows.turn("portproxy", RULES)
    windows.turn("powershell.json", "{}")
    done = windows.run(*words)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"The dressing has no answer for ")


def test_unknown_program(windows):
    path = windows.root / SYSTEM / "Calc.EXE"
    path.write_bytes(b"MZ")
    done = windows.run("calc.exe", path=path)
    assert (done.returncode, done.stderr) == (1, b"The dressing has no answer for calc.exe\n")
    assert windows.run("calc.exe", path="/nowhere/calc.exe").returncode == 1


def test_called_through_an_opened_file(windows):
    with open(windows.root / SYSTEM / "cmd.exe", "rb") as program:
        done = subprocess.run(**windows.arguments("cmd.exe", "/c", "ver", path=f"/dev/fd/{program.fileno()}"),
                              pass_fds=[program.fileno()], cwd=windows.root / "mnt/c", env=windows.environment(),
                              capture_output=True, check=False, timeout=10)
    assert done.returncode == 0, done.stderr


def test_every_call_is_recorded(windows):
    windows.run("cmd.exe", "/c", "echo", "a\tb\nc\\")
    windows.run("wsl.exe", "--shutdown", cwd="/", WSL_INTEROP="/run/WSL/1_interop")
    windows.wslinfo("--networking-mode")
    first, second, third = windows.calls()
    assert abs(float(first[0]) - time.time()) < 30
    assert first[1:] == ["cmd.exe", "WSL_INTEROP=unset", str(windows.root / "mnt/c/Windows"), "/c", "echo",
                         "a\\tb\\nc\\\\"]
    assert second[1:] == ["wsl.exe", "WSL_INTEROP=set", "/", "--shutdown"]
    assert third[1] == "wslinfo"


def test_nothing_is_answered_without_a_record(windows):
    (windows.knobs / "calls").unlink()
    done = windows.run("cmd.exe", "/c", "ver")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"/run/windows/calls: No such file" in done.stderr


@pytest.mark.parametrize("knob", ["hang", "hang.cmd.exe"])
def test_hang(windows, knob):
    windows.turn(knob)
    with pytest.raises(subprocess.TimeoutExpired) as stopped:
        subprocess.run(**windows.arguments("cmd.exe", "/c", "ver"), env=windows.environment(), timeout=0.5, check=False,
                       capture_output=True, cwd=windows.root / "mnt/c")
    assert not stopped.value.stdout
    assert len(windows.calls()) == 1


def test_flood(windows):
    windows.turn("flood")
    with subprocess.Popen(**windows.arguments("reg.exe", "query", KEY), env=windows.environment(),
                          stdout=subprocess.PIPE) as flood:
        for _ in range(100):
            assert len(flood.stdout.read(65536)) == 65536
        flood.kill()


def test_fail(windows):
    windows.turn("fail", "7\n")
    windows.turn("fail.wsl.exe", "")
    assert windows.run("cmd.exe", "/c", "ver").returncode == 7
    done = windows.run("wsl.exe", "--status")
    assert (done.returncode, done.stdout) == (1, b"")


def test_slow(windows):
    windows.turn("slow.cmd.exe", "0.3")
    start = time.monotonic()
    windows.answer("wsl.exe", "--status")
    fast = time.monotonic() - start
    windows.answer("cmd.exe", "/c", "ver")
    assert time.monotonic() - start - fast >= 0.3


def test_wslinfo(windows):
    assert windows.wslinfo("--networking-mode").stdout == b"nat\n"
    windows.turn("networking-mode", "mirrored\n")
    windows.turn("wsl-version", "3.0.1.0\n")
    assert windows.wslinfo("--networking-mode").stdout == b"mirrored\n"
    assert windows.wslinfo("--wsl-version", "-n").stdout == b"3.0.1.0"
    assert windows.wslinfo("--version").stdout == b"3.0.1.0\n"
    for words in [], ["-n"], ["--vm-id"], ["--networking-mode", "--version"], ["--Networking-mode"]:
        done = windows.wslinfo(*words)
        assert (done.returncode, done.stdout) == (1, b""), words
    windows.turn("fail.wslinfo", "3")
    assert windows.wslinfo("--networking-mode").returncode == 3

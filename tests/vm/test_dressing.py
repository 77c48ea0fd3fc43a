# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine itself: that what stands for WSL and Windows is there and can be told to misbehave."""

SYSTEM32 = "/mnt/c/Windows/System32"
HALF_A_SECOND = 500_000_000


def exe(node, name, *arguments, **options):
    result = node.try_(f"{SYSTEM32}/{name}", *arguments, **options)
    return result.status, result.raw


def test_windows_programs_run(node):
    """By way of binfmt_misc: the files hold nothing that could run."""
    assert node.run(f"head -c 2 {SYSTEM32}/cmd.exe") == "MZ"
    status, said = exe(node, "wsl.exe", "--version")
    assert status == 0 and "2.6.1" in said.decode("utf-16-le") and "\r\n" in said.decode("utf-16-le")
    status, said = exe(node, "cmd.exe", "/c", "echo", "café")
    assert (status, said) == (0, "café\r\n".encode("cp437"))
    node.write("/run/windows/portproxy", "0.0.0.0/4000 172.17.80.2/4000\n")
    status, said = exe(node, "reg.exe", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp")
    assert status == 0 and b"172.17.80.2/4000\r\n" in said
    status, said = exe(node, "reg.exe", "frobnicate")
    assert (status, said) == (1, b"")
    calls = node.run("grep '[.]exe' /run/windows/calls").splitlines()
    assert len(calls) == 4 and all("WSL_INTEROP=unset" in call for call in calls)


def test_windows_can_misbehave(node):
    node.run("echo 3 > /run/windows/fail.cmd.exe")
    assert exe(node, "cmd.exe", "/c", "ver") == (3, b"")
    node.run("rm /run/windows/fail.cmd.exe; touch /run/windows/hang")
    assert exe(node, "cmd.exe", "/c", "ver", timeout=3)[0] is None
    node.run("rm /run/windows/hang; touch /run/windows/flood")
    flood = node.run(f"{SYSTEM32}/cmd.exe /c ver | head -c 1000000 | wc -c")
    assert int(flood) == 1_000_000
    node.run("rm /run/windows/flood; echo 60 > /run/windows/slow")
    assert node.try_("timeout", "1", f"{SYSTEM32}/cmd.exe", "/c", "ver").status == 124


def test_names_are_resolved_through_the_tunnel(node):
    assert node.run("readlink /etc/resolv.conf").strip() == "/mnt/wsl/resolv.conf"
    assert "10.255.255.254" in node.run("cat /etc/resolv.conf")
    node.settles(lambda: node.run("getent ahostsv4 internet.test").split()[0], "198.51.100.1")
    # It goes to Windows and no other way.
    node.run("systemctl stop dress-dns-windows.service")
    assert node.try_("getent", "ahostsv4", "internet.test").status != 0


PTP = """
import fcntl, json, struct, time
PTP_SYS_OFFSET = 0x43403d05
with open("/dev/ptp_hyperv", "rb") as clock:
    request = bytearray(struct.pack("I3I", 1, 0, 0, 0) + bytes(51 * 16))
    fcntl.ioctl(clock, PTP_SYS_OFFSET, request)
times = [seconds * 10**9 + nsec for seconds, nsec in struct.iter_unpack("qI4x", request[16:16 + 3 * 16])]
print(times[1] - (times[0] + times[2]) // 2)
"""


def ptp_offset(node):
    """What the clock of Windows is ahead of ours, in ns."""
    node.write("/usr/lib/dress/ptp.py", PTP)
    return int(node.run("python3", "/usr/lib/dress/ptp.py"))


def test_clock_of_windows(node):
    assert node.run("cat /sys/class/ptp/ptp0/clock_name").strip() == "hyperv"
    true = ptp_offset(node)
    node.run("echo 3600000000000 > /sys/module/wslguest/parameters/offset_nsec")
    assert abs(ptp_offset(node) - true - 3600 * 10**9) < HALF_A_SECOND
    node.run("echo 1 > /sys/module/wslguest/parameters/stale")
    assert "Stale" in node.try_("python3", "/usr/lib/dress/ptp.py").err
    assert node.run("test -c /dev/rtc0 && cat /sys/class/rtc/rtc0/since_epoch").strip().isdigit()


def test_wireguard_reaches_the_internet(node):
    """The kernel's own, with handshakes, through Windows to a peer behind it."""
    here, there = (node.run("wg genkey").strip() for _ in range(2))

    def public(key):
        return node.run("wg pubkey", input=key).strip()
    node.run(f"""set -e
umask 077; echo {here} > /run/here; echo {there} > /run/there
ip link add wg0 type wireguard
wg set wg0 private-key /run/here peer {public(there)} endpoint 198.51.100.1:51820 allowed-ips 10.9.0.1/32
ip addr add 10.9.0.2/24 dev wg0
ip link set wg0 mtu 1280 up
# Its packets go where it was born.
ip -n internet link add there type wireguard
ip netns exec internet wg set there private-key /run/there listen-port 51820 peer {public(here)} allowed-ips 10.9.0.2/32
ip -n internet addr add 10.9.0.1/24 dev there
ip -n internet link set there up
""")
    node.write("/usr/lib/dress/serve.py", "import socket\ns = socket.create_server(('10.9.0.1', 80))\n"
                                          "c = s.accept()[0]\nc.sendall(b'x' * 100000)\nc.close()\n")
    node.run("systemd-run --unit=serve ip netns exec internet python3 /usr/lib/dress/serve.py")
    got = node.run("python3", "-c", "import socket, time\n"
                   "for _ in range(50):\n"
                   "    try:\n"
                   "        c = socket.create_connection(('10.9.0.1', 80), 30)\n"
                   "        break\n"
                   "    except ConnectionRefusedError:\n"
                   "        time.sleep(0.2)\n"
                   "print(sum(len(p) for p in iter(lambda: c.recv(65536), b'')))")
    assert int(got) == 100000
    assert int(node.run("wg show wg0 latest-handshakes").split()[1]) > 0
    # It has no keepalive, behind Windows: whoever is to be reached at any time needs one.
    node.settles(node.findings, [("vpn-no-keepalive", "wg0")])

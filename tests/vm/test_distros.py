# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two distributions: files, processes and a bus of their own, one kernel with one network."""

import pytest

# The second: a copy of our package's files, a bus without systemd, and a daemon as its process 1.
SECOND = """set -e
mkdir -p /second
mount --bind / /second
mount --make-private /second
for folder in run tmp var/lib/wslnode etc/wslnode; do
    mkdir -p /second/$folder
    mount -t tmpfs tmpfs /second/$folder
done
mkdir -p /second/run/dbus /second/run/WSL
touch /second/run/WSL/1_interop
mount -t proc proc /second/proc
chroot /second dbus-daemon --system --fork --nopidfile
exec chroot /second /usr/libexec/wslnode/wslnoded
"""


@pytest.fixture
def second(node):
    """What wslnodectl says in the second distribution."""
    node.add_tunnel("wg0")
    node.write("/usr/lib/dress/second", SECOND)
    node.run("systemd-run --unit=second unshare --mount --pid --fork --kill-child sh /usr/lib/dress/second")
    # Its process 1 is the child of the one that made its namespaces.
    first = "pgrep --parent $(systemctl show --value --property=MainPID second.service)"
    node.eventually(lambda: node.try_(f"grep -x wslnoded /proc/$({first})/comm").status == 0)
    inside = f"nsenter --target $({first}) --mount --pid --root wslnodectl"

    def ctl(*words, run=node.run):
        return run(f"{inside} {' '.join(words)}")
    node.eventually(lambda: node.try_(f"{inside} status").status == 0)
    return ctl


def test_one_sees_what_the_other_does(node, second):
    node.set_mtu("wg0", 1300)
    assert "1300" in second("status")
    assert "1300 → 1350" in second("--dry-run", "set-mtu", "wg0", "1350")
    node.run("ip link set wg0 mtu 1420")
    node.settles(lambda: node.mtu("wg0"), 1300)
    node.settles(node.findings, [])


def test_the_same_wish_in_both_is_no_fight(node, second):
    """Both put it back; the one that comes later finds it right and does nothing. As often as is no fight for one."""
    node.set_mtu("wg0", 1300)
    second("set-mtu", "wg0", "1300")
    for _ in range(3):
        node.run("ip link set wg0 mtu 1420")
        node.settles(lambda: node.mtu("wg0"), 1300)
    assert ("fighting", "wg0") not in node.findings() and "fighting" not in second("status")
    node.settles(node.findings, [])


def test_two_wishes_end_as_a_fight_that_both_leave(node, second):
    node.set_mtu("wg0", 1300)
    # The first may have put its own back before the second reads: then that says so, and leaves no wish.
    node.eventually(lambda: second("set-mtu", "wg0", "1350", run=node.try_).status == 0)
    node.eventually(lambda: ("fighting", "wg0") in node.findings() or "fighting" in second("status"))
    changes = "journalctl --sync && journalctl -b --no-pager | grep -c 'MTU put back'"
    # What makes one see the fight the other logs when it has read it back.
    node.run("sleep 3")
    count = int(node.run(changes))
    assert count <= 6
    node.run("sleep 3")
    assert int(node.run(changes)) == count

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The address is another one after a restart: files and units that know it follow."""

import os
import random
import time

import pytest

OLD, NEW = "172.17.80.2", "172.17.80.77"
CUTS = range(50 if os.environ.get("WSLNODE_LONG") else 1)
DEFAULT = f'# what the node is\nexport WSL_IP="{OLD}"\nKEY=gI6EdUSYvn8ugXOt8QQD6Yc+JyiZxIhp3GInSWRfWGE=\n'
HOME = f"WSL_IP={OLD}\r\nNAME=here\r\n"
# It has started before anything can follow the address, however long the boot takes.
UNIT = """[Unit]
Before=wslnoded.service
[Service]
ExecStart=/bin/sh -c '. /etc/default/node; echo $WSL_IP >>/run/node-started; exec sleep infinity'
[Install]
WantedBy=multi-user.target
"""
CONFIGURATION = """[RefreshIP]
Files=/etc/default/node
Units=node.service
[File home]
Path=/home/member/node.conf
User=member
"""


@pytest.fixture
def followed(node):
    node.write("/etc/default/node", DEFAULT)
    node.write("/etc/wslnode/wslnode.conf", CONFIGURATION)
    node.write("/home/member/node.conf", HOME)
    node.run("chown member:member /home/member/node.conf && chmod 0700 /home/member && chmod 0640 /etc/default/node")
    return node


def read(node, path):
    return node.try_("cat", path).raw.decode()


def test_restart(followed):
    """For real: a unit of systemd's, a boot, an address that Windows gave anew."""
    node = followed
    node.write("/etc/systemd/system/node.service", UNIT)
    node.write("/etc/dress-host", NEW.rsplit(".", 1)[1])
    node.run("systemctl enable --quiet node.service; sync")
    node.machine.cut()
    node.machine.start()
    node.settles(lambda: node.get("Address"), NEW)
    node.settles(lambda: node.run("cat /run/node-started").split(), [OLD, NEW])
    assert read(node, "/etc/default/node") == DEFAULT.replace(OLD, NEW)
    assert read(node, "/home/member/node.conf") == HOME.replace(OLD, NEW)
    assert node.run("stat -c %a:%U /etc/default/node /home/member/node.conf").split() == ["640:root", "644:member"]

    def last_change():
        change = node.changes()[0]
        return change["verb"], change["state"], change["steps"][-1]
    # The unit runs before systemd says that its restart is done.
    node.settles(last_change, ("RefreshIP", "done", ["effect", "node.service", "restart: done"]))
    node.settles(node.findings, [])


def test_members_may(followed):
    node = followed
    node.run("ip addr del 172.17.80.2/20 dev eth0 && ip addr add 172.17.80.77/20 dev eth0 && "
             "ip route replace default via 172.17.80.1")
    node.write("/etc/wslnode/wslnode.conf", CONFIGURATION.replace("[RefreshIP]", "[RefreshIP]\nAutomatic=no"))
    node.run("systemctl reload wslnoded.service")
    node.settles(lambda: len(node.findings()), 2)
    assert node.error("RefreshIP", "t", 0, user="stranger").endswith("InteractiveAuthorizationRequired")
    assert read(node, "/etc/default/node") == DEFAULT
    assert node.error("RefreshIP", "t", 0, user="member") is None
    assert read(node, "/etc/default/node") == DEFAULT.replace(OLD, NEW)


@pytest.mark.parametrize("number", CUTS)
def test_power_cut(followed, number):
    """While a file goes to and fro: it is whole, and no change is left half done."""
    node = followed
    node.write("/etc/default/node", DEFAULT.replace(OLD, NEW))
    node.write("/home/member/node.conf", HOME.replace(OLD, NEW))
    node.run("chown member:member /home/member/node.conf")
    node.write("/etc/wslnode/wslnode.conf", CONFIGURATION.replace("Units", "Automatic=no\n#"))
    node.run("systemctl reload wslnoded.service; sync")
    node.settles(lambda: len(node.findings()), 2)
    node.write("/usr/lib/dress/going", "while :; do wslnodectl refresh-ip; wslnodectl undo "
                                       "$(wslnodectl changes --no-legend --limit 1 | awk 'NR == 1 { print $1 }'); done")
    node.machine.send(["sh", "/usr/lib/dress/going"])
    node.eventually(lambda: len(node.changes()) > 3, timeout=180)
    time.sleep(random.Random(number).uniform(0, 3))
    node.machine.cut()
    node.machine.start()
    for path, text in (("/etc/default/node", DEFAULT), ("/home/member/node.conf", HOME)):
        assert read(node, path) in (text, text.replace(OLD, NEW))
    node.settles(lambda: [change["state"] for change in node.changes() if change["state"] == "started"], [])
    # Which of the two it is, the log knows.
    done = next(change for change in node.changes() if change["state"] in ("done", "undone"))
    expected = OLD if done["verb"] == "RefreshIP" else NEW
    assert expected in read(node, "/etc/default/node")
    node.run("wslnodectl", "undo", "--all", timeout=600)
    assert read(node, "/etc/default/node") == DEFAULT.replace(OLD, NEW)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""FixDNS: what it puts in the place of WSL's resolv.conf, for how long, and who may call it."""

import os
import time

import pytest

import resolv
import stage
from client import DRY_RUN, ERROR, FORCE, PERSIST, STANDARD, BusError
from dns import CLOSED, PUBLIC, SPARE, TUNNEL, WHO, answers, look_up
from network import GATEWAY
from resolv import (OUR_FILE, PATH, WSL_FILE, begin, begin_broken, dress, fix, is_clean, link, refused, severities,
                    standing, states, text_of, undone, wear_wsl)
from wait import eventually, settles

PASSWORD_NEEDED = STANDARD + "InteractiveAuthorizationRequired"
OWNED, FIGHTING, NOT_WSL = ERROR + "OwnedByOther", ERROR + "Fighting", ERROR + "NotWSL"

CONF = """\
# mine
[boot]
systemd = true   # needed
command="echo 'a # b'"

[network]
# the name of the node
hostname=node
\t
[user]
default=me
"""
CONF_AFTER = """\
# mine
[boot]
systemd = true   # needed
command="echo 'a # b'"

[network]
# the name of the node
hostname=node
generateResolvConf=false
\t
[user]
default=me
"""


@pytest.fixture(autouse=True)
def gateway(dns):
    """The tunnel refuses, the gateway answers."""
    dns.play(TUNNEL, CLOSED)
    dns.play(GATEWAY, "answers")


@pytest.fixture
def broken(asleep, root):
    return begin_broken(asleep, root)


def test_undo(broken, root):
    before = resolv.everything(broken)
    change, steps, result = fix(root)
    assert steps == [("dns", "/etc/resolv.conf",
                      f"nameserver {TUNNEL} → {GATEWAY} {TUNNEL}, until the next start of WSL")]
    assert result == {"servers": [GATEWAY, TUNNEL], "restart-required": False, "public": False}
    assert standing(broken) == OUR_FILE and look_up(broken, WHO) == [GATEWAY]
    assert fix(root)[:2] == (0, [])
    undone(broken, root, change, before)
    assert root.get("DNSOwner") == "wsl"
    settles(lambda: root.get("DNSState"), "failed")


def test_mend(broken, root):
    finding = root.findings()["dns-no-answer", ""]
    assert (finding["verb"], finding["severity"]) == ("FixDNS", "critical")
    planned = root.mend("dns-no-answer", "", DRY_RUN)
    change, steps, result = root.mend("dns-no-answer", "")
    assert change > 0 and planned == (0, steps, result)
    settles(lambda: ("dns-no-answer", "") in root.findings(), False)
    assert look_up(broken, WHO) == [GATEWAY]
    # It was done, and not by hand: the log has the verb that was asked for.
    assert root.changes()[0]["verb"] in ("Mend", "FixDNS")
    with pytest.raises(BusError) as e:
        root.mend("dns-no-answer", "")
    assert e.value.name == ERROR + "NoSuchFinding"


def reload(node, root):
    node.reload()


def diagnose(node, root):
    root.call("Diagnose")


def windows_has_others(node, root):
    """A server that answers, in the place of the tunnel."""
    node.write(WSL_FILE.lstrip("/"), text_of([GATEWAY]))


def restart(node, root):
    node.restart()


@pytest.mark.parametrize("news", [reload, diagnose, windows_has_others, restart])
def test_wsl_own_comes_back_by_itself(broken, dns, root, news):
    """Once its servers have answered twice. They are asked at news and each minute, and soon after the first time."""
    before = resolv.everything(broken)
    fix(root)
    settles(lambda: ("resolv-conf-ours", "") in root.findings(), True)
    if news is not windows_has_others:
        dns.play(TUNNEL, "answers")
    news(broken, root)
    settles(lambda: standing(broken), WSL_FILE)
    settles(lambda: states(root), [("Undo", "done"), ("FixDNS", "undone")])
    assert resolv.everything(broken)[PATH] == before[PATH] and is_clean(broken)
    settles(lambda: (root.get("DNSOwner"), root.get("DNSState"), severities(root)), ("wsl", "ok", {}))


@pytest.mark.parametrize("other, public", [(SPARE, False), (PUBLIC[0], True)], ids=["configured", "public"])
def test_ours_do_not_answer_any_more(asleep, dns, root, other, public):
    """Others are chosen by itself, but public ones only for who asks."""
    dress(asleep, text_of([TUNNEL]))
    dns.play(other, CLOSED)
    asleep.configure(f"[DNS]\nServers={SPARE}\n")
    begin(asleep, root, "wsl")
    fix(root)
    settles(lambda: (root.get("DNSOwner"), root.get("DNSState")), ("wslnode", "degraded"))
    dns.play(GATEWAY, CLOSED)
    server = dns.play(other, answers)
    asleep.reload()
    if public:
        settles(lambda: root.get("DNSState"), "failed")
        time.sleep(3)
        assert states(root) == [("FixDNS", "done")] and not server.asked
        assert fix(root)[2]["public"] is True
    settles(lambda: resolv.lines(asleep, "nameserver"), [other, TUNNEL])
    assert states(root) == [("FixDNS", "done")] * 2 and look_up(asleep, WHO) == [other]


def test_it_does_not_come_back_before(broken, dns, root):
    """News of a server that still refuses."""
    fix(root)
    for _ in range(3):
        broken.reload()
        root.call("Diagnose")
    settles(lambda: ("dns-tunnel-refuses", TUNNEL) in root.findings(), True)
    time.sleep(1)
    assert standing(broken) == OUR_FILE and states(root) == [("FixDNS", "done")]


def test_ours_is_undone_as_the_daemon_starts(broken, dns, root):
    """It answered while no daemon ran."""
    fix(root)
    broken.stop()
    dns.play(TUNNEL, "answers")
    broken.start()
    settles(lambda: standing(broken), WSL_FILE)
    settles(lambda: severities(root), {})


def test_wsl_starts_again(broken, root):
    """Its link is there, ours in /run is not, and what was kept is still beside."""
    fix(root)
    link(broken, WSL_FILE)
    broken.reboot()
    settles(lambda: root.get("DNSOwner"), "wsl")
    change = fix(root)[0]
    assert change > 0 and standing(broken) == OUR_FILE and look_up(broken, WHO) == [GATEWAY]
    root.undo(change)
    assert standing(broken) == WSL_FILE and is_clean(broken)


def test_nobody_restored_it_after_a_start(broken, root):
    """As with generateResolvConf=false: our link leads nowhere."""
    fix(root)
    broken.reboot()
    settles(lambda: ("resolv-conf-missing", "") in root.findings(), True)
    change = fix(root)[0]
    assert change > 0 and look_up(broken, WHO) == [GATEWAY]


def test_wsl_makes_none(asleep, root):
    """By the person's wish, who then made none either."""
    wear_wsl(asleep)
    asleep.write("etc/wsl.conf", "[network]\ngenerateResolvConf=false\n")
    asleep.start()
    finding = eventually(lambda: root.findings().get(("resolv-conf-missing", "")))
    assert finding["params"]["generate"] == "no"
    # WSL will make none, so ours has to stay; and it is set already.
    change, steps, _ = fix(root, PERSIST)
    assert change > 0 and [step[0] for step in steps] == ["dns"]
    assert look_up(asleep, WHO) == [GATEWAY]


def test_persist(broken, root):
    broken.write("etc/wsl.conf", CONF)
    (broken.root / "etc/wsl.conf").chmod(0o640)
    before = resolv.everything(broken)
    planned = fix(root, PERSIST | DRY_RUN)
    assert resolv.everything(broken) == before and root.changes() == []
    change, steps, result = fix(root, PERSIST)
    assert change > 0 and planned == (0, steps, result)
    assert steps == [("dns", "/etc/resolv.conf", f"nameserver {TUNNEL} → {GATEWAY} {TUNNEL}, for good"),
                     ("setting", "/etc/wsl.conf", "network.generateResolvConf none → false")]
    assert result == {"servers": [GATEWAY, TUNNEL], "restart-required": True, "public": False}
    assert isinstance(standing(broken), bytes) and not (broken.root / PATH).is_symlink()
    assert (broken.root / PATH).stat().st_mode & 0o7777 == 0o644
    assert (broken.root / "etc/wsl.conf").read_text() == CONF_AFTER
    assert (broken.root / "etc/wsl.conf").stat().st_mode & 0o7777 == 0o640
    assert look_up(broken, WHO) == [GATEWAY] and root.get("DNSOwner") == "wslnode"
    assert fix(root, PERSIST)[:2] == (0, [])
    # It outlives a start of WSL, and does not end when WSL's own servers answer.
    broken.reboot()
    settles(lambda: root.get("DNSOwner"), "wslnode")
    root.undo(change)
    assert standing(broken) == WSL_FILE and is_clean(broken)
    assert (broken.root / "etc/wsl.conf").read_text() == CONF


def test_persist_does_not_end_by_itself(broken, dns, root):
    fix(root, PERSIST)
    dns.play(TUNNEL, "answers")
    for _ in range(3):
        broken.reload()
        root.call("Diagnose")
        time.sleep(0.5)
    assert states(root) == [("FixDNS", "done")] and isinstance(standing(broken), bytes)


def test_persist_though_all_is_well(broken, dns, root):
    """And without a wsl.conf, which is made, and goes again."""
    dns.play(TUNNEL, "answers")
    before = resolv.everything(broken)
    assert fix(root)[:2] == (0, [])
    change, steps, result = fix(root, PERSIST)
    assert change > 0 and [step[0] for step in steps] == ["dns", "setting"]
    assert result["servers"][0] == TUNNEL
    assert "[network]\ngenerateResolvConf=false\n" in (broken.root / "etc/wsl.conf").read_text()
    undone(broken, root, change, before)


def test_persist_after_the_other(broken, root):
    before = resolv.everything(broken)
    first = fix(root)[0]
    change, steps, _ = fix(root, PERSIST)
    assert change > first and [step[0] for step in steps] == ["dns", "setting"]
    assert isinstance(standing(broken), bytes) and look_up(broken, WHO) == [GATEWAY]
    root.undo(change)
    assert standing(broken) == OUR_FILE
    undone(broken, root, first, before)


def test_undo_after_somebody_wrote(broken, root):
    change = fix(root, PERSIST)[0]
    (broken.root / PATH).unlink()
    link(broken, WSL_FILE)
    settles(lambda: root.get("DNSOwner"), "wsl")
    with pytest.raises(BusError) as e:
        root.undo(change)
    assert e.value.name == ERROR + "ChangedSince"
    assert standing(broken) == WSL_FILE


def test_off_wsl_wsl_conf_is_left(asleep, root):
    asleep.write("etc/wsl.conf", CONF)
    asleep.write(PATH, text_of([TUNNEL], head=""))
    before = resolv.everything(asleep)
    begin(asleep, root, "user")
    for flags in (0, PERSIST, DRY_RUN):
        assert refused(asleep, root, flags).name == NOT_WSL
    change, steps, result = fix(root, FORCE | PERSIST)
    assert [step[0] for step in steps] == ["dns"] and not result["restart-required"]
    assert (asleep.root / "etc/wsl.conf").read_text() == CONF
    assert look_up(asleep, WHO) == [GATEWAY]
    undone(asleep, root, change, before)


def test_fighting(broken, root):
    for _ in range(3):
        assert fix(root)[0] > 0
        settles(lambda: root.get("DNSOwner"), "wslnode")
        link(broken, WSL_FILE)
        settles(lambda: root.get("DNSOwner"), "wsl")
    settles(lambda: severities(root).get(("fighting", "/etc/resolv.conf")), "warning")
    for flags in (0, DRY_RUN, PERSIST):
        assert refused(broken, root, flags).name == FIGHTING
    change = fix(root, FORCE)[0]
    assert change > 0 and look_up(broken, WHO) == [GATEWAY]
    root.undo(change)
    assert standing(broken) == WSL_FILE and is_clean(broken)


def test_twice_is_no_fight(broken, root):
    """Nor are our own changes."""
    for _ in range(2):
        fix(root)
        link(broken, WSL_FILE)
        settles(lambda: root.get("DNSOwner"), "wsl")
    for _ in range(4):
        root.undo(fix(root)[0])
    assert ("fighting", "/etc/resolv.conf") not in root.findings()
    assert fix(root)[0] > 0


def test_who_may(polkit, broken, root, user):
    stranger, member = user(stage.STRANGER), user(stage.MEMBER)
    for flags in (0, DRY_RUN, FORCE, PERSIST):
        assert refused(broken, stranger, flags).name == PASSWORD_NEEDED
    assert refused(broken, member, FORCE).name == PASSWORD_NEEDED
    # The same call is good in itself, and the stranger may read.
    assert stranger.get("DNSState") == "failed"
    change = fix(member)[0]
    assert change > 0 and standing(broken) == OUR_FILE
    with pytest.raises(BusError) as e:
        stranger.undo(change)
    assert e.value.name == PASSWORD_NEEDED
    member.undo(change)
    assert standing(broken) == WSL_FILE

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tray in German, as installed; what is not translated stays as the daemon says it."""

import os
import pathlib
import subprocess

import pytest
from gi.repository import GLib

import stage
from wait import eventually, settles

LOCALEDIR = pathlib.Path(os.environ["WSLNODE_LOCALEDIR"])


@pytest.fixture(scope="module", autouse=True)
def installed():
    """Our translations where the program looks for them; in this run's mount namespace alone."""
    above = LOCALEDIR.parent
    while not above.exists():
        above = above.parent
    stage.mount("-t", "tmpfs", "translations", above)
    LOCALEDIR.mkdir(parents=True)
    stage.mount("--bind", os.environ["WSLNODE_TRANSLATIONS"], LOCALEDIR)


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with a German locale: in C.UTF-8 newer libcs translate nothing."""
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(["localedef", "--no-archive", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"], check=True)
    return folder


@pytest.fixture
def german(watcher, tray, locales):
    tray.start(LANG="de_DE.UTF-8", LANGUAGE="de", LOCPATH=str(locales))
    eventually(lambda: watcher.registered)
    return watcher.item()


def test_menu_and_finding(node, network, root, german):
    settles(lambda: german["Title"], "wslnode: Alles in Ordnung")
    assert "Beenden" in german.menu().labels()
    network.ip("link set eth0 mtu 1400")
    eventually(root.findings)
    fix = eventually(lambda: [label for label in german.menu().labels() if label.startswith("Beheben: ")])
    assert len(fix) == 1 and "wg0" in fix[0] and "Tunnel" in fix[0], fix


def test_what_has_no_translation(service, german):
    service.raise_("something-new", summary="The moon is full.")
    settles(lambda: german["Title"], "wslnode: wg0: The moon is full.")


def test_a_notification(service, recorder, german):
    settles(lambda: german["Title"], "wslnode: Alles in Ordnung")
    service.raise_("stale-address", "/etc/node", variable="WSL_IP", line=1, found="10.0.0.1", address="172.17.5.2")
    eventually(lambda: recorder.told)
    notice, = recorder.told
    assert "Adresse" in notice.title and "Beheben" in notice.actions.values()


def test_a_resume(service, recorder, german):
    settles(lambda: german["Title"], "wslnode: Alles in Ordnung")
    service.resume(mended=["clock"], offset_usec=GLib.Variant("x", -7_500_000))
    notice, = eventually(lambda: recorder.told)
    assert (notice.title, notice.body) == ("Nach 2 h wieder wach", "Die Uhr wurde um 7,5 s vorgestellt.")
    assert "Uhr: richtig (Windows-Uhr, auf 50 ms genau)" in german.menu().labels()

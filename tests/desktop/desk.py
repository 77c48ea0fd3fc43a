# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a desktop needs of the machine besides, in the test run's mount namespace: a /tmp and a machine id."""

import pathlib

import stage

IDENTITIES = pathlib.Path("/etc/machine-id"), pathlib.Path("/var/lib/dbus/machine-id")


def enter():
    """To be called after stage.enter()."""
    # Programs lay sockets into /tmp. What is in there stays to be seen, what is written is the test run's own.
    upper, work = stage.RUN / "tmp", stage.RUN / "tmp-work"
    upper.mkdir(mode=0o1777)
    work.mkdir()
    stage.mount("-t", "overlay", "-o", f"lowerdir=/tmp,upperdir={upper},workdir={work}", "overlay", "/tmp")
    sockets = pathlib.Path("/tmp/.X11-unix")
    sockets.mkdir(exist_ok=True)
    stage.mount("-t", "tmpfs", "-o", "mode=1777", "wslnode-test", sockets)
    if not any(path.exists() and path.read_text().strip() for path in IDENTITIES):
        give_identity()


def give_identity():
    """D-Bus wants the machine to have one; a fresh chroot has none."""
    file, folder = IDENTITIES[0], IDENTITIES[1].parent
    copy = stage.RUN / "machine-id"
    copy.write_text("0123456789abcdef0123456789abcdef\n")
    if file.exists():
        stage.mount("--bind", copy, file)
    else:
        stage.mount("-t", "tmpfs", "-o", "mode=755", "wslnode-test", folder)
        (folder / file.name).write_text(copy.read_text())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mount namespace in which a whole test run lives.

It has a /run of its own, in memory, and accounts and polkit folders that are copies with ours added: the
machine's stay as they are, nothing is left behind, and no login session of the machine's is seen.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(os.environ["SOURCE_ROOT"])
RUN = pathlib.Path("/run/wslnode-test")

CLONE_NEWNS = 0x00020000

PASSWORD = "open sesame"
# That password, as `openssl passwd -6` hashes it.
HASH = "$6$wslnodetest$UBf9n7gKpfOknkDXtqIK9d7zS6t1A4sJR.KhFoHjmQoEk.MCs19/L9iU38C20BOG4O3jpgJ7SdmGSd8ZC3LeS0"

MEMBER, ADMIN, STRANGER = "wslnode-member", "wslnode-admin", "nobody"
UIDS = {"root": 0, MEMBER: 47001, ADMIN: 47002, STRANGER: 65534}
GROUP = 47000


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def enter():
    """To be called once, before the first thread starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "unshare: these tests need root")
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "-o", "mode=755", "wslnode-test", "/run")
    for folder in (RUN, "/run/dbus", "/run/netns"):
        pathlib.Path(folder).mkdir()
    set_up_accounts()
    set_up_polkit()


def program(variable):
    """A copy of the program that other users can reach, wherever the build is."""
    binary = pathlib.Path(os.environ[variable])
    copy = RUN / binary.name
    if not copy.exists():
        shutil.copy(binary, copy)
    return str(copy)


def cover(path, text):
    """Lays a changed copy over a file, with the owner and mode of the original."""
    path, copy = pathlib.Path(path), RUN / pathlib.Path(path).name
    shutil.copy2(path, copy)
    status = path.stat()
    copy.write_text(text)
    os.chown(copy, status.st_uid, status.st_gid)
    mount("--bind", copy, path)


def set_up_accounts():
    users = ((MEMBER, UIDS[MEMBER], GROUP), (ADMIN, UIDS[ADMIN], UIDS[ADMIN]))
    lines = {name: [line for line in pathlib.Path("/etc", name).read_text().splitlines()
                    if line.split(":")[0] not in ("sudo", "wslnode")]
             for name in ("passwd", "shadow", "group")}
    lines["passwd"] += [f"{name}:x:{uid}:{gid}::/:/bin/sh" for name, uid, gid in users]
    lines["shadow"] += [f"{name}:{HASH}:19000:0:99999:7:::" for name, uid, gid in users]
    # One administrator only, so that polkit's agent does not ask which of them.
    lines["group"] += [f"wslnode:x:{GROUP}:{MEMBER}", f"sudo:x:27:{ADMIN}", f"{ADMIN}:x:{UIDS[ADMIN]}:"]
    for name, content in lines.items():
        cover(f"/etc/{name}", "\n".join(content) + "\n")


def set_up_polkit():
    """polkit's folders as an installed package would leave them, readable by its own user."""
    for name, ours in (("actions", "org.wslnode.node1.policy"), ("rules.d", "50-wslnode.rules")):
        folder = RUN / name
        shutil.copytree(f"/usr/share/polkit-1/{name}", folder)
        shutil.copy(SOURCE / "policy" / ours, folder)
        folder.chmod(0o755)
        mount("--bind", folder, f"/usr/share/polkit-1/{name}")
    local = pathlib.Path("/etc/polkit-1/rules.d")
    if local.exists():
        (RUN / "no-rules").mkdir()
        mount("--bind", RUN / "no-rules", local)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The base machine: Debian 13 dressed as WSL2, booted once and saved, without our package."""

import lzma
import pathlib
import shutil

import cache
import debian
from debian import run
from machine import Machine

HERE = pathlib.Path(__file__).parent
RECIPE = [HERE / name for name in ("debian.py", "image.py", "machine.py", "guest/root", "module", "windows")]
DISK_SIZE = "1500M"
PASSWORD = "open sesame"
UNITS = ["dress.service", "dress-interop.socket", "dress-dns-windows.service", "dress-dns-tunnel.service",
         "test-agent.service"]
# Debian's own that would write to the clock, be asked for names, or look for the internet.
IDLE_UNITS = ["apt-daily.timer", "apt-daily-upgrade.timer", "chrony.service", "dpkg-db-backup.timer", "fstrim.timer",
              "e2scrub_all.timer", "systemd-resolved.service", "systemd-timesyncd.service",
              "systemd-networkd-wait-online.service"]
# What a node has no use for, and costs an emulated processor seconds of each boot.
SLOW_UNITS = ["console-getty.service", "dev-hugepages.mount", "dev-mqueue.mount", "e2scrub_reap.service",
              "getty@tty1.service", "kmod-static-nodes.service", "modprobe@configfs.service", "modprobe@drm.service",
              "modprobe@efi_pstore.service", "modprobe@fuse.service", "run-lock.mount", "sys-fs-fuse-connections.mount",
              "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
              "systemd-udev-load-credentials.service"]
# The kernel has everything else that it needs to find its root built in.
INITRD_MODULES = ["virtio_blk"]
INITRD_INIT = """#!/bin/busybox sh
/bin/busybox mkdir /proc /root
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for module in /modules/*.ko; do /bin/busybox insmod $module; done
options=$(/bin/busybox sed 's/.*rootflags=\\([^ ]*\\).*/\\1/' /proc/cmdline)
until /bin/busybox mount -t ext4 -o $options /dev/vda /root; do /bin/busybox sleep 0.1; done
/bin/busybox mount --move /dev /root/dev
/bin/busybox umount /proc
exec /bin/busybox switch_root /root /sbin/dress-init
"""


def module(build, version, tree):
    """Our own module, built against the headers, beside the kernel's."""
    place = build.path / "var/tmp/module"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(HERE / "module", place)
    build.run("make", "-C", "/var/tmp/module", f"KDIR=/usr/src/linux-headers-{version}")
    shutil.copy(place / "wslguest.ko", tree / "usr/lib/modules" / version)


def initrd(build, version, tree, path):
    folder = path.parent / "initrd-tree"
    for name in ("bin", "dev", "modules"):
        (folder / name).mkdir(parents=True)
    shutil.copy(build.path / "usr/bin/busybox", folder / "bin")
    for name in INITRD_MODULES:
        packed = next((tree / "usr/lib/modules" / version).rglob(name + ".ko.xz"))
        with (folder / "modules" / f"{name}.ko").open("wb") as out:
            out.write(lzma.decompress(packed.read_bytes()))
    (folder / "init").write_text(INITRD_INIT)
    (folder / "init").chmod(0o755)
    run("sh", "-ec", f"cd {folder} && find . | {build.path}/usr/bin/busybox cpio -o -H newc > {path}")
    shutil.rmtree(folder)


def dress(tree, version):
    """What is not Debian's in the machine."""
    shutil.copytree(HERE / "guest/root", tree.path, dirs_exist_ok=True, symlinks=True)
    run("sh", HERE / "windows/install.sh", tree.path)
    release = (HERE / "guest/root/usr/lib/dress/release").read_text().strip()
    (tree.path / "usr/lib/modules" / release).symlink_to(version)
    tree.run("depmod", version)
    (tree.path / "etc/hostname").write_text("wsl\n")
    (tree.path / "usr/sbin/policy-rc.d").unlink()
    for name, groups in (("stranger", ""), ("admin", "sudo"), ("member", "")):
        tree.run("useradd", "--create-home", "--shell", "/bin/bash", *(["--groups", groups] if groups else []), name)
        tree.run("sh", "-ec", f"echo '{name}:{PASSWORD}' | chpasswd")
    tree.run("systemctl", "enable", *UNITS)
    tree.run("systemctl", "mask", *IDLE_UNITS, *SLOW_UNITS)


def make(folder):
    build = debian.build_tree()
    tree = debian.unpack(folder / "tree", *debian.MACHINE_PACKAGES)
    version = debian.kernel_version(build)
    # Not installed: it would make an initrd that nobody needs.
    run("dpkg", "-x", debian.kernel_package(build), tree.path)
    module(build, version, tree.path)
    dress(tree, version)
    shutil.move(tree.path / f"boot/vmlinuz-{version}", folder / "vmlinuz")
    initrd(build, version, tree.path, folder / "initrd")
    run("mke2fs", "-q", "-t", "ext4", "-d", tree.path, folder / "disk.raw", DISK_SIZE)
    shutil.rmtree(tree.path)
    machine = Machine(folder, folder / "disk.raw", folder / "boot").start()
    machine.save(folder / "state")
    shutil.move(machine.disk, folder / "booted.qcow2")
    # The folder gets its name when it is whole.
    run("qemu-img", "rebase", "-u", "-F", "raw", "-b", "disk.raw", folder / "booted.qcow2")


def base():
    # A saved state is its QEMU's.
    key = cache.digest(run("qemu-system-x86_64", "--version"), *RECIPE)
    return cache.kept(cache.FOLDER, "machine", key, make)

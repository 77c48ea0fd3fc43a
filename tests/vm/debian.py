# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian 13 in a folder: to build the packages in, and to become the machine's disk."""

import os
import pathlib
import shutil
import subprocess

import cache

SUITE = "trixie"
MIRROR = os.environ.get("WSLNODE_TEST_MIRROR", "http://deb.debian.org/debian")

BUILD_PACKAGES = ["build-essential", "busybox-static", "debhelper", "debugedit", "gettext", "libc-ares-dev",
                  "libglib2.0-dev", "libgtk-3-dev", "libinih-dev", "libjansson-dev", "libnl-3-dev", "libnotify-dev",
                  "librsvg2-bin", "libsystemd-dev", "lintian", "linux-headers-cloud-amd64", "meson", "ninja-build",
                  "pkgconf", "po-debconf", "rpm", "systemd-dev"]
MACHINE_PACKAGES = ["chrony", "dbus", "dnsmasq-base", "e2fsprogs", "iproute2", "kmod", "libcares2",
                    "libglib2.0-bin", "libinih1", "libjansson4", "libnl-3-200", "libpam-systemd", "pkexec",
                    "polkitd", "procps", "python3", "sudo", "systemd", "systemd-resolved", "systemd-sysv",
                    "udev", "wireguard-tools"]

KERNEL_PLACE = "var/tmp/kernel"

# The chroot sees its own processes only, and what it mounts goes with it.
ENTER = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec",
         'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" "$@"']


class Tree:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def run(self, *command, **options):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                       "DEBIAN_FRONTEND": "noninteractive"}
        environment.update(options.pop("env", {}))
        return run(*ENTER, self.path, *command, env=environment, **options)

    def install(self, *packages):
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        self.run("apt-get", "update", "-qq")
        self.run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages)
        self.run("apt-get", "clean")


def run(*command, **options):
    """Like subprocess.run with check, but what was printed goes along with a failure."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-8000:]}")
    return done.stdout


def bare():
    """debootstrap's minbase as an archive: both trees begin with it."""
    def make(folder):
        run("debootstrap", "--variant=minbase", SUITE, folder / "tree", MIRROR)
        run("tar", "-C", folder / "tree", "-cf", folder / "minbase.tar", ".")
        shutil.rmtree(folder / "tree")
    return cache.kept(cache.FOLDER, "minbase", cache.digest(SUITE, MIRROR), make) / "minbase.tar"


def unpack(folder, *packages):
    folder.mkdir(exist_ok=True)
    run("tar", "-C", folder, "-xf", bare())
    tree = Tree(folder)
    # Nothing in a chroot is to be started.
    (tree.path / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (tree.path / "usr/sbin/policy-rc.d").chmod(0o755)
    tree.install(*packages)
    return tree


def build_tree():
    """With the kernel that it has the headers of: the archive forgets a version when the next comes."""
    def make(folder):
        tree = unpack(folder, *BUILD_PACKAGES)
        (tree.path / KERNEL_PLACE).mkdir()
        tree.run("sh", "-ec", f"cd /{KERNEL_PLACE} && apt-get download -qq linux-image-{kernel_version(tree)}")
    return Tree(cache.kept(cache.FOLDER, "build", cache.digest(bare().parent.name, pathlib.Path(__file__)), make))


def kernel_version(build):
    headers = sorted(path.name for path in (build.path / "usr/src").glob("linux-headers-*-cloud-amd64"))[-1]
    return headers.removeprefix("linux-headers-")


def kernel_package(build):
    return next((build.path / KERNEL_PLACE).glob("linux-image-*.deb"))

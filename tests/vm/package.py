# SPDX-License-Identifier: LGPL-2.1-or-later
"""The packages, as a distribution builds them: from what is in the source tree, in a Debian of their own."""

import os
import pathlib
import shutil

import cache
import debian
from debian import run

SOURCE = pathlib.Path(os.environ["SOURCE_ROOT"])
PLACE = "var/tmp/package"
# One that a machine has when it is upgraded from this one.
NEXT_VERSION = "999"


def sources():
    """What a release would hold: the files that git knows or would take; without git, all but builds."""
    if (SOURCE / ".git").exists():
        listed = run("git", "-c", f"safe.directory={SOURCE}", "-C", SOURCE, "ls-files", "-z", "--cached", "--others",
                     "--exclude-standard")
        names = [pathlib.Path(name) for name in listed.split("\0") if name]
    else:
        names = [path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file()]
        names = [name for name in names if not name.parts[0].startswith("build")]
    return [name for name in sorted(names) if (SOURCE / name).is_file() and name.parts[:2] != ("tests", "vm")]


def copy(tree):
    place = tree.path / PLACE
    shutil.rmtree(place, ignore_errors=True)
    for name in sources():
        (place / "wslnode" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / name, place / "wslnode" / name)
    return place


def build_deb(tree, folder):
    place = copy(tree)
    tree.run("sh", "-ec", f"cd /{PLACE}/wslnode && dpkg-buildpackage -b -us -uc")
    for path in [*place.glob("*.deb"), *place.glob("*.changes"), *place.glob("*.buildinfo")]:
        shutil.copy(path, folder)


def build_next(tree, folder):
    """The same once more under a later version: what an upgrade brings."""
    package = next(folder.glob("wslnode_*.deb"))
    place = tree.path / PLACE / "next"
    run("dpkg-deb", "-R", package, place)
    control = place / "DEBIAN/control"
    lines = control.read_text().splitlines()
    control.write_text("".join(f"Version: {NEXT_VERSION}\n" if line.startswith("Version:") else line + "\n"
                               for line in lines))
    run("dpkg-deb", "--root-owner-group", "-b", place, folder / f"wslnode_{NEXT_VERSION}_all.deb")


def make(folder):
    tree = debian.build_tree()
    with cache.locked(cache.FOLDER, "package"):
        build_deb(tree, folder)
        build_next(tree, folder)


def deb(folder):
    """The folder with the packages of the tree as it is now."""
    key = cache.digest(debian.build_tree().path.name, *sources_content())
    return cache.kept(folder, "package", key, make)


def sources_content():
    for name in sources():
        yield str(name)
        yield SOURCE / name


def lint(packages):
    """What lintian says of them: errors and warnings."""
    tree = debian.build_tree()
    with cache.locked(cache.FOLDER, "package"):
        place = tree.path / "var/tmp/lint"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(packages, place)
        return tree.run("sh", "-c", "lintian --allow-root --fail-on error /var/tmp/lint/*.changes; echo status=$?")


def build_rpm():
    """The names of what rpmbuild made; Fedora's dependencies cannot be asked for on Debian."""
    tree = debian.build_tree()
    with cache.locked(cache.FOLDER, "package"):
        place = copy(tree)
        version = run("sed", "-n", "s/^Version: *//p", SOURCE / "rpm/wslnode.spec").strip()
        run("tar", "-C", place, "--transform", f"s,^wslnode,wslnode-{version},", "-czf",
            place / f"wslnode-{version}.tar.gz", "wslnode")
        tree.run("rpmbuild", "-ba", "--nodeps", "--define", f"_topdir /{PLACE}/rpm", "--define", f"_sourcedir /{PLACE}",
                 f"/{PLACE}/wslnode/rpm/wslnode.spec")
        return {path.name: tree.run("rpm", "-qpl", "/" + str(path.relative_to(tree.path)))
                for path in (place / "rpm/RPMS").rglob("*.rpm")}

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What outlives a run: Debian trees and the booted base machine, each under a name that its recipe makes."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import time

FOLDER = pathlib.Path(os.environ.get("WSLNODE_TEST_CACHE", "/var/cache/wslnode-tests"))

KEPT_SECONDS = 24 * 3600

# What this process made, and in how many seconds.
made = []


def digest(*parts):
    """Of texts, and of files and folders with all that is in them."""
    total = hashlib.sha256()
    for part in parts:
        files = sorted(path for path in part.rglob("*") if path.is_file() and "__pycache__" not in path.parts) \
            if isinstance(part, pathlib.Path) and part.is_dir() else [part]
        for item in files:
            is_file = isinstance(item, pathlib.Path)
            name, content = (item.name, item.read_bytes()) if is_file else ("", str(item).encode())
            total.update(f"{name}:{len(content)}:".encode() + content)
    return total.hexdigest()[:16]


@contextlib.contextmanager
def locked(folder, name):
    """One process makes what all need; the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"lock-{name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept(folder, name, key, make):
    """The folder that make(path) fills, made once for each key; what nobody used for a day is removed."""
    with locked(folder, name):
        path = folder / f"{name}-{key}"
        if not path.exists():
            for old in folder.glob(f"{name}-" + "?" * len(key)):
                if old.stat().st_mtime < time.time() - KEPT_SECONDS:
                    shutil.rmtree(old)
            half = folder / f"half-{name}"
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            began = time.monotonic()
            make(half)
            made.append((name, time.monotonic() - began))
            half.rename(path)
            (folder / f"seconds-{name}").write_text(f"{made[-1][1]:.0f}")
        os.utime(path)
        return path


def seconds(folder):
    """How long each of them took to make when it was."""
    return {path.name.removeprefix("seconds-"): int(path.read_text()) for path in folder.glob("seconds-*")}

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine under QEMU: started cold or from a saved state, asked over a serial port, cut off at will."""

import contextlib
import itertools
import json
import os
import pathlib
import queue
import socket
import subprocess
import threading
import time

from debian import run

BOOT_PATIENCE = 300
PATIENCE = 60
COMMAND_LINE = ("console=ttyS0 root=/dev/vda rw quiet net.ifnames=0 panic=-1 "
                # Nothing reaches the disk but what is synced: a missing fsync shows after a power cut.
                "rootflags=noauto_da_alloc,commit=3600 systemd.default_timeout_start_sec=300s")

# QEMU 7.2's cmpxchg16b now and then puts a pointer into the flags: the kernel does without. And there is one
# processor only: with two, code that the kernel changes in one was run half changed by the other.
CPU = "max,-cx16"


class Failed(AssertionError):
    pass


class Result:
    def __init__(self, command, reply):
        self.command, self.status = command, reply["status"]
        self.out, self.err = (reply[name].encode("latin-1").decode("utf-8", "replace") for name in ("out", "err"))
        self.raw = reply["out"].encode("latin-1")

    def __repr__(self):
        return f"{self.command} → {self.status}\n{self.out}{self.err}"


class Control:
    """QEMU's own protocol."""

    def __init__(self, connection):
        self.connection, self.lines = connection, connection.makefile("rw")
        self.lines.readline()  # the greeting
        self.ask("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.connection.close()

    def ask(self, command, **arguments):
        self.lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:  # events come in between
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]


class Machine:
    def __init__(self, base, disk, folder):
        """disk is what the machine's own disk begins as; it is not written to."""
        self.base, self.folder = pathlib.Path(base).absolute(), pathlib.Path(folder).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.disk = self.folder / "disk.qcow2"
        self.process, self.port, self.waiting, self.numbers = None, None, {}, itertools.count(1)
        form = "raw" if pathlib.Path(disk).suffix == ".raw" else "qcow2"
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", disk, self.disk)

    @property
    def console(self):
        return self.folder / "console.log"

    def start(self, state=None):
        """Without a saved state it boots. The disk is what it was left as."""
        command = [
            # Not to be outlived by it, however this process ends.
            "setpriv", "--pdeathsig", "KILL",
            "qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-cpu", CPU, "-smp", "1", "-m", "512",
            "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-nic", "none",
            # The guest's clock stands still while it is saved, as everything in it does.
            "-rtc", "base=utc,clock=vm",
            "-kernel", self.base / "vmlinuz", "-initrd", self.base / "initrd", "-append", COMMAND_LINE,
            "-drive", f"file={self.disk},if=virtio,format=qcow2,cache=unsafe",
            "-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console",
            "-device", "virtio-serial", "-chardev", f"socket,id=port,path=port,server=on,wait=on",
            "-device", "virtserialport,chardev=port,name=wslnode.test",
            "-chardev", f"socket,id=control,path=control,server=on,wait=off",
            "-mon", "chardev=control,mode=control", "-object", "rng-random,id=rng,filename=/dev/urandom",
            "-device", "virtio-rng-pci,rng=rng"]
        if state:
            command += ["-incoming", f"exec:cat {state}"]
        log = (self.folder / "qemu.log").open("a")
        # In its folder: the whole path of a socket can be too long.
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        cwd=self.folder)
        self.port = self.connect("port")
        threading.Thread(target=self.listen, args=(self.port,), daemon=True).start()
        if state:
            self.go_on()
        else:
            self.wait_for_boot()
        return self

    def go_on(self):
        """It was saved standing still, and does so until told."""
        with Control(self.connect("control")) as control:
            while control.ask("query-status")["status"] == "inmigrate":
                time.sleep(0.02)
            control.ask("cont")

    @contextlib.contextmanager
    def held(self):
        """Its processors are held meanwhile: every clock of it stands still, but not the world."""
        with Control(self.connect("control")) as control:
            control.ask("stop")
            yield
            control.ask("cont")

    def connect(self, name):
        end, folder = time.monotonic() + PATIENCE, os.open(self.folder, os.O_PATH)
        try:
            while True:
                try:
                    connection = socket.socket(socket.AF_UNIX)
                    connection.connect(f"/proc/self/fd/{folder}/{name}")
                    return connection
                except (FileNotFoundError, ConnectionRefusedError):
                    connection.close()
                    if self.process.poll() is not None or time.monotonic() > end:
                        raise Failed("QEMU does not run: " + (self.folder / "qemu.log").read_text()) from None
                    time.sleep(0.02)
        finally:
            os.close(folder)

    def listen(self, port):
        with port.makefile("r") as lines:
            try:
                for line in lines:
                    reply = json.loads(line)
                    if reply["id"] in self.waiting:
                        self.waiting.pop(reply["id"]).put(reply)
            except (OSError, ValueError):  # cut off
                pass

    def send(self, command, *, user=None, timeout=PATIENCE, input="", env=None):
        """Asks for a command and does not wait: what comes is the queue of its one reply."""
        number, replies = next(self.numbers), queue.Queue()
        self.waiting[number] = replies
        request = {"id": number, "command": command, "user": user, "timeout": timeout, "input": input, "env": env or {}}
        self.port.sendall(json.dumps(request).encode() + b"\n")
        return replies

    def try_(self, *command, timeout=PATIENCE, **options):
        """The result of a command, or of a line for the shell, whatever its status."""
        words = ["sh", "-c", command[0]] if len(command) == 1 else [str(word) for word in command]
        replies = self.send(words, timeout=timeout, **options)
        try:
            return Result(command, replies.get(timeout=timeout + PATIENCE))
        except queue.Empty:
            raise Failed(f"the machine does not answer: {command}") from None

    def run(self, *command, **options):
        """The output of a command that must succeed."""
        result = self.try_(*command, **options)
        if result.status != 0:
            raise Failed(repr(result))
        return result.out

    def write(self, path, text):
        self.run(f"mkdir -p $(dirname {path}) && cat > {path}", input=text.encode().decode("latin-1"))

    def wait_for_boot(self):
        """The agent is there as soon as its port is; the boot has ended when systemd says so.

        Asked again and again: one question that waits for the end missed it once.
        """
        deadline = time.monotonic() + BOOT_PATIENCE
        while time.monotonic() < deadline:
            state = self.state_of_boot(deadline)
            if state == "running":
                return
            if state not in ("initializing", "starting", ""):
                raise Failed(f"the machine is {state}: " + self.run("systemctl --failed --no-pager; journalctl -b -p err"))
            time.sleep(1)
        raise Failed("the machine does not come up: " + self.try_("systemctl list-jobs --no-pager").out
                     + self.console.read_text()[-2000:])

    def state_of_boot(self, deadline):
        replies = self.send(["systemctl", "is-system-running"])
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed("the machine went down: " + self.console.read_text()[-2000:])
            try:
                return replies.get(timeout=1)["out"].strip()
            except queue.Empty:
                pass
        return ""

    def save(self, path):
        """Writes the state of everything but the disk, and ends: disk and state then belong together."""
        self.run("sync; echo 3 > /proc/sys/vm/drop_caches")
        with Control(self.connect("control")) as control:
            # Emulated processors that run meanwhile change pages behind the back of what saves them.
            control.ask("stop")
            control.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
            control.ask("migrate", uri=f"exec:cat > {path}")
            while (status := control.ask("query-migrate").get("status")) != "completed":
                if status == "failed":
                    raise Failed("the state cannot be saved: " + (self.folder / "qemu.log").read_text())
                time.sleep(0.1)
            control.ask("quit")
        self.process.wait(PATIENCE)

    def cut(self):
        """The power goes."""
        self.process.kill()
        self.process.wait(PATIENCE)
        self.port.close()
        self.waiting.clear()

    def close(self):
        if self.process and self.process.poll() is None:
            self.cut()

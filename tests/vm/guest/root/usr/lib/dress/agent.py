# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the machine what the tests ask for: a line of JSON in, a line of JSON out, many at once."""

import json
import os
import pwd
import select
import signal
import subprocess
import threading
import time

PORT = "/dev/virtio-ports/wslnode.test"
OUTPUT_LIMIT = 1 << 20

writing = threading.Lock()


def become(name):
    """As login does it, but for the session."""
    user = pwd.getpwnam(name)
    groups = os.getgrouplist(name, user.pw_gid)

    def change():
        os.setgroups(groups)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.chdir("/")
    return change


def run(request):
    user = request.get("user")
    environment = dict(os.environ, LC_ALL="C.UTF-8", **request.get("env", {}))
    process = subprocess.Popen(request["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=become(user) if user else None,
                               start_new_session=True, env=environment)
    try:
        out, err = process.communicate(request.get("input", "").encode("latin-1"), request["timeout"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return {"status": None, "out": out[:OUTPUT_LIMIT].decode("latin-1"), "err": err.decode("latin-1")}
    return {"status": process.returncode, "out": out[:OUTPUT_LIMIT].decode("latin-1"), "err": err.decode("latin-1")}


def answer(port, line):
    request = json.loads(line)
    try:
        reply = run(request)
    except Exception as e:  # whatever it is, the one who asked must hear of it
        reply = {"status": None, "out": "", "err": f"agent: {e!r}"}
    data = json.dumps(dict(reply, id=request["id"])).encode() + b"\n"
    with writing:
        while data:
            data = data[os.write(port, data):]


def main():
    # udev may come to it after us.
    while not os.path.exists(PORT):
        time.sleep(0.05)
    port = os.open(PORT, os.O_RDWR | os.O_CLOEXEC)
    poll = select.poll()
    poll.register(port, select.POLLIN)
    rest = b""
    while True:
        poll.poll()
        data = os.read(port, 65536)
        if not data:  # nobody is at the other end
            threading.Event().wait(0.05)
            continue
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            threading.Thread(target=answer, args=(port, line), daemon=True).start()


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes down what comes from the service and goes to it, each with CLOCK_MONOTONIC_RAW when it was seen; and when, and
for how long, nothing could run here."""

import json
import subprocess
import sys
import threading
import time

MONITOR = ["busctl", "--system", "--json=short", "monitor", "org.wslnode.Node1"]
BEAT, LATE = 0.1, 0.05


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)


def tell(at, kind, **details):
    # In one piece, for two write.
    sys.stdout.write(json.dumps({"at": at, "type": kind, **details}) + "\n")
    sys.stdout.flush()


def watch_stalls():
    """Whoever is scheduled before all others wakes late when the machine itself is not run."""
    while True:
        before = now()
        time.sleep(BEAT)
        after = now()
        if after - before > BEAT + LATE:
            tell(after, "stall", seconds=after - before)


def main():
    threading.Thread(target=watch_stalls, daemon=True).start()
    with subprocess.Popen(MONITOR, stdout=subprocess.PIPE, text=True) as monitor:
        for line in monitor.stdout:
            seen, message = now(), json.loads(line)
            tell(seen, message["type"], member=message.get("member"), arguments=message["payload"].get("data"))


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes down what comes from the service and goes to it, each with CLOCK_MONOTONIC_RAW when it was seen."""

import json
import subprocess
import time

MONITOR = ["busctl", "--system", "--json=short", "monitor", "org.wslnode.Node1"]


def main():
    with subprocess.Popen(MONITOR, stdout=subprocess.PIPE, text=True) as monitor:
        for line in monitor.stdout:
            seen, message = time.clock_gettime(time.CLOCK_MONOTONIC_RAW), json.loads(line)
            print(json.dumps({"at": seen, "type": message["type"], "member": message.get("member"),
                              "arguments": message["payload"].get("data")}), flush=True)


main()

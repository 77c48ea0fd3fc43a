# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command in a terminal of its own and types what it is given, a line at each prompt for a password."""

import os
import pty
import sys
import termios
import time

PATIENCE = 240


def main():
    password, command = sys.argv[1], sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    shown, end = b"", time.monotonic() + PATIENCE
    typed = 0
    while time.monotonic() < end:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        shown += data
        if shown.count(b"Password: ") > typed:
            typed += 1
            # What is typed before the echo is off is thrown away.
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.02)
            os.write(terminal, password.encode() + b"\n")
    sys.stdout.buffer.write(shown)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clock as its distance from CLOCK_MONOTONIC_RAW, which neither steps nor slews; shown, or set by somebody else.

clock.py                            shows both in seconds, and what adjtimex says
clock.py SECONDS [TIMES [PERIOD]]   sets the clock so far beside where it was at the start, and shows when it did
"""

import ctypes
import json
import sys
import time


class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
                ("constant", ctypes.c_long), ("precision", ctypes.c_long), ("tolerance", ctypes.c_long),
                ("time", ctypes.c_long * 2), ("tick", ctypes.c_long), ("rest", ctypes.c_long * 20)]


def raw():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


def distance():
    """The narrowest of some: another process may run in between."""
    pairs = []
    for _ in range(5):
        before, real, after = raw(), time.clock_gettime_ns(time.CLOCK_REALTIME), raw()
        pairs.append((after - before, real - (before + after) // 2))
    return min(pairs)[1]


def show():
    timex = Timex()
    ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    print(json.dumps({"raw": raw() / 1e9, "distance": distance() / 1e9, "tick": timex.tick, "freq": timex.freq}))


def step(seconds, times=1, period=0):
    wanted = distance() + int(seconds * 1e9)
    began = time.monotonic()
    for i in range(int(times)):
        time.sleep(max(0, began + i * period - time.monotonic()))
        at = raw()
        time.clock_settime_ns(time.CLOCK_REALTIME, wanted + at)
        print(at / 1e9, flush=True)


if len(sys.argv) > 1:
    step(*map(float, sys.argv[1:]))
else:
    show()

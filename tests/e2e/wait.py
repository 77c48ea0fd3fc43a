# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for what must come, instead of sleeping."""

import time

# Sanitizers on two busy cores are slow: this bounds a failure, it does not slow a success.
PATIENCE = 15


def eventually(fn, timeout=PATIENCE):
    """Returns the first true value of fn; its last failed assertion, what it missed, or its last value, explains a timeout."""
    end = time.monotonic() + timeout
    while True:
        value, failure = None, None
        try:
            value = fn()
            if value:
                return value
        except (AssertionError, LookupError) as e:
            failure = e
        if time.monotonic() > end:
            raise failure or AssertionError(f"not within {timeout} s; the last value was {value!r}")
        time.sleep(0.02)


def settles(fn, wanted, timeout=PATIENCE):
    """Waits until fn() equals wanted, and shows both where it never does."""
    def equal():
        value = fn()
        assert value == wanted
        return True
    eventually(equal, timeout)

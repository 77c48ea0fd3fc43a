# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for keys in the memory of a process: as they are, in hex and in base64, and for halves of all these.

memory.py PID KEY…   prints those (base64) that are there
"""

import base64
import sys

PAGE = 4096
# A sanitizer's shadow, of which next to nothing is there, and no program copies anything to.
BIGGEST = 1 << 34
CHUNK = 1 << 20


def needles(key):
    """All that would give a key away, or half of it."""
    raw = base64.b64decode(key)
    forms = [raw, raw.hex().encode(), raw.hex().upper().encode(), key.encode().rstrip(b"=")]
    return [half for form in forms for half in (form[:len(form) // 2], form[len(form) // 2:])]


def ranges(pid):
    """What it can write to."""
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, mode, *_ = line.split()
            begin, end = (int(word, 16) for word in span.split("-"))
            if "w" in mode and "r" in mode and end - begin < BIGGEST:
                yield begin, end


def present(pagemap, begin, end):
    """The spans of it that hold a page, in memory or swapped out."""
    pagemap.seek(begin // PAGE * 8)
    entries = pagemap.read((end - begin) // PAGE * 8)
    first = None
    for i in range(len(entries) // 8 + 1):
        there = i * 8 < len(entries) and entries[i * 8 + 7] & 0xC0
        if there and first is None:
            first = i
        elif not there and first is not None:
            yield begin + first * PAGE, begin + i * PAGE
            first = None


def contents(pid):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(f"/proc/{pid}/pagemap", "rb") as pagemap:
        for begin, end in ranges(pid):
            for first, last in present(pagemap, begin, end):
                memory.seek(first)
                try:
                    yield memory.read(last - first)
                except OSError:
                    pass  # it was given back meanwhile


def found(pid, keys):
    """Those of the keys that are there."""
    wanted = {key: needles(key) for key in keys}
    result = set()
    for content in contents(pid):
        result |= {key for key, forms in wanted.items() if any(form in content for form in forms)}
    return result


if __name__ == "__main__":
    print("\n".join(found(int(sys.argv[1]), sys.argv[2:])))

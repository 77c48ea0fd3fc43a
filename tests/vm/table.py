# SPDX-License-Identifier: LGPL-2.1-or-later
"""The run of the scenarios as a table: what each took, and how it ended."""

import pathlib
import sys

import cache

COLUMNS = "{:<16} {:<58} {:>7}  {}"


class Rows:
    """Of one file of scenarios; since several run at once, each has a file of its own for its rows, too."""

    def __init__(self, work, name):
        self.path = work / "rows" / name
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("")

    def add(self, what, seconds, verdict):
        with self.path.open("a") as rows:
            rows.write(f"{what}\t{seconds:.1f}\t{verdict}\n")


def show(work):
    rows = [[path.name, *line.split("\t")] for path in sorted((work / "rows").glob("*"))
            for line in path.read_text().splitlines()]
    print(COLUMNS.format("file", "scenario", "seconds", "verdict"))
    for row in rows:
        print(COLUMNS.format(*row))
    verdicts = [row[-1] for row in rows]
    print(f"{verdicts.count('passed')} scenarios passed, {verdicts.count('failed')} failed")
    made = ", ".join(f"{name} {seconds} s" for name, seconds in sorted(cache.seconds(cache.FOLDER).items()))
    print(f"What is kept between runs took, when it was made: {made}")


if __name__ == "__main__":
    show(pathlib.Path(sys.argv[1]))

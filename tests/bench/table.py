# SPDX-License-Identifier: LGPL-2.1-or-later
"""The numbers, their budgets and the verdict."""

import dataclasses
import statistics

HEADINGS = ("what", "ours", "rival's", "rival", "ratio", "budget", "holds")


@dataclasses.dataclass
class Row:
    what: str
    ours: float
    rival: float | None
    against: str
    ratio: float | None
    budget: float | None  # without one it only explains the row above
    unit: str

    def holds(self):
        return self.budget is None or (self.ours if self.ratio is None else self.ratio) <= self.budget

    def cells(self):
        def number(value):
            return "–" if value is None else f"{value:.1f} {self.unit}".replace(".0 ", " ")
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = "", ""
        if self.budget is not None:
            unit = self.unit if self.ratio is None else "×"
            verdict = f"≤ {self.budget} {unit}".rstrip(), "yes" if self.holds() else "NO"
        return (self.what, number(self.ours), number(self.rival), self.against, ratio, *verdict)


class Table:
    def __init__(self):
        self.rows = []

    def add(self, row):
        self.rows.append(row)
        print("   ", *row.cells()[1:], sep="  ", flush=True)

    def ratio(self, what, budget, rounds, against, unit="µs"):
        """Of `rounds` of (ours, rival's), the median of each and of their ratios."""
        ours, rival = zip(*rounds)
        print("    rounds:", *(f"{a:g}/{b:g}" for a, b in rounds))
        self.add(Row(what, statistics.median(ours), statistics.median(rival), against,
                     statistics.median(a / b for a, b in rounds), budget, unit))

    def count(self, what, budget, values, unit, rival=None, against=""):
        """The worst of `values`, which no machine's noise excuses."""
        print("    rounds:", *(f"{value:g}" for value in values))
        self.add(Row(what, max(values), rival, against, None, budget, unit))

    def print(self):
        lines = [HEADINGS, *(row.cells() for row in self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
        print()
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        judged = [row.holds() for row in self.rows if row.budget is not None]
        print(f"\n{sum(judged)} of {len(judged)} budgets hold")
        return all(judged)

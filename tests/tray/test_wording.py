#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tray translates is what the daemon says, letter by letter, wherever nothing is filled in."""

import ast
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# Where what is shown has a number or a name more than the daemon's sentence.
MORE = {"Whether Tailscale runs in Windows cannot be told.", "Tailscale's exit node is offline: nothing reaches the internet.", "Tailscale warns about itself."}
OTHERWISE = {"Mend that, or take the file out of Files= in /etc/wslnode/wslnode.conf."}


def sentences(path):
    """The string literals of a C file that are sentences: those side by side are one, macros of literals too."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S).replace("\\\n", "")
    for name, value in re.findall(rf"^#define (\w+)\s+((?:{LITERAL}\s*?)+)$", text, re.M):
        text = re.sub(rf"(?<!#define )\b{name}\b", lambda _, value=value: value, text)
    joined = ("".join(map(ast.literal_eval, re.findall(LITERAL, found.group())))
              for found in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", text))
    return {text for text in joined if len(text) > 15 and " " in text.strip()}


class Wording(unittest.TestCase):
    shown = set().union(*map(sentences, (ROOT / "tray").glob("wording*.c")))

    def test_nothing_is_the_trays_own(self):
        said = set().union(*map(sentences, (ROOT / "service" / "state").glob("check_*.c")))
        plain = {text for text in self.shown if "{" not in text}
        self.assertGreater(len(plain), 50)
        self.assertEqual(plain - said - OTHERWISE, set())

    def test_nothing_of_the_vpn_is_missing(self):
        said = set().union(*(sentences(ROOT / "service" / "state" / f"check_{name}.c")
                             for name in ("vpn", "vpn_truncated", "reach", "tailscale", "path", "windows"))) - MORE
        # The end that several remedies have.
        said = {text for text in said if not text.startswith(" ")}
        self.assertGreater(len(said), 10)
        self.assertEqual(said - self.shown, set())


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every language is complete, and fills in what the English text fills in."""

import ast
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "tray" / "po"
LANGUAGES = (PO / "LINGUAS").read_text().split()


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def template():
    """What the sources hold now, whatever a .po says of them."""
    return run("xgettext", "--from-code=UTF-8", "-k_", "-kN_", "-kngettext:1,2", "--add-comments", "-o", "-",
               *(PO / "POTFILES").read_text().split())


def messages(text):
    """(msgid, [msgstr, …]) of each entry."""
    entries = []
    for block in text.split("\n\n"):
        parts = re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', block + "\n", re.M)
        unquoted = [(kind, "".join(ast.literal_eval(line) for line in value.splitlines())) for kind, value in parts]
        identity = next((value for kind, value in unquoted if kind == "msgid"), "")
        if identity:
            entries.append((identity, [value for kind, value in unquoted if kind.startswith("msgstr")]))
    return entries


class Translation(unittest.TestCase):
    def test_every_source_is_listed(self):
        listed = (PO / "POTFILES").read_text().split()
        self.assertEqual(listed, sorted(f"tray/{path.name}" for path in (ROOT / "tray").glob("*.c")))

    def test_nothing_is_missing(self):
        known = {identity for identity, _ in messages(template())}
        self.assertGreater(len(known), 100)
        for language in LANGUAGES:
            text = (PO / f"{language}.po").read_text()
            translated = {identity for identity, strings in messages(text) if all(strings)}
            self.assertEqual(known - translated, set(), language)
            self.assertNotIn("#, fuzzy", text)

    def test_the_same_is_filled_in(self):
        for language in LANGUAGES:
            for identity, strings in messages((PO / f"{language}.po").read_text()):
                for string in strings:
                    self.assertEqual(set(re.findall(r"\{[a-z-]+\}", string)),
                                     set(re.findall(r"\{[a-z-]+\}", identity)), identity)

    def test_formats(self):
        for language in LANGUAGES:
            run("msgfmt", "--check", "-o", "/dev/null", f"tray/po/{language}.po")


if __name__ == "__main__":
    unittest.main()

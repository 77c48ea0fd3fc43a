#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The icons as they are installed: every size, readable on light and dark, and told apart by their shape alone."""

import re
import sys
import unittest
from collections import Counter
from itertools import combinations
from pathlib import Path

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf

THEME = None
INDEX = Path("/usr/share/icons/hicolor/index.theme")

LEVELS = ["absent", "unknown", "ok", "warning", "critical"]
SIZES = [16, 22, 24, 32, 48, 64, 128, 256]
GROUNDS = {"white": (255, 255, 255), "light": (0xf6, 0xf5, 0xf4), "dark": (0x22, 0x22, 0x22)}

# WCAG 2.1, 1.4.11: graphics that are needed to understand.
LEAST_CONTRAST = 3.0
# Of 256 pixels. A check mark and a cross in the same disc differ by less.
LEAST_DIFFERENCE = 30


def pixels(path, size=None):
    """Rows of (red, green, blue, alpha)."""
    buffer = (GdkPixbuf.Pixbuf.new_from_file_at_size(str(path), size, size) if size
              else GdkPixbuf.Pixbuf.new_from_file(str(path)))
    buffer = buffer if buffer.get_has_alpha() else buffer.add_alpha(False, 0, 0, 0)
    data, stride = buffer.get_pixels(), buffer.get_rowstride()
    return [[tuple(data[y * stride + 4 * x:y * stride + 4 * x + 4]) for x in range(buffer.get_width())]
            for y in range(buffer.get_height())]


def luminance(colour):
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
              for value in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def dominant(rows):
    """The colour that most of it has; a mark in white is not what shows on a light ground."""
    opaque = Counter(pixel[:3] for row in rows for pixel in row if pixel[3] >= 230 and min(pixel[:3]) < 240)
    return opaque.most_common(1)[0]


def ink(rows):
    """Which pixels are drawn, whatever their colour: a white mark is a hole."""
    return [pixel[3] >= 128 and min(pixel[:3]) < 200 for row in rows for pixel in row]


def difference(one, other):
    return sum(a != b for a, b in zip(one, other))


def icon(level, size=16):
    return THEME / f"{size}x{size}/status/wslnode-{level}.png"


def symbolic(level):
    return THEME / f"scalable/status/wslnode-{level}-symbolic.svg"


class Icons(unittest.TestCase):
    def test_every_size(self):
        for size in SIZES:
            folder = THEME / f"{size}x{size}"
            for path in [folder / "apps/org.wslnode.Tray.png", *(icon(level, size) for level in LEVELS)]:
                rows = pixels(path)
                self.assertEqual((len(rows), {len(row) for row in rows}), (size, {size}), path)
                drawn = sum(pixel[3] > 0 for row in rows for pixel in row)
                self.assertGreater(drawn, size * size // 5, path)

    def test_the_drawings_are_there(self):
        found = {str(path.relative_to(THEME)) for path in THEME.rglob("*.svg")}
        self.assertEqual(found, {"scalable/apps/org.wslnode.Tray.svg"} | {
            f"scalable/status/wslnode-{level}{kind}.svg" for level in LEVELS for kind in ("", "-symbolic")})

    def test_the_theme_looks_there(self):
        """A folder that hicolor does not list is never searched."""
        listed = re.search(r"^Directories=(.*)$", INDEX.read_text(), re.M).group(1).split(",")
        used = {str(path.parent.relative_to(THEME)) for path in THEME.rglob("*.*g")}
        self.assertEqual(len(used), 2 * len(SIZES) + 2)
        self.assertEqual(used - set(listed), set())

    def test_colours_show_on_light_and_dark(self):
        for level in LEVELS:
            colour, count = dominant(pixels(icon(level)))
            self.assertGreaterEqual(count, 20, f"{level}: hardly a pixel of {colour}")
            for ground, value in GROUNDS.items():
                self.assertGreaterEqual(contrast(colour, value), LEAST_CONTRAST, f"{level} {colour} on {ground}")

    def test_marks_show_in_their_shape(self):
        """What is white in an icon against its colour."""
        for level in ["ok", "warning", "critical"]:
            rows = pixels(icon(level))
            marks = sum(pixel[3] == 255 and min(pixel[:3]) >= 200 for row in rows for pixel in row)
            self.assertGreaterEqual(marks, 8, level)
            self.assertGreaterEqual(contrast(dominant(rows)[0], (255, 255, 255)), LEAST_CONTRAST, level)

    def test_shapes_tell_the_levels_apart(self):
        shapes = {level: ink(pixels(icon(level))) for level in LEVELS}
        for one, other in combinations(LEVELS, 2):
            self.assertGreaterEqual(difference(shapes[one], shapes[other]), LEAST_DIFFERENCE, f"{one}, {other}")

    def test_symbolic_shapes_tell_the_levels_apart(self):
        shapes = {level: ink(pixels(symbolic(level), 16)) for level in LEVELS}
        for one, other in combinations(LEVELS, 2):
            self.assertGreaterEqual(difference(shapes[one], shapes[other]), LEAST_DIFFERENCE, f"{one}, {other}")

    def test_symbolic_ones_have_the_shape_of_the_coloured(self):
        for level in LEVELS:
            self.assertLess(difference(ink(pixels(symbolic(level), 16)), ink(pixels(icon(level)))), 10, level)

    def test_symbolic_ones_can_be_given_a_colour(self):
        """GTK sets the fill of paths, rectangles and circles, and nothing else."""
        for level in LEVELS:
            text = symbolic(level).read_text()
            self.assertIn('viewBox="0 0 16 16"', text)
            self.assertEqual(set(re.findall(r"<([a-zA-Z]+)", text)) - {"svg", "path", "rect", "circle"}, set(), level)
            self.assertEqual(re.findall(r"stroke|style|opacity|url", text), [], level)
            self.assertEqual(set(re.findall(r'fill="(.*?)"', text)), {"#bebebe"}, level)


if __name__ == "__main__":
    THEME = Path(sys.argv.pop(1)).resolve()
    unittest.main()

"""One colour scheme with a meaning, for light paper and dark; the same in every format.

Each colour has a contrast of at least 4.5 to 1 on its paper. The blue of values and the rust of
gradients are those of the project's pages; values also stand over lines, gradients under them, on
a tint, and lines that carry gradients are dashed, so that nothing is said by colour alone.
"""

from __future__ import annotations

PAPER = ("#ffffff", "#191a1c")
INK = ("#22201c", "#e6e2d8")
RULE = ("#b9b3a7", "#5a5a5c")
"""Thin lines that carry no meaning."""
WASH = ("#f7f4ec", "#26272b")
"""The inside of circles and boxes."""
TINT = ("#f3ddd1", "#43302a")
"""What gradients stand on, so that they are told from values in grey too."""
BAND = ("#efe9dc", "#2e2f33")
"""A range of a plot that is pointed out."""
WINDOW = ("#f5da88", "#463b1c")
"""A cell of the window that an entry reads."""
FILLS: dict[str, tuple[str, str]] = {
    "input": ("#cfe3f2", "#234055"),
    "hidden": ("#dedede", "#3a3b3e"),
    "output": ("#cfe8d3", "#24452d"),
    "expected": ("#fbe9b7", "#463b1c"),
    "error": ("#f6cfc4", "#5a2c20"),
}
"""The inside of a node by its kind, where a notation's own pictures have such colours."""
FADED = 0.3
"""How much is seen of what a picture is not about."""
COLOURS: dict[str, tuple[str, str]] = {
    "forward": ("#1f5a86", "#8bbfe6"),
    "gradient": ("#a2401f", "#f0a184"),
    "parameter": ("#2b6a3c", "#92d0a0"),
    "cost": ("#7b3b8c", "#d9a8e6"),
    "local": ("#775a00", "#e3c565"),
    "name": INK,
    "quiet": ("#6a655c", "#a8a297"),
}
"""Role → colour on light paper, on dark paper."""

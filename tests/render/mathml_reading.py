"""MathML read back into a line, so that a test can say what it draws."""

from __future__ import annotations

from xml.etree import ElementTree

INVISIBLE = {"\u2061": "", "\u2062": "", "\xa0": " "}
CHILDREN = {
    "mfrac": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munderover": 3,
    "munder": 2,
    "mover": 2,
}
KNOWN = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd"}


def reading(markup: str) -> str:
    """Return the formula on a line: ``frac(a, b)``, ``a_1^2``; each element checked on the way."""
    return _read(ElementTree.fromstring(f"<mrow>{markup}</mrow>"))


def _read(node: ElementTree.Element) -> str:
    parts = [_read(child) for child in node]
    count = CHILDREN.get(node.tag)
    assert count is None or len(parts) == count, ElementTree.tostring(node)
    assert node.tag in KNOWN | set(CHILDREN), node.tag
    match node.tag:
        case "mi" | "mn" | "mo" | "mtext":
            assert not parts
            assert node.text
            return INVISIBLE.get(node.text, node.text.replace("\xa0", " "))
        case "mspace":
            return " "
        case "mfrac":
            return f"frac({parts[0]}, {parts[1]})"
        case "msub" | "munder":
            return f"{parts[0]}_{parts[1]}"
        case "msup":
            return f"{parts[0]}^{parts[1]}"
        case "msubsup" | "munderover":
            return f"{parts[0]}_{parts[1]}^{parts[2]} "
        case "msqrt":
            return f"sqrt({''.join(parts)})"
        case "mtr":
            return ", ".join(parts)
        case "mtable":
            return "; ".join(parts)
    return "".join(parts)

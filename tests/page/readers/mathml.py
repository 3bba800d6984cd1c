"""MathML as items; on the way each element is checked for the children that it must have."""

from __future__ import annotations

from xml.etree import ElementTree

from .grammar import (
    Big,
    Digits,
    Frac,
    Group,
    Item,
    Letter,
    MisreadError,
    Root,
    Row,
    Script,
    Sign,
    Table,
)

_CHILDREN = {
    "mfrac": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munderover": 3,
    "munder": 2,
    "mover": 2,
}
_SIGNS = {"\u2061": "apply", "\u2062": "gap", "∂": "∂", "∇": "∇", ":=": "≡"}
_KNOWN_SIGNS = set("+−·⊙/′,<≤=≠≥>≈≡:→")
_PAIRS = {"(": ")", "[": "]", "|": "|"}


def read(markup: str) -> Row:
    """Return the items of a formula."""
    return _row(ElementTree.fromstring(f"<mrow>{markup}</mrow>"))


def _row(element: ElementTree.Element) -> Row:
    """Return an element's children as a row, what stands in parentheses as one item."""
    return _grouped([item for child in element for item in _items(child)])


def _one(element: ElementTree.Element) -> Row:
    return _grouped(_items(element))


def _items(node: ElementTree.Element) -> list[Item]:
    count = _CHILDREN.get(node.tag)
    if count is not None and len(node) != count:
        raise MisreadError(ElementTree.tostring(node, "unicode"))
    match node.tag:
        case "mi" | "mn" | "mo":
            return _leaf(node)
        case "mrow" | "math":
            return [item for child in node for item in _items(child)]
        case "mspace":
            return [Letter("blank")] if node.get("class") == "blank" else []
        case "mfrac":
            return [Frac(_one(node[0]), _one(node[1]))]
        case "msqrt":
            return [Root(_row(node))]
        case "msub" | "msup" | "msubsup":
            places = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}[node.tag]
            return _scripted(node, places)
        case "munderover" | "munder":
            if _one(node[0]) != (Letter("∑"),):
                raise MisreadError(ElementTree.tostring(node, "unicode"))
            return [Big(_one(node[1]), _one(node[2]) if len(node) > 2 else ())]
        case "mover":
            (base,) = _one(node[0])
            if not isinstance(base, Letter):
                raise MisreadError(ElementTree.tostring(node, "unicode"))
            return [Letter(f"{base.text}{node[1].text}")]
        case "mtable":
            return [_table(node)]
    raise MisreadError(f"an element {node.tag}")


def _leaf(node: ElementTree.Element) -> list[Item]:
    text = node.text or ""
    if len(node) or not text:
        raise MisreadError(ElementTree.tostring(node, "unicode"))
    if text in _SIGNS:
        return [Sign(_SIGNS[text])]
    if node.tag == "mn" and node.get("class") is None:
        return [Digits(text)]
    return [Sign(text) if node.tag == "mo" and text in _KNOWN_SIGNS else Letter(text)]


def _scripted(node: ElementTree.Element, places: tuple[str, ...]) -> list[Item]:
    """Return a base with its scripts; a prime is a sign of its own."""
    # Where the power of a sum goes on in a next line, its exponent stands at the parenthesis.
    base = _leaf(node[0]) if node[0].text in _PAIRS.values() else list(_one(node[0]))
    scripts = [_one(child) for child in node[1:]]
    if scripts == [(Sign("′"),)]:
        return [*base, Sign("′")]
    whole = Sign("apply") in base[-2:-1] or base[0] == Letter("d") or _is_lowered(base)
    if len(base) != 1 and not (places == ("sup",) and whole):
        raise MisreadError(f"scripts on more than one thing: {base}")
    return [*base, *(Script(p, s) for p, s in zip(places, scripts, strict=True))]  # type: ignore[arg-type]


def _is_lowered(base: list[Item]) -> bool:
    """Return whether the row is a letter with a subscript, which can have a superscript too."""
    letter, *scripts = base
    lowered = [isinstance(s, Script) and s.place == "sub" for s in scripts]
    return isinstance(letter, Letter) and lowered == [True]


def _grouped(items: list[Item]) -> Row:
    """Return the items with what stands between parentheses as one."""
    stack: list[tuple[str, list[Item]]] = [("", [])]
    for item in items:
        mark = item.text if isinstance(item, Letter) else ""
        opening, inner = stack[-1]
        if inner[-1:] == [Letter("{")] and isinstance(item, Table) and item.kind == "cases":
            inner.pop()
        if mark and mark == _PAIRS.get(opening):
            stack.pop()
            stack[-1][1].append(_group(opening + mark, tuple(inner)))
        elif mark in _PAIRS:
            stack.append((mark, []))
        elif mark in (")", "]"):
            raise MisreadError(f"{mark} closes nothing in {items}")
        else:
            inner.append(item)
    if len(stack) > 1:
        raise MisreadError(f"not closed: {items}")
    return tuple(stack[0][1])


def _group(mark: str, row: Row) -> Item:
    only = row[0] if len(row) == 1 else None
    return only if mark == "[]" and isinstance(only, Table) else Group(mark, row)


def _table(node: ElementTree.Element) -> Item:
    rows = [list(row) for row in node]
    if any(len(row) != len(rows[0]) for row in rows):
        raise MisreadError("rows of different lengths")
    if node.get("class") != "cases":
        return Table("matrix", tuple(tuple(_row(cell) for cell in row) for row in rows))
    cases: list[tuple[Row, ...]] = []
    for value, condition in rows:
        words = (condition[0].text or "").strip("\xa0")
        if condition[0].tag != "mtext" or words not in ("if", "otherwise"):
            raise MisreadError(f"no case says {words!r}")
        condition.remove(condition[0])
        cases.append((_row(value),) if words == "otherwise" else (_row(value), _row(condition)))
    return Table("cases", tuple(cases))

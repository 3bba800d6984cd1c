"""A page of characters: words, boxes and lines that know at which cells they meet."""

from __future__ import annotations

from ...printing.page import ASCII
from ...printing.styled import Styled, cell_len

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_SIGNS = "·╵╷│╴╯╮┤╶╰╭├─┴┬┼"
"""A line's sign by the sides it leads to, added up."""
_SQUARE = dict(zip("╭╮╰╯", "┌┐└┘", strict=True))
_MORE = ASCII | str.maketrans({"∞": "inf", "⋮": ":", "≥": ">=", "≤": "<=", "½": "1/2"})


def in_ascii(text: str) -> str:
    """Return the text with each sign spelled in ASCII."""
    return text.replace(" · ", ", ").translate(_MORE)


class Canvas:
    """Cells of one character each, with the style that it has where there is colour.

    Lines belong to nets. Where two nets cross, the upright line passes over the level one; only
    lines of one net meet in a joint.
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        self.ascii_only = ascii_only
        self.cells: dict[tuple[int, int], Styled] = {}
        self.wires: dict[tuple[int, int], dict[str, tuple[int, str]]] = {}
        self.square: set[str] = set()

    def write(self, x: int, y: int, text: str, style: str = "") -> None:
        """Write a line of text from a cell on; it covers what is drawn there."""
        if self.ascii_only:
            text = in_ascii(text)
        for character in text:
            size = cell_len(character)
            if not size:
                before, look = self.cells.get((x - 1, y), ("", style))
                self.cells[x - 1, y] = (before + character, look)
                continue
            self.cells[x, y] = (character, style)
            for more in range(1, size):
                self.cells[x + more, y] = ("", style)
            x += size

    def level(self, net: str, y: int, start: int, end: int, style: str = "") -> None:
        """Draw a level line from column ``start`` to ``end``, both included."""
        for x in range(start, end + 1):
            self.touch(net, x, y, LEFT * (x > start) + RIGHT * (x < end), style)

    def upright(self, net: str, x: int, start: int, end: int, style: str = "") -> None:
        """Draw an upright line from row ``start`` to ``end``, both included."""
        for y in range(start, end + 1):
            self.touch(net, x, y, UP * (y > start) + DOWN * (y < end), style)

    def touch(self, net: str, x: int, y: int, sides: int, style: str = "") -> None:
        """Let the net's line lead to these sides of a cell."""
        here = self.wires.setdefault((x, y), {})
        old, look = here.get(net, (0, style))
        here[net] = (old | sides, look)

    def box(self, net: str, place: tuple[int, int, int, int], style: str, *, square: bool) -> None:
        """Draw a box from (left, top), so many columns wide and rows high."""
        x, y, width, height = place
        if square:
            self.square.add(net)
        for row in (y, y + height - 1):
            self.level(net, row, x, x + width - 1, style)
        for column in (x, x + width - 1):
            self.upright(net, column, y, y + height - 1, style)

    def lines(self) -> list[list[Styled]]:
        """Return each line as runs of one style, nothing after the last character."""
        drawn = {place: self._sign(wires) for place, wires in self.wires.items()} | self.cells
        widths: dict[int, int] = {}
        for x, y in drawn:
            widths[y] = max(widths.get(y, 0), x + 1)
        rows: list[list[Styled]] = []
        for y in range(max(widths, default=-1) + 1):
            row: list[Styled] = []
            for x in range(widths.get(y, 0)):
                character, style = drawn.get((x, y), (" ", ""))
                if row and row[-1][1] == style:
                    row[-1] = (row[-1][0] + character, style)
                else:
                    row.append((character, style))
            rows.append(row)
        return rows

    def _sign(self, wires: dict[str, tuple[int, str]]) -> Styled:
        uprights = [look for bits, look in wires.values() if not bits & (LEFT | RIGHT)]
        levels = [look for bits, look in wires.values() if not bits & (UP | DOWN)]
        bits = 0
        if uprights and levels:
            bits, style = UP | DOWN, uprights[0]
        else:
            for own, _ in wires.values():
                bits |= own
            style = next(iter(wires.values()))[1]
        if self.ascii_only:
            straight = {
                UP | DOWN: "|",
                UP: "|",
                DOWN: "|",
                LEFT | RIGHT: "-",
                LEFT: "-",
                RIGHT: "-",
            }
            return straight.get(bits, "+"), style
        sign = _SIGNS[bits]
        return _SQUARE.get(sign, sign) if self.square & wires.keys() else sign, style

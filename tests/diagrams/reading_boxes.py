"""Reads a drawing of boxes back as a person does: which box a line leads to from which."""

from __future__ import annotations

from collections.abc import Iterable

UP, DOWN, LEFT, RIGHT = (0, -1), (0, 1), (-1, 0), (1, 0)
_SIGNS = {
    "─": (LEFT, RIGHT),
    "│": (UP, DOWN),
    "╭": (DOWN, RIGHT),
    "╮": (DOWN, LEFT),
    "╰": (UP, RIGHT),
    "╯": (UP, LEFT),
    "├": (UP, DOWN, RIGHT),
    "┤": (UP, DOWN, LEFT),
    "┬": (DOWN, LEFT, RIGHT),
    "┴": (UP, LEFT, RIGHT),
    "┼": (UP, DOWN, LEFT, RIGHT),
}
Side = tuple[int, int]
Box = tuple[int, int, int, int]


class Drawing:
    """The characters of a drawing, and the boxes around the names that are given."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.rows = text.splitlines()
        self.boxes = {name: self.box(name) for name in names}

    def at(self, x: int, y: int) -> str:
        """Return the character of a cell."""
        row = self.rows[y] if 0 <= y < len(self.rows) else ""
        return row[x] if 0 <= x < len(row) else " "

    def box(self, name: str) -> Box:
        """Return left, top, right and bottom of the box that holds the name."""
        found = [
            (x, y)
            for y, row in enumerate(self.rows)
            for x in range(len(row))
            if row[x] in "│┤" and row[x + 1 :].startswith(f" {name} ")
        ]
        assert len(found) == 1, (name, found)
        left, y = found[0]
        top = bottom = y
        while self.at(left, top) not in "╭┌":
            top -= 1
        while self.at(left, bottom) not in "╰└":
            bottom += 1
        right = left + 1
        while self.at(right, top) == "─":
            right += 1
        assert self.at(right, top) in "╮┐"
        assert self.at(right, bottom) in "╯┘"
        return left, top, right, bottom

    def leads_to(self, name: str) -> set[str]:
        """Return the boxes at which arrows arrive that begin at this one."""
        _, top, right, bottom = self.boxes[name]
        found: set[str] = set()
        for y in range(top + 1, bottom):
            if self.at(right, y) == "├":
                found |= self.follow(right + 1, y)
        return found

    def follow(self, x: int, y: int) -> set[str]:
        """Return the boxes that a line leads to; where it meets an upright one it goes under."""
        waiting: list[tuple[int, int, Side]] = [(x, y, RIGHT)]
        seen: set[tuple[int, int, Side]] = set()
        found: set[str] = set()
        while waiting:
            x, y, moving = waiting.pop()
            if (x, y, moving) in seen:
                continue
            seen.add((x, y, moving))
            sign = self.at(x, y)
            if sign == "→":
                assert moving == RIGHT
                found.add(self.at_border(x + 1, y))
                continue
            sources = self.boxes.values()
            if moving == LEFT and any(x == b[2] and b[1] < y < b[3] for b in sources):
                continue
            sides = _SIGNS[sign]
            came = (-moving[0], -moving[1])
            if came not in sides:
                assert sign == "│", (sign, x, y)
                sides = (came, moving)
            for side in sides:
                if side != came:
                    waiting.append((x + side[0], y + side[1], side))
        return found

    def at_border(self, x: int, y: int) -> str:
        """Return the box whose left border is here."""
        return next(n for n, b in self.boxes.items() if b[0] == x and b[1] < y < b[3])

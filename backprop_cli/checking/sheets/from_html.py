"""What was typed into a learning platform's own field, saved as a page → its lines, as notes.

A paragraph, an item, a row of a table is a line; what is hidden or runs is left out.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_LINES = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre"))
_CELLS = frozenset(("td", "th"))
_HIDDEN = frozenset(("script", "style", "head", "template"))
_MARKS = {"sup": "^", "sub": "_"}
"""What is raised or lowered, as it is typed in plain text."""


class _PageReader(HTMLParser):
    """The text of a page, found while it is read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.hidden = 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take ``<![x`` for a comment, as browsers do, whatever x is: Python's asserts to know."""
        return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _HIDDEN
        if tag in _LINES:
            self.found.append("\n")
        elif tag in _CELLS:
            self.found.append(" | ")
        else:
            self.found.append(_MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _HIDDEN and self.hidden > 0
        if tag in _LINES and tag != "br":
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(re.sub(r"\s+", " ", data))


def text_of(page: str) -> str:
    """Return the lines of a page."""
    reader = _PageReader()
    head, closing, tail = page.rpartition(">")
    reader.feed(head + closing)
    reader.close()
    # A tag that is never closed is looked through to the page's end, each of thousands of them.
    reader.handle_data(html.unescape(tail))
    lines = (line.strip() for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)

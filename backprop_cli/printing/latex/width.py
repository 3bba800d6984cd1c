r"""How wide LaTeX will set a formula: an estimate from the widths of Computer Modern's glyphs.

The estimate is what lines are broken by; it errs on the wide side. Widths are in em.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_&]|\s+|.", re.DOTALL)
_SCRIPT = 0.72
_RELATIONS = {r"\le", r"\ge", r"\to", r"\approx", r"\leftarrow", r"\in", r"\ne", "=", "<", ">", ":"}
_OPERATORS = {"+", "-", r"\odot", r"\times", r"\pm"}
_SPACES = {
    r"\displaystyle": 0.0,
    r"\,": 0.17,
    r"\;": 0.28,
    r"\quad": 1.0,
    r"\qquad": 2.0,
    r"\!": -0.17,
    r"\ ": 0.34,
}
_WORDS = {
    r"\text",
    r"\texttt",
    r"\operatorname",
    r"\mathrm",
    r"\mathbf",
    r"\mathbb",
    r"\mathsf",
    r"\mathcal",
}
_ACCENTS = {r"\underline", r"\hat", r"\bar", r"\tilde", r"\boldsymbol"}
_NAMED = {
    **{rf"\{name}": 0.5 * len(name) + 0.35 for name in ("ln", "exp", "max", "min", "arctan")},
    **{rf"\{name}{h}": 1.75 + 0.6 * len(h) for name in ("sin", "cos", "tan") for h in ("", "h")},
    r"\cdots": 1.55,
    r"\dots": 1.55,
    r"\nabla": 0.85,
}
_NARROW = set("ijlt.,;!|'[]()")
_WIDE = set("mMWNQGOHKDR")


class _Typesetting(Struct, frozen=True):
    """The size that is set in, and whether fractions are at full size."""

    scale: float = 1.0
    display: bool = True

    def script(self) -> _Typesetting:
        return _Typesetting(max(self.scale * _SCRIPT, 0.5), False)

    def nested(self) -> _Typesetting:
        return _Typesetting(self.scale, False) if self.display else self.script()


@functools.lru_cache(maxsize=4096)
def formula_width(latex: str, *, display: bool = True) -> float:
    """Return the estimated width of a formula in em, as a display or within a line of text."""
    return _WidthReader(_TOKEN.findall(latex)).row(_Typesetting(display=display))


def formula_height(latex: str) -> float:
    """Return how many lines of text a displayed line of mathematics is high, roughly."""
    depth, deepest, opened = 0, 0, list[bool]()
    fractions = 0
    for token in _TOKEN.findall(latex):
        if token == r"\frac":
            fractions = 2
        elif token == "{":
            opened.append(fractions > 0)
            depth += fractions > 0
            fractions = max(0, fractions - 1)
        elif token == "}" and opened:
            depth -= opened.pop()
        deepest = max(deepest, depth)
    rows = latex.count(r"\\") if r"\begin" in latex else 0
    high = max(deepest, r"\sum" in latex, r"\rule" in latex)
    return 1.3 + 0.9 * high + 1.3 * rows


def text_width(text: str, *, typewriter: bool = False) -> float:
    """Return the estimated width of words in em."""
    return len(text) * (0.53 if typewriter else 0.5)


class _WidthReader:
    """A reader of the tokens that adds up widths."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.position = tokens, 0

    def peek(self) -> str:
        while self.position < len(self.tokens) and self.tokens[self.position].isspace():
            self.position += 1
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def row(self, setting: _Typesetting, stops: tuple[str, ...] = ()) -> float:
        """Return the width of all up to a stop, which is left to be read."""
        width, before = 0.0, ""
        while (token := self.peek()) and token not in stops:
            if token in ("^", "_"):
                width += self.scripts(setting, before)
                continue
            width += self.atom(setting, before)
            before = token
        return width

    def scripts(self, setting: _Typesetting, base: str) -> float:
        """Return the width that a base's sub- and superscript add: the wider of the two."""
        widths = []
        while self.peek() in ("^", "_"):
            self.next()
            widths.append(self.argument(setting.script()))
        above = base == r"\sum" and setting.display
        return max(0.0, max(widths) - 1.4) if above else max(widths) + 0.05

    def argument(self, setting: _Typesetting) -> float:
        """Return the width of one argument: a group, or a single token."""
        return self.atom(setting, "")

    def atom(self, setting: _Typesetting, before: str) -> float:
        """Return the width of the next token with the arguments it takes."""
        token = self.next()
        match token:
            case "{":
                width = self.row(setting, ("}",))
                self.next()
                return width
            case r"\frac":
                inner = setting.nested()
                return max(self.argument(inner), self.argument(inner)) + 0.25
            case r"\sqrt":
                return self.argument(setting) + 0.85 * setting.scale
            case r"\left" | r"\right":
                return (0.0 if self.next() == "." else 0.78) * setting.scale
            case r"\begin":
                return self.environment(setting)
        if token == r"\hspace":
            return self.length() * setting.scale
        if token == r"\rule":
            width, _ = self.length(), self.length()
            return width * setting.scale
        if token in _WORDS:
            return self.words() * setting.scale
        if token in _ACCENTS:
            return self.argument(setting)
        return _glyph(token, before) * setting.scale

    def words(self) -> float:
        """Return the width of a group of upright letters."""
        self.next()
        depth, count = 1, 0
        while depth and self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            depth += {"{": 1, "}": -1}.get(token, 0)
            count += token not in ("{", "}")
        return 0.55 * count + 0.17

    def length(self) -> float:
        """Return a length that is written in em."""
        self.next()
        text = ""
        while (token := self.next()) not in ("}", ""):
            text += token
        return float(text.removesuffix("em"))

    def environment(self, setting: _Typesetting) -> float:
        """Return the width of an array: its columns' widest entries with the gaps between them."""
        name = ""
        while (token := self.next()) not in ("}", ""):
            name += token
        inner = _Typesetting(setting.scale, False)
        columns: list[float] = []
        number = 0
        while (token := self.peek()) and token != r"\end":
            if token in ("&", r"\\"):
                self.next()
                number = number + 1 if token == "&" else 0
            width = self.row(inner, ("&", r"\\", r"\end"))
            columns += [0.0] * (number + 1 - len(columns))
            columns[number] = max(columns[number], width)
        while self.next() not in ("}", ""):
            pass
        gaps = 0.2 if name == "{aligned" else 1.0 * len(columns) + 0.8
        return sum(columns) + gaps * setting.scale


def _glyph(token: str, before: str) -> float:
    """Return the width of one glyph, with the space that TeX puts around it."""
    if token in _SPACES:
        return _SPACES[token]
    if token in _RELATIONS:
        return 1.4
    if token in _OPERATORS:
        leading = before in ("", "(", "=", r"\left") or before in _RELATIONS
        return 0.8 if leading else 1.25
    if token == r"\cdot":
        return 0.75
    if token == r"\sum":
        return 1.65
    if token == ",":
        return 0.45
    if token.startswith("\\"):
        return _NAMED.get(token, 0.65)
    if token in _NARROW:
        return 0.4 if token not in ".,'" else 0.3
    if token in _WIDE:
        return 1.0
    return 0.52 if token.isdigit() else 0.8 if token.isupper() else 0.6

"""A line of words and mathematics in HTML; every text escaped, formulas in pieces that wrap."""

from __future__ import annotations

from html import escape

from ...expression.tree import Expr
from ...printing.drawn import Drawn
from ...printing.mathematics import MathPrinter
from ...problems import printable
from ...worked.document import Code, Figure, Inline, Line, Math, Strong, Text


def line(parts: Line, printer: MathPrinter) -> str:
    """Return the line's words and mathematics."""
    return "".join(inline(part, printer) for part in parts)


def inline(part: Inline, printer: MathPrinter) -> str:
    """Return words escaped, names as code, mathematics as MathML."""
    match part:
        case Text(words, tone=tone):
            return f'<span class="{tone}">{text(words)}</span>' if tone else text(words)
        case Strong(words, tone=tone):
            named = f' class="{tone}"' if tone else ""
            return f"<strong{named}>{text(words)}</strong>"
        case Code(words):
            return f"<code>{text(words)}</code>" if words else ""
        case Math(expr):
            return math(printer.draw(expr))
        case Figure(value):
            return math(printer.number(value).text)


def text(words: str) -> str:
    """Return words that no browser takes for markup."""
    return escape(printable(" ".join(words.split(" "))))


def math(markup: str, *, display: bool = False) -> str:
    """Return the formula as an element of its own."""
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}><mrow>{markup}</mrow></math>"


def broken_math(expr: Expr, printer: MathPrinter, sign: Drawn | str = "") -> str:
    """Return the formula in elements between which a line may be broken, the sign at the first."""
    first, *more = printer.pieces(expr)
    return "<wbr>".join(math(str(piece), display=True) for piece in [sign + first, *more])

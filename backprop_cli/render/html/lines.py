"""A line of words and mathematics in HTML; every text escaped, formulas in pieces that wrap."""

from __future__ import annotations

from html import escape

from ...expression.tree import Expr
from ...printing.drawn import Drawn
from ...printing.latex.printer import LatexMath
from ...printing.latex.width import DISPLAY
from ...printing.mathematics import MathPrinter
from ...problems import printable
from ...worked.document import Chain, Code, Figure, Inline, Line, Math, Strong, Text
from ..chains import approximate, links
from ..latex.equations import legible

_PAGE, _ROOM, _NARROW = 45.0, 30.0, 16.0
"""The widths of a page, of a line and of a telephone's in em: longer pieces come apart."""


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
            return formula(expr, printer)
        case Figure(value):
            return math(printer.number(value).text, said=latex_of(printer).number(value).text)


def text(words: str) -> str:
    """Return words that no browser takes for markup."""
    return escape(printable(" ".join(words.split(" "))))


def math(markup: str, *, said: str, display: bool = False) -> str:
    """Return the formula as an element of its own; ``said`` is the same in LaTeX."""
    style = ' displaystyle="true"' if display else ""
    style += f' alttext="{escape(said)}"' if said else ""
    return f"<math{style}><mrow>{markup}</mrow></math>"


def formula(expr: Expr, printer: MathPrinter, *, display: bool = False) -> str:
    """Return a tree as an element, its LaTeX beside it for who cannot see it, or copies it."""
    return math(printer.draw(expr), display=display, said=latex_of(printer).draw(expr))


def latex_of(printer: MathPrinter) -> LatexMath:
    """Return the printer that writes the same in LaTeX."""
    return LatexMath(printer.profile, printer.settings)


def narrow_depth(expr: Expr, latex: LatexMath) -> int:
    """Return how deep a formula is taken apart on a telephone."""
    return latex.depth_within(expr, _NARROW)


def settled(chain: Chain, printer: MathPrinter) -> tuple[Chain, MathPrinter]:
    """Return the chain and its printer, by decimals where its closed forms have no room."""
    if not printer.settings.exact or legible(chain, latex_of(printer), _PAGE):
        return chain, printer
    return approximate(chain), printer.with_settings(printer.settings.rounded)


def source(chain: Chain, printer: MathPrinter) -> str:
    """Return a chain in LaTeX, as it is copied: a form a line, aligned at the relations."""
    latex = latex_of(printer)
    target = latex.draw(chain.forms[0])
    forms = [f"{sign} {latex.draw(form)}" for sign, form in links(chain, latex)]
    if len(forms) < 2:
        return " ".join((target, *forms))
    first, *others = (f"&{form}" for form in forms)
    lines = " \\\\\n  ".join((f"{target} {first}", *others))
    return f"\\begin{{aligned}}\n  {lines}\n\\end{{aligned}}"


def broken_math(
    expr: Expr, printer: MathPrinter, sign: Drawn | str = "", said: Drawn | str = ""
) -> str:
    """Return the formula in elements between which a line may be broken, the sign at the first.

    ``said`` is that sign in LaTeX. A piece that a telephone has no room for wraps within itself.
    """
    latex = latex_of(printer)
    outer, inner = latex.depth_within(expr, _ROOM), narrow_depth(expr, latex)
    (whole, text), (deep, source) = (
        [_groups(each.cuts(expr, depth), outer) for each in (printer, latex)]
        for depth in (outer, inner)
    )
    for number, (alone,) in enumerate(text):
        if alone.width[DISPLAY] > _NARROW:
            whole[number], text[number] = deep[number], source[number]
    whole[0][0], text[0][0] = sign + whole[0][0], f"{said} " + text[0][0]
    if len(whole) == 1:
        return _elements(whole[0], text[0])
    return "<wbr>".join(
        f'<span class="run">{_elements(*run)}</span>' if len(run[0]) > 1 else _elements(*run)
        for run in zip(whole, text, strict=True)
    )


def _groups(cuts: list[tuple[int, Drawn]], outer: int) -> list[list[Drawn]]:
    """Return the pieces, together those between which no cut is as far out."""
    groups: list[list[Drawn]] = []
    for level, piece in cuts:
        if level <= outer or not groups:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _elements(pieces: list[Drawn], said: list[Drawn]) -> str:
    """Return the pieces, each with its LaTeX, which is cut alike."""
    return "<wbr>".join(
        math(str(piece), display=True, said=str(text).strip())
        for piece, text in zip(pieces, said, strict=True)
    )

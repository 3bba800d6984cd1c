"""Document → one HTML file: MathML, pictures, its style within, no script, nothing to load."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...diagrams.splitting import PAGE, Room
from ...printing.kinds import GRADIENT, VALUE
from ...printing.mathematics import MathPrinter
from ...printing.mathml import MathMl
from ...printing.page import Page
from ...printing.settings import Settings
from ...spec.profile import Profile
from ...worked.document import (
    WHY,
    Block,
    Chain,
    Document,
    Equations,
    Note,
    Paragraph,
    Picture,
    Section,
    Table,
)
from .. import Format
from ..chains import label, links
from .lines import broken_math, formula, inline, line, settled, source, text
from .style import STYLE
from .tables import table

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{heading}{body}
</main>
</body>
</html>
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What the page may load and run: its own style, nothing else."""
_LEGEND = (
    (VALUE, "values of the forward pass"),
    (GRADIENT, "gradients of the backward pass"),
)


def render_html(document: Document, printer: MathPrinter, page: Page) -> str:
    """Return the document as a page that needs nothing else, or as slides."""
    if page.layout.slides:
        from .slides import render_slides

        return render_slides(document, printer)
    body = html_body(document, HtmlWriter(printer, copied=True))
    return html_page(document.title, body, printer.settings.language)


def html_body(document: Document, writer: HtmlWriter) -> str:
    """Return what stands under the title: the legend where there are colours, then the blocks."""
    body = "\n".join(part for part in map(writer.block, document.blocks) if part)
    both = all(f'class="{kind}"' in body for kind in (VALUE, GRADIENT))
    return f"{_legend(writer.printer.settings.said) if both else ''}\n{body}".strip("\n")


def _legend(said: Callable[[str], str]) -> str:
    """Return what the colours mean, the first word of each in its own."""
    parts = []
    for kind, meaning in _LEGEND:
        first, _, rest = said(meaning).partition(" ")
        parts.append(f'<span class="{kind}">{first}</span> {rest}')
    return f'<p class="legend">{", ".join(parts)}</p>'


def html_page(
    title: str,
    body: str,
    language: str,
    *,
    policy: str = POLICY,
    style: str = "",
    headed: bool = True,
) -> str:
    """Return the whole page around its body; ``policy`` is what it may load and run."""
    heading = f"<h1>{text(title)}</h1>\n" if title and headed else ""
    return _PAGE.format(
        language=language,
        policy=policy,
        title=text(title) or "backprop",
        heading=heading,
        style=STYLE + style,
        body=body,
    )


class HtmlWriter:
    """The visitor: a piece of HTML for each block.

    ``copied`` offers each equation in LaTeX; ``opened`` shows each reason without a click.
    """

    def __init__(
        self,
        printer: MathPrinter,
        room: Room = PAGE,
        *,
        copied: bool = False,
        opened: bool = False,
    ) -> None:
        self.room, self.opened = room, " open" if opened else ""
        self.printer, self.said, self.copied = printer, printer.settings.said, copied
        self.ids: set[str] = set()
        self.gradients = False
        self.pictures = 0

    def block(self, block: Block) -> str:
        """Return a block's markup."""
        match block:
            case Paragraph(parts):
                return f"<p>{line(parts, self.printer)}</p>"
            case Note(parts, why):
                said, asked = f"<p>{line(parts, self.printer)}</p>", self.said(WHY)
                if why:
                    said = f"<details{self.opened}><summary>{asked}</summary>{said}</details>"
                return f"<aside>{said}</aside>"
            case Equations(chains):
                shown = [settled(chain, self.printer) for chain in chains]
                inner = "\n".join(self.chain(*each) for each in shown)
                drawn = f'<div class="equations">\n{inner}\n</div>' if chains else ""
                return drawn + self.sources(shown)
            case Table():
                return table(block, self.printer, gradients=self.gradients)
            case Picture():
                return "\n".join(self.figures(block))
            case Section():
                return self.section(block)

    def figures(self, picture: Picture) -> list[str]:
        """Return the picture's parts; their ids begin with its number, as a page may have more."""
        from .pictures import figures

        self.pictures += 1
        return figures(picture, self.printer, f"picture-{self.pictures}-", self.room)

    def chain(self, chain: Chain, printer: MathPrinter) -> str:
        """Return the target, and beside it the forms, each wrapping where it is long."""
        drawn = links(chain, printer)
        forms = [
            f'<span class="form">{broken_math(form, printer, sign, said)}</span>'
            for (sign, form), said in zip(drawn, _signs(chain, len(drawn)), strict=True)
        ]
        if chain.ranges:
            ranges = ", ".join(formula(part, self.printer) for part in chain.ranges)
            forms.append(f'<span class="ranges">{self.said("for")} {ranges}</span>')
        beside = label(chain)
        if beside is not None:
            forms.append(f'<span class="name">{inline(beside, self.printer)}</span>')
        target = formula(chain.forms[0], self.printer, display=True)
        return f'<div class="target">{target}</div><div class="forms">{"".join(forms)}</div>'

    def sources(self, chains: list[tuple[Chain, MathPrinter]]) -> str:
        """Return the chains in LaTeX, to be opened, selected by a click each, and copied."""
        if not (self.copied and chains):
            return ""
        lines = (map(text, source(*each).splitlines()) for each in chains)
        codes = "".join("<code>" + "\n".join(each) + "</code>" for each in lines)
        return f'<details class="latex"><summary>LaTeX</summary>\n{codes}\n</details>'

    def section(self, section: Section) -> str:
        """Return the heading with an id of its own, and what stands under it."""
        level = min(max(section.level, 2), 6)
        outer, self.gradients = self.gradients, section.id.startswith("gradients")
        heading = f'<h{level} id="{self.id_of(section.id)}">{line(section.title, self.printer)}'
        inner = [part for part in map(self.block, section.blocks) if part]
        self.gradients = outer
        return "\n".join(["<section>", f"{heading}</h{level}>", *inner, "</section>"])

    def id_of(self, name: str) -> str:
        """Return the section's id in letters that a link needs no escapes for, never used twice."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "section"
        found, number = plain, 1
        while found in self.ids:
            number += 1
            found = f"{plain}-{number}"
        self.ids.add(found)
        return found


def _signs(chain: Chain, count: int) -> list[str]:
    """Return the relations before a chain's forms in LaTeX."""
    signs = [chain.relation, *["="] * (count - 1)][:count]
    if count and chain.closing != "=":
        signs[-1] = chain.closing
    return [{"←": r"\leftarrow", "≈": r"\approx", "≡": r"\equiv"}.get(sign, sign) for sign in signs]


def mathml_printer(profile: Profile, settings: Settings, page: Page) -> MathPrinter:
    """Return MathML."""
    return MathMl(profile, settings)


FORMAT = Format(
    "html",
    ("html",),
    "one file, to read or to print",
    mathml_printer,
    render_html,
    takes=("--slides",),
)

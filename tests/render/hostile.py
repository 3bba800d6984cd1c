"""A document whose words come from a file that somebody made to do harm."""

from __future__ import annotations

from fractions import Fraction

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Name, Number, Quantity
from backprop_cli.worked.document import (
    Block,
    Chain,
    Code,
    Column,
    Document,
    Equations,
    Figure,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)

WORDS = (
    r"\input{/etc/passwd} \write18{ls} \end{document}",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> &lt; &amp;",
    "100% of $5 & #1 _a_ ^b ~c {d} [e](http://example.com) |f| `g` *h*",
    '#let x = 1; #panic("no") @ref <label> = heading // comment /* more */',
    "- list",
    "1. list",
    "+ term / more",
    "''quoted'' ``twice`` \"once\" -- --- ?` !` ...",
    "é ñ ü ø ß Å ł ç — – … → ≈ ≤ × ′ ∂ σ Δ ℝ x₁² 中文 🙂 ﬁ",
    "https://example.com/a_b?c=1 (www.example.com) ftp://example.com/x, HTTP://EXAMPLE.COM",
    "a" * 90,
    "half_squared_error" * 6,
    "two\nlines\tand a \x1b[31m control",
    "",
)
"""Words as a file may hold them."""


def hostile_document() -> Document:
    """Return a document with the words in every place where words can stand."""
    label = Column((Text(WORDS[2]),), "a|b_c`d", "label")
    prose = Column((Strong(WORDS[0]),), "", "prose")
    figures = Column((Math(Quantity(Ref("z", 1))),), "z1")
    rows = tuple(
        (Code(word), Text(word), Figure(number))
        for word, number in zip(WORDS[:8], (0.5, -1e-9, 12, 3.25, -0.0, 1e9, 7, 8.125), strict=True)
    )
    chain = Chain((Quantity(Ref("z", 1)), Name("x"), Number(Fraction(1, 3))), WORDS[2])
    blocks: list[Block] = [Paragraph((Text(word), Code(word), Strong(word))) for word in WORDS]
    notes: list[Block] = [Note((Text(word),)) for word in WORDS]
    inner = (*blocks, *notes, Table((label, prose, figures), rows, (Text(WORDS[1]),)))
    sections = [Section(word, (Text(word),), (), 3) for word in WORDS]
    equations = Equations((chain, Chain((Name("y"), Name("y")), WORDS[8])))
    title = Section(WORDS[1], (Text(WORDS[0]), Code(WORDS[1])), (*inner, equations, *sections))
    return Document(WORDS[0] + WORDS[1], (title,))

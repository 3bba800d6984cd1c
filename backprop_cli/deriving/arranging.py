"""The document of a derivation: general equations, local derivatives, then from the loss inward."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import Quantity
from ..expression.walking import walk
from ..graph.records import Graph
from ..passes.trace import Trace
from ..printing.mathematics import MathPrinter
from ..worked.arranging import shape_sentence
from ..worked.document import (
    Block,
    Chain,
    Document,
    Equations,
    Note,
    Paragraph,
    Picture,
    Section,
    Text,
)
from ..worked.picturing import fits, way_of
from ..worked.view import View
from . import Style
from .deriver import Deriver
from .local import cost_section, local_section


def default_targets(graph: Graph) -> tuple[Ref, ...]:
    """Return every parameter's gradient, the last layer's first."""
    return tuple(
        Ref(part, layer.index, True)
        for layer in reversed(graph.layers)
        for part in layer.parameters
    )


def derive_document(
    graph: Graph,
    trace: Trace | None,
    style: Style,
    wanted: tuple[Ref, ...],
    view: View,
    *,
    sample: int | None = None,
    conventions: tuple[str, ...] = (),
) -> Document:
    """Return the derivation of the wanted gradients (none: the whole backward pass)."""
    deriver = Deriver(graph, trace, view, sample)
    blocks: list[Block] = [Paragraph((Text(shape_sentence(graph)),))]
    blocks += [Note((Text(sentence),)) for sentence in (*conventions, *_assumed(deriver))]
    subject, shown = trace or graph, sample or 1
    whole = not wanted and fits(subject)
    blocks += [Picture(subject, "forward", shown)] if whole else []
    blocks += [picture for ref in wanted[:1] for picture in way_of(subject, ref.grad(), shown)]
    blocks += cost_section(deriver)
    if not wanted:
        blocks += style.general(deriver)
    targets = tuple(structs.replace(ref.grad(), sample=None) for ref in wanted)
    targets = targets or default_targets(graph)
    if style.name != "algorithm":
        blocks += local_section(deriver, targets)
    blocks += [Picture(subject, "backward", shown)] if whole else []
    blocks += style.instance(deriver, targets)
    return Document(graph.name or "Derivation", tuple(blocks))


def _assumed(deriver: Deriver) -> list[str]:
    """Return what is taken for granted where there are no numbers to tell."""
    across = deriver.shortened(deriver.last) and deriver.softmax_like(deriver.last)
    if across and deriver.trace is None:
        return ["the targets of a sample add up to one"]
    return []


def plain_steps(
    graph: Graph, document: Document, latex: MathPrinter, text: MathPrinter
) -> list[dict[str, Any]]:
    """Return a step a chain: its section, what it is of, its forms as LaTeX and as text."""
    return [
        _step(graph, section, chain, latex, text)
        for section in _sections(document.blocks)
        for block in section.blocks
        if isinstance(block, Equations)
        for chain in block.chains
    ]


def _sections(blocks: tuple[Block, ...]) -> list[Section]:
    found: list[Section] = []
    for block in blocks:
        if isinstance(block, Section):
            found += [block, *_sections(block.blocks)]
    return found


def _step(
    graph: Graph, section: Section, chain: Chain, latex: MathPrinter, text: MathPrinter
) -> dict[str, Any]:
    refs = (n.ref for f in chain.forms[1:] for n in walk(f) if isinstance(n, Quantity))
    first = chain.forms[0]
    target = plain_name(first.ref, graph.in_out) if isinstance(first, Quantity) else None
    return {
        "section": section.id,
        "target": target,
        "label": chain.name or None,
        "relation": chain.relation,
        "latex": latex.forms(chain.forms),
        "text": text.forms(chain.forms),
        "uses": list(dict.fromkeys(plain_name(ref, graph.in_out) for ref in refs)),
    }

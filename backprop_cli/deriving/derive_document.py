"""The document of a derivation: general equations, local derivatives, then from the loss inward."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..graph.records import Graph
from ..passes.noise import noise_sizes
from ..passes.trace import Trace
from ..printing.mathematics import MathPrinter
from ..worked.building import note, paragraph, section
from ..worked.document import (
    Block,
    Chain,
    Document,
    Equations,
    Note,
    Picture,
    Section,
)
from ..worked.given import given_sections
from ..worked.trace.forward import layers_left_out
from ..worked.trace.pairs import chosen_recurrences, pair_equations, pairs_title
from ..worked.trace.paths import closed_chain, own_edges
from ..worked.trace.pictures import fits, way_of
from ..worked.trace.trace_document import shape_sentence
from ..worked.view import View
from . import Style
from .citing import citing
from .deriver import Deriver
from .induction import inductive
from .known import known_section, others_section
from .local import cost_section, local_section


def default_targets(graph: Graph) -> tuple[Ref, ...]:
    """Return every parameter's gradient, the last layer's first, and what a normalization reads.

    Its way back goes through mean and variance, even where no parameters stand below it.
    """
    held = [
        Ref(part, layer.index, True)
        for layer in reversed(graph.layers)
        for part in layer.parameters
    ]
    read = [layer.input_nodes[0] for layer in reversed(graph.layers) if layer.closed is not None]
    ends = [number for number in read if not _has_parameters(graph, number)]
    return (*held, *dict.fromkeys(graph.nodes[number].ref.grad() for number in ends))


def _has_parameters(graph: Graph, number: int) -> bool:
    """Return whether a node is computed from parameters, or takes no gradient."""
    node = graph.nodes[number]
    below = any(_has_parameters(graph, parent) for parent in node.parents)
    return below or number in graph.parameter_nodes or not node.wants_gradient


def derive_document(
    graph: Graph,
    trace: Trace | None,
    style: Style,
    wanted: tuple[Ref, ...],
    view: View,
    *,
    sample: int | None = None,
    conventions: tuple[str, ...] = (),
    induction: bool = False,
    pairs: bool = False,
) -> Document:
    """Return the derivation of the wanted gradients (none: the whole backward pass).

    With ``induction`` the general equations stand as one: the base, then the step. With ``pairs``
    the sums over pairs of steps stand beside the recursion.
    """
    deriver, general = Deriver(graph, trace, view, sample), Deriver(graph, trace, view, "n")
    blocks: list[Block] = [paragraph(shape_sentence(graph))]
    blocks += [note(sentence) for sentence in (*conventions, *_assumed(deriver))]
    subject, shown = trace or graph, sample or 1
    whole = not wanted and fits(subject)
    blocks += [Picture(subject, "forward", shown)] if whole else []
    blocks += [picture for ref in wanted[:1] for picture in way_of(subject, ref.grad(), shown)]
    blocks += given_sections(graph) if trace is not None and view.begins else []
    blocks += cost_section(general)
    if not wanted:
        stated = style.general(general)
        blocks += inductive(general, stated) if induction else stated
    blocks += _pairs(graph) if pairs else []
    targets = tuple(structs.replace(ref.grad(), sample=None) for ref in wanted)
    targets = targets or tuple(ref for ref in default_targets(graph) if view.shows(_height(ref)))
    if style.name != "algorithm":
        blocks += local_section(general, targets, style)
    worked = citing(style.instance(deriver, targets), blocks, deriver)
    if whole and worked:
        place = next((n for n, section in enumerate(worked) if section.id != "forward"), 0)
        first = worked[place]
        pictured = (Picture(subject, "backward", shown), *first.blocks)
        worked[place] = structs.replace(first, blocks=pictured)
    if trace is not None and style.name != "algorithm":
        blocks += [*known_section(deriver, worked), *others_section(deriver, worked)]
    blocks += [*worked, *closed_section(deriver, worked)]
    shown_blocks = outer_layers(blocks, view) if view.between else blocks
    noise = noise_sizes(trace) if trace is not None else frozenset()
    return Document(graph.name or "Derivation", tuple(shown_blocks), noise=noise)


def _pairs(graph: Graph) -> list[Section]:
    """Return the sums over pairs of steps in general letters, a section a recurrent layer."""
    return [
        Section(f"pairs-{own.layer.index}", (pairs_title(own.layer),), tuple(equations))
        for own in chosen_recurrences(graph)
        for equations in (pair_equations(graph, own),)
    ]


def closed_section(deriver: Deriver, worked: list[Section]) -> list[Section]:
    """Return the closed forms beside the paths through mean and variance that were derived.

    A style that works entry by entry has them where the paths are added.
    """
    chains = [
        c for s in _sections(worked) for b in s.blocks if isinstance(b, Equations) for c in b.chains
    ]
    derived = {chain.target.bare() for chain in chains if chain.target is not None}
    found = []
    for layer in deriver.graph.layers:
        if layer.closed is None or not (edges := own_edges(deriver.general, layer)):
            continue
        closed = closed_chain(deriver.general, layer, "j")
        paths = deriver.graph.nodes[min(edges)[0]].ref.grad()
        if paths in derived and all(chain.forms[-1] != closed.forms[-1] for chain in chains):
            found.append(closed)
    return (
        [section("closed", "The paths added, and the closed form", (Equations(tuple(found)),))]
        if found
        else []
    )


def _height(ref: Ref) -> int:
    return ref.layer if isinstance(ref.layer, int) else 0


def outer_layers(blocks: Iterable[Block], view: View) -> list[Block]:
    """Return the blocks without the equations of layers in the middle; a note says so once."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Section):
            inner = outer_layers(block.blocks, view)
            left_out = _left_out(view)
            gone = left_out in inner and not any(isinstance(b, Equations) for b in inner)
            found.append(left_out if gone else structs.replace(block, blocks=tuple(inner)))
        elif isinstance(block, Equations):
            heights = [None if c.target is None else _height(c.target) for c in block.chains]
            hidden = any(height in view.between for height in heights)
            pairs = zip(heights, block.chains, strict=True)
            # A line that is of no one quantity goes with the layer that it stands beside.
            shown = tuple(c for h, c in pairs if h is not None and view.shows(h))
            shown = shown if hidden else block.chains
            found += [Equations(shown)] if shown else []
            found += [_left_out(view)] if hidden else []
        else:
            found.append(block)
    return [
        block
        for block, before in zip(found, [None, *found], strict=False)
        if not (isinstance(block, Note) and block == before)
    ]


def _left_out(view: View) -> Note:
    return layers_left_out(view, "--wrt NAME", "derives")


def _assumed(deriver: Deriver) -> list[str]:
    """Return what is taken for granted where there are no numbers to tell."""
    across = deriver.graph.has_shortcut(deriver.last) and deriver.softmax_like(deriver.last)
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
        if section.id not in ("given", "known")
        for block in section.blocks
        if isinstance(block, Equations)
        for chain in block.chains
    ]


def _sections(blocks: Iterable[Block]) -> list[Section]:
    found: list[Section] = []
    for block in blocks:
        if isinstance(block, Section):
            found += [block, *_sections(block.blocks)]
    return found


def _step(
    graph: Graph, section: Section, chain: Chain, latex: MathPrinter, text: MathPrinter
) -> dict[str, Any]:
    target = chain.target
    return {
        "section": section.id,
        "target": None if target is None else plain_name(target, graph.in_out),
        "label": chain.label or None,
        "relation": chain.relation,
        "latex": latex.forms(chain.forms),
        "text": text.forms(chain.forms),
        "uses": list(dict.fromkeys(plain_name(ref, graph.in_out) for ref in chain.uses)),
    }

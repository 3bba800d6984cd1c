"""The values of the forward pass that a derivation with numbers reads, before it reads them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from ..expression.indices import FromTo, letters_of
from ..expression.refs import Ref, plain_name
from ..expression.tree import Number, Quantity
from ..worked.building import column, section
from ..worked.document import (
    Block,
    Chain,
    Column,
    Equations,
    Figure,
    Inline,
    Math,
    Paragraph,
    Section,
    Table,
    Text,
)
from ..worked.entry_steps import ending, positions
from ..worked.grids import grid, is_grid
from ..worked.steps import entry
from .deriver import COSTS, Deriver
from .matrices import matrix_of

MOST = 40
"""Values past which only those of one sample are shown."""


def known_section(deriver: Deriver, worked: list[Section]) -> list[Block]:
    """Return the section of what the worked sections use of the forward pass, if they do."""
    used = sorted(set(_used(deriver, worked)), key=lambda ref: _order(deriver, ref))
    if len(used) > MOST:
        used = [ref for ref in used if ref.sample in (None, deriver.sample)]
    chains: list[Chain] = []
    grids: list[Block] = []
    for ref in used:
        if is_grid(deriver.graph, ref):
            grids.append(grid(deriver.writer, ref, deriver.view))
        else:
            chains += _chains(deriver, ref)
    blocks = [*([Equations(tuple(chains))] if chains else []), *grids]
    return [section("known", "Known from the forward pass", blocks)] if blocks else []


def others_section(deriver: Deriver, worked: list[Section]) -> list[Block]:
    """Return the errors that sums over the batch read of samples that are not derived themselves.

    They follow as those of the derived sample do; a row of the table is a sample.
    """
    trace, graph = deriver.require(), deriver.graph
    used = {
        ref
        for ref in _read(worked)
        if ref.gradient and ref.sample != deriver.sample and isinstance(ref.sample, int)
    }
    if not used:
        return []
    told = Paragraph((Text("They follow in the same way as the errors that are derived below."),))
    if trace.arithmetic.name == "exact":
        # A closed form is broken in an equation, not in a cell.
        order = sorted(used, key=lambda ref: (int(ref.sample or 0), -graph.number(ref), ref.index))
        chains = [
            ending((Quantity(ref), Number(entry(trace, ref))), plain_name(ref, graph.in_out))
            for ref in order
        ]
        return [section("others", "Errors of the other samples", [told, Equations(tuple(chains))])]
    samples = sorted({int(ref.sample or 0) for ref in used})
    entries = sorted(
        {structs.replace(ref, sample="n") for ref in used},
        key=lambda ref: (-graph.number(ref), ref.index),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Text(str(sample)),
            *(Figure(entry(trace, structs.replace(ref, sample=sample))) for ref in entries),
        )
        for sample in samples
    ]
    columns = (column("sample"), *(Column((Math(Quantity(ref)),)) for ref in entries))
    return [section("others", "Errors of the other samples", [told, Table(columns, tuple(rows))])]


def _used(deriver: Deriver, worked: list[Section]) -> Iterator[Ref]:
    """Yield what chains read of the values that layers compute, whole, of the samples it is of."""
    for ref in _read(worked):
        whole = None if ref.gradient or ref.part in COSTS else _whole(deriver, ref)
        if whole is not None:
            yield whole


def _read(worked: list[Section]) -> Iterator[Ref]:
    """Yield what the chains of the sections read."""
    for part in worked:
        for block in part.blocks:
            for chain in block.chains if isinstance(block, Equations) else ():
                yield from chain.uses


def _whole(deriver: Deriver, ref: Ref) -> Ref | None:
    number = deriver.graph.find(ref)
    if number is None or number in deriver.graph.given or letters_of(ref.sample):
        return None
    if isinstance(ref.sample, FromTo):
        return None
    return ref.whole()


def _order(deriver: Deriver, ref: Ref) -> tuple[int, int]:
    return int(ref.sample or 0), deriver.graph.number(ref)


def _chains(deriver: Deriver, ref: Ref) -> list[Chain]:
    """Return a value as a number, a vector or a matrix; of more axes entry by entry."""
    graph = deriver.graph
    if len(graph.nodes[graph.number(ref)].shape) <= 2:
        name = plain_name(structs.replace(ref, sample=None), graph.in_out)
        return [ending((Quantity(ref), matrix_of(deriver, ref)), name)]
    entries = [ref.at(*index) for index in positions(graph, ref, deriver.view)]
    return [
        ending(
            (Quantity(one), Number(entry(deriver.require(), one))), plain_name(one, graph.in_out)
        )
        for one in entries
    ]

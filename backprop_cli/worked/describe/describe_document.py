"""Graph → Document: what the network is, before any number is computed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...expression.axes import dimensions
from ...expression.refs import Ref, plain_name
from ...expression.tree import Compare, Constant, Name, Number, Pow, Quantity, Signature
from ...functions.elementwise import Elementwise
from ...graph.names import shown_shape
from ...graph.parts import Layer
from ...graph.records import Graph
from ...graph.values import numbers
from ...passes.health.memory import Kept, kept_in_layers
from ...problems import counted, listed
from ..building import column, lettered, note, paragraph, section
from ..counting import SAID, counts_by_kind, parameter_counts
from ..document import (
    Block,
    Code,
    Document,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
    with_layers,
)
from ..trace.forward import extent, layers_left_out
from ..trace.trace_document import shape_sentence
from ..view import View

MOST_NAMES = 48
"""Names of what has no numbers that are listed."""
BYTES = 8
"""Bytes of one float64."""


class Description(Struct, frozen=True):
    """How one kind of subject is described: in sections, and as plain data."""

    sections: Callable[[Graph, tuple[Section, ...], View], list[Block]]
    facts: Callable[[Graph], dict[str, Any]]


def describe_document(
    graph: Graph, symbols: tuple[Section, ...] = (), view: View | None = None
) -> Document:
    """Return the description of a network; ``symbols`` is the table of its notation.

    Of many layers the view leaves the middle ones out.
    """
    view = View() if view is None else view
    blocks: list[Block] = [paragraph(shape_sentence(graph))]
    if graph.description:
        blocks.append(paragraph(graph.description))
    blocks += _description(graph).sections(graph, symbols, view)
    symmetric = [each for each in symmetries(graph) if view.shows(each[0].index)]
    if symmetric:
        blocks.append(_symmetry(symmetric))
    if graph.symbolic:
        names = graph.symbolic
        shown = names if view.full or len(names) <= MOST_NAMES else (*names[:MOST_NAMES], "…")
        missing = ", ".join(shown)
        blocks.append(Note((Text("without numbers: "), Code(missing))))
    return Document(graph.name or graph.words.title, tuple(blocks))


def describe_object(graph: Graph) -> dict[str, Any]:
    """Return the same facts as plain data."""
    return _description(graph).facts(graph)


def _description(graph: Graph) -> Description:
    if graph.layered:
        return LAYERS
    from .graph_sections import NODES

    return NODES


def _sections(graph: Graph, symbols: tuple[Section, ...], view: View) -> list[Block]:
    return [_layers(graph, view), _cost(graph), *symbols, _stored(graph)]


def _facts(graph: Graph) -> dict[str, Any]:
    weights, biases = parameter_counts(graph)
    return {
        "format": "backprop-describe",
        "version": 1,
        "name": graph.name,
        "samples": graph.samples,
        **({"lengths": list(graph.lengths)} if graph.lengths else {}),
        "loss_function": graph.loss_name or None,
        "weights_layout": "in_out" if graph.in_out else "out_in",
        "layers": [
            {
                "index": layer.index,
                "name": layer.name or None,
                "type": layer.type,
                "from": [plain_name(graph.nodes[n].ref) for n in layer.input_nodes],
                "units": layer.units,
                "shape": list(layer.shape),
                "activation": layer.activation,
                "parameters": {
                    f"{part}{layer.index}": list(graph.nodes[number].shape)
                    for part, number in layer.parameters.items()
                },
            }
            for layer in graph.layers
        ],
        "weights": weights,
        "biases": biases,
        "parameters": weights + biases,
        "cost": f"C : R^{weights + biases} -> R",
        "stored_values": stored(kept_in_layers(graph)),
        "stored_bytes": stored(kept_in_layers(graph)) * BYTES,
        "without_numbers": list(graph.symbolic),
        "equal_units": [
            {"layer": layer.index, "units": list(units)} for layer, units in symmetries(graph)
        ],
    }


def symmetries(graph: Graph) -> list[tuple[Layer, tuple[int, ...]]]:
    """Return the groups of units that begin with equal weights in and out, by layer.

    Two such units compute the same, send back the same and receive the same gradient for ever.
    """
    found = []
    for layer in graph.layers[:-1]:
        incoming = _columns(graph, layer, into=True)
        after = graph.readers.get(layer.a, [])
        outgoing = [_columns(graph, other, into=False) for other in after]
        if incoming is None or not after or any(columns is None for columns in outgoing):
            continue
        groups: dict[tuple[bytes, ...], list[int]] = {}
        for unit in range(layer.units):
            key = (incoming[unit], *(columns[unit] for columns in outgoing if columns))
            groups.setdefault(key, []).append(unit + 1)
        found += [(layer, tuple(units)) for units in groups.values() if len(units) > 1]
    return found


def _columns(graph: Graph, layer: Layer, *, into: bool) -> list[bytes] | None:
    """Return, a unit each, the bytes of the weights that lead into it (or out of it)."""
    weight, bias = layer.parameters.get("W"), layer.parameters.get("b")
    given = None if weight is None else graph.given[weight]
    if layer.type != "dense" or given is None:
        return None
    matrix = numbers(given, FLOAT64)
    matrix = matrix.T if graph.in_out else matrix
    if not into:
        return [column.tobytes() for column in matrix.T]
    if bias is None:
        return [row.tobytes() for row in matrix]
    bias_given = graph.given[bias]
    if bias_given is None:
        return None
    shifts = np.broadcast_to(numbers(bias_given, FLOAT64), (layer.units,))
    return [row.tobytes() + shift.tobytes() for row, shift in zip(matrix, shifts, strict=True)]


def _layers(graph: Graph, view: View) -> Section:
    columns = (
        column("layer"),
        column("type"),
        column("from"),
        column("units", "figure"),
        column("activation"),
        column("parameters", "prose"),
        column("count", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for layer in graph.layers:
        if not view.shows(layer.index):
            if rows[-1][0] is not None:
                rows.append((None,) * len(columns))
            continue
        shapes = [
            f"{part}{layer.index} {sized(graph.nodes[number].shape)}"
            for part, number in layer.parameters.items()
        ]
        count = sum(int(np.prod(graph.nodes[n].shape)) for n in layer.parameters.values())
        sources = ", ".join(plain_name(graph.nodes[n].ref) for n in layer.input_nodes)
        rows.append(
            (
                with_layers((layer.index, f" {layer.name}" if layer.name else "")),
                Text(layer.type),
                Code(sources),
                Text(extent(layer.shape)),
                Text(_activations(graph, layer)),
                Text(", ".join(shapes) or "none"),
                Text(str(count)),
            )
        )
    weights, biases = parameter_counts(graph)
    total = (
        Strong(counted(weights + biases, "parameter")),
        Text(": " + _by_kind(counts_by_kind(graph))),
    )
    ends = (paragraph(graph.endings),) if graph.lengths else ()
    left_out = (layers_left_out(view, None),) if view.between else ()
    blocks = (Table(columns, tuple(rows)), *left_out, Paragraph(total), *ends)
    return section("layers", "Layers", blocks)


def _activations(graph: Graph, layer: Layer) -> str:
    """Return the layer's activation; of gates, which have one each, that it goes by them."""
    parts = [n for cell in layer.cells for n in cell.parts.values() if graph.loop(n) is not None]
    rules = [graph.rule(number) for number in parts]
    names = {rule.name for rule in rules if isinstance(rule, Elementwise)}
    return "by gate" if len(names) > 1 else layer.activation


def _by_kind(counts: dict[str, int]) -> str:
    """Return ``6 weights and 2 biases``, ``6 weights, 2 scales and 2 shifts``."""
    return listed([counted(n, SAID[kind]) for kind, n in counts.items()]) if counts else ""


def sized(shape: tuple[int, ...]) -> str:
    """Return ``(2 × 3)``, ``(3)``, or ``(shared)`` for the one number of a shared bias."""
    return f"({dimensions(shape, 'shared')})"


def _cost(graph: Graph) -> Section:
    weights, biases = parameter_counts(graph)
    cost, reals = Quantity(Ref("loss")), Constant("R")
    usual = set(counts_by_kind(graph)) <= {"weight", "bias"}
    learnt = "the weights and biases" if usual else "the weights and all other parameters"
    sizes = Name("n_w") + Name("n_b")
    both = Number(Fraction(weights + biases))
    lines: list[Block] = [
        Paragraph(
            (
                Math(Signature(cost, Pow(reals, sizes), reals)),
                Text(", here with "),
                Math(Compare("==", Name("n_w"), Number(Fraction(weights)))),
                Text(" and "),
                Math(Compare("==", Name("n_b"), Number(Fraction(biases)))),
                Text(": "),
                Math(Signature(cost, Pow(reals, both), reals)),
            )
        ),
        note(f"the cost is taken as a function of {learnt}; the input and the target stay fixed"),
    ]
    return section("cost", "The type of the cost", lines)


def _stored(graph: Graph) -> Section:
    kept = kept_in_layers(graph)
    count = stored(kept)
    plain = all(ref.part in ("x", "z", "a") for each in kept for ref in each.refs)
    own = "z and a of each layer" if plain else "every value that a layer computes"
    shape = dimensions(shown_shape(graph, Ref("x")))
    samples = "one sample" if graph.single else f"{graph.samples} samples"
    line = (
        Strong(f"{count} numbers"),
        lettered(
            f" ({in_bytes(count * BYTES)} in float64): x ({shape}), and {own}, "
            f"for {samples}; the derivatives are computed from them"
        ),
    )
    return section("stored", "Values stored for the backward pass", (Paragraph(line),))


def stored(kept: tuple[Kept, ...]) -> int:
    """Return how many numbers the forward pass keeps for the backward pass."""
    return sum(each.numbers for each in kept)


def in_bytes(size: int) -> str:
    """Return a size as people say it: ``96 bytes``, ``1.2 MB``."""
    if size < 1000:
        return f"{size} bytes"
    for unit, scale in (("kB", 10**3), ("MB", 10**6), ("GB", 10**9)):
        if size < 1000 * scale or unit == "GB":
            return f"{size / scale:.1f} {unit}"
    raise AssertionError(size)


def _symmetry(groups: list[tuple[Layer, tuple[int, ...]]]) -> Section:
    lines: list[Block] = [
        Paragraph(
            (
                with_layers(("layer ", layer.name or layer.index)),
                Text(f": units {', '.join(map(str, units))} begin equal, "),
                Text("so they receive equal gradients for ever; begin with different weights"),
            )
        )
        for layer, units in groups
    ]
    return section("symmetry", "Equal units", lines)


LAYERS = Description(_sections, _facts)

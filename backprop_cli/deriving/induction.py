"""The general equations as an induction: the cost as a sequence of functions, base and step."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, Quantity
from ..graph.parts import Layer
from ..problems import refuse
from ..worked.building import column, section
from ..worked.document import (
    Block,
    Chain,
    Code,
    Equations,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from .deriver import Deriver
from .function import DEEPEST, nested
from .general import INNER, why_not_general

BASE = ", the output layer: its error comes from the loss itself."
STEP = ", from a layer to the one below it: the errors above are known, so these are."
SO = ": every error is known, and with it the gradient of every parameter."


def inductive(deriver: Deriver, stated: list[Section]) -> list[Section]:
    """Return the sections, the general equations among them told as base, step and conclusion.

    Raises Refusal where a network has no equations of a general layer.
    """
    found = [_told(each) for each in stated if each.id == "general"]
    if not found or not deriver.is_chain or not found[0].blocks:
        why, instead = why_not_general(deriver)
        cure = f"leave --induction out: derive then gives {instead or 'each layer in turn'}"
        message = f"--induction goes from one general layer to the next, and {why}"
        raise refuse(message, None, cure, deriver.graph.source)
    others = [each for each in stated if each.id != "general"]
    return [*sequence(deriver), *others, *found]


def _told(stated: Section) -> Section:
    """Return the equations in the order of the proof; nothing where none are stated."""
    chains = [c for block in stated.blocks if isinstance(block, Equations) for c in block.chains]
    if not chains:
        return structs.replace(stated, blocks=())
    base, *rest = chains
    steps = [chain for chain in rest if chain.ranges == INNER]
    after = [chain for chain in rest if chain.ranges != INNER]
    blocks = _part("Base", BASE, [base])
    blocks += _part("Step", STEP, steps) if steps else []
    blocks += _part("So", SO, after) if after else []
    notes = (block for block in stated.blocks if isinstance(block, Note))
    return section(stated.id, "By induction", (*blocks, *notes))


def _part(name: str, words: str, chains: list[Chain]) -> list[Block]:
    return [Paragraph((Strong(name), Text(words))), Equations(tuple(chains))]


def sequence(deriver: Deriver) -> list[Section]:
    """Return the cost as functions C(a²), C(σ(W² a¹ + b²)), …, one a layer; of weighted sums."""
    layers = deriver.graph.layers
    if not all(map(deriver.is_affine, layers)) or any(map(deriver.shares_name, layers)):
        return []
    deepest = min(len(layers), DEEPEST)
    rows: list[tuple[Inline | None, ...]] = [
        _function(deriver, layers[len(layers) - depth :]) for depth in range(deepest + 1)
    ]
    if len(layers) > deepest:
        rows.append((None, None, None))
    columns = (column("a function of"), column("the cost is", "work"), column("new in it"))
    all_of = tuple(Quantity(Ref(part)) for part in ("W", "b") if _has(layers, part))
    moved = Math(Call("loss", all_of))
    fixed = Math(Call("loss", (Quantity(deriver.at(Ref("x"), ())),)))
    told = (
        Text("each line is the one above it with one more layer put in, and the step of the "),
        Text("induction is the chain rule for that one layer"),
    )
    which = (
        Text("what is differentiated is "),
        moved,
        Text(", not "),
        fixed,
        Text(": the parameters move, the input and the target stay fixed"),
    )
    blocks = (Table(columns, tuple(rows)), Note(told), Note(which))
    return [section("sequence", "The cost as a sequence of functions", blocks)]


def _has(layers: tuple[Layer, ...], part: str) -> bool:
    return any(part in layer.parameters for layer in layers)


def _function(deriver: Deriver, above: tuple[Layer, ...]) -> tuple[Inline, ...]:
    """Return what the layers above read, the cost as a function of it, and what the first holds."""
    nodes, start = deriver.graph.nodes, deriver.last.a
    if above:
        start = above[0].input_nodes[0]
    read = nodes[start].ref
    inner = nested(deriver, above, read)
    if inner is None:
        raise AssertionError("shallow layers with functions of their own are written out")
    cost = Call("loss", (inner, Quantity(deriver.at(Ref("y"), ()))))
    own = (plain_name(nodes[held.node].ref) for layer in above[:1] for held in layer.held)
    return Math(Quantity(deriver.at(read, ()))), Math(cost), Code(", ".join(own))

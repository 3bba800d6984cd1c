"""Layers of one kind, whatever kind, have general equations: true of every layer of the network."""

from __future__ import annotations

import pytest
from msgspec import structs

from backprop_cli.api import loads
from backprop_cli.deriving import styles
from backprop_cli.deriving.derive_document import derive_document
from backprop_cli.deriving.deriver import Deriver
from backprop_cli.deriving.general import general_equations
from backprop_cli.expression.indices import Index, letters_of
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Call, Expr, Number, Partial, Quantity
from backprop_cli.functions.rules import NoForm
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from backprop_cli.worked.document import Chain, Document, Section
from backprop_cli.worked.view import View

from ..deriving.test_truth import all_agree
from ..page.truth import chains_of
from ..pairing import paired
from .test_contract import EXAMPLES

HEAD = "loss: half_squared_error\nlayers:\n"
HELD = "epsilon: 0.1, scale: [1, 2], shift: [0, 0.5]"
NORM = "  - {type: layer_norm, activation: %s, HELD}\n".replace("HELD", HELD)
KERNEL = "  - {type: conv1d, activation: %s, weights: [0.5, -1, 2], padding: same, bias: [0.1]}\n"
STEPPED = KERNEL.replace("same", "3, stride: 2, dilation: 2")
SHORTER = KERNEL.replace(", 2]", "]").replace("same", "0")
POSITIONS = "[[[1, -2, 0.5, 3]], [[0, 1, 3, 1]]]"
BEND = "  - {type: activation, activation: %s}\n"
KINDS = {
    "layer_norm": ("[[1, -2], [0.5, 3]]", "[[1, 0], [0, 1]]", NORM, 7),
    "conv1d": (POSITIONS, "[[[1, 0, 0, 1]], [[0, 1, 1, 0]]]", KERNEL, 4),
    "conv1d, stepped": (POSITIONS, "[[[1, 0, 1]], [[0, 1, 1]]]", STEPPED, 4),
    "conv1d, shorter": (POSITIONS, "[[[1]], [[0]]]", SHORTER, 4),
    "activation": ("[[1, -2], [0.5, 3]]", "[[1, 0], [0, 1]]", BEND, 2),
}
FUNCTIONS = (("tanh", "tanh", "sigmoid"), ("tanh", "softplus", "sigmoid"))
WRITTEN = {"conv1d, shorter": {"matrix"}}
"""Styles that can state the equations of a type; of any other type all can."""


def network(name: str, functions: tuple[str, ...]) -> Graph:
    """Return a network whose layers are all of one type."""
    values, target, layer, _ = KINDS[name]
    return loads(
        f"input: {values}\ntarget: {target}\n{HEAD}" + "".join(layer % f for f in functions)
    )


def general(document: Document) -> list[Chain]:
    """Return the equations of a general layer."""
    found = [b for b in document.blocks if isinstance(b, Section) and b.id == "general"]
    return [chain for chain in chains_of(Document("", tuple(found))) if chain.name]


@pytest.mark.parametrize("functions", FUNCTIONS, ids=" ".join)
@pytest.mark.parametrize("name", KINDS)
def test_one_kind(name: str, functions: tuple[str, ...]) -> None:
    """As many equations as a layer has gradients; every form has the value of the passes."""
    graph = network(name, functions)
    trace = run(graph)
    for style in styles().values():
        document = derive_document(graph, None, style, (), View())
        assert all_agree(document, trace, 1)
        can = style.name in WRITTEN.get(name, styles())
        if style.name != "algorithm":
            assert len(general(document)) == (KINDS[name][3] if can else 0), style.name
        for chain in general(document):
            first = chain.forms[0]
            assert isinstance(first, Quantity | Partial)
            ref = first.ref if isinstance(first, Quantity) else first.wrt
            assert letters_of(ref.layer), chain


def test_layers_that_differ_have_none() -> None:
    """An equation that is not the same seen from each layer is no general one."""
    deriver = Deriver(network("layer_norm", FUNCTIONS[0]), None, View())
    count = iter(range(100))

    def alike(seen: Deriver, ref: Ref) -> list[Expr]:
        return [Quantity(ref), Number(1)]

    def different(seen: Deriver, ref: Ref) -> list[Expr]:
        return [Quantity(ref), Number(next(count))]

    assert general_equations(deriver, alike) is not None
    assert general_equations(deriver, different) is None


def test_a_diagonal_that_differs_has_no_one_derivative() -> None:
    """∂a_p/∂z_j of a softmax is another for p = j: no form, while p = 1, j = 2 has one."""
    graph = network("activation", ("softmax", "softmax"))
    deriver = Deriver(graph, run(graph), View(), 1)
    z, a = graph.layers[0].values
    with pytest.raises(NoForm):
        deriver.local(Partial(deriver.at(a, ("p",)), deriver.at(z, ("j",))))
    own, other = ((a_1, deriver.at(z, (k,))) for a_1 in [deriver.at(a, (1,))] for k in (1, 2))
    assert deriver.local(Partial(*own)) != deriver.local(Partial(*other))


@pytest.mark.parametrize(("name", "style"), list(paired(tuple(EXAMPLES), tuple(styles()))))
def test_what_a_derivation_reads_it_derives(name: str, style: str) -> None:
    """Every gradient that stands in an equation of this network has an equation of its own."""
    graph = loads(EXAMPLES[name])
    for trace in (None, run(graph)):
        document = derive_document(graph, trace, styles()[style], (), View())
        chains = [c for c in chains_of(document) if not letters_of(_layer(c))]
        targets = filter(None, map(_target, chains))
        derived = {structs.replace(ref.whole(), sample=None) for ref in targets}
        read = {structs.replace(ref.whole(), sample=None) for c in chains for ref in c.uses}
        missing = {ref for ref in read if ref.gradient} - derived
        assert not missing, missing


def _layer(chain: Chain) -> Index | None:
    first = chain.forms[0]
    if isinstance(first, Partial):
        return first.wrt.layer
    target = _target(chain)
    return None if target is None else target.layer


def _target(chain: Chain) -> Ref | None:
    """Return what the equation is about, the whole where it is of one head's columns."""
    first = chain.forms[0]
    if isinstance(first, Call):
        (first, *_) = first.arguments
    return first.ref if isinstance(first, Quantity) else None

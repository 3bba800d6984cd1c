"""The table of notation: each symbol with its plain name, type, shape and meaning."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct, structs

from ..expression.axes import is_matrix
from ..expression.indices import Index, plus
from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, Compare, Derivative, Expr, LayerNumber, Name, Number, Quantity
from ..graph.parts import Layer
from ..graph.records import Graph
from ..layers import INNER, words_for
from ..worked.building import column, section
from ..worked.counting import counts_by_kind, parameter_counts
from ..worked.document import Code, Inline, Math, Section, Table, Text, shape_of
from ..worked.stacked import EVERY, stacks
from ..worked.view import View
from .bound import ABOVE, BATCH, WIDTH, Notation

INTEGER, REAL, VECTOR, MATRIX = "positive integer", "real number", "vector", "matrix"
ROW, ARRAY = "row vector", "array"
KINDS = {
    "weight": "weights",
    "bias": "biases",
    "scale": "scales",
    "shift": "shifts",
    "table": "a row each",
    "constant": "given, not learnt",
    "state": "state before the first step",
}
"""What a layer's parameters are called, by their kind."""


class SymbolMeaning(Struct, frozen=True):
    """One line of the table; a symbol without a plain name cannot be asked for by name."""

    symbol: Expr
    name: str
    type: str
    shape: tuple[int, ...]
    meaning: str


def meanings(graph: Graph, notation: Notation, view: View | None = None) -> list[SymbolMeaning]:
    """Return the table's lines: the network's own, a general layer's, then each shown layer's.

    A general layer has lines where the notation numbers layers and there are several, of vectors.
    """
    vectors = all(len(layer.shape) == 1 for layer in graph.layers)
    general = len(graph.layers) > 1 and notation.units is None and vectors
    found = _of_network(graph, notation, general=general)
    if general:
        found += _of_general_layer(notation)
        found += _of_activation(graph, notation)
    for layer in graph.layers:
        found += _of_layer(graph, layer) if view is None or view.shows(layer.index) else []
    if notation.vectors == "row":
        return [structs.replace(m, type=ROW) if m.type == VECTOR else m for m in found]
    return found


def _of_network(graph: Graph, notation: Notation, *, general: bool) -> list[SymbolMeaning]:
    weights, biases = parameter_counts(graph)
    shape, last = graph.inputs, graph.layers[-1]
    output, kind = graph.nodes[last.a].ref, _type(last.shape)
    found = [
        SymbolMeaning(Quantity(Ref("x")), "x", _type(shape), shape, "the input"),
        SymbolMeaning(Quantity(output), plain_name(output), kind, last.shape, "the output"),
    ]
    if graph.target is not None:
        found.append(SymbolMeaning(Quantity(Ref("y")), "y", kind, last.shape, "the target"))
    if graph.takes_softmax:
        p, said = Ref("p"), f"the probabilities: the softmax of {plain_name(output)}"
        found.append(SymbolMeaning(Quantity(p), "p", kind, last.shape, said))
    found += _of_costs(graph, notation)
    if stacks(graph):
        found += _of_all_samples(graph, "l" if general else last.index)
    if general:
        number = Compare("==", Name("L"), LayerNumber(last.index))
        found.append(SymbolMeaning(number, "", INTEGER, (), "the number of the last layer"))
        found.append(SymbolMeaning(Name("l"), "", INTEGER, (), "the number of some layer"))
        if notation.units_in("l") is not None:
            units = SymbolMeaning(Quantity(Ref(WIDTH, "l")), "", INTEGER, (), "its number of units")
            found.append(units)
    if graph.mixed and graph.mean:
        what = "all samples' costs added up: N times the cost"
        found.append(SymbolMeaning(Quantity(graph.total), "", REAL, (), what))
    usual = set(counts_by_kind(graph)) <= {"weight", "bias"}
    others = "biases" if usual else "other parameters"
    for letter, count, what in (("n_w", weights, "weights"), ("n_b", biases, others)):
        symbol = Compare("==", Name(letter), Number(Fraction(count)))
        found.append(SymbolMeaning(symbol, "", INTEGER, (), f"the number of {what}, in all layers"))
    if weights:
        found.append(
            SymbolMeaning(Quantity(Ref("W")), "", VECTOR, (weights,), "all weights, in a row")
        )
    if biases:
        found.append(
            SymbolMeaning(Quantity(Ref("b")), "", VECTOR, (biases,), f"all {others}, in a row")
        )
    return found


def _of_costs(graph: Graph, notation: Notation) -> list[SymbolMeaning]:
    """Return the cost, of a sample and of all, and what it is a function of: the θ of J(θ)."""
    if graph.loss is None:
        return []
    batch, single = Quantity(Ref(BATCH)), graph.single and bool(notation.shares)
    found = [SymbolMeaning(Quantity(Ref("loss")), "loss", REAL, (), "the cost")]
    if single:
        found[0] = structs.replace(found[0], meaning="the cost of one sample")
        found.append(
            SymbolMeaning(
                batch,
                "",
                REAL,
                (),
                f"the cost: the mean over {notation.letters.get('samples', 'N')} samples",
            )
        )
    if not graph.single:
        each = "the cost of one sample"
        found.append(SymbolMeaning(Quantity(Ref("cost", sample="n")), "cost", REAL, (), each))
        number = Compare("==", Name("N"), Number(Fraction(graph.samples)))
        found.append(SymbolMeaning(number, "", INTEGER, (), "the number of samples"))
    argument = notation.symbol(Ref(BATCH)).argument
    if argument and (single or not graph.single):
        size = sum(parameter_counts(graph))
        all_of = SymbolMeaning(Name(argument), "", VECTOR, (size,), "all weights and biases")
        found.append(all_of)
    return found


def _of_all_samples(graph: Graph, layer: Index) -> list[SymbolMeaning]:
    """Return the matrices of a batch, a row a sample: X, Y, and of a layer A and Δ."""
    said = (
        (Ref("x"), graph.inputs, "the inputs"),
        (Ref("y"), graph.layers[-1].shape, "the targets"),
        (Ref("a", layer), (), "the activations of a layer"),
        (Ref("z", layer).grad(), (), "the errors of a layer"),
    )
    return [
        SymbolMeaning(
            Quantity(structs.replace(ref, sample=EVERY)),
            "",
            MATRIX,
            (graph.samples, *shape) if shape else (),
            f"{what}, a row for each sample",
        )
        for ref, shape, what in said
    ]


def _of_general_layer(notation: Notation) -> list[SymbolMeaning]:
    z = Ref("z", "l")
    leads = "out of" if notation.weights_leave else "into"
    found = [
        SymbolMeaning(
            Quantity(Ref("W", "l")), "", MATRIX, (), f"the weights that lead {leads} a layer"
        ),
        SymbolMeaning(Quantity(Ref("W", "l", index=("j", "k"))), "", REAL, (), "one of them"),
        SymbolMeaning(Quantity(Ref("b", "l")), "", VECTOR, (), "the biases of a layer"),
        SymbolMeaning(Quantity(Ref("b", "l", index=("j",))), "", REAL, (), "one of them"),
        SymbolMeaning(Quantity(z), "", VECTOR, (), "the weighted sums of a layer: pre-activations"),
        SymbolMeaning(Quantity(Ref("a", "l")), "", VECTOR, (), "the activations of a layer"),
        SymbolMeaning(
            Quantity(z.grad()), "", VECTOR, (), "how the cost changes with each weighted sum"
        ),
    ]
    if ABOVE in notation.letters:
        above = Quantity(Ref(ABOVE, plus("l", 1)))
        found.append(SymbolMeaning(above, "", VECTOR, (), "the weighted sums of the layer above"))
    return found


def _of_activation(graph: Graph, notation: Notation) -> list[SymbolMeaning]:
    """Return σ(z) and σ′(z) of a general layer, where the notation has one letter for them."""
    name, z = notation.facts.activation, Quantity(Ref("z", "l"))
    open_letter = any(getattr(graph.rule(layer.a), "letter", "") for layer in graph.layers)
    if not name or not (open_letter or notation.activation_letter):
        return []
    value, slope = Call(name, (z,)), Derivative(name, z)
    return [
        SymbolMeaning(value, "", VECTOR, (), "the activation function, unit by unit"),
        SymbolMeaning(slope, "", VECTOR, (), "its slope"),
    ]


def _of_layer(graph: Graph, layer: Layer) -> list[SymbolMeaning]:
    found: list[SymbolMeaning] = []
    number = layer.index
    sources = " and ".join(plain_name(graph.nodes[n].ref) for n in layer.input_nodes)
    for parameter, ref in zip(layer.held, layer.parameter_refs, strict=True):
        shape = graph.nodes[parameter.node].shape
        what = KINDS[parameter.kind]
        if parameter.kind == "weight":
            what = parameter.says or f"weights from {sources} to layer {layer.title}"
        elif parameter.says:
            what = parameter.says
        found.append(SymbolMeaning(Quantity(ref), plain_name(ref), _type(shape), shape, what))
        if is_matrix(parameter.part, len(shape)):
            found.append(_one_weight(graph, ref, shape))
    for constant, ref in zip(layer.constants, layer.constant_refs, strict=True):
        shape = graph.nodes[constant.node].shape
        said = words_for(layer.type, constant.part)
        what = constant.says or (KINDS["constant"] if said == INNER else said)
        found.append(SymbolMeaning(Quantity(ref), plain_name(ref), _type(shape), shape, what))
    before = [of for cell in layer.cells for of, _ in cell.activated]
    after = [part for cell in layer.cells for _, part in cell.activated]
    for ref in layer.values:
        shape = graph.nodes[graph.number(ref)].shape
        what = words_for(layer.type, ref.part)
        if what == INNER and ref.part in before:
            what = "pre-activations"
        what = "activations" if ref.part in after else what
        what = next((c.says[ref.part] for c in layer.cells if ref.part in c.says), what)
        found.append(SymbolMeaning(Quantity(ref), plain_name(ref), _type(shape), shape, what))
    error = "errors: how the cost changes with each pre-activation"
    for part in (part for cell in layer.cells for part, other in cell.activated if part != other):
        ref = Ref(part, number, gradient=True)
        shape = graph.nodes[graph.number(ref)].shape
        found.append(SymbolMeaning(Quantity(ref), plain_name(ref), _type(shape), shape, error))
    return found


def _type(shape: tuple[int, ...]) -> str:
    return (REAL, VECTOR, MATRIX)[len(shape)] if len(shape) < 3 else ARRAY


def _one_weight(graph: Graph, whole: Ref, shape: tuple[int, ...]) -> SymbolMeaning:
    """Return one weight by its numbers, so that the order of the indices can be seen."""
    units, inputs = shape[::-1] if graph.in_out else shape
    to, source = (1, 2) if inputs > 1 else (2, 1) if units > 1 else (1, 1)
    ref = whole.at(to, source)
    what = f"the weight to unit {to} from value {source}"
    return SymbolMeaning(Quantity(ref), plain_name(ref, graph.in_out), REAL, (), what)


def _shape(meaning: SymbolMeaning) -> Text:
    symbol = meaning.symbol
    ref = symbol.ref if isinstance(symbol, Quantity) else Ref("")
    return shape_of(ref, meaning.name, meaning.shape, "")


def notation_sections(
    graph: Graph, notation: Notation, view: View | None = None
) -> tuple[Section, ...]:
    """Return the table as a section, for the notation it is to be drawn in; graphs have none."""
    if not graph.layers:
        return ()
    columns = (
        column("symbol"),
        column("name"),
        column("type"),
        column("shape"),
        column("meaning", "prose"),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (
            Math(meaning.symbol),
            Code(meaning.name),
            Text(meaning.type),
            _shape(meaning),
            Text(meaning.meaning),
        )
        for meaning in meanings(graph, notation, view)
    ]
    return (section("notation", "Notation", (Table(columns, tuple(rows)),)),)

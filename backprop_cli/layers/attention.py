"""``type: attention``: each position reads all others, as well as its query fits their keys."""

from __future__ import annotations

from msgspec import Struct, structs

from ..expression.tree import ONE, Expr
from ..functions.attention import MaskedSoftmax, Mixed, Scores, root
from ..functions.operators import Affine
from ..functions.rules import Shape
from ..functions.softmax import SOFTMAX
from ..graph.building import Builder, Inputs, Lowered, shape_of, sized
from ..graph.parts import Given, Parameter
from ..problems import Place, Report, counted
from ..spec.arrays import ARRAY, ArraySpec, FileData
from ..spec.nodes import Mapping, Scalar, YamlNode
from ..spec.numbers import ABOVE_ZERO, NUMBER, number_tree
from ..spec.reading import COUNT, FLAG, Key, Reader, kind, mapping_schema, read_keys
from ..spec.records import LayerSpec
from . import LayerType

SEQUENCE = "a sequence has a row a position: input: [[1, 0], [0, 1]]"
LETTERS = {"query": "q", "key": "k", "value": "v", "output": "o"}
WHOSE = {"query": "queries", "key": "keys", "value": "values", "output": "layer's output"}
"""What each of the maps gives."""


class NoOutput(Struct, frozen=True):
    """``output: none``: the heads, joined, are the answer."""


class Heads(Struct, frozen=True):
    """How many heads there are, and where that is said."""

    number: int = 1
    place: Place | None = None


class Attention(Struct, frozen=True):
    """The keys of an attention layer; ``bias`` has those of the maps that have one.

    ``scale`` is what the scores are divided by; None stands for the root of a head's width.
    """

    units: int | None = None
    heads: Heads = Heads()
    query: ArraySpec | None = None
    key: ArraySpec | None = None
    value: ArraySpec | None = None
    output: ArraySpec | NoOutput | None = None
    bias: dict[str, ArraySpec] = {}
    causal: bool = False
    scale: Expr | None = None


def _read_heads(node: YamlNode, what: str, report: Report) -> Heads | None:
    number = COUNT.read(node, what, report)
    return None if number is None else Heads(number, node.place)


def _read_output(node: YamlNode, what: str, report: Report) -> ArraySpec | NoOutput | None:
    if isinstance(node, Scalar) and node.text == "none":
        return NoOutput()
    return ARRAY.read(node, what, report)


_BIAS_KEYS = {name: Key(ARRAY, f"b{letter}: a list") for name, letter in LETTERS.items()}


def _read_bias(node: YamlNode, what: str, report: Report) -> dict[str, ArraySpec] | None:
    if isinstance(node, Scalar) and node.text == "none":
        return {}
    if not isinstance(node, Mapping):
        message = f"{what}: a mapping is expected, not {kind(node)}"
        report.say(message, node.place, "say whose it is: {query: [0, 0], output: [0, 0]}, or none")
        return None
    found = read_keys(node, _BIAS_KEYS, what, report)
    return {name: spec for name, spec in found.items() if spec is not None}


def _read_scale(node: YamlNode, what: str, report: Report) -> Expr | None:
    if isinstance(node, Scalar) and node.text in ("none", "sqrt"):
        return ONE if node.text == "none" else None
    number = ABOVE_ZERO.read(node, what, report)
    return None if number is None else number_tree(number.text)


class Map(Struct, frozen=True):
    """One of the affine maps as it is written: how many units its weights have, and inputs."""

    key: str
    weights: ArraySpec | Given | None
    place: Place
    units: int | None = None
    width: int | None = None


def lower(layer: LayerSpec, own: Attention, inputs: Inputs, builder: Builder) -> Lowered | None:
    """Return q, k, v, the scores, their softmax, the weighted values, and what maps them out."""
    before = len(builder.problems)
    sources = _sources(layer, inputs, builder)
    maps = {} if sources is None else _maps(layer, own, sources, inputs.names, builder)
    if sources is None or len(builder.problems) > before:
        return None
    parts: dict[str, int] = {}
    held: list[Parameter] = []
    for key, source in zip(("query", "key", "value"), sources, strict=True):
        parts[LETTERS[key]] = _affine(maps[key], own, source, held, builder)
    q, k, v = (builder.nodes[parts[letter]] for letter in "qkv")
    heads = own.heads.number
    several = heads > 1
    pairs: Shape = (*((heads,) if several else ()), q.shape[0], k.shape[0])
    axes = (*(("head",) if several else ()), "query", "key")
    divisor = root(q.shape[-1] // heads) if own.scale is None else own.scale
    scores, chances = Scores(heads, own.causal, divisor), MaskedSoftmax() if own.causal else SOFTMAX
    parts["s"] = builder.apply("s", scores, (parts["q"], parts["k"]), pairs, axes)
    parts["p"] = builder.apply("p", chances, (parts["s"],), pairs, axes)
    shape, reads = (q.shape[0], v.shape[-1]), (parts["p"], parts["v"])
    parts["z"] = builder.apply("z", Mixed(heads, own.causal), reads, shape, q.axes)
    if "output" in maps:
        parts["o"] = _affine(maps["output"], own, parts["z"], held, builder)
    return Lowered(parts, tuple(held))


def _affine(each: Map, own: Attention, source: int, held: list[Parameter], builder: Builder) -> int:
    """Add one map of a node's rows, and its parameters to those held."""
    part, units, read = LETTERS[each.key], each.units or 0, builder.nodes[source]
    width = read.shape[-1]
    shape = (width, units) if builder.in_out else (units, width)
    said = f"of the {WHOSE[each.key]}"
    weights = f"weights {said}"
    reads = [
        builder.parameter(f"W{part}", shape, each.weights, "weight", each.key, says=weights),
    ]
    if each.key in own.bias:
        spec, below, biases = own.bias[each.key], (each.key,), f"biases {said}"
        reads.append(
            builder.parameter(f"b{part}", (units,), spec, "bias", "bias", below=below, says=biases)
        )
    held += reads
    nodes = (source, *(parameter.node for parameter in reads))
    axes = (*read.axes[:-1], "unit")
    return builder.apply(part, Affine(in_out=builder.in_out), nodes, (read.shape[0], units), axes)


def _sources(layer: LayerSpec, inputs: Inputs, builder: Builder) -> tuple[int, int, int] | None:
    """Return the nodes that queries, keys and values are made of; report what is no sequence."""
    places = [source.place for source in layer.sources] or [layer.place]
    if len(inputs.nodes) > 3:
        message = f"attention reads queries, keys and values, not {len(inputs.nodes)} layers"
        builder.say(message, places[3], "from: [q, k, v], or [q, kv], or one for all three")
        return None
    for place, shape in zip(places, inputs.shapes, strict=True):
        if len(shape) != 2:
            found = "a vector" if len(shape) == 1 else f"{sized(shape)} values"
            found += f" of {shape[0]}" if len(shape) == 1 else ""
            message = f"attention reads a sequence, not {found} (from {inputs.names})"
            builder.say(message, place, SEQUENCE)
            return None
    q, k, v = (inputs.nodes[min(number, len(inputs.nodes) - 1)] for number in range(3))
    keys, values = (builder.nodes[node].shape[0] for node in (k, v))
    if keys != values:
        message = f"attention: {counted(keys, 'key')}, but {counted(values, 'value')}"
        cure = "each key has a value of its own: take both from sequences of one length"
        builder.say(message, places[-1], cure)
        return None
    return q, k, v


def _maps(
    layer: LayerSpec, own: Attention, sources: tuple[int, ...], names: str, builder: Builder
) -> dict[str, Map]:
    """Return each map with its units settled; report what does not fit.

    Query and key have as many units; units that no weights say are those of ``units``.
    """
    specs = {"query": own.query, "key": own.key, "value": own.value}
    if isinstance(own.output, NoOutput):
        if "output" in own.bias:
            builder.say("bias: 'output: none' has none", layer.place, "take 'output' out of it")
    else:
        specs["output"] = own.output
    maps = {key: _written(layer, key, spec, builder) for key, spec in specs.items()}
    query, key, value, output = (maps.get(name) for name in LETTERS)
    pair = _first(query, key) or own.units or _first(value)
    inner = _first(value) or (output.width if output else None) or own.units or pair
    if pair is None or inner is None:
        what = f"{builder.title(layer)}: the number of units is not known"
        builder.say(what, layer.place, "add 'units:'")
        return maps
    wanted = {"query": pair, "key": pair, "value": inner, "output": own.units or inner}
    widths = dict(zip(specs, (*(builder.nodes[n].shape[-1] for n in sources), inner), strict=False))
    for each in maps.values():
        receives = f"the heads have {counted(inner, 'value')} together"
        if each.key != "output":
            receives = f"it receives {counted(widths[each.key], 'value')} (from {names})"
        _check_side(each, "width", widths[each.key], receives, builder)
    if key is not None and key.units is not None:
        _check_side(key, "units", pair, f"the queries have {counted(pair, 'unit')}", builder)
    last = list(maps.values())[-1]
    if own.units is not None and last.units is not None:
        _check_side(last, "units", own.units, f"'units' says {own.units}", builder)
    _check_heads(layer, own.heads, (("query", pair), ("value", inner)), builder)
    return {k: structs.replace(m, units=m.units or wanted[k]) for k, m in maps.items()}


def _first(*maps: Map | None) -> int | None:
    """Return the units of the first of the maps whose weights say them."""
    return next((each.units for each in maps if each is not None and each.units), None)


def _written(layer: LayerSpec, key: str, spec: ArraySpec | None, builder: Builder) -> Map:
    """Return a map with what its weights say of its shape; report weights that are no matrix."""
    weights: ArraySpec | Given | None = spec
    if isinstance(spec, FileData):
        weights = builder.load(spec)
    place, shape = layer.place if spec is None else spec.place, shape_of(weights)
    if shape is None or not shape:
        return Map(key, weights, place)
    if len(shape) != 2:
        found = "a list" if len(shape) == 1 else f"lists nested {len(shape)} deep"
        cure = "a list of rows, such as [[1, 2]]"
        builder.say(f"{key}: {found} where a matrix is expected", place, cure)
        return Map(key, weights, place)
    units, width = shape[::-1] if builder.in_out else shape
    return Map(key, weights, place, units, width)


def _check_side(each: Map, side: str, wanted: int, why: str, builder: Builder) -> None:
    """Report weights whose rows or columns are not as many as they must be."""
    found = each.units if side == "units" else each.width
    if found in (None, wanted):
        return
    what = "row" if (side == "units") is not builder.in_out else "column"
    message = f"{each.key}: {counted(found or 0, what)}, but {why}"
    builder.say(message, each.place, f"give {counted(wanted, what)}")


def _check_heads(
    layer: LayerSpec, heads: Heads, widths: tuple[tuple[str, int], ...], builder: Builder
) -> None:
    """Report a width that the heads do not divide."""
    for name, units in widths:
        if units % heads.number:
            fits = [str(n) for n in range(1, units + 1) if units % n == 0]
            message = f"heads: {heads.number} do not divide {counted(units, 'unit')} of {name}"
            cure = f"every head has as many units: {', '.join(fits[:8])} would do"
            builder.say(message, heads.place or layer.place, cure)
            return


TYPE = LayerType(
    "attention",
    "each position reads all others, as well as its query fits their keys",
    {
        "units": Key(
            COUNT,
            "how wide the answer is (may be left out when the weights say it)",
            also=("width", "size", "d_model", "embed_dim", "model_width"),
        ),
        "heads": Key(
            Reader(_read_heads, COUNT.schema),
            "into how many heads the units are divided (default: 1); the first has the first units",
            also=("num_heads", "nhead", "n_heads"),
        ),
        "query": Key(ARRAY, "Wq: query[j][k] goes from value k to unit j", also=("wq", "q")),
        "key": Key(ARRAY, "Wk, as query; keys may come from another layer", also=("wk", "k")),
        "value": Key(ARRAY, "Wv, as query", also=("wv", "v")),
        "output": Key(
            Reader(_read_output, {"anyOf": [{"const": "none"}, *ARRAY.schema["anyOf"]]}),
            "Wo: maps the joined heads out; or none, where they are the answer",
            also=("wo", "out", "out_proj", "projection"),
        ),
        "bias": Key(
            Reader(_read_bias, {"anyOf": [{"const": "none"}, mapping_schema(_BIAS_KEYS)]}),
            "the biases of the maps that have one: {query: [0, 0]} (default: none)",
            also=("biases", "b"),
        ),
        "causal": Key(
            FLAG, "true: a position reads none that come after it (default: false)", also=("mask",)
        ),
        "scale": Key(
            Reader(_read_scale, {"anyOf": [{"enum": ["sqrt", "none"]}, NUMBER.schema]}),
            "what scores are divided by: sqrt (√ of a head's width, the default), none, a number",
            also=("scaling", "divisor", "temperature"),
        ),
    },
    Attention,
    lower,
    """\
input: [[1, 0.5], [2, -1]]
target: [[1, 0], [0.5, 0.5]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - type: attention
    query: [[1, 0.5], [0, 1]]
    key: [[0.5, -1], [1, 0]]
    value: [[1, 0], [0.5, 2]]
    output: [[1, -0.5], [0.25, 1]]
    bias: {query: [0.1, 0]}
    activation: tanh
""",
    sample_rank=2,
    meanings={
        "q": "queries",
        "k": "keys",
        "v": "values",
        "s": "scores of queries and keys",
        "p": "weights of attention: softmax of the scores",
        "z": "values weighted, heads joined",
        "o": "heads mapped out",
    },
    mixes_steps=True,
)

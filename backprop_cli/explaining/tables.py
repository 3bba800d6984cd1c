"""Words for what the tables hold: activations, losses, layer types, optimizers, and the rest."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from fractions import Fraction

from ..diagrams.shape import Interval, shape_of
from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import Call, Derivative, Expr, Name, Partial, Quantity, as_expr
from ..expression.walking import bind, substitute
from ..files.network import NETWORK_KEYS, SHARED_KEYS, parse_network
from ..functions.elementwise import bound_to
from ..functions.losses import LOSSES, SOFTMAX_CROSS_ENTROPY, Loss, loss_terms
from ..functions.optimizers import OPTIMIZERS, Optimizer
from ..functions.rules import Rule
from ..functions.schedules import ETA_T, SCHEDULES, Schedule
from ..functions.softmax import SOFTMAX
from ..graph.build import build
from ..graph.records import Graph
from ..layers import LayerType, layer_types
from ..mathematics.activations import ACTIVATIONS, Activation
from ..notation import profile, profile_names
from ..passes.descent.plan import Plan
from ..problems import Source
from ..registry import entries
from ..spec.graph import GRAPH_KEYS
from ..spec.reading import Key
from ..worked.building import column, lettered
from ..worked.descent.rule import rule_section
from ..worked.document import (
    Block,
    Chain,
    Code,
    Equations,
    Inline,
    Math,
    Paragraph,
    Table,
    Text,
)
from .at_work import activation
from .records import Word, sentence
from .shown import RATE, computed_by, formulas_of, layer_type, loss, stepped

Z, A = Quantity(Ref("z", ANYWHERE)), Quantity(Ref("a", ANYWHERE))
SCALED = {
    "tanh": (
        Chain((Call("tanh", (Z,)), 2 * Call("sigmoid", (2 * Z,)) - 1)),
        Chain((Derivative("tanh", Z), 4 * Derivative("sigmoid", 2 * Z))),
    )
}
"""Activations that are another one, scaled: the value and the slope."""


def activation_words() -> list[Word]:
    """Return a word for each activation."""
    found = [_activation(entry) for entry in ACTIVATIONS.values()]
    return [*found, _joint(SOFTMAX, "softmax")]


def _activation(entry: Activation) -> Word:
    rule = bound_to(entry)

    def formulas(_: Collection[str]) -> list[Block]:
        value = bind(rule.value, {"z": Z})
        slope = bind(rule.derivative, {"z": Z, "a": A})
        chains = (
            Chain((A, Call(entry.name, (Z,)), value)),
            Chain((Derivative(entry.name, Z), slope)),
        )
        return [Equations((*chains, *SCALED.get(entry.name, ()))), _shape(entry)]

    says = [f"the slope at the kink: {kink.says}" for kink in entry.kinks]
    says += [f"setting {p.name}: {p.doc} (default {p.default})" for p in entry.parameters]
    if entry.name == "tanh":
        says.append(
            "it is the sigmoid, twice as high and half as wide: that makes its slope four times "
            "the sigmoid's at the middle, 1 for 1/4, so that the error fades more slowly"
        )
    if entry.name == "gelu_tanh":
        says.append("written {type: gelu, approximate: tanh}")
    return Word(
        entry.name,
        "activation",
        (rule.why(0), *says),
        also=entry.aliases,
        formulas=formulas,
        shown=activation(entry.name),
    )


def _shape(entry: Activation) -> Block:
    """Return the range of an activation, its steepest place, and where it is flat."""
    shape = shape_of(bound_to(entry))
    steepest, where = shape.steepest, ""
    if steepest.at:
        where = " at z = " + " and ".join(map(_number, steepest.at[:2]))
    elif steepest.over is not None:
        side = _side(steepest.over)
        where = f" {side}" if side == "everywhere" else f" where {side}"
    elif steepest.limit is not None:
        where = ", in the limit"
    said = [f"values: {_interval(shape.range)}", f"largest slope {_number(steepest.size)}{where}"]
    for name, spans in (("saturated", shape.saturated), ("off", shape.off)):
        if spans:
            said.append(f"{name} where {' or '.join(map(_side, spans))}")
    return Paragraph((lettered(f"{'; '.join(said)}".capitalize() + "."),))


def _side(span: Interval) -> str:
    """Return ``z > 3``, ``−1 < z < 1`` or ``everywhere``."""
    low, high = (math.isfinite(end) for end in (span.low, span.high))
    if not (low or high):
        return "everywhere"
    if low and high:
        return f"{_number(span.low)} < z < {_number(span.high)}"
    return f"z > {_number(span.low)}" if low else f"z < {_number(span.high)}"


def _interval(span: Interval) -> str:
    """Return the values: ``from 0 to 1``, an end that is not reached left out of it."""
    low = "from" if span.low_closed else "above"
    said = [f"{low} {_number(span.low)}"] if math.isfinite(span.low) else []
    high = "up to" if span.high_closed else "below"
    said += [f"{high} {_number(span.high)}"] if math.isfinite(span.high) else []
    return " and ".join(said) or "all numbers"


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def _joint(rule: Rule, name: str) -> Word:
    """Return the word of softmax, whose outputs share a denominator."""

    def formulas(_: Collection[str]) -> list[Block]:
        written = rule.write(("j",), ((3,), (3,)))
        names = {"z": Z.ref, "out": A.ref, "a": A.ref, "y": Ref("y")}
        return [Equations((Chain((Quantity(A.ref.at("j")), _named(written, names))),))]

    also = ("probabilities", "p")
    return Word(
        name, "activation", (rule.why(0),), also=also, formulas=formulas, shown=activation(name)
    )


def _named(tree: Expr, names: dict[str, Ref]) -> Expr:
    """Return a rule's formula in quantities."""

    def quantity(node: Expr) -> Expr | None:
        if isinstance(node, Name) and node.id in names:
            return Quantity(names[node.id].at(*node.index))
        return None

    return substitute(tree, quantity)


def loss_words() -> list[Word]:
    """Return a word for each loss."""
    found = [_loss(entry, loss_terms(entry, 1).why(0)) for entry in LOSSES.values()]
    return [*found, _softmax_loss()]


_TAKES = {
    "numbers": "the outputs are plain numbers, of any activation",
    "probabilities": "each output is a probability, between 0 and 1, as a sigmoid gives it",
    "distribution": "the outputs are probabilities that add up to one, as a softmax gives them",
    "logits": "the outputs are scores, any numbers: no activation stands before it",
    "signs": "the targets are 1 and −1, the outputs plain numbers",
}


def _loss(entry: Loss, why: str) -> Word:
    def formulas(_: Collection[str]) -> list[Block]:
        names = {"a": Ref("a", "L", index=("k",)), "y": Ref("y", index=("k",))}
        a = Quantity(names["a"])
        term = Ref("loss_terms", index=("k",))
        chains = (
            Chain((Quantity(term), _named(entry.term, names))),
            Chain((Partial(Ref("cost"), a.ref), _named(entry.derivative, names))),
        )
        return [Equations(chains)]

    says = [f"setting {p.name}: {p.doc} (default {p.default})" for p in entry.parameters]
    says += [f"the slope at the kink: {kink.says}" for kink in entry.kinks]
    total = "the loss of a sample is the sum of these terms over its outputs k"
    if entry.name == "mean_squared_error":
        total += ", K of them"
    return Word(
        entry.name,
        "loss",
        (f"{total}; {_TAKES[entry.takes]}.", why, *says),
        also=("½", "1/2", "half", "one half") if entry.name == "half_squared_error" else (),
        formulas=formulas,
        shown=loss(entry.name),
    )


def _softmax_loss() -> Word:
    rule = SOFTMAX_CROSS_ENTROPY

    def formulas(_: Collection[str]) -> list[Block]:
        names = {"a": Ref("a", "L"), "y": Ref("y")}
        shapes = ((3,), (3,))
        term, scores = Quantity(Ref("loss_terms", index=("j",))), names["a"].at("j")
        back = _named(rule.write_share(0, ("j",), shapes), names)
        chains = (
            Chain((term, _named(rule.write(("j",), shapes), names))),
            Chain((Partial(Ref("cost"), scores), back)),
        )
        one = Text("Where the targets add up to 1, their sum drops out.")
        return [Equations(chains), Paragraph((one,))]

    says = ("the softmax and the cross-entropy in one, of scores: no activation before it.",)
    return Word(rule.name, "loss", (*says, rule.why(0)), formulas=formulas, shown=loss(rule.name))


def layer_words() -> list[Word]:
    """Return a word for each layer type."""
    return [_layer(entry) for entry in layer_types().values()]


_INNER = {
    "batch_norm": ("gamma", "beta", "mean", "var", "xhat", "epsilon"),
    "layer_norm": ("gamma", "beta", "mean", "var", "xhat", "epsilon"),
    "rms_norm": ("gamma", "rms", "epsilon"),
    "lstm": ("peephole",),
}
"""Names on a layer's pages by which its type is asked for."""


def _layer(entry: LayerType) -> Word:
    doc = f"{entry.doc}."
    return Word(
        entry.name,
        "layer type",
        (doc,),
        also=(*entry.also, *_INNER.get(entry.name, ())),
        formulas=lambda _: _of_layer(entry),
        shown=layer_type(entry.name),
    )


def example_of(words: Iterable[Word]) -> Graph | None:
    """Return the network that the formulas of a layer type are of, where one is among the words."""
    types = layer_types()
    found = (types[word.name] for word in words if word.kind == "layer type")
    entry = next(found, None)
    return None if entry is None else _built(entry)


def _built(entry: LayerType) -> Graph:
    return build(parse_network(Source(entry.name, entry.example)))


def _of_layer(entry: LayerType) -> list[Block]:
    """Return what the layer computes, its keys, and why what comes back is as it is.

    The formulas and the reasons are those of its example.
    """
    graph = _built(entry)
    layer = next(layer for layer in graph.layers if layer.type == entry.name)
    chains, own = formulas_of(graph, layer), computed_by(graph, layer)
    back = [n for n in own if n != layer.a] or own
    why = (graph.rule(n).why(k) for n in back for k in range(len(graph.nodes[n].parents)))
    reasons = (Paragraph((lettered(sentence(each)),)) for each in dict.fromkeys(why) if each)
    return [chains, *([_keys(entry.keys)] if entry.keys else ()), *reasons]


def _keys_by_place() -> dict[str, dict[str, Key]]:
    """Return the keys of the network file by where they stand: its top level, each layer type."""
    return {
        "network of layers": NETWORK_KEYS,
        "computation graph": {**SHARED_KEYS, **GRAPH_KEYS},
        **{entry.name: entry.keys for entry in layer_types().values()},
    }


def file_keys() -> frozenset[str]:
    """Return every key that the network file, or a layer in it, may have."""
    return frozenset(key for keys in _keys_by_place().values() for key in keys)


def key_words(name: str) -> tuple[Word, ...]:
    """Return the word of a key of the file, such as ``stride``: what it says in each place."""
    meanings: dict[str, list[str]] = {}
    for place, keys in _keys_by_place().items():
        if name in keys:
            meanings.setdefault(keys[name].doc, []).append(place)
    if not meanings:
        return ()
    of_layers = any(name in entry.keys for entry in layer_types().values())
    columns = (column("layer type" if of_layers else "file", "prose"), column("meaning", "prose"))
    rows = tuple(
        (Text(", ".join(places)), lettered(doc or name)) for doc, places in meanings.items()
    )
    says = "A key of layers in the network file." if of_layers else "A key of the network file."
    return (Word(name, "key", (says,), formulas=lambda _: [Table(columns, rows)]),)


def _keys(keys: dict[str, Key]) -> Block:
    columns = (column("key"), column("meaning", "prose"))
    rows: list[tuple[Inline | None, ...]] = [
        (Code(key), lettered(of.doc)) for key, of in keys.items()
    ]
    return Table(columns, tuple(rows))


def optimizer_words() -> list[Word]:
    """Return a word for each optimizer."""
    return [_optimizer(entry) for entry in OPTIMIZERS.values()]


def _letters(entry: Optimizer) -> tuple[str, ...]:
    """Return the letters of the rule: what it keeps, what it makes of that, and its settings."""
    made = (assignment.target.id for assignment in entry.assignments)
    settings = (name for s in entry.settings for name in (s.name, s.letter.id))
    return tuple(dict.fromkeys((*entry.state, *(m for m in made if m != "theta"), *settings)))


def _optimizer(entry: Optimizer) -> Word:
    title = entry.doc[0].upper() + entry.doc[1:]
    says = [f"{entry.convention}."] if entry.convention else []
    if not says:
        says = ["each parameter moves against its gradient, by the learning rate times it."]

    def formulas(_: Collection[str]) -> list[Block]:
        settings = {s.name: str(s.default) for s in entry.settings}
        rule = rule_section(Plan(entry, RATE, settings), None)
        rows: list[tuple[Inline | None, ...]] = [
            (Math(s.letter), Code(s.name), Math(as_expr(Fraction(s.default))), Text(s.doc))
            for s in entry.settings
        ]
        labels = map(column, ("letter", "setting", "default"))
        return [rule.blocks[0], Table((*labels, column("meaning", "prose")), tuple(rows))]

    return Word(
        entry.name,
        "optimizer",
        tuple(says),
        title if title.lower() != entry.name else "",
        also=_letters(entry),
        formulas=formulas,
        shown=stepped(entry.name),
    )


def schedule_words() -> list[Word]:
    """Return a word for each schedule of the learning rate."""
    return [_schedule(entry) for entry in SCHEDULES.values()]


def _schedule(entry: Schedule) -> Word:
    says = [f"{entry.doc}: backprop step NET --schedule {entry.name}."]
    if entry.counts:
        says.append(f"k: {entry.counts}.")
    rows: list[tuple[Inline | None, ...]] = [
        (Math(s.letter), Code(s.name), Text(s.doc)) for s in entry.settings
    ]
    columns = (column("letter"), column("setting"), column("meaning", "prose"))
    rate: Block = Equations((Chain((ETA_T, entry.rate)),))
    table: list[Block] = [Table(columns, tuple(rows))] if rows else []
    return Word(
        entry.name,
        "schedule",
        tuple(says),
        also=entry.also,
        see=("learning rate",),
        formulas=lambda _: [rate, *table],
    )


def other_words() -> list[Word]:
    """Return a word for each notation, and for each style and mode of derivation."""
    notations = [
        Word(name, "notation", (f"{profile(name).title}.", _asked(name)))
        for name in profile_names()
    ]
    styles = entries("backprop_cli.deriving", "STYLE").values()
    modes = entries("backprop_cli.deriving.graphs", "MODE").values()
    return [
        *notations,
        *(_way(each.name, each.doc, "style") for each in styles),
        *(_way(each.name, each.doc, "mode") for each in modes),
    ]


def _asked(notation: str) -> str:
    return f"write --notation {notation}, or 'notation: {notation}' in the file"


def _way(name: str, doc: str, option: str) -> Word:
    says = f"{doc}: backprop derive NET --{option} {name}."
    return Word(name, f"{option} of derivation", (says,))

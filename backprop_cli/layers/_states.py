"""What recurrent, lstm and gru share: their keys, their parameters, their nodes step by step."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..functions.delayed import Clock, Delayed
from ..functions.elementwise import Elementwise
from ..functions.entrywise import AtStep
from ..functions.rules import Rule
from ..functions.weighted import Weighted, WeightedTerm
from ..graph.activating import activation
from ..graph.building import Builder, Inputs, Lowered, shape_of, sized
from ..graph.parts import Loop, Parameter
from ..problems import Place, Report
from ..spec.arrays import ARRAY, ArraySpec, WrittenArray
from ..spec.functions import ACTIVATION, FunctionSpec
from ..spec.nodes import Mapping, YamlNode
from ..spec.reading import COUNT, Key, Reader, mapping_schema, read_keys, word
from ..spec.records import LayerSpec
from ._gates import ByGate, GateArray, GateArrays, Stack, gate_arrays, loaded
from .dense import NoBias

AXES = ("step", "unit")
INITIAL = "the state before the first step"
GATE_NAMES = {
    "i": "input gate",
    "f": "forget gate",
    "g": "candidate",
    "o": "output gate",
    "r": "reset gate",
    "u": "update gate",
    "n": "candidate",
}


class Initial(Struct, frozen=True):
    """The state before the first step: its numbers; ``learnt`` where it is a parameter."""

    spec: ArraySpec
    learnt: bool = False
    below: tuple[str, ...] = ()


class States(Struct, frozen=True):
    """The keys of a recurrent layer; each type has those that mean something to it."""

    units: int | None = None
    weights: GateArrays | None = None
    recurrent_weights: GateArrays | None = None
    bias: GateArrays | None = None
    recurrent_bias: GateArrays | None = None
    peephole: GateArrays | None = None
    joined: GateArrays | None = None
    joined_order: tuple[str, ...] = ("x", "h")
    gates: tuple[str, ...] = ()
    initial: dict[str, Initial] = {}
    gate_activation: FunctionSpec | None = None
    output: str = "all"
    reverse: str = "false"
    truncate: int | None = None
    update: str = "keeps_old"
    reset: str = "after"


def order_key(names: tuple[str, ...], doc: str) -> Key:
    """Return the key of a list that has each of these names once."""
    cure = f"each of {', '.join(names)} once, such as [{', '.join(names)}]"

    def read(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
        items = [getattr(item, "text", "") for item in getattr(node, "items", ())]
        if sorted(items) == sorted(names):
            return tuple(items)
        report.say(f"{what}: the order of {', '.join(names)} is expected", node.place, cure)
        return None

    schema = {"type": "array", "items": {"enum": list(names)}, "minItems": len(names)}
    return Key(Reader(read, {**schema, "maxItems": len(names), "uniqueItems": True}), doc)


_LEARNT = {"parameter": Key(ARRAY, "the numbers with which descent begins", required=True)}


def _read_state(node: YamlNode, what: str, report: Report) -> Initial | None:
    if isinstance(node, Mapping) and node.get("parameter") is not None:
        values = read_keys(node, _LEARNT, what, report)
        spec = values.get("parameter")
        return None if spec is None else Initial(spec, True, ("parameter",))
    spec = ARRAY.read(node, what, report)
    return None if spec is None else Initial(spec)


def initial_key(states: tuple[str, ...]) -> Key:
    """Return the key of the state before the first step; with two of them a mapping of both."""
    state = {"anyOf": [*ARRAY.schema["anyOf"], mapping_schema(_LEARNT)]}
    reader = Reader(_read_state, state)
    keys = {name: Key(reader, f"{name} before the first step") for name in states}

    def read(node: YamlNode, what: str, report: Report) -> dict[str, Initial] | None:
        if len(states) == 1:
            one = reader.read(node, what, report)
            return None if one is None else {states[0]: one}
        if not isinstance(node, Mapping):
            cure = f"{{{', '.join(f'{name}: […]' for name in states)}}}"
            report.say(f"{what}: a mapping of {' and '.join(states)} is expected", node.place, cure)
            return None
        found = read_keys(node, keys, what, report)
        if None in found.values():
            return None
        return {
            name: structs.replace(each, below=(name, *each.below)) for name, each in found.items()
        }

    schema = state if len(states) == 1 else mapping_schema(keys)
    doc = "the state before the first step (default: zeros); {parameter: […]} has a gradient"
    return Key(Reader(read, schema), doc, also=("h0", "h_0", "initial_state", "start", "init"))


def keys_of(gates: tuple[str, ...], states: tuple[str, ...]) -> dict[str, Key]:
    """Return the keys that every recurrent layer has."""
    each = " of each gate" if gates[0] else ""
    return {
        "units": Key(
            COUNT,
            "how many units (may be left out when an array says it)",
            also=("neurons", "nodes", "size", "width", "hidden_size", "hidden"),
        ),
        "weights": gate_arrays(gates, f"W{each}: (units, inputs)"),
        "recurrent_weights": gate_arrays(gates, f"U{each}: (units, units), of the state before"),
        "joined": gate_arrays(gates, f"[W U]{each}, in place of the two"),
        "joined_order": order_key(("x", "h"), "what the columns of 'joined' read (default: x, h)"),
        "bias": gate_arrays(gates, f"b{each}: a list, one number, or none", flat=True, none=True),
        "initial": initial_key(states),
        "output": Key(word("all", "last"), "a vector every step (the default), or the last one"),
        "reverse": Key(word("false", "true"), "from the last step to the first"),
        "truncate": Key(COUNT, "no gradient crosses after so many steps; the state does"),
        **(
            {"gate_activation": Key(ACTIVATION, "of the gates (default: sigmoid)")}
            if gates[0]
            else {}
        ),
        **(
            {"gates": order_key(gates, "the order in which arrays of all gates are stacked")}
            if gates[0]
            else {}
        ),
    }


class Cellar:
    """Collects one recurrent layer: its parameters, then its nodes, which may read later ones."""

    def __init__(
        self,
        layer: LayerSpec,
        own: States,
        gates: tuple[str, ...],
        inputs: Inputs,
        builder: Builder,
    ) -> None:
        self.layer, self.own, self.builder = layer, own, builder
        self.gates = own.gates or gates
        self.fits = self._reads_a_sequence(inputs)
        self.steps, self.width = inputs.shapes[0][0], inputs.shapes[0][-1]
        self.clock = Clock(self.steps, own.reverse == "true", own.truncate, builder.lengths)
        self.held: list[Parameter] = []
        self.constants: list[Parameter] = []
        self.operands: dict[str, int] = {"x": inputs.nodes[0]}
        self.rules: dict[str, tuple[Rule, dict[str, str]]] = {}
        self.arrays = {
            key: loaded(getattr(own, key), builder)
            for key in (
                "weights",
                "recurrent_weights",
                "joined",
                "bias",
                "recurrent_bias",
                "peephole",
            )
        }
        units = self._units() if self.fits else None
        self.units, self.known = units or 1, units is not None

    def _place(self, key: str) -> Place:
        spec = getattr(self.own, key)
        return spec.place if spec is not None else self.layer.place

    def _reads_a_sequence(self, inputs: Inputs) -> bool:
        title = self.layer.type.name
        if len(inputs.nodes) != 1:
            cure = "join them first with 'type: concat' or 'type: add'"
            self.builder.say(
                f"a layer of type {title} has one input, not {len(inputs.nodes)}",
                self.layer.sources[0].place,
                cure,
            )
            return False
        if len(inputs.shapes[0]) == 2:
            return True
        place = self.layer.sources[0].place if self.layer.sources else self.layer.place
        message = f"{title}: a sequence is read, steps × values, and {inputs.names} has "
        cure = "let the layer below have 'output: all'"
        if inputs.nodes[0] == 0:
            cure = "write one list a step: [[1, 2], [3, 4]]"
        self.builder.say(message + sized(inputs.shapes[0]), place, cure)
        return False

    # -- units

    def _units(self) -> int | None:
        """Return how many units there are, as the keys say it; report where they say it not."""
        own, turned = self.own, self.builder.in_out
        if own.units is not None:
            return own.units
        for key in ("recurrent_weights", "weights", "joined", "bias", "recurrent_bias", "peephole"):
            spec, count = self.arrays[key], len(self.gates)
            if isinstance(spec, ByGate):
                spec, count = loaded(next(iter(spec.arrays.values())), self.builder), 1
            if spec is None or isinstance(spec, NoBias):
                continue
            shape = shape_of(spec)
            if not shape:
                continue
            rows = shape[-1 if turned and len(shape) > 1 else 0]
            if rows % count:
                what = "columns" if turned and len(shape) > 1 else "rows"
                message = f"{key}: {rows} {what}, which is no multiple of {count} gates"
                order = ", ".join(self.gates)
                self.builder.say(
                    message, self._place(key), f"as many for each of {order}, in that order"
                )
                return None
            return rows // count
        for state in own.initial.values():
            shape = shape_of(state.spec) if isinstance(state.spec, WrittenArray) else None
            if shape:
                return shape[0]
        if not any(getattr(spec, "path", "") for spec in (own.weights, own.recurrent_weights)):
            what = f"{self.builder.title(self.layer)}: the number of units is not known"
            self.builder.say(what, self.layer.place, "add 'units:'")
        return None

    # -- parameters

    def matrices(self) -> None:
        """Add W and U of each gate, from two arrays or one, and b where there is one."""
        own, builder = self.own, self.builder
        stack = Stack(self.gates, self.units, builder.in_out)
        if own.joined is not None:
            for key in ("weights", "recurrent_weights"):
                if getattr(own, key) is not None:
                    builder.say(
                        f"both 'joined' and '{key}'", self._place(key), "keep one of the two"
                    )
            order = own.joined_order
            widths = tuple(self.width if name == "x" else self.units for name in order)
            place = self._place("joined")
            both = stack.pieces(self.arrays["joined"], "joined", place, widths, builder)
            w, u = order.index("x"), order.index("h")
            for gate in self._named():
                self.matrix(f"W{gate}", self.width, both[gate][w], "joined")
                self.matrix(f"U{gate}", self.units, both[gate][u], "joined")
        else:
            if own.joined_order != ("x", "h"):
                builder.say("'joined_order' without 'joined'", self.layer.place, "remove it")
            for part, key, width in (
                ("W", "weights", self.width),
                ("U", "recurrent_weights", self.units),
            ):
                every = stack.pieces(self.arrays[key], key, self._place(key), (width,), builder)
                for gate in self._named():
                    self.matrix(f"{part}{gate}", width, every[gate][0], key)
        if not isinstance(own.bias, NoBias):
            self.vectors("b", "bias", self._named(), "bias")

    def _named(self) -> tuple[str, ...]:
        """Return the gates in the order of names."""
        return self.gates

    def matrix(self, part: str, width: int, piece: GateArray, key: str) -> None:
        """Add a weight matrix."""
        shape = (width, self.units) if self.builder.in_out else (self.units, width)
        self._add(part, shape, piece, "weight", key)

    def vectors(self, letter: str, key: str, gates: tuple[str, ...], kind: Any) -> None:
        """Add a vector of each gate."""
        stack = Stack(gates, self.units, self.builder.in_out)
        every = stack.pieces(self.arrays[key], key, self._place(key), (), self.builder)
        for gate in gates:
            self._add(f"{letter}{gate}", (self.units,), every[gate][0], kind, key)

    def _add(
        self, part: str, shape: tuple[int, ...], piece: GateArray, kind: Any, key: str
    ) -> None:
        builder, gate = self.builder, GATE_NAMES.get(part[1:], "")
        of = f" of the {gate}" if gate else ""
        title = f"layer {self.layer.name or builder.layer}"
        says = {
            "W": f"weights{of} for what {title} reads",
            "U": f"weights{of} for the state one step before",
            "b": f"biases{of}",
            "c": f"biases{of} beside U h",
            "p": f"weights{of} for the state c (peephole)",
        }[part[0]]
        parameter = builder.parameter(
            part, shape, piece.spec, kind, key, below=piece.below, offset=piece.offset, says=says
        )
        self.held.append(parameter)
        self.operands[part] = parameter.node

    def initial(self, state: str, part: str) -> str:
        """Add the state before the first step, if it is given; return its part of the names."""
        given = self.own.initial.get(state)
        if given is None:
            return ""
        builder, key = self.builder, "initial"
        if given.learnt:
            parameter = builder.parameter(
                part, (self.units,), given.spec, "state", key, below=given.below, says=INITIAL
            )
            self.held.append(parameter)
            self.operands[part] = parameter.node
        else:
            key = ".".join((key, *given.below))
            constant = builder.constant(part, (self.units,), given.spec, key, ("unit",))
            self.constants.append(structs.replace(constant, says=INITIAL))
            self.operands[part] = constant.node
        return part

    # -- nodes

    def weighted(
        self,
        gate: str,
        starts: dict[str, str],
        more: WeightedTerm | None = None,
        state: WeightedTerm | None = None,
    ) -> None:
        """Add the pre-activation of a gate: W x + U h + b, with the term of a peephole.

        ``starts`` are the states that are read a step late, each with what it begins with.
        """
        held = self.operands
        offset = f"c{gate}" if f"c{gate}" in held else ""
        terms = [
            WeightedTerm("x", f"W{gate}"),
            state or WeightedTerm("h", f"U{gate}", offset=offset),
        ]
        terms += [] if more is None else [more]
        bias = f"b{gate}" if f"b{gate}" in held else ""
        rule = Weighted(tuple(terms), bias, self.builder.in_out)
        read = {name: start for name, start in starts.items() if name in rule.operands}
        self.late(f"z{gate}", rule, read)

    def late(self, part: str, rule: Rule, late: dict[str, str], **reads: str) -> None:
        """Add a node that reads some operands a step late; of each the operand it begins with."""
        delayed = Delayed(rule, self.clock, tuple(late), tuple(late.values()))
        self.rules[part] = (delayed, reads)

    def now(self, part: str, rule: Rule, **reads: str) -> None:
        """Add a node that reads its own step only; ``reads`` are parts by operand."""
        self.rules[part] = (rule, reads)

    def lowered(self, answer: str, activated: tuple[tuple[str, str], ...]) -> Lowered | None:
        """Add the nodes and the loop that they are; return what the layer became."""
        builder, shape = self.builder, (self.steps, self.units)
        if not self.known or not self.fits:
            return None
        first = len(builder.nodes)
        parts = {part: first + i for i, part in enumerate(self.rules)}
        at = {**self.operands, **parts, "h": parts[answer]}
        for part, (rule, reads) in self.rules.items():
            parents = tuple(at[reads.get(name, name)] for name in rule.operands)
            builder.apply(part, rule, parents, shape, AXES)
        builder.loops.append(Loop(first, first + len(parts) - 1, self.clock))
        if self.own.output == "last":
            steps = () if self.clock.reverse else self.clock.lengths
            last = AtStep(self.steps + 1 - self.clock.first, steps)
            parts["last"] = builder.apply("last", last, (parts[answer],), (self.units,), ("unit",))
            activated = (*activated, ("last", "last"))
        elif activated[-1][1] != answer:
            activated = (*activated, (answer, answer))
        says = {part: self._says(part) for part in parts}
        given = tuple(self.constants)
        return Lowered(parts, tuple(self.held), given, activated=activated, says=says)

    def _says(self, part: str) -> str:
        """Return what a part of the layer is, in words."""
        gate = GATE_NAMES.get(part, GATE_NAMES.get(part[1:], "")) if self.gates[0] else ""
        if part in ("c", "h", "a"):
            return {"c": "the inner state", "h": "the state: the output", "a": "the state"}[part]
        if part == "last":
            return "the state after the last step"
        return gate if part in GATE_NAMES else f"pre-activations of the {gate or 'state'}"


def bends(
    layer: LayerSpec, builder: Builder, spec: FunctionSpec | None, default: str, key: str
) -> Any:
    """Return a function of a gate or a state, which works entry by entry; report another."""
    rule = activation(layer, builder, spec, default)
    if rule is not None and not isinstance(rule, Elementwise):
        place = spec.place if spec is not None else layer.place
        cure = "a function of each entry by itself, such as sigmoid or tanh"
        builder.say(f"{key}: {rule.name} takes all units together", place, cure)
        return None
    return rule

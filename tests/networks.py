"""Random networks as YAML text, each with the plain mapping that the text was written from.

A test's oracle reads the mapping, so that nothing of the package stands between the two.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, structs

from backprop_cli.files.network import parse_network
from backprop_cli.functions.losses import LOSSES
from backprop_cli.functions.rules import Rule
from backprop_cli.graph.build import build
from backprop_cli.graph.records import Graph
from backprop_cli.mathematics.activations import ACTIVATIONS, ALIASES
from backprop_cli.problems import Source

MANY = int(os.environ.get("BACKPROP_TEST_NETWORKS", "200"))
"""How many networks, or graphs, the longest tests draw: seed 0 and on. With fewer than 300 not
every function of the tables occurs."""
Mapping = dict[str, Any]
Values = list[float]

ACTIVATION_EXPRESSIONS = (
    "z*sigmoid(1.702*z)",
    "sin(z) + z/2",
    "max(z, z/10)",
    "min(z, 1) + abs(z)/3",
    "ln(1 + z**2)",
    "relu(z)**2/2 - cos(z)",
    "tanh(z)*exp(-z**2)",
    "sqrt(1 + z**2)",
    "softplus(z) - arctan(z)",
    "sign(z)*z**2",
    "swish(z) + hard_tanh(z)*z",
    "leaky_relu(z) - 2*gelu(z)",
    "z**3/(1 + z**2)",
)
"""Activations written as expressions."""
TERM_LOSSES = (
    "sum((a - y)**4)",
    "mean(abs(a - y))",
    "1/2*dot(a - y, a - y)",
    "sum(a**2) - sum(y*a)/2",
    "-dot(a, y) + mean(exp(a/3))",
    "sum(max(a, y))",
    "sum(ln(cosh(a - y)) + softplus(a))",
)
"""Losses written as expressions that are a sum of one term an output."""
JOINT_LOSSES = (
    "(sum(a) - 1)**2 + dot(a, y)",
    "sqrt(1 + sum((a - y)**2))",
    "max(a)**2 + sum(y*a)",
    "mean(a)*sum(a*y) + min(a)",
    "exp(mean(a - y)/4) + 3",
    "sum((a - mean(a))**2)",
    "ln(sum(exp(a))) - dot(a, y)",
    "dot(a, y)/(1 + dot(a, a))",
    "sum(sigmoid(a)*sum(y))**2",
)
"""Losses written as expressions that need every output at once."""
LOSS_NAMES = (*LOSSES, "softmax_cross_entropy")
ANY_ACTIVATION = (*ACTIVATIONS, *ALIASES, "softmax", "expression")


class Network(Struct, frozen=True):
    """A network: the file's text, and what it was written from."""

    seed: int
    spec: Mapping
    text: str


class Sizes(Struct, frozen=True):
    """How large the networks are, and how finely their numbers are written."""

    layers: int = 8
    units: int = 5
    samples: int = 4
    decimals: int = 6
    merges: bool = True


FULL = Sizes()
SMALL = Sizes(layers=2, units=2, samples=2, decimals=1, merges=False)


def network(seed: int, sizes: Sizes = FULL) -> Network:
    """Return the network of this seed; every seed gives the same one everywhere."""
    spec = _Draw(seed, sizes).spec()
    return Network(seed, spec, yaml.safe_dump(spec, sort_keys=False, width=1000))


def loads(text: str) -> Graph:
    """Return the graph of a network written as YAML text."""
    return build(parse_network(Source("network.yaml", text)))


class _Layer(Struct):
    """A layer that later ones may read: its name (none for the input), and its width."""

    name: str
    units: int


class _Draw:
    def __init__(self, seed: int, sizes: Sizes) -> None:
        self.random = random.Random(seed)
        self.sizes = sizes
        self.seed = seed
        self.below: list[_Layer] = []

    def spec(self) -> Mapping:
        """Return the whole mapping: data, loss and layers that fit each other."""
        chance, sizes = self.random, self.sizes
        samples = chance.choice((0, 0, *range(1, sizes.samples + 1)))
        width = chance.randint(1, sizes.units)
        in_out = chance.random() < 0.25
        self.below = [_Layer("input", width)]
        loss, takes = self.loss()
        depth = chance.randint(1, sizes.layers)
        layers = [self.layer(number, in_out, "") for number in range(1, depth)]
        layers.append(self.layer(depth, in_out, takes))
        outputs = self.below[-1].units
        spec: Mapping = {
            "name": f"random network {self.seed}",
            "input": self.data(samples, lambda: self.values(width)),
            "target": self.target(samples, takes, outputs),
            "loss": loss,
            "layers": self.reordered(layers, in_out) if chance.random() < 0.15 else layers,
        }
        if chance.random() < 0.6:
            spec["reduction"] = chance.choice(("mean", "sum"))
        if chance.random() < 0.3:
            kinds = chance.choice((("l2",), ("l1",), ("l1", "l2")))
            spec["regularization"] = {kind: self.number(0.01, 0.5) for kind in kinds}
        if in_out:
            spec["weights_layout"] = "in_out"
        return spec

    # -- numbers

    def number(self, low: float = -1.0, high: float = 1.0) -> float:
        return round(self.random.uniform(low, high), self.sizes.decimals)

    def values(self, count: int, low: float = -1.0, high: float = 1.0) -> Values:
        return [self.number(low, high) for _ in range(count)]

    def data(self, samples: int, row: Callable[[], Values]) -> Values | list[Values]:
        return [row() for _ in range(samples)] if samples else row()

    def target(self, samples: int, takes: str, outputs: int) -> Any:
        chance = self.random
        match takes:
            case "probabilities" | "probabilities of sigmoid":
                return self.data(
                    samples,
                    lambda: [chance.choice((0.0, 1.0, self.number(0, 1))) for _ in range(outputs)],
                )
            case "distribution" | "softmax_logits":
                if chance.random() < 0.4:
                    classes = [chance.randrange(outputs) for _ in range(samples or 1)]
                    return {"class": classes if samples else classes[0]}
                return self.data(samples, lambda: self.distribution(outputs))
            case "signs":
                return self.data(
                    samples, lambda: [chance.choice((-1.0, 1.0)) for _ in range(outputs)]
                )
        return self.data(samples, lambda: self.values(outputs))

    def distribution(self, outputs: int) -> Values:
        """Return tenths that add up to one, zeros among them."""
        counts = [0] * outputs
        for _ in range(10):
            counts[self.random.randrange(outputs)] += 1
        return [count / 10 for count in counts]

    # -- functions

    def loss(self) -> tuple[Any, str]:
        """Return a loss and what it reads the outputs as."""
        chance = self.random
        if chance.random() < 0.3:
            return {"expression": chance.choice((*TERM_LOSSES, *JOINT_LOSSES))}, "numbers"
        name = chance.choice(LOSS_NAMES)
        if name == "softmax_cross_entropy":
            return name, "softmax_logits"
        entry = LOSSES[name]
        takes = {"logits": "probabilities"}.get(entry.takes, entry.takes)
        if entry.takes == "probabilities":
            takes = "probabilities of sigmoid"
        if entry.parameters and chance.random() < 0.6:
            settings = {p.name: self.number(0.2, 1.6) for p in entry.parameters}
            return {"type": name, **settings}, takes
        return name, takes

    def activation(self) -> Any:
        chance = self.random
        name = chance.choice(ANY_ACTIVATION)
        if name == "expression":
            return {"expression": chance.choice(ACTIVATION_EXPRESSIONS)}
        if name == "gelu_tanh":
            return {"type": "gelu", "approximate": "tanh"}
        entry = ACTIVATIONS.get(name)
        if entry is not None and entry.parameters and chance.random() < 0.6:
            return {"type": name, **{p.name: self.number(0.2, 1.6) for p in entry.parameters}}
        return {"type": name} if chance.random() < 0.1 else name

    # -- layers

    def layer(self, number: int, in_out: bool, takes: str) -> Mapping:
        """Return one more layer; the last one (``takes``) ends as its loss needs."""
        chance = self.random
        kinds = ["dense"] * 5
        if self.sizes.merges:
            kinds += ["activation", "add", "multiply", "concat"]
        layer: Mapping = {}
        name = f"h{number}" if chance.random() < 0.8 else ""
        if name:
            layer["name"] = name
        match chance.choice(kinds):
            case "dense":
                units = self.dense(layer, in_out)
            case "activation":
                layer["type"] = "activation"
                units = self.source(layer).units
            case kind:
                units = self.merge(layer, kind)
        match takes:
            case "probabilities of sigmoid":
                layer["activation"] = chance.choice(("sigmoid", "logistic"))
            case "distribution":
                layer["activation"] = "softmax"
            case _:
                if chance.random() < 0.9:
                    layer["activation"] = self.activation()
        self.below.append(_Layer(name, units))
        return layer

    def source(self, layer: Mapping) -> _Layer:
        """Return what the layer reads: mostly the one before, or any with a name."""
        chosen = self.below[-1]
        if self.sizes.merges and self.random.random() < 0.2:
            chosen = self.random.choice([below for below in self.below if below.name])
            layer["from"] = chosen.name
        return chosen

    def dense(self, layer: Mapping, in_out: bool) -> int:
        chance = self.random
        width, units = self.source(layer).units, chance.randint(1, self.sizes.units)
        rows, columns = (width, units) if in_out else (units, width)
        if chance.random() < 0.5:
            layer["units"] = units
        layer["weights"] = [self.values(columns) for _ in range(rows)]
        match chance.choice(("list", "list", "number", "none", "shared")):
            case "list":
                layer["bias"] = self.values(units)
            case "number":
                layer["bias"] = self.number()
            case "none":
                layer["bias"] = "none"
            case _:
                layer["shared_bias"] = self.number()
        return units

    def merge(self, layer: Mapping, kind: str) -> int:
        """Fill in a merge of named layers (any twice), of one width unless it joins ends."""
        named = [below for below in self.below if below.name]
        first = self.random.choice(named)
        fitting = [n for n in named if kind == "concat" or n.units == first.units]
        sources = [first, *(self.random.choice(fitting) for _ in range(self.random.randint(1, 2)))]
        layer["type"] = kind
        layer["from"] = [source.name for source in sources]
        return sum(s.units for s in sources) if kind == "concat" else first.units

    def reordered(self, layers: list[Mapping], in_out: bool) -> list[Mapping]:
        """Return the layers in another order, all but the last, with one that nobody reads."""
        for number, layer in enumerate(layers, 1):
            layer.setdefault("name", f"h{number}")
            layer.setdefault("from", f"h{number - 1}" if number > 1 else "input")
        unused: Mapping = {"name": "unused", "from": layers[-1]["name"]}
        self.below[-1].name = unused["from"]
        width = self.below[-1].units
        unused["weights"] = [[0.5]] * width if in_out else [[0.5] * width]
        unused["bias"] = [0.25]
        others = [*layers[:-1], unused]
        self.random.shuffle(others)
        return [*others, layers[-1]]


def with_rule(graph: Graph, number: int, rule: Rule) -> Graph:
    """Return the graph with another rule at one node, and no short way past it."""
    nodes = list(graph.nodes)
    nodes[number] = structs.replace(nodes[number], rule=rule, shortcut=None)
    return structs.replace(graph, nodes=tuple(nodes))

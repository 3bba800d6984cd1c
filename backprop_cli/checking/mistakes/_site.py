"""Site: one step of the computation as a mistake sees it, with the arrays that are in use."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import FLOAT64
from ...functions.activations import Elementwise
from ...functions.operators import Affine
from ...graph.records import Graph, Layer
from ..replay import Array, Arrays, Kind, Replay


class Network(Struct, frozen=True):
    """What the mistakes ask of a network again and again: which layer a node is of."""

    replay: Replay
    layer_of: dict[int, Layer]
    output_layer: Layer | None

    @classmethod
    def of(cls, replay: Replay) -> Network:
        """Return the facts of a network's steps."""
        graph = replay.graph
        found: dict[int, Layer] = {}
        for layer in graph.layers:
            found |= {layer.z: layer, layer.a: layer}
            found |= dict.fromkeys(layer.parameters.values(), layer)
        return cls(replay, found, next((e for e in graph.layers if e.a == graph.output), None))


class Site:
    """A step at which a mistake may be made: what is read there and what is right there.

    ``computed`` is the right result from the same arrays. W is (units, inputs) here whatever the
    file's layout.
    """

    def __init__(self, network: Network, key: int, used: Arrays, computed: Array) -> None:
        self.network, self.replay, self.graph = network, network.replay, network.replay.graph
        self.key, self.used, self.computed = key, used, computed
        self.node = self.replay.node_of(key)
        self.kind: Kind = self.replay.kind_of(key)
        self.part = self.graph.nodes[self.node].ref.part if self.graph.layered else ""
        self.layer: Layer | None = network.layer_of.get(self.node)

    # -- which quantity this is

    @property
    def is_z(self) -> bool:
        """A layer's pre-activation."""
        return self.kind == "value" and self.part == "z"

    @property
    def is_delta(self) -> bool:
        """∂C/∂z of a layer."""
        return self.kind == "gradient" and self.part == "z"

    @property
    def is_error(self) -> bool:
        """∂C/∂a of a layer, before σ′ is put in."""
        return self.kind == "gradient" and self.part == "a"

    @property
    def of_weights(self) -> bool:
        """∂C/∂W of a layer."""
        return self.kind == "gradient" and self.part == "W"

    @property
    def of_bias(self) -> bool:
        """∂C/∂b of a layer."""
        return self.kind == "gradient" and self.part == "b"

    @property
    def of_parameter(self) -> bool:
        """The gradient of something that is updated."""
        return self.kind == "gradient" and self.replay.rate is not None and self._updated

    @property
    def _updated(self) -> bool:
        return self.replay.update(self.node) in self.replay.at

    @property
    def at_output(self) -> bool:
        """In the last layer."""
        return self.layer is not None and self.layer is self.network.output_layer

    @property
    def starts_backward(self) -> bool:
        """Where the loss's derivative is put in: ∂C/∂a of the output, or δ = a − y at once."""
        if not self.at_output or self.layer is None:
            return False
        return self.is_error or (self.is_delta and self.fused)

    @property
    def fused(self) -> bool:
        """Whether the output's δ is a − y at once."""
        layer = self.layer
        return layer is not None and self.graph.nodes[layer.a].shortcut is not None

    # -- numbers

    def value(self, node: int) -> Array:
        """Return a node's value as it is used."""
        return self.used[node]

    def gradient(self, node: int) -> Array:
        """Return a node's gradient as it is used."""
        return self.used[len(self.graph.nodes) + node]

    @property
    def slope(self) -> Array | None:
        """σ′ of this layer, where its activation works entry by entry and is not the identity."""
        return None if self.layer is None else slope(self, self.layer)

    @property
    def above(self) -> Layer | None:
        """The dense layer that alone reads this layer's activation."""
        edges = self.replay.edges.get(self.layer.a if self.layer else self.node, ())
        if len(edges) != 1 or not isinstance(edges[0].rule, Affine) or edges[0].position != 0:
            return None
        return self.network.layer_of.get(edges[0].consumer)

    def weights(self, layer: Layer) -> Array:
        """Return a dense layer's W as (units, inputs)."""
        W = self.value(layer.parameters["W"])
        return W.T if self.graph.in_out else W

    def stored(self, W: Array) -> Array:
        """Return a (units, inputs) matrix in the file's own layout."""
        return W.T if self.graph.in_out else W

    def below(self, layer: Layer) -> int:
        """Return the node that a dense layer reads."""
        return self.graph.nodes[layer.z].parents[0]

    def over_batch(self, total: Array) -> Array:
        """Return a sum over the samples as the loss counts it: divided by N under a mean."""
        graph = self.graph
        return total / graph.samples if graph.mean else total

    @property
    def dense(self) -> tuple[Layer, ...]:
        """The layers that have weights."""
        return tuple(layer for layer in self.graph.layers if "W" in layer.parameters)


def slope(site: Site, layer: Layer) -> Array | None:
    """Return σ′ of a layer from the arrays in use, or None where it has none of its own."""
    rule = site.graph.nodes[layer.a].rule
    if not isinstance(rule, Elementwise) or rule.name == "identity":
        return None
    return rule.slope(FLOAT64, site.value(layer.z), site.value(layer.a))


def activation(graph: Graph, layer: Layer) -> Elementwise | None:
    """Return a layer's activation where it works entry by entry and bends."""
    rule = graph.nodes[layer.a].rule
    bends = isinstance(rule, Elementwise) and rule.name != "identity"
    return rule if bends and isinstance(rule, Elementwise) else None


def fits(array: Array, like: Array) -> bool:
    """Return whether the array has the shape and says something else."""
    return array.shape == like.shape and not np.array_equal(array, like)

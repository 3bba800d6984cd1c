"""Site: one step of the computation as a mistake sees it, with the arrays that are in use."""

from __future__ import annotations

import numpy as np

from ...arithmetic.floating import FLOAT64
from ...expression.refs import Ref
from ...functions.elementwise import Elementwise
from ...functions.operators import Affine
from ...graph.parts import Layer
from ...graph.records import Graph
from ...passes.shares import share
from ..replay import Array, Arrays, QuantityKind, Replay


class Site:
    """A step at which a mistake may be made: what is read there and what is right there.

    ``computed`` is the right result from the same arrays. W is (units, inputs) here whatever the
    file's layout.
    """

    def __init__(self, replay: Replay, key: int, used: Arrays, computed: Array) -> None:
        self.replay, self.graph = replay, replay.graph
        self.key, self.used, self.computed = key, used, computed
        self.node = self.replay.node_of(key)
        self.kind: QuantityKind = self.replay.kind_of(key)
        self.layer: Layer | None = replay.layer_of.get(self.node)
        self.does = self.graph.kind(self.graph.nodes[self.node].ref)
        weighted = self.layer is not None and is_dense(self.graph, self.layer)
        self.dense: Layer | None = self.layer if weighted else None

    # -- which quantity this is

    @property
    def is_of_layers(self) -> bool:
        """Whether the answers are about a network of layers, not about a computation graph."""
        return bool(self.graph.layers)

    @property
    def is_z(self) -> bool:
        """A layer's pre-activation."""
        return self.kind == "value" and self.layer is not None and self.node == self.layer.z

    @property
    def is_delta(self) -> bool:
        """∂C/∂z of a layer."""
        return self.kind == "gradient" and self.layer is not None and self.node == self.layer.z

    @property
    def is_error(self) -> bool:
        """∂C/∂a of a layer, before σ′ is put in."""
        return self.kind == "gradient" and self.layer is not None and self.node == self.layer.a

    @property
    def bend(self) -> int | None:
        """Return what alone is made of a number within a loop, through an activation: a gate."""
        arrivals = self.graph.arrivals[self.node]
        if self.kind != "gradient" or self.layer is not None or self.graph.loop(self.node) is None:
            return None
        rule = self.graph.rule(arrivals[0][0]) if len(arrivals) == 1 else None
        bends = isinstance(rule, Elementwise) and rule.name != "identity"
        return arrivals[0][0] if bends else None

    @property
    def of_weights(self) -> bool:
        """∂C/∂W of a dense layer."""
        return self.kind == "gradient" and self.does == "weight" and self.dense is not None

    @property
    def of_bias(self) -> bool:
        """∂C/∂b of a dense layer."""
        return self.kind == "gradient" and self.does == "bias" and self.dense is not None

    @property
    def of_parameter(self) -> bool:
        """The gradient of something that is updated."""
        return self.kind == "gradient" and self.replay.rate is not None and self._updated

    @property
    def _updated(self) -> bool:
        return self.replay.update(self.node) in self.replay.at

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Which inputs of which nodes the step's result comes back through; of a value none."""
        if self.kind == "gradient":
            return self.graph.arrivals[self.node]
        of = self.replay.aspect_of(self.key) if self.kind == "slope" else ""
        consumer = self.graph.number(of) if isinstance(of, Ref) else None
        return tuple(edge for edge in self.graph.arrivals[self.node] if edge[0] == consumer)

    def picks(self, consumer: int) -> bool:
        """Return whether a node is the larger or the smaller of its inputs."""
        rule = self.graph.nodes[consumer].rule
        return rule is not None and rule.name in ("max", "min")

    def upstream(self, consumer: int) -> Array:
        """Return the gradient that comes from above; 1 where the slope itself is asked."""
        above = self.gradient(consumer)
        return np.ones_like(above) if self.kind == "slope" else above

    @property
    def at_output(self) -> bool:
        """In the last layer."""
        return self.layer is not None and self.layer.a == self.graph.output

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
        return layer is not None and self.graph.has_shortcut(layer)

    # -- numbers

    def value(self, node: int) -> Array:
        """Return a node's value as it is used."""
        return self.used[node]

    def inputs(self, node: int) -> list[Array]:
        """Return the values that a node is computed from, as they are used."""
        return [self.used[parent] for parent in self.graph.nodes[node].parents]

    def gradient(self, node: int) -> Array:
        """Return a node's gradient as it is used."""
        return self.used[len(self.graph.nodes) + node]

    def share(
        self,
        consumer: int,
        position: int,
        g: Array | None = None,
        used: Arrays | None = None,
    ) -> Array:
        """Return what a consumer sends to one of its inputs, of its own gradient if not of ``g``.

        ``used`` are other arrays than those in use.
        """
        above = self.gradient(consumer) if g is None else g
        return share(
            self.graph, FLOAT64, consumer, position, above, self.used if used is None else used
        )

    @property
    def slope(self) -> Array | None:
        """σ′ of this layer, where its activation works entry by entry and is not the identity."""
        return None if self.layer is None else slope(self, self.layer)

    @property
    def above(self) -> Layer | None:
        """The dense layer that alone reads this layer's activation."""
        arrivals = self.graph.arrivals[self.layer.a if self.layer else self.node]
        if len(arrivals) != 1 or arrivals[0][1] != 0:
            return None
        ((consumer, _),) = arrivals
        layer = self.replay.layer_of.get(consumer)
        return layer if layer is not None and is_dense(self.graph, layer) else None

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
    def dense_layers(self) -> tuple[Layer, ...]:
        """The layers of the form W x + b."""
        return tuple(layer for layer in self.graph.layers if is_dense(self.graph, layer))


def is_dense(graph: Graph, layer: Layer) -> bool:
    """Return whether a layer's z is W x + b, with one matrix W, of a vector x."""
    return isinstance(graph.nodes[layer.z].rule, Affine) and len(layer.shape) == 1


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

"""Trace → JSON: every value and gradient under its plain name, at full precision, and the steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..expression.refs import plain_name
from ..expression.tree import Quantity
from ..graph.names import known_refs
from ..graph.records import Graph
from ..passes.trace import Trace
from ..printing.mathematics import MathPrinter
from ..problems import refuse
from ..worked.document import Chain, Step
from ..worked.entry_steps import entry_steps, worked_chain
from ..worked.pages import pages_of
from ..worked.probabilities import probabilities
from ..worked.steps import Writer
from ..worked.view import View
from .chains import joined
from .json_arrays import exact_texts, floats
from .json_text import json_pieces

Array = np.ndarray[Any, Any]


def render_json(
    trace: Trace, view: View, latex: MathPrinter, text: MathPrinter, *, per_sample: bool = False
) -> Iterator[str]:
    """Return the pieces of the trace as one JSON object, indented."""
    return json_pieces(trace_object(trace, view, latex, text, per_sample=per_sample))


def trace_object(
    trace: Trace, view: View, latex: MathPrinter, text: MathPrinter, *, per_sample: bool = False
) -> dict[str, Any]:
    """Return the trace as plain lists, numbers, texts and arrays."""
    graph = trace.graph
    result: dict[str, Any] = {"format": "backprop-trace", "version": 1, "name": graph.name}
    values, gradients, exact = _maps(trace)
    result |= {"dtype": "float32"} if trace.arithmetic.name == "float32" else {}
    result["loss"] = None
    if graph.loss is not None:
        result["loss"] = values.get(plain_name(graph.nodes[graph.loss].ref, graph.in_out))
    result["loss_function"] = graph.loss_name or None
    result["weights_layout"] = "in_out" if graph.in_out else "out_in"
    result["layers"] = _layers(graph)
    result |= {"lengths": list(graph.lengths)} if graph.lengths else {}
    result["values"], result["gradients"] = values, gradients
    if per_sample and graph.cost is None:
        raise refuse("--per-sample: a computation graph has no samples", None, "leave it out")
    if per_sample and graph.mixed:
        message = "--per-sample: the samples touch each other here, none has a gradient of its own"
        raise refuse(message, None, "leave it out")
    if per_sample:
        result["sample_gradients"] = sample_gradients(trace)
    if exact:
        result["exact"] = exact
    result["steps"] = [_step(step, latex, text, graph) for step in _steps(trace.readable(), view)]
    return result


def _maps(trace: Trace) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Return values and gradients by plain name, and the exact forms where the trace is exact."""
    graph = trace.graph
    values: dict[str, Any] = {}
    gradients: dict[str, Any] = {}
    exact: dict[str, Any] = {}
    for name, ref in known_refs(graph).items():
        number = graph.find(ref)
        if number is None or number >= len(trace.values):
            continue
        node = graph.nodes[number]
        value = _shown(trace.values[number], graph, node.per_sample)
        values[name] = floats(value)
        if (
            graph.loss is not None
            and any(g is not None for g in trace.gradients)
            and node.wants_gradient
        ):
            gradient = trace.gradients[number]
            zero = trace.arithmetic.array(np.zeros(trace.values[number].shape))
            slope = _shown(zero if gradient is None else gradient, graph, node.per_sample)
            gradients[name] = floats(slope)
            if trace.arithmetic.name == "exact":
                exact[f"d({name})"] = exact_texts(slope)
        if trace.arithmetic.name == "exact":
            exact[name] = exact_texts(value)
    likely = probabilities(trace)
    if likely is not None:
        shown = _shown(likely, graph, True)
        values["p"] = floats(shown)
        if trace.arithmetic.name == "exact":
            exact["p"] = exact_texts(shown)
    return values, gradients, exact


def _shown(array: Array, graph: Graph, per_sample: bool) -> Array:
    """Return the array as the reader sees it: a single sample without its axis."""
    return array[0] if graph.single and per_sample else array


def _layers(graph: Graph) -> list[dict[str, Any]]:
    return [
        {
            "index": layer.index,
            "name": layer.name or None,
            "type": layer.type,
            "units": layer.units,
            "shape": list(layer.shape),
            "activation": layer.activation,
            "from": [plain_name(graph.nodes[n].ref) for n in layer.input_nodes],
            "parameters": [f"{part}{layer.index}" for part in layer.parameters],
        }
        for layer in graph.layers
    ]


def sample_gradients(trace: Trace) -> list[dict[str, Any]]:
    """Return, a sample each, the parameters' gradients of its own cost C_i, unregularized."""
    from msgspec import structs

    from ..passes.trace import backward

    graph = trace.graph
    found = []
    for sample in range(graph.samples):
        own_graph = graph.of_sample(sample + 1)
        alone = structs.replace(own_graph, loss=graph.cost, mean=False, penalties=())
        values = tuple(
            value[sample : sample + 1] if node.per_sample else value
            for node, value in zip(graph.nodes, trace.values, strict=True)
        )
        own = backward(alone, trace.arithmetic, values, whole=False)
        gradients = {}
        for name, number in graph.parameters.items():
            slope = own.gradients[number]
            zero = np.zeros(trace.values[number].shape)
            gradients[name] = floats(zero if slope is None else slope)
        found.append(gradients)
    return found


def _steps(trace: Trace, view: View) -> list[Step]:
    """Return one step a quantity, or one an entry; values first, then gradients from the loss."""
    pages, writer = pages_of(trace.graph), Writer(trace)
    refs = pages.steps(trace, view)
    if view.steps:
        every = View(full=True, samples=view.samples)
        return [step for ref in refs for step in entry_steps(writer, ref, every)]
    return [step for ref in refs if (step := pages.whole(writer, ref)) is not None]


def _step(step: Step, latex: MathPrinter, text: MathPrinter, graph: Graph) -> dict[str, Any]:
    value = step.value
    whole = Chain((Quantity(step.target), step.formula))
    chain = whole if isinstance(value, np.ndarray) else worked_chain(step)
    return {
        "target": step.id,
        "rule": str(step.rule),
        "uses": [plain_name(ref, graph.in_out) for ref in step.uses],
        "latex": joined(chain, latex),
        "text": joined(chain, text),
        "value": floats(value) if isinstance(value, np.ndarray) else float(value) + 0.0,
    }

"""The pages of a network of layers: a section a layer, the passes in the order they run."""

from __future__ import annotations

from ...expression.refs import Ref
from ...graph.parts import Layer
from ...graph.records import Graph
from ...passes.trace import Trace
from ...problems import counted
from ..document import Block, Step, Text, with_layers
from ..entry_steps import loss_refs, titled
from ..general_steps import quantity_step
from ..pages import Pages, Quantities
from ..steps import Writer
from ..view import View
from .backward import backward_sections, input_gradient
from .forward import extent, forward_sections
from .gradients import gradient_sections
from .loss import loss_section
from .summary import summary_section

MOST_LAYERS = 12
"""Layers past which a picture beside the steps cannot be read; wide ones are cut by themselves."""


def sentence(graph: Graph) -> str:
    """Return the network in a line: ``2 → 2 sigmoid → 2 sigmoid, half squared error``."""
    parts = [extent(graph.inputs)]
    for layer in graph.layers:
        activation = "" if layer.activation == "identity" else f" {layer.activation}"
        kind = "" if layer.type == "dense" else f" {layer.type}"
        parts.append(f"{extent(layer.shape)}{kind}{activation}")
    between = View(depth=len(graph.layers)).between
    if between:
        parts[between[0] : between[-1] + 1] = [f"… ({len(between)} layers)"]
    said = " → ".join(parts)
    if graph.loss_name:
        said += f", {graph.loss_said}"
    if not graph.single:
        over = "averaged" if graph.mean else "added"
        samples = counted(graph.samples, "sample")
        samples += f" of {graph.steps_said} steps" if graph.lengths else ""
        said += f", {samples}, {over}" if graph.loss is not None else f", {samples}"
    return said


def tables(trace: Trace, view: View) -> list[Block]:
    """Return the tables: forward, loss, backward, gradients, summary."""
    blocks: list[Block] = []
    backward = trace.graph.loss is not None and view.only != "forward"
    if view.only in ("", "forward"):
        blocks += forward_sections(trace, view)
        if trace.graph.loss is not None and len(trace.values) == len(trace.graph.nodes):
            blocks.append(loss_section(trace, view))
    if backward and view.only in ("", "backward"):
        blocks += backward_sections(trace, view)
    if backward and view.only in ("", "backward", "gradients"):
        blocks += gradient_sections(trace, view)
    if backward and view.only == "":
        blocks.append(summary_section(trace, view))
    return blocks


def quantities(writer: Writer, view: View) -> Quantities:
    """Return forward, loss, backward and gradients, a section a layer."""
    graph = writer.graph
    layers = [layer for layer in graph.layers if view.shows(layer.index)]
    wanted: Quantities = []
    if view.only in ("", "forward"):
        for layer in layers:
            title = with_layers(("Forward: layer ", *titled(layer)))
            wanted.append((f"forward-{layer.index}", title, list(layer.values)))
        if graph.loss is not None and len(writer.trace.values) == len(graph.nodes):
            wanted.append(("loss", Text("Loss"), loss_refs(graph)))
    if graph.loss is not None and view.only != "forward":
        for layer in reversed(layers):
            if view.only != "gradients":
                refs = [ref.grad() for ref in reversed(layer.values)]
                title = with_layers(("Backward: layer ", *titled(layer)))
                wanted.append((f"backward-{layer.index}", title, refs))
        if view.only != "gradients" and not view.layers and input_gradient(graph):
            wanted.append(("backward-input", Text("Backward: input"), [Ref("x", None, True)]))
        if view.only != "backward":
            for layer in reversed(layers):
                refs = [ref.grad() for ref in layer.parameter_refs]
                title = with_layers(("Gradients: layer ", *titled(layer)))
                wanted.append((f"gradients-{layer.index}", title, refs))
    return wanted


def steps(trace: Trace, view: View) -> list[Ref]:
    """Return every quantity: values, the loss, then gradients from the loss on down to x."""
    graph = trace.graph
    found = [ref for layer in graph.layers for ref in layer.values]
    if graph.loss is not None and len(trace.values) == len(graph.nodes):
        found += loss_refs(graph)
    if any(gradient is not None for gradient in trace.gradients):
        for layer in reversed(graph.layers):
            order = (*reversed(layer.values), *layer.parameter_refs)
            found += [ref.grad() for ref in order]
        found += [Ref("x", None, True)] if input_gradient(graph) else []
    return found


def whole(writer: Writer, ref: Ref) -> Step | None:
    """Return the step of a whole quantity."""
    return quantity_step(writer.trace, ref)


def drawn(graph: Graph) -> bool:
    """Return whether there are few enough layers."""
    return len(graph.layers) <= MOST_LAYERS


def way(graph: Graph, ref: Ref) -> Ref | None:
    """Return the entry of a parameter, whose gradient has a way of its own."""
    return ref.of() if ref.index and graph.find(ref) in graph.parameter_nodes else None


def asked(graph: Graph) -> list[Ref]:
    """Return z and a where it is not the same, the loss, each δ, each parameter's gradient."""
    refs: list[Ref] = []
    for layer in graph.layers:
        whole = layer.activation != "identity" or _is_state(graph, layer)
        refs += layer.values if whole else layer.values[:-1]
    if graph.loss is None:
        return refs
    reached = graph.reached
    refs.append(Ref("loss"))
    inward = [layer for layer in reversed(graph.layers) if layer.z in reached]
    for layer in inward:
        values = layer.values if _is_state(graph, layer) else layer.values[:-1]
        refs += [ref.grad() for ref in reversed(values)]
    refs += [ref.grad() for layer in inward for ref in layer.parameter_refs]
    return refs


def _is_state(graph: Graph, layer: Layer) -> bool:
    """Return whether a layer's answer is a state of its own, h of gates, not σ of one z."""
    before, after = layer.cells[-1].activated[-1]
    return before == after and graph.loop(layer.a) is not None


LAYERS = Pages(sentence, sentence, quantities, tables, steps, whole, drawn, way, asked)

"""The reader's choices made into a Wish: units and weights by name, options that fit each other."""

from __future__ import annotations

from typing import cast

from msgspec import structs

from ..expression.axes import dimensions
from ..expression.refs import Ref, plain_name
from ..graph.names import UnknownName
from ..graph.records import Graph
from ..graph.resolving import resolve
from ..problems import refuse
from .scene import IN_TIME, Pass, SceneKind
from .wish import Thickness, Wish, usual_kind


def wish_of(
    graph: Graph,
    *,
    kind: str | None = None,
    passes: str | None = None,
    focus: str | None = None,
    local: bool = False,
    sample: int | None = None,
    thickness: str | None = None,
    full: bool = False,
    local_gradients: bool = False,
    step: int | None = None,
    round_forward: int | None = None,
    round_backward: int | None = None,
    gates: bool = False,
    faded: bool = False,
) -> Wish:
    """Return the wish; raise Refusal where a name is unknown or options contradict each other."""
    of_units = local or bool(thickness)
    usual = usual_kind(graph, of_units=of_units, focused=focus is not None)
    chosen = kind or usual
    if chosen != "computation" and usual == "computation":
        message = f"--kind {chosen}: this file is a computation graph, it has no layers"
        raise refuse(message, None, "leave --kind out", graph.source)
    if chosen in IN_TIME:
        _check_in_time(graph, chosen, focus=focus, local=local, thickness=thickness, step=step)
    elif step is not None:
        message = "--step is a step in time, of a picture through time"
        raise refuse(message, None, "add --kind cell, or --kind unrolled")
    if chosen == "grids":
        _check_grids(graph, local=local)
    if passes is None:
        passes = "both" if graph.loss is not None else "forward"
    if passes != "forward" and graph.loss is None:
        message = f"--pass {passes}: the network has no loss"
        raise refuse(message, None, "add 'loss: half_squared_error'", graph.source)
    if local_gradients and (chosen != "computation" or passes == "forward"):
        message = "--local-gradients belong to a computation graph's backward pass"
        raise refuse(message, None, "add --kind computation")
    if gates and chosen != "computation":
        message = "--gates are a computation graph's operations"
        raise refuse(message, None, "add --kind computation", graph.source)
    if faded and (focus is None or chosen in ("grids", *IN_TIME)):
        message = "--faded keeps what is not in focus, of units and operations"
        raise refuse(message, None, "add --focus W1[1,2], say", graph.source)
    if thickness and chosen != "network":
        message = "--thickness: weights are lines in the usual picture of a network alone"
        raise refuse(message, None, "leave --kind out")
    if thickness == "gradient" and passes == "forward":
        raise refuse("--thickness gradient needs the backward pass", None, "leave --pass out")
    row = chosen_sample(graph, sample)
    ref = None
    if focus is not None:
        asked = _cell_of if chosen == "cell" else focus_of
        ref = asked(focus, graph, row, sample)
        if chosen in ("network", "weights-as-nodes"):
            _check_unit(ref, graph, focus)
    if chosen == "cell" and ref is not None and step is None and ref.index:
        step = int(ref.index[0])
    if ref is not None and ref.sample is not None:
        row = int(ref.sample)
    if local and (ref is None or not _is_parameter(ref, graph)):
        message = "--local shows one weight between the two ends of its edge"
        raise refuse(message, None, "name the weight: --focus W1[1,2] --local")
    return Wish(
        cast(SceneKind, chosen),
        cast(Pass, passes),
        ref,
        local,
        row,
        cast(Thickness, thickness or ""),
        full,
        local_gradients,
        step or 0,
        round_forward,
        round_backward,
        gates,
        faded,
    )


def _check_unit(ref: Ref, graph: Graph, text: str) -> None:
    """Refuse what a layer computes on the way and no unit has one of: the score of a pair."""
    number = graph.number(ref)
    layer = graph.owners.get(number)
    if layer is None or number in layer.parameters.values():
        return
    from .units import drawn_part

    unit = graph.nodes[graph.number(Ref(drawn_part(graph, layer), layer.index))]
    if not set(graph.nodes[number].axes) <= set(unit.axes):
        cure = f"name a unit ({plain_name(unit.ref)}[{','.join('1' * len(unit.shape))}])"
        cure += ", or write --kind computation"
        raise refuse(f"--focus {text}: the picture has no node of it", None, cure)


def _check_in_time(
    graph: Graph,
    kind: str,
    *,
    focus: str | None,
    local: bool,
    thickness: str | None,
    step: int | None,
) -> None:
    """Refuse a picture through time of what has no steps, and options that it has no use for."""
    if not graph.loops:
        message = f"--kind {kind}: no layer of this network has a memory"
        cure = "such layers are recurrent, lstm and gru; leave --kind out"
        raise refuse(message, None, cure, graph.source)
    if local or thickness or (focus is not None and kind != "cell"):
        name = "--local" if local else "--thickness" if thickness else "--focus"
        message = f"{name}: single units and weights are drawn by --kind network"
        raise refuse(message, None, f"write --kind network, or leave {name} out")
    steps = graph.loops[0].clock.steps
    if step is not None and not 1 <= step <= steps:
        cure = f"the steps are 1 to {steps}" if steps > 1 else "there is one, 1"
        raise refuse(f"--step {step}: there is no such step", None, cure, graph.source)
    if step is not None and kind == "rolled":
        message = "--step: a picture rolled up is of every step"
        raise refuse(message, None, "write --kind unrolled or --kind cell")


def _check_grids(graph: Graph, *, local: bool) -> None:
    """Refuse grids of what has steps in time, and an edge of its own on them."""
    if graph.loops:
        message = "--kind grids: a layer of this network has a memory"
        raise refuse(message, None, "write --kind unrolled", graph.source)
    if local:
        message = "--local: single weights have lines in the picture of units alone"
        raise refuse(message, None, "write --kind network")


def _cell_of(text: str, graph: Graph, row: int, asked: int | None) -> Ref:
    """Return the quantity whose layer's cell is drawn, and whose step, if it says one."""
    try:
        ref = _resolved(text, graph, row).of()
    except UnknownName as unknown:
        raise unknown.refusal("--focus", source=graph.source) from None
    number = graph.number(Ref(ref.part, ref.layer))
    if all(graph.nodes[loop.first].ref.layer != ref.layer for loop in graph.loops):
        found = [graph.nodes[loop.last].ref for loop in graph.loops]
        cure = f"name a quantity of one that has: {', '.join(map(plain_name, found))}"
        raise refuse(f"--focus {text}: its layer has no memory", None, cure)
    timed = graph.nodes[number].axes[:1] == ("step",)
    return structs.replace(ref, sample=None, index=ref.index if timed else ())


def chosen_sample(graph: Graph, sample: int | None) -> int:
    """Return the sample that is shown, the first where none is asked for."""
    if sample is not None and not 1 <= sample <= graph.samples:
        cure = f"the samples are 1 to {graph.samples}" if graph.samples > 1 else "there is one, 1"
        raise refuse(f"--sample {sample}: there is no such sample", None, cure, graph.source)
    return sample or 1


def focus_of(text: str, graph: Graph, row: int, asked: int | None) -> Ref:
    """Return the unit, the parameter or the node that a name means.

    In a batch a unit needs no sample's number: ``a1[2]`` is that of the sample shown.
    """
    try:
        ref = _resolved(text, graph, row)
    except UnknownName as unknown:
        raise unknown.refusal("--focus", source=graph.source) from None
    ref = ref.of()
    undrawn = {graph.target, *graph.loss_nodes} - {graph.loss, None}
    if graph.find(ref) in undrawn:
        cure = "name a unit (a1[2]), a weight (W1[1,2]) or the loss"
        raise refuse(f"--focus {text}: the picture has no node of it", None, cure)
    shape = graph.nodes[graph.number(ref)].shape
    if shape and not ref.index and graph.words.picture == "network":
        name = plain_name(ref)
        first = ",".join("1" * len(shape))
        raise refuse(
            f"--focus {text}: {name} has {_size(shape)}", None, f"name one: {name}[{first}]"
        )
    if asked is not None and ref.sample is not None and ref.sample != asked:
        message = f"--focus {text} is of sample {ref.sample}, and --sample says {asked}"
        raise refuse(message, None, "leave one of them out")
    return ref


def _resolved(text: str, graph: Graph, row: int) -> Ref:
    """Return what the name means; a unit of a batch without its sample is that of ``row``."""
    head, bracket, inside = text.replace(" ", "").partition("[")
    if bracket and not graph.single and "," not in inside:
        whole = resolve(head, graph)
        number = graph.find(whole)
        if number is not None and graph.nodes[number].per_sample and graph.nodes[number].shape:
            return resolve(f"{head}[{row},{inside}", graph)
    return resolve(text, graph)


def _is_parameter(ref: Ref, graph: Graph) -> bool:
    return graph.number(ref) in graph.parameter_nodes


def _size(shape: tuple[int, ...]) -> str:
    return f"{dimensions(shape)} entries"

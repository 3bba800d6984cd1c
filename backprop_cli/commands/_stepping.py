"""What ``step`` needs beside its options: where each result goes, and how long it takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct, structs

from ..files.state_file import new_file
from ..graph.build import build
from ..graph.records import Graph
from ..graph.resolving import resolve
from ..notation.bound import Notation
from ..passes.descent.course import course
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Options, Standing, plan_of, standing_of
from ..passes.descent.records import Course, Overflowed, StepRecord, readable
from ..passes.descent.watching import Watched, is_parameter, seen, watched_of
from ..passes.run import arithmetic_of, run
from ..printing.settings import Settings
from ..printing.translating import said_plot
from ..problems import complain, refuse
from ..render.plotted import svg_of
from ..spec.records import NetworkSpec
from ..worked.document import Document, ValueCurve
from ..worked.trace.options import changed, conventions, view_of
from ..worked.view import View
from . import _drawn, _output
from ._options import read_network
from ._progress import progress

NETWORK = {"yaml": "yaml", "yml": "yaml"}
MOST_ROWS = 100_000
"""Rows of a table of all steps: a hundred megabytes."""


class Begun(Struct, frozen=True):
    """A descent before its first step."""

    spec: NetworkSpec
    graph: Graph
    descender: Descender
    start: Standing
    roundings: tuple[int | None, int | None]
    changes: tuple[str, ...] = ()


class Made(Struct, frozen=True):
    """What was made of it: one step in full, or a course; what of it is shown."""

    view: View
    watched: tuple[Watched, ...]
    record: StepRecord | None = None
    course: Course | None = None
    seen: tuple[tuple[Any, ...], ...] = ()

    @property
    def stopped(self) -> Overflowed | None:
        """Why it stopped early, if it did."""
        return None if self.course is None else self.course.stopped


def places(
    format_name: str | None, outputs: tuple[str, ...], *, standalone: bool, embed: bool = False
) -> tuple[_output.Destination, ...]:
    """Return where everything goes; a report is printed unless it goes to a file."""
    others = {**NETWORK, **_drawn.DRAWN}
    return _output.places_and_report(
        format_name, outputs, standalone=standalone, embed=embed, others=others, over=["yaml"]
    )


def begun(
    network: str,
    options: dict[str, Any],
    *,
    exact: bool,
    dtype: str,
    roundings: tuple[int | None, int | None],
) -> Begun:
    """Return the descent that the file and the options say, or refuse it."""
    spec = read_network(network)
    graph = changed(build(spec), options["changes"])
    wish = Options(
        optimizer=options["optimizer"],
        settings=options["settings"],
        rate=options["lr"],
        weight_decay=options["weight_decay"],
        clip=options["clip"],
        clip_norm=options["clip_norm"],
        freeze=options["freeze"],
        batch_size=options["batch_size"],
        schedule=options["schedule"],
        schedule_settings=options["schedule_settings"],
    )
    plan = plan_of(graph, spec, wish)
    # What cannot be traced is refused here, with the same words.
    run(graph, exact=exact, dtype=dtype, round_forward=roundings[0], round_backward=roundings[1])
    arithmetic = arithmetic_of(exact=exact, dtype=dtype)
    start = standing_of(graph, spec, plan, arithmetic)
    descender = Descender(
        graph, plan, start, arithmetic, round_forward=roundings[0], round_backward=roundings[1]
    )
    return Begun(spec, graph, descender, start, roundings, options["changes"])


def taken(descent: Begun, steps: int, show: tuple[str, ...], *, full: bool) -> Made:
    """Take the steps; raise Overflowed where not even one can be shown."""
    if full and steps > MOST_ROWS:
        message = f"--full: a table of {steps:,} steps, and one has at most {MOST_ROWS:,} rows"
        raise refuse(message, None, "leave out --full, or take fewer steps")
    graph, descender = descent.graph, descent.descender
    view = view_of(graph, full=full)
    if steps == 1:
        watched = watched_of(graph, descender.plan, show)
        others = tuple(each for each in watched if not is_parameter(graph, each.ref))
        before = seen(descender, others)
        record = descender.recorded()
        return Made(view, watched, record, seen=(before, seen(descender, others)))
    watched = watched_of(graph, descender.plan, show, entries=True)
    with progress("steps", steps) as tell:
        made = course(descender, steps, watched, full=full, tell=tell)
    return Made(view, watched, course=made)


def emit(
    descent: Begun,
    made: Made,
    everywhere: tuple[_output.Destination, ...],
    profile: Notation,
    settings: Settings,
) -> None:
    """Print and write every result; a network whose descent overflowed is not written."""
    if any(place.format_name == "yaml" for place in everywhere):
        _check_changes(descent)

    def data() -> Iterator[str]:
        from ..render.json_step import step_object
        from ..render.json_text import json_pieces

        return json_pieces(step_object(descent.descender, descent.start, made))

    def plot() -> str:
        asked = _output.layout()
        return svg_of(said_plot(_plot(descent, made), asked.language, comma=asked.comma))

    results: _output.OwnFormats = {
        "json": data,
        **_drawn.drawn(plot),
    }
    report = _output.Printout(
        lambda: _document(descent, made), profile, settings, descent.graph.in_out
    )
    networks: dict[str | None, _output.Result] = {}
    for place in everywhere:
        if place.format_name == "yaml" and made.stopped is None:
            networks |= _network(descent, place.output)
    shown = [place for place in everywhere if place.format_name != "yaml"]
    _output.emit_all(shown, report, results, networks)


def _check_changes(descent: Begun) -> None:
    """Refuse what a new file would not have: it has new parameters, and the old data."""
    graph = descent.graph
    for change in descent.changes:
        name = change.partition("=")[0].strip()
        if graph.find(resolve(name, graph)) not in graph.parameter_nodes:
            cure = "change it in the file, or leave -o out"
            raise refuse(
                f"--set {name}: a new file has new parameters, and no other data", None, cure
            )


def _document(descent: Begun, made: Made) -> Document:
    from ..worked.descent.course_document import course_document
    from ..worked.descent.step_document import step_document

    plan = descent.descender.plan
    dtype = descent.descender.arithmetic.name
    said = list(conventions(descent.changes, *descent.roundings, descent.graph, dtype=dtype))
    stated = descent.spec.optimizer
    if stated is not None and stated.type != plan.optimizer.name and stated.state:
        said.append(f"{plan.optimizer.name} begins anew: the file's state is {stated.type}'s")
    made = structs.replace(made, record=readable(made.record))
    if made.record is not None:
        view = structs.replace(made.view, wrt=tuple(each.ref for each in made.watched))
        return step_document(descent.graph, plan, made.record, view, tuple(said), made.seen)
    if made.course is None:
        raise AssertionError("neither a step nor a course")
    plot = _plot(descent, made)
    return course_document(descent.graph, plan, made.course, made.watched, plot, tuple(said))


def _plot(descent: Begun, made: Made) -> ValueCurve:
    """Return the loss over the steps."""
    graph = descent.graph
    title = graph.name or "Descent"
    up = graph.nodes[graph.end].ref.part
    if made.course is not None:
        values, first = made.course.losses, made.course.first
        if descent.descender.plan.batch_size is not None:
            up = f"{up} of each step's samples"
        return ValueCurve(values, first, up=up, title=title)
    if made.record is None or graph.loss is None:
        raise AssertionError("nothing was computed")
    record = made.record
    values = tuple(float(v[graph.loss]) for v in (record.before, record.after))
    return ValueCurve(values, record.number - 1, up=up, title=title)


def _network(descent: Begun, output: str | None) -> dict[str | None, _output.Result]:
    """Return the network as it is then, by file: its longer arrays beside it, and itself."""
    path = None if output in (None, "-") else Path(output or "")
    made = new_file(descent.spec, descent.descender, path)
    results: dict[str | None, _output.Result] = {}
    if made.arrays and path is not None:
        import io

        import numpy as np

        data = io.BytesIO()
        arrays: dict[str, Any] = made.arrays
        np.savez(data, **arrays)
        results[str(path.parent / made.beside)] = data.getvalue()
    return results | {output: made.text}


def stop(overflow: Overflowed) -> NoReturn:
    """Say which step overflowed, and end with 1."""
    complain(f"backprop: {overflow}\n  {overflow.cure}")
    sys.exit(1)

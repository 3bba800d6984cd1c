"""What ``step`` needs beside its options: where each result goes, and how long it takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct

from ..expression.refs import Ref
from ..files.network import read_network
from ..files.state_file import new_file
from ..graph.build import build
from ..graph.records import Graph
from ..graph.resolving import resolve
from ..notation.bound import Notation
from ..passes.descent.course import course
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Options, Standing, plan_of, standing_of
from ..passes.descent.records import Course, Overflowed, StepRecord
from ..passes.run import run
from ..printing.settings import Settings
from ..problems import Refusal, refuse
from ..render import named
from ..render.plot import svg_plot, text_plot
from ..spec.records import NetworkSpec
from ..worked.document import Document, ValueCurve
from ..worked.trace.options import changed, conventions, parameters_of, view_of
from ..worked.view import View
from . import _drawn, _output
from ._progress import progress

NETWORK = ("yaml", "yml")


class ResultFile(Struct, frozen=True):
    """One result: its format (``yaml``, ``svg``, ``png`` or a report's), and its file."""

    format_name: str
    output: str | None
    standalone: bool = False


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
    refs: tuple[Ref, ...]
    record: StepRecord | None = None
    course: Course | None = None

    @property
    def stopped(self) -> Overflowed | None:
        """Why it stopped early, if it did."""
        return None if self.course is None else self.course.stopped


def places(
    format_name: str | None, outputs: tuple[str, ...], *, standalone: bool
) -> tuple[ResultFile, ...]:
    """Return where everything goes; a report is printed unless it goes to a file."""
    if format_name is not None and len(outputs) > 1:
        raise refuse("--format belongs to one -o", None, "let the suffixes pick the formats")
    found = [_place(format_name, output) for output in outputs]
    others = (*NETWORK, *_drawn.DRAWN)
    if format_name is not None and not outputs:
        found = [_place(format_name, None)]
    elif format_name is None and all(place.format_name in others for place in found):
        found.insert(0, ResultFile(_output.chosen_format(None, None), None))
    reports = [place for place in found if place.format_name not in others]
    if standalone and not any(place.format_name == "latex" for place in reports):
        _output.check_standalone(standalone, (reports or found)[0].format_name)
    return tuple(
        ResultFile(p.format_name, p.output, standalone and p.format_name == "latex") for p in found
    )


def _place(format_name: str | None, output: str | None) -> ResultFile:
    plain = _drawn.plain_format(format_name, output)
    if plain not in (*NETWORK, *_drawn.DRAWN):
        try:
            return ResultFile(_output.chosen_format(format_name, output), output)
        except Refusal as refusal:
            raise _drawn.also_named(refusal, ("yaml", *_drawn.DRAWN)) from None
    if output not in (None, "-"):
        _output.check_place(Path(output or ""))
    return ResultFile("yaml" if plain in NETWORK else plain, output)


def begun(
    network: str,
    options: dict[str, Any],
    *,
    exact: bool,
    roundings: tuple[int | None, int | None],
) -> Begun:
    """Return the descent that the file and the options say, or refuse it."""
    from ..arithmetic.floating import FLOAT64

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
    run(graph, exact=exact, round_forward=roundings[0], round_backward=roundings[1])
    arithmetic: Any = FLOAT64
    if exact:
        from ..arithmetic.exact import EXACT

        arithmetic = EXACT
    start = standing_of(graph, spec, plan, arithmetic)
    descender = Descender(
        graph, plan, start, arithmetic, round_forward=roundings[0], round_backward=roundings[1]
    )
    return Begun(spec, graph, descender, start, roundings, options["changes"])


def taken(descent: Begun, steps: int, show: tuple[str, ...], *, full: bool) -> Made:
    """Take the steps; raise Overflowed where not even one can be shown."""
    graph, descender = descent.graph, descent.descender
    view = view_of(graph, full=full)
    if steps == 1:
        refs = parameters_of(graph, show)
        return Made(view, refs, record=descender.recorded())
    refs = parameters_of(graph, show, entries=True)
    with progress("steps", steps) as tell:
        return Made(view, refs, course=course(descender, steps, refs, full=full, tell=tell))


def emit(
    descent: Begun,
    made: Made,
    everywhere: tuple[ResultFile, ...],
    profile: Notation,
    settings: Settings,
) -> None:
    """Print and write every result; a network whose descent overflowed is not written."""
    if any(place.format_name == "yaml" for place in everywhere):
        _check_changes(descent)
    for place in everywhere:
        if place.format_name == "yaml":
            if made.stopped is None:
                _emit_network(descent, place.output)
        elif place.format_name in _drawn.DRAWN:
            _drawn.emit_drawn(svg_plot(_plot(descent, made)), place.format_name, place.output)
        elif place.format_name == "json":
            from ..render.json_step import step_object

            found = step_object(descent.spec, descent.descender, descent.start, made)
            _output.emit_object(found, place.output)
        else:
            _output.emit(_report(descent, made, place, profile, settings), place.output)


def _check_changes(descent: Begun) -> None:
    """Refuse what a new file would not have: it has new parameters, and the old data."""
    graph = descent.graph
    for change in descent.changes:
        name = change.partition("=")[0].strip()
        if graph.find(resolve(name, graph)) not in graph.parameters.values():
            cure = "change it in the file, or leave -o out"
            raise refuse(
                f"--set {name}: a new file has new parameters, and no other data", None, cure
            )


def _report(
    descent: Begun, made: Made, place: ResultFile, profile: Notation, settings: Settings
) -> str:
    from ..printing.preparing import prepared

    found = named(place.format_name)
    if found is None:
        raise AssertionError(place.format_name)
    page = _output.page_for(place.output, in_out=descent.graph.in_out, standalone=place.standalone)
    drawing = found.printer(profile, settings, page)
    text = found.render(prepared(_document(descent, made), drawing), drawing, page)
    if made.course is not None and place.format_name in ("terminal", "text"):
        plot = _plot(descent, made)
        if len(plot.values) > 1:
            text += "\n" + text_plot(plot, page.width, ascii_only=page.ascii_only)
    return text


def _document(descent: Begun, made: Made) -> Document:
    from ..worked.descent.course_document import course_document
    from ..worked.descent.step_document import step_document

    plan = descent.descender.plan
    said = list(conventions(descent.changes, *descent.roundings, descent.graph))
    stated = descent.spec.optimizer
    if stated is not None and stated.type != plan.optimizer.name and stated.state:
        said.append(f"{plan.optimizer.name} begins anew: the file's state is {stated.type}'s")
    if made.record is not None:
        view = View(wrt=made.refs, full=made.view.full, large=made.view.large)
        return step_document(descent.graph, plan, made.record, view, tuple(said))
    if made.course is None:
        raise AssertionError("neither a step nor a course")
    plot = _plot(descent, made)
    return course_document(descent.graph, plan, made.course, made.refs, plot, tuple(said))


def _plot(descent: Begun, made: Made) -> ValueCurve:
    """Return the loss over the steps."""
    graph = descent.graph
    title = graph.name or "Descent"
    up = graph.nodes[graph.output if graph.loss is None else graph.loss].ref.part
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


def _emit_network(descent: Begun, output: str | None) -> None:
    path = None if output in (None, "-") else Path(output or "")
    made = new_file(descent.spec, descent.descender, path)
    if made.arrays and path is not None:
        import io

        import numpy as np

        data = io.BytesIO()
        arrays: dict[str, Any] = made.arrays
        np.savez(data, **arrays)
        _output.emit(data.getvalue(), str(path.parent / made.beside))
    _output.emit(made.text, output)


def stop(overflow: Overflowed) -> NoReturn:
    """Say which step overflowed, and end with 1."""
    cure = "a smaller --lr, or --clip-norm, keeps the steps short"
    text = f"backprop: {overflow}\n  {cure}\n"
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
    sys.exit(1)

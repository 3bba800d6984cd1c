"""Two networks side by side: what differs in the files, and what it does to every number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._options import digits_options, output_options, outside_option
from ._unread import READ

if TYPE_CHECKING:
    from ..graph.records import Graph
    from ..passes.trace import Trace


@click.command("compare")
@click.argument("one", metavar="A", type=READ)
@click.argument("other", metavar="B", type=READ)
@outside_option
@click.option("--exact", is_flag=True, help="Compute and print exact values.")
@click.option("--full", is_flag=True, help="Every difference and every entry.")
@digits_options
@output_options
def command(
    one: str,
    other: str,
    exact: bool,
    full: bool,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Compare two network files: what differs in them, and what it does to the numbers.

    The keys that differ, then the loss, the values and the gradients side by side, the most
    different first; 0.5 and 1/2 are the same. To change one number only, trace NET --set NAME=VALUE
    shows before and after.

    \b
    Examples:
      backprop compare net.yaml other.yaml
      backprop compare net.yaml other.yaml --full -o differences.md
      backprop compare net.yaml other.yaml --format json
    """
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..printing.settings import settings_of
    from ..problems import refuse
    from ..render.json_text import json_text
    from ..spec.differing import differing
    from ..spec.nodes import compose
    from ..worked.comparison.comparison_document import comparison_document, comparison_object
    from . import _output
    from ._options import read_network

    places = _output.places(format_name, outputs, standalone=standalone)
    if one == other:
        raise refuse(
            "compare: the same file twice", None, "name two: backprop compare A.yaml B.yaml"
        )
    specs = read_network(one), read_network(other)
    graphs = build(specs[0]), build(specs[1])
    differences = differing(compose(specs[0].source), compose(specs[1].source))
    traces, why_not = _traced(graphs, exact)
    names = _told_apart(one, other)
    report = _output.Printout(
        lambda: comparison_document(names, differences, traces, why_not, full=full),
        chosen_notation(notation, specs[0].notation, graphs[0]),
        settings_of(digits, significant, exact=exact),
        graphs[0].in_out,
    )

    def data() -> str:
        return json_text(comparison_object(names, differences, traces))

    _output.emit_all(places, report, {"json": data})


def _told_apart(one: str, other: str) -> tuple[str, str]:
    """Return the ends of two paths, as short as they differ."""
    parts = Path(one).parts, Path(other).parts
    for count in range(1, max(map(len, parts)) + 1):
        first, second = (str(Path(*path[-count:])) for path in parts)
        if first != second:
            return first, second
    return one, other


def _traced(graphs: tuple[Graph, Graph], exact: bool) -> tuple[tuple[Trace, Trace] | None, str]:
    """Return both with their numbers, or why there are none to compare."""
    from ..passes.run import run

    symbolic = [graph.source.name for graph in graphs if graph.symbolic and graph.source]
    if symbolic:
        return None, f"{' and '.join(symbolic)} without numbers: only the files are compared"
    both = all(graph.loss is not None for graph in graphs)
    one, other = (run(graph, exact=exact, only_forward=not both) for graph in graphs)
    return (one, other), ""

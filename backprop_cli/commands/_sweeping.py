"""What ``sweep`` and ``merge`` share: a whole sweep, printed and written."""

from __future__ import annotations

from ..graph.records import Graph
from ..notation.options import chosen_notation
from ..passes.descent.plan import Options
from ..passes.sweep.passes import subject_of
from ..passes.sweep.reading import Spot, descended, reading_of
from ..passes.sweep.records import Swept
from ..printing.settings import settings_of
from ..printing.translating import said_plot
from ..problems import refuse
from ..render.json_text import json_text
from ..render.plotted import svg_of
from ..spec.records import NetworkSpec
from ..worked.document import Plotted
from ..worked.sweep.as_json import sweep_csv, sweep_object
from ..worked.sweep.sweep_document import plot_of, sweep_document
from . import _drawn, _output

OWN = {**_drawn.DRAWN, "csv": "csv"}


def places(
    format_name: str | None, outputs: tuple[str, ...], *, standalone: bool, embed: bool
) -> tuple[_output.Destination, ...]:
    """Return where everything goes; a report is printed unless it goes to a file."""
    return _output.places_and_report(
        format_name, outputs, standalone=standalone, embed=embed, others=OWN
    )


def check_path(steps: int | None, lr: str | None, optimizer: str | None) -> None:
    """Refuse what says how a descent goes where there is none."""
    if steps is None and (lr is not None or optimizer is not None):
        option = "--lr" if lr is not None else "--optimizer"
        raise refuse(f"{option} belongs to the path of a descent", None, "add --steps 20")


def emit(
    swept: Swept,
    network: tuple[NetworkSpec, Graph],
    everywhere: tuple[_output.Destination, ...],
    *,
    steps: int | None = None,
    options: Options | None = None,
    full: bool = False,
    digits: int = 4,
    significant: int | None = None,
    notation: str | None = None,
) -> None:
    """Print and write a whole sweep, with the path of a descent where steps are asked for."""
    spec, graph = network
    subject = subject_of(graph, swept.grid)
    path: tuple[tuple[Spot, ...], str] = ((), "")
    if steps is not None:
        path = descended(subject, spec, options or Options(), steps)
    reading = reading_of(subject, swept, path)

    def picture() -> str:
        plot: Plotted | None = plot_of(subject, swept, reading)
        if plot is None:
            count = len(swept.grid.axes)
            message = f"a plot has room for two axes, and {count} are varied"
            raise refuse(message, None, "leave some out, or write -o sweep.csv")
        asked = _output.layout()
        return svg_of(said_plot(plot, asked.language, comma=asked.comma))

    own: _output.OwnFormats = {
        "json": lambda: json_text(sweep_object(swept, reading)),
        "csv": lambda: sweep_csv(swept),
        **_drawn.drawn(picture),
    }
    report = _output.Printout(
        lambda: sweep_document(subject, swept, reading, full=full),
        chosen_notation(notation, spec.notation, graph),
        settings_of(digits, significant),
        graph.in_out,
    )
    _output.emit_all(everywhere, report, own)

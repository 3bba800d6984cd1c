"""The problem with blanks, to print or to fill in and check; or its key."""

from __future__ import annotations

import click

from ._options import files_option, layout_options, network_argument, notation_option

YAML = {"yaml": "yaml", "yml": "yaml"}


@click.command("worksheet")
@network_argument
@click.option(
    "--blank",
    "blanks",
    multiple=True,
    metavar="NAME",
    help="Ask for this quantity, or entry: z1, delta1, dW1[1,2].",
)
@click.option(
    "--solution", is_flag=True, help="The key: every line worked, every answer filled in."
)
@click.option(
    "--guide",
    type=click.Choice(["none", "formula", "numbers"]),
    help="What a line tells: nothing, the formula (the default), or a place for each number too.",
)
@click.option(
    "--digits",
    type=click.IntRange(1, 15),
    default=4,
    show_default=True,
    metavar="N",
    help="Decimals asked for, and shown in the solution.",
)
@click.option("--full", is_flag=True, help="Ask about all layers, a line for each number.")
@click.option("--exact", is_flag=True, help="Ask for exact values, such as 3/8.")
@click.option(
    "--format",
    "format_name",
    metavar="FORMAT",
    help="terminal, text, markdown, quarto, notebook, latex, html, typst or pdf; yaml or json to"
    " fill in.",
)
@files_option("Write to FILE; its suffix picks the format. As many as you like.")
@click.option("--standalone", is_flag=True, help="LaTeX: a whole document instead of a fragment.")
@notation_option
@layout_options
def command(
    network: str,
    blanks: tuple[str, ...],
    solution: bool,
    guide: str | None,
    digits: int,
    full: bool,
    exact: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    standalone: bool,
    notation: str | None,
) -> None:
    """Write NET as a problem with blanks: what is given, what is asked, a line for each answer.

    It asks for each z and a, the loss, each delta and each parameter's gradient, or for what
    --blank names; of a network without numbers for formulas. YAML and JSON are answer sheets: fill
    in the blanks and give the file to 'backprop check'. With --solution it is the key.

    \b
    Examples:
      backprop worksheet net.yaml
      backprop worksheet net.yaml --blank delta1 --blank dW1 -o sheet.html
      backprop worksheet net.yaml --guide numbers --digits 3 -o sheet.tex
      backprop worksheet net.yaml -o sheet.yaml
      backprop worksheet net.yaml --exact --notation mazur
      backprop worksheet net.yaml --solution -o key.md
    """
    from functools import partial

    from ..checking.next_step import next_step
    from ..exercises.worksheet_files import Task, document_of, filled
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..printing.settings import Settings
    from ..worked.trace.options import view_of
    from . import _output
    from ._options import read_network

    places = _output.places(format_name, outputs, standalone=standalone, others=YAML, spoken=YAML)
    spec = read_network(network)
    graph = build(spec)
    letters = chosen_notation(notation, spec.notation, graph)
    step, view = next_step(graph, spec), view_of(graph, full=full)
    language = _output.layout().language
    task = Task(graph, letters, step, blanks, guide, digits, exact, solution, language, view)
    to_fill_in: _output.OwnFormats = {
        name: partial(filled, task, name) for name in ("yaml", "json")
    }
    report = None
    if any(place.format_name not in to_fill_in for place in places):
        made = document_of(task)
        report = _output.Printout(lambda: made, letters, Settings(digits, exact), graph.in_out)
    _output.emit_all(places, report, to_fill_in)

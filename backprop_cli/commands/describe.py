"""Layers, shapes, parameters, notation and types of a network."""

from __future__ import annotations

import click

from ._options import GraphCommand, graph_option, network_argument, output_options


@click.command("describe", cls=GraphCommand)
@network_argument
@click.option("--full", is_flag=True, help="Leave no layer, no node out.")
@graph_option
@output_options
def command(
    network: str,
    full: bool,
    as_graph: str | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Say what NET is: its layers and shapes, its parameters, the notation and its types.

    The network need not have numbers. Where it has, units of one layer that begin equal are named:
    they receive equal gradients for ever.

    \b
    Examples:
      backprop describe net.yaml
      backprop describe net.yaml -o net.md
      backprop describe net.yaml --full --format json
      backprop describe net.yaml --as-graph
    """
    from ..graph.build import build
    from ..notation.notation_table import notation_sections
    from ..notation.options import chosen_notation
    from ..printing.settings import Settings
    from ..render.json_text import json_text
    from ..worked.describe.describe_document import describe_document, describe_object
    from ..worked.trace.options import view_of
    from . import _output
    from ._options import read_network, seen_as

    places = _output.places(format_name, outputs, standalone=standalone)
    spec = read_network(network)
    graph = seen_as(build(spec), as_graph)
    profile = chosen_notation(notation, spec.notation, graph)
    view = view_of(graph, full=full)
    report = _output.Printout(
        lambda: describe_document(graph, notation_sections(graph, profile, view), view),
        profile,
        Settings(),
        graph.in_out,
    )
    _output.emit_all(places, report, {"json": lambda: json_text(describe_object(graph))})

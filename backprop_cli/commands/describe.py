"""Layers, shapes, parameters, notation and types of a network."""

from __future__ import annotations

import click

from ._options import GraphCommand, graph_option, network_argument, output_options


@click.command("describe", cls=GraphCommand)
@network_argument
@graph_option
@output_options
def command(
    network: str,
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
      backprop describe net.yaml --format json
      backprop describe net.yaml --as-graph
    """
    from ..graph.build import build
    from ..notation.notation_table import notation_sections
    from ..notation.options import chosen_notation
    from ..printing.settings import Settings
    from ..render.json_text import json_text
    from ..worked.describe.describe_document import describe_document, describe_object
    from . import _output
    from ._options import read_network, seen_as

    places = _output.places(format_name, outputs, standalone=standalone)
    spec = read_network(network)
    graph = seen_as(build(spec), as_graph)
    profile = chosen_notation(notation, spec.notation, graph)
    report = _output.Printout(
        lambda: describe_document(graph, notation_sections(graph, profile)),
        profile,
        Settings(),
        graph.in_out,
    )
    _output.emit_all(places, report, {"json": lambda: json_text(describe_object(graph))})

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
    output: str | None,
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
    from ..files.network import read_network
    from ..graph.build import build
    from ..notation.notation_table import notation_sections
    from ..notation.options import chosen_notation
    from ..printing.settings import Settings
    from ..worked.describe.describe_document import describe_document, describe_object
    from . import _output
    from ._options import seen_as

    chosen = _output.chosen_format(format_name, output)
    _output.check_standalone(standalone, chosen)
    spec = read_network(network)
    graph = seen_as(build(spec), as_graph)
    profile = chosen_notation(notation, spec.notation, graph)
    if chosen == "json":
        _output.emit_object(describe_object(graph), output)
        return
    page = _output.page_for(output, in_out=graph.in_out, standalone=standalone)
    _output.emit_document(
        lambda: describe_document(graph, notation_sections(graph, profile)),
        chosen,
        profile,
        Settings(),
        page,
        output,
    )

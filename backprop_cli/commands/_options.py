"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..graph.records import Graph

F = TypeVar("F", bound=Callable[..., Any])


def network_argument(function: F) -> F:
    """Add the network file's argument."""
    return click.argument("network", metavar="NET")(function)


class GraphCommand(click.Command):
    """A command whose ``--as-graph`` may stand alone: what follows it is no value of it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, ``--as-graph`` alone meaning a node an activation."""
        after = [*args[1:], ""]
        return super().parse_args(
            ctx,
            [
                "--as-graph=units" if arg == "--as-graph" and following not in AS_GRAPH else arg
                for arg, following in zip(args, after, strict=False)
            ],
        )


AS_GRAPH = ("units", "operations")


def graph_option(function: F) -> F:
    """Add ``--as-graph``."""
    return click.option(
        "--as-graph",
        type=click.Choice(AS_GRAPH),
        metavar="[operations]",
        help="Show the network as its computation graph: a node an activation, or an operation.",
    )(function)


def seen_as(graph: Graph, as_graph: str | None, round_forward: int | None = None) -> Graph:
    """Return the graph as it was asked for: as it is, or as a computation graph.

    Where z is rounded it is written down, so that it is a node of its own.
    """
    if as_graph is None:
        return graph
    from ..graph.as_graph import operations, weights_as_nodes

    if as_graph == "operations":
        return operations(graph)
    return weights_as_nodes(graph, merged=round_forward is None)


def output_options(function: F) -> F:
    """Add ``--format``, ``-o``, ``--standalone`` and ``--notation``."""
    function = click.option(
        "--notation", metavar="NAME", help="The letters to write with (default: the file's)."
    )(function)
    function = click.option(
        "--standalone", is_flag=True, help="LaTeX: a whole document instead of a fragment."
    )(function)
    function = files_option("Write to FILE; its suffix picks the format. As many as you like.")(
        function
    )
    return click.option(
        "--format",
        "format_name",
        metavar="FORMAT",
        help="terminal, text, markdown, quarto, notebook, latex, html, typst, pdf or json; suffixes"
        " work too: md, tex.",
    )(function)


def embed_option(function: F) -> F:
    """Add ``--embed``."""
    return click.option(
        "--embed", is_flag=True, help="Markdown: pictures within the file, not beside it."
    )(function)


def files_option(words: str) -> Callable[[F], F]:
    """Add ``-o``, which may be given several times."""
    return click.option("-o", "--output", "outputs", multiple=True, metavar="FILE", help=words)


def file_option(words: str, metavar: str = "FILE") -> Callable[[F], F]:
    """Add ``-o`` to a command that writes one thing: a second is refused, not forgotten."""
    return click.option(
        "-o", "--output", multiple=True, metavar=metavar, help=words, callback=_one_file
    )


def _one_file(context: click.Context, parameter: click.Parameter, value: Any) -> str | None:
    if len(value) > 1:
        from ..problems import refuse

        message = f"-o {value[1]}: {context.info_name} writes one result"
        raise refuse(message, None, "give -o once")
    return value[0] if value else None


def number_options(function: F) -> F:
    """Add ``--digits``, ``--exact`` and the two roundings."""
    function = click.option(
        "--round-backward",
        type=click.IntRange(0, 15),
        metavar="N",
        help="Round every gradient to N decimals before using it.",
    )(function)
    function = click.option(
        "--round-forward",
        type=click.IntRange(0, 15),
        metavar="N",
        help="Round z and a to N decimals before using them, as with a pocket calculator.",
    )(function)
    function = click.option("--exact", is_flag=True, help="Compute and print exact values.")(
        function
    )
    return digits_options(function)


def digits_options(function: F) -> F:
    """Add ``--digits`` and ``--significant``, one of which says how numbers are shown."""
    function = click.option(
        "--significant",
        type=click.IntRange(1, 17),
        metavar="N",
        callback=_one_of_two,
        help="Significant digits shown, instead of decimals.",
    )(function)
    return click.option(
        "--digits",
        type=click.IntRange(0, 17),
        default=4,
        show_default=True,
        metavar="N",
        callback=_one_of_two,
        help="Decimals shown (never computed with).",
    )(function)


def _one_of_two(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse both ``--digits`` and ``--significant``; the one that is read later sees the other."""
    typed = click.core.ParameterSource.COMMANDLINE
    if all(context.get_parameter_source(name) is typed for name in ("digits", "significant")):
        from ..problems import refuse

        message = "--digits says how many decimals are shown, --significant how many digits"
        raise refuse(message, None, "leave one of them out")
    return value

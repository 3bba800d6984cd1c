"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..languages import known
from ._unread import READ, kept

if TYPE_CHECKING:
    from ..graph.records import Graph
    from ..printing.page import Measure
    from ..spec.records import NetworkSpec

F = TypeVar("F", bound=Callable[..., Any])
LAYOUT = "backprop.layout"
"""Where a command's context keeps what was said of the page."""
OUTSIDE = "backprop.outside"
"""Where it keeps that a network's data files may lie outside of its folder."""


def network_argument(function: F) -> F:
    """Add the network file's argument, and ``--allow-outside``."""
    return click.argument("network", metavar="NET", type=READ)(outside_option(function))


def outside_option(function: F) -> F:
    """Add ``--allow-outside``, which waits in the context for ``read_network``."""

    def keep(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        context.meta[OUTSIDE] = value

    return click.option(
        "--allow-outside",
        is_flag=True,
        expose_value=False,
        callback=keep,
        help="Read {file: ../data.csv} too: data outside of the network's folder.",
    )(function)


def outside_allowed() -> bool:
    """Return whether the command line lets data files lie outside of the network's folder."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(OUTSIDE))


def read_network(path: str) -> NetworkSpec:
    """Return what the network file says, read as the command line lets it be read.

    Its data files are not written over.
    """
    from ..files import network

    spec = network.read_network(path, outside=outside_allowed())
    check = kept()
    if check is not None:
        from ..graph.data import data_files

        check(data_files(spec))
    return spec


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


def notation_option(function: F) -> F:
    """Add ``--notation``."""
    return click.option(
        "--notation",
        metavar="NAME|FILE",
        help="The letters to write with: a name, or a YAML file (default: those of the network).",
    )(function)


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
    from ..graph.as_graph import weights_as_nodes
    from ..graph.operations import operations

    if as_graph == "operations":
        return operations(graph)
    return weights_as_nodes(graph, merged=round_forward is None)


def output_options(function: F) -> F:
    """Add ``--format``, ``-o``, ``--standalone`` and ``--notation``."""
    function = layout_options(function)
    function = notation_option(function)
    function = click.option(
        "--standalone",
        is_flag=True,
        help="LaTeX: a whole document, not a fragment; colours and macros stand at its head.",
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


def layout_options(function: F) -> F:
    """Add ``--width``, ``--heading-level``, ``--no-title``, ``--no-names`` and ``--slides``.

    Commands do not see them: they wait in the context for the page that is made.
    """
    for option in (
        click.option(
            "--slides",
            is_flag=True,
            expose_value=False,
            callback=_laid_out,
            help="LaTeX, HTML: a lecture, uncovered a step at a time.",
        ),
        click.option(
            "--no-names",
            "names",
            flag_value=False,
            default=True,
            expose_value=False,
            callback=_laid_out,
            help="Leave the plain names (delta1[2]) out.",
        ),
        click.option(
            "--no-title",
            "title",
            flag_value=False,
            default=True,
            expose_value=False,
            callback=_laid_out,
            help="Leave the title out.",
        ),
        click.option(
            "--heading-level",
            "heading",
            type=click.IntRange(1, 4),
            default=1,
            metavar="N",
            expose_value=False,
            callback=_laid_out,
            help="The title's level; sections follow it.",
        ),
        language_option,
        comma_option,
        width_option,
    ):
        function = option(function)
    return function


def comma_option(function: F) -> F:
    """Add ``--decimal-comma``."""
    return click.option(
        "--decimal-comma",
        "comma",
        is_flag=True,
        expose_value=False,
        callback=_laid_out,
        help="Write 0,5 for 0.5.",
    )(function)


def language_option(function: F) -> F:
    """Add ``--language``."""
    return click.option(
        "--language",
        metavar="CODE",
        expose_value=False,
        callback=_laid_out,
        help=f"The language of the page's words: {', '.join(known())}. Messages stay English; 0,5"
        " is --decimal-comma's.",
    )(function)


def width_option(function: F) -> F:
    """Add ``--width``."""
    words = "LaTeX, Typst, PDF, Markdown, SVG, TikZ: 80mm, 252pt, \\columnwidth."
    return click.option(
        "--width", metavar="LENGTH", expose_value=False, callback=_laid_out, help=words
    )(function)


def _laid_out(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep what was said of the page, in the context."""
    name = parameter.name or ""
    said = context.meta.setdefault(LAYOUT, {})
    if value is not None:
        read = {"width": _measure, "language": _language}
        said[name] = read[name](value) if name in read else value


def _language(code: str) -> str:
    """Return the language of a code; raise Refusal where there is no catalogue of it."""
    from ..problems import refuse

    if code.lower() not in known():
        raise refuse(f"--language: no words in '{code}'", None, f"known: {', '.join(known())}")
    return code.lower()


def _measure(text: str) -> Measure:
    """Return a length as it is read; raise Refusal for what is none, or too narrow to read."""
    from ..printing.page import LENGTHS, NARROWEST, POINTS, Measure
    from ..problems import refuse

    cure = "give a length such as 80mm, 252pt or \\columnwidth"
    found = re.fullmatch(r"\\?([a-z]+)|(\d+(?:\.\d+)?) ?(pt|mm|cm|in|em)", text.strip())
    if found is None or (found[1] and found[1] not in LENGTHS):
        raise refuse(f"--width: '{text}' is no length", None, cure)
    if found[1]:
        return Measure(f"\\{found[1]}", LENGTHS[found[1]])
    points = float(found[2]) * POINTS[found[3]]
    if points < NARROWEST:
        raise refuse(f"--width {text}: too narrow for a formula", None, "give 40mm or more")
    return Measure(f"{found[2]}{found[3]}", points)


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


def dtype_option(function: F) -> F:
    """Add ``--dtype``."""
    return click.option(
        "--dtype",
        type=click.Choice(["float64", "float32"]),
        default="float64",
        show_default=True,
        help="The floats that everything is computed in.",
    )(function)


def path_options(function: F) -> F:
    """Add ``--steps``, ``--lr`` and ``--optimizer``: the path of a descent over what is swept."""
    function = click.option(
        "--optimizer", metavar="NAME", help="The path's optimizer (default: the file's)."
    )(function)
    function = click.option(
        "--lr", metavar="RATE", help="The path's learning rate (default: the file's)."
    )(function)
    return click.option(
        "--steps",
        type=click.IntRange(1, 100_000),
        metavar="N",
        help="Also the path of N steps of descent, from the file's numbers.",
    )(function)


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

"""Pictures: the network, its computation graph, one unit, or a plot of an activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ._options import (
    comma_option,
    files_option,
    language_option,
    notation_option,
    number_options,
    outside_option,
    width_option,
)
from ._unread import READ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..diagrams.scene import Drawable
    from ..diagrams.splitting import Room

    PartsIn = Callable[[Room | None], Sequence[Drawable]]
    from ..graph.records import Graph
    from ..notation.bound import Notation
    from ..passes.trace import Trace


KINDS = ("network", "weights-as-nodes", "computation", "grids", "rolled", "unrolled", "cell")


@click.command("diagram")
@click.argument("network", metavar="[NET]", required=False, type=READ)
@outside_option
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    help="What is a node: a unit (the default), each weight too, or each operation; grids of cells "
    "(the default of images); of layers with memory the loop, their steps (the default there), or "
    "the inside of one.",
)
@click.option(
    "--pass",
    "passes",
    type=click.Choice(["forward", "backward", "both"]),
    help="Which arrows and numbers.",
)
@click.option(
    "--focus",
    metavar="NAME",
    help="Only a unit (a1[2]) or a weight's way (W1[1,2]); of grids what an entry reads, marked.",
)
@click.option(
    "--local",
    is_flag=True,
    help="With a weight in focus: only its edge and two ends; with --generic, in letters.",
)
@click.option("--generic", is_flag=True, help="One unit with index letters, of any network.")
@click.option("--activation", metavar="NAME", help="Plot an activation and its derivative.")
@click.option("--sample", type=int, metavar="I", help="Show sample I of a batch.")
@click.option(
    "--thickness",
    type=click.Choice(["weight", "gradient"]),
    help="Lines as thick as the weight, or its gradient, is large.",
)
@click.option("--local-gradients", is_flag=True, help="Local derivatives at each operation.")
@click.option("--gates", is_flag=True, help="Operations as their signs: ×, +, σ.")
@click.option("--faded", is_flag=True, help="With --focus: the rest stays, faded.")
@click.option("--step", type=int, metavar="T", help="Show the cell of step T in time.")
@click.option("--full", is_flag=True, help="Leave out no unit of a wide layer.")
@number_options
@click.option("--format", "format_name", metavar="FORMAT", help="svg, png, pdf, words or another.")
@files_option("Write to FILE; its suffix picks the format. As many as you like.")
@click.option("--standalone", is_flag=True, help="TikZ: a whole document instead of a fragment.")
@comma_option
@language_option
@width_option
@notation_option
def command(
    network: str | None,
    activation: str | None,
    generic: bool,
    digits: int,
    significant: int | None,
    exact: bool,
    format_name: str | None,
    outputs: tuple[str, ...],
    standalone: bool,
    notation: str | None,
    **options: Any,
) -> None:
    """Draw NET: its units and weights with the numbers of both passes.

    Values of the forward pass are blue and stand over lines and circles, gradients are rust and
    stand under them, parameters are green, the cost is violet. A network without numbers is drawn
    with symbols. NAME is a unit (a1[2], x[1]), a weight (W2[1,2]) or a node of a graph.

    \b
    Examples:
      backprop diagram net.yaml
      backprop diagram net.yaml -o net.svg
      backprop diagram net.yaml --pass backward --thickness gradient -o net.pdf
      backprop diagram net.yaml --kind weights-as-nodes -o nodes.svg
      backprop diagram net.yaml --kind computation --local-gradients -o graph.svg
      backprop diagram image.yaml --focus 'z1[1,2,2]' -o window.svg
      backprop diagram rnn.yaml --kind unrolled -o unrolled.svg
      backprop diagram lstm.yaml --kind cell --step 2 -o cell.svg
      backprop diagram net.yaml --focus 'W2[1,2]' -o way.svg
      backprop diagram net.yaml --focus 'W2[1,2]' --local -o edge.svg
      backprop diagram --generic --pass backward --notation bishop -o unit.svg
      backprop diagram --activation sigmoid -o sigmoid.png
      backprop diagram net.yaml --sample 1 --full --digits 2 -o net.mmd
      backprop diagram net.yaml --standalone -o net.tex
    """
    from msgspec import structs

    from ..diagrams.formats import Pen, formats
    from ..notation.options import chosen_notation
    from ..printing.settings import settings_of
    from ..problems import refuse
    from . import _output
    from ._pictures import check_widths, chosen_picture, numbered_files

    _check_one(network, activation, generic, {**options, "exact": exact})
    if format_name is not None and len(outputs) > 1:
        raise refuse("--format belongs to one -o", None, "let the suffixes pick the formats")
    places = [
        (chosen_picture(format_name, output, plot=activation is not None), output)
        for output in outputs or (None,)
    ]
    for name in outputs:
        if name != "-":
            _output.check_place(name)
    taken = {chosen.name: chosen.options for chosen, _ in places}
    _output.check_options({"--standalone": standalone}, taken, lambda: formats().values())
    for chosen, _ in places:
        check_widths(options["thickness"], chosen)
    asked = _output.layout()
    settings = settings_of(digits, significant, exact=exact)
    settings = structs.replace(settings, comma=asked.comma, language=asked.language)
    if activation is not None:
        from ..diagrams.plots import activation_plot, named_activation

        letters = chosen_notation(notation, None)
        parts_in = _whole(activation_plot(named_activation(activation), letters, settings))
    elif network is None:
        from ..diagrams.generic import generic_scene

        letters = chosen_notation(notation, None)
        passes: Any = options["passes"] or "both"
        unit = generic_scene(None, letters, settings, passes, local=options["local"])
        parts_in = _whole(unit)
    else:
        parts_in, letters = _of_network(network, generic, notation, settings, options)
    drawn: dict[str | None, _output.Result] = {}
    for chosen, output in places:
        page = _output.page_for(output, standalone=standalone and "--standalone" in chosen.options)
        parts = parts_in(chosen.room(page))
        pen = Pen(letters, settings, page, len(parts) > 1)
        if chosen.draw_pages is not None:
            drawn[output] = chosen.draw_pages(parts, pen)
        else:
            files = numbered_files(output, len(parts))
            if files[0] != output:
                readable = f"note: in {len(parts)} parts, so that letters can be read at that width"
                click.echo(f"{readable}: {files[0]} to {files[-1]}", err=True)
            drawn |= {name: chosen.draw(p, pen) for p, name in zip(parts, files, strict=True)}
    _output.emit_all((), None, more=drawn)
    if any(chosen.name == "mermaid" for chosen, _ in places):
        from ..diagrams.formats.mermaid import left_out

        if words := left_out(parts_in(None)[0]):
            click.echo(f"note: {words}; -o FILE.svg draws it all", err=True)


def _whole(picture: Drawable) -> PartsIn:
    """Return what draws a picture that is never too wide."""
    return lambda room: [picture]


def _of_network(
    network: str, generic: bool, notation: str | None, settings: Any, options: Any
) -> tuple[PartsIn, Notation]:
    """Return what draws a network within a room, and the letters that it is written in."""
    from ..diagrams.drawing import scenes_of
    from ..diagrams.generic import generic_scene
    from ..diagrams.options import wish_of
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ._options import read_network

    roundings = {name: options[name] for name in ("round_forward", "round_backward")}
    spec = read_network(network)
    graph = build(spec)
    letters = chosen_notation(notation, spec.notation, graph)
    if generic:
        passes: Any = options["passes"] or "both"
        local = options["local"]
        unit = generic_scene(graph, letters, settings, passes, local=local)
        return _whole(unit), letters
    wish = wish_of(graph, **options)
    trace = _traced(graph, wish.backward, settings.exact, roundings, options)
    return lambda room: scenes_of(graph, trace, wish, letters, settings, room), letters


def _traced(
    graph: Graph, backward: bool, exact: bool, roundings: dict[str, int | None], options: Any
) -> Trace | None:
    """Return the network's numbers, or None where it has none and is drawn with symbols."""
    from ..passes.noise import without_noise
    from ..passes.run import check_numbers, run
    from ..problems import Refusal, refuse

    try:
        check_numbers(graph, not backward)
    except Refusal:
        asked = {"--exact": exact, "--thickness": options["thickness"]}
        asked |= {f"--{name.replace('_', '-')}": n is not None for name, n in roundings.items()}
        for name, value in asked.items():
            if value:
                cure = "give the network numbers, or leave it out"
                raise refuse(f"{name} needs numbers", None, cure, graph.source) from None
        return None
    traced = run(
        graph,
        exact=exact,
        round_forward=roundings["round_forward"],
        round_backward=roundings["round_backward"],
        only_forward=not backward,
    )
    return without_noise(traced)


def _check_one(
    network: str | None, activation: str | None, generic: bool, options: dict[str, Any]
) -> None:
    """Refuse a command line that says nothing to draw, or two things."""
    from ..problems import refuse

    of_network = [name for name, value in options.items() if value not in (None, False)]
    if activation is not None and (network is not None or generic or of_network):
        message = "--activation plots a function, of no network"
        raise refuse(message, None, "leave NET and its options out")
    if activation is None and network is None and not generic:
        cure = "name a network file, or --activation sigmoid, or --generic"
        raise refuse("diagram: nothing to draw", None, cure)
    others = [name for name in of_network if name not in ("passes", "local")]
    if generic and others:
        name = others[0].replace("_", "-")
        raise refuse(f"--generic draws any unit, --{name} a certain one", None, "leave one out")

"""Every number of the forward and backward pass, worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ._options import (
    GraphCommand,
    dtype_option,
    embed_option,
    graph_option,
    network_argument,
    number_options,
    output_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..worked.document import Document


@click.command("trace", cls=GraphCommand)
@network_argument
@click.option("--sample", "sample", type=int, metavar="I", help="Show sample I of a batch.")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Show only this layer.")
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="Show only what this gradient needs: W1[1,2]."
)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="What if: W1[1,2]=0.3.")
@click.option(
    "--only", type=click.Choice(["forward", "backward", "gradients"]), help="Show one part."
)
@click.option("--steps", is_flag=True, help="One worked line an entry instead of tables.")
@click.option("--why", is_flag=True, help="Say why each step is as it is, where it first comes.")
@click.option("--pairs", is_flag=True, help="Also each loss's share through each step before it.")
@click.option("--full", is_flag=True, help="Leave nothing out of wide layers and large batches.")
@click.option("--per-sample", is_flag=True, help="With JSON: each sample's own gradients too.")
@click.option("--interactive", is_flag=True, help="With HTML: a page that steps through it.")
@number_options
@dtype_option
@graph_option
@embed_option
@output_options
def command(
    network: str,
    sample: int | None,
    layers: tuple[str, ...],
    wrt: tuple[str, ...],
    changes: tuple[str, ...],
    only: str | None,
    steps: bool,
    why: bool,
    pairs: bool,
    full: bool,
    per_sample: bool,
    interactive: bool,
    digits: int,
    significant: int | None,
    exact: bool,
    round_forward: int | None,
    round_backward: int | None,
    dtype: str,
    as_graph: str | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
    embed: bool,
) -> None:
    """Show every number of the forward and backward pass of NET, worked.

    NET is a network file (- is standard input). Each quantity is given as formula, numbers and
    value: the weighted sums, the activations, the loss term by term, then from the loss back to
    each weight. Names are x, y, z1, a1, W1, b1, loss; gradients dW1, db1, da1, dx; delta1 is dz1.
    Entries count from 1: W1[2,1]. --round-forward and --round-backward round z and a, and the
    gradients, before they are used; local derivatives are kept as computed.

    \b
    Examples:
      backprop trace net.yaml
      backprop trace net.yaml --wrt 'W1[1,2]'
      backprop trace net.yaml --round-forward 2 --digits 6
      backprop trace net.yaml --significant 3
      backprop trace net.yaml --set 'W1[1,2]=0.3' --only gradients
      backprop trace net.yaml --set 'x=[0.1, 0.2]' --set b1=0
      backprop trace net.yaml --dtype float32
      backprop trace net.yaml --exact --steps -o solution.md
      backprop trace net.yaml --why --only backward
      backprop trace rnn.yaml --pairs --only gradients
      backprop trace net.yaml --sample 1 --layer 1 --notation nielsen
      backprop trace net.yaml --standalone -o net.tex
      backprop trace net.yaml --per-sample --format json
      backprop trace net.yaml --interactive -o passes.html
      backprop trace net.yaml --as-graph operations
    """
    from msgspec import structs

    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..passes.run import run
    from ..printing.page import Layout
    from ..printing.settings import settings_of
    from ..problems import refuse
    from ..worked.trace.options import changed, conventions, view_of
    from . import _output
    from ._options import read_network, seen_as

    places = _output.places(format_name, outputs, standalone=standalone, embed=embed)
    kinds = {place.format_name for place in places}
    if per_sample and "json" not in kinds:
        raise refuse("--per-sample belongs to JSON", None, "add --format json")
    if why and "json" in kinds:
        raise refuse("--why explains a page, and JSON has data", None, "leave one of them out")
    if interactive and "html" not in kinds:
        message = f"--interactive belongs to HTML, not to {places[0].format_name}"
        raise refuse(message, None, "add -o FILE.html, or --format html")
    if pairs and ("json" in kinds or interactive or only == "forward"):
        message = "--pairs is a part of the page of the backward pass"
        raise refuse(message, None, "leave it out, or --only forward, --interactive and JSON")
    if pairs and not (round_forward is None and round_backward is None):
        message = "--pairs adds up what is computed, and rounding on the way changes the sums"
        raise refuse(message, None, "leave one of them out")
    language = _output.layout().language
    if interactive and _output.layout() != Layout(language=language):
        message = "--interactive is a page of its own: it has no slides, and all titles and names"
        raise refuse(message, None, "leave one of them out")
    if wrt and only:
        message = "--wrt shows a chain of gradients, and --only a part of the tables"
        raise refuse(message, None, "leave one of them out")
    spec = read_network(network)
    given = build(spec)
    graph = seen_as(changed(given, changes), as_graph, round_forward)
    profile = chosen_notation(notation, spec.notation, graph)
    view = view_of(
        graph,
        sample=sample,
        layers=layers,
        wrt=wrt,
        only=only or "",
        steps=steps,
        full=full,
        why=why,
        pairs=pairs,
    )
    trace = run(
        graph,
        exact=exact,
        dtype=dtype,
        round_forward=round_forward,
        round_backward=round_backward,
        only_forward=only == "forward",
        asked=() if "json" in kinds or interactive else view.wrt,
    )
    settings = settings_of(digits, significant, exact=exact, dtype=dtype)
    notes = conventions(changes, round_forward, round_backward, graph, dtype=dtype)
    shown, before = trace.readable(), None
    if changes:
        was = run(
            seen_as(given, as_graph, round_forward),
            exact=exact,
            dtype=dtype,
            round_forward=round_forward,
            round_backward=round_backward,
            only_forward=only == "forward",
        )
        before = was.readable()

    def document() -> Document:
        from ..worked.trace.trace_document import trace_document

        return trace_document(shown, view, notes, before)

    def data() -> Iterator[str]:
        from ..printing.latex.printer import LatexMath
        from ..printing.plain_math import UnicodeMath
        from ..render.json_trace import render_json

        latex, plain = LatexMath(profile, settings), UnicodeMath(profile, settings)
        return render_json(trace, view, latex, plain, per_sample=per_sample)

    def stepper() -> str:
        from ..printing.mathml import MathMl
        from ..render.html.stepper import render_stepper

        spoken = structs.replace(settings, language=language)
        return render_stepper(document(), shown, view, MathMl(profile, spoken))

    made: _output.OwnFormats = {"json": data, **({"html": stepper} if interactive else {})}
    report = _output.Printout(document, profile, settings, graph.in_out)
    _output.emit_all(places, report, made)

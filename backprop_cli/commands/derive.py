"""The chain rule, symbol by symbol, in the notation of the course."""

from __future__ import annotations

import click

from ._options import (
    GraphCommand,
    embed_option,
    graph_option,
    network_argument,
    number_options,
    output_options,
)


@click.command("derive", cls=GraphCommand)
@network_argument
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="Derive only this gradient: W1, W1[1,2], delta1."
)
@click.option(
    "--style",
    default="leibniz",
    show_default=True,
    metavar="STYLE",
    help="leibniz, function, index, matrix, components or algorithm.",
)
@click.option(
    "--mode",
    metavar="MODE",
    help="reverse (from the loss back), forward (dual numbers) or paths (sums over paths).",
)
@click.option("--numbers", is_flag=True, help="Put the network's numbers in, and evaluate.")
@click.option("--expand", is_flag=True, help="The closed form in inputs and parameters only.")
@click.option("--sample", type=int, metavar="I", help="With --numbers: sample I of a batch.")
@click.option("--why", is_flag=True, help="Say why each step is as it is, where it first comes.")
@click.option(
    "--induction", is_flag=True, help="The general equations as base and step, layer by layer."
)
@click.option(
    "--pairs", is_flag=True, help="Of a recurrent layer also the sum over pairs of steps."
)
@click.option("--full", is_flag=True, help="All entries and terms, however wide a layer is.")
@number_options
@graph_option
@embed_option
@output_options
def command(
    network: str,
    wrt: tuple[str, ...],
    style: str,
    mode: str | None,
    numbers: bool,
    expand: bool,
    sample: int | None,
    why: bool,
    induction: bool,
    pairs: bool,
    full: bool,
    digits: int,
    significant: int | None,
    exact: bool,
    round_forward: int | None,
    round_backward: int | None,
    as_graph: str | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
    embed: bool,
) -> None:
    """Derive the gradients of NET from the chain rule, each error once, from the loss inward.

    The general equations come first, then the local derivatives (by sympy, with the rule that
    gives each), then this network's quantities. NET need not have numbers; --numbers puts them in.
    Each step uses values of the forward pass and derivatives already known.

    \b
    Styles:
      leibniz     products of ∂'s along the chain
      function    derivatives of outer functions at inner ones
      index       sums with Σ over units
      matrix      δ = (Wᵀδ) ⊙ σ′(z), outer products, shapes
      components  vectors and matrices entry by entry
      algorithm   the three phases as assignments

    A computation graph is derived node by node, and with --mode forward or paths a network is too,
    seen as its graph: reverse goes from the output back, forward carries a variable's derivative
    along with the values, paths adds up the products along every path. The work of each is counted.

    \b
    Examples:
      backprop derive net.yaml
      backprop derive net.yaml --wrt 'W1[1,2]' --numbers
      backprop derive net.yaml --why
      backprop derive net.yaml --style index --induction
      backprop derive net.yaml --style matrix -o notes.md
      backprop derive rnn.yaml --pairs
      backprop derive net.yaml --wrt 'W1[1,1]' --expand
      backprop derive net.yaml --sample 1 --numbers --round-forward 2
      backprop derive net.yaml --as-graph --numbers --exact
      backprop derive net.yaml --mode forward --wrt 'W1[1,1]'
      backprop derive net.yaml --mode paths --wrt 'W1[1,1]' --numbers
    """
    import functools

    from ..deriving.derivation import Asked, Derived, derivation
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..printing.latex.printer import LatexMath
    from ..printing.plain_math import UnicodeMath
    from ..printing.settings import settings_of
    from ..problems import refuse
    from ..render.json_text import json_text
    from . import _output
    from ._options import read_network, seen_as

    places = _output.places(format_name, outputs, standalone=standalone, embed=embed)
    kinds = {place.format_name for place in places}
    if why and _output.JSON in kinds:
        raise refuse("--why explains steps, and JSON has data", None, "leave one of them out")
    asked = Asked(
        wrt=wrt,
        style=style,
        mode=mode,
        numbers=numbers,
        expand=expand,
        sample=sample,
        exact=exact,
        round_forward=round_forward,
        round_backward=round_backward,
        full=full,
        why=why,
        induction=induction,
        pairs=pairs,
    )
    spec = read_network(network)
    graph = seen_as(build(spec), as_graph, round_forward)

    @functools.cache
    def done(whole: bool) -> Derived:
        return derivation(graph, asked, whole=whole)

    first = done(kinds == {_output.JSON})
    letters = chosen_notation(notation, spec.notation, first.graph)
    settings = settings_of(digits, significant, exact=exact)

    def data() -> str:
        plain = done(True).plain(LatexMath(letters, settings), UnicodeMath(letters, settings))
        return json_text(plain)

    report = _output.Printout(lambda: done(False).document, letters, settings, first.graph.in_out)
    _output.emit_all(places, report, {"json": data})

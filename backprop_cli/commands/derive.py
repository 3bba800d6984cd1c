"""The chain rule, symbol by symbol, in the notation of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ._options import GraphCommand, graph_option, network_argument, number_options, output_options

if TYPE_CHECKING:
    from ..expression.refs import Ref


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
@number_options
@graph_option
@output_options
def command(
    network: str,
    wrt: tuple[str, ...],
    style: str,
    mode: str | None,
    numbers: bool,
    expand: bool,
    sample: int | None,
    digits: int,
    exact: bool,
    round_forward: int | None,
    round_backward: int | None,
    as_graph: str | None,
    format_name: str | None,
    output: str | None,
    notation: str | None,
    standalone: bool,
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
      backprop derive net.yaml --style matrix -o notes.md
      backprop derive net.yaml --wrt 'W1[1,1]' --expand
      backprop derive net.yaml --sample 1 --numbers --round-forward 2
      backprop derive net.yaml --as-graph --numbers --exact
      backprop derive net.yaml --mode forward --wrt 'W1[1,1]'
      backprop derive net.yaml --mode paths --wrt 'W1[1,1]' --numbers
    """
    from ..deriving import styles
    from ..deriving.arranging import derive_document, derive_object
    from ..deriving.graphs import arranging as nodes
    from ..graph.build import build
    from ..passes.run import run
    from ..problems import nearest, refuse
    from ..render.latex_math import LatexMath
    from ..render.mathematics import Settings
    from ..render.plain_math import UnicodeMath
    from ..spec.network import read_network
    from ..worked.choosing import conventions, view_of
    from . import _output
    from ._options import chosen_profile, seen_as

    chosen = _output.chosen_format(format_name, output)
    _output.check_standalone(standalone, chosen)
    if style not in styles():
        raise refuse(f"--style: there is no style '{style}'", None, nearest(style, styles()))
    way = nodes.mode_named(mode)
    nodes.check_roundings(mode, round_forward, round_backward)
    computing = exact or round_forward is not None or round_backward is not None
    if not numbers and (computing or sample is not None):
        raise refuse("roundings, --exact and --sample need numbers", None, "add --numbers")
    if expand:
        check_expand(wrt, mode, numbers=numbers)
    spec = read_network(network)
    graph = seen_as(build(spec), as_graph)
    nodes.check_style(graph, mode, style)
    notes: tuple[str, ...] = ()
    through = nodes.is_through_graph(graph, mode)
    if through and graph.layered:
        graph, wrt = nodes.as_nodes(graph, wrt)
        notes = (nodes.SEEN_AS_GRAPH,)
    letters = chosen_profile(notation, spec.notation, graph)
    view = view_of(graph, wrt=wrt, sample=sample)
    if graph.loss is None:
        cure = "add 'loss: half_squared_error'"
        raise refuse("the network has no loss", None, cure, graph.source)
    chosen_sample = sample_of(view.wrt, sample)
    trace = None
    if numbers:
        trace = run(
            graph,
            exact=exact,
            round_forward=round_forward,
            round_backward=round_backward,
            asked=view.wrt,
        )
    settings = Settings(digits, exact)
    drawn = (LatexMath(letters, settings), UnicodeMath(letters, settings))
    notes += conventions((), round_forward, round_backward, layered=graph.layered)
    if expand:
        from ..deriving.expand import expand_document

        if not graph.layered:
            nodes.check_closed_form(graph)
        document = expand_document(graph, view.wrt)
    elif through:
        found = nodes.derived(graph, trace, way, view.wrt, notes)
        document = found.document
    else:
        document = derive_document(
            graph, trace, styles()[style], view.wrt, sample=chosen_sample, conventions=notes
        )
    if chosen == _output.JSON:
        if through and not expand:
            plain = nodes.derived_object(found, *drawn)
        else:
            plain = derive_object(graph, document, styles()[style], *drawn)
        _output.emit_json(_output.json_text(plain), output)
        return
    page = _output.page_for(output, in_out=graph.in_out, standalone=standalone)
    _output.emit_document(lambda: document, chosen, letters, settings, page, output)


def check_expand(wrt: tuple[str, ...], mode: str | None, *, numbers: bool) -> None:
    """Refuse what does not go with ``--expand``, and ``--expand`` of nothing in particular."""
    from ..problems import refuse

    if mode not in (None, "reverse"):
        message = f"--expand writes a gradient out, and --mode {mode} derives it node by node"
        raise refuse(message, None, "leave one of them out")
    if numbers:
        cure = "leave --numbers out, or --expand"
        raise refuse("--expand is in symbols, without numbers", None, cure)
    if not wrt:
        raise refuse("--expand needs a gradient", None, "name one: --wrt W1[1,1]")


def sample_of(wanted: tuple[Ref, ...], sample: int | None) -> int | None:
    """Return the one sample that ``--sample`` or the names (``delta1[2,1]``) ask for.

    Raises Refusal where they ask for several, or for what has no derivation.
    """
    from ..graph.names import plain_name
    from ..problems import refuse

    for ref in wanted:
        if not ref.gradient:
            message = f"--wrt {plain_name(ref)}: the loss is what is differentiated"
            raise refuse(message, None, "ask for a parameter, a z, an a or x")
    found = {int(ref.sample) for ref in wanted if ref.sample is not None}
    found |= {sample} if sample is not None else set()
    if len(found) > 1:
        names = " and ".join(map(str, sorted(found)))
        raise refuse(f"samples {names} at once", None, "derive one sample at a time")
    return found.pop() if found else None

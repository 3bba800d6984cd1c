"""Backpropagation against differences, a complex step and sympy, entry by entry."""

from __future__ import annotations

from math import isfinite

import click

from ._options import digits_options, network_argument, output_options


@click.command("gradcheck")
@network_argument
@click.option("--wrt", multiple=True, metavar="NAME", help="Check only this: W1, b2[1], z1, a1, x.")
@click.option(
    "--delta",
    type=float,
    metavar="D",
    help="Add D to the one entry of --wrt: the gradient times D beside the true change.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, min_open=True),
    default=1e-6,
    show_default=True,
    metavar="T",
    help="Relative error up to which two derivatives agree.",
)
@click.option("--sample", type=int, metavar="I", help="Of z, a and x check only sample I's rows.")
@click.option("--full", is_flag=True, help="Check and list every entry of a large network.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Which entries of a large network are drawn.",
)
@digits_options
@output_options
@click.pass_context
def command(
    context: click.Context,
    network: str,
    wrt: tuple[str, ...],
    delta: float | None,
    tolerance: float,
    sample: int | None,
    full: bool,
    seed: int,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Check the gradients of NET against derivatives got without backpropagation.

    Each parameter's entry is compared with central differences (the step chosen per entry), a
    complex step and sympy's derivative; the relative errors and the worst entry are shown. At a
    kink, such as relu at 0, an entry is named and not failed. Exits with 1 where an entry is wrong.

    With --delta one entry is changed in the forward pass: its gradient times the change is what
    the gradient foretells, and is shown beside what the loss really does.

    \b
    Examples:
      backprop gradcheck net.yaml
      backprop gradcheck net.yaml --wrt W1 --wrt z1 --tolerance 1e-8
      backprop gradcheck net.yaml --wrt 'z1[1]' --delta 0.01
      backprop gradcheck net.yaml --wrt z1 --sample 1
      backprop gradcheck net.yaml --full --seed 3 -o check.html
    """
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..passes.differences.gradient_check import check_gradients
    from ..passes.differences.places import MOST_ENTRIES, affordable, entries_in
    from ..passes.run import run
    from ..printing.settings import settings_of
    from ..problems import refuse
    from ..render.json_text import json_text
    from ..worked.gradcheck.as_json import gradcheck_object, meaning_object
    from ..worked.gradcheck.gradcheck_document import gradcheck_document
    from ..worked.trace.options import view_of
    from . import _output
    from ._options import read_network
    from ._progress import progress

    places = _output.places(format_name, outputs, standalone=standalone)
    if not isfinite(tolerance):
        message = f"--tolerance {tolerance:g}: not a relative error"
        raise refuse(message, None, "give a small number such as 1e-6")
    if delta is not None:
        _check_delta(delta, wrt, (tolerance != 1e-6, full, seed != 0, sample is not None))
    spec = read_network(network)
    graph = build(spec)
    profile = chosen_notation(notation, spec.notation, graph)
    view = view_of(graph, sample=sample, wrt=wrt)
    for name, ref in zip(wrt, view.wrt, strict=True):
        if graph.find(ref.of()) in (None, graph.loss):
            message = f"--wrt {name}: the gradient of the loss with respect to itself is 1"
            raise refuse(message, None, "ask for a parameter, a z, an a or x")
    rows = [ref for ref in view.wrt if graph.nodes[graph.number(ref)].per_sample and not ref.index]
    if sample is not None and not rows:
        message = "--sample chooses rows of z, a or x, and none of them is checked"
        raise refuse(message, None, f"add one: --wrt z1 --sample {sample}")
    trace = run(graph, asked=view.wrt)
    settings = settings_of(digits, significant)
    if delta is not None:
        from ..passes.differences.delta import meaning_of
        from ..worked.gradcheck.delta_document import meaning_document

        ref = view.wrt[0].of()
        if len(ref.index) != len(graph.nodes[graph.number(ref)].shape):
            message = f"--wrt {wrt[0]}: --delta changes one entry"
            raise refuse(message, None, f"name one, such as {wrt[0]}[{_ones(graph, ref)}]")
        meaning = meaning_of(trace, ref, delta)
        report = _output.Printout(
            lambda: meaning_document(meaning), profile, settings, graph.in_out
        )
        _output.emit_all(places, report, {"json": lambda: json_text(meaning_object(meaning))})
        return
    parameters = tuple(graph.nodes[number].ref for number in graph.parameters.values())
    wanted = tuple(ref.of() for ref in view.wrt) or parameters
    room = 10**9 if full else affordable(graph)
    with progress("entries", min(room, entries_in(graph, wanted, sample))) as tell:
        check = check_gradients(
            trace,
            wanted,
            tolerance=tolerance,
            most=10**9 if full else MOST_ENTRIES,
            room=room,
            seed=seed,
            sample=sample,
            tell=tell,
        )
    report = _output.Printout(
        lambda: gradcheck_document(check, full=full), profile, settings, graph.in_out
    )
    _output.emit_all(places, report, {"json": lambda: json_text(gradcheck_object(check))})
    if not check.passed:
        context.exit(1)


def _check_delta(delta: float, wrt: tuple[str, ...], others: tuple[bool, ...]) -> None:
    """Refuse a change that is no number to add, or that goes with no one entry."""
    from ..problems import refuse

    if not isfinite(delta) or delta == 0:
        raise refuse(f"--delta {delta:g}: not a change", None, "give a small number such as 0.01")
    if len(wrt) != 1:
        message = "--delta changes one entry, and --wrt names it"
        raise refuse(message, None, "write --wrt z1[1] --delta 0.01")
    if any(others):
        message = "--tolerance, --full, --seed and --sample belong to the check, not to --delta"
        raise refuse(message, None, "leave them out")


def _ones(graph: object, ref: object) -> str:
    """Return ``1,1``: the first entry's position, as the reader counts."""
    from typing import cast

    from ..expression.refs import Ref
    from ..graph.names import shown_shape
    from ..graph.records import Graph

    return ",".join("1" for _ in shown_shape(cast(Graph, graph), cast(Ref, ref)))

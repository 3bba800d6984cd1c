"""One step of descent, worked, or many; writes the network as it is then."""

from __future__ import annotations

from typing import Any

import click

from ._options import (
    dtype_option,
    embed_option,
    files_option,
    layout_options,
    network_argument,
    notation_option,
    number_options,
)


@click.command("step")
@network_argument
@click.option("--lr", metavar="RATE", help="The learning rate (default: the file's).")
@click.option("--optimizer", metavar="NAME", help="sgd, momentum, nesterov, rmsprop, adam, adamw.")
@click.option(
    "--set-optimizer",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the optimizer: momentum=0.8, beta1=0.95, epsilon=1e-7.",
)
@click.option(
    "--schedule", metavar="NAME", help="The rate's: step, exponential, cosine, inverse_time."
)
@click.option(
    "--set-schedule",
    "schedule_settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the schedule: every=10, factor=0.5, steps=100.",
)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="What if: W1[1,2]=0.3.")
@click.option("--weight-decay", metavar="λ", help="Let the parameters decay.")
@click.option("--clip", metavar="C", help="Cut each entry of the gradient off at C and -C.")
@click.option("--clip-norm", metavar="C", help="Shorten the whole gradient to the norm C.")
@click.option(
    "--freeze",
    multiple=True,
    metavar="NAME",
    help="Leave a parameter, an entry or a layer as it is: b1, W1[1,2].",
)
@click.option(
    "--batch-size", type=click.IntRange(1), metavar="N", help="Samples a step (default: all)."
)
@click.option(
    "--steps",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    metavar="N",
    help="Take N steps: a table and a plot.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="NAME",
    help="Only this parameter, or this too: W1[1,2], a2[1], dW1[1,2], m(W1[1,2]); with --steps a"
    " column of the table.",
)
@click.option("--full", is_flag=True, help="Leave nothing out: every entry, every step.")
@number_options
@dtype_option
@click.option(
    "--format",
    "format_name",
    metavar="FORMAT",
    help="terminal, text, markdown, quarto, notebook, latex, html, typst, pdf or json; yaml; svg or"
    " png.",
)
@files_option("Write to FILE: the network (.yaml), the plot (.svg, .png), else the report.")
@layout_options
@embed_option
@click.option("--standalone", is_flag=True, help="LaTeX: a whole document, not a fragment.")
@notation_option
def command(
    network: str,
    steps: int,
    show: tuple[str, ...],
    full: bool,
    digits: int,
    significant: int | None,
    exact: bool,
    round_forward: int | None,
    round_backward: int | None,
    dtype: str,
    format_name: str | None,
    outputs: tuple[str, ...],
    standalone: bool,
    embed: bool,
    notation: str | None,
    **options: Any,
) -> None:
    """Take steps of gradient descent from NET and show them, worked.

    One step is shown line by line: each parameter, its gradient, the new parameter, and the loss
    before and after by a fresh forward pass. --steps N gives a table and a plot of the loss.
    -o NEW.yaml writes the network as it is then, with the optimizer's state, so that it can be
    traced, and stepped on from where it stopped. Mini-batches are taken in the file's order.

    \b
    Examples:
      backprop step net.yaml
      backprop step net.yaml --lr 0.1 --freeze b1 --freeze 'W2[1,2]'
      backprop step net.yaml --optimizer adam --set-optimizer beta1=0.8
      backprop step net.yaml --optimizer momentum --weight-decay 0.01
      backprop step net.yaml --schedule exponential --steps 5
      backprop step net.yaml --set 'W1[1,2]=0.3'
      backprop step net.yaml --clip-norm 0.1 --show W1 -o step.md
      backprop step net.yaml --clip 0.01 --exact
      backprop step net.yaml --steps 100 --batch-size 1 --show 'W1[1,2]'
      backprop step net.yaml --steps 100 -o new.yaml -o loss.svg
    """
    from ..notation.options import chosen_notation
    from ..passes.descent.records import Overflowed
    from ..printing.settings import settings_of
    from . import _stepping

    places = _stepping.places(format_name, outputs, standalone=standalone, embed=embed)
    descent = _stepping.begun(
        network,
        options,
        exact=exact,
        dtype=dtype,
        roundings=(round_forward, round_backward),
    )
    profile = chosen_notation(notation, descent.spec.notation, descent.graph)
    try:
        made = _stepping.taken(descent, steps, show, full=full)
    except Overflowed as overflow:
        _stepping.stop(overflow)
    settings = settings_of(digits, significant, exact=exact, dtype=dtype)
    _stepping.emit(descent, made, places, profile, settings)
    if made.stopped is not None:
        _stepping.stop(made.stopped)

"""The parts of a sweep put together: the table, the curve or the heat map of all of them."""

from __future__ import annotations

import click

from ._options import (
    digits_options,
    embed_option,
    output_options,
    outside_option,
    path_options,
)
from ._unread import READ


@click.command("merge")
@click.argument("parts", metavar="PART...", nargs=-1, required=True, type=READ)
@path_options
@click.option("--full", is_flag=True, help="Leave no point out of the table.")
@outside_option
@digits_options
@embed_option
@output_options
def command(
    parts: tuple[str, ...],
    steps: int | None,
    lr: str | None,
    optimizer: str | None,
    full: bool,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
    embed: bool,
) -> None:
    """Put the parts together that 'sweep --part' wrote, in any order; none may be missing.

    The network's file is read where the parts say it is.

    \b
    Examples:
      backprop merge part-1.json part-2.json
      backprop merge part-1.json part-2.json -o sweep.csv -o curve.svg
    """
    from ..graph.build import build
    from ..passes.descent.plan import Options
    from ..passes.sweep.records import merged
    from ..passes.sweep.run_sweep import digest_of
    from ..problems import refuse
    from ..worked.sweep.as_json import read_part
    from . import _sweeping
    from ._options import read_network
    from ._unread import kept

    everywhere = _sweeping.places(format_name, outputs, standalone=standalone, embed=embed)
    _sweeping.check_path(steps, lr, optimizer)
    swept = merged([(name, read_part(name)) for name in parts])
    spec = read_network(swept.network)
    check = kept()
    if check is not None:
        check([swept.network])
    if digest_of(spec) != swept.digest:
        message = f"{swept.network}: not as it was when the parts were computed"
        raise refuse(message, None, "compute them again, or put the old file back")
    _sweeping.emit(
        swept,
        (spec, build(spec)),
        everywhere,
        steps=steps,
        options=Options(rate=lr, optimizer=optimizer),
        full=full,
        digits=digits,
        significant=significant,
        notation=notation,
    )

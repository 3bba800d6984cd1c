"""The loss, or any number, over a grid of entries: a table, a curve, a heat map."""

from __future__ import annotations

import click

from ._options import digits_options, embed_option, network_argument, output_options, path_options


@click.command("sweep")
@network_argument
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="NAME=LOW:HIGH:COUNT",
    help="Vary this entry: 'W1[1,1]=-3:3:61', or b1=0,1,4. As many as you like.",
)
@click.option(
    "--of", metavar="NAME", help="What is asked for (default: the loss): a2[1], dW1[1,1]."
)
@path_options
@click.option("--part", metavar="K/N", help="Compute part K of N only, as JSON for 'merge'.")
@click.option("--full", is_flag=True, help="Leave no point out of the table.")
@digits_options
@embed_option
@output_options
def command(
    network: str,
    over: tuple[str, ...],
    of: str | None,
    steps: int | None,
    lr: str | None,
    optimizer: str | None,
    part: str | None,
    full: bool,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
    embed: bool,
) -> None:
    """Vary entries of NET and see what becomes of the loss, or of any number.

    One --over gives a curve, two a heat map (dark is low), more a CSV: -o FILE.csv, .svg and .png
    too. All other numbers are the file's. With --steps the path of descent is drawn on it.

    \b
    Examples:
      backprop sweep net.yaml --over 'W1[1,1]=-3:3:61'
      backprop sweep net.yaml --over 'W1[1,1]=0:1:61' --of 'dW1[1,1]' -o slope.csv
      backprop sweep net.yaml --over 'W1[1,1]=0:1:9' --over b1=0:2:9 -o map.svg
      backprop sweep net.yaml --over 'W1[1,1]=-3:3:61' --steps 20 --lr 1

    \b
    Larger than a machine: each part is a file of its own, whoever computes it.
      GNU parallel   parallel "backprop sweep net.yaml --over b1=-3:3:1000000
                       --part {}/16 -o part-{}.json" ::: $(seq 16)
      Slurm          sbatch --array=1-16 with --part $SLURM_ARRAY_TASK_ID/16
      Dask           client.map(lambda k: backprop_cli.sweep("net.yaml",
                       "b1=-3:3:1000000", part=(k, 16)), range(1, 17))
    The files are put together by 'backprop merge part-*.json', Dask's by
    backprop_cli.merge(client.gather(...)).
    """
    from ..graph.build import build
    from ..passes.descent.plan import Options
    from ..passes.sweep.run_sweep import begun, taken
    from ..problems import refuse
    from ..render.json_text import json_text
    from ..worked.sweep.as_json import sweep_object
    from . import _output, _sweeping
    from ._options import read_network
    from ._progress import progress

    chosen = _part(part)
    _sweeping.check_path(steps, lr, optimizer)
    if part is not None:
        if steps is not None:
            raise refuse("--steps: a part has no path", None, "ask merge for it")
        if network == "-":
            raise refuse("--part: merge reads the network again", None, "name its file, not -")
        usual = format_name or (None if outputs else "json")
        everywhere = _output.places(usual, outputs, others=_sweeping.OWN)
        if {place.format_name for place in everywhere} != {"json"}:
            raise refuse("--part writes JSON, for merge", None, "write -o part-1.json")
    else:
        everywhere = _sweeping.places(format_name, outputs, standalone=standalone, embed=embed)
    spec = read_network(network)
    graph = build(spec)
    asked = begun(graph, over, of, chosen)
    with progress("points", len(asked.span)) as tell:
        swept = taken(spec, asked, tell)
    if part is not None:
        made: _output.OwnFormats = {"json": lambda: json_text(sweep_object(swept))}
        _output.emit_all(everywhere, None, made)
        return
    _sweeping.emit(
        swept,
        (spec, graph),
        everywhere,
        steps=steps,
        options=Options(rate=lr, optimizer=optimizer),
        full=full,
        digits=digits,
        significant=significant,
        notation=notation,
    )


def _part(text: str | None) -> tuple[int, int]:
    """Return which part of how many; all of it where nothing is said."""
    from ..problems import refuse, shortened

    if text is None:
        return (1, 1)
    number, slash, count = text.partition("/")
    if not (slash and all(each.isascii() and each.isdigit() for each in (number, count))):
        raise refuse(f"--part {shortened(text)}: no part", None, "write --part 3/16")
    return int(number), int(count)

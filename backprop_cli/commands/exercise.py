"""A new network from a seed, short to work by hand; or one a student, with keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ._options import comma_option, file_option, language_option, notation_option
from ._unread import READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..exercises.generating import Exercise


@click.command("exercise")
@click.option("--shape", metavar="N-N-N", help="Units of each layer, inputs first: 2-2-1.")
@click.option(
    "--activation",
    metavar="NAME[,NAME]",
    help="One for all layers (sigmoid), two for hidden and output, or one a layer.",
)
@click.option("--loss", metavar="NAME", help="The loss (default: the one that fits the output).")
@click.option("--batch", type=int, metavar="N", help="A batch of N samples instead of one.")
@click.option("--allow-dead", is_flag=True, help="One hidden unit is off, so that the gate counts.")
@click.option("--graph", "of_graph", is_flag=True, help="A computation graph instead of layers.")
@click.option(
    "--like",
    metavar="NET",
    type=READ,
    help="The layers or lines of this file; other numbers, and no description of the old ones.",
)
@click.option("--nodes", type=int, metavar="N", help="With --graph: how many lines (5).")
@click.option("--layer", metavar="TYPE", help="Layers that remember: recurrent, lstm, gru.")
@click.option("--steps", type=int, metavar="N", help="With --layer: the steps of a sequence (3).")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Each seed makes another exercise, the same on every machine.",
)
@click.option(
    "--count",
    type=int,
    metavar="N",
    help="N different ones, with keys, into the folder -o.",
)
@click.option(
    "--worksheets", metavar="FORMAT", help="In a folder: a worksheet to print beside each (pdf)."
)
@click.option("--solutions", metavar="FORMAT", help="In a folder: the worked solution of each.")
@click.option(
    "--digits",
    type=click.IntRange(1, 15),
    metavar="N",
    help="In a folder: decimals asked for, and given in keys (4).",
)
@notation_option
@file_option("Write to FILE, or into the folder DIR.", "FILE|DIR")
@click.option("--force", is_flag=True, help="In a folder: replace files that are there.")
@language_option
@comma_option
def command(
    shape: str | None,
    activation: str | None,
    loss: str | None,
    batch: int | None,
    allow_dead: bool,
    of_graph: bool,
    like: str | None,
    nodes: int | None,
    layer: str | None,
    steps: int | None,
    seed: int,
    count: int | None,
    worksheets: str | None,
    solutions: str | None,
    digits: int | None,
    notation: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Make a network whose numbers stay short by hand: small integers and simple fractions.

    Of many candidates the one is taken whose values have the fewest digits and whose gradients can
    be told apart; no unit is dead, no error zero, no kink hit. The same seed gives the same file
    on every machine. With --count, or a folder after -o, each network has its key beside it: an
    answer sheet that 'backprop check' finds all right.

    \b
    Examples:
      backprop exercise --shape 2-2-1 --activation relu --seed 7
      backprop exercise --shape 2-3-2 --activation relu,softmax --batch 2
      backprop exercise --shape 2-2-1 --activation relu --allow-dead
      backprop exercise --shape 3-1 --loss squared_error --notation bishop
      backprop exercise --graph --nodes 6 --seed 3
      backprop exercise --layer lstm --shape 1-1-1 --steps 3
      backprop exercise --like net.yaml --seed 7
      backprop exercise --shape 2-2-1 --count 3 --solutions md -o class
      backprop exercise --graph --count 3 --worksheets pdf --digits 3 -o graphs
      backprop exercise --like graph.yaml --notation course.yaml
    """
    from pathlib import Path

    from ..exercises.generating import different
    from ..languages import ENGLISH
    from ..notation.from_file import written
    from ..notation.options import chosen_profile
    from ..problems import refuse
    from . import _output
    from ._exercising import AskedExercise, maker
    from ._progress import progress

    if count is None and output not in (None, "-") and not os.path.isdir(str(output)):
        _output.check_place(str(output))
    chosen_profile(notation, None)
    about = (shape, activation, loss, batch, allow_dead, of_graph, nodes, layer, steps)
    make = maker(AskedExercise(*about, seed, written(notation or "")), like)
    wish = {"--worksheets": worksheets, "--solutions": solutions, "--digits": digits}
    said = [option for option, value in wish.items() if value is not None]
    said += ["--force"] if force else []
    page = _output.layout()
    said += ["--language"] if page.language != ENGLISH else []
    said += ["--decimal-comma"] if page.comma else []
    if count is None and (output in (None, "-") or not Path(str(output)).is_dir()):
        if said:
            raise refuse(f"{', '.join(said)}: for a folder", None, "add --count N and -o DIR")
        _output.emit(make(1, 0).text, output)
        return
    if output in (None, "-"):
        raise refuse("--count: one file or more", None, "name a folder for them: -o exercises")
    from ..exercises.folder import MOST, beside, check_folder, files_of

    number = 1 if count is None else count
    if not 1 <= number <= MOST:
        raise refuse(f"--count {number}: no such number of exercises", None, f"take 1 to {MOST}")
    wished = beside(worksheets, solutions, digits, page.language, comma=page.comma)
    folder = Path(str(output))
    check_folder(str(folder), {}, force=force)
    with progress("exercises", number) as tell:
        made = _told(different(make, number), tell)
        files = files_of(made, number, wished)
    check_folder(str(folder), files, force=force)
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        _output.emit(text, str(folder / name))


def _told(made: Iterator[Exercise], tell: Callable[[int], None] | None) -> Iterator[Exercise]:
    """Yield each exercise, and tell how many there are."""
    for each in made:
        if tell is not None:
            tell(each.number)
        yield each

"""List the example networks, or write one to begin with."""

from __future__ import annotations

import click

from ._options import file_option


@click.command("new")
@click.argument("template", required=False)
@file_option("Write to FILE; an existing one is kept.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def command(template: str | None, output: str | None, force: bool) -> None:
    """List the packaged example networks, or print the one called TEMPLATE.

    \b
    Examples:
      backprop new
      backprop new mazur -o net.yaml
      backprop new sigmoid_neuron | backprop trace -
    """
    from pathlib import Path
    from textwrap import wrap

    from ..examples import example_names, example_text, example_title
    from ..problems import nearest, refuse
    from . import _output

    names = example_names()
    if template is None:
        if output is not None:
            raise refuse(
                "new: which example is to be written?", None, "backprop new mazur -o net.yaml"
            )
        wide = max(map(len, names))
        room, gap = _output.page_for(None).width - wide - 2, "\n" + " " * (wide + 2)
        lines = [f"{name:<{wide}}  {gap.join(wrap(example_title(name), room))}" for name in names]
        _output.emit("\n".join(lines) + "\n", None)
        return
    chosen = template.removesuffix(".yaml")
    if chosen not in names:
        raise refuse(f"new: there is no example '{template}'", None, nearest(chosen, names))
    if output not in (None, "-") and Path(str(output)).exists() and not force:
        raise refuse(f"new: {output} exists already", None, "choose another name, or add --force")
    _output.emit(example_text(chosen), output)

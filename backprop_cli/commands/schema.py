"""The JSON Schema of the network file, for editors that complete and check."""

from __future__ import annotations

import click

from ._options import file_option


@click.command("schema")
@click.option(
    "--of",
    "what",
    type=click.Choice(["network", "rubric"]),
    default="network",
    show_default=True,
    help="Whose: a network file's, or that of a rubric for check --rules.",
)
@file_option("Write to FILE instead of the screen.")
def command(what: str, output: str | None) -> None:
    """Print the JSON Schema (2020-12) of the network file, or of a rubric.

    An editor that knows JSON Schema completes keys and marks mistakes with it; in most, a first
    line in the network file is enough:

    \b
      # yaml-language-server: $schema=backprop.schema.json

    \b
    Examples:
      backprop schema -o backprop.schema.json
      backprop schema --of rubric -o rubric.schema.json
    """
    from ..checking.rules.keys import rubric_schema
    from ..files.network import json_schema
    from ..render.json_text import json_text
    from . import _output

    _output.emit(json_text(json_schema() if what == "network" else rubric_schema()), output)

"""A word, a mistake or a quantity explained, with a network's own numbers."""

from __future__ import annotations

import click

from ._options import digits_options, output_options, outside_option
from ._unread import READ


@click.command("explain")
@click.argument("name", required=False)
@click.argument("network", metavar="[NET]", required=False, type=READ)
@outside_option
@digits_options
@output_options
def command(
    name: str | None,
    network: str | None,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Explain NAME in a few sentences, with its formulas; with NET in that network's numbers.

    NAME is a word (delta, chain rule, vanishing gradient), a mistake that check names, an
    activation, a loss, a layer type, an optimizer, a notation; with NET also a quantity of it
    (W1, delta2[1]). Without NAME the words are listed.

    \b
    Examples:
      backprop explain
      backprop explain delta
      backprop explain delta net.yaml
      backprop explain 'vanishing gradient' net.yaml
      backprop explain sigma-prime-squared net.yaml -o slip.md
      backprop explain 'dW1[1,2]' net.yaml
      backprop explain adam --format json
    """
    from ..explaining.explain_document import explain_document, explain_object, list_document
    from ..explaining.lookup import asked
    from ..explaining.records import Explained
    from ..explaining.tables import example_of
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..passes.noise import without_noise
    from ..passes.run import run
    from ..printing.settings import settings_of
    from ..render.json_text import json_text
    from . import _output
    from ._options import read_network

    places = _output.places(format_name, outputs, standalone=standalone)
    spec = None if network is None else read_network(network)
    graph = None if spec is None else build(spec)
    said, found = ("", ()) if name is None else asked(name, graph)
    subject = None
    if spec is not None and graph is not None:
        subject = Explained(spec, without_noise(run(graph, only_forward=graph.loss is None)))
    of = graph or example_of(found)
    profile = chosen_notation(notation, None if spec is None else spec.notation, of)
    in_out = graph is not None and graph.in_out
    report = _output.Printout(
        lambda: (
            explain_document(said, found, subject, profile.reserved) if found else list_document()
        ),
        profile,
        settings_of(digits, significant),
        in_out,
    )
    _output.emit_all(places, report, {"json": lambda: json_text(explain_object(said, found))})

"""Whether the error reaches every layer: factors, dead units, half precision, memory."""

from __future__ import annotations

import click

from ._options import digits_options, network_argument, output_options


@click.command("diagnose")
@network_argument
@click.option("--sample", type=int, metavar="I", help="Look at the error of sample I alone.")
@click.option("--full", is_flag=True, help="All that it rests on: factors, units, memory, ….")
@digits_options
@output_options
def command(
    network: str,
    sample: int | None,
    full: bool,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Say how the error fares on its way down NET, and what to do where it fares badly.

    First whether gradients vanish or explode, and what helps, each remedy measured by doing it:
    another activation, other first weights, another loss, shorter steps. Then the norms of each
    layer's error and gradients. --full adds the factor by which each layer multiplies the error, in
    the part of the slopes and that of the weights, with its bound; saturated and dead units; what
    half precision loses; the memory kept; what Xavier's and He's initialisation would give. -o
    FILE.svg (or .png) draws a bar a layer.

    \b
    Examples:
      backprop diagnose net.yaml
      backprop diagnose net.yaml --full --digits 6
      backprop diagnose net.yaml --sample 1
      backprop diagnose net.yaml -o health.svg
      backprop diagnose net.yaml --format json
    """
    from functools import partial

    from ..graph.build import build
    from ..languages import said
    from ..notation.options import chosen_notation
    from ..passes.health.diagnosis import diagnose
    from ..passes.run import run
    from ..printing.settings import settings_of
    from ..render.bars import health_svg
    from ..render.json_text import json_text
    from ..worked.diagnose.as_json import diagnose_object
    from ..worked.diagnose.diagnose_document import diagnose_document
    from ..worked.trace.options import view_of
    from . import _drawn, _output
    from ._options import read_network

    others = _drawn.DRAWN
    places = _output.places(format_name, outputs, standalone=standalone, others=others)
    spec = read_network(network)
    graph = build(spec)
    profile = chosen_notation(notation, spec.notation, graph)
    view_of(graph, sample=sample)
    diagnosis = diagnose(run(graph), sample)
    report = _output.Printout(
        lambda: diagnose_document(diagnosis, full=full),
        profile,
        settings_of(digits, significant),
        graph.in_out,
    )

    def picture() -> str:
        return health_svg(diagnosis, partial(said, language=_output.layout().language))

    made: _output.OwnFormats = {
        "json": lambda: json_text(diagnose_object(diagnosis)),
        **_drawn.drawn(picture),
    }
    _output.emit_all(places, report, made)

"""Whether the error reaches every layer: factors, dead units, half precision, memory."""

from __future__ import annotations

from pathlib import Path

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
    output: str | None,
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
    from ..files.network import read_network
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..passes.health.diagnosis import diagnose
    from ..passes.run import run
    from ..printing.settings import settings_of
    from ..worked.diagnose.as_json import diagnose_object
    from ..worked.diagnose.diagnose_document import diagnose_document
    from ..worked.trace.options import view_of
    from . import _drawn, _output

    chosen = _chosen(format_name, output)
    _output.check_standalone(standalone, chosen)
    spec = read_network(network)
    graph = build(spec)
    profile = chosen_notation(notation, spec.notation, graph)
    view_of(graph, sample=sample)
    diagnosis = diagnose(run(graph), sample)
    if chosen in _drawn.DRAWN:
        from ..render.bars import health_svg

        _drawn.emit_drawn(health_svg(diagnosis), chosen, output)
        return
    if chosen == _output.JSON:
        _output.emit_object(diagnose_object(diagnosis), output)
        return
    page = _output.page_for(output, in_out=graph.in_out, standalone=standalone)
    _output.emit_document(
        lambda: diagnose_document(diagnosis, full=full),
        chosen,
        profile,
        settings_of(digits, significant),
        page,
        output,
    )


def _chosen(format_name: str | None, output: str | None) -> str:
    """Return the format asked for: the bars as svg or png, or a report's."""
    from ..problems import Refusal
    from . import _drawn, _output

    plain = _drawn.plain_format(format_name, output)
    if plain in _drawn.DRAWN:
        if output not in (None, "-"):
            _output.check_place(Path(output or ""))
        return plain
    try:
        return _output.chosen_format(format_name, output)
    except Refusal as refusal:
        raise _drawn.also_named(refusal, _drawn.DRAWN) from None

"""Words on whether the error arrives: the network's own verdict, factors and units."""

from __future__ import annotations

from ..passes.health.diagnosis import diagnose
from ..worked.describe.describe_document import symmetries
from ..worked.diagnose.diagnose_document import verdict_lines
from ..worked.diagnose.half import half_section
from ..worked.diagnose.initial import initial_section
from ..worked.diagnose.layers import factors_section
from ..worked.diagnose.through_time import time_sections
from ..worked.diagnose.units import units_section
from ..worked.document import Block, Paragraph, Section, Text, with_layers
from .records import Explained


def verdicts(subject: Explained) -> list[Block]:
    """Show what becomes of the error on its way down and back in time, by layer and by step."""
    diagnosis = diagnose(subject.trace)
    lines: list[Block] = [Paragraph(line) for line in verdict_lines(diagnosis)]
    if any(health.edges for health in diagnosis.layers):
        lines += _inside(factors_section(diagnosis, full=False))
    for section in time_sections(diagnosis):
        lines += _inside(section)
    return lines


def first_weights(subject: Explained) -> list[Block]:
    """Show what other first weights would make of the error."""
    diagnosis = diagnose(subject.trace)
    return _inside(initial_section(diagnosis, full=False)) if diagnosis.tried else []


def units(subject: Explained) -> list[Block]:
    """Show the units that pass no error on."""
    if not subject.trace.graph.layers:
        return []
    return _inside(units_section(diagnose(subject.trace)))


def half(subject: Explained) -> list[Block]:
    """Show what half precision loses of the gradients."""
    diagnosis = diagnose(subject.trace)
    if diagnosis.half is None:
        return []
    return _inside(half_section(diagnosis.half, diagnosis.graph, full=False))


def equal_units(subject: Explained) -> list[Block]:
    """Show the units that begin equal."""
    graph = subject.trace.graph
    return [
        Paragraph(
            (
                with_layers(("layer ", layer.index)),
                Text(f": units {', '.join(map(str, units))} begin equal"),
            )
        )
        for layer, units in symmetries(graph)
    ]


def _inside(section: Section) -> list[Block]:
    return list(section.blocks)

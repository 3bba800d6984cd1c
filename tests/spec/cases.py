"""Every bad input with the message that answers it, in one table."""

from __future__ import annotations

from . import (
    cases_activations,
    cases_arrays,
    cases_connections,
    cases_graph_lines,
    cases_graphs,
    cases_hostile,
    cases_images,
    cases_keys,
    cases_losses,
    cases_numbers,
    cases_parameters,
    cases_syntax,
    cases_targets,
)

CASES = (
    *cases_syntax.CASES,
    *cases_hostile.CASES,
    *cases_numbers.CASES,
    *cases_arrays.CASES,
    *cases_keys.CASES,
    *cases_activations.CASES,
    *cases_losses.CASES,
    *cases_parameters.CASES,
    *cases_images.CASES,
    *cases_connections.CASES,
    *cases_targets.CASES,
    *cases_graph_lines.CASES,
    *cases_graphs.CASES,
)

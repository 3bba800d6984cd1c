"""Descents of the examples, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from backprop_cli.arithmetic.exact import EXACT
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.files.network import parse_network, read_network
from backprop_cli.graph.build import build
from backprop_cli.passes.descent.descender import Descender
from backprop_cli.passes.descent.plan import Options, plan_of, standing_of
from backprop_cli.problems import Source
from backprop_cli.spec.records import NetworkSpec

CONFIGS = Path(__file__).parents[1] / "configs"


def spec_of(name: str) -> NetworkSpec:
    """Return an example's spec."""
    return read_network(str(CONFIGS / f"{name}.yaml"))


def of_spec(spec: NetworkSpec, *, exact: bool = False, **options: Any) -> Descender:
    """Return the descent of a spec, where it stands."""
    roundings = {k: options.pop(k) for k in ("round_forward", "round_backward") if k in options}
    graph, arithmetic = build(spec), EXACT if exact else FLOAT64
    plan = plan_of(graph, spec, Options(**options))
    start = standing_of(graph, spec, plan, arithmetic)
    return Descender(graph, plan, start, arithmetic, **roundings)


def descender(name: str, **options: Any) -> Descender:
    """Return the descent of an example, before its first step."""
    return of_spec(spec_of(name), **options)


def of_text(text: str, **options: Any) -> Descender:
    """Return the descent of a network written as text."""
    return of_spec(parse_network(Source("net.yaml", text)), **options)

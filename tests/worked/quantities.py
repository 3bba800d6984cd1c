"""What the tests of worked steps share: traces by name, every quantity's steps, tree values."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import reject

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Expr, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.files.network import read_network
from backprop_cli.graph.build import build
from backprop_cli.graph.names import is_probability, known_refs
from backprop_cli.graph.resolving import resolve
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.passes.run import run
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal
from backprop_cli.worked.document import Step
from backprop_cli.worked.entry_steps import entry_steps
from backprop_cli.worked.steps import Writer, entry
from backprop_cli.worked.view import View

from ..commands.running import config
from ..networks import Sizes, loads, network

MODEST = Sizes(layers=4, units=3, samples=3, decimals=3)


@functools.cache
def example(name: str, **options: Any) -> Trace:
    """Return the trace of one of the examples."""
    return run(build(read_network(config(name))), **options)


def random_trace(seed: int) -> Trace:
    """Return the trace of a random network; one whose numbers overflow is no example."""
    try:
        return run(loads(network(seed, MODEST).text))
    except Refusal as refusal:
        if "overflows" in str(refusal):
            reject()
        raise


def every_step(trace: Trace) -> Iterator[Step]:
    """Yield every entry's step: of each value, then of each gradient."""
    writer, graph = Writer(trace), trace.graph
    for name in known_refs(graph):
        ref = resolve(name, graph)
        yield from entry_steps(writer, ref, View(full=True))
        wanted = graph.nodes[graph.number(ref)].wants_gradient
        if graph.loss is not None and wanted and name not in ("loss", "loss_terms"):
            yield from entry_steps(writer, ref.grad(), View(full=True))


def number(trace: Trace, tree: Expr) -> float:
    """Return a tree's value, each quantity in it being its own number."""
    leaves: dict[Expr, Any] = {
        n: number_of(trace, n.ref) for n in walk(tree) if isinstance(n, Quantity)
    }
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(evaluate(spelled_out(tree), leaves, FLOAT64))


def number_of(trace: Trace, ref: Ref) -> float:
    """Return an entry's number; outside of an image or a kernel there is nothing."""
    if is_probability(ref, trace.graph):
        row = trace.values[trace.graph.output][int(ref.sample or 1) - 1].astype(float)
        powers = np.exp(row - row.max(axis=-1, keepdims=True))
        chosen = tuple(int(i) - 1 for i in ref.index)
        return float((powers / powers.sum(axis=-1, keepdims=True))[chosen])
    shape = trace.graph.nodes[trace.graph.number(ref)].shape
    if len(shape) > 2 and any(
        not 1 <= int(i) <= size for i, size in zip(ref.index, shape, strict=True)
    ):
        return 0.0
    return float(entry(trace, ref))


def same(found: float, wanted: float, scale: float = 0.0) -> bool:
    """Return whether two numbers agree to nine digits, of themselves or of what was added up."""
    return abs(found - wanted) <= 1e-9 * max(abs(wanted), scale, 1e-6)

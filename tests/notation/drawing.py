"""What the tests of notations share: every profile, a network's printers, what they draw."""

from __future__ import annotations

import functools

from backprop_cli.api import load
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Expr, Quantity
from backprop_cli.graph.records import Graph
from backprop_cli.notation import profile, profile_names
from backprop_cli.notation.adapting import adapt
from backprop_cli.notation.bound import Notation, bound
from backprop_cli.notation.facts import facts_of
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.mathematics import MathPrinter
from backprop_cli.printing.plain_math import UnicodeMath
from backprop_cli.printing.settings import Settings

from ..commands.running import config
from ..networks import loads

PROFILES = profile_names()
NEURON = """\
input: [-1, -2]
target: [1]
loss: half_squared_error
layers: [{activation: sigmoid, weights: [[2, -3]], bias: [-3]}]
"""
TWO_LAYERS = """\
input: [1, 2]
target: [0, 1]
loss: half_squared_error
layers:
  - {activation: tanh, weights: [[1, 2], [3, 4]], bias: [1, 2]}
  - {activation: sigmoid, weights: [[5, 6], [7, 8]], bias: [3, 4]}
"""
THREE_LAYERS = """\
input: [[1, 2], [3, 4]]
target: [[0, 1], [1, 0]]
loss: half_squared_error
layers:
  - {activation: sigmoid, weights: [[1, 2], [3, 4]], bias: [1, 2]}
  - {activation: sigmoid, weights: [[1, 2], [3, 4]], bias: [1, 2]}
  - {weights: [[5, 6], [7, 8]], bias: [3, 4]}
"""


@functools.cache
def graph_of(text: str) -> Graph:
    """Return the graph of a text, or of an example by its name."""
    return loads(text) if "\n" in text else load(config(text))


def speak(name: str, text: str) -> Notation:
    """Return a profile bound to a network."""
    return bound(profile(name), facts_of(graph_of(text)))


def unicode_of(notation: Notation) -> MathPrinter:
    return UnicodeMath(notation, Settings())


def latex_of(notation: Notation) -> MathPrinter:
    return LatexMath(notation, Settings())


def drawn(name: str, text: str, *forms: Expr | Ref) -> str:
    """Return a chain as it is drawn on the screen in a notation."""
    notation = speak(name, text)
    trees = tuple(Quantity(form) if isinstance(form, Ref) else form for form in forms)
    return " = ".join(unicode_of(notation).forms(adapt(trees, notation)))

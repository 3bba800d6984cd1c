"""How much of what is checked may have no value of its own."""

from __future__ import annotations

from .counting import counted
from .truth import Tally

LEFT_OUT = "what is left out: …"
MOST_UNKNOWN = {
    LEFT_OUT: 0.02,
    "a part: that occurs twice": 0.01,
    # What the letters of some notations make unclear.
    "a letter of two meanings": 0.05,
    "a free letter that the target lacks": 0.02,
    "no admissible index": 0.01,
    # Of arrays in a graph: paths multiply derivatives that have four indices, e₁ is a unit
    # vector as long as its surroundings, and ẋ has as many directions as x has entries.
    "a node: Tangent": 0.05,
    "a derivative of an array by an array": 0.05,
    "a product of derivatives of arrays": 0.05,
    "a name: e": 0.05,
    "a name: mu": 0.02,
    "a name: P": 0.02,
}
"""How much of what is checked may have no value, by its kind: nothing of any other kind."""


def is_nearly_all(tally: Tally) -> None:
    """Assert that hardly anything could not be evaluated, and count what could."""
    counted("values", tally.held)
    for kind, count in tally.unknown.items():
        assert count <= max(2, MOST_UNKNOWN.get(kind, 0) * tally.held), (kind, tally.unknown)
        assert kind in MOST_UNKNOWN, tally.unknown

"""Numbers at the edge in every activation, function, loss, operation and layer, by enumeration.

A right value or a sentence: never a warning of numpy's, never ``inf`` or ``nan`` on a page.
"""

from __future__ import annotations

import pytest

from ..pairing import has_turn
from .edge_numbers import COMMANDS, NETWORKS
from .outcomes import outcome

LONG = ("gradcheck", "--exact")
"""What goes through sympy has its turn more seldom."""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_numbers_at_the_edge(command: tuple[str, ...]) -> None:
    turn = COMMANDS.index(command)
    every = 1811 if any(word in LONG for word in command) else 1211
    for i, text in enumerate(NETWORKS):
        if has_turn(i + 31 * turn, every):
            came = outcome(command, text)
            assert (came.fault, came.detail) == ("", ""), text

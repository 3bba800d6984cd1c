"""Every equation on a page of a layer type's example is true, in every notation."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..page.capture import NOTATIONS, network_calls, shown
from ..page.counting import counted
from ..page.pages import page
from ..page.truth import Tally
from ..pairing import has_turn
from .test_contract import EXAMPLES

EVERY = 30
"""Every thirtieth call has its turn, from another one on for each type, in two notations."""
MOST_UNKNOWN = 0.2
"""How much of what is checked may have no value: Jacobians of whole arrays, letters left out."""


ELSEWHERE = {"dense", "activation", "add", "multiply", "concat"}
"""Types whose pages are read in ``tests/page``."""
JACOBIAN = "softmax, over a batch of sequences"
"""Its Jacobians say their sample in the heading above, which the reader of pages does not read."""


def is_read(call: tuple[str, ...], notation: str) -> bool:
    """Return whether vectors are what the reader takes them for: it reads a row as a column."""
    return notation != "cs231n" or "components" not in call


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {JACOBIAN, *ELSEWHERE}))
def test_the_page_is_true(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(EXAMPLES[name], encoding="utf-8")
    total = Tally()
    first = sorted(EXAMPLES).index(name)
    for number, call in enumerate(network_calls(str(path), numbers=True, layered=True), first):
        made = shown(*call) if has_turn(number, EVERY) else None
        if made is None:
            continue
        more = (NOTATIONS[number // EVERY % len(NOTATIONS)],)
        for notation in ("", *(each for each in more if is_read(call, each))):
            found = page(made, notation)
            assert not found.faults, (call, notation, found.faults[0])
            total.add(found)
    counted("values", total.held)
    assert sum(total.unknown.values()) <= MOST_UNKNOWN * total.held, total.unknown

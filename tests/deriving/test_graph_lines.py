"""The lines of a graph before it is derived: what one of them reads stands on the page."""

from __future__ import annotations

import pytest

from backprop_cli.expression.tree import Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.worked.document import Equations, Section

from ..commands.running import config
from ..page.capture import shown


@pytest.mark.parametrize(
    ("name", "wrt"), [("scalar_rnn", "U1"), ("scalar_rnn", "a1[2,1]"), ("mazur", "a1[1]")]
)
@pytest.mark.parametrize("mode", ["forward", "paths"])
def test_what_a_line_reads_has_a_line(name: str, wrt: str, mode: str) -> None:
    made = shown("derive", config(name), "--mode", mode, "--numbers", "--wrt", wrt)
    assert made is not None
    (section,) = (b for b in made.document.blocks if isinstance(b, Section) and b.id == "forward")
    chains = [c for block in section.blocks if isinstance(block, Equations) for c in block.chains]
    said = {chain.forms[0] for chain in chains}
    read = {node for chain in chains for form in chain.forms for node in walk(form)}
    assert said >= {node for node in read if isinstance(node, Quantity)}

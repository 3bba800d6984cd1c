"""A picture numbers its layers as the page does."""

from __future__ import annotations

import re

import pytest

from backprop_cli.notation import profile_names

from ..commands.running import config, printed

UNNAMED = "three_two_one"
"""An example whose layers have no names, so that they go by their numbers."""


def numbers(text: str, before: str = "") -> list[str]:
    """Return the numbers that layers are called by, in order, each once."""
    return list(dict.fromkeys(re.findall(rf"{before}layer (\d+)", text)))


@pytest.mark.parametrize("notation", profile_names())
def test_layers_have_one_number_in_pictures_and_headings(notation: str) -> None:
    page = printed("trace", config(UNNAMED), "--notation", notation)
    picture = printed("diagram", config(UNNAMED), "--notation", notation)
    assert len(numbers(page, "Forward: ")) == 2
    assert numbers(picture) == numbers(page, "Forward: ")

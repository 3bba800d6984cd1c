"""Styled lines: a terminal's cells as rich counts them, parts of a line, colours."""

from __future__ import annotations

import pytest
from rich.cells import cell_len as by_rich
from rich.cells import get_character_cell_size

from backprop_cli.printing.styled import Styled, cell_len, coloured, cut, plain

LINE: list[Styled] = [("W", "bold"), ("", "green"), ("₁ = 0.5", "")]


def test_every_sign_of_the_first_blocks_is_as_wide_as_rich_says() -> None:
    signs = [chr(code) for code in range(32, 0x3000)]
    assert [s for s in signs if cell_len(s) != get_character_cell_size(s)] == []


@pytest.mark.parametrize("text", ["", "∂E/∂W₁ᵀ ⊙ δ̂", "学生 2", "👩‍🔬!", "❤️ = 1", "a" * 600])
def test_a_text_is_as_wide_as_rich_says(text: str) -> None:
    assert cell_len(text) == by_rich(text)


@pytest.mark.parametrize("start", range(10))
@pytest.mark.parametrize("end", range(10))
def test_a_part_of_a_line_is_the_part_of_its_text(start: int, end: int) -> None:
    assert plain(cut(LINE, start, end)) == plain(LINE)[start:end]


def test_a_part_keeps_its_styles() -> None:
    assert [part for part in cut(LINE, 0, 3) if part[0]] == [("W", "bold"), ("₁ ", "")]


def test_a_line_for_each_line_in_colours() -> None:
    assert coloured([[("a", "bold"), (" b", "")], [], [("c", "")]]) == [
        "\x1b[1ma\x1b[0m b",
        "",
        "c",
    ]

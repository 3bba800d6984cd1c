"""Every command that prints mathematics is among what the page is checked on."""

from __future__ import annotations

from .capture import commands_with_mathematics, every_call

PICTURES = {"diagram"}
"""Commands whose output is a picture, without a document."""
OF_TWO = {"compare", "explain"}
"""Commands whose page is about two networks, the given one and another: a letter has two values."""
OF_MANY = {"sweep", "merge"}
"""Commands whose page is about many networks, one a point."""


def test_every_command_is_captured() -> None:
    assert {
        call[0] for call in every_call()
    } == commands_with_mathematics() - PICTURES - OF_TWO - OF_MANY

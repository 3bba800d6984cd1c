"""Every command that prints mathematics is among what the page is checked on."""

from __future__ import annotations

from .capture import commands_with_mathematics, every_call

PICTURES = {"diagram"}
"""Commands whose output is a picture, without a document."""


def test_every_command_is_captured() -> None:
    assert {call[0] for call in every_call()} == commands_with_mathematics() - PICTURES

"""Every command that prints mathematics is among what the page is checked on."""

from __future__ import annotations

from .capture import commands_with_mathematics, every_call, shown

PICTURES = {"diagram"}
"""Commands whose output is a picture, without a document."""


def test_every_command_is_captured() -> None:
    assert {call[0] for call in every_call()} == commands_with_mathematics() - PICTURES


def test_most_calls_have_a_document() -> None:
    calls = list(every_call())
    found = [shown(*call) for call in calls]
    refused = [call for call, page in zip(calls, found, strict=True) if page is None]
    assert len(found) > 300
    assert len(refused) < len(found) / 20, refused

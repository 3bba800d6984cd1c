"""One bad input: what it is, its text, and the message that answers it."""

from __future__ import annotations

from msgspec import Struct

LAYERS = "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n"
"""What stands above the layers where only they matter."""


class Case(Struct, frozen=True):
    """A network file's text and the whole answer, as printed for a file called net.yaml."""

    name: str
    text: str
    message: str

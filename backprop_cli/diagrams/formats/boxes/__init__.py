"""Pictures drawn with characters, for a terminal."""

from .drawing import FORMAT as FORMAT

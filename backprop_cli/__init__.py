"""Worked backpropagation: every delta and weight gradient of a network, with its numbers."""

__version__ = "0.1.0"

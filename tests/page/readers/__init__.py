"""Readers of printed mathematics, one a format: text in, what it says out."""

"""Marking: each number against the truth, and against what earlier answers give."""

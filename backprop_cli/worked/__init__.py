"""Trace → Document: worked steps as data, arranged in sections for one reader's view.

``document.py`` has the closed set of parts, ``steps.py`` writes a rule's formula, its numbers and
its value as one Step; the folders arrange steps, one a command.
"""

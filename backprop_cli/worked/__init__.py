"""Trace → Document: worked steps as data, arranged in sections for one reader's view."""

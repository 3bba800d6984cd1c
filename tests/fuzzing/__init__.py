"""Whole commands on mutated networks: done, or a sentence, within bounds; never anything else.

``python -m tests.fuzzing --minutes 60 --seed 7`` runs long; the tests run a little of it.
"""

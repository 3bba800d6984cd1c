"""Whole commands on mutated networks: done, or a sentence, within bounds; never anything else.

``python -m tests.fuzzing --minutes 60 --seed 7`` runs long; the tests run a little of it.
``python -m tests.fuzzing --enumerate options --part 3/16`` runs every value of every option on
every kind of network, or a part of them; ``numbers``, ``arrays``, ``calls`` and ``layers`` the rest
of what is enumerated.
"""

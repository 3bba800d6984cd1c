"""Whole commands on mutated networks: done, or a sentence, within bounds; never anything else.

``python -m tests.fuzzing --minutes 60 --seed 7`` runs long; the tests run a little of it.
``python -m tests.fuzzing --enumerate options`` runs every option of every command on every kind
of network; ``numbers``, ``arrays``, ``calls`` and ``layers`` the rest of what is enumerated, each
in some minutes (``enumerating`` says what stands for what). ``--seed 2000`` goes on from a place.
``python -m tests.fuzzing --reading`` reads files alone, of every kind that commands read, a
thousand a second: networks, sheets in all formats, rubrics, notations, reports, parts of sweeps.
"""

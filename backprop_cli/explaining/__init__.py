"""Words explained: sentences and formulas from the tables that hold them, with a network's numbers.

Loaded by ``explain`` only.
"""

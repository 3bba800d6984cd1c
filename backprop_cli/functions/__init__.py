"""Rules: what one node computes, the share of the error each input gets, how both are written.

Layers are made of ``operators.py``, ``elementwise.py``, ``softmax.py`` and ``attention.py``, lines
of a computation graph of ``primitives.py``, ``tensors.py``, ``arrangements.py`` and ``sliding.py``,
put together by ``compiling.py`` into a Formula.
Losses and optimizers are tables.
"""

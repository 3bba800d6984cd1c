"""The walks over a graph, forward and backward, and what is made of them.

``trace.py`` is the engine, which knows no operation by name; ``shares.py`` one edge of it,
``lean.py`` both passes laid down as calls, for a descent's many, ``tape.py`` those of a long graph
of single numbers, as calls on floats.
``descent/`` takes steps, ``health/`` looks where the error goes, ``differences/`` checks it.
"""

"""The walks over a graph, forward and backward, and what is made of them.

``trace.py`` is the engine, which knows no operation by name; ``shares.py`` one edge of it.
``descent/`` takes steps, ``health/`` looks where the error goes, ``differences/`` checks it.
"""

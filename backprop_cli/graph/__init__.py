"""Spec → Graph: nodes in topological order with their rules, shapes and roles.

``build.py`` lowers layer by layer, ``expressions.py`` line by line, and ``as_graph.py`` makes a
graph of a network, an entry a node. ``names.py`` and ``resolving.py`` know every quantity by its
plain name.
"""

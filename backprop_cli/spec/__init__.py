"""YAML with positions → Spec: what the file says, each number as it was written.

``syntax.py`` makes nodes with places, ``reading.py`` reads a mapping's keys and says what is wrong,
the other files have the keys; ``records.py`` is what comes out.
"""

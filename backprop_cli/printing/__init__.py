"""Mathematics as text: one printer by precedence, a subclass a format; numbers as shown.

``preparing.py`` is what comes before: a document in its letters (``notation/``), and each line of
numbers with the digits that it needs (``precision.py``).
"""

"""Somebody's answers: from a file to marks and a hint.

The way of one answer: ``sheets/`` reads it as it was written (ParsedAnswer, within a Sheet);
``marking/`` puts the sheet's numbers into the arrays in use (Scenario), walks the computation step
by step (Replay) and decides it by the first rule that fits (Marking); ``search/`` matches the known
``mistakes/`` against all that is wrong (Finding); ``rules/`` are the marker's (Rubric);
``feedback/`` says it in a sentence (Judged), a document a student and one a class; ``reports/``
writes files for gradebooks. ``mark_sheet.py`` is that order, ``running.py`` what the command and
Python share.
"""

"""Every document of every example, and of larger networks, through every program that reads it.

Run by hand, ``python -m tests.corpus``: it tells how many a reader refuses, and how many leave its
page. What is not installed is left out, and said.
"""

"""Functions of numbers as tables: formula, derivative, and the form that keeps its digits."""

"""Descent: steps against the gradient by an optimizer's rule, and the file to go on from."""

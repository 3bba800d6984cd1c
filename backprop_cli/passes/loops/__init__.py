"""Loops: the nodes of a recurrent layer, step by step: values, gradients, their products."""

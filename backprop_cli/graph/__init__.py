"""Spec → Graph: nodes in topological order with their rules, shapes and roles."""

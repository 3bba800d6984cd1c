"""Sweeps: a quantity at every point of a grid of entries, by passes over many points at once."""

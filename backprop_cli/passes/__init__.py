"""The walks over a graph: forward, backward, and checks by finite differences."""

"""Derivatives got without a backward pass, to hold its gradients against."""

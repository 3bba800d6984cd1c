"""The sections of `trace` for layers: forward, the loss, backward, the gradients, the summary."""

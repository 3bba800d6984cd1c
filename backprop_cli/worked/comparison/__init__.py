"""Two networks side by side: what differs in the files, in the values, in the gradients."""

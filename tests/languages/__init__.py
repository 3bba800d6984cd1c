"""Words in other languages: that nothing is missing, nothing is idle, and numbers stay."""

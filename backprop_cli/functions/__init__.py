"""The rules: elementary functions, activations, losses and operators, a table each."""

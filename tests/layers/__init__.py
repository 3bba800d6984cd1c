"""The contract of a layer type: one file is enough for every command."""

"""YAML with positions → Spec: what the file says, each number as it was written."""

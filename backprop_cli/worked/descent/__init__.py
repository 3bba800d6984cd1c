"""Descent as a document: its rule, one step worked entry by entry, many steps as a table."""

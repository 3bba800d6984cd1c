"""The gradient check as a document, and δ beside the true change of the cost."""

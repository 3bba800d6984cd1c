"""A sweep as a document: what one sees, the numbers, the plot."""

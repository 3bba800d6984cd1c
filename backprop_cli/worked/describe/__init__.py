"""What a network or a graph is, as a document, before any number is computed."""

"""The health of a network as a document: the verdict, then the figures that it rests on."""

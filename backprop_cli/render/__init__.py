"""Document → text: a file a format, each a visitor over the document's closed set of parts."""

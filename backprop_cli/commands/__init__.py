"""A file a subcommand: options in, one call into the library, text out; no mathematics."""

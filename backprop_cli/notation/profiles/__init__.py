"""The packaged notations, a file each."""

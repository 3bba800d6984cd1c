"""Document → HTML: one page that loads nothing, and one whose steps a reader walks through."""

from .page import FORMAT as FORMAT

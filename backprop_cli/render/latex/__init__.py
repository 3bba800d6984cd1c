"""Document → LaTeX: a fragment to paste, or an article that compiles by itself."""

from .document import FORMAT as FORMAT

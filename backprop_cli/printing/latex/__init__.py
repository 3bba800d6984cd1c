"""Mathematics and words in LaTeX, and how wide they are where they must fit on a line."""

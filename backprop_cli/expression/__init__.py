"""The one language of mathematics: references, the expression tree, its parser, its evaluation."""

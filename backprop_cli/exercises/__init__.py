"""Problems to work by hand: networks made from a seed, worksheets with blanks and their keys."""

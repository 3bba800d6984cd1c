"""A plot of either kind, a curve or a heat map: as SVG, in characters, in words."""

from __future__ import annotations

from ..worked.document import HeatMap, Plotted
from .heat import heat_size, heat_words, svg_heat, text_heat
from .plot import curve_size, curve_words, svg_plot, text_plot


def svg_of(plot: Plotted, *, within: bool = False, headed: bool = True) -> str:
    """Return the plot as an SVG picture, or as a part of a page, in the page's colours."""
    if isinstance(plot, HeatMap):
        return svg_heat(plot, within=within, headed=headed)
    return svg_plot(plot, within=within, headed=headed)


def size_of(plot: Plotted, *, headed: bool) -> tuple[float, float]:
    """Return the width and height of the picture, with its title or without."""
    return heat_size(headed=headed) if isinstance(plot, HeatMap) else curve_size(headed=headed)


def words_of(plot: Plotted) -> str:
    """Return in words what the plot shows, for who cannot see it."""
    return heat_words(plot) if isinstance(plot, HeatMap) else curve_words(plot)


def text_of(plot: Plotted, width: int, *, ascii_only: bool = False) -> str:
    """Return the plot in characters."""
    if isinstance(plot, HeatMap):
        return text_heat(plot, width, ascii_only=ascii_only)
    return text_plot(plot, width, ascii_only=ascii_only)

"""What printed text must fit: columns, colours, and the spelling of signs where only ASCII fits."""

from __future__ import annotations

from msgspec import Struct

from ..languages import ENGLISH

ASCII = str.maketrans(
    {
        "→": "->",
        "←": "<-",
        "≈": "~",
        "≡": ":=",
        "≠": "!=",
        "…": "...",
        "′": "'",
        "∂": "d",
        "×": "x",
        "°": " degrees",
        "·": "*",
        "−": "-",
        "–": "-",
        "σ": "sigma",
        "δ": "delta",
        "λ": "lambda",
        "Σ": "sum",
        "Δ": "Delta",
        "κ": "kappa",
        "±": "+-",
        "ᵀ": "^T",
        **{sign: f"^{power}" for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        "“": '"',
        "”": '"',
        "„": '"',
        "‚": "'",
        "‘": "'",
        "’": "'",
        "█": "#",
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
    }
)
"""How each sign that mathematics and headings need is spelled in ASCII."""


POINTS = {"pt": 1.0, "mm": 72.27 / 25.4, "cm": 722.7 / 25.4, "in": 72.27, "em": 10.0}
"""TeX's points in each unit of length."""
LENGTHS = {"columnwidth": 229.0, "linewidth": 229.0, "textwidth": 345.0}
"""What LaTeX's own lengths are at least: in a ten point article, of two columns or of one."""
NARROWEST = 110.0
"""No formula can be set in less, in points."""


class Measure(Struct, frozen=True):
    """A width as it was written, ``80mm`` or LaTeX's ``\\columnwidth``, and in TeX's points."""

    written: str
    points: float

    @property
    def parts(self) -> tuple[float, str]:
        """The number and its unit; of one of LaTeX's own lengths, points."""
        if self.relative:
            return self.points, "pt"
        return float(self.written[:-2]), self.written[-2:]

    @property
    def relative(self) -> bool:
        """Whether it is one of LaTeX's own lengths, which other formats do not know."""
        return self.written.startswith("\\")


class Layout(Struct, frozen=True):
    """How a document stands among others: its width, its title's level, what it leaves out.

    ``heading`` is the title's level; without ``names`` the plain names of quantities are left out.
    ``slides`` makes a lecture of it, a step at a time; ``comma`` writes 0,5 for 0.5; its words are
    of the ``language``.
    """

    width: Measure | None = None
    heading: int = 1
    title: bool = True
    names: bool = True
    slides: bool = False
    comma: bool = False
    language: str = ENGLISH


WRITTEN = ("--decimal-comma", "--language", "--no-title", "--no-names")
"""The options of a page that every document takes."""
TEX_WIDTH = "--width \\columnwidth"
"""A width that is one of LaTeX's own lengths."""


class Page(Struct, frozen=True):
    """What a rendering must fit: columns of text, ASCII only, a whole document or a fragment.

    ``pictures`` says that they are drawn within the text, where the format has a way to do so;
    where its pictures are files, their names begin with ``stem``, or ``embed`` puts them within.
    """

    width: int = 80
    ascii_only: bool = False
    colour: bool = False
    standalone: bool = False
    in_out: bool = False
    pictures: bool = False
    layout: Layout = Layout()
    stem: str = ""
    embed: bool = False

r"""Words that LaTeX prints as they are written, whatever stands in them, without a package.

A name from a file may hold ``\input{…}`` or ``→``: each character is looked up, none is trusted.
"""

from __future__ import annotations

import re
import unicodedata

from ...problems import printable
from ...worked.document import Code, Text

NAMED = r"\backpropname"
"""The macro that plain names stand in."""
LONGEST_WORD = 24
"""A word longer than this may be broken anywhere, so that it cannot leave the page."""

TEXT = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedblright{}",
    "`": r"\textquoteleft{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‚": ",",
    "„": ",,",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\dots{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "©": r"\copyright{}",
    "£": r"\pounds{}",
    "¿": r"\textquestiondown{}",
    "¡": r"\textexclamdown{}",
    "\u00a0": "~",
    "█": r"\rule{0.45em}{1.4ex}",
}
"""Characters of text that have a command; letters, digits and plain marks stand for themselves."""


def _named(characters: str, names: str) -> dict[str, str]:
    """Return the characters with their names, which stand in the same order."""
    return dict(zip(characters, names.split(), strict=True))


MATH = (
    _named(
        "αβγδεζηθικλμνξπρστυφχψω",
        "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho "
        "sigma tau upsilon varphi chi psi omega",
    )
    | _named(
        "ΓΔΘΛΞΠΣΥΦΨΩ",
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    )
    | _named(
        "→←↔⇒⇐↦↑↓≈≤≥≠≡∼∝·×÷±∓−∂∇∞∈∉⊂∩∪⊙⊗⊕√∑∏∫ℓ⟨⟩∀∃°µ′¬‖",
        "to leftarrow leftrightarrow Rightarrow Leftarrow mapsto uparrow downarrow approx "
        "le ge ne equiv sim propto cdot times div pm mp minus partial nabla infty in notin "
        "subset cap cup odot otimes oplus surd sum prod int ell langle rangle forall exists "
        "circ mu prime neg Vert",
    )
)
"""Characters that are mathematics: their commands' names."""
_OPENING = {'"': r"\textquotedblleft{}", "'": r"\textquoteleft{}"}
"""Quotation marks as they stand before a word."""
_ODD = {
    "minus": "-",
    "circ": "{}^{\\circ}",
    "prime": "{}'",
}
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SETS = {"ℝ": "R", "ℕ": "N", "ℤ": "Z", "ℚ": "Q", "ℂ": "C"}
_SUB, _SUP = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
}


def words(text: str) -> str:
    """Return the text for a paragraph; mathematics in it between dollars."""
    return " ".join(_breakable(word) for word in printable(" ".join(text.split())).split(" "))


def code(text: str) -> str:
    r"""Return the text as a plain name, a line break allowed after ``_`` and ``,``, and ``].``.

    And after a hyphen between letters, which a typewriter's font does not break at by itself.
    """
    drawn = _HYPHEN.sub(r"-\\allowbreak{}", words(text))
    for mark in (r"\_", ",", "]."):
        drawn = drawn.replace(mark, rf"{mark}\allowbreak{{}}")
    return rf"{NAMED}{{{drawn}}}"


def beside(part: Text | Code | None) -> str:
    """Return an equation's number, rule or plain name, within mathematics."""
    match part:
        case Text(text):
            return upright(text)
        case Code(text):
            return rf"{NAMED}{{{words(text)}}}"
    return ""


def beside_width(part: Text | Code | None) -> float:
    """Return how wide that is in em."""
    return 0.0 if part is None else upright_width(part.text)


def upright(text: str, *, own: bool = False) -> str:
    r"""Return the text within mathematics: words in ``\text``, mathematics beside them.

    With ``own`` letters such as ä stand for themselves: MathJax knows no accents within words.
    """
    drawn, plain = "", ""
    for character in printable(text):
        known = formula(character)
        if known is None:
            plain += character if own and "À" <= character <= "ÿ" else _text(character)
        else:
            drawn += (rf"\text{{{plain}}}" if plain else "") + known + " "
            plain = ""
    return (drawn + (rf"\text{{{plain}}}" if plain else "")).strip()


def upright_width(text: str) -> float:
    """Return how wide words within mathematics are in em, at the most."""
    return 0.17 + sum(1.4 if formula(c) is not None else _wide(c) for c in printable(text))


def _wide(character: str) -> float:
    seen = _seen(character)
    if len(seen) > 1:
        return 0.55 * len(seen)
    return 1.05 if seen in "WMm" else 0.75 if seen.isupper() else 0.55


def _seen(character: str) -> str:
    """Return what is seen of a character: where there is no command for it, its number."""
    drawn = _text(character)
    return drawn if drawn.startswith("[U+") else character


def formula(character: str) -> str | None:
    """Return a character of mathematics as LaTeX writes it between dollars, or None."""
    if character in MATH:
        name = MATH[character]
        return _ODD.get(name, f"\\{name}")
    if character == "ℒ":
        return r"\mathcal{L}"
    if character in _SETS:
        return rf"\mathbb{{{_SETS[character]}}}"
    if character in _SUB:
        return f"{{}}_{_SUB.index(character)}"
    if character == "⁻":
        return "{}^{-}"
    if character in _SUP:
        return f"{{}}^{_SUP.index(character)}"
    return None


def _breakable(word: str) -> str:
    """Return one word; a long one may be broken anywhere, and no two marks become one."""
    drawn = ""
    for before, character in zip(" " + word, word, strict=False):
        if before in "-'`?!,<>" and character in "-'`,<>":
            drawn += "{}"
        opens = character in _OPENING and not before.isalnum() and before not in ".,!?)]}'’"
        drawn += _OPENING[character] if opens else _character(character)
        drawn += r"\allowbreak{}" if len(word) > LONGEST_WORD else ""
    return drawn


def _character(character: str) -> str:
    known = formula(character)
    return f"${known}$" if known is not None else _text(character)


def _text(character: str) -> str:
    if character in TEXT:
        return TEXT[character]
    if character.isascii():
        return character
    split = unicodedata.normalize("NFD", character)
    base, marks = split[0], split[1:]
    if marks and base.isascii() and base.isalpha() and all(mark in _ACCENTS for mark in marks):
        drawn = base
        for mark in marks:
            dotless = {"i": r"\i", "j": r"\j"}.get(drawn, drawn)
            drawn = f"\\{_ACCENTS[mark]}{{{dotless}}}"
        return drawn
    plain = unicodedata.normalize("NFKD", character)
    if plain.isascii() and plain.isprintable():
        return "".join(TEXT.get(c, c) for c in plain)
    return rf"[U+{ord(character):04X}]"

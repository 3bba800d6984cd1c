"""Mathematics as people type and print it → the plain grammar's: ½, √2, x², 10⁻³, –0.5, δ¹₁.

What is replaced is a closed list; anything else stays and is refused by the grammar.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Protocol

from ...expression.tokens import ExpressionError

_UPRIGHT_T = {0x1D40: "\u22a4"}
"""The T of a transpose, which is no letter of the name before it."""
_SIGNS = str.maketrans(
    {
        "\u00b7": "*", "\u22c5": "*", "\u2219": "*", "\u00d7": "*", "\u2715": "*",
        "\u2212": "-", "\u2012": "-", "\u2013": "-", "\ufe63": "-",
        "\u2264": "<=", "\u2265": ">=",
        "\u2218": "\u2299", "\u25e6": "\u2299",
        "\u00f7": "/", "\u2215": "/", "\u2044": "/",
        "\u2009": " ", "\u202f": " ", "\u00a0": " ", "\u2032": "'", "\u2019": "'",
    }
)  # fmt: skip
"""Signs as they are printed, one character for one."""
_FRACTIONS = {
    "\u00bd": "1/2", "\u2153": "1/3", "\u2154": "2/3", "\u00bc": "1/4", "\u00be": "3/4",
    "\u2155": "1/5", "\u2156": "2/5", "\u2157": "3/5", "\u2158": "4/5", "\u2159": "1/6",
    "\u215a": "5/6", "\u2150": "1/7", "\u215b": "1/8", "\u215c": "3/8", "\u215d": "5/8",
    "\u215e": "7/8", "\u2151": "1/9", "\u2152": "1/10",
}  # fmt: skip
_RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
_LOWERED = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"
_PLUS, _MINUS = "\u207a", "\u207b"
_POWERS = str.maketrans({**{c: str(n) for n, c in enumerate(_RAISED)}, _PLUS: "+", _MINUS: "-"})
_FRACTION = rf"(?P<whole>[0-9]+ ?)?(?P<part>[{''.join(_FRACTIONS)}])"
_FRACTIONS_BESIDE = rf"[{''.join(_FRACTIONS)}]{{2}}"
_ROOT = r"\u221a\s*(?P<of>[0-9]+(?:\.[0-9]+)?|[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9,]+\])?|(?=\())"
_POWER = (
    rf"(?P<base>[0-9)\]]|(?<![\w{_RAISED}{_LOWERED}])[A-Za-z][A-Za-z0-9]*)"
    rf"(?P<power>[{_PLUS}{_MINUS}]?[{_RAISED}]+)"
)
_DOTTED = r"(?<![\w.,])0[\u00b7\u22c5\u2219](?P<digits>0*[1-9][0-9]*)(?![\w.,^*]|\s*[*^])"
_DOT_FOR_A_PRODUCT = r"[0-9]\.[0-9]|[^\s0-9][\u00b7\u22c5\u2219]|[\u00b7\u22c5\u2219][^\s0-9]"
"""What says that no dot of a formula is a decimal one: a decimal point, or a factor in letters."""
_SCIENTIFIC = (
    r"(?P<number>[-+]?[ \t]*(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+))[ \t]*[*xX][ \t]*10[ \t]*"
    r"(?:\^|\*\*)[ \t]*(?P<bracket>\()?(?P<power>[-+]?[ \t]*[0-9]{1,3})(?(bracket)\))"
)
_LETTERS = rf"\u2202[^\s\u2202/*()]+/\u2202[^\s\u2202/*()+-]+|[^\W\d_][\w{_RAISED}{_LOWERED}]*'?"
_ABOUT = r"(?:[=~\u2248\u2243\u2245\u2250]|(?i:ca\.|approx\.|about\b|circa\b|etwa\b|rund\b))"
_ROUNDED = r"(?:[ \t]*\((?i:rounded|gerundet)\))?"
_SENTENCE = rf"(?s:(?:{_ABOUT}[ \t\u00a0]*)?(?P<said>.*?[^\s.,;]){_ROUNDED}(?:[ \t]*[.,;])?)"
_EQUAL = r"(?<![<>!:])(?<!axis)(?<!axis )(?<!dims)(?<!dim)[=\u2248\u2243\u2245\u2250]"
_NOT_PLAIN = r"[^\x00-\x7f]"
_WORD = rf"[\w{_RAISED}{_LOWERED}\u0300-\u036f'\u2032]"


_PLAIN = re.compile(r"(?:[0-9., +*/()-]|(?<=[0-9.])[eE](?=[-+0-9]))*")
"""Numbers and what is reckoned with them: there is no name in it."""


class Letters(Protocol):
    """How a sheet's names are said in a formula."""

    def spoken(self, word: str) -> str | None:
        """Return the plain name of a name of the screen, or None where it has none, or several."""
        ...

    def drawn_at(self, text: str, start: int) -> tuple[int, str] | None:
        """Return where the longest drawn name at a place ends, and what it is in a formula."""
        ...


def unframed(text: str) -> str:
    """Return what stands between the sign before an answer and the stop behind it: = 0.5, ≈ 0.5."""
    match = re.fullmatch(_SENTENCE, text)
    return match["said"] if match is not None else text


def linked(text: str) -> list[str]:
    """Return the links of a chain, 0.7*0.5 = 0.35; the last is the answer."""
    links = re.split(_EQUAL, text)
    return links if all(link.strip() for link in links) else [text]


def in_ascii(text: str, letters: Letters) -> str:
    """Return the text with what is printed in it as it is typed; ``letters`` are its names.

    Raises ExpressionError for ``0·5`` and ``½½``, which could be two things.
    """
    if _PLAIN.fullmatch(text):
        return text
    dotted = re.search(_DOTTED, text)
    if dotted is not None and re.search(_DOT_FOR_A_PRODUCT, text) is None:
        digits = dotted["digits"]
        cure = f"write 0.{digits}, or 0*{digits} for the product"
        width = len(dotted.group())
        raise ExpressionError(f"{dotted.group()} could be two things", dotted.start(), width, cure)
    twice = re.search(_FRACTIONS_BESIDE, text)
    if twice is not None:
        cure = "an operator is missing between them"
        raise ExpressionError(f"{twice.group()} could be two things", twice.start(), 2, cure)
    text = _with_names(unicodedata.normalize("NFC", text).translate(_UPRIGHT_T), letters)
    if text.isascii():
        return text
    text = text.translate(_SIGNS)
    text = re.sub(_FRACTION, _fraction, text)
    text = re.sub(_ROOT, lambda m: f"sqrt({m['of']})" if m["of"] else "sqrt", text)
    return re.sub(_POWER, _power, text)


def _with_names(text: str, letters: Letters) -> str:
    """Return the text with the names of the screen in it as they are typed."""
    found: list[str] = []
    at = fresh = 0
    while at < len(text):
        inside = at > fresh and re.match(_WORD, text[at - 1]) is not None
        drawn = None if inside else letters.drawn_at(text, at)
        if drawn is not None and _ends(text, drawn[0]):
            at, name = drawn
            power = re.compile(f"[{_RAISED}]*").match(text, at)
            digits = power.group() if power is not None else ""
            found.append(f"{name}**({digits.translate(_POWERS)})" if digits else name)
            at = fresh = at + len(digits)
            if text[at : at + 1].isalpha():
                found.append(" ")
            continue
        word = None if inside else re.compile(_LETTERS).match(text, at)
        end = at + 1 if word is None else word.end()
        found.append(text[at] if word is None else _named(word.group(), letters.spoken))
        at = end
    return "".join(found)


def _ends(text: str, end: int) -> bool:
    """Return whether a name may end here: nothing of it follows, or it is raised to a power.

    Behind what is raised or lowered another name may stand: W¹x.
    """
    rest = text[end:].lstrip(_RAISED)
    if not rest or re.match(_WORD, rest) is None:
        return True
    marked = text[end - 1] in _RAISED + _LOWERED
    return rest[0] in "'\u2032" or (marked and rest == text[end:] and rest[0].isalpha())


def scientific(text: str) -> str:
    """Return ``8.7*10^-3`` and its like as the one number ``8.7e-3``; anything else as it is."""
    match = re.fullmatch(_SCIENTIFIC, text)
    if match is None:
        return text
    number, power = ("".join(match[name].split()) for name in ("number", "power"))
    return f"{number}e{power}"


def _fraction(match: re.Match[str]) -> str:
    part = _FRACTIONS[match["part"]]
    return f"({match['whole'].strip()}+{part})" if match["whole"] else f"({part})"


def _power(match: re.Match[str]) -> str:
    return f"{match['base']}**({match['power'].translate(_POWERS)})"


def _named(word: str, meaning: Callable[[str], str | None]) -> str:
    """Return a name in ASCII where it means something; x² with a name of one letter stays."""
    if not re.search(_NOT_PLAIN, word):
        return word
    for end in range(len(word), 0, -1):
        power = word[end:]
        if power.strip(_RAISED):
            break
        found = meaning(word[:end]) if not word[:end].isascii() else None
        if found is not None:
            return f"{found}**({power.translate(_POWERS)})" if power else found
    return word

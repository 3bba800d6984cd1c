"""Mathematics as people type and print it → the plain grammar's: ½, √2, x², 10⁻³, –0.5, δ¹₁.

What is replaced is a closed list; anything else stays and is refused by the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...expression.parse import ExpressionError

_SIGNS = str.maketrans(
    {
        "\u00b7": "*", "\u22c5": "*", "\u2219": "*", "\u00d7": "*", "\u2715": "*",
        "\u2212": "-", "\u2012": "-", "\u2013": "-", "\ufe63": "-",
        "\u00f7": "/", "\u2215": "/", "\u2044": "/",
        "\u2009": " ", "\u202f": " ", "\u00a0": " ",
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
_FRACTION = re.compile(rf"(?P<whole>[0-9]+ ?)?(?P<part>[{''.join(_FRACTIONS)}])")
_ROOT = re.compile(r"\u221a\s*(?P<of>[0-9]+(?:\.[0-9]+)?|[A-Za-z][A-Za-z0-9]*|(?=\())")
_POWER = re.compile(
    rf"(?P<base>[0-9)\]]|(?<![\w{_RAISED}{_LOWERED}])[A-Za-z][A-Za-z0-9]*)"
    rf"(?P<power>[{_PLUS}{_MINUS}]?[{_RAISED}]+)"
)
_DOTTED = re.compile(r"(?<![\w.,])0[\u00b7\u22c5\u2219](?P<digits>[0-9]+)(?![\w.,^*]|\s*[*^])")
_SCIENTIFIC = re.compile(
    r"(?P<number>[-+]?[ \t]*(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+))[ \t]*[*xX][ \t]*10[ \t]*"
    r"(?:\^|\*\*)[ \t]*(?P<bracket>\()?(?P<power>[-+]?[ \t]*[0-9]{1,3})(?(bracket)\))"
)
_LETTERS = re.compile(
    rf"\u2202[^\s\u2202/*()]+/\u2202[^\s\u2202/*()+-]+|[^\W\d_][\w{_RAISED}{_LOWERED}]*'?"
)
_SENTENCE = re.compile(
    r"(?:[=~\u2248\u2243\u2245\u2250][ \t\u00a0]*)?(?P<said>.*?[^\s.,;])(?:[ \t]*[.,;])?",
    re.DOTALL,
)
_EQUAL = re.compile(r"(?<![<>!:])[=\u2248\u2243\u2245\u2250]")
_NOT_PLAIN = re.compile(r"[^\x00-\x7f]")
WordMeaning = Callable[[str], str | None]
"""The plain name of a name of the screen, or None where it has none, or several."""


def unframed(text: str) -> str:
    """Return what stands between the sign before an answer and the stop behind it: = 0.5, ≈ 0.5."""
    match = _SENTENCE.fullmatch(text)
    return match["said"] if match is not None else text


def linked(text: str) -> list[str]:
    """Return the links of a chain, 0.7*0.5 = 0.35; the last is the answer."""
    links = _EQUAL.split(text)
    return links if all(link.strip() for link in links) else [text]


def in_ascii(text: str, meaning: WordMeaning | None = None) -> str:
    """Return the text with what is printed in it as it is typed; ``meaning`` reads names.

    Raises ExpressionError for ``0·5``, which could be two things.
    """
    if text.isascii():
        return text
    dotted = _DOTTED.search(text)
    if dotted is not None:
        digits = dotted["digits"]
        cure = f"write 0.{digits}, or 0*{digits} for the product"
        width = len(dotted.group())
        raise ExpressionError(f"{dotted.group()} could be two things", dotted.start(), width, cure)
    text = text.translate(_SIGNS)
    text = _FRACTION.sub(_fraction, text)
    text = _ROOT.sub(lambda m: f"sqrt({m['of']})" if m["of"] else "sqrt", text)
    if meaning is not None:
        text = _LETTERS.sub(lambda m: _named(m.group(), meaning), text)
    return _POWER.sub(_power, text)


def scientific(text: str) -> str:
    """Return ``8.7*10^-3`` and its like as the one number ``8.7e-3``; anything else as it is."""
    match = _SCIENTIFIC.fullmatch(text)
    if match is None:
        return text
    number, power = ("".join(match[name].split()) for name in ("number", "power"))
    return f"{number}e{power}"


def _fraction(match: re.Match[str]) -> str:
    part = _FRACTIONS[match["part"]]
    return f"({match['whole'].strip()}+{part})" if match["whole"] else f"({part})"


def _power(match: re.Match[str]) -> str:
    return f"{match['base']}**({match['power'].translate(_POWERS)})"


def _named(word: str, meaning: WordMeaning) -> str:
    """Return a name in ASCII where it means something; x² with a name of one letter stays."""
    if not _NOT_PLAIN.search(word):
        return word
    for end in range(len(word), 0, -1):
        power = word[end:]
        if power.strip(_RAISED):
            break
        found = meaning(word[:end]) if not word[:end].isascii() else None
        if found is not None:
            return f"{found}**({power.translate(_POWERS)})" if power else found
    return word

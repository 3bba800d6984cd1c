"""Letters within words: σ′, δ and ∂C/∂a of a sentence as the notation writes them.

A sentence is written, and said in another language, in the letters of the default notation; only
then are they changed, so that no sentence has to be told once more for each course. An ``a`` is a
letter where no noun follows it: in English it is an article else.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs

from ..expression.refs import Ref
from ..languages import ENGLISH
from ..notation.bound import Notation, bound
from ..notation.letters import parsed
from ..spec.profile import Profile, Symbol
from ..worked.document import Document, Text, with_inner

_AFTER = "belongs|is|here|carried|and|itself|or|in|at|of|to"
_NO_ARTICLE = rf"(?:a(?=ᵀ|\b(?! [\w'\ue000-\uf8ff]| $|-)|\b(?= (?:{_AFTER})\b))|(?<=ln )a\b)"
_LETTERS = r"(?<![\w'.\[/-])(?<!-)(?:{a}|[zWwbxyCNLU](?![a-z]))(?![^\Wᵀ]|['’\[]|_\w|\.\w|-[a-z\d])"
_SIGNS = r"∂C/∂(?P<of>[zaxWwbU])(?![a-z])|(?P<mean>(?<=1/)N\b)|(?P<sign>[δσφηθ])(?![^\Wᵀ]|_)"
_ACTIVATION = ("σ", "φ")


@functools.cache
def pattern(language: str) -> re.Pattern[str]:
    """Return what finds the letters of mathematics in a sentence of a language."""
    letter = _NO_ARTICLE if language == ENGLISH else r"a(?=ᵀ|\b)"
    return re.compile(f"{_SIGNS}|(?P<letter>{_LETTERS.replace('{a}', letter)})")


class Prose(Struct, frozen=True):
    """How one notation writes the letters of sentences: ``drawn`` makes a text of a symbol."""

    notation: Notation
    drawn: Callable[[Symbol], str]
    language: str = ENGLISH

    @property
    def of_layers(self) -> bool:
        """Whether z, a, W are a network's own: the names of a graph stay as they are."""
        return self.notation.facts.layered

    def said(self, text: str) -> str:
        """Return the sentence in the notation's letters."""
        return pattern(self.language).sub(self._letter, text)

    def _letter(self, match: re.Match[str]) -> str:
        if match["of"]:
            return self._partial(match["of"])
        if match["sign"]:
            return self._sign(match["sign"])
        return self._symbol(match[0]) if self.of_layers else match[0]

    def _partial(self, by: str) -> str:
        notation = self.notation
        if not self.of_layers:
            return f"∂C/∂{by}"
        if notation.gradients == "d":
            return f"d{self._symbol(by)}"
        cost = self._of_role("cost" if by in "zax" else "loss")
        return f"∂{cost}/∂{self._symbol(by)}"

    def _sign(self, sign: str) -> str:
        notation = self.notation
        if sign in _ACTIVATION:
            return self.drawn(parsed(notation.general_activation or notation.activation("sigmoid")))
        if sign == "η":
            return self.drawn(parsed(notation.letters.get("rate", "eta")))
        if sign == "δ" and self.of_layers:
            own = "delta" in notation.letters
            return self.drawn(parsed(notation.letters["delta"])) if own else self._partial("z")
        return sign

    def _symbol(self, letter: str) -> str:
        notation = self.notation
        match letter:
            case "C":
                return self._of_role("loss")
            case "N":
                return self.drawn(notation.samples)
            case "L":
                return self.drawn(parsed(notation.letters.get("layers", "L")))
            case "U":
                own = notation.remembered(Ref("U", 1)) or notation.letters.get("U", "U")
                return self.drawn(parsed(own.replace("^", "_")))
            case "w":
                return self.drawn(notation.letter_of_weight)
        return self._of_role(letter)

    def _of_role(self, part: str) -> str:
        return self.drawn(self.notation.letter_of(part))


def in_own_letters(
    document: Document, notation: Profile, drawn: Callable[[Symbol], str], language: str
) -> Document:
    """Return the document with the letters of its sentences as the notation has them."""
    own = notation if isinstance(notation, Notation) else bound(notation)
    prose = Prose(own, drawn, language)
    if document.lettered:
        document = structs.replace(document, title=prose.said(document.title))
    return structs.replace(document, blocks=_changed(document.blocks, prose))


def _changed(part: Any, prose: Prose) -> Any:
    if isinstance(part, Text):
        return structs.replace(part, text=prose.said(part.text)) if part.lettered else part
    return with_inner(part, lambda inner: _changed(inner, prose))

"""What somebody types who is stuck: a letter with indices, a derivative, a question, a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from ..languages import ENGLISH, catalogue_of, known
from ..notation.letters import GREEK, parsed
from ..spec.profile import Profile
from .records import Word

WordsNamed = Callable[[str], tuple[Word, ...]]
OF_PARTS = {
    "x": "input",
    "z": "weighted sum",
    "a": "activation",
    "output": "activation",
    "W": "weight",
    "b": "bias",
    "y": "target",
    "delta": "delta",
    "loss": "loss",
    "cost": "loss",
    "loss_terms": "loss",
    "data_loss": "loss",
    "penalty": "regularization",
    "rate": "learning rate",
    "above": "weighted sum",
    "linear_output": "weighted sum",
    "scores": "weighted sum",
    "samples": "batch",
    "sample": "batch",
}
"""The word of each part that a notation has a letter for, as far as it is one."""
_SLOPES = {"weight": "weight", "bias": "bias", "weighted sum": "delta", "activation": "transpose"}
"""What the derivative of the loss by a quantity is the word of."""
_LETTER = re.compile(r"(d?[^\W\d_]+)(?:\s*[\^_].*|\d.*|\s*[\[({⟨<].*)?")
_PRIMED = re.compile(r"\w{1,12}\s*(?:['′’]|\bprime\b)\s*(?:\(.*\))?")
_SLOPE = re.compile(r"[d∂](.+?)\s*/\s*[d∂](.+)")
_NAMED = re.compile(r"[\d_^/′'\[]")
"""What a word of a question has that is a letter with an index, or a derivative."""
_MOST = 3
"""Words of a question that are explained."""
_ASKING = frozenset(
    re.findall(
        r"\w+",
        "a an and are can come comes do does doing for from get gets has have how i in is it its "
        "me my not of on one or so that the then there this to up us use used way we what when "
        "where which who why with you",
    )
)
"""Words of a question that do not say what it is about."""


def as_typed(name: str, found: WordsNamed, profile: Profile | None) -> tuple[Word, ...]:
    """Return the word of a letter of mathematics or of a derivative; nothing where it is none."""
    plain = unicodedata.normalize("NFKC", name).strip()
    if derivative := _SLOPE.fullmatch(plain):
        above, below = (_of_letter(part, found, profile) for part in derivative.groups())
        if above and above[0].name == "loss":
            return found(_SLOPES.get(below[0].name, "gradient")) if below else found("gradient")
        if above and below and (above[0].name, below[0].name) == ("activation", "weighted sum"):
            return found("sigma prime")
        return found("local derivative")
    if _PRIMED.fullmatch(plain):
        return found("sigma prime")
    return _of_letter(plain, found, profile)


def in_letters_of(profile: Profile | None, name: str) -> str:
    """Return the word of a letter, with or without indices, as a notation has it; or nothing."""
    match = _LETTER.fullmatch(unicodedata.normalize("NFKC", name).strip())
    if profile is None or match is None:
        return ""
    for part, word in OF_PARTS.items():
        own = {profile.letters.get(part, ""), profile.entries.get(part, "")} - {""}
        drawn = {parsed(letter).letter.partition("_")[0] for letter in own if " " not in letter}
        if match[1] in drawn | {GREEK.get(each, each) for each in drawn}:
            return word
    return ""


def _of_letter(name: str, found: WordsNamed, profile: Profile | None) -> tuple[Word, ...]:
    if word := in_letters_of(profile, name):
        return found(word)[:1]
    match = _LETTER.fullmatch(name)
    return () if match is None else found(match[1])


def in_question(name: str, spelled: dict[str, Word], found: WordsNamed) -> list[Word]:
    """Return the words that a question is about, those of the longest phrases first."""
    written = re.findall(r"[^\s?!.,;:]+", name)
    tokens = [token.lower() for token in written]
    if len(tokens) < 2:
        return []
    phrases = sorted(_phrases(tokens), key=lambda place: place[0] - place[1])
    taken: set[int] = set()
    about: list[Word] = []
    for first, last in phrases:
        word = spelled.get(" ".join(tokens[first:last]))
        if word is None and last == first + 1 and _NAMED.search(written[first]):
            word = next(iter(as_typed(written[first], found, None)), None)
        if word is None or taken & set(range(first, last)):
            continue
        taken |= set(range(first, last))
        about += [word] if word not in about else []
    return about[:_MOST]


def _phrases(tokens: list[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where phrases of a question may go that say something."""
    for first in range(len(tokens)):
        for last in range(first + 1, min(len(tokens), first + 5) + 1):
            if not _ASKING.issuperset(tokens[first:last]):
                yield first, last


def of_other_languages(name: str, spelled: dict[str, Word]) -> tuple[Word, ...]:
    """Return the words that are so called in another language."""
    for language in known():
        if language == ENGLISH:
            continue
        entries = catalogue_of(language).entries
        called = (word for own, word in spelled.items() if entries.get(own, "").lower() == name)
        if found := tuple(dict.fromkeys(called)):
            return found[:1]
    return ()

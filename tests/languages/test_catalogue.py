"""The catalogues: whole, valid gettext, without idle entries; and how a sentence is found."""

from __future__ import annotations

import gettext
import itertools
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import backprop_cli
from backprop_cli import languages
from backprop_cli.languages import catalogue_of, known, said
from backprop_cli.languages.catalogue import Catalogue
from backprop_cli.languages.reading import read

from .corpus import sentences
from .listening import missing

FOLDER = Path(languages.__file__).parent
PACKAGE = Path(backprop_cli.__file__).parent
OTHERS = [language for language in known() if language != "en"]
TYPED = r"backprop .*|\"'\""
HOLE = re.compile(r"\{(\w*)\}")


def text_of(language: str) -> str:
    return (FOLDER / f"{language}.po").read_text(encoding="utf-8")


def test_english_and_german() -> None:
    assert known() == ("de", "en")


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_is_whole(language: str) -> None:
    text = text_of(language)
    entries = read(text)
    assert len(entries) == len(re.findall("(?m)^msgid", text)) - 1, "a msgid twice, or misread"
    assert not [msgid for msgid, msgstr in entries.items() if not msgstr], "without translation"
    assert "fuzzy" not in text
    for msgid, msgstr in entries.items():
        assert set(HOLE.findall(msgid)) == set(HOLE.findall(msgstr)), msgid
        assert msgid.endswith(".") == msgstr.endswith("."), msgid
        assert msgid.strip() == msgid
        assert msgstr.strip() == msgstr


@pytest.mark.parametrize("language", OTHERS)
def test_quotation_marks_are_the_languages_own(language: str) -> None:
    """LaTeX and Typst set a straight one as English does; in a command, and one meant, it stays."""
    entries = read(text_of(language))
    straight = [text for text in entries.values() if "'" in re.sub(TYPED, "", text)]
    assert not straight
    marks = Counter(mark for text in entries.values() for mark in text if mark in "‚‘„“")
    assert marks["‚"] == marks["‘"]
    assert marks["„"] == marks["“"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_has_the_same_sentences(language: str) -> None:
    assert set(read(text_of(language))) == set(read(text_of(OTHERS[0])))


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
@pytest.mark.parametrize("language", OTHERS)
def test_gettext_reads_the_same(language: str, tmp_path: Path) -> None:
    """Its own compiler takes the file, and its own reader gives each sentence as ours does."""
    made = tmp_path / "made.mo"
    subprocess.run(["msgfmt", "-c", "-o", made, FOLDER / f"{language}.po"], check=True)
    with made.open("rb") as file:
        theirs = gettext.GNUTranslations(file)
    entries = read(text_of(language))
    assert {msgid: theirs.gettext(msgid) for msgid in entries} == entries


LETTERS = re.compile(r"[^\W\d_]+")


def source_words() -> tuple[set[str], set[tuple[str, str]]]:
    """Return the words of the package's source, and those that follow one another."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")).lower()
    found = LETTERS.findall(re.sub(r'"\s*(?:\+\s*|\w+ \+= )?f?"', "", text))
    return set(found), set(itertools.pairwise(found))


def test_no_sentence_is_idle() -> None:
    """Each of a sentence's words, and most pairs of neighbours, stand in the source.

    Sentences are put together from pieces, so that more cannot be said without running them.
    """
    words, pairs = source_words()
    words |= {f"{word}s" for word in words} | {word.removesuffix("s") for word in words}
    idle = []
    for msgid in read(text_of(OTHERS[0])):
        runs: list[list[str]] = [
            LETTERS.findall(run) for run in re.split(r"\{\w*\}|[;:.,()]", msgid.lower())
        ]
        longest = list(itertools.pairwise(max((len(run), run) for run in runs)[1]))
        known = sum(pair in pairs for pair in longest)
        if not words.issuperset(itertools.chain(*runs)) or (
            len(longest) > 3 and known < len(longest) / 2
        ):
            idle.append(msgid)
    assert not idle, f"said nowhere: remove from de.po: {idle}"


@pytest.mark.parametrize("language", OTHERS)
def test_known_mistakes_are_said(language: str) -> None:
    found = missing(map(catalogue_of(language).found, sentences()))
    assert not found, f"add to {language}.po: {found}"


ENTRIES = {
    "layer {number}": "Schicht {number}",
    "layer {number} '{title}'": "Schicht {number} '{title}'",
    "Forward: {layer}": "Vorwärts: {layer}",
    "{node} is used by {first}.": "{first} liest {node}.",
    "the error": "der Fehler",
    "output": "Ausgabe",
    "{number} more": "{number} weitere",
    "1 more": "ein weiterer",
    "half {name}": "halbe {name}",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("output", "Ausgabe"),
        ("Forward: layer 2", "Vorwärts: Schicht 2"),
        ("Forward: layer 2 'output'", "Vorwärts: Schicht 2 'output'"),
        ("\ue000 is used by \ue001.", "\ue001 liest \ue000."),
        ("The error", "Der Fehler"),
        (" (the error), ", " (der Fehler), "),
        ("12 more; 1 more", "12 weitere; ein weiterer"),
        ("half sigmoid", "halbe sigmoid"),
        ("half a sigmoid", "half a sigmoid"),
        ("W1[1,2] → relu, output", "W1[1,2] → relu, Ausgabe"),
        ("output. Nothing of it is known.", "Ausgabe. Nothing of it is known."),
        ("output, which nobody has said", "output, which nobody has said"),
        ("0.5·x", "0.5·x"),
        ("", ""),
    ],
)
def test_finding(text: str, expected: str) -> None:
    assert Catalogue(ENTRIES).said(text) == expected


def test_what_is_left_is_told() -> None:
    found = Catalogue(ENTRIES).found("output. Nothing of it is known. 3 more.")
    assert found.left == ("Nothing of it is known",)
    assert Counter(found.used) == Counter(["output", "{number} more"])


def test_english_is_what_was_written() -> None:
    assert said("the error {number}", "en") == "the error {number}"

"""Whose answers they are, by the heading of notes: a person's name, or the title of something."""

from __future__ import annotations

import re

MOST_NAMES, MOST_TITLES = 5, 3
"""Words of a name, and titles that may stand before it."""
_OF = re.compile(r"(?i)^(?:[\w-]+ ){0,2}[\w-]+(?: (?:of|by|from|von)|:| -| \u2013) (?P<who>.+)$")
"""What stands before a name: Answers of …, Exercise 3: …."""
_PARTICLE = re.compile(
    r"(?i)al|bin|da|de|del|den|der|des|di|dos|du|el|ibn|la|le|ten|ter|van|von|zu"
)
_TITLE = re.compile(
    r"(?i)\b(?:abgabe|activations?|angabe|answers?|antwort(?:en)?|assignment|aufgaben?|backprop|"
    r"backpropagation|backwards?|berechnung|blatt|calculation|derivation|ergebnis(?:se)?|ex|exam|"
    r"exercises?|forwards?|given|gegeben|gradient(?:s|en)?|hand-?in|hausaufgaben?|hidden|homework|"
    r"hw|inputs?|iteration|klausur|lab|layer|loss|lösung(?:en)?|meine|my|net|network|netz|notes|"
    r"notizen|output|part|pass|problems?|quantity|questions?|quiz|results?|rückwärts|schicht|"
    r"schritt|sheet|solutions?|step|submission|tasks?|teil|test|übung(?:en|sblatt)?|vorwärts|"
    r"weights|work(?:ing|sheet)?|xor)(?=\d|\b)"
)
"""A word of a title, which is nobody's name."""


def person_of(heading: str) -> str:
    """Return the name that a heading is or ends with, "" where it is the title of something."""
    for _ in range(MOST_TITLES):
        if not _is_title(heading):
            return heading
        said = _OF.match(heading)
        if said is None:
            break
        heading = said["who"]
    return ""


def _is_title(text: str) -> bool:
    """Return whether a text has a title's words, or more or smaller ones than a name.

    One word in small letters may be what somebody is called by a machine: s4711, ada.
    """
    words = re.split(r"[\s,]+", text.strip(" .,:"))
    lower = (word for word in words if word[:1].islower() and not _PARTICLE.fullmatch(word))
    return len(words) > MOST_NAMES or (len(words) > 1 and any(lower)) or bool(_TITLE.search(text))

"""Which table answers a word, and in which of its spellings."""

from __future__ import annotations

import re
from collections.abc import Collection

from .answers import Answers, Told
from .command_line import COMMANDS, OPTIONS
from .functions import ACTIVATIONS, FUNCTIONS, LOSSES
from .layers import INITS, LAYER, TYPES
from .learning import CHANGED, NETWORK, OPTIMIZERS, SCHEDULES
from .places import PLACES

_KINDS: tuple[tuple[set[str], Answers], ...] = (
    ({"he_normal"}, INITS),
    ({"half_squared_error"}, LOSSES),
    ({"dense"}, TYPES),
    ({"layers", "target"}, NETWORK),
    ({"NAME=VALUE"}, CHANGED),
    ({"from", "type"}, LAYER),
    ({"trace", "derive"}, COMMANDS),
    ({"--help"}, OPTIONS),
    ({"sgd"}, OPTIMIZERS),
    ({"inverse_time"}, SCHEDULES),
    ({"exp", "sqrt"}, FUNCTIONS),
    ({"relu", "softmax"}, ACTIVATIONS),
)
"""Which table answers: the one whose words are among those that are known at the place."""
_PACKAGES = re.compile(
    r"^(torch\.|tf\.|nn\.|init\.|keras\.|layers\.|activations\.|losses\.|optim\.|optimizers\.|"
    r"lr_scheduler\.|schedules\.|f\.)+",
    re.I,
)
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def meant(word: str, known: Collection[str]) -> str:
    """Return the cure for a word that others use for something known here; or nothing."""
    found = answered(word, known)
    return f"did you mean '{found}'?" if found in known else found


def answered(word: str, known: Collection[str]) -> str:
    """Return the known word that another means, or a sentence on what to write; or nothing."""
    return told(word, known).says


def told(word: str, known: Collection[str]) -> Told:
    """Return what is said of another's word, and the known words that it is about."""
    table: Answers = next((words for marks, words in _KINDS if marks <= set(known)), {})
    spellings = _spellings(word)
    found = _in_table(spellings, table, known) or _of_another_place(spellings, table)
    return found or Told("", "")


def _in_table(spellings: list[str], table: Answers, known: Collection[str]) -> Told | None:
    """Return the known word that the spellings have or mean, or what the table says."""
    for spelled in spellings:
        if spelled in known:
            return Told(spelled, spelled)
        for words, answer in table.items():
            if spelled not in words.split():
                continue
            says, about = answer if isinstance(answer, Told) else (answer, "")
            name, _, beside = says.partition("|")
            if name in known and (not beside or beside in known):
                return Told(name, name)
            if " " in says and _proposed(says) <= set(known):
                return Told(says.replace("{0}", spelled.lstrip("-")), about)
    return None


def _of_another_place(spellings: list[str], table: Answers) -> Told | None:
    """Return that the word is a loss, and how one is written, where no loss is asked for."""
    if not any(place.others is table for place in PLACES):
        return None
    for place in PLACES:
        names = place.names.split()
        if found := _in_table(spellings, place.others, names):
            cure = place.written.format(found.says) if found.says in names else found.says
            return Told(f"it is {place.kind}: {cure}", "")
    return None


def _proposed(says: str) -> set[str]:
    """Return the options that a sentence tells to write here: those outside quotes."""
    return set(re.findall(r"(?<!\w)--[a-z-]+", re.sub(r"'[^']*'", "", says)))


def _spellings(word: str) -> list[str]:
    """Return the word in the ways that tables have it: ``nn.BCELoss`` is bce_loss, then bce."""
    if word.startswith("-"):
        return [word.lower().replace("_", "-")]
    bare = _PACKAGES.sub("", word[:80])
    snake = _HUMPS.sub("_", re.sub(r"(?<=\d)D", "d", bare)).lower()
    found = [bare.lower(), snake]
    found = [re.sub(r"[-. ]+", "_", each).strip("_") for each in found]
    found += [re.sub(r"(_loss|loss|_layer|layer|_activation|_error)$", "", each) for each in found]
    found += [each.replace("_", "") for each in found]
    return [each for each in dict.fromkeys(found) if each]

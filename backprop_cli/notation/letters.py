"""Letters as a profile writes them: ``hat y``, ``E_total``, ``J(theta)``, ``delta``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from ..spec.profile import Symbol

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "iota": "ι",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "ell": "ℓ",
    "scriptL": "ℒ",
}
"""Letters by name, as they are drawn in Unicode."""
SPELLED = {drawn: name for name, drawn in GREEK.items()}
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
LETTER = (
    r"(?:(?P<accent>hat|bar|tilde) )?(?P<letter>[A-Za-z]+(?:_[A-Za-z0-9]+)?)"
    r"(?:\((?P<argument>[A-Za-z]+)\))?"
)


OF_LAYERS = {
    "mean": ("mu",),
    "xhat": ("hat x",),
    "total_cost": ("S", "T", "Q"),
    "E": ("E", "V", "T"),
    "P": ("P", "Q", "S"),
    "c": ("c", "s"),
    "h": ("h", "s"),
    "i": ("i", "iota"),
    "n": ("n", "tilde h"),
    "p": ("p", "A"),
    "k": ("k", "K", "kappa"),
}
"""Letters of what only some layers have; of several the first that means nothing else."""


def layer_letter(part: str, taken: Iterable[str]) -> str:
    """Return the letter of a part that no profile speaks of; nothing where its name is one."""
    others = {letter.partition("_")[0] for letter in taken}
    return next((each for each in OF_LAYERS.get(part, ()) if _is_free(each, others)), "")


def _is_free(letter: str, others: set[str]) -> bool:
    return " " in letter or letter not in others


@functools.lru_cache(maxsize=1024)
def own_letter(name: str, names: frozenset[str] = frozenset()) -> str:
    """Return a graph's own name as a letter: ``w0`` is w with a lowered 0, ``_t`` is t.

    Where another of the graph's names would look so, as ``w_0`` does, it stays as it is typed;
    beside a ``w``, whose entry 0 is w₀, w0 and w_0 are words.
    """
    look, looks = _look(name), _looks(names)
    if looks.get(look, frozenset()) - {name}:
        return name
    beside = look.partition("_")[0] in looks and look[-1:].isdigit()
    return look.replace("_", "") if beside else look


def _look(name: str) -> str:
    """Return what a name looks like as a letter: of ``w0`` and ``w_0`` it is w_0."""
    plain = name.strip("_") or name
    match = re.fullmatch(r"([A-Za-z]+)_?([0-9]+)", plain)
    return plain if match is None else f"{match[1]}_{match[2]}"


@functools.lru_cache(maxsize=8)
def _looks(names: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return the names that look alike, by what they look like: ``t`` and ``_t`` are t."""
    found: dict[str, frozenset[str]] = {}
    for name in names:
        look = _look(name)
        found[look] = found.get(look, frozenset()) | {name}
    return found


@functools.lru_cache(maxsize=1024)
def parsed(letter: str) -> Symbol:
    """Return a profile's letter as a bare symbol; any other text is its own name."""
    match = None if letter.isalpha() else re.fullmatch(LETTER, letter)
    if match is None:
        return Symbol(letter)
    return Symbol(match["letter"], accent=match["accent"] or "", argument=match["argument"] or "")

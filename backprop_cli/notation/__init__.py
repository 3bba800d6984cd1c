"""What a course writes: letters, indices and signs, and how a document's trees change to them.

``profiles/`` are the courses as data, ``bound.py`` one of them for one network, ``adapting.py``
changes a tree, ``documents.py`` a document; ``reading.py`` reads a file's own notation.
"""

from __future__ import annotations

from ..registry import known, names
from ..spec.profile import Profile

STANDARD = "standard"
"""The notation that sentences are written in, and that is used where none is asked for."""


def profile_names() -> tuple[str, ...]:
    """Return the names of the packaged profiles, the default first: a file each in ``profiles``."""
    found = [name.replace("_", "-") for name in names(f"{__name__}.profiles")]
    return (STANDARD, *(name for name in found if name != STANDARD))


def profile(name: str) -> Profile:
    """Return the profile of that name; raise KeyError where there is none."""
    file = "" if "_" in name else name.replace("-", "_")
    found: Profile | None = known(f"{__name__}.profiles", file, "PROFILE")
    if found is None:
        raise KeyError(name)
    return found

"""Notation profiles: which letters, indices and signs a course writes with, as data."""

from __future__ import annotations

import importlib
from pathlib import Path

from ..spec.profile import Profile


def profile_names() -> tuple[str, ...]:
    """Return the names of the packaged profiles, the default first: a file each in ``profiles``."""
    folder = Path(__file__).parent / "profiles"
    found = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    names = [name.replace("_", "-") for name in found]
    return ("standard", *(name for name in names if name != "standard"))


def profile(name: str) -> Profile:
    """Return the profile of that name."""
    module = importlib.import_module(f"{__name__}.profiles.{name.replace('-', '_')}")
    found: Profile = module.PROFILE
    return found

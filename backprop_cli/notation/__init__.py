"""Notation profiles: which letters, indices and signs a course writes with, as data."""

from __future__ import annotations

import importlib
import pkgutil

from .profile import Profile


def profile_names() -> tuple[str, ...]:
    """Return the names of the packaged profiles, the default first: a file each in ``profiles``."""
    from . import profiles

    found = sorted(m.name for m in pkgutil.iter_modules(profiles.__path__))
    names = [name.replace("_", "-") for name in found]
    return ("standard", *(name for name in names if name != "standard"))


def profile(name: str) -> Profile:
    """Return the profile of that name."""
    module = importlib.import_module(f"{__name__}.profiles.{name.replace('-', '_')}")
    found: Profile = module.PROFILE
    return found

"""Mistake: what it is called, what is said of it, and what it computes instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from ..replay import Array
    from ._site import Site

Wrong = Callable[["Site"], "Iterator[Array]"]
SUCH_AS = "one of its terms"


class Mistake(Struct, frozen=True):
    """A known mistake.

    ``wrong`` yields what the mistake gives at a site, each form that it takes, and nothing where
    it cannot be made, or looks like a plainer one. ``hint`` helps without giving
    the number away; ``says`` is the whole sentence, ``{entry}`` being where it shows. ``scales``:
    it works on whatever was computed, so it may go together with another mistake of the same step.
    ``rank`` orders those that fit equally well. A mistake without ``wrong`` is looked for in the
    digits of single answers. ``bare`` are hint and sentence for a network without a target.
    ``such_as`` stands for the ``{term}`` of a sentence where it is told by itself.
    """

    id: str
    title: str
    hint: str
    says: str
    wrong: Wrong | None = None
    scales: bool = False
    rank: int = 50
    bare: tuple[str, str] | None = None
    such_as: str = SUCH_AS

    def words(self, *, with_target: bool) -> tuple[str, str]:
        """Return hint and sentence; a network without target has no output to hold against it."""
        return (self.hint, self.says) if with_target or self.bare is None else self.bare


def mistake(
    name: str,
    title: str,
    hint: str,
    says: str,
    *,
    scales: bool = False,
    rank: int = 50,
    bare: tuple[str, str] | None = None,
    such_as: str = SUCH_AS,
) -> Callable[[Wrong], Mistake]:
    """Return a decorator that makes a Mistake of a function that yields what it gives."""

    def made(wrong: Wrong) -> Mistake:
        return Mistake(name, title, hint, says, wrong, scales, rank, bare, such_as)

    return made

"""Profile: a course's notation as data, and the one function that names a quantity with it."""

from __future__ import annotations

from msgspec import Struct

from ..expression.refs import Index, Ref


class Symbol(Struct, frozen=True):
    """A quantity's name before it is drawn: a letter with what hangs on it.

    ``letter`` is a Latin letter, a word, or a Greek letter's name (``delta``).
    """

    letter: str
    sup: tuple[Index, ...] = ()
    sub: tuple[Index, ...] = ()
    sample: Index | None = None


class Profile(Struct, frozen=True):
    """One notation.

    ``letters`` maps parts (``z``, ``a``, ``W``, ``b``, ``x``, ``y``, ``loss``, ``cost``, and
    ``delta`` for the gradient of z) to letters; ``entries`` has those whose entries are written
    with another letter than the whole (w_jk of W). ``activations`` maps activations to letters;
    one that is not named keeps its own name.
    """

    name: str
    title: str
    letters: dict[str, str]
    entries: dict[str, str] = {}
    activations: dict[str, str] = {}
    factor_order: tuple[str, ...] = ()

    def symbol(self, ref: Ref) -> Symbol:
        """Return the symbol of a quantity; ∂C/∂(it) is the caller's to write, except δ."""
        part = "delta" if ref.gradient and ref.part == "z" else ref.part
        single = ref.index and part in self.entries
        letter = (self.entries if single else self.letters).get(part, part)
        sup = () if ref.layer is None else (ref.layer,)
        return Symbol(letter, sup, ref.index, ref.sample)

    def activation(self, name: str) -> str:
        """Return how the activation's function is written."""
        return self.activations.get(name, name)

    def has_own_letter(self, ref: Ref) -> bool:
        """Return whether a gradient has a letter of its own (δ), rather than being ∂C/∂…."""
        return ref.gradient and ref.part == "z"

"""Each mistake's own wrong sheets: made once in a right one, and carried on from there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from ...expression.refs import Ref, plain_name
from ...graph.names import from_shown, shown_shape
from ..recompute import Array, Arrays, Steps, again
from ..records import Answer, Sheet, Written
from ._records import Mistake
from ._site import Network, Site
from ._terms import terms, wrongs

PRIME = "'"
DIGITS = 7
"""How many significant digits the sheets are written with."""


class Example(Struct, frozen=True):
    """A wrong sheet: where the mistake was made, in which of its forms, and what it changes.

    ``shows`` are the places in the sheet where the answer is off by more than 0.4 %; the first one
    that is off at all is off so far.
    """

    mistake: str
    site: int
    form: int
    sheet: Sheet
    shows: tuple[int, ...]


def asked(steps: Steps, errors: bool = False) -> tuple[tuple[Ref, bool], ...]:
    """Return every entry that a full sheet asks for, in order, and whether after one step.

    ``errors`` adds the gradients of the activations, between one δ and the next.
    """
    graph = steps.graph
    numbers = [step.key for step in steps.order]
    hidden = ("loss_terms", "cost", "data_loss", "penalty")
    found: list[tuple[Ref, bool]] = []
    for key in numbers:
        number, kind = steps.node_of(key), steps.kind_of(key)
        ref = graph.nodes[number].ref
        if ref.part in hidden or graph.numbers.get(ref) != number:
            continue
        if kind == "gradient" and graph.layered and ref.part in ("a", "x", "y") and not errors:
            continue
        whole = ref.grad() if kind == "gradient" else ref
        for index in np.ndindex(*shown_shape(graph, ref)):
            entry = from_shown(whole, tuple(i + 1 for i in index), graph) if index else whole
            found.append((entry, kind == "update"))
    return tuple(found)


def written(value: float, digits: int = DIGITS) -> Written:
    """Return a number written with so many significant digits."""
    raw = f"{value:.{digits - 1}e}"
    power = int(raw.partition("e")[2])
    return Written(raw, value=float(raw), unit=10.0 ** (power - digits + 1))


def sheet_of(steps: Steps, arrays: Arrays, entries: Iterable[tuple[Ref, bool]]) -> Sheet:
    """Return the sheet of somebody whose quantities are these arrays."""
    answers = []
    for ref, step in entries:
        key, position = steps.place(ref, step)
        number = written(float(arrays[key].flat[position]))
        answers.append(Answer(_name(ref, step, steps), ref, number, step))
    return Sheet("example", "example", tuple(answers))


def _name(ref: Ref, step: bool, steps: Steps) -> str:
    head, bracket, index = plain_name(ref, steps.graph.in_out).partition("[")
    return f"{head}{PRIME if step else ''}{bracket}{index}"


def examples(mistake: Mistake, network: Network) -> Iterator[Example]:
    """Yield the mistake's sheets on this network: at each site, in each form, where it shows."""
    steps = network.steps
    entries = asked(steps)
    truth = list(steps.truth)
    if mistake.wrong is None:
        yield from _of_digits(mistake, steps)
        return
    for step in steps.order:
        site = Site(network, step.key, truth, steps.truth[step.key])
        for form, array in enumerate(mistake.wrong(site)):
            if array.shape != site.computed.shape or not np.isfinite(array).all():
                continue
            arrays = _carried(steps, step.key, array)
            if arrays is not None:
                sheet = sheet_of(steps, arrays, entries)
                yield from _shown(mistake, step.key, form, sheet, steps)


def _carried(steps: Steps, key: int, array: Array) -> Arrays | None:
    """Return every array with one changed, or None where that makes something undefined."""
    arrays = list(steps.truth)
    with np.errstate(all="ignore"):
        for other, changed in again(steps, arrays, {key: lambda used: array}, {}).items():
            arrays[other] = changed
    return arrays if all(np.isfinite(each).all() for each in arrays) else None


def _shown(mistake: Mistake, site: int, form: int, sheet: Sheet, steps: Steps) -> Iterator[Example]:
    shows: list[int] = []
    first = True
    for number, answer in enumerate(sheet.answers):
        key, position = steps.place(answer.ref, answer.step)
        truth = float(steps.truth[key].flat[position])
        value = answer.written.value
        off = 0.0 if value is None else abs(value - truth)
        clear = off > max(0.004 * abs(truth), 1e-12)
        if off > 2 * answer.written.unit and first and not clear:
            return
        if clear:
            first = False
            shows.append(number)
    if shows:
        yield Example(mistake.id, site, form, sheet, tuple(shows))


def _of_digits(mistake: Mistake, steps: Steps) -> Iterator[Example]:
    """Yield the sheets of the mistakes in single numbers, one for each quantity that is asked."""
    if mistake.id == "truncated":
        yield from _cut(steps)
        return
    for key in dict.fromkeys(steps.place(*entry)[0] for entry in asked(steps)):
        right = steps.truth[key]
        where = int(np.argmax(np.abs(right)))
        number = float(right.flat[where])
        if abs(number) < 1e-9:
            continue
        for form, wrong in enumerate(_wrong_entries(mistake, steps, key, where)):
            array = right.astype(np.float64)
            array.flat[where] = wrong
            arrays = _carried(steps, key, array)
            if arrays is None:
                continue
            sheet = sheet_of(steps, arrays, asked(steps))
            yield from _shown(mistake, key, form, sheet, steps)


def _wrong_entries(mistake: Mistake, steps: Steps, key: int, where: int) -> Iterator[float]:
    number = float(steps.truth[key].flat[where])
    if mistake.id == "decimal-point":
        yield 10 * number
        yield number / 100
        return
    summands = [term for term in terms(steps, key, where, list(steps.truth)) if term.value]
    products = [term for term in summands if term.factors]
    for term in products[:1] if len(summands) > 1 else ():
        for _, wrong in wrongs(term):
            yield number - term.value + wrong


def _cut(steps: Steps, decimals: int = 4) -> Iterator[Example]:
    """Yield the true sheet with every number cut off after so many decimals."""
    answers, shows = [], []
    for number, (ref, step) in enumerate(asked(steps)):
        key, position = steps.place(ref, step)
        truth = float(steps.truth[key].flat[position])
        value = math.trunc(truth * 10**decimals) / 10**decimals
        if abs(value - truth) > 0.5 * 10.0**-decimals and abs(value) >= 10.0 ** (1 - decimals):
            shows.append(number)
        raw = f"{value:.{decimals}f}"
        unit = 10.0**-decimals
        cut = Written(raw, value=float(raw), unit=unit)
        answers.append(Answer(_name(ref, step, steps), ref, cut, step))
    if shows:
        sheet = Sheet("example", "example", tuple(answers))
        yield Example("truncated", 0, 0, sheet, tuple(shows))

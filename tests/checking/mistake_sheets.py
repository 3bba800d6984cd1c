"""Each mistake's own wrong sheets: made once in a right one, and carried on from there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from backprop_cli.checking.mistakes._records import Mistake
from backprop_cli.checking.mistakes._site import Site
from backprop_cli.checking.mistakes._terms import terms, wrongs
from backprop_cli.checking.records import Answer, Aspect, ParsedAnswer, Sheet
from backprop_cli.checking.replay import Array, Arrays, Replay, replayed
from backprop_cli.checking.sheets.aspects import name_of
from backprop_cli.expression.refs import Ref
from backprop_cli.graph.names import from_shown, shown_shape

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


def asked(replay: Replay, errors: bool = False) -> tuple[tuple[Ref, Aspect], ...]:
    """Return every entry that a full sheet asks for, in order, and what of it.

    ``errors`` adds the gradients of the activations, between one δ and the next.
    """
    graph = replay.graph
    numbers = [step.key for step in replay.order]
    hidden = ("loss_terms", "cost", "data_loss", "penalty")
    found: list[tuple[Ref, Aspect]] = []
    for key in numbers:
        number, kind = replay.node_of(key), replay.kind_of(key)
        ref = graph.nodes[number].ref
        if ref.part in hidden or graph.numbers.get(ref) != number:
            continue
        if kind == "gradient" and graph.layered and ref.part in ("a", "x", "y") and not errors:
            continue
        whole = ref.grad() if kind == "gradient" else ref
        for index in np.ndindex(*shown_shape(graph, ref)):
            entry = from_shown(whole, tuple(i + 1 for i in index), graph) if index else whole
            found.append((entry, replay.aspect_of(key)))
    return tuple(found)


def written(value: float, digits: int = DIGITS) -> ParsedAnswer:
    """Return a number written with so many significant digits."""
    raw = f"{value:.{digits - 1}e}"
    power = int(raw.partition("e")[2])
    return ParsedAnswer(raw, value=float(raw), unit=10.0 ** (power - digits + 1))


def sheet_of(replay: Replay, arrays: Arrays, entries: Iterable[tuple[Ref, Aspect]]) -> Sheet:
    """Return the sheet of somebody whose quantities are these arrays."""
    answers = []
    for ref, aspect in entries:
        key, position = replay.place(ref, aspect)
        number = written(float(arrays[key].flat[position]))
        answers.append(Answer(name_of(ref, aspect, replay.graph), ref, number, aspect))
    return Sheet("example", "example", tuple(answers))


def examples(mistake: Mistake, replay: Replay) -> Iterator[Example]:
    """Yield the mistake's sheets on this network: at each site, in each form, where it shows."""
    entries = asked(replay)
    truth = list(replay.truth)
    if mistake.wrong is None:
        yield from _of_digits(mistake, replay)
        return
    for step in replay.order:
        site = Site(replay, step.key, truth, replay.truth[step.key])
        for form, array in enumerate(mistake.wrong(site)):
            if array.shape != site.computed.shape or not np.isfinite(array).all():
                continue
            arrays = _carried(replay, step.key, array)
            if arrays is not None:
                sheet = sheet_of(replay, arrays, entries)
                yield from _shown(mistake, step.key, form, sheet, replay)


def _carried(replay: Replay, key: int, array: Array) -> Arrays | None:
    """Return every array with one changed, or None where that makes something undefined."""
    arrays = list(replay.truth)
    with np.errstate(all="ignore"):
        for other, changed in replayed(replay, arrays, {key: lambda used: array}, {}).items():
            arrays[other] = changed
    return arrays if all(np.isfinite(each).all() for each in arrays) else None


def _shown(
    mistake: Mistake, site: int, form: int, sheet: Sheet, replay: Replay
) -> Iterator[Example]:
    shows: list[int] = []
    first = True
    for number, answer in enumerate(sheet.answers):
        key, position = replay.place(answer.ref, answer.aspect)
        truth = float(replay.truth[key].flat[position])
        value = answer.parsed.value
        off = 0.0 if value is None else abs(value - truth)
        clear = off > max(0.004 * abs(truth), 1e-12)
        if off > 2 * answer.parsed.unit and first and not clear:
            return
        if clear:
            first = False
            shows.append(number)
    if shows:
        yield Example(mistake.id, site, form, sheet, tuple(shows))


def _of_digits(mistake: Mistake, replay: Replay) -> Iterator[Example]:
    """Yield the sheets of the mistakes in single numbers, one for each quantity that is asked."""
    if mistake.id == "truncated":
        yield from _cut(replay)
        return
    for key in dict.fromkeys(replay.place(*entry)[0] for entry in asked(replay)):
        right = replay.truth[key]
        where = int(np.argmax(np.abs(right)))
        number = float(right.flat[where])
        if abs(number) < 1e-9:
            continue
        for form, wrong in enumerate(_wrong_entries(mistake, replay, key, where)):
            array = right.astype(np.float64)
            array.flat[where] = wrong
            arrays = _carried(replay, key, array)
            if arrays is None:
                continue
            sheet = sheet_of(replay, arrays, asked(replay))
            yield from _shown(mistake, key, form, sheet, replay)


def _wrong_entries(mistake: Mistake, replay: Replay, key: int, where: int) -> Iterator[float]:
    number = float(replay.truth[key].flat[where])
    if mistake.id == "decimal-point":
        yield 10 * number
        yield number / 100
        return
    summands = [term for term in terms(replay, key, where, list(replay.truth)) if term.value]
    products = [term for term in summands if term.factors]
    for term in products[:1] if len(summands) > 1 else ():
        for _, wrong in wrongs(term):
            yield number - term.value + wrong


def _cut(replay: Replay, decimals: int = 4) -> Iterator[Example]:
    """Yield the true sheet with every number cut off after so many decimals."""
    answers, shows = [], []
    for number, (ref, aspect) in enumerate(asked(replay)):
        key, position = replay.place(ref, aspect)
        truth = float(replay.truth[key].flat[position])
        value = math.trunc(truth * 10**decimals) / 10**decimals
        if abs(value - truth) > 0.5 * 10.0**-decimals and abs(value) >= 10.0 ** (1 - decimals):
            shows.append(number)
        raw = f"{value:.{decimals}f}"
        unit = 10.0**-decimals
        cut = ParsedAnswer(raw, value=float(raw), unit=unit)
        answers.append(Answer(name_of(ref, aspect, replay.graph), ref, cut, aspect))
    if shows:
        sheet = Sheet("example", "example", tuple(answers))
        yield Example("truncated", 0, 0, sheet, tuple(shows))

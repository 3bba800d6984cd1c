"""Words for known mistakes: what ``check`` says of each, and what it would give in a network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from ..checking.mistakes import Mistake, Site, catalogue
from ..checking.next_step import next_step
from ..checking.replay import Array, Replay, replay_of
from ..expression.refs import Ref, plain_name, turned
from ..worked.building import column
from ..worked.document import Block, Code, Column, Figure, Paragraph, Table, Text
from .records import Explained, ShowsIn, Word
from .shown import worked

MOST_SHOWN = 3
"""Places at which a mistake is shown."""


class Slip(Struct, frozen=True):
    """One entry as it is, and as a mistake makes it."""

    name: str
    right: float
    wrong: float


def mistake_words() -> list[Word]:
    """Return a word for each known mistake."""
    return [_word(mistake) for mistake in catalogue().values()]


def _word(mistake: Mistake) -> Word:
    told = {"entry": "the answer", "term": mistake.such_as}
    says, hint = (text.format(**told) for text in (mistake.says, mistake.hint))
    says, hint = (text[0].upper() + text[1:] for text in (says, hint))
    shown = None if mistake.wrong is None else _shown(mistake)
    return Word(mistake.id, "mistake", (says, hint), mistake.title, shown=shown)


def _shown(mistake: Mistake) -> ShowsIn:
    def shown(subject: Explained) -> list[Block]:
        slips = [slip for _, slip in zip(range(MOST_SHOWN), made(subject, mistake), strict=False)]
        if not slips:
            return []
        columns = (
            Column((), kind="label"),
            column("right", "figure"),
            column("with this mistake", "figure"),
        )
        rows = tuple((Code(s.name), Figure(s.right), Figure(s.wrong)) for s in slips)
        return [Table(columns, rows)]

    return shown


def made(subject: Explained, mistake: Mistake) -> Iterator[Slip]:
    """Yield what the mistake gives at each step where it can be made, a step an entry."""
    trace = subject.trace
    replay = replay_of(trace.graph, trace, next_step(trace.graph, subject.spec))
    for step in replay.order:
        if replay.kind_of(step.key) in ("moment", "slope"):
            continue
        right = replay.truth[step.key]
        site = Site(replay, step.key, list(replay.truth), right)
        if mistake.wrong is None:
            return
        with np.errstate(all="ignore"):
            wrong = next(mistake.wrong(site), None)
        if wrong is None or wrong.shape != right.shape or np.allclose(wrong, right):
            continue
        yield _slip(replay, step.key, right, wrong)


def _slip(replay: Replay, key: int, right: Array, wrong: Array) -> Slip:
    """Return the first entry that the mistake changes."""
    graph, kind = replay.graph, replay.kind_of(key)
    node = graph.nodes[replay.node_of(key)]
    place = next(i for i in np.ndindex(right.shape) if not np.isclose(right[i], wrong[i]))
    ref = node.ref.grad() if kind == "gradient" else node.ref
    sample, index = (place[0] + 1, place[1:]) if node.per_sample else (None, place)
    index = turned(ref.part, tuple(i + 1 for i in index), graph.in_out)
    shown = Ref(ref.part, ref.layer, ref.gradient, None if graph.single else sample, index)
    name = plain_name(shown, graph.in_out)
    if kind == "update":
        head, bracket, rest = name.partition("[")
        name = f"{head}'{bracket}{rest}"
    return Slip(name, float(right[place]), float(wrong[place]))


def carried(subject: Explained) -> list[Block]:
    """Show what follows from a slip in the first layer's z: right after it, though it is wrong."""
    graph, trace = subject.trace.graph, subject.trace
    replay = replay_of(graph, trace)
    for step in replay.order:
        used = list(replay.truth)
        sources = [key for key in step.reads if key in replay.at and used[key].size]
        if step.kind != "value" or not sources or not used[step.key].size:
            continue
        slipped = used[sources[0]].copy()
        slipped.flat[0] += max(1.0, abs(slipped.flat[0]) / 10)
        used[sources[0]] = slipped
        after = step.compute(used)
        if np.isclose(after, replay.truth[step.key]).all():
            continue
        earlier = _slip(replay, sources[0], replay.truth[sources[0]], slipped)
        later = _slip(replay, step.key, replay.truth[step.key], after)
        return [
            *worked(trace, [_ref(replay, step.key)]),
            Paragraph(
                (
                    Text("say "),
                    Code(earlier.name),
                    Text(" was answered "),
                    Figure(earlier.wrong),
                    Text(" in place of "),
                    Figure(earlier.right),
                    Text(": then "),
                    Figure(later.wrong),
                    Text(" for "),
                    Code(later.name),
                    Text(" follows from it"),
                )
            ),
        ]
    return []


def _ref(replay: Replay, key: int) -> Ref:
    return replay.graph.nodes[replay.node_of(key)].ref

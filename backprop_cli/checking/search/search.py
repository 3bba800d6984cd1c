"""Which known mistake explains the answers that are wrong, matched against the whole sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import numpy as np
from msgspec import Struct

from ..marking.answer_key import World
from ..marking.comparing import decimals_of, follows
from ..marking.markings import Marking, SheetMarkings
from ..mistakes import Mistake, Site, catalogue
from ..records import Acceptance, Verdict
from ..replay import Array, Arrays, Compute, ReplayStep
from .averaged import AVERAGED, averaged
from .carried import carried_on
from .entries import entries, turned
from .evidence import CHANCE, Evidence, Explanation, Named, Premise, Revision, Trials, evidence_of
from .pairs import pairs
from .slips import slips
from .wholes import wholes

MOST_ALIKE = 2
"""Mistakes that fit a lone answer equally well, past which none is named."""
FEWEST_DIGITS = 3
"""Digits of a lone answer below which many a mistake gives the same."""
POINT = "decimal-point"
VAGUE = (POINT, "rounded-too-early")
"""What says less than others that give the same number."""
TIME, PATH = "nothing-through-time", "one-path"
"""A path left out of a loop: the first says which."""
DECADES = (1, -1, 2, -2, 3, -3)
Left = frozenset[int]
Unearned = Literal["constant", "foreign", "accident"]
Finder = Callable[[Evidence, Left], list[Named]]


class Finding(Struct, frozen=True):
    """What becomes of an answer once mistakes are named; ``earlier`` are the wrong ones before.

    ``unearned`` answers get no mark, whatever their verdict: why is said. ``both_from`` is the step
    at which the mistake was made that ``earlier`` shows too, where nothing follows from those.
    """

    verdict: Verdict
    rule: Acceptance
    mistake: str | None = None
    also: tuple[str, ...] = ()
    both: bool = False
    term: str = ""
    earlier: tuple[str, ...] = ()
    unearned: Unearned | None = None
    both_from: int | None = None


_FITTING: tuple[Acceptance, ...] = (
    "exact", "last-digit", "close", "carried-rounding", "symbolic"
)  # fmt: skip
PLAINLY_RIGHT = {rule: Finding("right", rule) for rule in _FITTING}
"""What there is nothing to say of, by the rule: these very findings, none made anew."""


def search(sheet: SheetMarkings) -> list[Finding]:
    """Return what each answer is found to be, the known mistakes named."""
    evidence = evidence_of(sheet)
    findings = [
        PLAINLY_RIGHT[m.rule]
        if m.verdict == "right" and m.rule in PLAINLY_RIGHT
        else Finding(m.verdict, m.rule)
        for m in sheet.markings
    ]
    named = _named(evidence) if evidence.open and evidence.premises else []
    explained: dict[int, Finding] = {}
    for each in named:
        _explain(evidence, each, explained)
    for index, finding in explained.items():
        findings[index] = finding
    return findings


def _named(evidence: Evidence) -> list[Named]:
    """Return what explains the open answers; each finder looks at what those before it left."""
    trials = list(evidence.trials())
    tries = (
        evidence.explained(each.premise, (form.mistake.id,), (each.key,), world)
        for each in trials
        if not each.again
        for form, world in evidence.near(each.made)
    )
    found = [each for each in tries if each is not None]
    found += _everywhere(evidence, trials)
    found += _of_digits(evidence)
    found += _other_rate(evidence)
    tried = sum(len(each.made) for each in trials) // len(evidence.premises)
    likely = [each for each in found if not each.against]
    finders: tuple[Finder, ...] = (
        partial(wholes, found=likely),
        partial(entries, found=likely),
        partial(_most, found=likely, tried=tried),
        partial(_lonely, found=[e for e in found if e.against], tried=tried),
        partial(pairs, trials=trials),
        slips,
    )
    named: list[Named] = []
    left = evidence.open
    for finder in finders:
        if left:
            new = finder(evidence, left)
            named += [each for each in new if each.ids]
            left = left.difference(*(each.explains for each in new))
    return named


# -- what there is to explain it


def _everywhere(evidence: Evidence, trials: list[Trials]) -> Iterator[Explanation]:
    """Yield what each mistake explains, made at each step where it can be made."""
    for premise in evidence.premises:
        sites: dict[str, list[int]] = {}
        for each in trials:
            if each.premise is premise:
                for form, _ in each.made:
                    if form.number == 0 and not form.mistake.scales:
                        sites.setdefault(form.mistake.id, []).append(each.key)
        repeated = [(name, keys) for name, keys in sites.items() if len(keys) > 1]
        made = ((each, _made_at(evidence, premise, *each)) for each in repeated)
        for (name, keys), world in evidence.near(made):
            found = evidence.explained(premise, (name,), tuple(keys), world)
            if found is not None:
                yield found


def _made_at(evidence: Evidence, premise: Premise, name: str, keys: list[int]) -> World:
    """Return what changes where a mistake is made at several steps."""
    mistake = catalogue()[name]

    def made(used: Arrays) -> list[Revision]:
        steps = [evidence.replay.at[key] for key in keys]
        return [((), {step.key: _as_computed(evidence, mistake, step) for step in steps})]

    (world,) = evidence.worlds(premise, (name, *keys), made)
    return world


def _as_computed(evidence: Evidence, mistake: Mistake, step: ReplayStep) -> Compute:
    def compute(used: Arrays) -> Array:
        right = step.compute(used)
        site = Site(evidence.replay, step.key, used, right)
        wrong = None if mistake.wrong is None else next(mistake.wrong(site), None)
        return right if wrong is None or wrong.shape != right.shape else wrong

    return compute


def _of_digits(evidence: Evidence) -> Iterator[Explanation]:
    """Right digits, the decimal point elsewhere."""
    for index in sorted(evidence.open):
        marking = evidence.markings[index]
        s = marking.number
        if s is None or s.digits < 2:
            continue
        units = 0.5 if s.digits < FEWEST_DIGITS else evidence.sheet.units
        for e in (marking.truth, *marking.computed):
            k = _decades(s.value, e)
            if k in DECADES and follows(s, e * 10.0**k, units):
                yield Explanation((POINT,), (marking.key,), frozenset({index}))
                break


def _decades(s: float, e: float) -> int:
    """Return how many powers of ten s is above e, to the nearest; 0 where none make one the other.

    Two digits that fit leave no other power.
    """
    ratio = s / e if e else 0.0
    return round(math.log10(ratio)) if 0 < ratio < math.inf else 0


def _other_rate(evidence: Evidence) -> Iterator[Explanation]:
    """One learning rate, not the exercise's, that gives two or more of the new parameters."""
    low, high = -np.inf, np.inf
    seen = set()
    used, replay = evidence.premises[0].used, evidence.replay
    if replay.step is None or not replay.step.plain:
        return
    for index in evidence.open:
        marking = evidence.markings[index]
        s = marking.number
        if not marking.answer.step or s is None:
            continue
        node = replay.node_of(marking.key)
        w, g = (float(used[key].flat[marking.position]) for key in (node, replay.gradient(node)))
        if g == 0:
            continue
        slack = max(evidence.sheet.units * s.unit, 1e-9 * abs(s.value)) / abs(g)
        low, high = max(low, (w - s.value) / g - slack), min(high, (w - s.value) / g + slack)
        seen.add(index)
    if len(seen) > 1 and 0 < low <= high and high - low < 0.5 * high:
        yield Explanation(("wrong-rate",), (), frozenset(seen))


# -- which to name


def _most(evidence: Evidence, left: Left, *, found: list[Explanation], tried: int) -> list[Named]:
    """Name, again and again, what explains most of what is left."""
    explains: dict[str, set[int]] = {}
    for each in found:
        if each.ids[0] == POINT or evidence.believed(each.explains, tried):
            explains.setdefault(each.ids[0], set()).update(each.explains)
    named: list[Named] = []
    order = {name: turn for turn, name in enumerate(catalogue())}
    while left:
        counts = {name: len(answers & left) for name, answers in explains.items()}
        most = max(counts.values(), default=0)
        if most == 0:
            break
        best = sorted((n for n, count in counts.items() if count == most), key=order.__getitem__)
        mine = frozenset(explains[best[0]] & left)
        alike = [name for name in best if explains[name] & left == mine]
        if len(alike) > MOST_ALIKE:
            vague = (*VAGUE, PATH) if TIME in alike else VAGUE
            alike = [name for name in alike if name not in vague] or alike
        if len(mine) > 1 or (len(alike) <= MOST_ALIKE and _telling(evidence, mine, alike)):
            sites = tuple(each for each in found if each.ids[0] == alike[0])
            near = {n for each in sites if each.explains & mine for n in each.near}
            near -= {n for each in named for n in each.explains}
            mine |= near & left
            named.append(Named(tuple(alike[:2]), mine | near, sites))
        else:
            named.append(Named(("minus",) if turned(evidence, mine) else (), mine))
        left = left - mine
    return named


def _telling(evidence: Evidence, mine: frozenset[int], alike: list[str]) -> bool:
    """Return whether an answer that is all there is can tell one mistake from another.

    It takes three digits, or whole numbers; a sign or a factor shows in two digits as well. Among
    others that are right fewer do; not the one digit that small numbers have on a sheet of many
    decimals, and not two that numbers rounded otherwise may have given.
    """
    numbers = [evidence.markings[index].number for index in mine]
    if sum(map(len, evidence.at.values())) > 1:
        places = decimals_of(evidence.sheet.habits) or 0
        small = [s for s in numbers if s is not None and s.digits == 1 < places]
        coarse = any(s.unit <= 2 * 10.0**-places for s in small)
        return not coarse and (
            alike[0] != "rounded-too-early" or any(s is not None and s.digits > 2 for s in numbers)
        )
    clear = any(s is not None and (s.digits >= FEWEST_DIGITS or s.unit >= 1) for s in numbers)
    return clear or all(catalogue()[name].scales for name in alike)


def _lonely(evidence: Evidence, left: Left, *, found: list[Explanation], tried: int) -> list[Named]:
    """Name a mistake made at one entry only, where the digits leave no doubt."""
    named = []
    for index in sorted(left):
        fitting = {each.ids[0] for each in found if index in each.explains}
        ids = tuple(name for name in catalogue() if name in fitting) if len(fitting) < 3 else ()
        if 1 <= len(ids) <= 2 and evidence.chance([index]) * tried < CHANCE:
            named.append(Named(ids, frozenset({index})))
    return named


# -- what it means for each answer


def _explain(evidence: Evidence, named: Named, findings: dict[int, Finding]) -> None:
    """Say which mistake it is: it costs where it was made, what was carried on does not."""
    markings = evidence.markings
    made = {site for each in named.found for site in each.sites}
    for index in sorted(named.explains, key=lambda n: evidence.turn_of(markings[n].key)):
        key = markings[index].key
        first_id, *also = named.ids
        term = named.term
        if first_id == AVERAGED and not named.both:
            term = averaged(
                evidence, (markings[n] for n in named.explains if markings[n].key == key)
            )
        finding = Finding("wrong", "diagnosed", first_id, tuple(also), named.both, term)
        findings[index] = finding
        if key in made:
            continue
        first = _first_shown(evidence, named, markings[index], findings)
        site = next((s for each in named.found if index in each.explains for s in each.sites), None)
        shown = {n for n in named.explains if markings[n].key == first and n in findings}
        if first is not None and first != key and carried_on(evidence, site, shown, index):
            earlier = tuple(
                other.answer.name
                for other in markings
                if other.key == first and _diagnosed(findings.get(other.index))
            )[:2]
            findings[index] = Finding(
                "follow-through",
                "follow-through",
                first_id,
                tuple(also),
                named.both,
                "",
                earlier,
                both_from=_common(evidence, named, first, index),
            )


def _common(evidence: Evidence, named: Named, first: int, index: int) -> int | None:
    """Return the step from which two quantities come, where neither is made of the other."""
    replay, key = evidence.replay, evidence.markings[index].key
    if any(step.key == key for step in replay.from_step(first)):
        return None
    sites = (s for each in named.found if index in each.explains for s in each.sites)
    site = next(sites, None)
    layer = None if site is None else replay.layer_of.get(replay.node_of(site))
    gradient = site is not None and replay.kind_of(site) == "gradient"
    return replay.gradient(layer.z) if layer is not None and gradient else site


def _diagnosed(finding: Finding | None) -> bool:
    return finding is not None and finding.rule == "diagnosed"


def _first_shown(
    evidence: Evidence, named: Named, marking: Marking, findings: dict[int, Finding]
) -> int | None:
    """Return the first quantity at which a mistake shows that was made before this answer."""
    for each in named.found:
        if marking.index not in each.explains or marking.key in each.sites:
            continue
        keys = {evidence.markings[n].key for n in each.explains if n in findings}
        if len(each.sites) == 1 and keys:
            return min(keys, key=evidence.turn_of)
    return None

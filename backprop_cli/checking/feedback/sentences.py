"""What is said of each answer: where it comes from, and one sentence that helps."""

from __future__ import annotations

from ...functions.softmax import SOFTMAX
from ..marking.causes import matters, nearest
from ..marking.comparing import truncated
from ..marking.marker import Item, Walk
from ..mistakes import Mistake, catalogue
from ..search.search import nearly
from ..sheets.names import name_of

MOST_NAMED = 3
"""How many earlier answers are named."""
MOST_LOOKED_AT = 8
"""How many earlier wrong answers are tried one by one."""
LEAST_CUT = 3
"""How many numbers must be cut off for it to be a habit."""
SHARED = "right, with the 1/N of the mean in it already: the gradients agree with that"
FLIPPED = "right, with delta taken of (y − a): the gradients have the usual sign"
PRECISION = (
    "cannot be told at this precision: the step is smaller than the last digit that was written"
)
WRONG = "not right, and no known mistake gives it: check each factor, sign and index of this step"
NEARLY = "not right, but near: off by a few units of the last digit; go on with more digits"
WRONG_FORMULA = "not right: the formula gives another number where the network has other numbers"
GIVEN = "given, not asked: it earns no mark"
UNDECIDED = "could not be decided: the formula has no number here, and could not be compared"


def find_cut(walk: Walk) -> None:
    """Name digits cut off: as a habit of the sheet, or in one product of numbers that are given."""
    cut = [item for item in walk.items if item.cut]
    plain = [item for item in cut if _nothing_else(walk, item)]
    habit = len(cut) >= LEAST_CUT and plain and not any(map(_rounded_up, walk.items))
    for item in cut:
        if habit or (item in plain and _one_product(walk, item)):
            item.mistake = "truncated"


def _rounded_up(item: Item) -> bool:
    """Whether the number shows that it was rounded: its last digit is larger than cutting gives."""
    s = item.figure
    if s is None or s.unit <= 0 or item.verdict != "right":
        return False
    return abs(s.value) - abs(item.truth) > 1e-6 * s.unit


def _nothing_else(walk: Walk, item: Item) -> bool:
    """Whether cutting alone explains it: all that the step reads is there as it was written."""
    step, s = walk.replay.at.get(item.key), item.figure
    if step is None or s is None or not item.computed or step.kind == "gradient":
        part = "" if step is None else walk.replay.graph.nodes[step.node].ref.part
        if part not in ("W", "b") or not item.computed or s is None or step is None:
            return False
    if walk.replay.graph.nodes[step.node].rule is SOFTMAX:
        return False
    leaves = walk.replay.graph.given
    given = all(read in leaves or not walk.own.blank(read) for read in step.reads)
    return given and truncated(s, item.computed[0])


def _one_product(walk: Walk, item: Item) -> bool:
    """Whether the step is a single product, so that nothing on the way was rounded either."""
    kind = walk.replay.kind_of(item.key)
    return kind == "update" or (kind == "gradient" and walk.replay.graph.samples == 1)


def name_earlier(walk: Walk) -> None:
    """Name, for each answer that follows from a wrong one, the wrong answers it comes from."""
    for step in walk.replay.order:
        for item in walk.by_key.get(step.key, ()):
            if item.verdict == "follow-through" and not item.earlier:
                item.earlier = _earlier(walk, item)


def _earlier(walk: Walk, item: Item) -> tuple[str, ...]:
    found = list(item.carried) or nearest(walk, item.key)
    step, basis = walk.replay.at[item.key], walk.all
    if len(found) > 1 and basis is not None:
        named = [i for i in found[:MOST_LOOKED_AT] if matters(basis, i, item, step)]
        found = named or found
    roots: list[str] = []
    for other in found:
        roots += [other.answer.name] if other.verdict != "follow-through" else other.earlier
    order = {other.answer.name: number for number, other in enumerate(walk.items)}
    return tuple(sorted(dict.fromkeys(roots), key=order.__getitem__)[:MOST_NAMED])


def say(walk: Walk) -> None:
    """Give each answer its sentences."""
    for item in walk.items:
        if not item.message:
            item.message, item.full = _sentences(walk, item)


def _given(walk: Walk, item: Item) -> str:
    """Return that a quantity is given and earns no mark, and what may have been meant by it."""
    graph, ref = walk.replay.graph, item.answer.ref
    if item.verdict == "right" or item.key not in graph.parameters.values():
        return GIVEN
    meant = f"its gradient is {name_of(ref.grad(), False, graph)}"
    if walk.replay.rate is not None:
        meant += f", after one step it is {name_of(ref, True, graph)}"
    return f"{GIVEN}; {meant}"


def _sentences(walk: Walk, item: Item) -> tuple[str, str]:
    name = item.answer.name
    if item.key in walk.replay.graph.given and item.verdict not in ("blank", "unreadable"):
        return (_given(walk, item), "")
    match item.rule:
        case "imprecise":
            s, digits = item.figure, walk.rules.digits
            if s is not None and abs(s.value - item.truth) > s.unit:
                return (WRONG, "")
            cure = "2 decimals or 2 significant digits"
            if digits is not None:
                cure = f"{digits} decimal{'' if digits == 1 else 's'}"
            if s is not None and s.digits == 0:
                cure = "1 digit that is not 0"
            return (f"too coarse to tell: give at least {cure}", "")
        case "follow-through":
            return _follows(item)
        case "diagnosed":
            return _diagnosed(item, name)
        case "precision":
            return (PRECISION, "")
        case "undecided":
            return (UNDECIDED, "")
        case "wrong":
            return (NEARLY if nearly(item, walk.units) else WRONG, "")
        case "symbolic" if item.verdict == "wrong":
            return (WRONG_FORMULA, "")
    if item.mistake == "truncated":
        mistake = catalogue()["truncated"]
        return (f"right, but: {_lower(mistake.hint)}", mistake.says.format(entry=name))
    factor = walk.factor_of(item.answer)
    if factor == 1 or item.verdict != "right" or not item.truth:
        return ("", "")
    return (FLIPPED if factor == -1 else SHARED, "")


def _follows(item: Item) -> tuple[str, str]:
    names = " and ".join(item.earlier)
    are = "are" if len(item.earlier) > 1 else "is"
    if not names:
        return ("follows correctly from an earlier answer that is wrong", "")
    said = f"follows correctly from {names}, which {are} wrong"
    if item.mistake is None:
        return (said, "")
    return (said, f"{said}: {catalogue()[item.mistake].title}")


def _diagnosed(item: Item, name: str) -> tuple[str, str]:
    found = [catalogue()[each] for each in (item.mistake, *item.also) if each]
    says = [_says(mistake, name, item.term) for mistake in found]
    if item.both:
        hints = " And: ".join(mistake.hint for mistake in found)
        return (f"Two things at once. {hints}", " And: ".join(says))
    return (" Or: ".join(mistake.hint for mistake in found), " Or: ".join(says))


def _says(mistake: Mistake, name: str, term: str) -> str:
    return mistake.says.format(entry=name, term=term)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

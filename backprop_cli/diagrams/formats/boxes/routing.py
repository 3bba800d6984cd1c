"""Lines between two columns of boxes: each net has an upright track, level lines lead to it.

A net joins sources to targets. Two nets may cross, but no two may run along each other: where
one's line to a target is level with another's from a source, the tracks must be in the right order.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

APART = 2
"""Columns from one track to the next."""


class Net(Struct, frozen=True):
    """Rows at which a net leaves its sources, and rows at which it comes to its targets."""

    name: str
    left: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def straight(self) -> bool:
        """Whether one level line is all of it."""
        return set(self.left) == set(self.right) and len(set(self.left)) == 1

    @property
    def top(self) -> int:
        """The first row of its upright line."""
        return min(*self.left, *self.right)

    @property
    def bottom(self) -> int:
        """The last row of its upright line."""
        return max(*self.left, *self.right)


def tracks(nets: Sequence[Net]) -> dict[str, int] | None:
    """Return each net's track, counted from the left; None where no order keeps them apart."""
    turning = [net for net in nets if not net.straight]
    if any(_forbidden(a, b) and _forbidden(b, a) for a in turning for b in turning if a is not b):
        return None
    order = _settled(_first_order(turning))
    for position, before in enumerate(order):
        if any(_forbidden(before, after) for after in order[position + 1 :]):
            return None
    places: dict[str, int] = {}
    for position, net in enumerate(order):
        place = 0
        for before in order[:position]:
            apart = before.bottom + 1 < net.top or net.bottom + 1 < before.top
            place = max(place, places[before.name] + (0 if apart else 1))
        places[net.name] = place
    return places


def _first_order(nets: list[Net]) -> list[Net]:
    """Return the nets so that what is forbidden does not happen, as far as that can be."""
    left, order = list(nets), []
    behind = {n.name: {m.name for m in nets if m is not n and _forbidden(n, m)} for n in nets}
    while left:
        names = {net.name for net in left}
        chosen = next((net for net in left if not behind[net.name] & names), left[0])
        left.remove(chosen)
        order.append(chosen)
    return order


def _settled(order: list[Net]) -> list[Net]:
    """Return the order after exchanging neighbours as long as that saves crossings."""
    for _ in range(len(order)):
        changed = False
        for i in range(len(order) - 1):
            a, b = order[i], order[i + 1]
            if not _forbidden(b, a) and _crossings(b, a) < _crossings(a, b):
                order[i], order[i + 1] = b, a
                changed = True
        if not changed:
            break
    return order


def _forbidden(left: Net, right: Net) -> bool:
    """Return whether ``left`` may not have its track to the left: they would share a line."""
    return bool(set(left.right) & set(right.left))


def _crossings(left: Net, right: Net) -> int:
    """Return how often two nets cross where ``left`` has its track to the left."""
    outward = sum(right.top <= row <= right.bottom for row in left.right)
    return outward + sum(left.top <= row <= left.bottom for row in right.left)

"""What a sweep found: the values at every point, or at those of one part; parts put together."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from msgspec import Struct

from ...problems import refuse
from .grid import Grid

Array = np.ndarray[Any, Any]


class Swept(Struct, frozen=True):
    """A quantity over a grid, or over part ``part[0]`` of ``part[1]`` of its points.

    ``values`` has a number a point, the last axis the fastest; NaN where a pass is refused.
    ``network`` is the file, ``digest`` what is in it.
    """

    network: str
    digest: str
    grid: Grid
    values: Array
    part: tuple[int, int] = (1, 1)

    @property
    def array(self) -> Array:
        """The values in the grid's shape; raise ValueError where they are only a part of it."""
        return self.values.reshape(self.grid.shape)


def merged(parts: list[tuple[str, Swept]]) -> Swept:
    """Return the whole of which all the parts are there, each with the name of its file."""
    first_name, first = parts[0]
    found: dict[int, tuple[str, Swept]] = {}
    for name, part in parts:
        for what, same in (
            ("another network", part.digest == first.digest),
            ("another grid", part.grid == first.grid),
            ("a sweep cut into another number of parts", part.part[1] == first.part[1]),
        ):
            if not same:
                message = f"{name}: a part of {what} than {first_name}"
                raise refuse(message, None, "name the parts of one sweep")
        number, count = part.part
        if number in found:
            message = f"{name}: part {number}/{count} again, after {found[number][0]}"
            raise refuse(message, None, "leave one of them out")
        if len(part.values) != part.grid.count(number, count):
            raise refuse(f"{name}: part {number}/{count} is not whole", None, "compute it again")
        found[number] = (name, part)
    count = first.part[1]
    missing = count - len(found)
    if missing:
        some = list(itertools.islice((n for n in range(1, count + 1) if n not in found), 9))
        shown = ", ".join(map(str, some[:8])) + (", …" if len(some) > 8 else "")
        cure = f"compute them: --part {some[0]}/{count}"
        raise refuse(f"{missing} of {count} parts missing: {shown}", None, cure)
    values = np.concatenate([found[number][1].values for number in sorted(found)])
    return Swept(first.network, first.digest, first.grid, values)

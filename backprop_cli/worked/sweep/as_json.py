"""A sweep, or a part of it, as plain data and as CSV; a part read back."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from ...passes.sweep.grid import Axis, Grid
from ...passes.sweep.reading import Spot, SweepReading
from ...passes.sweep.records import Swept
from ...problems import refuse
from ...spec.nodes import file_bytes

LARGEST_PART = 512 * 2**20
"""Bytes of a part: ten million points have some 300 megabytes."""


class _PartFile(msgspec.Struct):
    """What a part's file has."""

    network: str
    digest: str
    of: str
    part: tuple[int, int]
    axes: tuple[Axis, ...]
    values: Any


def sweep_object(swept: Swept, reading: SweepReading | None = None) -> dict[str, Any]:
    """Return the sweep: its axes, and the values in their shape, of a part one after the other."""
    whole = swept.part[1] == 1
    values = swept.array if whole else swept.values
    found: dict[str, Any] = {
        "network": swept.network,
        "digest": swept.digest,
        "of": swept.grid.of,
        "part": swept.part,
        "axes": [{"name": axis.name, "values": axis.values} for axis in swept.grid.axes],
        "values": values.tolist(),
    }
    if reading is not None:
        for name, spot in (("least", reading.least), ("in_the_file", reading.own)):
            found[name] = None if spot is None else _spot(swept, spot)
        if reading.path:
            found["path"] = [_spot(swept, spot) for spot in reading.path]
    return found


def _spot(swept: Swept, spot: Spot) -> dict[str, Any]:
    pairs = zip(swept.grid.axes, spot.point, strict=True)
    found: dict[str, Any] = {axis.name: number for axis, number in pairs} | {"value": spot.value}
    return found | ({"slopes": spot.slopes} if spot.slopes else {})


def sweep_csv(swept: Swept) -> str:
    """Return a line a point: the axes' values, the value there, nothing where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(axis.name for axis in swept.grid.axes), swept.grid.of])
    columns = [c.tolist() for c in swept.grid.coordinates(swept.grid.part(*swept.part))]
    values = ["" if np.isnan(value) else value for value in swept.values.tolist()]
    writer.writerows(zip(*columns, values, strict=True))
    return text.getvalue()


def read_part(path: str) -> Swept:
    """Return what ``sweep --part`` wrote; raise Refusal for any other file."""
    data = file_bytes(path, "part of a sweep", LARGEST_PART)
    if len(data) > LARGEST_PART:
        raise refuse(f"{path}: larger than any part", None, "compute it again")
    try:
        found = msgspec.json.decode(data, type=_PartFile)
        values = np.array(found.values, dtype=np.float64).ravel()
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        cure = "name files that 'backprop sweep … --part 1/4 -o part.json' wrote"
        raise refuse(f"{path}: no part of a sweep: {str(error)[:120]}", None, cure) from None
    grid = Grid(found.axes, found.of)
    number, count = found.part
    rising = all(one < two for axis in grid.axes for one, two in pairwise(axis.values))
    if not (grid.axes and all(grid.shape) and rising and 1 <= number <= count <= grid.size):
        raise refuse(f"{path}: no part of a sweep", None, "compute it again")
    return Swept(found.network, found.digest, grid, values, found.part)

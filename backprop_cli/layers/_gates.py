"""Arrays of gates: a mapping by gate, one array with all of them stacked, or joined with others."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..graph.building import Builder, shape_of, sized
from ..graph.parts import Given
from ..problems import Place, Report, counted
from ..spec.arrays import ARRAY, ArraySpec, FileData, Init, WrittenArray
from ..spec.nodes import Mapping, Scalar, Sequence, YamlNode
from ..spec.reading import Key, Reader, mapping_schema, read_keys
from .dense import NO_BIAS, NoBias


class ByGate(Struct, frozen=True):
    """``{i: …, f: …}``: an array a gate."""

    arrays: dict[str, ArraySpec]
    place: Place


GateArrays = ArraySpec | ByGate | NoBias
CANDIDATES = {"g": ("c", "c~", "c̃", "candidate", "cell"), "n": ("h", "h~", "h̃", "candidate")}
"""Others' letters for the candidate that a gate lets in."""


class GateArray(Struct, frozen=True):
    """One gate's own array: what is written, and where it stands in the file."""

    spec: Any = None
    below: tuple[str, ...] = ()
    offset: tuple[int, ...] = ()


def gate_arrays(gates: tuple[str, ...], doc: str, *, flat: bool = False, none: bool = False) -> Key:
    """Return the key of arrays of gates; of one gate without a name, of a plain array.

    ``flat`` arrays are vectors, one number for each unit; ``none`` says that there may be none.
    """
    named = [gate for gate in gates if gate]
    keys = {gate: Key(ARRAY, f"of gate {gate}", also=CANDIDATES.get(gate, ())) for gate in named}

    def read(node: YamlNode, what: str, report: Report) -> GateArrays | None:
        if none and isinstance(node, Scalar) and node.text.lower() in ("none", "no", "false"):
            if node.text == "none":
                return NoBias(node.place)
            report.say(f"{what}: '{node.text}' is not a number", node.place, NO_BIAS)
            return None
        if named and isinstance(node, Mapping) and not (node.get("init") or node.get("file")):
            return _by_gate(node, keys, what, report)
        if flat and isinstance(node, Sequence) and any(isinstance(i, Sequence) for i in node.items):
            cure = "one number for each unit, such as [1, 2]"
            if named:
                cure = (
                    f"one after the other, or by gate: {{{', '.join(f'{g}: […]' for g in named)}}}"
                )
            report.say(f"{what}: a flat list is expected", node.place, cure)
            return None
        return ARRAY.read(node, what, report)

    schema: list[dict[str, Any]] = [*ARRAY.schema["anyOf"]]
    if none:
        schema.insert(0, {"const": "none"})
    if named:
        schema.append(mapping_schema(keys))
    return Key(Reader(read, {"anyOf": schema}), doc)


def _by_gate(node: Mapping, keys: dict[str, Key], what: str, report: Report) -> ByGate | None:
    before = len(report.problems)
    found = read_keys(node, keys, what, report)
    missing = [gate for gate in keys if node.get(gate) is None]
    if missing and len(report.problems) == before:
        message = f"{what}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        report.say(message, node.place, f"an array for each of {', '.join(keys)}")
    return ByGate(found, node.place) if len(report.problems) == before else None


def loaded(spec: GateArrays | None, builder: Builder) -> Any:
    """Return what is written, data files read."""
    if isinstance(spec, FileData):
        return builder.load(spec)
    return spec


class Stack(Struct, frozen=True):
    """How arrays of gates lie in a file: which gates in which order, of how many units.

    ``turned`` says that matrices are (from, to) and so stacked from left to right.
    """

    gates: tuple[str, ...]
    units: int
    turned: bool

    def pieces(
        self, spec: Any, key: str, place: Place, widths: tuple[int, ...], builder: Builder
    ) -> dict[str, tuple[GateArray, ...]]:
        """Return each gate's arrays, one a width (without widths: a vector); report misfits."""
        none = {gate: tuple(GateArray() for _ in widths or (0,)) for gate in self.gates}
        if spec is None or isinstance(spec, NoBias):
            return none
        if isinstance(spec, ByGate):
            found = dict(none)
            for gate in self.gates:
                own = loaded(spec.arrays[gate], builder)
                what = f"{key}.{gate}"
                found[gate] = self._cut(own, what, spec.arrays[gate].place, widths, 1, 0, builder)
                found[gate] = tuple(
                    GateArray(each.spec, (gate,), each.offset) for each in found[gate]
                )
            return found
        count = len(self.gates)
        if not self._fits(spec, key, place, widths, count, builder):
            return none
        return {
            gate: self._cut(spec, key, place, widths, count, position, builder)
            for position, gate in enumerate(self.gates)
        }

    def _whole(self, widths: tuple[int, ...], count: int) -> tuple[int, ...]:
        if not widths:
            return (count * self.units,)
        shape = (count * self.units, sum(widths))
        return shape[::-1] if self.turned else shape

    def _fits(
        self,
        spec: Any,
        key: str,
        place: Place,
        widths: tuple[int, ...],
        count: int,
        builder: Builder,
    ) -> bool:
        shape, wanted = shape_of(spec), self._whole(widths, count)
        if shape is None or shape == wanted or shape == ():
            return True
        each = counted(self.units, "unit")
        what = f"{count} gates of {each}" if count > 1 else f"{each}"
        if widths:
            read = " + ".join(map(str, widths))
            what += f" that {'reads' if self.units == 1 else 'read'} {read}"
        builder.say(
            f"{key}: {sized(shape)}, but {what} take {sized(wanted)}",
            place,
            f"give {sized(wanted)}",
        )
        return False

    def _cut(
        self,
        spec: Any,
        key: str,
        place: Place,
        widths: tuple[int, ...],
        count: int,
        position: int,
        builder: Builder,
    ) -> tuple[GateArray, ...]:
        """Return one gate's arrays out of an array of ``count`` gates."""
        if not self._fits(spec, key, place, widths, count, builder):
            return tuple(GateArray() for _ in widths or (0,))
        shape = shape_of(spec)
        if shape is None or shape == ():
            return tuple(GateArray(spec) for _ in widths or (0,))
        start = position * self.units
        rows = slice(start, start + self.units)
        if not widths:
            return (GateArray(_sliced(spec, (rows,)), (), (start,) if count > 1 else ()),)
        found, column = [], 0
        for width in widths:
            at, offset = (rows, slice(column, column + width)), (start, column)
            if self.turned:
                at, offset = at[::-1], offset[::-1]
            whole = count == 1 and len(widths) == 1
            found.append(GateArray(_sliced(spec, at), (), () if whole else offset))
            column += width
        return tuple(found)


def _sliced(spec: Any, at: tuple[slice, ...]) -> Any:
    if isinstance(spec, WrittenArray):
        return WrittenArray(spec.texts[at], spec.place)
    if isinstance(spec, Given):
        if spec.texts is not None:
            return Given(texts=spec.texts[at])
        return None if spec.floats is None else Given(floats=spec.floats[at])
    if isinstance(spec, Init):
        return spec
    raise TypeError("an array is written, drawn, or loaded")

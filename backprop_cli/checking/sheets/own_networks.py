"""A folder with a network a student: which sheet answers which network, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

from msgspec import Struct, structs

from ...problems import Refusal, Source, refuse, shortened
from .files import Found, read_source, sheet_files
from .handing_in import no_sheet

MOST_LOOKED_AT = 20
"""Files of a folder that are looked at to see whether networks are in it."""
BESIDE = ("key", "worksheet", "solution")
"""What ``exercise`` writes beside each network: it is nobody's sheet."""


class OwnNetwork(Struct, frozen=True):
    """A network, and the sheets that answer it."""

    network: str
    sheets: tuple[Found, ...] = ()


class Paired(Struct, frozen=True):
    """The networks of a folder with their sheets, and the files that are neither, with why."""

    networks: tuple[OwnNetwork, ...]
    left_out: tuple[str, ...] = ()


def paired(folder: str, others: tuple[str, ...] = ()) -> Paired:
    """Return each network of the folder with its sheets: there, and in ``others``.

    ``exercise-07.yaml`` is answered by ``exercise-07-ada.yaml``, ``exercise-07_ada.csv``, and by
    whatever stands in a folder that is so called. Raises Refusal where there is no network.
    """
    networks: dict[str, str] = {}
    sheets: list[Found] = []
    left: list[str] = []
    _check_order(folder, others)
    for found in sheet_files((folder, *others)):
        if found.why:
            left.append(f"{found.path}: {found.why}")
        elif _is_network(found, folder):
            networks.setdefault(PurePath(found.path).stem, found.path)
        else:
            sheets.append(found)
    if not networks:
        cure = "name the network's file before the folder of sheets"
        source = Source(shortened(folder, 200), "")
        raise refuse("no network in this folder", None, cure, source)
    answered: dict[str, list[Found]] = {stem: [] for stem in networks}
    for sheet in sheets:
        stem, who = next(_stems(sheet, networks), ("", ""))
        if not stem:
            left.append(f"{sheet.path}: no network is called so")
        elif sheet.folder == folder and _is_beside(sheet, stem):
            what = PurePath(sheet.path).stem.removeprefix(f"{stem}-")
            left.append(f"{sheet.path}: the network's own {what}")
        else:
            answered[stem].append(structs.replace(sheet, who=who))
    left += [
        f"{path}: no sheet answers it" for stem, path in networks.items() if not answered[stem]
    ]
    pairs = (OwnNetwork(networks[stem], tuple(own)) for stem, own in answered.items() if own)
    return Paired(tuple(pairs), tuple(left))


def _check_order(folder: str, others: tuple[str, ...]) -> None:
    """Refuse a folder of sheets that stands where the network, or the folder of them, should."""

    def networks(path: str) -> bool:
        place = Path(path)
        files = sorted(place.glob("*.y*ml")) if place.is_dir() else [place]
        root = str(place) if place.is_dir() else str(place.parent)
        return any(_is_network(Found(str(each)), root) for each in files[:MOST_LOOKED_AT])

    if networks(folder):
        return
    first = next((path for path in others if path != "-" and networks(path)), "")
    if first:
        cure = f"the networks first: backprop check {first} {folder}"
        raise refuse("no network in this folder", None, cure, Source(shortened(folder, 200), ""))


def _is_network(found: Found, folder: str) -> bool:
    place = Path(found.path)
    if found.foreign or found.linked or place.suffix.lower() not in (".yaml", ".yml"):
        return False
    if place.parent != Path(folder):
        return False
    try:
        return no_sheet(read_source(found.path)) == "a network"
    except Refusal:
        return False


def _stems(sheet: Found, networks: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the networks that a sheet may answer, the longest name first, and whose it is then.

    exercise-07-ada.yaml and exercise-07/ada.yaml are ada's.
    """
    *folders, last = PurePath(sheet.path).parts
    own = PurePath(last).stem
    for name in (own, *reversed(folders)):
        for stem in sorted(networks, key=len, reverse=True):
            if name == stem:
                yield stem, "" if name == own else own
            elif name.startswith((f"{stem}-", f"{stem}_")):
                yield stem, name[len(stem) + 1 :]


def _is_beside(sheet: Found, stem: str) -> bool:
    return PurePath(sheet.path).stem in {f"{stem}-{word}" for word in BESIDE}

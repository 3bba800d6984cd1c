"""A notation in a file of its own: what stands under ``notation:`` in a network, for a course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import structs

from ..problems import Refusal, Report, Source, in_order, nearest, refuse, shortened
from ..spec.beside import folder_of, is_let_in
from ..spec.nodes import Mapping, Scalar, Sequence, YamlNode, compose, read_source
from ..spec.profile import Profile
from ..spec.reading import kind
from . import profile, profile_names

LARGEST = 64 * 1024
OR_A_FILE = "; or name a file of your own, such as course.yaml"
_LOOK = "such as 'base: nielsen' and 'letters: {z: s}', a line each"


def is_file(name: str) -> bool:
    """Return whether a notation's name is that of a file."""
    return name.lower().endswith((".yaml", ".yml"))


def named_profile(name: str) -> Profile | None:
    """Return the profile of a name, or in a file; None where there is none of that name."""
    if is_file(name):
        return profile_in(read_source(name, LARGEST))
    return profile(name) if name in profile_names() else None


def meant(name: str) -> str:
    """Return what to write in place of a name that none has."""
    near = nearest(name.replace("_", "-"), profile_names())
    return near if near.endswith("?") else near + OR_A_FILE


def profile_in(source: Source) -> Profile:
    """Return the profile that a file's mapping says; raise Refusal with what is wrong in it."""
    from .reading import read_notation

    report = Report(source)
    found = read_notation(_mapping(source), "notation", report)
    if found is None or report.problems:
        raise Refusal(in_order(report.problems), source)
    return found


def profile_beside(node: Scalar, what: str, report: Report) -> Profile | None:
    """Return the profile in a file that a network names; report one that may not be read."""
    path = folder_of(report.source) / node.text
    if not is_let_in(path, report.source):
        message = f"{what}: {shortened(node.text, 80)} lies outside of the network's folder"
        report.say(message, node.place, "put it beside the network, or add --allow-outside")
        return None
    if not path.is_file():
        message = f"{what}: there is no file {shortened(node.text, 80)}"
        report.say(message, node.place, f"looked for {shortened(str(path), 120)}")
        return None
    found = profile_in(read_source(str(path), LARGEST))
    return structs.replace(found, file=node.text)


def written(name: str, folder: Path = Path()) -> Any:
    """Return a notation as it stands in a network that is on its own: its name, or its mapping."""
    if not is_file(name):
        return name
    return _plain(_mapping(read_source(str(folder / name), LARGEST)))


def _mapping(source: Source) -> Mapping:
    tree = compose(source)
    if not isinstance(tree, Mapping):
        message = f"a notation's file is a mapping, not {kind(tree)}"
        raise refuse(message, tree.place, _LOOK, source)
    return tree


def _plain(node: YamlNode) -> Any:
    if isinstance(node, Mapping):
        return {name.text: _plain(value) for name, value in node.pairs}
    return [_plain(item) for item in node.items] if isinstance(node, Sequence) else node.text

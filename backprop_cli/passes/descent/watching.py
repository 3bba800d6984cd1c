"""What a reader follows through a descent: a parameter, any other quantity, an optimizer's state.

A state goes by the letter on the page and the parameter that it is kept for: ``m(W1[1,2])``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from ...arithmetic.floating import plain
from ...expression.refs import Ref, plain_name, stored_index
from ...graph.names import UnknownName, from_shown, probability_ref, scores_behind, shown_shape
from ...graph.records import Graph
from ...graph.resolving import resolve_number, without_prime
from ...problems import refuse
from ..trace import Trace, backward, forward
from .descender import Descender
from .plan import Plan

MOST_COLUMNS = 8
"""Entries that a table has a column each for."""
_STATE = re.compile(r"(?P<letter>[A-Za-z]\w*)\((?P<name>[^()]+)\)(?P<index>\[[^\[\]]*\])?")


class Watched(Struct, frozen=True):
    """A quantity, or an entry; with a ``letter`` the optimizer's state of it."""

    ref: Ref
    letter: str = ""

    def name(self, graph: Graph) -> str:
        """Return the plain name: ``W1[1,2]``, ``m(W1[1,2])``."""
        name = plain_name(self.ref, graph.in_out)
        return f"{self.letter}({name})" if self.letter else name


def watched_of(
    graph: Graph, plan: Plan, names: Sequence[str], *, entries: bool = False
) -> tuple[Watched, ...]:
    """Return what ``--show`` names; with ``entries`` a whole array is each of its entries."""
    found: list[Watched] = []
    for name in names:
        try:
            each = _watched(graph, plan, name)
        except UnknownName as unknown:
            raise unknown.refusal("--show") from None
        split = entries or not is_parameter(graph, each.ref)
        computed = scores_behind(each.ref, graph)
        shape = shown_shape(graph, computed) if split and not computed.index else ()
        refs = [from_shown(computed, _counted(i), graph) for i in np.ndindex(shape) if shape]
        if computed != each.ref:
            refs = list(map(probability_ref, refs))
        found += [Watched(ref, each.letter) for ref in refs] or [each]
    columns = [each for each in found if entries or not is_parameter(graph, each.ref)]
    if len(columns) > MOST_COLUMNS:
        message = f"--show: {len(columns)} entries, and a table has room for {MOST_COLUMNS}"
        raise refuse(message, None, "name single entries, such as --show W1[1,2]")
    return tuple(dict.fromkeys(found))


def is_parameter(graph: Graph, ref: Ref) -> bool:
    """Return whether a quantity is a parameter itself, which a step has lines of."""
    return not ref.gradient and graph.find(ref) in graph.parameter_nodes


def _counted(position: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i + 1 for i in position)


def _watched(graph: Graph, plan: Plan, text: str) -> Watched:
    """Return what one name means."""
    name, _ = without_prime(text)  # W1' is the row below
    match = _STATE.fullmatch(name.replace(" ", ""))
    letters, kept = plan.optimizer.state, ""
    if match is not None and match["letter"] in letters:
        name, kept = match["name"] + (match["index"] or ""), match["letter"]
    try:
        ref = resolve_number(name, graph)
    except UnknownName:
        if match is None or kept or match["letter"] == "d":
            raise
        keeps = " and ".join(letters)
        cure = f"it keeps {keeps}, such as {letters[0]}({match['name']})" if letters else ""
        cure = cure or "--optimizer adam keeps m and v"
        message = f"'{text}': {plan.optimizer.name} keeps no {match['letter']}"
        raise UnknownName(message, cure) from None
    if kept and not is_parameter(graph, ref):
        message = f"'{text}': {kept} is kept for each parameter, and {name} is none"
        raise UnknownName(message, f"the parameters are {', '.join(graph.parameters)}")
    return Watched(ref, kept)


def seen(descender: Descender, watched: Sequence[Watched]) -> tuple[Any, ...]:
    """Return the number of each, as the descent stands now, of all samples."""
    if not watched:
        return ()
    graph = descender.graph
    names = {number: name for name, number in graph.parameters.items()}
    state = descender.standing().state if any(each.letter for each in watched) else {}
    trace = _trace(descender, [each.ref for each in watched if not each.letter])
    found: list[Any] = []
    for each in watched:
        if not is_parameter(graph, each.ref):
            found.append(trace.array(each.ref)[()])
            continue
        number = graph.number(each.ref)
        at = stored_index(each.ref, graph.in_out)
        if each.letter:
            kept = state[each.letter].get(names[number])
            found.append(kept[at] if kept is not None else np.float64(0))
        else:
            found.append(descender.leaves[number][at])
    return tuple(map(plain, found))


def _trace(descender: Descender, refs: list[Ref]) -> Trace:
    """Return as much of both passes as what is followed needs, at the parameters as they are."""
    graph, arithmetic = descender.graph, descender.arithmetic
    computed = [ref for ref in refs if not is_parameter(graph, ref)]
    if not computed:
        return Trace(graph, arithmetic, ())
    values = forward(graph, arithmetic, descender.leaves, change=descender.changes[0])
    if not any(ref.gradient for ref in computed):
        return Trace(graph, arithmetic, values)
    return backward(graph, arithmetic, values, change=descender.changes[1])

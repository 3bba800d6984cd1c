"""Every page of the examples, made once: its letters, values, digits and names are checked.

Each call is read in its own notation, every fourth in one more that goes round; ``PAGE=all``
reads every call in every notation.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import pytest

from backprop_cli.api import load, trace
from backprop_cli.checking.next_step import plain_descent
from backprop_cli.checking.sheets.names import PlainNames
from backprop_cli.diagrams.options import focus_of
from backprop_cli.exercises.questions import named_questions
from backprop_cli.graph.names import UnknownName, shown_shape
from backprop_cli.graph.records import Graph
from backprop_cli.graph.resolving import resolve_step
from backprop_cli.passes.descent.plan import Options, plan_of
from backprop_cli.passes.descent.watching import watched_of
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal
from backprop_cli.worked.trace.options import changed, view_of
from backprop_cli.worked.trace.trace_document import trace_document

from ..commands.running import EXAMPLES, NAMES, config
from ..descending import spec_of
from ..pairing import ALL, has_turn
from .capture import EXERCISES, NOTATIONS, calls_of, every_call, shown
from .counting import counted
from .digits import faults_of
from .letters import faults
from .names import graph_of, is_known, names_in
from .pages import page
from .truth import Tally, chains_of
from .unknown import is_nearly_all

CALLS = {
    call: start + number
    for start, name in enumerate(EXAMPLES)
    for number, call in enumerate(calls_of(name))
} | {call: number for number, call in enumerate(EXERCISES)}
"""Every call, with the number that says in which other notation it is read."""


def notations_of(call: tuple[str, ...]) -> tuple[str, ...]:
    """Return the notations that a page is read in; ``""`` is its own."""
    if ALL:
        return ("", *NOTATIONS)
    number = CALLS[call]
    return ("",) if number % 4 else ("", NOTATIONS[number // 4 % len(NOTATIONS)])


@functools.cache
def read(call: tuple[str, ...]) -> Tally:
    """Return what the equations of a call's page give, after looking at its letters."""
    total, made = Tally(), shown(*call)
    for notation in notations_of(call) if made is not None else ():
        assert made is not None
        spoken = made.spoken(notation)
        counted("letters", sum(len(chain.forms) - 1 for chain in chains_of(spoken)))
        unsound = faults(spoken, made.written(notation))
        assert not unsound, (call, notation, unsound[:3])
        found = page(made, notation)
        assert not found.faults, (call, notation, found.faults[0])
        total.add(found)
    return total


@functools.cache
def lines_of(call: tuple[str, ...]) -> int:
    """Return how many lines of numbers a call prints, each of which holds as it is printed."""
    if "--exact" in call:
        return 0
    lines, off = faults_of(call, Settings())
    counted("digits", lines)
    assert not off, off
    return lines


@functools.cache
def names_of(call: tuple[str, ...]) -> frozenset[str]:
    """Return the names on a call's page."""
    made = shown(*call)
    return frozenset() if made is None else frozenset(names_in(made.document.blocks))


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_a_page_is_true(call: tuple[str, ...]) -> None:
    read(call)
    lines_of(call)
    graph = graph_of(call) if call not in EXERCISES else None
    for text in names_of(call) if graph is not None else ():
        assert graph is not None
        assert is_known(text, graph), text


@pytest.mark.parametrize("name", EXAMPLES)
def test_hardly_anything_on_an_example_s_pages_has_no_value(name: str) -> None:
    tally = Tally()
    for call in calls_of(name):
        tally.add(read(call))
    assert tally.held > 20
    assert sum(len(names_of(call)) for call in calls_of(name)) > 10
    is_nearly_all(tally)


def test_many_lines_of_numbers_are_redone() -> None:
    assert sum(map(lines_of, CALLS)) > 2500


def test_exercises() -> None:
    tally = Tally()
    for call in EXERCISES:
        tally.add(read(call))
    is_nearly_all(tally)


def test_most_calls_have_a_document() -> None:
    calls = list(every_call())
    found = [shown(*call) for call in calls]
    refused = [call for call, page in zip(calls, found, strict=True) if page is None]
    assert len(found) > 150
    assert len(refused) < len(found) / 20, refused


# -- names at every door


@functools.cache
def printed(name: str) -> dict[str, tuple[str, ...]]:
    """Return every name that is printed about an example itself, with the call that prints it."""
    found: dict[str, tuple[str, ...]] = {}
    for call in calls_of(name):
        seen = shown(*call)
        if seen is not None and graph_of(call).layered is load(call[1]).layered:
            for text in sorted(names_in(seen.document.blocks)):
                found.setdefault(text, call)
    return found


def wrt(name: str, graph: Graph) -> object:
    done = trace(graph)
    return trace_document(done.trace, view_of(graph, wrt=(name,)))


def answer(name: str, graph: Graph) -> object:
    return PlainNames(graph).find(name)


def focus(name: str, graph: Graph) -> object:
    return focus_of(name, graph, 1, None)


def blank(name: str, graph: Graph) -> object:
    return named_questions(graph, (name,), plain_descent(0.1))


def asked_in_python(name: str, graph: Graph) -> object:
    return trace(graph, learning_rate=0.1).value(name)


DOORS: dict[str, Callable[[str, Graph], object]] = {
    "--wrt": wrt,
    "--answer": answer,
    "--focus": focus,
    "--blank": blank,
    "value()": asked_in_python,
}
REASONS = re.compile(
    r"a local derivative|the target is given|with respect to the target|it is given|"
    r"the picture has no node|name one: |only parameters|after one step|a worksheet does not ask"
)
"""Why a quantity that is understood cannot be asked for at one of the doors."""


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", NAMES)
def test_every_door_takes_every_printed_name(name: str, door: str) -> None:
    graph = load(config(name))
    taken = 0
    for turn, text in enumerate(printed(name), tuple(DOORS).index(door)):
        if not has_turn(turn, 2):
            continue
        try:
            DOORS[door](text, graph)
            taken += 1
        except (Refusal, UnknownName) as refusal:
            said = str(refusal)
        else:
            continue
        assert REASONS.search(said), (text, said)
    assert taken


@pytest.mark.parametrize("name", NAMES)
def test_printed_parameters_can_be_set_and_all_that_is_printed_be_shown(name: str) -> None:
    graph, spec = load(config(name)), spec_of(name)
    plan = plan_of(graph, spec, Options(rate="0.1", optimizer="adam"))
    for text in printed(name):
        if "/" in text:
            continue
        ref, step = resolve_step(text, graph)
        shape = shown_shape(graph, ref)
        opening = f"{text.removesuffix(']')}," if text.endswith("]") else f"{text}["
        entry = text if ref.index or not shape else f"{opening}{','.join('1' for _ in shape)}]"
        assert watched_of(graph, plan, (entry,), entries=True), entry
        if step or ref.gradient or graph.find(ref) not in graph.parameters.values():
            continue
        assert watched_of(graph, plan, (f"m({entry})",))[0].name(graph) == f"m({entry})"
        if ref.index or not graph.nodes[graph.number(ref)].shape:
            again = changed(graph, (f"{text}=0.125",))
            assert trace(again).value(text) == 0.125


@pytest.mark.parametrize("name", [n for n in NAMES if load(config(n)).layered])
def test_layers_go_by_number_by_name_and_by_what_is_theirs(name: str) -> None:
    graph = load(config(name))
    for text in printed(name):
        if "/" in text:
            continue
        ref, step = resolve_step(text, graph)
        if ref.layer is not None and not step:
            assert view_of(graph, layers=(text,)).layers == (ref.layer,), text
    for layer in graph.layers:
        for text in (str(layer.index), *([layer.name] if layer.name else [])):
            assert view_of(graph, layers=(text,)).layers == (layer.index,)

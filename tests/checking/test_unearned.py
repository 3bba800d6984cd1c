"""A sheet without working earns next to nothing; a slip carried on honestly earns in full."""

from __future__ import annotations

import functools
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from msgspec import structs

from backprop_cli.api import check, load, loads
from backprop_cli.checking.feedback.sentences import ACCIDENT, FOREIGN, FOREIGN_SHEET, UNEARNED
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import AnswerKey, answer_key
from backprop_cli.checking.records import Marked, Rules, Sheet
from backprop_cli.checking.replay import Arrays, ReplayStep, constant, replayed
from backprop_cli.exercises.generating import exercise
from backprop_cli.exercises.outline import outline_of
from backprop_cli.functions.lookup import Lookup
from backprop_cli.graph.resolving import resolve
from backprop_cli.passes.run import run

from ..commands.running import ALL, config
from ..commands.running import run as command
from ..pairing import EACH
from .mazur import marked
from .mistake_sheets import asked, sheet_of
from .students import decimals, number_written, significant

CONFIGS = {name: g for name in ALL if not (g := load(config(name))).symbolic}
EXAMPLES = list(CONFIGS)
CONSTANTS = ("0", "0.0", "0.00", "0.0000", "-0", "1", "1.000", "-1", "0.5", "0.5000", "0.1234", "7")


def some_of(steps: Sequence[ReplayStep]) -> Sequence[ReplayStep]:
    """Return the steps, of many some: a block has hundreds."""
    return steps if EACH else steps[:: len(steps) // 20 + 1]


@functools.cache
def key_of(name: str) -> AnswerKey:
    return answer_key(CONFIGS[name], run(CONFIGS[name]), 0.5)


@functools.cache
def right(name: str, *, stepped: bool) -> Sheet:
    replay = key_of(name).replay
    entries = tuple(entry for entry in asked(replay) if stepped or not entry[1])
    return sheet_of(replay, list(replay.truth), entries)


def marked_with(name: str, sheet: Sheet, raws: list[str]) -> Marked:
    pairs = zip(sheet.answers, raws, strict=True)
    answers = tuple(structs.replace(a, parsed=number_written(raw)) for a, raw in pairs)
    return mark_sheet(key_of(name), structs.replace(sheet, answers=answers))


@pytest.mark.parametrize("stepped", [False, True])
@pytest.mark.parametrize("name", EXAMPLES)
def test_one_number_in_every_blank_earns_at_most_a_tenth(name: str, stepped: bool) -> None:
    sheet = right(name, stepped=stepped)
    for raw in CONSTANTS[EXAMPLES.index(name) % 2 :: 2]:
        found = marked_with(name, sheet, [raw] * len(sheet.answers))
        assert found.score <= 0.1 * found.max_score, raw
        assert {each.message for each in found.judged if each.verdict == "right"} <= {UNEARNED}
        if found.judged[0].message == UNEARNED:
            same = [each for each in found.judged if not each.message.startswith("given")]
            assert {each.message for each in same} == {UNEARNED}, raw
            assert not any(each.mistake for each in same)


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_or_three_numbers_taking_turns_earn_at_most_a_tenth(name: str) -> None:
    sheet = right(name, stepped=False)
    if len(sheet.answers) < 18:
        pytest.skip("so few blanks are no pattern")
    for turns in (("0", "1"), ("0", "0.5", "1"), ("1", "-1")):
        raws = [turns[n % len(turns)] for n in range(len(sheet.answers))]
        found = marked_with(name, sheet, raws)
        assert found.score <= 0.1 * found.max_score, turns


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", EXAMPLES)
def test_another_exercises_key_earns_no_more_than_what_is_right_in_it(name: str, seed: int) -> None:
    """The same network with other weights, input and target: nearly nothing fits this one."""
    sheet = right(name, stepped=True)
    found = marked_with(name, sheet, numbers(name, sheet, other_network(name, seed)))
    assert found.score <= max(1, 0.1 * found.max_score)
    assert {each.message for each in found.judged if each.verdict == "follow-through"} <= {FOREIGN}
    assert found.remarks == (FOREIGN_SHEET,)
    assert not any(each.mistake for each in found.judged if each.verdict != "right")


def test_another_network_with_the_same_input_and_target_is_told_by_its_weights() -> None:
    """The loss and the gradients of the neighbour's exercise fit; no weighted sum does."""
    replay, sheet = key_of("mazur").replay, right("mazur", stepped=False)
    for seed, slips in ((0, False), (1, False), (0, True)):
        random = np.random.default_rng(seed)
        arrays = list(replay.truth)
        for leaf in replay.graph.parameters.values():
            arrays[leaf] = np.round(random.uniform(-2, 2, arrays[leaf].shape), 1)
        for step in replay.order:
            arrays[step.key] = np.asarray(step.compute(arrays))
        if slips:
            at = {replay.place(a.ref)[0] for a in sheet.answers if a.name[:2] in ("z1", "z2")}
            wrong = {key: constant(arrays[key]) for key in at}
            arrays = list(replay.truth)
            for key, array in replayed(replay, arrays, wrong, {}).items():
                arrays[key] = array
        found = marked_with("mazur", sheet, numbers("mazur", sheet, arrays))
        assert bool(found.remarks) != slips
        assert (found.score > 0.7 * found.max_score) == slips
        assert slips or found.score <= 0.1 * found.max_score


@pytest.mark.parametrize("outline", ["2-2-1 sigmoid", "2-2-1 relu", "2-2-1 identity", "2-2-2 tanh"])
def test_another_exercise_of_small_whole_numbers_is_told_by_all_of_them(outline: str) -> None:
    """By chance numbers fit here and there, or are known mistakes; weights may be the same.

    Two networks with half of the given arrays in common are more like one with two slips.
    """
    shape, activation = outline.split()
    graphs = [exercise(outline_of(shape, activation), 1, n).graph for n in range(1, 5)]
    keys = [answer_key(graph, run(graph)) for graph in graphs]
    shares = []
    for key, other in itertools.permutations(keys, 2):
        sheet = sheet_of(other.replay, list(other.replay.truth), asked(other.replay))
        parsed = [number_written(f"{each.parsed.value:.4g}") for each in sheet.answers]
        pairs = zip(sheet.answers, parsed, strict=True)
        answers = tuple(structs.replace(each, parsed=number) for each, number in pairs)
        found = mark_sheet(key, structs.replace(sheet, answers=answers))
        shares.append(found.score / found.max_score)
        here, there = key.replay.truth, other.replay.truth
        if not any(np.array_equal(here[leaf], there[leaf]) for leaf in key.graph.given):
            assert found.remarks == (FOREIGN_SHEET,)
        if found.remarks:
            said = {e.message for e in found.judged if not e.score and e.verdict != "wrong"}
            assert said <= {FOREIGN, ACCIDENT}
            assert {e.answer.name[:2] for e in found.judged if e.score} <= {"z1", "a1", "z2", "a2"}
    assert sum(shares) <= 0.1 * len(shares)


def test_two_slips_are_no_other_network() -> None:
    """Every weighted sum is wrong, and each for another reason; all else fits."""
    replay, sheet = key_of("mazur").replay, right("mazur", stepped=False)
    names = ("z1[1]", "z2[1]", "loss", "delta1[1]", "dW2[1,1]")
    at = {name: replay.place(resolve(name, replay.graph))[0] for name in names}
    for pair in itertools.combinations(at.values(), 2):
        arrays = list(replay.truth)
        wrong = {key: constant(1.3 * replay.truth[key] + 0.21) for key in pair[:1]}
        arrays = [replayed(replay, arrays, wrong, {}).get(k, a) for k, a in enumerate(arrays)]
        wrong = {pair[1]: constant(1.3 * arrays[pair[1]] + 0.21)}
        arrays = [replayed(replay, arrays, wrong, {}).get(k, a) for k, a in enumerate(arrays)]
        found = marked_with("mazur", sheet, numbers("mazur", sheet, arrays))
        assert not found.remarks
        assert all(e.score for e in found.judged if replay.place(e.answer.ref)[0] not in pair)


def other_network(name: str, seed: int) -> Arrays:
    """Return every array of the network with its given numbers drawn anew."""
    replay, random = key_of(name).replay, np.random.default_rng(seed)
    arrays = list(replay.truth)
    lookups = (node for node in replay.graph.nodes if isinstance(node.rule, Lookup))
    tables = {node.parents[0]: node.parents[1] for node in lookups}
    for leaf in replay.graph.given:
        if leaf in tables:
            words = len(arrays[tables[leaf]])
            arrays[leaf] = (arrays[leaf] + random.integers(1, words)) % words
            continue
        if leaf == replay.graph.target and "cross" in replay.graph.loss_name:
            arrays[leaf] = np.roll(arrays[leaf], 1, axis=-1)
            continue
        signs = random.choice((-1.0, 1.0), arrays[leaf].shape)
        moved = arrays[leaf] + signs * random.uniform(0.1, 0.9, arrays[leaf].shape)
        arrays[leaf] = np.round(moved, 2)
    for step in replay.order:
        arrays[step.key] = np.asarray(step.compute(arrays))
    return arrays


def numbers(name: str, sheet: Sheet, arrays: Arrays) -> list[str]:
    places = [key_of(name).place(answer) for answer in sheet.answers]
    return [decimals(4)(float(arrays[key].flat[position])) for key, position in places]


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_slip_whatever_it_is_and_all_that_follows_from_it_keep_their_credit(name: str) -> None:
    """Each quantity in turn is another one throughout: no other step is suspected."""
    replay, sheet = key_of(name).replay, right(name, stepped=True)
    random = np.random.default_rng(7)
    for step in some_of(replay.order):
        truth = np.asarray(replay.truth[step.key], dtype=float)
        wrong = truth * random.uniform(1.2, 2.0) + random.uniform(0.1, 0.4)
        arrays = list(replay.truth)
        with np.errstate(all="ignore"):
            changed = replayed(replay, arrays, {step.key: constant(wrong)}, {})
        for key, array in changed.items():
            arrays[key] = array
        if all(np.isfinite(array).all() for array in arrays):
            found = marked_with(name, sheet, numbers(name, sheet, arrays))
            assert not found.remarks, step
            assert not {FOREIGN, UNEARNED} & {each.message for each in found.judged}, step


def test_whoever_marks_may_pay_what_shows_no_working() -> None:
    sheet = structs.replace(right("mazur", stepped=False), rules=Rules(evidence=False))
    found = marked_with("mazur", sheet, numbers("mazur", sheet, other_network("mazur", 0)))
    assert found.score > 0.4 * found.max_score
    assert not found.remarks


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_wrong_zero_carried_on_keeps_its_credit(name: str) -> None:
    """Each quantity in turn is taken for 0 throughout, and everything after it follows."""
    replay, sheet = key_of(name).replay, right(name, stepped=False)
    for step in some_of(replay.order):
        zero = np.zeros(replay.truth[step.key].shape)
        arrays = list(replay.truth)
        with np.errstate(all="ignore"):
            changed = replayed(replay, arrays, {step.key: constant(zero)}, {})
            for key, array in changed.items():
                arrays[key] = array
        if not all(np.isfinite(array).all() for array in arrays):
            continue
        entries = [(answer.ref, answer.aspect) for answer in sheet.answers]
        places = [replay.place(*entry) for entry in entries]
        values = [float(arrays[key].flat[position]) for key, position in places]
        for write in (decimals(4), significant(5)):
            found = marked_with(name, sheet, list(map(write, values)))
            assert UNEARNED not in {each.message for each in found.judged}, step


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_but_zeros_earns_only_where_each_is_right(name: str) -> None:
    """Whichever kind of quantity is asked: a wrong 0 carried on shows no working beside zeros."""
    sheet = right(name, stepped=False)
    gradients = [answer for answer in sheet.answers if answer.ref.gradient]
    parts = Counter(answer.ref.part for answer in gradients)
    some = [[a for a in gradients if a.ref.part == part] for part in parts]
    for answers in (gradients, *some):
        asked_for = structs.replace(sheet, answers=tuple(answers))
        found = marked_with(name, asked_for, ["0"] * len(answers))
        every = all(each.verdict in ("right", "undecided") for each in found.judged)
        if len(answers) >= 4:
            assert found.score == (found.max_score if every else 0), answers[0].name


DEAD = """
input: [1, 2]
target: [1]
loss: half_squared_error
layers:
  - {units: 2, activation: relu, weights: [[1, -1], [0.5, 0.5]], bias: [0, 0]}
  - {units: 1, activation: sigmoid, weights: [[1, -1]], bias: [0]}
"""


def test_zeros_of_a_dead_unit_earn_beside_numbers_that_show_work() -> None:
    """All of them, with a slip as without; among nothing but zeros none does."""
    right_ones = {
        "delta1": [0, "0.1219"],
        "dW1": [[0, 0], ["0.1219", "0.2439"]],
        "db1": [0, "0.1219"],
    }
    slipped = {"delta1": [0, "0.2"], "dW1": [[0, 0], ["0.2", "0.4"]], "db1": [0, "0.2"]}
    zeros = {"delta1": [0, 0], "dW1": [[0, 0], [0, 0]], "db1": [0, 0]}
    found = [check(loads(DEAD), sheet).marked[0] for sheet in (right_ones, slipped, zeros)]
    assert [each.score for each in found] == [8, 7, 0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_right_sheet_earns_all_whatever_stands_in_it(name: str) -> None:
    sheet = right(name, stepped=False)
    found = mark_sheet(key_of(name), sheet)
    assert found.score == found.max_score


def test_few_answers_of_one_number_are_no_pattern() -> None:
    """dW2[1,1] is 0.0822 and dW2[1,2] 0.0827: both are 0.08, what the others are not."""
    names = ("dW2[1,1]", "dW2[1,2]", "delta2[1]", "z1[1]", "a1[1]")
    found = marked(dict.fromkeys(names, "0.08")).judged
    assert [each.score for each in found] == [1, 1, 0, 0, 0]
    assert UNEARNED not in {each.message for each in found}


ZEROS = ("0", "0.00", "0.0000", "0.00000000")


@pytest.mark.parametrize("name", ["mazur", "diamond", "sigmoid_circuit", "three_two_one"])
def test_a_zero_is_judged_alike_however_it_is_written(name: str) -> None:
    """At each quantity in turn, among the sheet's numbers; alone where it is no 0 to 4 decimals."""
    sheet = right(name, stepped=False)
    replay = key_of(name).replay
    places = [replay.place(answer.ref, answer.aspect)[0] for answer in sheet.answers]
    raws = numbers(name, sheet, list(replay.truth))
    for key in dict.fromkeys(places):
        sizes = np.abs(np.asarray(replay.truth[key], dtype=float))
        small = ((sizes > 0) & (sizes < 1e-4)).any()
        here = [number == key for number in places]
        alone = tuple(itertools.compress(sheet.answers, here))
        judgements = set()
        for zero in ZEROS:
            put = [zero if at else raw for at, raw in zip(here, raws, strict=True)]
            among = marked_with(name, sheet, put)
            lone = marked_with(name, structs.replace(sheet, answers=alone), [zero] * len(alone))
            both = (among,) if small else (among, lone)
            judgements.add(
                tuple(
                    (j.verdict, j.rule, j.mistake, j.message)
                    for found in both
                    for j in found.judged
                )
            )
        assert len(judgements) == 1, places.index(key)


NAMED = {
    "chain_rule": (
        ("functions: [f, g, h]\n", ""),
        ("g(x, y)", "x*y"),
        ("h(x, y)", "x + y"),
        ("f(u, v)", "u*sin(v)"),
    ),
    "symbolic_2443": (("{function: F}", "sigmoid"), ("{function: C}", "half_squared_error")),
    "vector_chain_rule": (
        ("functions: {f: 1, g: 3}\n", ""),
        ("g(x)", "tanh(x)"),
        ("f(u)", "sum(u*u)"),
    ),
}
"""Functions for the examples that have none."""


@pytest.mark.parametrize("name", [name for name in ALL if name not in CONFIGS])
def test_formulas_in_every_blank_earn_only_where_they_are_right(name: str, tmp_path: Path) -> None:
    """A network without numbers: a number is no answer to it; without functions nothing is."""
    blank, net, sheets = tmp_path / "blank.yaml", tmp_path / "net.yaml", tmp_path / "sheets"
    assert not command("worksheet", config(name), "-o", str(blank)).code
    refused = command("check", config(name), str(blank))
    assert refused.code == 2
    assert "has no formula" in refused.err
    text = Path(config(name)).read_text()
    for old, new in NAMED[name]:
        text = text.replace(old, new)
    net.write_text(text)
    command("worksheet", str(net), "--solution", "-o", str(tmp_path / "key.yaml"))
    key = yaml.safe_load((tmp_path / "key.yaml").read_text())
    first, *others = flat(list(key["answers"].values()))
    sheets.mkdir()
    for student, raw in {"zeros": "0", "ones": "1.00", "first": first, "last": others[-1]}.items():
        filled = {n: repeated(each, raw) for n, each in key["answers"].items()}
        (sheets / f"{student}.yaml").write_text(yaml.safe_dump({"answers": filled}))
    found = command("check", str(net), str(sheets), str(tmp_path / "key.yaml"), "--format", "json")
    paid = {
        each["student"]: each["score"] / each["max_score"]
        for each in json.loads(found.out)["students"]
    }
    assert paid.pop("key") == 1
    assert paid.keys() == {"zeros", "ones", "first", "last"}
    most = max(0.1, 1 / len([first, *others]))
    assert max(paid.values()) <= most, paid


def flat(nested: Any) -> list[str]:
    return (
        [leaf for each in nested for leaf in flat(each)] if isinstance(nested, list) else [nested]
    )


def repeated(nested: Any, raw: str) -> Any:
    return [repeated(each, raw) for each in nested] if isinstance(nested, list) else raw

"""How often a slip is called by its name: kind by kind, on sheets worked by plain numpy.

``NAMING_SHEETS=40`` checks more of each kind; ``pytest -s`` prints the table.
"""

from __future__ import annotations

import contextlib
import os
import random

from msgspec import structs

from backprop_cli.api import check, loads
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Sheet
from backprop_cli.passes.run import run
from backprop_cli.problems import Refusal
from tests.checking.graph_slips import GraphKind, GraphTask, graph_kinds
from tests.checking.slip_kinds import Kind, Work, kinds, table
from tests.checking.students import Student, answer, decimals, exercise, number_written, sheet

SHEETS = int(os.environ.get("NAMING_SHEETS", "3"))
SHAPES = (((2, 2, 2), 1), ((3, 4, 2), 1), ((2, 2, 2), 3), ((3, 3, 2, 2), 1), ((2, 3, 1), 2))


def tried(kind: Kind) -> list[int]:
    """Return how many sheets were made, named rightly, named wrongly."""
    made = right = wrong = 0
    for seed in range(40 * SHEETS):
        if made == SHEETS:
            break
        sizes, samples = SHAPES[seed % len(SHAPES)]
        task = exercise(seed, sizes, samples)
        work = Work(task, decimals(4), kind, seed % (len(sizes) - 1), seed)
        pages = work.work()
        if not work.made:
            continue
        graph = loads(task.text())
        judged = mark_sheet(answer_key(graph, run(graph), task.rate), sheet(pages, graph)).judged
        named = {each.mistake for each in judged if each.mistake and each.verdict == "wrong"}
        also = {name for each in judged if each.verdict == "wrong" for name in each.also}
        if not any(each.verdict == "wrong" for each in judged):
            continue
        made += 1
        good = bool((named | also) & set(kind.called))
        right += good
        wrong += bool(named) and not good
    return [made, right, wrong]


def test_slips_on_layers_are_named() -> None:
    rows = {kind.name: tried(kind) for kind in kinds()}
    print("\n" + table(rows))
    total = [sum(row[n] for row in rows.values()) for n in range(3)]
    print(f"{len(rows)} kinds, {total}")
    assert len(rows) >= 60
    assert total[1] >= 0.95 * total[0]
    assert all(wrong <= 0.01 * made for made, _, wrong in rows.values())


def tried_on_graphs(kind: GraphKind) -> list[int]:
    """Return how many sheets were made, named rightly, named wrongly."""
    made = right = wrong = 0
    for seed in range(60 * SHEETS):
        if made == SHEETS:
            break
        task = GraphTask(seed)
        with contextlib.suppress(ArithmeticError, Refusal):
            pages = task.work(decimals(4), kind, seed)
            if pages is None:
                continue
            graph = loads(task.text())
            answers = tuple(answer(name, raw, graph) for name, raw in pages.items())
            judged = mark_sheet(answer_key(graph, run(graph)), Sheet("", "", answers)).judged
            named = {each.mistake for each in judged if each.mistake and each.verdict == "wrong"}
            also = {name for each in judged if each.verdict == "wrong" for name in each.also}
            if any(each.verdict == "wrong" for each in judged):
                made += 1
                good = bool((named | also) & set(kind.called))
                right += good
                wrong += bool(named) and not good
    return [made, right, wrong]


def test_slips_on_graphs_are_named() -> None:
    rows = {kind.name: tried_on_graphs(kind) for kind in graph_kinds()}
    print("\n" + table(rows))
    total = [sum(row[n] for row in rows.values()) for n in range(3)]
    print(f"{len(rows)} kinds, {total}")
    assert len(rows) >= 25
    assert total[1] >= 0.85 * total[0]
    assert all(wrong <= 0.01 * made for made, _, wrong in rows.values())


def test_a_number_of_two_digits_is_seldom_named_by_accident() -> None:
    """Small numbers drawn at random, in right sheets: they are no mistake's, but by chance."""
    seen = accused = 0
    for seed in range(8 * SHEETS):
        sizes, samples = SHAPES[seed % len(SHAPES)]
        task, chance = exercise(seed, sizes, samples), random.Random(seed)
        graph = loads(task.text())
        key = answer_key(graph, run(graph), task.rate, many=True)
        handed_in = sheet(Student(task, decimals(4)).work(), graph)
        gradients = [n for n, each in enumerate(handed_in.answers) if each.ref.gradient]
        for at in chance.sample(gradients, 5):
            raw = f"{chance.choice((-1, 1)) * chance.randint(10, 99) / 10_000:.4f}"
            right = handed_in.answers[at].parsed.value or 0.0
            if abs(float(raw) - right) > max(0.0005, 0.1 * abs(right)):
                answers = list(handed_in.answers)
                answers[at] = structs.replace(answers[at], parsed=number_written(raw))
                wrong = structs.replace(handed_in, answers=tuple(answers))
                seen += 1
                accused += mark_sheet(key, wrong).judged[at].mistake is not None
    assert accused <= 0.01 * seen


def test_of_two_slips_that_the_digits_cannot_tell_apart_both_are_said() -> None:
    """0.2·1.5 and 0.6·0.5 are alike: whichever was left out; of other products the one is known."""
    text = "input: [1.5, 0.5]\nlayers: [{weights: [[0.2, 0.6], [0.2, 0.5]], bias: [0.1, 0.2]}]"
    found = check(loads(text), {"z1": ["0.400", "0.450"]}).marked[0].judged
    assert [each.mistake for each in found] == ["slip", "slip"]
    assert "either W1[1,1]·x[1] left out or W1[1,2]·x[2] left out" in found[0].full
    assert "term: W1[2,1]·x[1] left out" in found[1].full

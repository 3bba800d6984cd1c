"""A graph's own names: no two are written alike, nor one like a sign that the page has itself."""

from __future__ import annotations

import itertools
import re

from ..commands.running import run

ALIKE = ("w", "w1", "w_1", "pi_", "e_", "t", "_t", "mu", "mu_f")


def test_no_two_names_are_written_alike() -> None:
    for names in (*itertools.combinations(ALIKE, 2), ALIKE):
        given = ", ".join(f"{name}: {number}" for number, name in enumerate(names, 2))
        text = f"variables: {{{given}}}\ngraph:\n  f: pi + e + {' + '.join(names)}\n"
        page = run("trace", "-", "--only", "forward", stdin=text).out
        drawn = re.findall(r"^ +(\S+) = \d+$", page, re.M)
        terms = re.search(r"f = (\S+(?: \+ \S+)+)", page)
        assert terms is not None
        assert len({*terms[1].split(" + ")}) == len(names) + 2, (names, terms[1])
        assert len({*drawn}) == len(names), (names, drawn)


def test_a_variable_is_not_written_as_a_message() -> None:
    text = (
        "variables: {mu_f: [1, 2], x: [1, 3], mu_hx: 2}\n"
        "graph:\n  f: mu_f*x\n  h: f*x*mu_hx\n  o: sum(h) + mu_hx\n"
    )
    given = run("trace", "-", stdin=text).out
    sent = re.findall(r"^ +through \w+ +(\S+) = ", given, re.M)
    assert sent
    assert not {"μ_f", "μₕₓ"}.intersection(sent), sent

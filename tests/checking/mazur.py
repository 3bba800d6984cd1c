"""Mazur's network, what its author printed, and short ways to judge answers to it."""

from __future__ import annotations

from backprop_cli.api import load
from backprop_cli.checking.mark_sheet import mark_sheet
from backprop_cli.checking.marking.answer_key import answer_key
from backprop_cli.checking.records import Judged, Marked, Rules, Sheet
from backprop_cli.graph.records import Graph
from backprop_cli.passes.run import run
from tests.checking.students import answer

MAZUR = load("configs/mazur.yaml")
PROBLEM = answer_key(MAZUR, run(MAZUR), 0.5)
PUBLISHED = {
    "z1[1]": "0.3775",
    "z1[2]": "0.3925",
    "a1[1]": "0.593269992",
    "a1[2]": "0.596884378",
    "z2[1]": "1.105905967",
    "a2[1]": "0.75136507",
    "a2[2]": "0.772928465",
    "loss_terms[1]": "0.274811083",
    "loss_terms[2]": "0.023560026",
    "loss": "0.298371109",
    "d(a2)[1]": "0.74136507",
    "delta2[1]": "0.138498562",
    "dW2[1,1]": "0.082167041",
    "d(a1)[1]": "0.036350306",
    "dW1[1,1]": "0.000438568",
    "W2'[1,1]": "0.35891648",
    "W2'[1,2]": "0.408666186",
    "W2'[2,1]": "0.511301270",
    "W2'[2,2]": "0.561370121",
    "W1'[1,1]": "0.149780716",
    "W1'[1,2]": "0.19956143",
    "W1'[2,1]": "0.24975114",
    "W1'[2,2]": "0.29950229",
}
"""What "A Step by Step Backpropagation Example" prints."""


def sheet(graph: Graph, entries: dict[str, str]) -> Sheet:
    return Sheet("", "", tuple(answer(name, raw, graph) for name, raw in entries.items()))


def marked(entries: dict[str, str], rules: Rules | None = None) -> Marked:
    return mark_sheet(PROBLEM, sheet(MAZUR, entries), rules)


def last(entries: dict[str, str]) -> Judged:
    """Return what is said of the last answer, in the order given."""
    return marked(entries).judged[-1]


def only(raw: str, name: str = "delta2[1]", rules: Rules | None = None) -> Judged:
    return marked({name: raw}, rules).judged[0]

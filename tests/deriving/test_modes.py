"""Modes of derivation: the published example's equations, every form's value, counts, refusals.

Local derivatives are central differences of the node's own forward rule or of what is written, so
nothing here asks a rule for its share.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_cli.api import derive, load, loads
from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.deriving.expand import expand_document
from backprop_cli.deriving.graphs import modes
from backprop_cli.deriving.graphs.expanding import check_closed_form
from backprop_cli.deriving.graphs.graph_document import derived
from backprop_cli.deriving.graphs.local import FUNCTIONS
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    Call,
    Derivative,
    Diff,
    Dots,
    Expr,
    Known,
    Matrix,
    Name,
    Number,
    Partial,
    Quantity,
    Tangent,
)
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.graph.as_graph import weights_as_nodes
from backprop_cli.graph.operations import operations
from backprop_cli.graph.records import Graph
from backprop_cli.mathematics.activations import spelled_out
from backprop_cli.passes.run import run as passes
from backprop_cli.passes.trace import Trace
from backprop_cli.problems import Refusal
from backprop_cli.worked.document import Chain, Math, Section, Table
from backprop_cli.worked.view import View

from ..commands.running import CONFIGS, EXAMPLES, NAMES, config, printed, refused, run
from ..graph.random_graphs import random_graph
from ..networks import MANY
from ..page.truth import chains_of
from ..pairing import has_turn, paired
from ..texts import texts
from ..typesetting import needs_latex, opened, typeset

MODES = tuple(modes())
GRAPHS = ("diamond", "micrograd", "multiply", "sigmoid_circuit")
STEP, LOOSE, TIGHT = 1e-6, 1e-5, 1e-9
SCALAR_SEEDS = MANY // 15


def text_of(name: str, *options: str) -> str:
    """Return a derivation as text, its white space made single blanks."""
    return " ".join(printed("derive", config(name), *options, width=200).split())


# -- the published example: o = (a + b)·ab/2 at a = 2, b = 3


def test_reverse_mode_of_the_diamond() -> None:
    text = text_of("diamond", "--numbers")
    assert "∂o/∂o = 1" in text
    assert "∂o/∂d = ∂(1/2·c·d)/∂d = 1/2·c = 1/2·5 = 2.5" in text
    assert "∂o/∂c = ∂(1/2·c·d)/∂c = 1/2·d = 1/2·6 = 3" in text
    chain = "∂o/∂a = ∂o/∂c·∂c/∂a + ∂o/∂d·∂d/∂a = ∂o/∂c + ∂o/∂d·b = 3 + 2.5·3 = 10.5"
    assert chain in text
    assert "∂o/∂b = ∂o/∂c·∂c/∂b + ∂o/∂d·∂d/∂b = ∂o/∂c + ∂o/∂d·a = 3 + 2.5·2 = 8" in text
    assert "sum rule ∂c/∂a = ∂(a + b)/∂a = 1" in text
    assert "product rule ∂d/∂a = ∂(a·b)/∂a = b = 3" in text
    places = [text.index(f"∂o/∂{name} =") for name in "odcba"]
    assert places == sorted(places)


def test_forward_mode_of_the_diamond() -> None:
    text = text_of("diamond", "--numbers", "--mode", "forward")
    for line in (
        "ċ = ∂c/∂a·ȧ + ∂c/∂b·ḃ = ȧ + ḃ",
        "ȯ = ∂o/∂c·ċ + ∂o/∂d·ḋ = 1/2·d·ċ + 1/2·c·ḋ",
        "ȧ = 1 ḃ = 0",
        "ȯ = 1/2·d·ċ + 1/2·c·ḋ = 1/2·6·1 + 1/2·5·3 10.5",
    ):
        assert line in text
    for name, value in (("a", "10.5"), ("b", "8"), ("c", "3"), ("d", "2.5")):
        assert f"∂o/∂{name} = ȯ = {value}" in text


def test_paths_of_the_diamond() -> None:
    text = text_of("diamond", "--numbers", "--mode", "paths")
    assert "a → c → o P₁ = ∂o/∂c·∂c/∂a = 1/2·d = 1/2·6 = 3" in text
    assert "a → d → o P₂ = ∂o/∂d·∂d/∂a = 1/2·c·b = 1/2·5·3 = 7.5" in text
    chain = "∂o/∂a = P₁ + P₂ = ∂o/∂c·∂c/∂a + ∂o/∂d·∂d/∂a = 3 + 7.5 = 10.5"
    assert chain in text
    for path in ("b → c → o", "b → d → o", "c → o", "d → o"):
        assert path in text
    found = json.loads(printed("derive", config("diamond"), "--mode", "paths", "--format", "json"))
    assert found["paths"]["a"] == {"count": 2, "listed": [["a", "c", "o"], ["a", "d", "o"]]}
    assert found["paths"]["c"] == {"count": 1, "listed": [["c", "o"]]}


@pytest.mark.parametrize("mode", ["forward", "paths"])
def test_what_the_diamond_repeats(mode: str) -> None:
    """∂o/∂c and ∂o/∂d are computed three times each over a, b, c and d, reverse mode's once."""
    found = json.loads(printed("derive", config("diamond"), "--mode", mode, "--format", "json"))
    assert found["repeated"] == {"do/dc": 3, "do/dd": 3}
    assert found["counts"]["reverse"]["local_derivatives"] == 6
    assert found["counts"][mode]["local_derivatives"] == 10
    text = text_of("diamond", "--mode", mode)
    assert "∂o/∂c 3" in text
    assert "∂o/∂d 3" in text
    assert "6 local derivatives, 4 multiplications, 2 additions" in text_of("diamond")


# -- functions of which nothing is known


def test_the_general_chain_rule() -> None:
    text = text_of("chain_rule")
    assert "∂z/∂x = ∂z/∂u·∂u/∂x + ∂z/∂v·∂v/∂x" in text
    assert "∂z/∂y = ∂z/∂u·∂u/∂y + ∂z/∂v·∂v/∂y" in text
    paths = text_of("chain_rule", "--mode", "paths")
    assert "x → u → z P₁ = ∂z/∂u·∂u/∂x" in paths
    assert "x → v → z P₂ = ∂z/∂v·∂v/∂x" in paths
    forward = text_of("chain_rule", "--mode", "forward")
    assert "ż = ∂z/∂u·u̇ + ∂z/∂v·v̇" in forward
    said = refused("derive", config("chain_rule"), "--numbers")
    assert "x has no numbers" in said


def test_the_chain_rule_between_vectors() -> None:
    text = text_of("vector_chain_rule")
    assert "d(x) ∂z/∂x = (∂u/∂x)ᵀ (∂z/∂u) ∂z/∂xⱼ = Σᵢ ∂z/∂uᵢ·∂uᵢ/∂xⱼ" in text
    assert "∂u/∂x is 3 × 2: a row for each value of u, a column for each of x" in text
    entry = text_of("vector_chain_rule", "--wrt", "x[1]")
    terms = "∂z/∂u₁·∂u₁/∂x₁ + ∂z/∂u₂·∂u₂/∂x₁ + ∂z/∂u₃·∂u₃/∂x₁"
    assert f"d(x)[1] ∂z/∂x₁ = Σᵢ ∂z/∂uᵢ·∂uᵢ/∂x₁ = {terms}" in entry
    paths = text_of("vector_chain_rule", "--mode", "paths")
    assert "x → u → z ∂z/∂x = ∂z/∂u·∂u/∂x = (∂u/∂x)ᵀ (∂f(u)/∂u)" in paths
    forward = text_of("vector_chain_rule", "--mode", "forward", "--wrt", "x[2]")
    assert "u̇ = (∂u/∂x) ẋ ż = (∂f(u)/∂u)ᵀ u̇" in forward
    assert "d(x)[2] ∂z/∂x₂ = ż = (∂f(u)/∂u)ᵀ (∂u/∂x)" in forward
    said = refused("trace", config("vector_chain_rule"))
    assert "vector_chain_rule.yaml:6:3: u: the function g has no formula" in said


# Functions of several arguments, inside of others, their vectors in products: J as ∂ₖg, g′.
NESTED = """\
functions: {f: 1, g: 3, h: 2}
variables: {x: [~, ~], s: ~, A: [[~, ~, ~], [~, ~, ~]]}
graph:
  u: g(x, s)
  v: h(A @ u)
  w: h(u) + v
  z: f(u, w, s)*s
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--wrt", "u"), "μᵥ = Aᵀ (h′(A u)ᵀ (∂z/∂v)) μ_w = h′(u)ᵀ (∂z/∂w) μ_zu = s·∂₁f(u, w, s)"),
        (("--wrt", "s"), "∂u/∂s is 3 × 1: a row for each value of u; transposed, it takes"),
        (("--wrt", "x", "--mode", "paths"), "P₂ = ∂z/∂w·∂w/∂u·∂u/∂x = (∂u/∂x)ᵀ (h′(u)ᵀ (s·∂₂f("),
        (("--wrt", "x", "--mode", "forward"), "ẇ = h′(u) u̇ + v̇ ż = ((∂₁f(u, w, s))ᵀ u̇ + (∂₂f(u, w"),
        (("--wrt", "s", "--mode", "forward"), "u̇ = ∂u/∂s·ṡ"),
    ],
)
def test_vectors_under_nested_functions(options: tuple[str, ...], expected: str) -> None:
    done = run("derive", "-", *options, stdin=NESTED, width=200)
    assert expected in " ".join(done.out.split())


# -- every form has the value of what it stands for


class Numbers:
    """Numbers of trees over one trace of single numbers, and of the names that chains give."""

    def __init__(self, trace: Trace, start: str = "") -> None:
        self.trace, self.graph = trace, trace.graph
        self.named: dict[Expr, float] = {}
        self.start = start

    def value(self, tree: Expr, changed: dict[Ref, float] | None = None) -> float:
        changed = changed or {}

        def leaf(node: Expr) -> Expr | None:
            match node:
                case Quantity(ref) | Known(ref, _) if isinstance(node, Quantity):
                    if ref.gradient:
                        return Number(self.gradient(ref.of()))
                    own = self.trace.values[self.graph.number(ref)]
                    return Number(changed.get(ref, float(own)))
                case Known(_, value):
                    return Number(float(value))
                case Number(value):
                    return Number(float(value))
                case Name():
                    return Number(self.named[node])
                case Partial(of, wrt):
                    return Number(self.partial(of, wrt))
                case Diff(body, wrt):
                    return Number(self.difference(body, wrt))
                case Call("sum" | "mean" | "max" | "min", (only,)):
                    return substitute(only, leaf)
            return None

        plain = spelled_out(tree) if _has_derivative(tree) else tree
        put = substitute(spelled_out(substitute(plain, leaf)), leaf)
        found = FLOAT64.elementwise(put, {"_": np.zeros(1)})
        return float(np.asarray(found).ravel()[0])

    def gradient(self, ref: Ref) -> float:
        found = self.trace.gradients[self.graph.number(ref)]
        return 0.0 if found is None else float(found)

    def difference(self, body: Expr, wrt: Ref) -> float:
        at = float(self.trace.values[self.graph.number(wrt)])
        step = STEP * max(1.0, abs(at))
        high, low = (self.value(body, {wrt: at + sign * step}) for sign in (1, -1))
        return (high - low) / (2 * step)

    def partial(self, of: Ref, wrt: Ref) -> float:
        """Return the local derivative: the consumer's own rule, moved a little to both sides."""
        node = self.graph.nodes[self.graph.number(of)]
        position = node.parents.index(self.graph.number(wrt))
        inputs = [np.asarray(self.trace.values[p], dtype=float) for p in node.parents]
        step = STEP * max(1.0, abs(float(inputs[position])))
        sides = []
        for sign in (1, -1):
            moved = list(inputs)
            moved[position] = inputs[position] + sign * step
            assert node.rule is not None
            sides.append(float(node.rule.forward(FLOAT64, *moved)))
        return (sides[0] - sides[1]) / (2 * step)


def _has_derivative(tree: Expr) -> bool:
    return any(isinstance(node, Derivative) for node in walk(tree))


def opaque(form: Expr) -> bool:
    """Return whether a form leaves something out, or is of dotted quantities."""
    return any(isinstance(node, Dots | Tangent | Matrix) for node in walk(form))


def check(chain: Chain, numbers: Numbers) -> int:
    """Assert that all forms of the chain agree; return how many there were."""
    target, *rest = chain.forms
    values = [(form, numbers.value(form)) for form in rest if not opaque(form)]
    if isinstance(target, Name):
        numbers.named[target] = values[-1][1]
    if not opaque(target):
        values.insert(0, (target, numbers.value(target)))
    for form, value in values:
        loose = any(isinstance(node, Diff | Partial) for node in walk(form))
        loose = loose or isinstance(target, Partial)
        scale = max(1.0, abs(values[-1][1]))
        assert abs(value - values[-1][1]) <= (LOOSE if loose else TIGHT) * scale, (form, chain)
    return len(values)


def scalar_graphs() -> list[Graph]:
    """Return random graphs of single numbers alone."""
    found: list[Graph] = []
    seed = 0
    while len(found) < SCALAR_SEEDS:
        graph = loads(random_graph(seed).text)
        if all(node.shape == () for node in graph.nodes):
            found.append(graph)
        seed += 1
    return found


def all_agree(graph: Graph) -> None:
    trace = passes(graph)
    for name, mode in modes().items():
        for subject in (trace, None):
            numbers = Numbers(trace)
            document = derived(graph, subject, mode, (), View())[0]
            checked = sum(check(chain, numbers) for chain in chains_of(document))
            assert checked, name
            if name == "forward" and subject is not None:
                check_tables(document.blocks, trace)


def check_tables(blocks: Any, trace: Trace) -> None:
    """Every sweep ends in the gradient of its start; each cell's numbers are its value."""
    for block in blocks:
        if not isinstance(block, Section) or not block.id.startswith("forward-"):
            continue
        table = next(each for each in block.blocks if isinstance(each, Table))
        title = next(part for part in block.title if isinstance(part, Math))
        assert isinstance(title.expr, Quantity)
        gradient = Numbers(trace).gradient(title.expr.ref)
        last: Any = table.rows[-1][-1]
        assert abs(float(last.value) - gradient) <= TIGHT * max(1.0, abs(gradient))


@pytest.mark.parametrize("name", GRAPHS)
def test_every_form_of_the_examples(name: str) -> None:
    graph = load(CONFIGS / f"{name}.yaml")
    all_agree(graph)
    all_agree(operations(graph))


@pytest.mark.parametrize("name", ["mazur", "tanh_neuron", "softmax_relu"])
def test_every_form_of_networks_as_graphs(name: str) -> None:
    all_agree(weights_as_nodes(load(CONFIGS / f"{name}.yaml")))


@pytest.mark.parametrize("graph", scalar_graphs())
def test_every_form_of_random_graphs(graph: Graph) -> None:
    all_agree(graph)


def rules_of_lines(text: str) -> list[str]:
    """Return ``chain rule of ∂(…)/∂x`` for each derivative of a part of a line, all true."""
    graph = loads(text)
    trace = passes(graph)
    mode, numbers = modes()["reverse"], Numbers(trace)
    chains = list(chains_of(derived(graph, trace, mode, (), View())[0]))
    assert sum(check(chain, numbers) for chain in chains)
    return [str(chain.rule) for chain in chains if isinstance(chain.forms[0], Diff)]


@pytest.mark.parametrize("function", sorted({*FUNCTIONS} - {"max", "min"}))
def test_each_part_of_a_line_has_its_rule(function: str) -> None:
    line = f"{{u: '{function}(x*y + 0.3)*x', v: '1/(2 + {function}(y))', o: u*v}}"
    rules = rules_of_lines(f"variables: {{x: 0.4, y: 0.5}}\ngraph: {line}\n")
    assert rules.count("chain rule") == 2
    assert f"derivative of {function}" in rules


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("sin(x)*exp(y)", ["derivative of exp", "derivative of sin"]),
        ("2*sin(x*y)", []),
        ("-(x - y)**2/3", []),
        ("x*y + 3*x", []),
        ("x*(y + x**2)", ["power rule"]),
        ("exp(x/y)*y", ["quotient rule", "chain rule", "chain rule"]),
        ("max(x*y, 3) + tanh(2*x)", ["case by case", "chain rule", "case by case"]),
    ],
)
def test_what_the_rule_of_the_line_says_is_not_said_again(line: str, rules: list[str]) -> None:
    found = rules_of_lines(f"variables: {{x: 0.4, y: 0.5}}\ngraph: {{u: '{line}', o: 2*u}}\n")
    assert sorted(found) == sorted(rules)


def test_exact_numbers_agree() -> None:
    """In exact mode the three ways give the same fractions."""
    for mode in MODES:
        text = text_of("diamond", "--numbers", "--exact", "--mode", mode, "--wrt", "a")
        assert "21/2" in text


@pytest.mark.parametrize("name", ["diamond", "multiply", "sigmoid_circuit"])
def test_closed_forms(name: str) -> None:
    graph = load(CONFIGS / f"{name}.yaml")
    check_closed_form(graph)
    trace, numbers = passes(graph), Numbers(passes(graph))
    for leaf in graph.given:
        ref = trace.graph.nodes[leaf].ref.grad()
        document = expand_document(graph, (ref,))
        chains = list(chains_of(document))
        for chain in chains:
            check(chain, numbers)
        assert isinstance(chains[-1].forms[0], Quantity)


# -- too much to write


def diamonds(count: int) -> str:
    """Return a chain of diamonds: each node forks into two that meet again."""
    lines = ["variables: {n0: 1/2}", "graph:"]
    for i in range(1, count + 1):
        lines += [f"  u{i}: n{i - 1}/2", f"  v{i}: n{i - 1}**2/2", f"  n{i}: u{i} + v{i}"]
    return "\n".join(lines) + "\n"


def test_paths_are_counted_where_they_cannot_be_listed(tmp_path: Path) -> None:
    file = tmp_path / "diamonds.yaml"
    file.write_text(diamonds(60))
    options = ("derive", str(file), "--mode", "paths", "--wrt", "n0")
    text = " ".join(printed(*options, "--numbers").split())
    assert "1152921504606846976 paths lead from n0 to n60" in text
    assert "P₁" not in text
    assert "Node by node" in text
    found = json.loads(printed(*options, "--format", "json"))
    assert found["paths"] == {"n0": {"count": str(2**60)}}
    assert found["counts"]["paths"]["additions"] == str(2**60 - 1)
    assert found["repeated"]["dn60/du60"] == str(2**59)
    expanded = refused("derive", str(file), "--expand", "--wrt", "n0")
    assert re.search(r"would be more than 4,000 operations long", expanded)


def test_many_diamonds_do_not_recurse(tmp_path: Path) -> None:
    file = tmp_path / "diamonds.yaml"
    file.write_text(diamonds(700))
    for mode in MODES:
        text = printed("derive", str(file), "--mode", mode, "--wrt", "n0", "--numbers")
        assert len(text) < 400_000
    text = printed("derive", str(file), "--mode", "paths", "--wrt", "n0")
    assert str(2**700) in "".join(text.split())


def test_paths_are_listed_until_their_edges_are_too_many(tmp_path: Path) -> None:
    """A path is as long as the network is deep: what is listed is counted in edges."""
    file = tmp_path / "deep.yaml"
    weights = ", ".join(f"w{i}: 0.9" for i in range(60))
    lines = "".join(f"  n{i + 1}: tanh(w{i}*n{i})\n" for i in range(60))
    file.write_text(f"variables: {{n0: 0.5, {weights}}}\ngraph:\n{lines}")
    found = json.loads(printed("derive", str(file), "--mode", "paths", "--format", "json"))["paths"]
    paths = [path for start in found.values() for path in start.get("listed", ())]
    assert 950 < sum(len(path) - 1 for path in paths) <= 1000
    said = " ".join(printed("derive", str(file), "--mode", "paths").split())
    assert re.search(r"1 path leads from w\d+ to n60; \d+ more starts have their paths", said)
    alone = " ".join(printed("derive", str(file), "--mode", "paths", "--wrt", "w0").split())
    assert "P₁" not in alone
    assert "∂n₆₀/∂w₀ = ∂n₆₀/∂n₅₉" in alone


# -- arrays, and what does not matter

TENSORS = """\
variables: {W: [[1, 2, -1], [0.5, -1, 3]], x: [1, -2, 0.5], spare: 4}
graph:
  z: W @ x
  h: tanh(z)
  s: sum(h*z) + mean(W)
"""


@pytest.fixture
def tensors(tmp_path: Path) -> str:
    path = tmp_path / "net.yaml"
    path.write_text(TENSORS)
    return str(path)


def test_arrays(tensors: str) -> None:
    reverse = " ".join(printed("derive", tensors).split())
    assert "∂s/∂x = Wᵀ (∂s/∂z)" in reverse
    assert "s does not depend on spare: its gradient is 0" in reverse
    paths = " ".join(printed("derive", tensors, "--mode", "paths").split())
    assert "x → z → s P₂ = ∂(sum(h ⊙ z) + mean(W))/∂z·∂z/∂x = Wᵀ h" in paths
    trace = passes(load(tensors))
    gradient = trace.gradients[trace.graph.number(Ref("W"))]
    assert gradient is not None
    options = ("--mode", "forward", "--numbers", "--wrt", "W[2,3]")
    forward = " ".join(printed("derive", tensors, *options, "--digits", "6").split())
    assert f"∂s/∂W₂₃ = ṡ = {gradient[1, 2]:.6f}" in forward
    entry = " ".join(printed("derive", tensors, "--numbers", "--wrt", "W[2,3]").split())
    assert f"∂s/∂W₂₃ = ∂s/∂z₂·x₃ + 1/6 = {'1.0047'}·0.5 + 1/6 = {gradient[1, 2]:.4f}" in entry
    letters = " ".join(printed("derive", tensors, "--mode", "forward", "--wrt", "W[1,1]").split())
    assert "ż = Ẇ x = [1 0 0; 0 0 0] x" in letters


# -- choices

REFUSED = (
    ("diamond", ("--mode", "backward"), "there is no mode 'backward'", "reverse"),
    ("diamond", ("--mode", "path"), "there is no mode 'path'", "did you mean 'paths'?"),
    ("diamond", ("--style", "matrix"), "--style matrix: a computation graph", "leave --style out"),
    ("mazur", ("--style", "index", "--mode", "paths"), "--style index: --mode paths", "--style"),
    ("diamond", ("--wrt", "q"), "there is no 'q' in this graph", ""),
    ("mazur", ("--mode", "paths", "--wrt", "W9"), "there is no 'W9' in this graph", ""),
    ("diamond", ("--sample", "1", "--numbers"), "a computation graph has no samples", "--wrt"),
    ("diamond", ("--exact", "--mode", "paths"), "--exact and --sample need numbers", "--numbers"),
    ("diamond", ("--expand",), "--expand needs a gradient", "--wrt"),
    ("diamond", ("--expand", "--wrt", "a", "--mode", "paths"), "--mode paths", "leave one of them"),
    ("diamond", ("--expand", "--wrt", "a", "--numbers"), "without numbers", "leave --numbers out"),
    (
        "diamond",
        ("--mode", "forward", "--numbers", "--round-forward", "2"),
        "--round-forward: --mode forward",
        "--mode reverse",
    ),
    (
        "diamond",
        ("--mode", "paths", "--numbers", "--round-backward", "2"),
        "--round-backward: --mode paths",
        "--mode reverse",
    ),
    ("chain_rule", ("--wrt", "x", "--expand"), "the function g has no formula", "without --expand"),
)


@pytest.mark.parametrize(("name", "options", "message", "cure"), REFUSED)
def test_refusals(name: str, options: tuple[str, ...], message: str, cure: str) -> None:
    said = refused("derive", config(name), *options)
    assert message in said
    assert cure in said


def test_networks_are_seen_as_graphs() -> None:
    """A whole parameter is each of its entries; reverse mode of a network stays as it is."""
    text = text_of("mazur", "--mode", "paths", "--wrt", "W2", "--numbers")
    assert "the network is seen as its computation graph" in text
    assert text.count("Paths from") == 4
    both = [printed("derive", config("mazur"), *mode) for mode in ((), ("--mode", "reverse"))]
    assert both[0] == both[1]
    assert "∂C/∂w²₁₁" in text_of("mazur", "--as-graph", "--wrt", "W2[1,1]")
    assert "v₁" in text_of("mazur", "--as-graph", "operations", "--wrt", "W2[1,1]")
    named = text_of("mazur", "--as-graph", "--wrt", "W2[1,1]", "--notation", "mazur")
    assert "∂Eₜₒₜₐₗ/∂w₅" in named


def test_in_python() -> None:
    text = derive(CONFIGS / "diamond.yaml", "a", mode="paths", numbers=True).text()
    assert "a → c → o" in text
    assert "∂o/∂a" in derive(load(CONFIGS / "diamond.yaml")).text()
    assert "P₁" in derive(CONFIGS / "mazur.yaml", "W1[1,1]", mode="paths").text()
    with pytest.raises(Refusal, match="no mode"):
        derive(CONFIGS / "diamond.yaml", mode="sideways")


# -- formats


def wrt_of(name: str) -> tuple[str, ...]:
    """Return a choice that keeps a large network's derivation short."""
    graph = load(CONFIGS / f"{name}.yaml")
    if not graph.layered:
        return ()
    name, number = next(iter(graph.parameters.items()))
    return ("--wrt", f"{name}[{','.join('1' for _ in graph.nodes[number].shape)}]")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_mode_in_every_format(name: str) -> None:
    """Each mode in its share of the formats, another one for the next example; each in JSON."""
    numbers = ("--numbers",) if name in NAMES else ()
    graph = ("--as-graph",) if load(CONFIGS / f"{name}.yaml").layered else ()
    turn = EXAMPLES.index(name)
    for number, (format_name, mode) in enumerate(paired(tuple(texts()), MODES, turn), turn):
        if not has_turn(number):
            continue
        options = ("derive", config(name), "--mode", mode, *graph, *numbers, *wrt_of(name))
        assert printed(*options, "--format", format_name).strip()
    for mode in MODES:
        options = ("derive", config(name), "--mode", mode, *graph, *numbers, *wrt_of(name))
        found = json.loads(printed(*options, "--format", "json"))
        assert found["format"] == "backprop-derive"
        assert found["mode"] == mode
        assert found["steps"]
        assert set(found["counts"]) >= {"reverse"}


@needs_latex
def test_latex_compiles(tmp_path: Path) -> None:
    """Every second example in one run, in its mode in turn."""
    bodies, head = [], ""
    for turn, (name, mode) in enumerate(itertools.product(EXAMPLES, MODES)):
        if not has_turn(turn + turn // len(MODES), 2 * len(MODES)):
            continue
        numbers = ("--numbers",) if name in NAMES else ()
        graph = ("--as-graph",) if load(CONFIGS / f"{name}.yaml").layered else ()
        options = ("derive", config(name), "--mode", mode, *graph, *numbers, *wrt_of(name))
        opening, text = opened(printed(*options, "--format", "latex", "--standalone"))
        head = opening if "tikz" in opening or not head else head
        bodies.append((f"{name} {mode}", text))
    typeset(head, bodies, tmp_path)

"""Lines of numbers hold as they are printed, with no more digits than that takes, or say ≈."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec import structs

from backprop_cli.api import loads
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    ONE,
    Add,
    Compare,
    Div,
    Expr,
    Hadamard,
    Known,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Quantity,
    Transpose,
)
from backprop_cli.expression.walking import substitute, walk
from backprop_cli.notation import profile
from backprop_cli.passes.noise import without_noise
from backprop_cli.passes.run import run as run_network
from backprop_cli.printing.noise import chain_without_noise
from backprop_cli.printing.precision import chain_with_digits, with_digits
from backprop_cli.printing.settings import Settings
from backprop_cli.render.chains import joined
from backprop_cli.worked.document import (
    Chain,
    Column,
    Document,
    Equations,
    Figure,
    Math,
    Table,
    Text,
)

from ..commands.running import LAYERED, config, printed, run
from .capture import notations_for, shown
from .digits import Fault, Reader, faults_of

USUAL = Settings()
OTHERS = (Settings(2), Settings(6), Settings(0), Settings(3, significant=True))
READER = Reader(profile("standard"), USUAL)
TARGET = Quantity(Ref("z", 1, index=(1,)))


def worked(form: Expr, value: float) -> Chain:
    """Return the chain z = form = value."""
    return Chain((TARGET, form, Number(value)))


def number(value: float) -> Known:
    """Return a quantity's number."""
    return Known(Ref("a", 1, index=(1,)), value)


def read(chain: Chain, settings: Settings = USUAL) -> str:
    """Return the chain's numbers as they are printed, without the target."""
    printer = Reader(profile("standard"), settings).printer
    return joined(chain, printer).partition(" = ")[2]


@pytest.mark.parametrize("name", LAYERED)
def test_in_every_notation_and_with_other_digits(name: str) -> None:
    calls = (("trace", config(name), "--steps"), ("derive", config(name), "--numbers"))
    turn = LAYERED.index(name)
    chosen = notations_for(turn)
    for call in calls:
        for notation in chosen:
            assert faults_of(call, USUAL, notation)[1] == []
        for settings in OTHERS:
            lines, wrong = faults_of(call, settings)
            assert lines
            assert wrong == []


@pytest.mark.parametrize(
    ("form", "value", "wanted"),
    [
        # A saturated unit: what is left of 1 has the digits, the factors near 1 have not.
        (
            Mul((number(0.9999), number(0.99995), Add((ONE, Neg(number(1 - 4.5394e-5)))))),
            0.9999 * 0.99995 * 4.5394e-5,
            "0.9999·0.99995·(1 − 0.999954606) = 4.5387e-5",
        ),
        (Mul((number(0.008771354), number(0.05))), 0.0004385677, "0.0087714·0.05 = 4.3857e-4"),
        (Mul((number(0.5), number(0.25))), 0.125, "0.5·0.25 = 0.125"),
        (Add((number(1 / 3), number(1 / 3))), 2 / 3, "0.33333 + 0.33333 = 0.6667"),
        (Div(number(0.00264), number(1e-5)), 264.0, "0.00264/1e-5 = 264"),
    ],
)
def test_digits_go_where_they_matter(form: Expr, value: float, wanted: str) -> None:
    assert read(worked(form, value)) == wanted


def test_a_line_that_no_digits_mend_says_so() -> None:
    chain = worked(Add((ONE, Neg(number(1.0)))), 4.2e-3)
    assert read(chain) == "1 − 1 ≈ 0.0042"
    assert chain_with_digits(chain, USUAL).closing == "≈"


def test_a_value_that_was_rounded_before_it_was_used_holds_as_printed() -> None:
    assert read(worked(Mul((number(0.731058), number(0.5))), 0.37)) == "0.7311·0.5 = 0.37"


def matrices() -> Iterator[tuple[Expr, list[list[float]]]]:
    left = Matrix(((number(0.333333333), number(-2.0)), (number(0.000123456), number(5.5))))
    right = Matrix(((number(0.77777777),), (number(-0.1),)))
    yield MatMul((left, right)), [[0.459259256], [-0.549903979]]
    yield Hadamard((right, right)), [[0.604938259], [0.01]]
    yield MatMul((right, Transpose(right))), [[0.604938259, -0.077777777], [-0.077777777, 0.01]]


@pytest.mark.parametrize(("form", "value"), list(matrices()))
def test_matrices_hold_too(form: Expr, value: list[list[float]]) -> None:
    last = Matrix(tuple(tuple(map(Number, row)) for row in value))
    chain = chain_with_digits(Chain((TARGET, form, last)), USUAL)
    (line,) = READER.of_chain(chain)
    assert READER.fault(line) is None


leaves = st.one_of(
    st.floats(-3, 3).map(number),
    st.floats(-1e-3, 1e-3).map(number),
    st.sampled_from([0.5, 1.0, 2.0, 0.05]).map(number),
)
forms = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Add(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Mul(tuple(parts))),
        inner.map(lambda part: Add((ONE, Neg(part)))),
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=300)
@given(forms, st.integers(0, 8), st.booleans())
def test_any_line_holds_with_no_digit_too_many(form: Expr, digits: int, significant: bool) -> None:
    settings = Settings(max(digits, 1) if significant else digits, significant=significant)
    reader = Reader(profile("standard"), settings)
    chain = chain_with_digits(worked(form, float(exactly(form))), settings)
    for line in reader.of_chain(chain):
        assert reader.fault(line) is None
        raised = {node.value for node in walk(line.form) if isinstance(node, Known) and node.extra}
        for value in raised:
            fewer = substitute(line.form, functools.partial(with_one_digit_less, value))
            off = reader.fault(structs.replace(line, form=fewer), room=1 - 1e-5)
            assert off is not None  # or as good as a tie, which floats need not see


def exactly(form: Expr) -> float:
    """Return the form's value, in floats."""
    match form:
        case Number(value) | Known(_, value):
            return float(value)
        case Add(terms):
            return sum(map(exactly, terms))
        case Mul((first, *rest)):
            product = exactly(first)
            for factor in rest:
                product *= exactly(factor)
            return product
        case Neg(operand):
            return -exactly(operand)
    raise TypeError(type(form).__name__)


def with_one_digit_less(value: float, node: Expr) -> Expr | None:
    if isinstance(node, Known) and node.value == value:
        return structs.replace(node, extra=node.extra - 1)
    return None


SATURATED = """
input: [1]
target: [-0.3]
loss: half_squared_error
layers:
  - {{units: 1, activation: {activation}, weights: [[{weight}]], bias: [0]}}
"""


@pytest.mark.parametrize(
    ("activation", "weight", "wanted"),
    [
        ("sigmoid", "10", "= 1.29995·0.999954602·(1 − 0.999954602) = 5.9012e-5"),
        ("sigmoid", "36", "= 1.3·1·(1 − 1) ≈ 0"),
        ("tanh", "-5.5", "= (−0.69997)·(1 − (−0.999966597)²) = −4.6761e-5"),
        ("tanh", "20", "= 1.3·(1 − 1²) ≈ 0"),
    ],
)
def test_saturated_units_by_hand(activation: str, weight: str, wanted: str) -> None:
    text = SATURATED.format(activation=activation, weight=weight)
    done = run("trace", "-", "--steps", stdin=text, width=120)
    assert done.code == 0
    assert wanted in done.out
    page = shown("trace", "-", "--steps", stdin=text)
    assert page is not None
    for line in READER.lines(with_digits(page.spoken(), USUAL)):
        assert READER.fault(line) is None


# -- faults that are planted


def test_a_line_with_too_few_digits_is_refused() -> None:
    chain = worked(Mul((number(0.008771354), number(0.05))), 0.0004385677)
    (line,) = READER.of_chain(chain)
    found = READER.fault(line)
    assert found == Fault("0.0088·0.05 = 4.3857e-4", "0.00044")
    (line,) = READER.of_chain(chain_with_digits(chain, USUAL))
    assert READER.fault(line) is None


def test_a_table_with_too_few_digits_is_refused() -> None:
    columns = (Column((), kind="work"), Column((), "da1"))
    cell = Math(Mul((number(2 / 3), number(0.0012345))))
    document = Document("", (Table(columns, ((cell, Figure(0.000823)),)),))
    (line,) = READER.lines(document)
    assert READER.fault(line) is not None
    (line,) = READER.lines(with_digits(document, USUAL))
    assert READER.fault(line) is None


def test_a_number_that_is_handed_on_has_the_digits_of_the_figure_beside_it() -> None:
    """ḋ = ċ = −0.031234 | −0.031234, where the column has six decimals for a smaller one."""
    columns = (Column((), kind="work"), Column((Text("value"),)))
    values = (-0.0312341, -0.000899)
    rows = tuple((Math(Compare("==", TARGET, Number(v))), Figure(v)) for v in values)
    document = Document("", (Table(columns, rows),))
    assert sum(READER.fault(line) is not None for line in READER.lines(document)) == 1
    lines = list(READER.lines(with_digits(document, USUAL)))
    assert len(lines) == 2
    assert all(READER.fault(line) is None for line in lines)


def test_pages_without_their_digits_are_refused() -> None:
    page = shown("trace", config("mazur"), "--steps")
    assert page is not None
    lines = list(READER.lines(page.spoken()))
    assert sum(READER.fault(line) is not None for line in lines) >= 4


# -- noise


def test_what_is_left_of_numbers_that_cancel_is_near_zero() -> None:
    terms = (number(0.1), number(0.2), number(-0.1 - 0.2 + 5e-17))
    assert read(worked(Add(terms), 5.6e-17)) == "0.1 + 0.2 + (−0.3) ≈ 0"


@pytest.mark.parametrize("value", [1e-8, 4.2e-15, 1e-300])
def test_a_small_number_is_no_noise(value: float) -> None:
    product = worked(Mul((number(value), number(0.5))), value / 2)
    assert chain_without_noise(product, Settings()) == product
    difference = worked(Add((number(1.0), Neg(number(1 - 1e-8)))), 1 - (1 - 1e-8))
    assert chain_without_noise(difference, Settings()) == difference


def test_noise_is_zero_wherever_it_stands() -> None:
    noise = 0.1 + 0.2 - 0.3
    total = worked(Add((number(0.1), number(0.2), number(-0.3))), noise)
    used = worked(Mul((number(noise), number(2.0))), 2 * noise)
    table = Table((Column(()),), ((Figure(-noise),),))
    found = with_digits(Document("", (Equations((total, used)), table)), USUAL)
    equations, cleared = found.blocks
    assert isinstance(equations, Equations)
    texts = [READER.printer.forms(chain.forms)[1:] for chain in equations.chains]
    assert texts == [["0.1 + 0.2 + (−0.3)", "0"], ["0·2", "0"]]
    assert cleared == Table((Column(()),), ((Figure(0.0),),))


NOISY = """\
variables: {X: [[0.1, 0.2], [0.3, 0.7]], v: [0.2, -0.5], c: [0.4, 0.9], t: [1.0e-9, 1]}
graph: {s: softmax(X), q: "max(v, 0)", r: "sum(X, axis=1) - c", u: t*t, L: sum(s*c + q + r*v + u)}
"""


TIED = """input: [-1, 0]
target: [1, 2]
loss: softmax_cross_entropy
layers:
  - {units: 3, activation: tanh, weights: [[-0.5, -1], [-0.5, -1], [-0.5, 1]], bias: [0, -2, 1]}
  - {units: 2, weights: [[0.5, 1, 0.5], [-2, 1, 1]], bias: [2, 1]}
"""
PRINTERS = (
    "trace", "trace --steps", "trace --wrt dW1", "trace --as-graph operations", "derive --numbers",
    "worksheet --solution", *(f"worksheet --solution --format {name}" for name in ("yaml", "json")),
    "step --lr 0.1", "diagram --format mermaid --pass both", "diagnose", "explain delta1[2]",
)  # fmt: skip


@pytest.mark.parametrize("command", PRINTERS)
def test_no_printer_lets_noise_through(command: str, tmp_path: Path) -> None:
    """delta1[2] = (δ₁ − δ₁)·σ′ is 0, of floats 1e-16, and so are its gradients."""
    net = tmp_path / "net.yaml"
    net.write_text(TIED, encoding="utf-8")
    traced = run_network(loads(TIED))
    assert 0 < abs(traced.array(Ref("z", 1, True, index=(2,)))) < 1e-14
    name, *options = command.split()
    said = (name, *options, str(net)) if name == "explain" else (name, str(net), *options)
    assert not re.search(r"e-1[4-9]|10\^\{-1[4-9]|⁻¹[4-9]", printed(*said))


def test_small_numbers_and_whole_ones_are_no_noise() -> None:
    """What stays when each number is moved by its last bits: of saturated units, of products."""
    text = TIED.replace("[0, -2, 1]", "[20, -21, 1]").replace("1, 2]\nloss", "1, 0]\nloss")
    text = text.replace("[-2, 1, 1]", "[-2, 0.5, 1]")
    traced = run_network(loads(text))
    cleared = without_noise(traced)
    small = [g for g in traced.gradients if g is not None and (abs(g[g != 0]) < 1e-14).any()]
    assert small
    for before, after in zip(traced.gradients, cleared.gradients, strict=True):
        assert before is None or after is None or np.array_equal(before, after)


def test_noise_of_arrays_is_near_zero_and_what_is_small_is_kept() -> None:
    """0.3 + 0.7 − 0.9 − 0.1 leaves nothing; 10⁻⁹·10⁻⁹ beside a 1 is 10⁻¹⁸; 𝟏 uᵀ is exact."""
    from backprop_cli.api import loads, trace

    page = trace(loads(NOISY)).text(width=80)
    assert "e-16" not in page
    assert "− ⎡ 0.4 ⎤ ≈ ⎡ 0 ⎤" in page
    assert "⎡ 1e-9 ⎤ = ⎡ 1e-18 ⎤" in page
    assert "step(v)" in page
    assert re.search(r"𝟏 \[[^]]*\] = ⎡", page)
    assert max(map(len, page.splitlines())) <= 80


# -- what is seen


@pytest.mark.parametrize("suffix", ["text", "latex", "markdown", "typst", "json", "html"])
def test_every_format_shows_the_same_digits(suffix: str) -> None:
    text = printed("trace", config("mazur"), "--steps", "--format", suffix)
    assert "0.0087714" in text
    assert not re.search(r"0\.0088\D{1,30}0\.05\D", text)


def test_pages_of_python_show_them_too() -> None:
    from backprop_cli.api import trace

    assert "0.00995" in trace(config("mazur")).text()

"""The expression parser: what a text means, where an error stands, and what it never does."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from fractions import Fraction

import pytest

from backprop_cli.arithmetic.floating import FLOAT64
from backprop_cli.expression.evaluate import evaluate
from backprop_cli.expression.parse import parse
from backprop_cli.expression.tokens import ExpressionError, Grammar, Limits, decimal
from backprop_cli.expression.tree import Add, Call, Expr, Mul, Name, Neg, Number, Pow
from backprop_cli.mathematics.elementary import ELEMENTARY, WRITABLE

from .attacks import ATTACKS

FUNCTIONS = {name: (ELEMENTARY[name].arity,) * 2 for name in WRITABLE}
GRAMMAR = Grammar(names=("x", "y"), functions=FUNCTIONS)


def value(text: str, **names: float) -> float:
    leaves: dict[Expr, float] = {Name(name): number for name, number in names.items()}
    return float(evaluate(parse(text, GRAMMAR), leaves, FLOAT64))


def refused(text: str, grammar: Grammar = GRAMMAR) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, grammar)
    return caught.value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2*3", 7),
        ("(1 + 2)*3", 9),
        ("8 - 3 - 2", 3),
        ("8 - (3 - 2)", 7),
        ("8/4/2", 1),
        ("8/(4/2)", 4),
        ("2/3*3", 2),
        ("2**3**2", 512),
        ("(2**3)**2", 64),
        ("2^3^2", 512),
        ("-2**2", -4),
        ("(-2)**2", 4),
        ("2**-1", 0.5),
        ("2**-2**0", 0.5),
        ("2**- -2", 4),
        ("-3**2 + 9", 0),
        ("--3", 3),
        ("+-+3", -3),
        ("2*-3", -6),
        ("6/-3", -2),
        ("1 - -1", 2),
        ("\u22123 + 5", 2),
        ("2\u22121", 1),
        ("2**\u22121", 0.5),
        (".5 + 5.", 5.5),
        ("1e-3*1E3", 1),
        ("1.5e+2", 150),
        ("pi", math.pi),
        ("e**2", math.e**2),
        ("sqrt(2)/2", math.sqrt(2) / 2),
        ("max(1, 2) - min(1, 2)", 1),
        ("abs(-3)", 3),
        (" \t\r\n7 ", 7),
        ("((((7))))", 7),
        ("2 * (3 + 4) ** 2 / 7", 14),
    ],
)
def test_precedence_and_associativity(text: str, wanted: float) -> None:
    assert value(text) == pytest.approx(wanted, rel=1e-15)


def test_names_have_their_values() -> None:
    assert value("x**2 - y/2", x=3, y=4) == 7
    assert value("-x**2", x=3) == -9


def test_numbers_are_exact() -> None:
    assert parse("0.1", GRAMMAR) == Number(Fraction(1, 10))
    assert parse("1e-30", GRAMMAR) == Number(Fraction(1, 10**30))
    assert decimal("2.50e1", Limits()) == 25


def test_a_tree_keeps_the_order_in_which_it_was_written() -> None:
    x, y, two = Name("x"), Name("y"), Number(Fraction(2))
    assert parse("y + x", GRAMMAR) == Add((y, x))
    assert parse("x - y + 2", GRAMMAR) == Add((x, Neg(y), two))
    assert parse("x*2*y", GRAMMAR) == Mul((x, two, y))
    assert parse("-x**2", GRAMMAR) == Neg(Pow(x, two))
    assert parse("max(x, y)", GRAMMAR) == Call("max", (x, y))


def test_a_variable_hides_a_constant_of_its_name() -> None:
    assert parse("e", Grammar(names=("e",))) == Name("e")


def test_entries_count_from_one() -> None:
    grammar = Grammar(names=("W",), indexing=True)
    assert parse("W[2,1]", grammar) == Name("W", (2, 1))
    assert parse("W[j,k]", grammar) == Name("W", ("j", "k"))
    error = refused("W[0]", grammar)
    assert (error.message, error.cure) == ("entries count from 1", "the first is W[1]")
    assert refused("W[1.5]", grammar).message == "an entry's position is a whole number"
    assert refused("W[1234567890]", grammar).message == "an entry's position is a whole number"
    assert refused("W[+]", grammar).message == "a position goes here"
    assert refused("W[1", grammar).message == "'[' is never closed"
    assert refused("W[", grammar).message == "the expression ends too early"


@pytest.mark.parametrize(
    ("text", "column", "width", "message", "cure"),
    [
        ("x + q", 4, 1, "'q' is not known here", "known: e, pi, x, y"),
        ("x + sn(y)", 4, 2, "there is no function 'sn'", "did you mean 'sin'?"),
        ("x + sin", 4, 3, "sin is a function", "write sin(…)"),
        ("max(x)", 0, 3, "max takes 2 arguments, not 1", "write max(a, b)"),
        ("2*(x + 1", 2, 1, "'(' is never closed", "a ')' is missing"),
        ("sin(x", 3, 1, "'(' is never closed", "a ')' is missing"),
        ("x + 1)", 5, 1, "')' is not expected here", ""),
        ("x y", 2, 1, "'y' is not expected here", "an operator or a comma is missing before it"),
        ("x +", 2, 1, "the expression ends too early", "a value is missing after it"),
        ("x + * y", 4, 1, "'*' is not expected here", "a value goes here"),
        ("2x", 0, 2, "2x is not a number", "write 2*x"),
        ("2e", 0, 2, "2e is not a number", "write 2e0 with an exponent, or 2*e"),
        ("1_000", 0, 5, "1_000 is not a number", ""),
        ("1.2.3", 0, 5, "1.2.3 is not a number", ""),
        ("x # y", 2, 1, "'#' is not part of an expression", "remove it"),
        ("x[1]", 1, 1, "x has no entries here", "write x alone"),
        ("", 0, 1, "an empty expression", "write a number or a formula"),
        (
            "x + ٣",
            4,
            1,
            "'٣' is not part of an expression",
            "write numbers with the digits 0 to 9",
        ),
        (
            "x.y",
            1,
            1,
            "'.' is not part of an expression",
            "an expression has numbers, names, + - * / ** @ ( ) and commas",
        ),
    ],
)
def test_an_error_says_what_and_where(
    text: str, column: int, width: int, message: str, cure: str
) -> None:
    error = refused(text)
    found = (error.column, error.width, error.message, error.cure)
    assert found == (column, width, message, cure)


def test_matrices_are_multiplied_only_where_there_are_some() -> None:
    assert parse("x@y", GRAMMAR) == Call("matmul", (Name("x"), Name("y")))
    error = refused("x@y", Grammar(names=("x", "y"), matrices=False))
    assert (error.message, error.column) == ("'@' is not expected here", 1)


def test_a_forbidden_name_has_its_own_sentence() -> None:
    grammar = Grammar(names=("z",), forbidden={"x": "an activation is a formula in z"})
    error = refused("2*x", grammar)
    assert (error.message, error.cure) == ("an activation is a formula in z", "known: e, pi, z")


@pytest.mark.parametrize(
    ("limits", "within", "beyond", "message"),
    [
        (Limits(characters=5), "1+1+1", "1+1+10", "an expression of 6 characters"),
        (Limits(nodes=5), "1+1+1", "1+1+1+1", "too long an expression"),
        (Limits(depth=4), "(((1)))", "((((1))))", "nested too deep"),
        (Limits(depth=4), "---1", "----1", "nested too deep"),
        (Limits(depth=4), "1/1/1/1", "1/1/1/1/1", "nested too deep"),
        (Limits(depth=4), "x**x**x**x", "x**x**x**x**x", "nested too deep"),
        (Limits(digits=4), "1234", "12345", "a number of 5 characters"),
        (Limits(exponent=20), "x**20", "x**21", "too large an exponent"),
        (Limits(exponent=20), "(x**4)**5", "(x**4)**6", "too large an exponent"),
        (Limits(exponent=20), "x**-20", "x**-21", "too large an exponent"),
        (Limits(exponent=20), "x**(4*5)", "x**(4*6)", "too large an exponent"),
        (Limits(exponent=20), "x**(4**2)", "x**(4**3)", "too large an exponent"),
        (Limits(exponent=20), "x**(40/2)", "x**(42/2)", "too large an exponent"),
        (Limits(exponent=20), "x**(1 + 19)", "x**(2 + 19)", "too large an exponent"),
        (Limits(exponent=20), "x**(1/(1/20))", "x**(1/(1/21))", "too large an exponent"),
        (Limits(exponent=20), "x**((1/4)**-2)", "x**((1/5)**-2)", "too large an exponent"),
        (Limits(exponent=20), "x**sqrt(400)", "x**sqrt(441)", "too large an exponent"),
        (Limits(exponent=20), "x**exp(ln(20))", "x**exp(ln(21))", "too large an exponent"),
        (Limits(exponent=20), "x**abs(-20)", "x**abs(-21)", "too large an exponent"),
        (Limits(exponent=20), "x**max(1, 20)", "x**max(1, 21)", "too large an exponent"),
        (Limits(exponent=20), "x**(20*x)", "x**(21*x)", "too large an exponent"),
        (Limits(exponent=20), "x**(x/(1/20))", "x**(x/(1/21))", "too large an exponent"),
        (Limits(exponent=20), "x**(30 - 10)", "x**(31 - 10)", "too large an exponent"),
        (Limits(magnitude=9), "1e9", "1e10", "1e10 is too large or too small to compute with"),
        (Limits(magnitude=9), "1e-9", "1e-10", "1e-10 is too large or too small to compute with"),
        (Limits(calls=2), "sin(cos(x))", "sin(cos(sin(x)))", "too many functions inside one"),
    ],
)
def test_each_bound_holds_exactly(limits: Limits, within: str, beyond: str, message: str) -> None:
    grammar = Grammar(names=("x",), functions=FUNCTIONS, limits=limits)
    parse(within, grammar)
    error = refused(beyond, grammar)
    assert error.message.startswith(message)
    assert "at most" in error.cure or "exponents from" in error.cure


def test_functions_beside_one_another_are_not_inside_one_another() -> None:
    grammar = Grammar(names=("x",), functions=FUNCTIONS, limits=Limits(calls=1))
    parse("sin(x) + cos(x)*exp(x)", grammar)


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: repr(text)[:40])
def test_an_attack_is_refused_at_once_with_a_sentence(text: str) -> None:
    before = time.process_time()
    error = refused(text)
    assert time.process_time() - before < 1
    assert error.message
    assert 0 <= error.column <= len(text)
    assert error.width >= 1


def test_reading_an_attack_runs_no_code() -> None:
    """Python's audit events would show an import, a compilation, a process, an opened file."""
    program = """
import difflib  # what a suggestion imports
import backprop_cli.synonyms.lookup
import sys
from backprop_cli.expression.parse import parse
from backprop_cli.expression.tokens import ExpressionError, Grammar
from tests.expression.attacks import ATTACKS
grammar = Grammar(names=("x", "y"), functions={"sin": (1, 1), "max": (2, 2)})
seen = []
for text in ATTACKS[:2]:  # what is imported lazily is imported by now
    try:
        parse(text, grammar)
    except ExpressionError:
        pass
sys.addaudithook(lambda event, _: seen.append(event))
for text in ATTACKS:
    try:
        parse(text, grammar)
    except ExpressionError:
        pass
bad = [e for e in seen if e.split(".")[0] in ("compile", "exec", "import", "open", "os",
                                              "subprocess", "socket", "ctypes", "code")]
assert not bad, bad
print("nothing ran")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == "nothing ran", done.stderr

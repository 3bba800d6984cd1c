"""One answer's text → Written: a number with its last place, a formula, a blank, or what is wrong.

Nothing in the text is ever executed: a number is matched by a regular expression, anything else is
read by the grammar of ``expression/parse.py`` within LIMITS.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re

from msgspec import structs

from ...expression.parse_printed import parse_printed
from ...expression.tokens import ANY_NUMBER, CONSTANTS, ExpressionError, Grammar, Limits, decimal
from ...expression.tree import Expr, Number
from ...expression.walking import walk
from ...graph.names import UnknownName
from ...mathematics.activations import ACTIVATIONS, ALIASES, spelled_out
from ...problems import Problem, shortened
from ...spec.functions import CALLABLE
from ...spec.nodes import Scalar
from ...spec.numbers import inside
from ..records import ParsedAnswer
from .evaluating import SECONDS_AN_ANSWER, OutOfTime, within
from .laid_out import FUNCTIONS as OF_ARRAYS
from .laid_out import LARGEST, TOO_LONG
from .meaning import SAMPLES, AnswerContext, EntryFormula, meant
from .names import SheetNames, meant_entry
from .typography import in_ascii, linked, scientific, unframed

LIMITS = Limits(characters=500, nodes=300, depth=50, exponent=20, digits=40, magnitude=250)
"""What one answer may take."""
BLANKS = ("", "~", "null", "?", "-", "\u2013", "\u2014", "\u2026", "...", "n/a", "N/A", "k.A.")
MOST_FACTORS = 12
"""Decimals of a formula of numbers whose last places are looked at."""
_UNSEEN = " \t\n\r\u00a0\u200b\u2060\ufeff"
"""What is copied along with a number and cannot be seen."""
DECIMAL_COMMA = "the comma is read as a decimal point"
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)[ \t]*"
    r"(?P<digits>[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?P<power>[eE][-+]?[0-9]+)?"
    r"(?P<percent>[ \t]*%)?"
)
_DIGITS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?")
_DECIMAL = re.compile(r"(?<![\w.])[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?(?![\w.])")
_RANGE = re.compile(r"(?P<from>[0-9]*\.[0-9]+)[ \t]*-[ \t]*(?P<to>[0-9]*\.[0-9]+)")
_PAIR = re.compile(r"\([ \t]*[-+]?[0-9.]+[ \t]*,[ \t]*[-+]?[0-9.]+[ \t]*\)")
_PRODUCT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]\w*)")
SLOPES = {f"{name}'": (1, 1) for name in (*ACTIVATIONS, *ALIASES)}
"""Derivatives of activations, σ′(z), as they are called."""
_OF_SEVERAL = {"max": (2, ANY_NUMBER), "min": (2, ANY_NUMBER)}
FUNCTIONS = CALLABLE | {"d": (1, 1)} | SLOPES | _OF_SEVERAL | OF_ARRAYS
"""What a formula may call, with the numbers of arguments."""
_DOTS = "\u00b7\u22c5\u2219"
"""Signs of a product as courses print it, before anything else of matrices."""
_INFINITE = ("nan", "inf", "infinity")
_COMMA = re.compile(r"(?<![0-9.,])(?<!\[)([0-9]{1,20}),([0-9]{1,20})(?![0-9.,\]])")


NO_VALUE = "a spreadsheet's formula without its value"
NO_VALUE_CURE = "open the file in the spreadsheet program and save it once, or write the number"
_OF_CELLS = re.compile(r"=(?:.*(?:\b|\$)[A-Z]{1,3}\$?[0-9]{1,7}\b.*|.*\b[A-Z]{2,}\(.*)?", re.DOTALL)
"""``=A1*B2``, ``=SUM(C)``, and ``=`` alone, which is a formula shared with another cell."""


def blank(scalar: Scalar) -> bool:
    """Return whether nothing was written: empty, ``~``, ``?``, a dash, underscores."""
    text = scalar.text.strip()
    return text in BLANKS or not text.strip("_")


def plain_number(scalar: Scalar) -> ParsedAnswer | None:
    """Return a number as most are written, which can be nothing else; None for anything else."""
    number = _plain(scalar.text) if _DIGITS.fullmatch(scalar.text) else None
    return None if number is None else structs.replace(number, place=scalar.place)


def parse_answer(scalar: Scalar, question: AnswerContext) -> ParsedAnswer:
    """Return what a scalar says; its value is there where it is a number, else to be computed."""
    raw = scalar.text
    text = raw.strip(_UNSEEN)
    if blank(scalar):
        return ParsedAnswer(raw, place=scalar.place)
    working: tuple[Expr, ...] = ()
    try:
        if len(text) > LIMITS.characters:
            cure = f"at most {LIMITS.characters} characters"
            raise ExpressionError(f"an answer of {len(text)} characters", 0, 1, cure)
        question = structs.replace(question, course=any(dot in text for dot in _DOTS))
        text = unframed(text)
        *links, last = linked(text)
        if links:
            with within(SECONDS_AN_ANSWER):
                working = _working(links, question)
            text = last
        typed = scientific(in_ascii(text, question.names))
        number = _plain(typed)
        if number is not None:
            return ParsedAnswer(
                raw,
                tree=number.tree,
                value=number.value,
                unit=number.unit,
                remark=number.remark,
                place=scalar.place,
                working=working,
            )
        with within(SECONDS_AN_ANSWER):
            formula, typed, remark = _as_typed(text, typed, question)
            nearby = _nearby(typed, question)
    except (RecursionError, OutOfTime) as much:
        deep = isinstance(much, RecursionError)
        said = "nested too deep" if deep else f"it takes over {SECONDS_AN_ANSWER:g} seconds to read"
        problem = Problem(said, scalar.place, "write it in several steps")
        return ParsedAnswer(raw, problem=problem, place=scalar.place)
    except ExpressionError as error:
        if _OF_CELLS.fullmatch(raw.strip()):
            return ParsedAnswer(
                raw, problem=Problem(NO_VALUE, scalar.place, NO_VALUE_CURE), place=scalar.place
            )
        fault = ExpressionError(
            error.message, error.column + raw.rfind(text), error.width, error.cure
        )
        place = inside(scalar, fault)
        return ParsedAnswer(
            raw, problem=Problem(fault.message, place, fault.cure), place=scalar.place
        )
    remark = remark or _range(typed)
    return ParsedAnswer(
        raw,
        tree=formula.tree,
        place=scalar.place,
        nearby=nearby,
        remark=remark,
        working=working,
        turned=formula.turned,
    )


def _working(links: list[str], question: AnswerContext) -> tuple[Expr, ...]:
    """Return what stands before the last = of an answer; its own name at the beginning is none.

    What is no formula there counts for nothing, but for the name of another quantity.
    """
    with contextlib.suppress(UnknownName):
        ref, aspect = question.names.find(links[0].strip())
        if aspect == question.aspect and ref in (question.ref, question.ref.bare()):
            links = links[1:]
    found = []
    for link in links:
        try:
            found.append(_formula(scientific(in_ascii(link, question.names)), question).tree)
        except ExpressionError:
            if _names_something(link, question.names):
                raise
    return tuple(found)


def _names_something(text: str, names: SheetNames) -> bool:
    try:
        names.find(text.strip())
    except UnknownName:
        return False
    return True


def _range(typed: str) -> str:
    """Return the word on 2.5-2.6, which may be meant as a range."""
    match = _RANGE.fullmatch(typed)
    if match is None or len(match["from"]) != len(match["to"]):
        return ""
    return f"read as {match['from']} minus {match['to']}; if it is a range, write one number"


def _as_typed(text: str, typed: str, question: AnswerContext) -> tuple[EntryFormula, str, str]:
    """Return the formula, what it was read from, and a word on that.

    Where a comma cannot separate anything it is a decimal one. Where the text was spelled out an
    error is of it as a whole.
    """
    try:
        return _formula(typed, question), typed, ""
    except ExpressionError as error:
        points = _COMMA.sub(r"\1.\2", typed)
        if points != typed:
            with contextlib.suppress(ExpressionError):
                return _formula(points, question), points, DECIMAL_COMMA
        if len(text) == len(typed):
            raise
        message = f"{error.message} (read as {shortened(question.names.readable(typed))})"
        raise ExpressionError(message, 0, len(text), error.cure) from None


def _nearby(typed: str, question: AnswerContext) -> tuple[Expr, ...]:
    """Return the formula with each rounded factor half a unit larger, one at a time.

    A decimal of one digit, and one that is given in the exercise, is not rounded: 0.5, w; one with
    zeros behind it is: 0.0100.
    """
    matches = [m for m in _DECIMAL.finditer(typed) if len(m.group().lstrip("0.")) > 1]
    if not 0 < len(matches) <= MOST_FACTORS:
        return ()
    found = []
    for match in matches:
        digits, _, power = match.group().lower().partition("e")
        zeros = digits.endswith("0") and len(digits.lstrip("0.")) > 2
        if zeros or float(match.group()) not in question.given:
            last = int(power or 0) - len(digits.partition(".")[2])
            half = f"({match.group()}+5e{last - 1})"
            changed = typed[: match.start()] + half + typed[match.end() :]
            found.append(_formula(changed, question).tree)
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _plain(typed: str) -> ParsedAnswer | None:
    """Return a number: its value exactly as written, and one unit of its last place.

    None where it is no plain number.
    """
    match = _NUMBER.fullmatch(typed)
    if match is None:
        return None
    sign = "-" if match["sign"] == "-" else ""
    digits = match["digits"].replace(",", ".")
    power = match["power"] or ""
    fraction = decimal(sign + digits + power, LIMITS)
    exponent = int(power[1:] or 0) if power else 0
    if match["percent"]:
        fraction, exponent = fraction / 100, exponent - 2
    last = exponent - len(digits.partition(".")[2])
    remark = DECIMAL_COMMA if "," in match["digits"] else ""
    tree = Number(fraction)
    return ParsedAnswer(
        typed, tree=tree, value=float(fraction), unit=float(f"1e{last}"), remark=remark
    )


def _formula(text: str, question: AnswerContext) -> EntryFormula:
    """Return the tree of an expression, its names turned into the quantities that they mean."""
    if text.lstrip("+- ").lower() in _INFINITE:
        raise ExpressionError(f"{text} is not a finite number", 0, len(text), "give a number")
    words = question.names.words
    grammar = Grammar(
        names=words if question.graph.single else {*words, *SAMPLES},
        functions=FUNCTIONS,
        limits=LIMITS,
        indexing=True,
        forbidden={**_later(question), **question.names.doubtful},
    )
    try:
        tree = parse_printed(text, grammar)
    except ExpressionError as error:
        raise _cured(text, error, question.names) from None
    found = meant(tree, text, question)
    spelled = spelled_out(found.tree)
    if any(True for _ in itertools.islice(walk(spelled), LARGEST, None)):
        # silu(silu(…)) doubles with every level, since silu(z) is z·sigmoid(z).
        raise ExpressionError(TOO_LONG, 0, len(text), "use what was computed before by its name")
    return structs.replace(found, tree=spelled)


def _later(question: AnswerContext) -> dict[str, str]:
    """Return the sentence for each updated parameter, which nothing else is computed from."""
    found = {}
    for name in question.graph.parameters:
        found[f"{name}'"] = f"{name}' comes after the step: it is not used before"
    return found


def _cured(text: str, error: ExpressionError, names: SheetNames) -> ExpressionError:
    """Return the error; a list of all the names there are is no help, a decimal point may be."""
    cure = "" if error.cure.startswith("known:") else error.cure
    word = text[error.column : error.column + error.width]
    if error.message == f"'{word}' is not known here":
        meant_by = meant_entry(word, names)
        cure = f"did you mean '{meant_by}'?" if meant_by else cure or _name_cure(word, names)
    if error.message.startswith("'.'") and re.search(r"[A-Za-z]\.[A-Za-z]", text):
        cure = "in a formula layers go by number: W1, not hidden.W"
    entry = text[error.column + error.width :].lstrip().startswith("[")
    if word.endswith("'") and "after the step" in error.message and not entry:
        cure = f"the transpose of {word[:-1]} is {word[:-1]}.T"
    product = _PRODUCT.fullmatch(word) if error.message.endswith("is not a number") else None
    factor = "" if product is None else _factor(product[2], names)
    if product is not None and factor:
        cure = f"write a product with *: {product[1]}*{factor}"
    if _PAIR.search(text):
        return ExpressionError(
            "two numbers in brackets", error.column, error.width, "an answer is one number"
        )
    comma = _COMMA.search(text)
    if comma and ("','" in error.message or "takes" in error.message):
        cure = f"write decimals with a point: {comma[1]}.{comma[2]}"
    if not cure:
        cure = "an answer is a number such as 0.25, 1e-3 or 1/3, or a formula of earlier quantities"
    return ExpressionError(error.message, error.column, error.width, cure)


def _factor(word: str, names: SheetNames) -> str:
    """Return what a word behind a number is that a number is multiplied by, or nothing."""
    return word if word in {*names.words, *CONSTANTS} else meant_entry(word, names)


def _name_cure(word: str, names: SheetNames) -> str:
    """Return what helps with a name that is none: which layers there are, the nearest."""
    try:
        names.find(word)
    except UnknownName as unknown:
        return unknown.problem.cure
    return ""

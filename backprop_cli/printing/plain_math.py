"""Mathematics on a line of text: Unicode with real sub- and superscripts, or ASCII."""

from __future__ import annotations

import functools
import unicodedata

from ..expression.indices import Index, side_by_side
from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, Compare, Expr, Quantity, numeric
from ..expression.walking import walk
from ..notation.letters import ACCENTS, GREEK
from ..spec.profile import Profile, Symbol
from .drawn import ATOM, POWER, Drawn, joined
from .settings import Settings
from .stacked import OneLineMath

_SUB = dict(
    zip("0123456789aehijklmnoprstuvx+-=(),", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎,", strict=True)
)
_SUP = dict(
    zip(
        "0123456789abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW+-=(),",
        "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ⁺⁻⁼⁽⁾,",
        strict=True,
    )
)
_RELATIONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_RELATIONS |= {sign: sign for sign in ("≈", "≡", ":=")}


def letter_in_words(symbol: Symbol) -> str:
    """Return a bare letter as it stands in a sentence of any format: ``δ``, ``ŷ``, ``E_total``."""
    letter, mark, tail = symbol.letter.partition("_")
    letter = GREEK.get(letter, letter) + ACCENTS.get(symbol.accent, "") + mark + tail
    argument = f"({GREEK.get(symbol.argument, symbol.argument)})" if symbol.argument else ""
    return unicodedata.normalize("NFC", letter + argument)


class UnicodeMath(OneLineMath):
    """One line of Unicode: ``z¹₁ = w¹₁₁·x₁ + b¹₁``, ``∂C/∂a¹₂``, ``0.73·(1 − 0.73)``."""

    def symbol(self, symbol: Symbol) -> Drawn:
        """Return the letter with raised layer and lowered indices."""
        letter, _, tail = symbol.letter.partition("_")
        letter = GREEK.get(letter, letter) + ACCENTS.get(symbol.accent, "")
        argument = f"({GREEK.get(symbol.argument, symbol.argument)})" if symbol.argument else ""
        above = raised("".join(map(str, symbol.sup)))
        above += raised("" if symbol.sample is None else f"({symbol.sample})")
        drawn = letter + above + lowered(tail + symbol.lowered()) + argument
        return Drawn(unicodedata.normalize("NFC", GREEK.get(symbol.prefix, symbol.prefix) + drawn))

    def named(self, symbol: Symbol) -> Drawn:
        """Return a symbol; of what is raised already no power is seen, nor behind a comma."""
        drawn = self.symbol(symbol)
        raised = symbol.sup or symbol.sample is not None or "," in symbol.lowered()
        raised = raised or "_" in drawn.text
        return drawn.bound(POWER if raised and not symbol.argument else ATOM)

    def constant(self, name: str) -> Drawn:
        return Drawn({"pi": "π", "R": "ℝ", "ones": "𝟏"}.get(name, name))

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        """Return the exponent raised where its characters allow, else after a caret."""
        plain = exponent.text.replace("−", "-").replace(" ", "")
        if len(plain) <= 3 and all(c in _SUP for c in plain) and plain.isalnum():
            return base + raised(plain)
        simple = all((c.isascii() and c.isalnum()) or c in "._" for c in exponent.text)
        return base + (f"^{exponent}" if simple else f"^({exponent})")

    def root(self, argument: Expr) -> Drawn:
        drawn = self.drawn(argument, ATOM)
        letters = sum(not unicodedata.combining(character) for character in drawn.text)
        return "√" + (drawn if drawn.lead == "(" or letters == 1 else self.parentheses(drawn))

    def absolute(self, argument: Expr) -> Drawn:
        """Return |argument|; ``abs(|a|)``, since bars within bars are read as others."""
        inside = any(isinstance(n, Call) and n.function == "abs" for n in walk(argument))
        if inside:
            return "abs" + self.parentheses(self.visit(argument))
        return "|" + self.visit(argument) + "|"

    def norm(self, argument: Expr) -> Drawn:
        return "‖" + self.visit(argument) + "‖"

    def applied(self, function: Drawn, arguments: list[Expr]) -> Drawn:
        return function + self.parentheses(joined(", ", map(self.visit, arguments)))

    def function(self, name: str) -> Drawn:
        """Return the notation's letter for an activation, else the function's name."""
        letter = self.profile.activation(name)
        return Drawn(GREEK.get(letter, letter))

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        """Return Σₖ."""
        return Drawn(f"Σ{lowered(index)} ")

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> Drawn:
        """Return ``{value if condition, …, else value}``."""
        when, else_ = map(self.settings.said, ("if", "otherwise"))
        drawn = [self.visit(value) + f" {when} " + self.visit(test) for test, value in pieces]
        return "{" + joined("; ", [*drawn, self.visit(otherwise) + f" {else_}"]) + "}"

    def scientific(self, digits: str, power: int) -> Drawn:
        """Return ``4.3857e-4``."""
        return self.digits(f"{digits}e{power}")

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        """Return ``·``, or nothing between a notation's symbol and a parenthesis.

        A name of the file keeps its dot: ``g(a + b)`` would be a function.
        """
        fraction = isinstance(before, Quantity) and self.is_fraction(before)
        other = ("exp", "abs", "sqrt", "xlogy", "xdivy")
        applied = isinstance(before, Call) and before.function not in other
        name = before.ref.part if isinstance(before, Quantity) else getattr(before, "id", "")
        letter = bool(name) and name not in self.profile.facts.names
        symbolic = (applied or letter) and not fraction
        symbolic = symbolic and numeric(after) is None
        return Drawn("" if symbolic and drawn.lead == "(" else "·")

    def plus(self, negated: bool) -> Drawn:
        return Drawn(" − " if negated else " + ")

    def minus(self) -> Drawn:
        return Drawn("−")

    def partial(self) -> Drawn:
        return Drawn("∂")

    def prime(self) -> Drawn:
        return Drawn("′")

    def relation(self, operator: str) -> Drawn:
        return Drawn(_RELATIONS[operator])

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        return f"∂{lowered(side_by_side(index))}" + function

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return ∇ with its variable lowered."""
        return f"∇{lowered(wrt.text)} " + of

    def matrix(self, rows: list[list[Drawn]]) -> Drawn:
        """Return [a b; c d] on one line."""
        return "[" + joined("; ", (joined("  ", row) for row in rows)) + "]"

    def under_transpose(self, operand: Expr) -> Drawn:
        """Return what is transposed; behind an index below the mark is read as what it is."""
        letter = isinstance(operand, Quantity) and not self.is_fraction(operand)
        below = letter and isinstance(operand, Quantity) and self.profile.symbol(operand.ref).sub
        return self.visit(operand) if below else super().under_transpose(operand)

    def transposed(self, operand: Drawn) -> Drawn:
        return operand + "ᵀ"

    def side_by_side(self, factors: list[Drawn]) -> Drawn:
        return joined(" ", factors)

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined(" ⊙ ", factors)

    def assigned(self) -> Drawn:
        return Drawn("←")

    def arrow(self) -> Drawn:
        return Drawn("→")

    def dots(self) -> Drawn:
        return Drawn("…")

    def blank(self, width: int) -> Drawn:
        return Drawn("_" * width)


class AsciiMath(UnicodeMath):
    """The same line in ASCII, quantities by their plain names: ``z1[1]``, ``dC/da1[2]``."""

    in_letters = False

    def __init__(self, profile: Profile, settings: Settings, in_out: bool = False) -> None:
        super().__init__(profile, settings)
        self.in_out = in_out

    def quantity(self, ref: Ref) -> Drawn:
        """Return the plain name."""
        return Drawn(plain_name(ref, self.in_out))

    def tangent(self, ref: Ref) -> Drawn:
        """Return dot(c)."""
        return Drawn(f"dot({plain_name(ref, self.in_out)})")

    def partial_derivative(self, of: Ref, wrt: Ref) -> Drawn:
        """Return ``da1/dz1``."""
        text = f"d{plain_name(of, self.in_out)}/d{plain_name(wrt, self.in_out)}"
        return Drawn(text, self.fraction_binding)

    def symbol(self, symbol: Symbol) -> Drawn:
        """Return letter[indices], a hat in words: ``m_hat``."""
        index = ",".join(map(str, symbol.sub))
        letter = f"{symbol.letter}_{symbol.accent}" if symbol.accent else symbol.letter
        return Drawn(letter + (f"[{index}]" if index else ""))

    def named(self, symbol: Symbol) -> Drawn:
        """Return the symbol, which has nothing raised."""
        return self.symbol(symbol)

    def constant(self, name: str) -> Drawn:
        return Drawn(name)

    def function(self, name: str) -> Drawn:
        """Return the function's name."""
        return Drawn(name)

    def counted(self, letter: str, number: str) -> Drawn:
        """Return the function's name: g1."""
        return Drawn(f"{letter}{number}" if number.isdigit() else f"{letter}_{number}")

    def loss_function(self) -> Drawn:
        """Return the plain name."""
        return Drawn("loss")

    def raised(self, base: Drawn, exponent: Drawn) -> Drawn:
        """Return base^exponent."""
        return base + (f"^{exponent}" if exponent.text.isalnum() else f"^({exponent})")

    def root(self, argument: Expr) -> Drawn:
        return "sqrt" + self.enclosed(argument)

    def sum_sign(self, index: str, upper: Drawn | None) -> Drawn:
        """Return sum_k."""
        return Drawn(f"sum_{index} ")

    def times(self, before: Expr, after: Expr, drawn: Drawn) -> Drawn:
        return Drawn("*")

    def plus(self, negated: bool) -> Drawn:
        return Drawn(" - " if negated else " + ")

    def minus(self) -> Drawn:
        return Drawn("-")

    def partial(self) -> Drawn:
        return Drawn("d")

    def prime(self) -> Drawn:
        return Drawn("'")

    def relation(self, operator: str) -> Drawn:
        return Drawn("=" if operator == "==" else operator)

    def partial_in(self, index: tuple[Index, ...], function: Drawn) -> Drawn:
        """Return d[j]C."""
        return f"d[{','.join(map(str, index))}]" + function

    def nabla(self, of: Drawn, wrt: Drawn) -> Drawn:
        """Return grad(of, wrt)."""
        return Drawn(f"grad({of}, {wrt})")

    def transposed(self, operand: Drawn) -> Drawn:
        return operand + "^T"

    def entrywise(self, factors: list[Drawn]) -> Drawn:
        return joined(" .* ", factors)

    def assigned(self) -> Drawn:
        return Drawn("<-")

    def arrow(self) -> Drawn:
        return Drawn("->")

    def dots(self) -> Drawn:
        return Drawn("...")


@functools.lru_cache(maxsize=1024)
def raised(text: str) -> str:
    """Return the text in superscript characters, or after a caret where one is missing."""
    if all(c in _SUP for c in text):
        return "".join(_SUP[c] for c in text)
    return f"^{_one_word(text)}"


@functools.lru_cache(maxsize=1024)
def lowered(text: str) -> str:
    """Return the text in subscript characters, or after an underscore where one is missing."""
    if all(c in _SUB for c in text):
        return "".join(_SUB[c] for c in text)
    return f"_{_one_word(text)}"


def _one_word(text: str) -> str:
    """Return what stands behind a caret or an underscore, in parentheses unless it is one word."""
    bracketed = text.startswith(("[", "⟨", "(")) and text.endswith(("]", "⟩", ")"))
    return text if text.isalnum() or bracketed else f"({text})"

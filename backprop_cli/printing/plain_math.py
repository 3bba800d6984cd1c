"""Mathematics on a line of text: Unicode with real sub- and superscripts, or ASCII."""

from __future__ import annotations

import unicodedata

from ..expression.indices import Index
from ..expression.refs import Ref, plain_name
from ..expression.tree import Call, Compare, Expr, Partial, Quantity, numeric
from ..expression.walking import walk
from ..notation.letters import ACCENTS, GREEK
from ..spec.profile import Profile, Symbol
from .mathematics import ATOM, POWER, PRODUCT, MathPrinter, Settings

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
_RAISED = tuple(_SUP.values())
_RELATIONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠", "≈": "≈"}


class UnicodeMath(MathPrinter):
    """One line of Unicode: ``z¹₁ = w¹₁₁·x₁ + b¹₁``, ``∂C/∂a¹₂``, ``0.73·(1 − 0.73)``."""

    fraction_binding = PRODUCT

    def symbol(self, symbol: Symbol) -> str:
        """Return the letter with raised layer and lowered indices."""
        letter, _, tail = symbol.letter.partition("_")
        letter = GREEK.get(letter, letter) + ACCENTS.get(symbol.accent, "")
        argument = f"({GREEK.get(symbol.argument, symbol.argument)})" if symbol.argument else ""
        above = raised("".join(map(str, symbol.sup)))
        above += raised("" if symbol.sample is None else f"({symbol.sample})")
        drawn = letter + above + lowered(tail + symbol.lowered()) + argument
        return unicodedata.normalize("NFC", symbol.prefix + drawn)

    def constant(self, name: str) -> str:
        """Return π, e or ℝ."""
        return {"pi": "π", "R": "ℝ", "ones": "𝟏"}.get(name, name)

    def fraction(self, top: str, bottom: str) -> str:
        """Return top/bottom."""
        return f"{top}/{bottom}"

    def ratio(self, top: str, bottom: str) -> tuple[str, int]:
        """Return top/bottom of whole numbers."""
        return f"{top}/{bottom}", PRODUCT

    def division(self, top: Expr, bottom: Expr) -> tuple[str, int]:
        """Return top/bottom on the line."""
        return f"{self.draw(top, PRODUCT)}/{self.draw(bottom, POWER)}", PRODUCT

    def raised(self, base: str, exponent: str) -> str:
        """Return the exponent raised where its characters allow, else after a caret."""
        if "(" not in base and any(c in _RAISED for c in base):
            base = self.parentheses(base)
        plain = exponent.replace("−", "-").replace(" ", "")
        if len(plain) <= 3 and all(c in _SUP for c in plain) and plain.isalnum():
            return base + raised(plain)
        simple = all((c.isascii() and c.isalnum()) or c in "._" for c in exponent)
        return f"{base}^{exponent}" if simple else f"{base}^({exponent})"

    def root(self, argument: Expr) -> str:
        drawn = self.draw(argument, ATOM)
        letters = sum(not unicodedata.combining(character) for character in drawn)
        return f"√{drawn}" if drawn.startswith("(") or letters == 1 else f"√({drawn})"

    def absolute(self, argument: Expr) -> str:
        """Return |argument|; ``abs(|a|)``, since bars within bars are read as others."""
        drawn = self.draw(argument)
        inside = any(isinstance(n, Call) and n.function == "abs" for n in walk(argument))
        return f"abs({drawn})" if inside else f"|{drawn}|"

    def applied(self, function: str, arguments: list[Expr]) -> str:
        return f"{function}({', '.join(self.draw(argument) for argument in arguments)})"

    def function(self, name: str) -> str:
        """Return the notation's letter for an activation, else the function's name."""
        letter = self.profile.activation(name)
        return GREEK.get(letter, letter)

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return Σₖ body."""
        return f"Σ{lowered(index)} {self.summand(body)}"

    def cases(self, pieces: tuple[tuple[Compare, Expr], ...], otherwise: Expr) -> str:
        """Return ``{value if condition, …, else value}``."""
        drawn = [f"{self.draw(value)} if {self.draw(condition)}" for condition, value in pieces]
        return "{" + "; ".join([*drawn, f"{self.draw(otherwise)} otherwise"]) + "}"

    def scientific(self, digits: str, power: int) -> str:
        """Return ``4.3857e-4``."""
        return f"{digits}e{power}"

    def times(self, before: Expr, after: Expr, text: str) -> str:
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
        return "" if symbolic and text.startswith("(") else "·"

    def plus(self, negated: bool) -> str:
        return " − " if negated else " + "

    def minus(self) -> str:
        return "−"

    def partial(self) -> str:
        return "∂"

    def prime(self) -> str:
        return "′"

    def relation(self, operator: str) -> str:
        return _RELATIONS[operator]

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return ∂ⱼC."""
        return f"∂{lowered(''.join(map(str, index)))}{function}"

    def derivative_of(self, body: Expr, wrt: Ref) -> tuple[str, int]:
        """Return ∂(body)/∂wrt on the line."""
        return f"∂({self.draw(body)})/{self.differential(wrt)}", PRODUCT

    def nabla(self, of: str, wrt: str) -> str:
        """Return ∇ with its variable lowered."""
        return f"∇{lowered(wrt)} {of}"

    def matrix(self, rows: list[list[str]]) -> str:
        """Return [a b; c d] on one line."""
        return "[" + "; ".join("  ".join(row) for row in rows) + "]"

    def transposed(self, operand: str) -> str:
        """Return the operand with a raised T."""
        return f"({operand})ᵀ" if operand[-1:] in _RAISED else f"{operand}ᵀ"

    def side_by_side(self, factors: list[str]) -> str:
        """Return the factors side by side."""
        return " ".join(factors)

    def entrywise(self, factors: list[str]) -> str:
        """Return the factors joined by ⊙."""
        return " ⊙ ".join(factors)

    def assigned(self) -> str:
        return "←"

    def arrow(self) -> str:
        return "→"

    def dots(self) -> str:
        return "…"

    def blank(self, width: int) -> str:
        """Return ``____``."""
        return "_" * width


class AsciiMath(UnicodeMath):
    """The same line in ASCII, quantities by their plain names: ``z1[1]``, ``dC/da1[2]``."""

    in_letters = False

    def __init__(self, profile: Profile, settings: Settings, in_out: bool = False) -> None:
        super().__init__(profile, settings)
        self.in_out = in_out

    def quantity(self, ref: Ref) -> tuple[str, int]:
        """Return the plain name."""
        return plain_name(ref, self.in_out), ATOM

    def tangent(self, ref: Ref) -> tuple[str, int]:
        """Return dot(c)."""
        return f"dot({plain_name(ref, self.in_out)})", ATOM

    def visit(self, node: Expr) -> tuple[str, int]:
        """Return a partial derivative as ``da1/dz1``, anything else as in Unicode."""
        if isinstance(node, Partial):
            below = plain_name(node.wrt, self.in_out)
            return f"d{plain_name(node.of, self.in_out)}/d{below}", self.fraction_binding
        return super().visit(node)

    def symbol(self, symbol: Symbol) -> str:
        """Return letter[indices], a hat in words: ``m_hat``."""
        index = ",".join(map(str, symbol.sub))
        letter = f"{symbol.letter}_{symbol.accent}" if symbol.accent else symbol.letter
        return letter + (f"[{index}]" if index else "")

    def constant(self, name: str) -> str:
        """Return pi or e."""
        return name

    def function(self, name: str) -> str:
        """Return the function's name."""
        return name

    def loss_function(self) -> str:
        """Return the plain name."""
        return "loss"

    def raised(self, base: str, exponent: str) -> str:
        """Return base^exponent."""
        return f"{base}^{exponent}" if exponent.isalnum() else f"{base}^({exponent})"

    def root(self, argument: Expr) -> str:
        """Return sqrt(argument)."""
        return f"sqrt({self.draw(argument)})"

    def big_sum(self, index: str, upper: str, body: Expr) -> str:
        """Return sum_k body."""
        return f"sum_{index} {self.summand(body)}"

    def times(self, before: Expr, after: Expr, text: str) -> str:
        return "*"

    def plus(self, negated: bool) -> str:
        return " - " if negated else " + "

    def minus(self) -> str:
        return "-"

    def partial(self) -> str:
        return "d"

    def prime(self) -> str:
        return "'"

    def relation(self, operator: str) -> str:
        """Return the operator."""
        return "=" if operator == "==" else operator

    def partial_in(self, index: tuple[Index, ...], function: str) -> str:
        """Return d[j]C."""
        return f"d[{','.join(map(str, index))}]{function}"

    def derivative_of(self, body: Expr, wrt: Ref) -> tuple[str, int]:
        """Return d(body)/dwrt."""
        return f"d({self.draw(body)})/d{plain_name(wrt, self.in_out)}", PRODUCT

    def nabla(self, of: str, wrt: str) -> str:
        """Return grad(of, wrt)."""
        return f"grad({of}, {wrt})"

    def transposed(self, operand: str) -> str:
        """Return operand^T."""
        return f"{operand}^T"

    def entrywise(self, factors: list[str]) -> str:
        """Return the factors joined by a dotted star."""
        return " .* ".join(factors)

    def assigned(self) -> str:
        return "<-"

    def arrow(self) -> str:
        return "->"

    def dots(self) -> str:
        return "..."


def raised(text: str) -> str:
    """Return the text in superscript characters, or after a caret where one is missing."""
    if all(c in _SUP for c in text):
        return "".join(_SUP[c] for c in text)
    return f"^{_one_word(text)}"


def lowered(text: str) -> str:
    """Return the text in subscript characters, or after an underscore where one is missing."""
    if all(c in _SUB for c in text):
        return "".join(_SUB[c] for c in text)
    return f"_{_one_word(text)}"


def _one_word(text: str) -> str:
    """Return what stands behind a caret or an underscore, in parentheses unless it is one word."""
    bracketed = text.startswith("[") and text.endswith("]")
    return text if text.isalnum() or bracketed else f"({text})"

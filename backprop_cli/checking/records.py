"""What checking passes on: answers as they were written, verdicts, one sheet's and a class's."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from ..expression.refs import Ref
from ..expression.tree import Expr
from ..problems import Place, Problem

Aspect = str | Ref
"""What of a quantity is asked: "" itself, a letter of the optimizer what it is after one step
("theta" a parameter, "m" its moment), a Ref that quantity's derivative by it (∂a1/∂z1), "p" of
scores the softmax that the loss takes."""
STEPPED = "theta"
LIKELY = "p"
Verdict = Literal["right", "follow-through", "wrong", "blank", "unreadable", "undecided"]
Acceptance = Literal[
    "exact",
    "last-digit",
    "close",
    "carried-rounding",
    "follow-through",
    "imprecise",
    "diagnosed",
    "symbolic",
    "wrong",
    "blank",
    "unreadable",
    "undecided",
    "precision",
]


class ParsedAnswer(Struct, frozen=True):
    """One answer as it was read: ``tree`` is None where nothing could be read, or it is blank.

    ``unit`` is the last place as written: ``0.05`` gives 1e-2, an expression or a fraction 0.
    ``value`` is the number where it is one; ``problem`` says why it could not be read, with the
    place in the sheet; ``remark`` is a word on how it was read (a decimal comma). ``nearby`` are a
    formula's trees with one rounded number in it half a unit larger: its last place follows.
    ``working`` is what stands before the last = of a chain, 0.7*0.5 = 0.35. ``turned`` says that it
    is of a matrix that was written transposed.
    """

    raw: str
    tree: Expr | None = None
    value: float | None = None
    unit: float = 0.0
    problem: Problem | None = None
    remark: str = ""
    place: Place | None = None
    nearby: tuple[Expr, ...] = ()
    working: tuple[Expr, ...] = ()
    turned: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing of it is to be computed: a number, a blank, what cannot be read."""
        return (self.tree is None or self.value is not None) and not self.working


class Answer(Struct, frozen=True):
    """One entry that a sheet answers: its plain name, which quantity it is, what was written.

    ``aspect`` says what of the quantity is asked, such as what it is after one step (``W1'``).
    """

    name: str
    ref: Ref
    parsed: ParsedAnswer
    aspect: Aspect = ""

    @property
    def step(self) -> bool:
        """Whether it is the parameter after one step."""
        return self.aspect == STEPPED


class Rules(Struct, frozen=True):
    """How a sheet is judged: what the file, the sheet or the command line may set.

    ``tolerance`` replaces the 0.1 % of ``close``; ``tolerances`` that of single quantities by
    plain name; ``digits`` the decimals asked for; ``follow_through_credit`` is between 0 and 1;
    ``evidence`` says that what follows must show work on this network to earn its mark. ``marks``
    are those of each entry of a quantity, 1 where it has none; ``partial_credit`` what an answer
    with a known mistake earns of them. ``delta_sign`` and ``delta_mean`` fix what δ is; with
    ``row_vectors`` matrices of weights stand transposed on the sheets.
    ``ask`` is what counts, as whoever marks called it, nothing where each answer does; ``source``
    says where the rules are from.
    """

    tolerance: float = 0.001
    tolerances: dict[str, float] = {}
    digits: int | None = None
    follow_through_credit: float = 1.0
    evidence: bool = True
    marks: dict[str, float] = {}
    partial_credit: dict[str, float] = {}
    delta_sign: Literal["either", "a-y", "y-a"] = "either"
    delta_mean: Literal["either", "without", "with"] = "either"
    row_vectors: bool = False
    ask: tuple[str, ...] = ()
    source: str = ""

    def of(self, numbers: dict[str, float], name: str, usual: float) -> float:
        """Return the number that an entry has, or its whole quantity, by plain name."""
        return numbers.get(name, numbers.get(name.partition("[")[0], usual))


class Sheet(Struct, frozen=True):
    """One student's sheet: the answers in the order of the file, and what was wrong with it.

    A sheet that could not be read at all has problems and no answers. ``own`` are the rules that
    it states of itself, ``ignored`` those of them that do not count; of its marks ``credit``
    counts. ``asked`` is what earns marks, None where each answer does, and each of the ``lost``
    lines that are no answer; ``identifier`` is the student's number on a learning platform;
    ``returns`` what a file is called that the platform takes back for him;
    ``calls_itself`` is whose it says it is, where the platform says another name;
    ``late`` the name by which whoever marks calls the sheet late. With ``row_vectors`` its matrices
    of weights were read as its notation draws them, transposed.
    """

    student: str
    file: str
    answers: tuple[Answer, ...]
    rules: Rules = Rules()
    problems: tuple[Problem, ...] = ()
    own: dict[str, Any] = {}
    ignored: tuple[str, ...] = ()
    credit: float = 1.0
    asked: frozenset[tuple[Ref, Aspect]] | None = None
    identifier: str = ""
    returns: str = ""
    lost: int = 0
    late: str = ""
    row_vectors: bool = False
    calls_itself: str = ""


class Judged(Struct, frozen=True):
    """One answer with its verdict, the rule that decided, and what is said of it.

    ``earlier`` names the wrong answers that this one follows from; ``mistake`` is a known
    mistake's id, ``also`` at most one other that fits as well. ``message`` helps without giving
    the number away; ``full`` is the whole sentence, with the entry and the numbers. ``value`` is
    the answer as a number, also where it was written as an expression.
    """

    answer: Answer
    verdict: Verdict
    rule: Acceptance
    truth: float | None
    score: float
    max_score: float
    mistake: str | None = None
    also: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    message: str = ""
    full: str = ""
    value: float | None = None


class Marked(Struct, frozen=True):
    """A whole sheet, judged; ``remarks`` are what is said of it as a whole."""

    sheet: Sheet
    judged: tuple[Judged, ...]
    remarks: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The marks given."""
        return self.sheet.credit * sum(each.score for each in self.judged)

    @property
    def max_score(self) -> float:
        """The marks that could be given."""
        return self.unknown + sum(each.max_score for each in self.judged)

    @property
    def counted(self) -> tuple[Judged, ...]:
        """The answers that were asked for: others earn no mark."""
        asked = self.sheet.asked
        if asked is None:
            return self.judged
        return tuple(each for each in self.judged if (each.answer.ref, each.answer.aspect) in asked)

    @property
    def unknown(self) -> int:
        """Lines that are no answer, where what is asked does not say what they should be."""
        return self.sheet.lost if self.sheet.asked is None else 0

"""From a network and what was wished to the worksheet: its document, or its sheet to fill in."""

from __future__ import annotations

from msgspec import Struct

from ..checking.next_step import NextStep
from ..graph.records import Graph
from ..languages import ENGLISH
from ..notation.bound import Notation
from ..passes.noise import without_noise
from ..passes.run import run
from ..passes.trace import Trace
from ..problems import refuse
from ..render.json_text import json_text
from ..worked.document import Document
from ..worked.view import View
from .formulas import Untypable
from .given_section import ROWS_OF_INPUTS
from .questions import MOST_ENTRIES, MOST_IN_TABLES, Questions, named_questions, usual_questions
from .sheets import sheet_object, sheet_text
from .worksheet import sheet_head, worksheet
from .worksheet_lines import Guide, WorksheetLines


class Task(Struct, frozen=True):
    """A network, the letters, how its parameters are moved, and what was wished.

    ``guide`` None is the usual one.
    """

    graph: Graph
    letters: Notation
    step: NextStep | None = None
    blanks: tuple[str, ...] = ()
    guide: str | None = None
    digits: int = 4
    exact: bool = False
    solution: bool = False
    language: str = ENGLISH
    view: View = View(full=True)


def document_of(task: Task) -> Document:
    """Return the worksheet, or the key, to be drawn."""
    subject, tables = _subject(task), _in_tables(task)
    brief = tables is not None and isinstance(subject, Trace)
    questions = _questions(task) if tables is None or not brief else tables
    symbolic = not isinstance(subject, Trace)
    if task.guide is not None and (task.solution or (symbolic and task.guide != "none")):
        why = "a key has every line worked" if task.solution else "the formulas are what is asked"
        raise refuse(f"--guide {task.guide}: {why}", None, "leave it out")
    guide: Guide = "none" if symbolic or task.guide == "none" else "formula"
    if task.guide == "numbers":
        guide = "numbers"
    return worksheet(
        subject,
        questions,
        task.letters,
        digits=task.digits,
        exact=task.exact,
        guide=guide,
        solution=task.solution,
        rate=_rate(task),
        view=task.view,
        brief=brief,
    )


def _in_tables(task: Task) -> Questions | None:
    """Return the usual questions where they are too many for a line a blank; else None."""
    if task.blanks or task.view.full or task.guide == "numbers":
        return None
    if task.graph.loops or not task.graph.layers:
        return None
    found = usual_questions(task.graph, task.view, MOST_IN_TABLES)
    return found if sum(each.size for each in found.asked) > MOST_ENTRIES else None


def filled(task: Task, format_name: str) -> str:
    """Return the sheet to fill in, or filled in, as YAML or JSON.

    Raises Refusal where a formula holds a function without a name that a sheet could use.
    """
    if task.guide is not None:
        raise refuse("--guide: a sheet to fill in has no lines", None, "leave it out")
    subject, questions = _subject(task), _questions(task)
    symbolic = not isinstance(subject, Trace)
    subject = without_noise(subject) if isinstance(subject, Trace) else subject
    digits = None if task.exact or symbolic else task.digits
    answer = WorksheetLines(subject, (), _rate(task)).answer if task.solution else None
    turned = task.letters.turns_weights
    try:
        if format_name == "json":
            sheet = sheet_object(task.graph, questions.asked, digits, answer, turned=turned)
            return json_text(sheet)
        head = sheet_head(task.graph, questions, digits, solution=task.solution)
        head += [ROWS_OF_INPUTS] if turned else []
        asked = questions.asked
        return sheet_text(task.graph, asked, head, digits, answer, task.language, turned=turned)
    except (Untypable, ValueError):
        message = "--solution: an answer cannot be typed into a sheet"
        raise refuse(message, None, "take another format: --format markdown") from None


def _subject(task: Task) -> Trace | Graph:
    """Return the trace of a network with numbers, else the graph itself."""
    if not task.graph.symbolic:
        return run(task.graph, exact=task.exact, only_forward=task.graph.loss is None)
    if task.exact:
        raise refuse("--exact: the network has no numbers", None, "leave it out")
    return task.graph


def _questions(task: Task) -> Questions:
    if task.blanks:
        return named_questions(task.graph, task.blanks, task.step)
    return usual_questions(task.graph, task.view)


def _rate(task: Task) -> object:
    """Return the learning rate in the arithmetic of the trace."""
    if task.step is None:
        return None
    from ..arithmetic.floating import FLOAT64
    from ..passes.descent.plan import as_stated

    if not task.exact:
        return as_stated(task.step.plan.rate, FLOAT64)
    from ..arithmetic.exact import EXACT

    return as_stated(task.step.plan.rate, EXACT)

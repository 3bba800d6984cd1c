"""Check somebody's answers: which are right, which step went wrong and why."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from msgspec import structs

from ._options import digits_options, network_argument, output_options
from ._unread import READ, check_ours, check_unread

if TYPE_CHECKING:
    from ..checking.feedback.sheet_document import Feedback
    from ..checking.running import CheckedSheet
    from ..worked.document import Document


@click.command("check")
@network_argument
@click.argument("sheets", nargs=-1, metavar="[ANSWERS]...", type=READ)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="NAME=VALUE",
    help="Check this answer, without a file: dW1[1,2]=0.106.",
)
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="[NAME=]T",
    help="How far from the truth is right, relatively (0.001); of one quantity: dW1=0.01.",
)
@click.option(
    "--ask",
    "asked",
    multiple=True,
    metavar="NAME",
    help="What counts: of every sheet this alone, blank where it is missing; all: the usual.",
)
@click.option(
    "--rules",
    "rubric",
    type=READ,
    metavar="FILE",
    help="A rubric, how to mark: tolerances, marks, credit, conventions, what is asked.",
)
@click.option(
    "--feedback",
    type=click.Choice(["none", "hint", "full"]),
    default="hint",
    show_default=True,
    help="The marks alone, a hint at each slip, or also the worked step.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE",
    help="Marks: .csv, .json, .xml (JUnit), results.json (Gradescope), moodle.csv, canvas.csv.",
)
@click.option(
    "--feedback-dir",
    metavar="DIR",
    help="Write a file a student into DIR, with what --feedback says.",
)
@click.option(
    "--feedback-format",
    default="html",
    show_default=True,
    metavar="SUFFIX",
    help="html, md, pdf, tex or txt: what --feedback-dir writes.",
)
@click.option(
    "--compare",
    metavar="FILE.json",
    help="Show whose marks changed since an earlier --report FILE.json.",
)
@click.option(
    "--jobs",
    type=click.IntRange(0, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="Mark a class with N processes side by side; 0: one a core. The result is the same.",
)
@digits_options
@output_options
def command(
    network: str,
    sheets: tuple[str, ...],
    answers: tuple[str, ...],
    tolerances: tuple[str, ...],
    asked: tuple[str, ...],
    rubric: str | None,
    feedback: str,
    reports: tuple[str, ...],
    feedback_dir: str | None,
    feedback_format: str,
    compare: str | None,
    jobs: int,
    digits: int,
    significant: int | None,
    format_name: str | None,
    outputs: tuple[str, ...],
    notation: str | None,
    standalone: bool,
) -> None:
    """Check ANSWERS to NET: right, right after an earlier slip, or wrong, and why.

    ANSWERS are sheets in YAML, JSON, CSV, .xlsx, Markdown or plain text (z1 = …), or a program's
    arrays (.npz, .npy, JSON, called dW1 or fc1.weight.grad; names: in a rubric says what others
    mean), or folders of them, as learning platforms make them too. Where NET is a folder, each
    network in it is checked with the sheets that are called as it is (exercise-07.yaml:
    exercise-07-ada.yaml). A sheet has 'answers:' and below it names and what was found: z1, a1,
    delta1, dW1, da1/dz1, W1' and m(W1) (after a step of the file's optimizer), whole or by entry.
    An answer is a number, or a formula of what comes before it; of 0.7*0.5 = 0.35 the last counts.
    Of several sheets the marks, rates by quantity, the commonest mistakes and the values that are
    strangely alike are shown.

    A sheet may also say student, and names: notation, where it calls the answers as the screen does
    (w5, net_h1), with the notation's name under notation. Rules that it states of itself (digits,
    rules) count only where the rubric says 'sheet_rules'.

    A rubric for --rules has, as far as it wants: tolerance, tolerances (by quantity), digits (the
    decimals asked for), marks (of each entry of a quantity), follow_through_credit, partial_credit
    (by mistake), ask (all, or a list), optimizer, learning_rate, conventions (delta_sign,
    delta_mean, row_vectors), sheet_rules, evidence, late (students, credit), anonymous (a secret
    word). 'backprop schema --of rubric' has its schema.

    \b
    Examples:
      backprop check net.yaml sheet.yaml
      backprop check net.yaml --answer loss=0.298 --answer 'db2=0.1385-0.0381'
      backprop check net.yaml sheet.yaml --feedback full --notation mazur
      backprop check net.yaml sheet.yaml --tolerance 0.01 --tolerance dW1=0.05
      backprop check net.yaml sheets --ask all --report marks.csv
      backprop check net.yaml sheets --rules rubric.yaml
      backprop check net.yaml sheets --feedback-dir told --feedback-format md
      backprop check net.yaml sheets --jobs 0 --report marks.csv
    """
    from ..checking.feedback.class_document import class_document
    from ..checking.feedback.class_tally import ClassTally
    from ..checking.feedback.other_exercises import OtherExercises
    from ..checking.feedback.sheet_document import sheet_document
    from ..checking.reports import (
        MOODLE,
        Class,
        FileWords,
        Totals,
        check_report,
        no_identifiers,
        platform_of,
        report_files,
    )
    from ..checking.reports.feedback_files import check_folder
    from ..checking.reports.json_object import json_files
    from ..printing.settings import settings_of
    from ..worked.steps import Writer
    from . import _checking, _output, _reporting

    own = network != "-" and Path(network).is_dir()
    _check_arguments(network, sheets, answers, own=own, jobs=jobs)
    places = _output.places(format_name, outputs, standalone=standalone)
    for path in reports:
        check_report(path)
        check_unread("--report", path)
    if feedback_dir is not None:
        check_folder(feedback_dir, feedback_format)
    wishes = _checking.wishes_of(tolerances, asked, rubric)
    compared = None
    if compare is not None:
        from ..checking.feedback.earlier_run import Comparison, read_earlier_run

        compared = Comparison(read_earlier_run(compare))
    count = jobs or os.cpu_count() or 1
    if own:
        done = _checking.own_networks(network, sheets, wishes, notation, count)
    else:
        done = _checking.one_network(network, sheets, answers, wishes, notation, count)
    exercise, said = done.exercise, cast("Feedback", feedback)
    language, comma = _output.layout().language, _output.layout().comma
    title = Path(network).resolve().name if own else exercise.graph.name
    of = Class(exercise.graph, said, language, title, comma)
    settings = structs.replace(settings_of(digits, significant), language=language, comma=comma)
    first = tuple(itertools.islice(done.sheets, 2))
    alone = len(first) == 1 and not done.left_out and compared is None
    wanted = [file for path in reports for file in report_files(path, of)]
    for file in wanted:
        if file.name not in reports:
            check_ours(file.name)
    own_json = [place.output or "-" for place in places if place.format_name == "json"]
    wanted += [file for output in own_json for file in json_files(output, of)]
    growing = _reporting.spools(wanted, alone=len(first) == 1)
    write = None
    if feedback_dir is not None:
        write = _checking.feedback_writer(
            of, feedback_dir, feedback_format, exercise.notation, settings
        )
    tally, words, others = ClassTally(), FileWords(), OtherExercises()
    unknown = 0
    for checked in itertools.chain(first, done.sheets):
        tally.add(checked)
        unknown += not checked.marked.sheet.identifier
        others.add(checked)
        if compared is not None:
            compared.add(checked)
        for spool in growing:
            spool.add(checked)
        if write is not None:
            write(checked, words.of(checked))
    for name, fits in others.found():
        tally.remark(name, fits)
    left_out = tuple(done.left_out)
    missed = tally.missed(exercise.wanted.rubric.late)
    totals = Totals(tally.most_marks, dict(tally.verdicts), tally.problems, left_out)

    def document(*, pointed: bool = False) -> Document:
        writer = Writer(exercise.subject)
        if alone:
            return sheet_document(first[0], writer, said, exercise.step, pointed=pointed)
        since = None if compared is None else compared.changes(of.problem_sha256)
        asks = exercise.wanted.asks
        return class_document(tally, title, said, left_out, since, asked=asks, missed=missed)

    drawn = [place for place in places if place.format_name != "json"]
    report = _output.Printout(document, exercise.notation, settings, exercise.graph.in_out)
    _output.emit_all([place for place in drawn if place.file is not None], report)
    for spool in growing:
        spool.finish(totals)
    for path in reports if unknown else ():
        if platform_of(path) == MOODLE:
            click.echo(f"note: {path}: {no_identifiers(unknown, tally.count)}", err=True)
    shown = structs.replace(report, make=lambda: document(pointed=True))
    unread = len(first) == 1 and not first[0].marked.judged and first[0].problems
    if not unread or not alone or said == "none":
        _output.emit_all([place for place in drawn if place.file is None], shown)
    if len(first) == 1:
        _point(first[0], said)
    if not tally.all_right:
        raise SystemExit(1)


def _check_arguments(
    network: str, sheets: tuple[str, ...], answers: tuple[str, ...], *, own: bool, jobs: int
) -> None:
    """Refuse a command line that names nothing to check."""
    from ..problems import refuse, shortened
    from ..spec.nodes import neighbour

    if own and answers:
        cure = "name the network's file: check net.yaml --answer …"
        raise refuse("check: --answer belongs to one network, this is a folder", None, cure)
    if not sheets and not answers and not own:
        cure = "name a sheet, a folder of sheets, or give --answer dW1[1,2]=0.106"
        raise refuse("check: no answers to check", None, cure)
    if network == "-" and jobs != 1:
        raise refuse("--jobs: standard input is read once", None, "name the network's file")
    if network == "-" and "-" in sheets:
        raise refuse("check: standard input is the network", None, "name the sheet's file")
    for path in sheets:
        if path != "-" and not os.path.lexists(path):
            cure = f"write --answer {shortened(path, 80)}" if "=" in path else neighbour(path)
            cure = cure or "name a sheet, a folder of sheets, or give --answer loss=0.298"
            raise refuse(f"{shortened(path, 200)}: no such file", None, cure)


def _point(checked: CheckedSheet, feedback: Feedback) -> None:
    """Point at what could not be read in the one sheet there is, on standard error."""
    from ..problems import Refusal, complain

    if checked.problems and feedback != "none":
        complain(Refusal(checked.problems, checked.source))

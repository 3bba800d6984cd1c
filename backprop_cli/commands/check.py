"""Check somebody's answers: which are right, which step went wrong and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from ._options import digits_options, network_argument, output_options

if TYPE_CHECKING:
    from ..checking.feedback.sheet_document import Feedback
    from ..checking.reports import Class
    from ..checking.sheets.reading import ReadSheet


@click.command("check")
@network_argument
@click.argument("sheets", nargs=-1, metavar="[ANSWERS]...")
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
    help="Write marks to FILE.csv, .json or .xml (JUnit); results.json is Gradescope's.",
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
    digits: int,
    significant: int | None,
    format_name: str | None,
    output: str | None,
    notation: str | None,
    standalone: bool,
) -> None:
    """Check ANSWERS to NET: right, right after an earlier slip, or wrong, and why.

    ANSWERS are sheets in YAML, JSON or CSV, or folders of them. A sheet has 'answers:' and below it
    names and what was found: z1, a1, delta1, dW1, W1' (after one step), whole or by entry. An
    answer is a number, or a formula of what comes before it. Of several sheets the marks, the
    commonest mistakes and the values that are strangely alike are shown.

    A sheet may also say student, and names: notation, where it calls the answers as the screen does
    (w5, net_h1), with the notation's name under notation. Rules that it states of itself (digits,
    rules) count only where the rubric says 'sheet_rules'.

    A rubric for --rules has, as far as it wants: tolerance, tolerances (by quantity), digits (the
    decimals asked for), marks (of each entry of a quantity), follow_through_credit, partial_credit
    (by mistake), ask (all, or a list), conventions (delta_sign, delta_mean), sheet_rules, evidence,
    late (students, credit), anonymous (a secret word). 'backprop schema --of rubric' has its
    schema.

    \b
    Examples:
      backprop check net.yaml sheet.yaml
      backprop check net.yaml --answer loss=0.298 --answer 'db2=0.1385-0.0381'
      backprop check net.yaml sheet.yaml --feedback full --notation mazur
      backprop check net.yaml sheet.yaml --tolerance 0.01 --tolerance dW1=0.05
      backprop check net.yaml sheets --ask all --report marks.csv
      backprop check net.yaml sheets --rules rubric.yaml
    """
    from ..checking.reports import Class, check_report, report_files
    from ..checking.running import check_all, overrides_of, reading_of, trace_of
    from ..checking.sheets.reading import read_given, read_sheets
    from ..exercises.questions import usually_asked
    from ..files.network import read_network
    from ..graph.build import build
    from ..notation.options import chosen_notation
    from ..printing.settings import settings_of
    from ..problems import refuse
    from ..spec.numbers import number_float
    from . import _output

    if not sheets and not answers:
        cure = "name a sheet, a folder of sheets, or give --answer dW1[1,2]=0.106"
        raise refuse("check: no answers to check", None, cure)
    if network == "-" and "-" in sheets:
        raise refuse("check: standard input is the network", None, "name the sheet's file")
    chosen = _output.chosen_format(format_name, output)
    _output.check_standalone(standalone, chosen)
    for path in reports:
        check_report(path)
    spec = read_network(network)
    graph = build(spec)
    profile = chosen_notation(notation, spec.notation, graph)
    trace = trace_of(graph)
    rate = None if spec.learning_rate is None else number_float(spec.learning_rate.text)
    reading = reading_of(graph, trace, rate, profile)
    wanted = overrides_of(graph, tolerances, asked, reading, lambda: usually_asked(graph), rubric)
    reads: list[ReadSheet] = [read_given(answers, reading)] if answers else []
    reads += read_sheets(sheets, reading)
    checked = tuple(check_all(graph, trace, rate, reads, wanted))
    of = Class(graph, checked, cast("Feedback", feedback))
    files = [file for path in reports for file in report_files(path, of)]
    if chosen == "json":
        from ..checking.reports.json_object import check_object

        _output.emit_object(check_object(of), output)
    else:
        from ..checking.feedback.class_document import checked_document

        page = _output.page_for(output, in_out=graph.in_out, standalone=standalone)
        _output.emit_document(
            lambda: checked_document(of.sheets, trace or graph, of.feedback, rate),
            chosen,
            profile,
            settings_of(digits, significant),
            page,
            output,
        )
    for path, text in files:
        _output.emit(text, path)
    _point(of)
    if not all(each.all_right for each in checked):
        raise SystemExit(1)


def _point(of: Class) -> None:
    """Point at what could not be read in the one sheet there is, on standard error."""
    from ..problems import Refusal

    if len(of.sheets) == 1 and of.sheets[0].problems and of.feedback != "none":
        checked = of.sheets[0]
        text = str(Refusal(checked.problems, checked.source))
        encoding = sys.stderr.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr)

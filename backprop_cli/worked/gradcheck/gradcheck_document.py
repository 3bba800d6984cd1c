"""GradientCheck → Document: what was compared, entry by entry, and what follows."""

from __future__ import annotations

from fractions import Fraction

from ...expression.refs import Ref, plain_name
from ...expression.tree import WHOLE_LOSS, Call, Compare, Div, Expr, Name, Number, Pow
from ...graph.records import Graph
from ...passes.differences.gradient_check import Checked, Estimate, GradientCheck
from ...passes.differences.kinks import CrossedKink
from ..building import column, lettered, note, paragraph, section
from ..document import (
    Block,
    Code,
    Column,
    Document,
    Figure,
    Inline,
    Line,
    Math,
    Note,
    Paragraph,
    Section,
    Strong,
    Table,
    Text,
)
from ..pages import pages_of

MOST_NOISY = 4
"""Gradients of which it is said that they are 0 but for rounding."""
MOST_ROWS = 24
"""Entries up to which each has a row; past it, each quantity has one."""
TITLES = {
    "differences": "central differences",
    "complex_step": "complex step",
    "sympy": "sympy",
}
SHORT = {**TITLES, "differences": "differences"}
"""The methods as a table's headings."""
VERDICTS = {"pass": "pass", "fail": "FAIL", "kink": "kink", "undecided": "undecided"}


def gradcheck_document(check: GradientCheck, *, full: bool = False) -> Document:
    """Return the verdict, how it was reached, and each entry (with ``full``, of however many)."""
    graph = check.graph
    blocks: list[Block] = [
        paragraph(pages_of(graph).checked(graph)),
        Paragraph(verdict_line(check)),
    ]
    if check.uncut:
        words = "'truncate' is left out here: gradients that are cut off in time are no derivatives"
        blocks.append(note(words))
    blocks.append(_methods(check))
    if len(check.entries) <= MOST_ROWS or full:
        blocks.append(_entries(check))
    else:
        blocks.append(_quantities(check))
    blocks += _rounded_away(check)
    if check.worst is not None:
        blocks.append(_worst(check, check.worst))
    failing = [entry for entry in check.entries if entry.verdict == "fail"]
    if failing:
        blocks.append(_failing(check, failing))
    kinks = [entry for entry in check.entries if entry.verdict == "kink"]
    if kinks:
        blocks.append(_kinks(check, kinks))
    noise = frozenset(abs(entry.gradient) for entry in check.entries if entry.rounding)
    return Document(graph.name or "Network", tuple(blocks), noise=noise)


def verdict_line(check: GradientCheck) -> Line:
    """Return whether it passed, over how many entries, and by how much the worst is off."""
    found: dict[str, int] = {}
    for entry in check.entries:
        found[entry.verdict] = found.get(entry.verdict, 0) + 1
    words = "gradient check passed" if check.passed else "gradient check FAILED"
    parts: list[Inline] = [Strong(words)]
    count = len(check.entries)
    failed = found.get("fail", 0)
    some = f"{failed} of {_entries_word(count)} wrong" if failed else _entries_word(count)
    parts.append(Text(f": {some}"))
    if check.worst is not None:
        parts += [
            Text(", largest relative error "),
            Figure(check.worst.error),
            Text(" at "),
            Code(gradient_name(check.graph, check.worst.ref)),
        ]
    if found.get("kink"):
        parts.append(Text(f"; {_entries_word(found['kink'])} at a kink, not judged"))
    if found.get("undecided"):
        parts.append(Text(f"; {_entries_word(found['undecided'])} undecided"))
    return tuple(parts)


def _entries_word(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def gradient_name(graph: Graph, ref: Ref) -> str:
    """Return ``dW1[1,2]``."""
    return plain_name(ref.grad(), graph.in_out)


def _methods(check: GradientCheck) -> Section:
    loss = check.graph.words.loss
    lines: list[Block] = [
        Paragraph(
            (
                Strong("backpropagation"),
                Text(" is compared with three derivatives that do without it; each moves one "),
                lettered(f"entry w and computes the {loss} C again by a forward pass:"),
            )
        ),
        Paragraph(
            (
                Strong(TITLES["differences"]),
                Text(": "),
                Math(Div(_cost_at(W + H) - _cost_at(W - H), Number(Fraction(2)) * H)),
                Text(", with the step "),
                Math(H),
                Text(", of several from 1e-2 to 1e-7, at which the quotient changes least"),
            )
        ),
        Paragraph(
            (
                Strong(TITLES["complex_step"]),
                Text(": the imaginary part of "),
                Math(_cost_at(W + Name("i") * H)),
                Text(" over "),
                Math(Compare("==", H, Pow(Number(Fraction(2)), Number(Fraction(-100))))),
                Text("; nothing cancels"),
            )
        ),
        Paragraph(
            (
                Strong(TITLES["sympy"]),
                lettered(": C written as a formula of w, all else numbers of 30 digits, "),
                Text("differentiated by sympy"),
            )
        ),
        Note(
            (
                Text("an entry passes when each is within a relative error "),
                Math(Div(_size(P - Q), Call("max", (_size(P), _size(Q))))),
                Text(" of "),
                Figure(check.tolerance),
                Text("; what is apart by less than "),
                Figure(check.floor),
                Text(", 64 roundings of the largest gradient, counts as equal"),
            )
        ),
    ]
    lines += [note(sentence) for sentence in _left_out(check)]
    return section("methods", "What is compared", lines)


W, H, P, Q = Name("w"), Name("h"), Name("p"), Name("q")


def _cost_at(w: Expr) -> Expr:
    return Call(WHOLE_LOSS, (w,))


def _size(number: Expr) -> Expr:
    return Call("abs", (number,))


def _left_out(check: GradientCheck) -> list[str]:
    """Return a sentence for each reason why a method was left out, and for entries not drawn."""
    said: list[str] = []
    for method, title in TITLES.items():
        reasons: dict[str, int] = {}
        for entry in check.entries:
            reason = entry.estimates[method].reason
            if reason:
                reasons[reason] = reasons.get(reason, 0) + 1
        for reason, count in reasons.items():
            where = "all" if count == len(check.entries) else _entries_word(count)
            said.append(f"{title}: left out for {where}: {reason}")
    drawn = [
        f"{checked} of {total} of {plain_name(ref, check.graph.in_out)}"
        for ref, (checked, total) in check.counts.items()
        if checked < total
    ]
    if len(drawn) > MOST_ROWS:
        quantities, total = len(check.counts), sum(of for _, of in check.counts.values())
        drawn = [f"{len(check.entries)} of {total:,} entries of {quantities:,} quantities"]
    if drawn:
        said.append(
            f"checked: {', '.join(drawn)}, drawn with seed {check.seed}; --full checks every entry"
        )
    return said


def _entries(check: GradientCheck) -> Section:
    columns = (
        column("gradient"),
        column("backpropagation", "figure"),
        *(column(title, "figure") for title in SHORT.values()),
        column("verdict"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    for entry in check.entries:
        rows.append(
            (
                Code(gradient_name(check.graph, entry.ref)),
                Figure(entry.gradient),
                *(_off_by(estimate) for estimate in entry.estimates.values()),
                _verdict(entry.verdict),
            )
        )
    caption: Line = (
        Text("each method's column is how far backpropagation is from it, relatively"),
    )
    return section("entries", "Entry by entry", (Table(columns, tuple(rows), caption),))


def _rounded_away(check: GradientCheck) -> list[Block]:
    """Return which gradients are 0 but for rounding, and by how much that may be."""
    noisy = [entry for entry in check.entries if entry.rounding]
    notes: list[Block] = []
    for entry in noisy[:MOST_NOISY]:
        name = Code(gradient_name(check.graph, entry.ref))
        found, most = precisely(entry.gradient, 2), precisely(entry.rounding, 2)
        said = (
            " is 0 but for rounding: backpropagation gives ",
            ", and what was added is rounded by",
        )
        notes.append(Note((name, Text(said[0]), found, Text(f"{said[1]} up to "), most)))
    if len(noisy) > MOST_NOISY:
        left = len(noisy) - MOST_NOISY
        notes.append(note(f"and {left} more gradients that are 0 but for rounding"))
    return notes


def _off_by(estimate: Estimate) -> Inline:
    if estimate.verdict in ("left out", "cannot tell"):
        return Text("–" if estimate.verdict == "left out" else "?")
    return Figure(estimate.error)


def _verdict(verdict: str) -> Inline:
    return Strong(VERDICTS[verdict]) if verdict == "fail" else Text(VERDICTS[verdict])


def _quantities(check: GradientCheck) -> Section:
    """Return a row a quantity: how many entries, and the largest error of each method."""
    columns = (
        column("gradient"),
        column("verdict"),
        column("entries", "figure"),
        *(column(title, "figure") for title in SHORT.values()),
        column("worst"),
    )
    rows: list[tuple[Inline | None, ...]] = []
    groups = [[e for e in check.entries if _belongs(e.ref, ref)] for ref in check.counts]
    checked = [(ref, group) for ref, group in zip(check.counts, groups, strict=True) if group]
    shown = sorted(checked, key=lambda each: _rank(each[1]), reverse=True)[:MOST_ROWS]
    kept = {ref for ref, _ in shown}
    for ref, entries in ((ref, group) for ref, group in checked if ref in kept):
        worst = max(entries, key=lambda e: (e.verdict == "fail", e.error))
        every = {entry.verdict for entry in entries}
        verdict = next(v for v in ("fail", "kink", "undecided", "pass") if v in every)
        rows.append(
            (
                Code(gradient_name(check.graph, ref)),
                _verdict(verdict),
                Text(str(len(entries))),
                *(_largest([e.estimates[method] for e in entries]) for method in TITLES),
                Code(gradient_name(check.graph, worst.ref)),
            )
        )
    caption: Line = (Text("each method's column is the largest relative error of its entries"),)
    few = f"the {len(rows)} with the largest errors of {len(checked)}; "
    more = few if len(rows) < len(checked) else ""
    told = note(f"{more}--full lists every entry; --wrt NAME those of one quantity")
    return section(
        "quantities", "Quantity by quantity", (Table(columns, tuple(rows), caption), told)
    )


def _rank(entries: list[Checked]) -> tuple[bool, float]:
    """Return how much a quantity's entries are worth a look: those that fail first."""
    return max((entry.verdict == "fail", entry.error) for entry in entries)


def _belongs(entry: Ref, ref: Ref) -> bool:
    same = (entry.part, entry.layer) == (ref.part, ref.layer)
    return same and (not ref.index or ref.index == entry.index)


def _largest(estimates: list[Estimate]) -> Inline:
    told = [e.error for e in estimates if e.verdict in ("agrees", "disagrees")]
    return Figure(max(told)) if told else Text("–")


def _worst(check: GradientCheck, entry: Checked) -> Section:
    columns = (
        column("method"),
        Column((Code(gradient_name(check.graph, entry.ref)),), kind="label"),
        column("relative error", "figure"),
        column("step h", "figure"),
    )
    rows: list[tuple[Inline | None, ...]] = [
        (Text("backpropagation"), precisely(entry.gradient, 15), Text("–"), Text("–"))
    ]
    for method, estimate in entry.estimates.items():
        if estimate.value is not None:
            step = Figure(estimate.step) if estimate.step else Text("–")
            rows.append(
                (Text(TITLES[method]), precisely(estimate.value, 15), Figure(estimate.error), step)
            )
    title: Line = (Text("The worst entry: "), Code(gradient_name(check.graph, entry.ref)))
    return Section("worst", title, (Table(columns, tuple(rows)),))


def precisely(value: float, digits: int = 10) -> Text:
    """Return the number with so many significant digits, whatever the reader's decimals are."""
    return Text(f"{value:.{digits}g}".replace("-", "−"))


def _failing(check: GradientCheck, entries: list[Checked]) -> Section:
    """Return what is wrong where: the entries of each quantity, and by which factor."""
    lines: list[Block] = []
    for entry in entries[:MOST_ROWS]:
        told = [e for e in entry.estimates.values() if e.verdict == "disagrees"]
        value = next(e.value for e in reversed(told) if e.value is not None)
        line: list[Inline] = [
            Code(gradient_name(check.graph, entry.ref)),
            Text(": backpropagation gives "),
            Figure(entry.gradient),
            Text(", but the derivative is "),
            Figure(value),
        ]
        if value and entry.gradient:
            line += [Text(", a factor "), Figure(entry.gradient / value)]
        lines.append(Paragraph(tuple(line)))
    if len(entries) > MOST_ROWS:
        lines.append(note(f"and {len(entries) - MOST_ROWS} more"))
    return section("wrong", "What is wrong", lines)


def _kinks(check: GradientCheck, entries: list[Checked]) -> Section:
    lines: list[Block] = [
        Note(
            (
                Text("at a kink the derivative jumps; backpropagation uses one value by "),
                Text("convention, and differences see both sides, so these are not judged"),
            )
        )
    ]
    for entry in entries[:MOST_ROWS]:
        line: list[Inline] = [
            Code(gradient_name(check.graph, entry.ref)),
            Text(": "),
            *kink_words(check.graph, entry.kinks[0], entry.differences.step),
        ]
        uses = "; backpropagation uses "
        if entry.sides is not None:
            left, right = map(Figure, entry.sides)
            line += [Text("; from the left "), left, Text(", from the right "), right]
            uses = ", backpropagation uses "
        line += [Text(uses), Figure(entry.gradient)]
        lines.append(Paragraph(tuple(line)))
    if len(entries) > MOST_ROWS:
        lines.append(note(f"and {len(entries) - MOST_ROWS} more"))
    return section("kinks", "At a kink", lines)


def kink_words(graph: Graph, kink: CrossedKink, step: float = 0.0) -> Line:
    """Return ``z1[2] stands on a kink of relu``, or how far it is from it."""
    name = Code(plain_name(kink.ref, graph.in_out))
    if kink.distance == 0:
        return (name, Text(f" stands on a kink of {kink.rule}"))
    within: Line = (Text(", within the step "), Figure(step)) if step else ()
    return (
        name,
        Text(" is "),
        Figure(abs(kink.distance)),
        Text(f" from a kink of {kink.rule}"),
        *within,
    )

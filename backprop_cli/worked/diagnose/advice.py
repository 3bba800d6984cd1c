"""What to do: each remedy with what it did to the gradient when it was tried."""

from __future__ import annotations

from ...passes.health.diagnosis import LIMIT, Diagnosis
from ...passes.health.remedies import Remedy
from ...passes.health.time_remedies import FAR, TimeRemedy
from ...passes.health.units import ailing
from ..building import note, paragraph, section
from ..document import Block, Code, Figure, Inline, Line, Note, Paragraph, Section, Strong, Text

MOST_REMEDIES = 4
"""Remedies that are named."""


def advice_section(diagnosis: Diagnosis, criterion: Note) -> Section:
    """Return the remedies that were measured, or that there is nothing to mend."""
    title = "What to do"
    kinds = {verdict.kind for verdict in diagnosis.verdicts}
    shown = diagnosis.remedies[:MOST_REMEDIES]
    blocks: list[Block] = [Paragraph(_line(remedy)) for remedy in shown]
    blocks += [Paragraph(_line_in_time(each)) for each in diagnosis.time_remedies[:MOST_REMEDIES]]
    far = any(health.steps[-1].product > FAR for health in diagnosis.times)
    if far or "exploding" in kinds:
        blocks.append(Paragraph(_clipped(max((r.before for r in shown), default=0.0))))
    for remedy in shown:
        if remedy.lost:
            words = f"in {remedy.lost} of {remedy.draws} draws of them no error arrives at all"
            blocks.append(Note((Strong(f"with {remedy.what}"), Text(f" {words}"))))
    if blocks:
        words = "each was tried on this network, with its input and target; all else as it is"
        return section("advice", title, (*blocks, note(words), criterion))
    said = "nothing to mend: the error arrives at every layer with parameters"
    if "silent" in kinds:
        said = "nothing is left to learn here: the output has no error"
    elif kinds & {"vanishing", "blocked"} or ailing(diagnosis.units):
        said = "no other activation, loss or first weights that were tried helps here"
    elif any(health.lost for health in diagnosis.times):
        said = "no other recurrent weights that were tried keep the error on its way back in time"
    elif "single" in kinds:
        said = "nothing to mend: the only layer with parameters has the whole error"
    return section("advice", title, (paragraph(said), criterion))


def _line(remedy: Remedy) -> Line:
    """Return ``with relu in place of sigmoid the gradient of W1 is 14 times as large``."""
    line: list[Inline] = [Strong(f"with {remedy.what}"), Text(" ")]
    if remedy.parameter.startswith("delta"):
        line += [Code(remedy.parameter), Text(" is no longer 0 but "), Figure(remedy.after)]
    else:
        line += [Text("the gradient of "), Code(remedy.parameter), *_compared(remedy)]
    if remedy.ratio < 1 / LIMIT:
        line.append(Text("; the error still vanishes"))
    elif remedy.ratio > LIMIT:
        line.append(Text("; the error still explodes"))
    return (*line, Text(": write "), Code(remedy.write)) if remedy.write else tuple(line)


def _line_in_time(remedy: TimeRemedy) -> Line:
    """Return ``with … 0.3 of the last step's error is left at step 1, for 0.01``."""
    left = Text(f" of the last step's error is left at step {remedy.step}, for ")
    numbers: list[Inline] = [Figure(remedy.after), left, Figure(remedy.before)]
    line: list[Inline] = [Strong(f"with {remedy.what}"), Text(" "), *numbers]
    return (*line, Text(": write "), Code(remedy.write)) if remedy.write else tuple(line)


def _compared(remedy: Remedy) -> list[Inline]:
    if not 1e-300 < remedy.factor < 1e300:
        before = Text("0") if remedy.before == 0 else Figure(remedy.before)
        return [Text(" is no longer "), before, Text(" but "), Figure(remedy.after)]
    numbers: list[Inline] = [Figure(remedy.after), Text(" for "), Figure(remedy.before)]
    if remedy.factor >= 1:
        return [Text(" is "), Figure(_round(remedy.factor)), Text(" times as large, "), *numbers]
    return [Text(" is 1/"), Figure(_round(1 / remedy.factor)), Text(" of what it is, "), *numbers]


def _round(factor: float) -> float | int:
    """Return a factor as it is said, in two digits: 14, 1.8, 310000."""
    short = float(f"{factor:.2g}")
    return int(short) if 10 <= factor < 1e6 else short


def _clipped(norm: float) -> Line:
    said = " shortens the whole gradient before a step and keeps its direction"
    line: list[Inline] = [Code("backprop step NET --clip-norm 1"), Text(said)]
    if norm > 1:
        line += [Text(": to less than 1/"), Figure(_round(norm)), Text(" of what it is")]
    return tuple(line)

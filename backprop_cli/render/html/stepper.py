"""One HTML page that steps through the passes: a picture, a worked line, buttons and arrow keys.

Without a script it reads whole: the picture with all its numbers and every step in a list.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import msgspec
from msgspec import structs

from ... import diagrams
from ...diagrams.interactive import captions_known_from, known_from, lit
from ...diagrams.scene import Scene
from ...passes.trace import Trace
from ...printing.mathematics import MathPrinter
from ...printing.plain_math import UnicodeMath
from ...printing.preparing import prepared
from ...worked.document import Document, Equations, Paragraph, Picture, Section, Step, Text
from ...worked.entry_steps import needed_entries, worked_chain
from ...worked.steps import Writer
from ...worked.trace.path import path_steps
from ...worked.trace.pictures import fits
from ...worked.trace.summary import summary_section
from ...worked.trace.trace_document import shown_sample
from ...worked.view import View
from ..chains import joined
from ..pictures import scenes_for
from .lines import text
from .page import HtmlWriter, html_body, html_page
from .pictures import figure_of

PREFIX = "step-"
"""Before the ids of the stepper's picture."""
_CONTROLS = """<div class="controls" id="stepper-controls" role="group" aria-label="{}" hidden>
<button type="button" id="stepper-first">{}</button>
<button type="button" id="stepper-back">{}</button>
<button type="button" id="stepper-next">{}</button>
<button type="button" id="stepper-last">{}</button>
<input type="range" id="stepper-slider" min="0" value="0" aria-label="{}">
<output id="stepper-place"></output>
</div>"""
_NAMES = ("Steps", "First", "Back", "Next", "Last", "Step")
_HINT = "Arrow keys go back and on, Home and End to the first and the last step."
_START, _END = "The numbers given", "All gradients"
_PLACE = "Step {step} of {last}"


def render_stepper(document: Document, trace: Trace, view: View, printer: MathPrinter) -> str:
    """Return the page: the stepper, and under it the whole document."""
    script = _asset("js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    writer = HtmlWriter(printer)
    stepper = _stepper(trace, view, printer, writer)
    document = prepared(document, printer)
    body = html_body(document, writer)
    scripted = f"{stepper}\n{body}\n<script>{script}</script>"
    language = printer.settings.language
    return html_page(document.title, scripted, language, policy=policy, style=_asset("css"))


def stepped(trace: Trace, view: View) -> list[tuple[Text, Step]]:
    """Return every step with its phase: forward, the loss, backward, gradients, of one sample."""
    writer = Writer(trace, view.widest_sum)
    if view.wrt:
        groups = [group for ref in view.wrt for group in path_steps(writer, ref, view)]
        return [(Text(title), step) for title, steps in groups for step in steps]
    alone = structs.replace(view, samples=(shown_sample(view),))
    entries = needed_entries(writer, alone)
    return [(title, step) for _, title, steps in entries for step in steps]


def _stepper(trace: Trace, view: View, printer: MathPrinter, writer: HtmlWriter) -> str:
    phases = [(_spoken(title, printer), step) for title, step in stepped(trace, view)]
    steps = [step for _, step in phases]
    scene = _scene(trace, view, printer)
    said = printer.settings.said
    cards = [_card(0, said(_START), "")]
    for number, (phase, step) in enumerate(phases, 1):
        block = Equations((worked_chain(step),))
        spoken = prepared(Document("", (block,)), printer)
        cards.append(_card(number, phase, writer.block(spoken.blocks[0])))
    if not view.wrt and any(gradient is not None for gradient in trace.gradients):
        summary = prepared(Document("", (_all(trace, view),)), printer)
        inner = summary.blocks[0]
        assert isinstance(inner, Section)
        markup = "\n".join(filter(None, map(writer.block, inner.blocks)))
        cards.append(_card(len(cards), said(_END), markup))
    data = _data(scene, phases, steps, printer, len(cards))
    figure = "" if scene is None else figure_of(scene, printer, PREFIX)
    return "\n".join(
        [
            '<section class="stepper" id="stepper" tabindex="-1" aria-labelledby="stepper-title">',
            f'<h2 id="stepper-title">{said("Step by step")}</h2>',
            figure,
            _CONTROLS.format(*map(said, _NAMES)),
            '<p class="unseen" id="stepper-said" aria-live="polite"></p>',
            f'<ol class="steps" start="0">{"".join(cards)}</ol>',
            f'<p class="hint" id="stepper-hint" hidden>{said(_HINT)}</p>',
            "</section>",
            f'<script type="application/json" id="stepper-data">{_harmless(data)}</script>',
        ]
    )


def _scene(trace: Trace, view: View, printer: MathPrinter) -> Scene | None:
    if not fits(trace):
        return None
    both = any(gradient is not None for gradient in trace.gradients)
    picture = Picture(trace, "both" if both else "forward", shown_sample(view))
    return scenes_for(picture, printer, None, of_units=True)[0]


def _all(trace: Trace, view: View) -> Section:
    return structs.replace(summary_section(trace, view), title=(Text(_END),))


def _spoken(title: Text, printer: MathPrinter) -> str:
    """Return a phase's title, its layer by the notation's number."""
    spoken = prepared(Document("", (Paragraph((title,)),)), printer).blocks[0]
    line = spoken.line if isinstance(spoken, Paragraph) else ()
    return "".join(part.text for part in line if isinstance(part, Text))


def _card(number: int, phase: str, inner: str) -> str:
    shown = f"\n{inner}" if inner else ""
    return f'<li class="step" id="stepper-{number}"><p class="phase">{text(phase)}</p>{shown}</li>'


def _data(
    scene: Scene | None,
    phases: list[tuple[str, Step]],
    steps: list[Step],
    printer: MathPrinter,
    count: int,
) -> bytes:
    """Return as JSON what each step lights up and says, and from when on each label is known."""
    plain = UnicodeMath(printer.profile, printer.settings)
    start: dict[str, object] = {
        "pass": "forward",
        "now": [],
        "used": [],
        "said": printer.settings.said(_START),
    }
    found = [start]
    lights = lit(scene, steps) if scene is not None else [None] * len(steps)
    for (phase, step), light in zip(phases, lights, strict=True):
        said = joined(worked_chain(step), plain)
        found.append(
            {
                "pass": "backward" if step.target.gradient else "forward",
                "now": [] if light is None else light.now,
                "used": [] if light is None else light.used,
                "said": f"{phase}: {said}",
            }
        )
    if len(found) < count:
        end = printer.settings.said(_END)
        found.append({"pass": "backward", "now": [], "used": [], "said": end})
    known = {} if scene is None else known_from(scene, steps)
    captions = [] if scene is None else captions_known_from(scene, steps)
    return msgspec.json.encode(
        {
            "prefix": PREFIX,
            "place": printer.settings.said(_PLACE),
            "steps": found,
            "known": known,
            "captions": captions,
        }
    )


def _harmless(data: bytes) -> str:
    """Return JSON in which nothing ends the script, whatever a name holds."""
    json = data.decode()
    for mark in "<>&":
        json = json.replace(mark, f"\\u{ord(mark):04x}")
    return json


def _asset(suffix: str) -> str:
    folder = Path(str(diagrams.__file__)).parent
    return (folder / f"interactive.{suffix}").read_text(encoding="utf-8").strip()

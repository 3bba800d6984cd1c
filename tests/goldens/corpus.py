"""The corpus: every example through every format, and where each output is kept.

``python -m tests.goldens.corpus`` writes all of them anew; read the difference before it is kept.
"""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

from msgspec import Struct

from backprop_cli.render import texts

from ..commands.running import EXAMPLES, NAMES, config, printed

PICTURE = re.compile(r"<svg .*?</svg>")
"""What is left out where a picture stands as one long string: it is that of the page."""
FOLDER = Path(__file__).parent / "outputs"
WIDTH = 80
LONG = ("latex", "html", "typst")
"""Formats whose files are long: kept for a few examples that have something of everything."""
MARKDOWN_TOO = ("quarto", "notebook")
"""Formats whose lines are those of Markdown."""
FEW = ("mazur", "softmax_relu", "xor_batch")
MANY_PAGES = ("character_rnn", "gomez_lstm", "gru", "self_attention")
"""Examples whose text runs over many pages: their Markdown, the same lines, is not kept."""


MERGES = (
    ("trace", "trace", "residual"),
    ("steps", "trace", "residual", "--steps"),
    ("derive", "derive", "residual", "--style", "index"),
)
"""Layers that add, multiply and join others, where an index goes through several layers."""
SPOKEN = ("bishop", "goodfellow", "four-diagrams")
"""Notations with letters by role, with commas, with the input's index first."""
OTHERS = {
    "sigmoid_neuron/as_graph.txt": ("trace", "sigmoid_neuron", "--as-graph", "operations"),
    "diamond/reverse.txt": ("derive", "diamond", "--numbers"),
    "diamond/forward.txt": ("derive", "diamond", "--mode", "forward", "--numbers"),
    "diamond/paths.txt": ("derive", "diamond", "--mode", "paths", "--numbers"),
    "diamond/paths.tex": ("derive", "diamond", "--mode", "paths", "--format", "latex"),
    "mazur/step.txt": ("step", "mazur"),
    "sigmoid_neuron/adam.txt": ("step", "sigmoid_neuron", "--optimizer", "adam", "--lr", "0.1"),
    "mazur/diagnose.txt": ("diagnose", "mazur"),
    "mazur/diagram.txt": ("diagram", "mazur"),
    "mazur/worksheet.md": ("worksheet", "mazur", "--format", "markdown"),
    "mazur/worksheet.yaml": ("worksheet", "mazur", "--format", "yaml"),
    "diamond/diagram.txt": ("diagram", "diamond"),
    "diamond/diagram.gv": ("diagram", "diamond", "--format", "dot"),
    "diamond/diagram.mmd": ("diagram", "diamond", "--format", "mermaid"),
    "diamond/diagram.tex": ("diagram", "diamond", "--format", "tikz"),
}
"""What the other commands show, by the file it is kept in; numbers that depend on the machine's
last digits (differences) are not kept."""


class Golden(Struct, frozen=True):
    """One output: the call that prints it, and the file it is kept in."""

    call: tuple[str, ...]
    path: str

    @property
    def file(self) -> Path:
        """The file that holds it."""
        return FOLDER / self.path

    def output(self) -> str:
        """Return what the call prints now."""
        command, name, *options = self.call
        text = printed(command, config(name), *options, width=WIDTH)
        return text if self.path.endswith(".html") else PICTURE.sub("<svg …>", text)


def corpus() -> list[Golden]:
    """Return every output that is kept."""
    found = [Golden(("describe", name), f"{name}/describe.txt") for name in EXAMPLES]
    suffixes = {
        name: entry.suffixes
        for name, entry in texts().items()
        if entry.suffixes and name not in MARKDOWN_TOO
    }
    suffixes["json"] = ("json",)
    for name in NAMES:
        for format_name, (suffix, *_) in suffixes.items():
            if format_name in LONG and name not in FEW:
                continue
            if format_name == "markdown" and name in MANY_PAGES:
                continue
            call = ("trace", name, "--format", format_name)
            found.append(Golden(call, f"{name}/trace.{suffix}"))
        found.append(Golden(("trace", name, "--steps"), f"{name}/steps.txt"))
    found.append(Golden(("trace", "sigmoid_neuron", "--exact"), "sigmoid_neuron/exact.txt"))
    rounded = ("trace", "sigmoid_neuron", "--round-forward", "2", "--digits", "6")
    found.append(Golden(rounded, "sigmoid_neuron/rounded.txt"))
    found.append(Golden(("trace", "mazur", "--wrt", "W1[1,2]"), "mazur/wrt.txt"))
    for notation, (kept, *merged) in itertools.product(SPOKEN, MERGES):
        found.append(Golden((*merged, "--notation", notation), f"residual/{kept}.{notation}.txt"))
    return found + [Golden(call, path) for path, call in OTHERS.items()]


def write() -> None:
    """Write every output anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for golden in corpus():
        golden.file.parent.mkdir(parents=True, exist_ok=True)
        golden.file.write_text(golden.output(), encoding="utf-8")


if __name__ == "__main__":
    write()

"""Pictures: Graphviz and Mermaid read them, three programs paint SVG without cutting it off."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

from . import ink
from .formulas import missing
from .records import Fault, Made, Reader

MERMAID = """
const { pathToFileURL } = require("url");
const { JSDOM } = require("jsdom");
Object.assign(globalThis, { window: new JSDOM("").window });
globalThis.document = window.document;
import(pathToFileURL(require.resolve("mermaid"))).then(async ({ default: mermaid }) => {
  const answers = [];
  for (const text of JSON.parse(require("fs").readFileSync(0, "utf8")))
    answers.push(await mermaid.parse(text).then(() => "", (error) => error.message));
  console.log(JSON.stringify(answers));
});
"""


def _dot(documents: list[Made], folder: Path) -> list[Fault]:
    found = []
    for document in documents:
        for path in document.files["picture gv"]:
            call = ["dot", "-Tsvg", "-o", str(folder / "dot.svg"), str(path)]
            done = subprocess.run(call, capture_output=True, check=False, text=True)
            if done.returncode or done.stderr:
                found.append(Fault("dot", document.name, False, done.stderr))
    return found


def _mermaid(documents: list[Made], _: Path) -> list[Fault]:
    texts = [d.files["picture mmd"][0].read_text(encoding="utf-8") for d in documents]
    call = ["node", "-e", MERMAID]
    done = subprocess.run(call, input=json.dumps(texts), capture_output=True, check=True, text=True)
    answers = zip(documents, json.loads(done.stdout), strict=True)
    return [Fault("mermaid", d.name, False, said) for d, said in answers if said]


def _painted(program: str, documents: list[Made], folder: Path) -> list[Fault]:
    """Paint each as a page; ink that touches its edge has been cut off."""
    found = []
    pdf = folder / "painted.pdf"
    for document in documents:
        for path in document.files["picture svg"]:
            calls = {
                "librsvg": ["rsvg-convert", "-f", "pdf", "-o", str(pdf), str(path)],
                "cairosvg": ["cairosvg", "-f", "pdf", "-o", str(pdf), str(path)],
            }
            done = subprocess.run(calls[program], capture_output=True, check=False, text=True)
            if done.returncode or done.stderr:
                found.append(Fault(program, document.name, False, done.stderr[-300:]))
                continue
            for said in ink.ink_outside(pdf, 2, 2):
                found.append(Fault(program, document.name, True, said))
    return found


def _resvg(documents: list[Made], _: Path) -> list[Fault]:
    """Paint each; a program that fails gives no picture."""
    import resvg_py

    found = []
    for document in documents:
        for path in document.files["picture svg"]:
            try:
                drawn = resvg_py.svg_to_bytes(svg_path=str(path))
            except ValueError as error:
                found.append(Fault("resvg", document.name, False, str(error)))
                continue
            if not bytes(drawn).startswith(b"\x89PNG"):
                found.append(Fault("resvg", document.name, False, "no picture"))
    return found


def _program(name: str) -> str:
    return "" if shutil.which(name) else name


READERS = (
    Reader("dot", "picture gv", lambda: _program("dot"), _dot),
    Reader("mermaid", "picture mmd", lambda: missing("mermaid", "jsdom"), _mermaid),
    Reader(
        "resvg",
        "picture svg",
        lambda: "" if importlib.util.find_spec("resvg_py") else "resvg-py",
        _resvg,
    ),
    Reader(
        "librsvg",
        "picture svg",
        lambda: _program("rsvg-convert") or ink.lacks(),
        functools.partial(_painted, "librsvg"),
    ),
    Reader(
        "cairosvg",
        "picture svg",
        lambda: _program("cairosvg") or ink.lacks(),
        functools.partial(_painted, "cairosvg"),
    ),
)

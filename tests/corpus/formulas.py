"""KaTeX, strict with its default limits, and MathJax: each formula of Markdown, by one Node."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from pathlib import Path

from ..render.browser import CHROMIUM, browser
from ..render.test_markdown import formulas
from .records import Fault, Made, Reader

COLUMN = 838
"""Pixels of a page on GitHub."""
NODE = """
const read = (text, displayMode) => { %s };
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = formulas.map(([displayMode, formula]) => {
  try { return [read(formula, displayMode), ""]; } catch (error) { return ["", error.message]; }
});
console.log(JSON.stringify(answers));
"""
PROGRAMS = {
    "katex": """return require("katex").renderToString(text,
      { displayMode, strict: "error", throwOnError: true, output: "html" });""",
    "mathjax": """globalThis.jax ??= (() => {
      const from = (name) => require("mathjax-full/js/" + name + ".js");
      const adaptor = from("adaptors/liteAdaptor").liteAdaptor();
      from("handlers/html").RegisterHTMLHandler(adaptor);
      const InputJax = new (from("input/tex").TeX)({
        packages: from("input/tex/AllPackages").AllPackages,
        formatError: (_, error) => { throw error; },
      });
      const OutputJax = new (from("output/svg").SVG)({ fontCache: "none" });
      const page = from("mathjax").mathjax.document("", { InputJax, OutputJax });
      return (tex, display) => {
        const svg = adaptor.firstChild(page.convert(tex, { display }));
        if (adaptor.outerHTML(svg).includes("data-mjx-error")) throw new Error("an error shown");
        return adaptor.getAttribute(svg, "width");
      };
    })();
    return globalThis.jax(text, displayMode);""",
}
EX = 0.442 * 16
"""Pixels of MathJax's unit of widths, in text of 16 pixels."""
WIDTHS = """[...document.querySelectorAll(".katex-display")].map((display) =>
  [...display.querySelectorAll(".katex-html > .base")].reduce((sum, base) =>
    sum + base.getBoundingClientRect().width, 0))"""


def _read(name: str, documents: list[Made], folder: Path) -> list[Fault]:
    every = [
        (document.name, display, formula)
        for document in documents
        for path in document.files["page md"]
        for display, formula in formulas(path.read_text(encoding="utf-8"))
    ]
    asked = json.dumps([each[1:] for each in every])
    call = ["node", "--stack-size=4000", "-e", NODE % PROGRAMS[name]]
    done = subprocess.run(call, input=asked, capture_output=True, check=True, text=True)
    answers = json.loads(done.stdout)
    found, displays = [], []
    for (document, display, formula), (answer, wrong) in zip(every, answers, strict=True):
        if wrong:
            found.append(Fault(name, document, False, f"{wrong}: {formula[:300]}"))
        elif display:
            displays.append((document, formula, answer))
    drawn = [answer for *_, answer in displays]
    widths = (
        _katex_widths(drawn, folder) if name == "katex" else [float(w[:-2]) * EX for w in drawn]
    )
    for (document, formula, _), width in zip(displays, widths, strict=True):
        if width > COLUMN:
            found.append(Fault(name, document, True, f"{width:.0f} px: {formula[:300]}"))
    return found


def _katex_widths(displays: list[str], folder: Path) -> list[float]:
    """Return how wide a browser sets them; nothing is known without one."""
    if CHROMIUM is None:
        return [0.0] * len(displays)
    call = ["node", "-p", "require.resolve('katex/dist/katex.min.css')"]
    style = subprocess.run(call, capture_output=True, check=True, text=True).stdout.strip()
    page = folder / "katex.html"
    head = f'<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="file://{style}">'
    # KaTeX sets formulas larger than the text around them, by its own choice.
    page.write_text(f'{head}<body style="font-size: 16px; width: 9999px">{"".join(displays)}')
    with browser(1280, 800) as opened:
        opened.open(page)
        opened.value("document.fonts.ready.then(() => 0)")
        widths: list[float] = opened.value(WIDTHS)
    return widths


@functools.cache
def missing(*packages: str) -> str:
    """Return which of npm's packages Node does not find, or nothing."""
    if not shutil.which("node"):
        return "node"
    for package in packages:
        call = ["node", "-e", f"require.resolve('{package}')"]
        if subprocess.run(call, capture_output=True, check=False).returncode:
            return f"npm install {package}, NODE_PATH"
    return ""


READERS = (
    Reader("katex", "page md", lambda: missing("katex"), functools.partial(_read, "katex")),
    Reader(
        "mathjax",
        "page md",
        lambda: missing("mathjax-full/js/mathjax.js"),
        functools.partial(_read, "mathjax"),
    ),
)

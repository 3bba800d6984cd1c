"""A document as it stands among others: its width, the level of its title, what it leaves out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ..commands.running import config, printed, run

WIDE = (
    ("trace", "mazur"),
    ("trace", "xor_batch", "--steps"),
    ("derive", "softmax_relu", "--numbers", "--style", "matrix"),
    ("derive", "diamond", "--mode", "paths", "--numbers"),
    ("describe", "residual"),
)
"""Pages with tables, long sums, matrices, products along paths, words."""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_nothing_leaves_a_column(tmp_path: Path) -> None:
    r"""At 80 mm and at ``\columnwidth`` of an article of two columns no box is overfull."""
    bodies = []
    for width in ("80mm", r"\columnwidth"):
        for command, name, *options in WIDE:
            page = printed(command, config(name), *options, "--format", "latex", "--width", width)
            inner = (
                page
                if width != "80mm"
                else rf"\noindent\begin{{minipage}}{{80mm}}{page}\end{{minipage}}"
            )
            bodies.append(f"\\clearpage\n{inner}")
    packages = "\\usepackage{amsmath,amssymb,tikz}\\usetikzlibrary{arrows.meta}"
    head = f"\\documentclass[twocolumn]{{article}}{packages}\\begin{{document}}\n"
    source = head + "\n".join(bodies) + "\\end{document}\n"
    (tmp_path / "all.tex").write_text(source, encoding="ascii")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "all.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-1500:]
    assert not re.findall(r"Overfull \\hbox.*", log)


def test_the_title_has_a_level() -> None:
    for name, first, second in (
        ("markdown", "### Mazur", "#### Given"),
        ("latex", r"\subsubsection*{Mazur", r"\paragraph*{Given"),
        ("typst", "=== Mazur", "==== Given"),
    ):
        page = printed("trace", config("mazur"), "--heading-level", "3", "--format", name)
        assert first in page
        assert second in page


@pytest.mark.parametrize("name", ["text", "markdown", "latex", "html", "typst"])
def test_without_title_and_names(name: str) -> None:
    options = ("--no-title", "--no-names", "--format", name)
    page = printed("trace", config("mazur"), "--only", "backward", *options)
    assert not re.search(r"\b(delta2|da2|dW1)\b", page)
    shown = re.sub(r"<head>.*</head>|<svg.*?</svg>|<figure.*?</figure>", "", page, flags=re.DOTALL)
    shown = re.sub(r'(?m)^#picture\(.*$|^  ".*$', "", shown)
    assert not re.search("^.{0,20}Mazur", shown)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("command", ["worksheet", "describe", "gradcheck"])
def test_without_names_no_column_of_them_is_left(command: str, language: str) -> None:
    call = (command, config("mazur"), "--no-names", "--language", language, "--format", "text")
    page = printed(*call)
    heads = [line for line in page.splitlines() if re.search(r"\b(name|Name)  ", line)]
    assert not heads
    assert ("dW" in page) == (command == "gradcheck"), "there a name is all that says which"


def test_a_notebook_and_a_quarto_page_without_title() -> None:
    """No empty title is left, and a section is a cell with or without one."""
    options = ("trace", config("mazur"), "--only", "gradients")
    page = printed(*options, "--no-title", "--format", "quarto")
    assert "title:" not in page
    cells = [
        json.loads(printed(*options, *more, "--format", "notebook"))["cells"]
        for more in ((), ("--no-title",))
    ]
    assert len(cells[0]) == len(cells[1]) > 2
    assert "Mazur" in cells[0][0]["source"][0]
    assert cells[1][0]["source"][0].startswith("2 ")


def test_a_picture_has_a_width() -> None:
    svg = printed("diagram", config("mazur"), "--format", "svg", "--width", "80mm")
    assert re.match(r'<svg [^>]*width="80mm" height="[\d.]+mm" viewBox="0 0 ', svg)
    tikz = printed("diagram", config("mazur"), "--format", "tikz", "--width", r"\columnwidth")
    assert "\\resizebox{\\columnwidth}{!}{%\n\\begin{tikzpicture}" in tikz


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--width", "8"), "'8' is no length"),
        (("--width", "2cm"), "too narrow"),
        (
            ("--width", "80mm"),
            "--width belongs to latex, markdown, notebook, pdf, quarto and typst, not",
        ),
        (("--width", r"\columnwidth", "--format", "typst"), "belongs to latex, not to typst"),
        (("--heading-level", "2"), "--heading-level belongs to"),
        (("--no-title", "--format", "json"), "--no-title belongs to"),
        (("--slides", "--format", "typst"), "--slides belongs to html and latex, not to typst"),
        (("--slides", "--width", "80mm", "--format", "latex"), "a width of their own"),
    ],
)
def test_what_a_format_does_not_have_is_refused(options: tuple[str, ...], words: str) -> None:
    done = run("trace", config("mazur"), *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("name", ["text", "markdown", "latex", "html", "typst", "svg"])
def test_a_decimal_comma(name: str) -> None:
    """Every number has its comma, and the page is the same otherwise."""
    command = "diagram" if name == "svg" else "derive"
    style = () if name == "svg" else ("--numbers", "--style", "matrix", "--wrt", "W1")
    call = (command, config("mazur"), *style, "--format", name)
    plain, page = printed(*call), printed(*call, "--decimal-comma")
    comma = {"latex": "{,}", "markdown": "{,}", "typst": '","'}.get(name, ",")
    assert f"0{comma}1385" in page
    assert "0.1385" not in page
    if name == "text":
        assert page.replace(",", ".") == plain.replace(",", ".")


def test_a_decimal_comma_in_words_and_no_other_change(tmp_path: Path) -> None:
    sheet = tmp_path / "ada.yaml"
    sheet.write_text("answers: {z1: [0.3775, 0.4]}\n", encoding="utf-8")
    page = run("check", config("mazur"), str(sheet), "--decimal-comma").out
    assert "usual rules: 0,1 % or 1 in the last" in page
    assert " 0.3775 " in page, "an answer stands as it was written"
    for call in (("gradcheck", config("scalar_rnn")), ("trace", config("batch_norm"), "--why")):
        assert not re.findall(r"\d\.\d", printed(*call, "--decimal-comma")), call


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("text", r"\n +x₁ +x₂ *\n dW1 +0\.05 +0\.1 *\n─"),
        ("markdown", r"\| `dW1` \| \$x_\{1\} = 0\.05\$ \| \$x_\{2\} = 0\.1\$ \|"),
        ("latex", r"dW1\} & \$x_\{1\}\$ & \$x_\{2\}\$ \\\\.*\n & \$0\.05\$ & \$0\.1\$ "),
        ("typst", r"\[\$x_\(1\)\$ #linebreak\(\) \$0\.05\$\]"),
        ("html", r"</math><span class=.under.><math[^>]*0\.05"),
    ],
)
def test_the_number_of_a_heading_stands_under_it(form: str, head: str) -> None:
    assert re.search(head, printed("trace", config("mazur"), "--format", form))

"""How a document looks where its course or its reader says: bold letters, labels, LaTeX to copy."""

from __future__ import annotations

import html
import re

import pytest

from tests.commands.running import config, printed

BOLD = {
    "latex": r"\\boldsymbol\{(.+?)\}",
    "markdown": r"\\boldsymbol\{(.+?)\}",
    "typst": r"bold\(([a-zA-Z]\w*)\)",
    "html": r'<mi class="bold">(\w+)</mi>',
}
MATRIX = ("derive", config("mazur"), "--style", "matrix")


@pytest.mark.parametrize("name", BOLD)
def test_whole_vectors_and_matrices_are_bold_and_entries_are_not(name: str) -> None:
    page = printed(*MATRIX, "--notation", "goodfellow", "--format", name)
    assert {"W", "g", "h", "a"} <= set(re.findall(BOLD[name], page))
    entries = page.partition("Local derivatives")[2].partition("Layer 2")[0]
    assert not re.findall(BOLD[name], entries)
    assert not re.findall(BOLD[name], printed(*MATRIX, "--format", name))


def test_numbered_equations_are_cited_by_their_labels() -> None:
    page = printed(*MATRIX, "--format", "latex")
    labels = set(re.findall(r"\\tag\{\d\}\\label\{(.+?)\}", page))
    assert labels == {f"backprop:{number}" for number in range(1, 5)}
    assert set(re.findall(r"\\eqref\{(.+?)\}", page)) == labels
    assert "by equations 1, 3 and 4" in printed(*MATRIX, "--format", "text")


def test_each_equation_of_a_page_can_be_copied_as_latex() -> None:
    page = printed(*MATRIX, "--format", "html")
    codes = re.findall(
        r"<code>([^<]*)</code>", "".join(re.findall(r"<details.*?</details>", page, re.S))
    )
    assert len(codes) == page.count('<div class="target">')
    assert any(code.startswith(r"\begin{aligned}") for code in map(html.unescape, codes))

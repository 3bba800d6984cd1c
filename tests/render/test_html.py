"""HTML: MathML of each kind of node, pages that need nothing else and cannot be broken into."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.render.mathematics import Settings

from .documents import Case, cases
from .hostile import WORDS, hostile_document
from .kinds import KINDS, drawn, every_kind
from .mathml_reading import reading

HOSTILE = Case("hostile", hostile_document(), bound(profile("standard")), Settings())
VOID = {"meta", "br", "wbr"}
SHAPES = {"path", "rect", "circle", "polyline"}
"""What a picture is drawn of, in tags that close themselves."""
EXPECTED = {
    "Number": "0.2689",
    "Constant": "π",
    "Name": "w_jk",
    "Quantity": "w_1,12^2",
    "Known": "−0.25",
    "Partial": "frac(∂a_1^2, ∂z_1^2)",
    "Derivative": "σ^′(z_1^2)",
    "Add": "a_1^2−x+(−0.5)",
    "Mul": "frac(∂C, ∂a_1^2) a_1^2 (1−a_1^2)",
    "Neg": "−(a_1^2+x)",
    "Div": "frac(1, 1+e^−z_1^2)",
    "Pow": "(a_1^2)^2",
    "Call": "relu(z_1^2)",
    "Compare": "z_1^2≤2",
    "Cases": "{z_1^2, if z_1^2>0; 0, otherwise",
    "BigSum": "∑_k=1^3w_jk x_k",
    "Signature": "C:ℝ^10→ℝ",
    "Diff": "frac(∂(x^2), ∂a_1^2)",
    "Nabla": "∇_a^2C",
    "Matrix": "[a_1^2, x; 2, 0.5]",
    "Transpose": "(W^2)^T",
    "MatMul": "W^2 (x+a_1^2)",
    "Hadamard": "x⊙σ^′(z_1^2)",
    "Letter": "j",
    "Between": "1≤l≤L",
    "LayerNumber": "3",
    "Several": "∂_2f(x,a_1^2)",
    "Blank": "a_1^2",
    "Tangent": "2·a˙_1^2",
    "Dots": "x+⋯+a_1^2",
    "scientific": "4.3857·10^−5",
    "negative factor": "2·(−0.25)",
    "power of a fraction": "(frac(x, 2))^2",
    "power of a negative": "(−0.5)^2",
    "minus a minus": "x−(−0.5)",
    "root": "sqrt(x+2)",
    "absolute": "|x|",
    "sum times": "(x+2) a_1^2",
    "name with an underscore": "leaky_relu(z_1^2)",
    "two arguments": "max(x,a_1^2)",
    "sample": "z_3^1(2)",
}


class Page(HTMLParser):
    """Reads a page: its elements balanced, its ids, its text, and what it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "a", "form")
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "href", "style"), name
            if name == "id":
                assert value
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "mspace" or (tag in SHAPES and "svg" in self.open)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def test_every_kind_of_node_is_drawn() -> None:
    assert set(KINDS) == every_kind()
    found = {name: reading(markup) for name, markup in drawn("html").items()}
    assert _dense(found) == _dense(EXPECTED)


def _dense(texts: dict[str, str]) -> dict[str, str]:
    return {name: text.replace(" ", "") for name, text in texts.items()}


def test_gradients_and_values_are_told_apart() -> None:
    markup = drawn("html")
    assert '<mrow class="gradient"><mfrac>' in markup["Mul"]
    assert '<mrow class="value"><mo form="prefix">−</mo>' in markup["Known"]
    assert "class" not in markup["Quantity"]


@pytest.mark.parametrize("case", [*cases(), HOSTILE], ids=lambda case: case.name)
def test_every_page_is_whole_and_by_itself(case: Case) -> None:
    text = case.rendered("html")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", found) for found in page.ids)
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert 'name="viewport"' in text
    assert "<title></title>" not in text
    for formula in re.findall(r"<math.*?</math>", text, re.DOTALL):
        reading(formula)


def test_hostile_words_are_read_as_they_are() -> None:
    page = Page(HOSTILE.rendered("html"))
    text = "".join(page.words)
    for word in WORDS:
        plain = word.replace("\n", r"\n").replace("\t", r"\t").replace("\x1b", r"\x1b")
        assert plain in text, word


def test_decimal_points_stand_in_line() -> None:
    """What is hidden behind a number makes up for the digits that it has not."""
    mazur = next(case for case in cases() if case.name.startswith("mazur") and "trace" in case.name)
    text = mazur.rendered("html")
    summary = text.partition('id="summary"')[2]
    rows = re.findall(r"<tr>(.*?)</tr>", summary, re.DOTALL)[1:]
    shown = [ElementTree.fromstring(f"<tr>{row}</tr>")[-1] for row in rows]
    tails = {len("".join(cell.itertext()).partition(".")[2]) for cell in shown}
    assert len(rows) == 10
    assert len(tails) == 1

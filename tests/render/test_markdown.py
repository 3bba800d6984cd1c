"""Markdown: mathematics that GitHub, Obsidian and Jupyter read alike; KaTeX parses each formula."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from backprop_cli.expression.tree import (
    Add,
    Call,
    Cases,
    Compare,
    Div,
    Mul,
    Neg,
    Number,
    Pow,
    Tangent,
)
from backprop_cli.languages.reading import read
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.latex.printer import DEEPEST
from backprop_cli.printing.latex.width import INLINE as INLINE_STYLE
from backprop_cli.printing.latex.words import formula as formula_of
from backprop_cli.printing.markdown_math import InlineMarkdownMath, MarkdownMath
from backprop_cli.printing.page import Layout, Measure, Page
from backprop_cli.printing.settings import Settings
from backprop_cli.render.markdown import code, render_markdown, words
from backprop_cli.worked.document import Column, Document, Figure, Math, Table, Text

from ..commands.running import ROOT, config, printed, run
from ..pairing import has_turn
from .documents import Case, cases, cases_of, every_notation, pages
from .hostile import hostile_document
from .kinds import KINDS, Z, drawn, every_kind, w, z
from .latex_check import check

CATALOGUES = sorted((ROOT / "backprop_cli" / "languages").glob("*.po"))
HOSTILE = Case("hostile", hostile_document, bound(profile("standard")), Settings())
TAGGED = """\
name: "<script>1</script> {{< env HOME >}} [x](javascript:1)"
variables: {a: 1}
graph: {b: a + 1}
"""
DISPLAY = re.compile(r"(?m)^\$\$\n(.*?)\n\$\$$", re.DOTALL)
INLINE = re.compile(r"(?<!\\)\$([^$\n]+)\$")
CODE = re.compile(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)")
ONE_IF = Cases(((Compare("==", Add((w, w)), z), Number(1.0)),), Number(0.0))
SLOPES = Div(ONE_IF, Add((ONE_IF,) * 5))
EXPS = Add((Call("exp", (z,)),) * 12)
WIDE = (
    Compare("==", z, Compare("==", Mul((w,) * 30), Mul((Number(0.25),) * 30))),
    Call("relu", (Add((Div(w, z),) * 24),)),
    Mul((SLOPES, Tangent(Z))),
    Compare("==", z, Neg(Mul((Div(Call("exp", (z,)), Pow(EXPS, Number(2.0))), w)))),
)
"""Formulas wider than a page: of factors, of terms in parentheses, of cases, of fractions."""
UNSAFE = re.compile(r"\||\\[^A-Za-z ]|}_\S|\]\(|[<>](?! )|\*")
"""What a table, Markdown's escapes, its emphasis, links and tags would take out of a formula."""
KATEX = """
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const wrong = [];
for (const [displayMode, formula] of formulas) {
  try { katex.renderToString(formula, { displayMode, strict: "error", throwOnError: true }); }
  catch (error) { wrong.push(error.message); }
}
console.log(JSON.stringify(wrong.slice(0, 10)));
"""


def formulas(text: str) -> list[tuple[bool, str]]:
    """Return each formula of a page, and whether it is displayed."""
    found = [(True, formula) for formula in DISPLAY.findall(text)]
    rest = CODE.sub("", DISPLAY.sub("", text))
    found += [(False, formula) for formula in INLINE.findall(rest)]
    assert not re.search(r"(?<!\\)\$", INLINE.sub("", rest)), "a dollar without its partner"
    return found


def test_every_kind_of_node_is_drawn() -> None:
    assert set(KINDS) == every_kind()
    texts = drawn("markdown")
    assert texts["Quantity"] == "w_{1,12}^{2}"
    assert texts["Mul"] == (
        r"\frac{\partial C}{\partial a_{1}^{2}} \hspace{2pt} a_{1}^{2} \hspace{2pt} (1 - a_{1}^{2})"
    )
    assert texts["Cases"] == (
        r"\begin{cases} z_{1}^{2} & \text{if } z_{1}^{2} > 0 \\ 0 & \text{otherwise} \end{cases}"
    )
    assert texts["name with an underscore"] == r"\text{leaky relu}(z_{1}^{2})"
    for text in texts.values():
        check(text)
        assert not UNSAFE.search(text.replace(r"\\ ", "")), text


@pytest.mark.parametrize(("turn", "notation"), list(enumerate(every_notation())))
def test_formulas_survive_markdown(turn: int, notation: str) -> None:
    """Some of the documents in the default letters; fewer of each other notation, in turn."""
    every = list(cases(notation, exact=False))
    for number, case in enumerate(every, turn):
        if not has_turn(number, 7 if notation == "standard" else 23):
            continue
        for display, formula in formulas(case.rendered("markdown")):
            check(formula)
            assert display or not UNSAFE.search(formula), (case.name, formula)


def test_no_address_becomes_a_link() -> None:
    """GitHub links what has ``://`` or begins with ``www.``, where neither is escaped."""
    text = INLINE.sub("", CODE.sub("", DISPLAY.sub("", HOSTILE.rendered("markdown"))))
    assert r"https\://example.com" in text
    assert not re.search(r"(?i)(https?|ftp)://|www\.", text)


def test_blocks_stand_apart_and_tables_are_even() -> None:
    for text in (*pages("markdown").values(), HOSTILE.rendered("markdown")):
        lines = text.split("\n")
        for number, line in enumerate(lines):
            before, after = lines[number - 1], lines[number + 1] if line else ""
            if line.startswith("|") and not before.startswith("|"):
                assert before == ""
                width = len(_cells(line))
            if line.startswith("|"):
                assert len(_cells(line)) == width, line
            if line.startswith(("| :-", "| --")) and len(before) > 72:
                assert len(set(_cells(line))) > 1, "pandoc gives every column the same width"
            if line == "$$":
                assert "" in (before, after)
            if line.startswith("#"):
                assert before == "" or number == 0
                assert after == ""


@pytest.mark.parametrize("room", ["345pt", "453pt"])
def test_a_wide_table_is_no_wider_than_a_page(room: str) -> None:
    """Its row of dashes shares a page out; a formula is cut where a line's end breaks none.

    The pieces are the formula, but that a fraction lies and cases stand on one line.
    """
    width = Measure(room, float(room[:-2]))
    page = Page(layout=Layout(width=width))
    own = (bound(profile("standard")), Settings())
    printer = InlineMarkdownMath(*own)
    cut = 0
    for longest in WIDE:
        column = Column((Text("work"),), kind="work")
        rows = tuple((Math(expr), Math(expr), Figure(0.25)) for expr in (w, Add((w, w)), longest))
        table = Table((column, column, Column((Text("value"),))), rows)
        text = render_markdown(Document("", (table,)), MarkdownMath(*own), page)
        _, dashes, *lines = text.strip().split("\n")
        shares = [len(cell.strip(" :")) / 4 for cell in _cells(dashes)]
        assert sum(shares) + 2 * 1.2 <= width.points / 10 + 1, "each rounded up to a dash"
        pieces = INLINE.findall(_cells(lines[-1])[0])
        cut += len(pieces) > 1
        whole = "".join(piece.removeprefix("{}") for piece in pieces)
        assert _plain(whole) == _plain(printer.draw(longest))
        widest = max(piece.width[INLINE_STYLE] for piece in printer.pieces(longest, DEEPEST))
        assert widest <= shares[0]
    assert cut > 1


def _plain(formula: str) -> str:
    """Return a formula without the size of its parentheses, and what stands between factors."""
    return re.sub(r"\\(bigl|bigr|left|right)(?=[()])|\\(hspace\{2pt\}|quad|cdot)| ", "", formula)


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def test_words_are_never_markup() -> None:
    assert words("a_b *c* [d](e) <f> $g$ |h| &lt;") == (
        r"a\_b \*c\* \[d\](e) \<f\> \$g\$ \|h\| \&lt;"
    )
    assert words("two\n# lines") == r"two \# lines"
    assert words("exercises/week_3.yaml") == r"exercises/&#8203;week\_&#8203;3.&#8203;yaml"
    assert words("u/v of softmax_relu.yaml") == r"u/v of softmax\_relu.yaml"
    assert words("--full of a-b") == r"\-\-full of a-b"
    assert words("Is it δ? (The δ.) δ!") == r"Is it $\delta$? (The $\delta$.) $\delta$!"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("") == ""
    starts = [line for line in HOSTILE.rendered("markdown").split("\n") if line.startswith(r"\-")]
    assert starts


def test_mathematics_in_words_stands_between_dollars() -> None:
    said = {
        "2 → 2 sigmoid": r"2 $\to$ 2 sigmoid",
        "conv2d (1×5×5 → 4), relu": r"conv2d ($1\times 5\times 5$ $\to$ 4), relu",
        "the sum of δ, −0.5:": r"the sum of $\delta$, $- 0.5$:",
        "ℝ¹⁰ and xᵀ": r"$\mathbb{R} {}^1 {}^0$ and $x{}^{T}$",
        "███ 12": "`###` 12",
        "a_b ≈ c": r"a\_b $\approx$ c",
        "a_b→c*": r"a\_b-\>c\*",
        "w_(j←k):": r"$w_{j\leftarrow k}$:",
        "10⁻³": r"$10{}^{-} {}^3$",
        "max|φ′|·‖W‖₂": r"$\text{max}\lvert \varphi {}' \rvert \cdot \Vert W\Vert {}_ 2$",
    }
    assert {text: words(text) for text in said} == said
    assert code("≈ 3") == words("≈ 3")
    assert code("x₁") == words("x₁")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_sentence_has_a_bare_sign_of_mathematics(path: Path) -> None:
    """LaTeX has none of them in its words: a reader that goes by it stops there."""
    for both in read(path.read_text(encoding="utf-8")).items():
        for text in both:
            bare = INLINE.sub("", CODE.sub("", words(text)))
            assert not [sign for sign in bare if formula_of(sign) is not None], text


def test_letters_with_accents_stand_for_themselves_in_formulas() -> None:
    """MathJax shows an accent's command as it is written."""
    call = ("derive", config("softmax_relu"), "--wrt", "b1", "--language", "de")
    every = [formula for _, formula in formulas(printed(*call, "--format", "markdown"))]
    assert any(r"\text{Fall für Fall}" in formula for formula in every)
    assert not any(re.search(r"\\[^A-Za-z{}\\\s]", formula) for formula in every)


def test_lines_are_short_and_displays_are_few_lines() -> None:
    """A display is broken, so that no line leaves the page, and holds one chain or a few."""
    for case in cases_of("mazur", exact=False):
        page = case.rendered("markdown")
        for display, formula in formulas(page):
            assert not re.search(r"\\(thinspace|cr|gt|lt|rule|allowbreak)(?![a-z])", formula)
            assert formula.count(r"\hspace") < 200
            if display:
                assert formula.count("&=") <= 16, case.name


def test_a_note_beside_one_line_makes_no_other_too_wide() -> None:
    """The notes stand right of the widest line of a display: a wide one has its own display."""
    look = ("--notation", "cs231n", "--language", "de", "--decimal-comma", "--no-names")
    options = ("--numbers", "--style", "leibniz", *look)
    page = printed("derive", config("micrograd"), *options, "--format", "markdown")
    (noted,) = re.findall(r"\$\$[^$]*konstanter Faktor[^$]*\$\$", page)
    assert "\ndf &=" in page
    assert "\ndf &=" not in noted


def test_quarto_and_a_notebook_hold_the_same() -> None:
    case = cases_of("mazur", exact=False)[7]
    title, _, body = case.rendered("markdown").partition("\n\n")
    assert case.rendered("quarto") == f'---\ntitle: "{title[2:]}"\n---\n\n{body}'
    notebook = json.loads(case.rendered("notebook"))
    assert notebook["nbformat"] == 4
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert "\n\n".join(cells) + "\n" == f"{title}\n\n{body}"
    assert all(cell.startswith("## ") for cell in cells[1:])


def test_the_words_of_quartos_head_are_words() -> None:
    """Pandoc reads them as Markdown too: a tag, a shortcode or a link would be one."""
    title = HOSTILE.rendered("markdown").partition("\n")[0]
    head = HOSTILE.rendered("quarto").splitlines()[1]
    assert json.loads(head.removeprefix("title: ")) == title.removeprefix("# ")
    said = run("describe", "-", "--format", "quarto", stdin=TAGGED).out.splitlines()[1]
    told = json.loads(said.removeprefix("title: "))
    assert told == r"\<script\>1\</script\> \{\{\< env HOME \>\}\} \[x\](javascript:1)"


def test_what_pandoc_alone_would_read_is_said_as_it_is() -> None:
    """A name that begins with @ would be a citation, what stands between two ^ raised."""
    assert words("@SUM(A1) a^2^ [^1]") == r"\@SUM(A1) a\^2\^ \[\^1\]"


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="needs pandoc")
def test_pandoc_makes_word_of_every_formula(tmp_path: Path) -> None:
    """What pandoc cannot turn into Word's equations it says, and leaves as raw TeX."""
    names = ("mazur", "micrograd")
    every = [case.rendered("markdown") for name in names for case in cases_of(name, exact=False)]
    formulas_once = sorted({f"${f}$" for text in every for _, f in formulas(text)})
    (tmp_path / "all.md").write_text("\n\n".join(formulas_once), encoding="utf-8")
    command = ["pandoc", "-f", "markdown", "-o", "all.docx", "all.md"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)
    assert "Could not convert" not in done.stderr, done.stderr[:500]


def test_katex_reads_every_formula() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    found = subprocess.run([node, "-e", "require('katex')"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip("needs katex where node finds it: npm install katex, NODE_PATH")
    every = sorted({f for text in pages("markdown").values() for f in formulas(text)})
    assert len(every) > 1000
    done = subprocess.run(
        [node, "-e", KATEX], input=json.dumps(every), capture_output=True, check=True, text=True
    )
    assert json.loads(done.stdout) == []

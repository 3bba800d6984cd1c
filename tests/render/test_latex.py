"""LaTeX: each kind of node, any words, and every example set by a real LaTeX."""

from __future__ import annotations

import functools
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec import structs

from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Cases,
    Compare,
    Derivative,
    Diff,
    Div,
    Expr,
    Matrix,
    Mul,
    Number,
    Partial,
    Quantity,
)
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.latex.looks import macros
from backprop_cli.printing.latex.printer import LatexMath
from backprop_cli.printing.latex.width import DISPLAY
from backprop_cli.printing.latex.words import code, upright, words
from backprop_cli.printing.settings import Settings
from backprop_cli.render.latex.equations import Cut, broken, equations
from backprop_cli.render.latex.tables import DrawnTable
from backprop_cli.worked.document import (
    Chain,
    Column,
    Document,
    Equations,
    Figure,
    Math,
    Note,
    Paragraph,
    Table,
    Text,
)

from ..commands.running import config, printed
from ..pairing import has_turn
from ..typesetting import COMMAND, needs_latex, opened, typeset
from .documents import Case, cases, pages
from .hostile import WORDS, hostile_document
from .kinds import KINDS, drawn, every_kind, printer
from .latex_check import check

DRAWN = ("mazur  trace", "residual  derive index", "diamond  trace")
"""Documents whose pictures are set too, of layers, wide, and of a graph."""
HOSTILE = Case("hostile", hostile_document, bound(profile("standard")), Settings())
EXPECTED = {
    "Number": "0.2689",
    "Constant": r"\pi",
    "Name": "w_{jk}",
    "Quantity": "w^{2}_{1,12}",
    "Known": "-0.25",
    "Partial": r"\frac{\partial a^{2}_{1}}{\partial z^{2}_{1}}",
    "Derivative": r"\sigma'(z^{2}_{1})",
    "Add": "a^{2}_{1} - x + (-0.5)",
    "Mul": r"\frac{\partial C}{\partial a^{2}_{1}} \, a^{2}_{1} \, (1 - a^{2}_{1})",
    "Neg": "-(a^{2}_{1} + x)",
    "Div": r"\frac{1}{1 + e^{-z^{2}_{1}}}",
    "Pow": "(a^{2}_{1})^{2}",
    "Call": r"\operatorname{relu}(z^{2}_{1})",
    "Compare": r"z^{2}_{1} \le 2",
    "Cases": r"\begin{cases} z^{2}_{1} & \text{if } z^{2}_{1} > 0 \\ 0 & \text{otherwise} "
    r"\end{cases}",
    "BigSum": r"\sum_{k=1}^{3} w_{jk} \, x_{k}",
    "Signature": r"C : \mathbb{R}^{10} \to \mathbb{R}",
    "Diff": r"\frac{\partial (x^{2})}{\partial a^{2}_{1}}",
    "Nabla": r"\nabla_{a^{2}} C",
    "Matrix": r"\begin{bmatrix} a^{2}_{1} & x \\ 2 & 0.5 \end{bmatrix}",
    "Transpose": r"(W^{2})^{\mathsf{T}}",
    "MatMul": r"W^{2} \, (x + a^{2}_{1})",
    "Hadamard": r"x \odot \sigma'(z^{2}_{1})",
    "Letter": "j",
    "Between": r"1 \le l \le L",
    "LayerNumber": "3",
    "Several": r"\partial_{2} f(x, a^{2}_{1})",
    "Blank": r"\underline{\hspace{2.4em}\rule{0em}{1.6em}} \, a^{2}_{1}",
    "Tangent": r"2 \cdot \dot{a}^{2}_{1}",
    "Dots": r"x + \cdots + a^{2}_{1}",
    "scientific": r"4.3857 \cdot 10^{-5}",
    "negative factor": r"2 \cdot (-0.25)",
    "power of a fraction": r"\left(\frac{x}{2}\right)^{2}",
    "power of a negative": "(-0.5)^{2}",
    "minus a minus": "x - (-0.5)",
    "root": r"\sqrt{x + 2}",
    "slope of a call": r"\frac{\partial \operatorname{relu}(x)}{\partial a^{2}_{1}}",
    "absolute": r"\left\lvert x\right\rvert",
    "sum times": r"(x + 2) \, a^{2}_{1}",
    "name with an underscore": r"\operatorname{leaky\_relu}(z^{2}_{1})",
    "two arguments": r"\max(x, a^{2}_{1})",
    "sample": "z^{1(2)}_{3}",
}


def test_every_kind_of_node_is_drawn() -> None:
    assert set(KINDS) == every_kind()
    assert drawn("latex") == EXPECTED
    for text in EXPECTED.values():
        check(text)


def test_exact_numbers_are_stacked() -> None:
    exact = printer("latex", exact=True)
    assert exact.draw(KINDS["Matrix"]).endswith(r"2 & \frac{1}{2} \end{bmatrix}")


def test_every_example_is_balanced_ascii() -> None:
    for text in (*pages("latex").values(), HOSTILE.rendered("latex")):
        check(text)
        assert r"\documentclass" not in text
        assert r"\end{document}" not in text
        assert not re.search(r"\\(input|write|usepackage\{(?!amsmath,amssymb\}))", text)


def test_a_whole_document_needs_two_packages() -> None:
    text = HOSTILE.rendered("latex", standalone=True)
    check(text)
    assert text.startswith("\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n")
    assert text.count(r"\usepackage") == 1
    assert text.endswith("\\end{document}\n")
    assert text.count(r"\end{document}") == 1


def test_what_leads_to_a_table_is_on_its_page() -> None:
    """In one group of ``\\samepage``: a few formulas, a sentence, a caption; not half a page."""
    chain = Chain((Number(Fraction(1)), Number(Fraction(1))), "")
    sentence = Paragraph((Text("so"),))
    plain = Table((Column((Text("n"),)), Column((Text("number"),))), ((Text("a"), Figure(1)),))
    captioned = structs.replace(plain, caption=(Text("what"),))
    for lead, table, together in (
        (Equations((chain,)), plain, True),
        (sentence, plain, True),
        (Note((Text("so"),)), captioned, True),
        (Equations((chain,) * 9), plain, False),
        (Note((Text("so"),)), plain, False),
    ):
        document = functools.partial(Document, "Page", (sentence, lead, table))
        page = Case("lead", document, bound(profile("standard")), Settings()).rendered("latex")
        groups = re.findall(r"(?s)\{\\samepage\n.*?\\end\{center\}\n\}", page)
        assert [group.count("tabular}") for group in groups] == [2] * together, lead


def test_no_table_is_in_letters_of_five_points() -> None:
    page = printed("trace", config("skip_gram"), "--format", "latex", "--width", "60mm")
    assert page.count(r"\begin{tabular}") > 10
    assert not re.search(r"\\tiny(?=[^\[]*\\begin\{tabular\})", page)


def test_the_parts_of_a_table_are_of_one_size() -> None:
    heads = (Column((Text("row"),), kind="label"), *(Column((Text("w" * n),)) for n in range(1, 9)))
    figures = tuple(Figure(0.1234 * k) for k in range(8))
    table = Table(heads, tuple((Text(str(n)), *figures) for n in range(3)))
    printer = LatexMath(profile("standard"), Settings())
    drawn = DrawnTable(table, printer, gradients=False)
    plans = [drawn.plans(float(room)) for room in range(8, 40)]
    assert {len(parts) for parts in plans} >= {1, 2, 3}
    for parts in plans:
        assert len({part.size for part in parts}) == 1


def test_a_number_beside_a_long_formula_is_in_one_line() -> None:
    named = Compare("==", Quantity(Ref("z", 2)), Number(0.001751442641425))
    heads = (Column((Text("of"),), kind="label"), Column((Text("number"),)))
    rows = ((Math(named), Figure(-8.75721320712e-5)),)
    printer = LatexMath(profile("standard"), Settings(digits=12, significant=True))
    drawn = DrawnTable(Table(heads, rows), printer, gradients=False)
    for room in range(16, 30):
        plans = drawn.plans(float(room))
        assert all(r"\parbox" not in drawn.tabular(plan, range(1)) for plan in plans), room


def test_words_are_never_commands() -> None:
    assert words(r"\input{x}") == r"\textbackslash{}input\{x\}"
    assert words("σ → é, 中") == r"$\sigma$ $\to$ \'{e}, [U+4E2D]"
    assert words('"a" -- b') == r"\textquotedblleft{}a\textquotedblright{} -{}- b"
    assert upright("j ≠ k") == r"\text{j }\ne \text{ k}"
    for word in WORDS:
        check(words(word))
        check(upright(word))


def test_a_name_may_be_broken_after_a_hyphen_that_is_no_sign() -> None:
    assert code("no-prime") == r"\backpropname{no-\allowbreak{}prime}"
    assert code("-0.5e-3") == r"\backpropname{-0.5e-3}"


def test_widths_are_near_computer_moderns() -> None:
    """Widths that pdflatex measures in a ten point article, in em."""
    w = Ref("W", 1, index=("j", "k"))
    products = [Mul((Number(a), Number(b))) for a, b in ((0.15, 0.05), (0.2, 0.1))]
    slopes = [Partial(Ref("loss"), Ref("a", 1, sample=n, index=(12,))) for n in (1, 2, 3)]
    nested = [rf"\frac{{\partial C}}{{\partial a^{{1({n})}}_{{12}}}}" for n in (1, 2, 3)]
    measured: dict[Expr, tuple[str, float]] = {
        Add((*products, Number(0.35))): (r"0.15 \cdot 0.05 + 0.2 \cdot 0.1 + 0.35", 11.78),
        Partial(Ref("loss"), w): (r"\frac{\partial C}{\partial w^{1}_{jk}}", 2.41),
        Quantity(Ref("z", 1, True, index=("k",))): (r"\delta^{1}_{k}", 0.94),
        Call("tanh", (Div(ONE, Number(2)),)): (r"\tanh\left(\frac{1}{2}\right)", 4.38),
        Div(Add(tuple(slopes)), Number(2)): (rf"\frac{{{' + '.join(nested)}}}{{2}}", 9.93),
    }
    for tree, (latex, width) in measured.items():
        drawn = printer("latex").visit(tree)
        assert drawn.text == latex
        assert 0.94 <= drawn.width[DISPLAY] / width <= 1.25


def test_a_derivative_of_a_long_function_is_no_wider_than_it_may_be() -> None:
    long = Add(tuple(Quantity(Ref("z", 1, index=(k,))) for k in range(1, 31)))
    for body in (Call("tanh", (long,)), long):
        formula = Diff(body, Ref("z", 1, index=(1,)))
        for name in ("latex", "markdown", "typst"):
            drawing = printer(name)
            assert isinstance(drawing, LatexMath)
            assert 20 > drawing.narrowed(17.0).visit(formula).width[DISPLAY] > 10
            assert drawing.visit(formula).width[DISPLAY] < 43


def test_another_width_and_other_digits_draw_anew() -> None:
    """What a printer has drawn is not what the one made from it draws."""
    exact = printer("latex", exact=True)
    assert isinstance(exact, LatexMath)
    half = Number(Fraction(1, 2))
    quotient = Div(Add((half, *(Quantity(Ref("z", 1, index=(k,))) for k in (1, 2, 3)))), ONE)
    assert r"\\" not in exact.draw(quotient)
    assert r"\\" in exact.narrowed(5.0).draw(quotient)
    assert exact.with_settings(Settings(1)).draw(quotient) == exact.draw(quotient).replace(
        r"\frac{1}{2}", "0.5"
    )


def test_a_display_is_cut_between_its_chains_and_none_is_wider_than_the_page() -> None:
    """What is high may be cut by a page's end; what fits in no size is made to fit."""
    printer_of, z = printer("latex"), [Quantity(Ref("z", 1, index=(k,))) for k in range(1, 11)]
    chains = tuple(Chain((a, Div(ONE, a))) for a in z)
    few, many = (equations(Equations(chains[:n]), printer_of, 30.0) for n in (2, 10))
    assert few.startswith("\\[\n\\begin{aligned}")
    assert many.startswith("{\\allowdisplaybreaks\n\\begin{alignat*}{2}")
    very_many = equations(Equations(chains * 30), printer_of, 30.0)
    assert very_many.count("\\begin{alignat*}") == 3
    assert very_many.count(r"&=") == 300
    long = Quantity(Ref("x" * 60))
    wide = equations(Equations((Chain((z[0], Matrix(((long, long),)))),)), printer_of, 20.0)
    assert "\\resizebox{" in wide
    for text in (few, many, wide):
        check(text)


A = Quantity(Ref("a", 1, index=(1,)))
LONG = Add(tuple(Mul((Quantity(Ref("w", 1, index=(1, k))), A)) for k in range(1, 9)))
DEEP = {
    "an argument": Call("tanh", (LONG,)),
    "a slope": Mul((A, Derivative("sigmoid", LONG))),
    "a condition": Mul((Cases(((Compare(">", LONG, ZERO), ONE),), ZERO), A)),
    "within a product, after two relations": Compare("==", A, Compare("==", A, Mul((LONG, A)))),
    "within two products": Compare("==", A, Mul((A, Add((A, Mul((A, LONG))))))),
    "cases over cases": Div(ONE, Add((Cases(((Compare(">", LONG, ZERO), ONE),), ZERO), A))),
}
"""What is long, by where it stands."""


@pytest.mark.parametrize("name", ["latex", "markdown", "typst"])
@pytest.mark.parametrize("where", DEEP)
def test_what_is_long_is_cut_wherever_it_stands(where: str, name: str) -> None:
    drawing = printer(name)
    assert drawing.visit(DEEP[where]).width[DISPLAY] > 20
    lines = broken(DEEP[where], drawing, 14.0, Cut.FOLDED)
    assert all(line.width[DISPLAY] <= 14 for line in lines), [line.text for line in lines]


def test_typst_reads_what_is_cut_within_a_formula() -> None:
    """A comma at a line's end is none between two arguments."""
    typst = pytest.importorskip("typst")
    drawing = printer("typst")
    assert isinstance(drawing, LatexMath)
    many = Call("max", tuple(Quantity(Ref("a", 1, index=(k,))) for k in range(1, 30)))
    forms = [many, Mul((A, many)), *DEEP.values()]
    narrow = [drawing.narrowed(8.0).draw(Div(form, A)) for form in forms]
    folded = [
        line for form in forms for line in broken(Matrix(((form,),)), drawing, 9.0, Cut.FOLDED)
    ]
    formulas = "\n\n".join(f"$ {text} $" for text in [*narrow, *map(str, folded)])
    assert typst.compile(formulas.encode()).startswith(b"%PDF")


@needs_latex
def test_latex_sets_every_example_within_the_margins(tmp_path: Path) -> None:
    """Documents in one run, every third in turn, some as files of their own."""
    bodies, start = [], ""
    for number, case in enumerate((*cases(), HOSTILE)):
        drawn = case.name in DRAWN
        if not (drawn or case is HOSTILE or has_turn(number)):
            continue
        if number % 2 and not drawn:
            text = pages("latex").get(case.name) or case.rendered("latex")
        else:
            opening, text = opened(case.rendered("latex", standalone=True, pictures=drawn))
            start = opening if drawn or not start else start
        bodies.append((case.name, f"\\clearpage\n{text}"))
    typeset(start, bodies, tmp_path)


@needs_latex
@pytest.mark.parametrize(("share", "pages_set"), [("0.80", 1), ("0.95", 2)])
def test_a_picture_is_made_smaller_where_it_then_fits_on_its_page(
    share: str, pages_set: int, tmp_path: Path
) -> None:
    shrinking = "\n".join(macros(r"\backpropfitted{"))
    filled = r"\vrule height 400pt width 1pt\par"
    drawn = rf"\backpropfitted{{{share}}}{{\vrule height 150pt width 30pt}}"
    text = "\n".join(
        (
            r"\documentclass{article}\usepackage{tikz}\pagestyle{empty}\begin{document}",
            shrinking,
            rf"\noindent{filled}",
            drawn,
            r"\end{document}",
        )
    )
    (tmp_path / "page.tex").write_text(text)
    done = subprocess.run([*COMMAND, "page.tex"], cwd=tmp_path, capture_output=True, text=True)
    assert f"({pages_set} page" in done.stdout, done.stdout[-500:]

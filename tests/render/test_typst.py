"""Typst: each kind of node, any words, and every example compiled by Typst itself."""

from __future__ import annotations

import functools
import json
import re
import string

import pytest

from backprop_cli.expression.tree import Name, Number
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.settings import Settings
from backprop_cli.render.typst_layout import words
from backprop_cli.worked.document import (
    Chain,
    Code,
    Column,
    Document,
    Equations,
    Figure,
    Note,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    Text,
    ValueCurve,
)

from ..commands.running import EXAMPLES, config, printed
from .documents import Case, cases_of
from .hostile import hostile_document
from .kinds import KINDS, drawn, every_kind

HOSTILE = Case("hostile", hostile_document, bound(profile("standard")), Settings())
EXPECTED = {
    "Number": "0.2689",
    "Constant": "pi",
    "Name": "w_(j k)",
    "Quantity": "w_(1, 12)^(2)",
    "Known": "-0.25",
    "Partial": "frac(partial a_(1)^(2), partial z_(1)^(2))",
    "Derivative": "sigma' (z_(1)^(2))",
    "Add": "a_(1)^(2) - x + (-0.5)",
    "Mul": "frac(partial C, partial a_(1)^(2)) thin a_(1)^(2) thin (1 - a_(1)^(2))",
    "Neg": "-(a_(1)^(2) + x)",
    "Div": "frac(1, 1 + e^(-z_(1)^(2)))",
    "Pow": "(a_(1)^(2))^(2)",
    "Call": 'op("relu") (z_(1)^(2))',
    "Compare": "z_(1)^(2) <= 2",
    "Cases": 'cases(z_(1)^(2) & quad "if " z_(1)^(2) > 0, 0 & quad "otherwise")',
    "BigSum": "sum_(k = 1)^(3) w_(j k) thin x_(k)",
    "Signature": "C : RR^(10) -> RR",
    "Diff": "frac(partial (x^(2)), partial a_(1)^(2))",
    "Nabla": "nabla_(a^(2)) C",
    "Matrix": 'mat(delim: "[", a_(1)^(2), x; 2, 0.5)',
    "Transpose": "(W^(2))^(upright(T))",
    "MatMul": "W^(2) thin (x + a_(1)^(2))",
    "Hadamard": "x dot.o sigma' (z_(1)^(2))",
    "Letter": "j",
    "Between": "1 <= l <= L",
    "LayerNumber": "3",
    "Several": r"partial_(2) f (x\, a_(1)^(2))",
    "Blank": "#box(width: 2.4em, height: 1.4em, stroke: (bottom: 0.6pt)) thin a_(1)^(2)",
    "Tangent": "2 dot.op dot(a)_(1)^(2)",
    "Dots": "x + dots.h.c + a_(1)^(2)",
    "scientific": "4.3857 dot.op 10^(-5)",
    "negative factor": "2 dot.op (-0.25)",
    "power of a fraction": "(frac(x, 2))^(2)",
    "power of a negative": "(-0.5)^(2)",
    "minus a minus": "x - (-0.5)",
    "root": "sqrt(x + 2)",
    "slope of a call": 'frac(partial op("relu") (x), partial a_(1)^(2))',
    "absolute": "abs(x)",
    "sum times": "(x + 2) thin a_(1)^(2)",
    "name with an underscore": 'op("leaky_relu") (z_(1)^(2))',
    "two arguments": r"max (x\, a_(1)^(2))",
    "sample": "z_(3)^(1 (2))",
}


def test_every_kind_of_node_is_drawn() -> None:
    assert set(KINDS) == every_kind()
    assert drawn("typst") == EXPECTED


def test_words_are_never_markup() -> None:
    assert words("#let x = 1") == r"\#let x \= 1"
    assert words("a_b *c* `d` $e$") == r"a\_b \*c\* \`d\` \$e\$"
    assert words("1. one") == r"1\. one"
    assert words("x...") == r"x.\.\."


WHERE = """
#context [#metadata((query(heading).map(it => it.location().page()),
  query(image).map(it => it.location().page()))) <pages>]
"""


def test_no_mark_after_code_goes_on_with_it() -> None:
    """Of ``#raw("x");`` Typst would drop the mark, ``#raw("x")(y)`` would be a call."""
    typst = pytest.importorskip("typst")
    marks = [mark for mark in string.punctuation if mark not in "'\""]
    befores = (Code("x"), Strong("x"))
    said = tuple(Paragraph((it, Text(f"{mark}y"))) for mark in marks for it in befores)
    document = Document("", said)
    page = Case("marks", lambda: document, HOSTILE.notation, Settings()).rendered("typst")
    lines = re.findall(r"(?m)^#(?:raw|strong)\W.*$", page)
    source = "\n".join(f"#metadata([{line}]) <it>" for line in lines)
    found = json.loads(typst.query(source.encode(), "<it>", field="value"))
    seen = ["".join(part["text"] for part in each["children"][1:]) for each in found]
    assert seen == [f"{mark}y" for mark in marks for _ in befores]


def test_rows_of_one_label_stay_together_and_none_alone() -> None:
    """Wherever the page ends: its end is moved through a table of samples with two units each."""
    typst = pytest.importorskip("typst")
    units = [(sample, unit) for sample in range(6) for unit in range(2)]
    rows = tuple(
        (Text("" if unit else str(sample)), Code(f"{sample}"), Figure(unit))
        for sample, unit in units
    )
    labels = tuple(Column((Text(name),), kind="label") for name in ("sample", "unit"))
    table = Table((*labels, Column((Text("number"),))), rows)
    plain = Table(table.columns[1:], tuple(row[1:] for row in rows))
    cut = set()
    for lines in range(19, 26):
        text = tuple(Paragraph((Text(str(line)),)) for line in range(lines))
        for body in (table, plain):
            made = functools.partial(Document, "Report", (*text, body))
            case = Case("rows", made, HOSTILE.notation, Settings())
            asked = "#context [#metadata(query(raw).map(it => it.location().page())) <pages>]"
            source = f"{case.rendered('pdf')}\n{asked}"
            pages = json.loads(typst.query(source.encode(), "<pages>", field="value", one=True))
            first = pages.count(1)
            assert first not in (1, len(rows) - 1)
            assert body is plain or first % 2 == 0
            cut.add(0 < first < len(rows))
    assert cut == {True, False}


@pytest.mark.parametrize("lines", range(29, 33))
def test_a_sentence_is_on_the_page_of_the_formulas_it_leads_to(lines: int) -> None:
    typst = pytest.importorskip("typst")
    text = tuple(Paragraph((Text(str(line)),)) for line in range(lines))
    chain = Chain((Name("x"), Number(1.0)), "")
    leads = (Paragraph((Code("by equation 1"),)), Equations((chain, Chain((Name("y"),) * 3, ""))))
    document = Document("Report", (*text, Section("layer", (Text("Layer"),), leads), *text))
    source = Case("lead", lambda: document, HOSTILE.notation, Settings()).rendered("pdf")
    places = WHERE.replace("image", "math.equation").replace("heading", "raw")
    found = typst.query((source + places).encode(), "<pages>", field="value", one=True)
    (said,), formulas = json.loads(found)
    assert formulas[0] == said


@pytest.mark.parametrize("name", ["mazur", "residual", "hostile"])
def test_pages_with_pictures_compile_to_pdf(name: str) -> None:
    """Pictures that fit, that are in parts because they are wide, and no picture."""
    typst = pytest.importorskip("typst")
    case = HOSTILE if name == "hostile" else cases_of(name)[-2]
    source = case.rendered("pdf", pictures=True)
    assert source.count('"<svg ') == {"mazur": 3, "residual": 8, "hostile": 0}[name]
    made, warnings = typst.compile_with_warnings(source.encode())
    assert made.startswith(b"%PDF")
    assert not [w for w in warnings if "font" not in str(w)]


def test_pictures_of_any_height_settle() -> None:
    """Where a picture stands is decided by what is before it: never by itself, round and round."""
    typst = pytest.importorskip("typst")
    source = cases_of("mazur")[-2].rendered("pdf", pictures=True)
    for height in (420, 560, 620, 660):
        svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='99' height='{height}'/>"
        picture = f'#picture((99pt, {height}pt, "A picture", "{svg}"))'
        pages = re.sub(r"(?m)^#picture\(\(.*$", picture, source)
        pages = pages.replace("\n== ", f"\n{picture}\n\n== ", 1)
        settled = {"settled": "yes"}
        _, warnings = typst.compile_with_warnings(pages.encode(), sys_inputs=settled)
        assert not [w for w in warnings if "font" not in str(w)], height


@pytest.mark.parametrize("format_name", ["markdown", "typst"])
def test_an_exact_value_without_room_is_shown_by_its_decimals(format_name: str) -> None:
    """In the reader's own decimal comma, and not in letters that cannot be read."""
    call = ("trace", config("scalar_rnn"), "--exact", "--decimal-comma", "--width", "80mm")
    page = printed(*call, "--format", format_name)
    assert re.search(r"approx.{1,9}?0(,|\{,\}|\\?\",\")\d{12}", page), format_name


def test_short_values_stand_side_by_side() -> None:
    page = printed("trace", config("mazur"), "--format", "typst")
    assert page.count("#beside(\n  align: horizon,") == 3, "input and target, two layers"
    narrow = printed("trace", config("mazur"), "--format", "typst", "--width", "39mm")
    assert narrow.count("#beside(\n  align: horizon,") == 1, "input and target"
    mixed = printed("worksheet", config("residual"), "--format", "typst", "--blank", "z1")
    assert mixed.count("#beside(\n  align: horizon,") == 4, "one with others, one alone, one broad"


def test_tables_in_a_row_stand_side_by_side_and_formulas_stay_with_theirs() -> None:
    page = printed("trace", config("image"), "--format", "typst", "--layer", "filter")
    assert page.count("#beside(") >= 3
    assert "#block(sticky: true)[#chains(" in page
    above = r"(?m)^#block\(sticky: true\)\[what .*\]\n#beside\("
    assert len(re.findall(above, page)) == 2, "a caption is above both tables"


def report(rows: int) -> str:
    """Return pages of a table of so many rows and a section of a line."""
    table = Table(
        (Column((Text("entry"),), "", "label"), Column((Text("number"),))),
        tuple((Text(str(row)), Figure(row)) for row in range(rows)),
    )
    last = Section("more", (Text("What to look at"),), (Paragraph((Text("Its sign."),)),))
    case = Case("report", lambda: Document("Report", (table, last)), HOSTILE.notation, Settings())
    return case.rendered("pdf")


@pytest.mark.parametrize("rows", [29, 33])
def test_a_last_page_of_a_few_lines_is_saved_or_all_is_left_as_it_is(rows: int) -> None:
    """A report whose last section would stand alone on a page is set closer, if that saves it."""
    typst = pytest.importorskip("typst")
    source = report(rows)
    plain = source.replace("if closer", "if false")
    made, warnings = typst.compile_with_warnings(source.encode(), format="svg")
    usual = typst.compile(plain.encode(), format="svg")
    assert not [w for w in warnings if "font" not in str(w)]
    assert isinstance(usual, list)
    assert (made == usual) if rows > 29 else isinstance(made, bytes)


@pytest.mark.parametrize(("higher", "alone"), [(6, False), (10, False), (10, True)])
def test_text_goes_on_before_a_picture_but_no_heading_is_left_by_its_own(
    higher: int, alone: bool
) -> None:
    """After a table of so many rows a curve has room or not; the text after it has in any case."""
    typst = pytest.importorskip("typst")
    rows = tuple((Text(str(row)), Figure(row)) for row in range(2 * higher))
    table = Table((Column((Text("entry"),), "", "label"), Column((Text("number"),))), rows)
    curve = Picture(ValueCurve(tuple(map(float, range(9)))))
    middle = Section("curve", (Text("Curve"),), (curve,)) if alone else curve
    last = Section("more", (Text("What to look at"),), (Paragraph((Text("Its sign."),)),))
    document = Document("Report", (table, middle, last))
    case = Case("report", lambda: document, HOSTILE.notation, Settings())
    source = case.rendered("pdf", pictures=True)
    found = typst.query((source + WHERE).encode(), "<pages>", field="value", one=True)
    headings, images = json.loads(found)
    assert images == [1 if higher == 6 else 2]
    assert headings[1:] == ([2, 2] if alone else [1])


@pytest.mark.parametrize("lines", [29, 31])
def test_a_note_stands_on_the_page_of_what_it_is_a_note_to(lines: int) -> None:
    typst = pytest.importorskip("typst")
    text = tuple(Paragraph((Text(str(line)),)) for line in range(lines))
    table = Table((Column((Text("entry"),)), Column((Text("number"),))), ((Text("a"), Figure(1)),))
    notes = (Note((Text("each with its most different entry"),)), Note((Text("the rest"),)))
    document = Document("Report", (*text, table, *notes, *text))
    source = Case("report", lambda: document, HOSTILE.notation, Settings()).rendered("pdf")
    places = WHERE.replace("heading", "table").replace("image", "quote")
    found = typst.query((source + places).encode(), "<pages>", field="value", one=True)
    (of_table,), of_notes = json.loads(found)
    assert set(of_notes) == {of_table}


def test_a_fraction_in_a_table_takes_its_height() -> None:
    page = printed("trace", config("mazur"), "--format", "typst")
    assert page.count("#tall(") == 6, "two units in two layers, two terms of the loss"
    assert page.count("+ horizon") == 13
    assert page.count("kept(") > 3


@pytest.mark.parametrize("example", [*EXAMPLES, "hostile"])
def test_typst_compiles_every_example(example: str) -> None:
    """Every fifth document of an example in one file, and one that lays out its pages."""
    typst = pytest.importorskip("typst")
    chosen = (HOSTILE,) if example == "hostile" else cases_of(example)[len(example) % 5 :: 5]
    together = "\n#pagebreak()\n".join(case.rendered("typst") for case in chosen)
    for source in (together, chosen[0].rendered("typst", standalone=True)):
        _, warnings = typst.compile_with_warnings(source.encode())
        serious = [w for w in warnings if "font" not in str(w)]
        assert not serious


NARROW = (
    ("trace", "skip_gram", "--only", "forward"),
    ("derive", "shared_and_regularized", "--style", "index", "--wrt", "W1"),
    ("gradcheck", "gru"),
)
"""Fractions of eight terms, words beside words, tables of many columns."""
MEASURED = """#show table: it => layout(size => {
  if measure(it).width > size.width { panic("a table too wide") }
  it
})
"""


def test_nothing_leaves_a_column_and_nothing_is_set_too_small_to_read() -> None:
    """Typst measures each table and each piece of a formula at 80 mm."""
    typst = pytest.importorskip("typst")
    shrunk = "if share < 0.97 {"
    bodies = []
    for command, name, *options in NARROW:
        call = (command, config(name), *options, "--format", "typst", "--width", "80mm")
        page = printed(*call)
        assert page.count(shrunk) == 1
        bodies.append(page.replace(shrunk, 'if share < 0.7 { panic("too small") }\n    ' + shrunk))
    typst.compile((MEASURED + "\n#pagebreak()\n".join(bodies)).encode())

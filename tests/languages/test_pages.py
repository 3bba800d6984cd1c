"""Pages in another language: all is said, in every format, and nothing but the words changes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from backprop_cli.api import derive, trace
from backprop_cli.deriving import styles
from backprop_cli.expression.tree import Expr
from backprop_cli.languages import known
from backprop_cli.printing.translating import said_line, translated
from backprop_cli.worked.document import Code, Figure, Math, Text

from ..commands.running import CONFIGS, config, printed, refused, run
from .corpus import DERIVATIONS, OTHERS, STEPS, TRACES, explanations, plots
from .listening import heard, missing

OTHER = [language for language in known() if language != "en"]
SMALL = ("mazur", "diamond", "three_two_one", "shared_and_regularized", "sigmoid_neuron")
"""Examples whose pages are short; by turns each has a part of what can be asked."""
EVERY = 5
"""One call of so many is run: all of them are ``python -m tests.languages.missing``."""


def thinned() -> Iterator[tuple[str, ...]]:
    calls = [("trace", options) for options in TRACES]
    calls += [("derive", options) for options in DERIVATIONS]
    calls += [("step", options) for options in STEPS]
    calls += [(command, tuple(options)) for command, *options in OTHERS]
    for number, (command, options) in enumerate(calls[::EVERY]):
        yield command, config(SMALL[number % len(SMALL)]), *options
    yield from list(explanations())[::8]
    yield from list(plots())[::12]


@pytest.mark.parametrize("language", OTHER)
def test_nothing_is_missing(language: str) -> None:
    with heard() as found:
        for call in thinned():
            run(*call, "--language", language)
    assert len(found) > 300
    left = missing(found.values())
    assert not left, f"add to {language}.po: {left}"


UNREAD = (
    "((", "q", "a", "z12", "zz1", "dW1", "a9[1]", "x[9,9]", "W1[1,12]", "W1'", "z1", "f(u)",
    "1/2(3)", "½½", "#1", "1 & 2", "'", "1e", ".1f", "0x1", "1e251", "-inf", "2**99", "(2.4,2.6)",
    "exp", "d", "d(1)", "1 2", "[0.1, 0.2]", "[[1, 2]]", "W2 @ delta2", "W1 + x*a1", "1/0", "=",
    "3,000 brackets", "2.5-2.6", "W1.grad", "٣", "x.reshape(5, 5)", "W2.sum(axis=2)", "δ²₁", "1 +",
    "outer([1, 2], x)", "1[3,1]", "hidden.W", "x[1", "∂C/∂w", "see my notes",
)  # fmt: skip
"""Answers that cannot be read, each for a reason of its own."""


@pytest.mark.parametrize("language", OTHER)
def test_why_an_answer_is_not_read_is_said(language: str, tmp_path: Path) -> None:
    names = [f"{part}[{n},{unit}]" for part in ("z1", "a1") for n in range(1, 5) for unit in (1, 2)]
    with heard() as found:
        for start in range(0, len(UNREAD), len(names)):
            some = zip(names, UNREAD[start : start + len(names)], strict=False)
            answers = [part for name, raw in some for part in ("--answer", f"{name}={raw}")]
            page = str(tmp_path / "told.txt")
            run("check", config("xor_batch"), *answers, "--language", language, "-o", page)
    left = missing(found.values())
    assert not left, f"add to {language}.po: {left}"
    assert len(found) > len(UNREAD)


def pieces(part: Any) -> Iterator[Any]:
    """Yield a document's mathematics, names and figures, in their order."""
    if isinstance(part, Expr | Code | Figure):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from pieces(each)
    elif isinstance(part, Struct):
        for name in part.__struct_fields__:
            if name not in ("subject", "rule"):
                yield from pieces(getattr(part, name))


@pytest.mark.parametrize("language", OTHER)
@pytest.mark.parametrize("name", ["mazur", "diamond"])
def test_mathematics_stays(name: str, language: str) -> None:
    for page in (trace(CONFIGS / f"{name}.yaml"), derive(CONFIGS / f"{name}.yaml")):
        document = page.document()
        changed = translated(document, language)
        assert changed != document
        assert sorted(map(repr, pieces(changed))) == sorted(map(repr, pieces(document)))
    assert translated(document, "en") is document


def test_a_line_is_said_whole() -> None:
    """Mathematics goes where the language has it; what has a colour is said by itself."""
    x, y = (Math(trace(CONFIGS / "diamond.yaml").graph.nodes[n].ref) for n in (0, 1))  # type: ignore[arg-type]
    line = (
        x,
        Text(" is used by "),
        y,
        Text(" and "),
        x,
        Text(", and the messages that come back are added"),
    )
    first, used, *_, last = said_line(line, "de")
    assert (first, used) == (x, Text(" wird von "))
    assert last == Text(" verwendet, und die zurückkommenden Botschaften werden addiert")
    assert said_line((Text("right", tone="right"), Text(": "), x), "de")[0] == Text(
        "richtig", tone="right"
    )
    assert said_line(line, "en") is line


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("--format", "text"), "━━ Vorwärts: Schicht 1 ‚hidden‘ (dense 2 → 2, sigmoid) ━"),
        (("--format", "html"), '<html lang="de">'),
        (("--format", "html"), "des Vorwärtsdurchlaufs"),
        (("--slides", "--format", "html"), ">Vollbild<"),
        (("--slides", "--format", "latex"), "{ngerman.ldf}"),
        (("--standalone", "--format", "latex"), r"{\usepackage[ngerman,shorthands=off]{babel}}"),
        (("--format", "latex"), r"Vorw\"{a}rts: Schicht 1 ,hidden\textquoteleft{} (dense"),
        (("--format", "typst"), '#set text(lang: "de")'),
        (("--format", "markdown"), "## Rückwärts: Eingabe"),
        (("--format", "text", "--decimal-comma"), "0,3775"),
    ],
)
def test_formats(options: tuple[str, ...], shown: str) -> None:
    assert shown in printed("trace", config("mazur"), *options, "--language", "de")


@pytest.mark.parametrize("language", OTHER)
def test_latex_is_ascii_in_every_language(language: str) -> None:
    for style in styles():
        call = ("derive", config("mazur"), "--style", style, "--numbers", "--why")
        assert printed(*call, "--format", "latex", "--language", language).isascii(), style


def test_pictures() -> None:
    svg = printed("diagram", config("mazur"), "--format", "svg", "--language", "de")
    assert "Wert des Vorwärtsdurchlaufs" in re.sub("<[^>]*>", "", svg)
    assert "Linien von links nach rechts verbunden" in svg


def test_a_layer_keeps_its_name_in_a_picture() -> None:
    net = "input: [1, 2]\nlayers:\n  - {name: norm, units: 9}\n"
    net += "  - {name: back, units: 1}\nloss: half_squared_error\n"
    done = run("diagram", "-", "--format", "svg", "--language", "de", stdin=net)
    assert (done.code, done.err) == (0, "")
    assert {">norm<", ">back<", ">Eingabe<"} <= set(re.findall(r">[^<>\n]+<", done.out))
    assert "Ausgelassen: 4 der 9 Einheiten von norm. Alles zeichnet --full." in done.out


def test_where_only_ascii_fits() -> None:
    done = run("trace", config("mazur"), "--language", "de", encoding="ascii")
    assert "== Rueckwaerts: Eingabe ==" in done.out


def test_data_stays_english() -> None:
    said = refused("trace", config("mazur"), "--format", "json", "--language", "de")
    assert "--language belongs to" in said


def test_a_sheet_to_fill_in_has_its_comments_in_the_language(tmp_path: Path) -> None:
    sheet = printed("worksheet", config("mazur"), "--format", "yaml", "--language", "de")
    assert "# der Verlust\n  loss: ~" in sheet


def test_exercises(tmp_path: Path) -> None:
    folder = str(tmp_path / "class")
    call = ("exercise", "--shape", "2-1", "--count", "1", "-o", folder, "--language", "de")
    assert "--language is that of worksheets" in refused(*call)
    assert run(*call, "--solutions", "md").code == 0
    solution = (tmp_path / "class" / "exercise-01-solution.md").read_text(encoding="utf-8")
    assert solution.startswith("# Aufgabe 1: Lösung\n")


def test_what_a_gradebook_tells_students(tmp_path: Path) -> None:
    sheet, marks = tmp_path / "ada.yaml", tmp_path / "moodle.csv"
    sheet.write_text("answers: {loss: 0.298, z1: [0.0275, 0.0425]}\n", encoding="utf-8")
    call = ("check", config("mazur"), str(sheet), "--report", str(marks), "--language", "de")
    done = run(*call, "--feedback-dir", str(tmp_path / "told"), "--feedback-format", "md")
    assert "ist jeder Summand dabei?" in " ".join(done.out.split())
    assert "1 richtig, 2 falsch: 1 von 3 Punkten" in marks.read_text(encoding="utf-8")
    assert "1 von 3 Punkten" in next((tmp_path / "told").iterdir()).read_text(encoding="utf-8")


def test_a_language_that_there_is_not() -> None:
    said = refused("trace", config("mazur"), "--language", "fr")
    assert said == f"backprop: --language: no words in 'fr'\n  known: {', '.join(known())}\n"


def test_in_python() -> None:
    traced = trace(CONFIGS / "mazur.yaml")
    assert "━━ Gegeben ━" in traced.render("text", language="de")
    assert "━━ Given ━" in traced.render("text")
    with pytest.raises(ValueError, match=r"no words in 'fr', but in de, en"):
        traced.render("text", language="fr")


def test_help_names_the_languages() -> None:
    said = " ".join(printed("trace", "--help").split())
    assert f"words: {', '.join(known())}." in said


def test_english_reads_no_catalogue() -> None:
    """What is printed in English costs no import and no file."""
    program = (
        "import sys; from backprop_cli.cli import main\n"
        "try: main()\n"
        "except SystemExit: print([m for m in sys.modules if m.startswith('backprop_cli.lang')])"
    )
    call = [sys.executable, "-c", program, "describe", config("mazur")]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['backprop_cli.languages']"


def test_the_case_after_mit() -> None:
    """A worksheet says by what the loss changes: in German that is a dative, its clause closed."""
    for name in ("gru", "skip_gram"):
        page = printed("worksheet", config(name), "--language", "de", width=300)
        changes = re.findall(r"wie sich der Verlust mit (.*?) ändert", page)
        assert len(changes) > 3
        for what in changes:
            assert re.match(r"dem|den|der (?!Zustand|Kandidat)|jede[mr]", what), what
            assert what.endswith(",") == (", was " in what), what

"""The formats by enumeration, and the ones that need an extra package."""

from __future__ import annotations

import builtins
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from backprop_cli.diagrams.formats import Pen, formats, named
from backprop_cli.diagrams.formats.png import has_every_letter
from backprop_cli.diagrams.formats.svg import svg_text
from backprop_cli.diagrams.lettering import RunMath, lettering
from backprop_cli.diagrams.metrics import FILES, FONTS, advance, widths
from backprop_cli.diagrams.plots import activation_plot, named_activation
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.problems import Refusal
from backprop_cli.worked.document import Math

from .pictures import (
    GRAPHS,
    SVG,
    box_of,
    example,
    labels_of,
    letters,
    parsed,
    svg,
    words_of,
)

PEN = Pen(letters(GRAPHS["mazur"]), Settings(), Page())
FORMATS = formats()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_draws_every_kind(name: str) -> None:
    form = FORMATS[name]
    assert form.name == name
    assert form.doc
    for example_name, kind in (("mazur", "network"), ("residual", "weights-as-nodes")):
        pen = Pen(letters(GRAPHS[example_name]), Settings(), Page())
        drawn = form.draw(example(example_name, kind=kind), pen)
        assert isinstance(drawn, bytes) is form.binary
        assert len(drawn) > 200
    if form.plots:
        plot = activation_plot(named_activation("relu"), bound(profile("standard")), Settings())
        assert form.draw(plot, PEN)


def test_names_and_suffixes_are_each_of_one_format() -> None:
    words = [word for form in FORMATS.values() for word in {form.name, *form.suffixes}]
    assert len(words) == len(set(words))
    for form in FORMATS.values():
        assert named(form.name) is form
        assert all(named(suffix) is form for suffix in form.suffixes)


def pixels(png: bytes) -> tuple[int, int, set[tuple[int, ...]]]:
    """Return the width, the height and the colours of a PNG of 8 bits a channel."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">LLBB", png[16:26])
    assert depth == 8
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        size = struct.unpack(">L", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, stride = zlib.decompress(data), channels * width
    before = bytearray(stride)
    colours: set[tuple[int, ...]] = set()
    for y in range(height):
        method, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 :][:stride])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            corner = before[i - channels] if i >= channels else 0
            guess = _guess(method, left, before[i], corner)
            row[i] = (row[i] + guess) & 255
        colours |= {tuple(row[i : i + channels]) for i in range(0, stride, channels)}
        before = row
    return width, height, colours


def _guess(method: int, left: int, up: int, corner: int) -> int:
    if method == 4:
        base = left + up - corner
        return min((left, up, corner), key=lambda value: abs(base - value))
    return (0, left, up, (left + up) // 2)[method]


def test_png_has_the_text_that_it_is_laid_out_with() -> None:
    pytest.importorskip("resvg_py")
    picture = example("sigmoid_neuron", passes="forward", focus="x[1]")
    width, height, colours = pixels(FORMATS["png"].draw(picture, PEN))  # type: ignore[arg-type]
    assert (width, height) == (round(picture.width * 2), round(picture.height * 2))
    solid = {colour[:3] for colour in colours}
    assert (255, 255, 255) in solid
    assert (0x2B, 0x6A, 0x3C) in solid, "the weight is written in its colour"
    assert all(colour[3:] in ((), (255,)) for colour in colours)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_shipped_fonts_have_every_letter_of_every_example(name: str) -> None:
    for kind in ("network", "computation"):
        if GRAPHS[name].layered or kind == "computation":
            assert has_every_letter(svg(example(name, kind=kind), GRAPHS[name]))


def test_pdf_has_real_text_and_a_title(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    drawn = FORMATS["pdf"].draw(example("mazur"), PEN)
    assert isinstance(drawn, bytes)
    assert drawn.startswith(b"%PDF-")
    assert drawn == FORMATS["pdf"].draw(example("mazur"), PEN), "the same again"
    if shutil.which("pdftotext"):
        path = tmp_path / "mazur.pdf"
        path.write_bytes(drawn)
        said = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "0.2984" in said
        assert "gradient of the cost" in said
        fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
        embedded = fonts.stdout.splitlines()[2:]
        assert embedded
        assert all("STIXGeneral" in font for font in embedded), "the shipped fonts and no other"


@pytest.mark.parametrize(("name", "package"), [("png", "resvg_py"), ("pdf", "typst")])
def test_a_missing_extra_says_how_to_install_it(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(wanted: str, *rest: Any, **more: Any) -> Any:
        if wanted == package:
            raise ImportError(wanted)
        return real(wanted, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Refusal, match="needs the package") as refused:
        FORMATS[name].draw(example("mazur"), PEN)
    assert f"pip install 'backprop-cli[{name}]'" in str(refused.value)


def test_words_tell_every_number() -> None:
    said = FORMATS["words"].draw(example("mazur"), PEN)
    assert isinstance(said, str)
    assert "a²₁: z²₁ = 1.1059, a²₁ = 0.7514, y₁ = 0.01, δ²₁ = 0.1385" in said
    assert "x₁ → a¹₁: w¹₁₁ = 0.15, ∂C/∂w¹₁₁ = 4.3857e-4" in said
    plain = FORMATS["words"].draw(
        example("mazur"), Pen(PEN.notation, Settings(), Page(ascii_only=True))
    )
    assert isinstance(plain, str)
    assert plain.isascii()
    assert "x[1] -> a1[1]: W1[1,1] = 0.15" in plain


def test_the_fonts_measure_as_times_does() -> None:
    """Widths in thousandths as Adobe's metrics of Times have them, which these fonts keep to."""
    upright = {"0": 500, "5": 500, "a": 444, "w": 722, "C": 667, "z": 444, "(": 333, " ": 250}
    italic = {"a": 500, "w": 667, "z": 389, "C": 667, "y": 444}
    for letter, width in upright.items():
        assert advance(letter) == pytest.approx(width / 1000, abs=0.012), letter
    for letter, width in italic.items():
        assert advance(letter, True) == pytest.approx(width / 1000, abs=0.05), letter
    assert advance("\u0302") == 0
    assert advance("漢") == 1
    assert set("∂δσφηℒ−·′⋮…≤∞½ŷ") <= set(widths(False))
    assert all(path.is_file() for path in FILES.values())
    assert "SIL OPEN FONT LICENSE" in (FONTS / "LICENSE.txt").read_text(encoding="utf-8")


def test_an_index_stands_under_the_layer_and_an_exponents_index_within_it() -> None:
    from backprop_cli.expression.refs import Ref
    from backprop_cli.expression.tree import Call, Quantity

    printer = RunMath(letters(GRAPHS["mazur"]), Settings())
    w, layer, index = lettering((Math(Quantity(Ref("W", 1, index=(1, 2)))),), printer)
    assert (w.text, w.italic, w.level) == ("w", True, 0)
    assert (layer.text, layer.level) == ("1", 1)
    assert (index.text, index.level) == ("12", -1)
    assert index.back == pytest.approx(layer.width)
    exponential = Call("exp", (Quantity(Ref("z", 2, index=(1,))),))
    e, z, upper, lower = lettering((Math(exponential),), printer)
    assert e.rise < lower.rise < z.rise < upper.rise
    assert upper.scale == lower.scale < z.scale < e.scale


@pytest.mark.parametrize("name", ["mazur", "residual", "bishop"])
def test_settled_text_stands_run_by_run_within_its_label(name: str) -> None:
    """Each run begins where the one before ends, an index under its layer, all inside the box."""
    picture = example(name)
    printer = RunMath(letters(GRAPHS[name]), Settings())
    root = parsed(svg_text(picture, printer, settled=True))
    texts = list(root.iter(f"{SVG}text"))
    assert words_of(root) == words_of(parsed(svg(picture, GRAPHS[name])))
    boxes = [box_of(label) for label in labels_of(picture)]
    for text in texts:
        spans = text.findall(f"{SVG}tspan")
        left = float(str(spans[0].get("x")))
        right = left
        for span in spans:
            size, italic = float(str(span.get("font-size"))), span.get("font-style") == "italic"
            x, word = float(str(span.get("x"))), span.text or ""
            assert x <= right + 0.2
            right = max(right, x + size * sum(advance(c, italic) for c in word))
        y = float(str(spans[0].get("y")))
        assert any(
            box[0] - 0.1 <= left and right <= box[2] + 0.1 and box[1] < y < box[3] for box in boxes
        ), "".join(text.itertext())

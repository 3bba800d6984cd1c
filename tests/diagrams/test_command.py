"""``backprop diagram`` as it is typed: files and formats, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backprop_cli.diagrams.formats import formats

from ..commands.running import CONFIGS, config, inside, printed, refused, run
from .pictures import parsed, words_of


@pytest.mark.parametrize("suffix", [s for form in formats().values() for s in form.suffixes])
def test_a_suffix_picks_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net.{suffix}"
    assert run("diagram", config("mazur"), "-o", str(path)).code == 0
    assert path.stat().st_size > 200


def test_svg_on_standard_output_and_from_standard_input() -> None:
    text = (CONFIGS / "mazur.yaml").read_text(encoding="utf-8")
    done = run("diagram", "-", "--format", "svg", stdin=text)
    assert (done.code, done.err) == (0, "")
    assert "C = 0.2984" in words_of(parsed(done.out))


def test_notation_and_digits() -> None:
    options = ("--format", "svg", "--notation", "mazur", "--digits", "8")
    said = words_of(parsed(printed("diagram", config("mazur"), *options)))
    assert "neth1 = 0.3775" in said
    assert "outh1 = 0.59326999" in said
    said = words_of(parsed(printed("diagram", config("bishop"), "--format", "svg")))
    assert any(text.startswith("a(1)1,1 = ") for text in said)


def test_rounding_as_with_a_pocket_calculator() -> None:
    options = ("--format", "svg", "--round-forward", "2")
    said = words_of(parsed(printed("diagram", config("sigmoid_neuron"), *options)))
    assert "a11 = 0.73" in said


def test_a_plot_needs_no_network() -> None:
    said = words_of(parsed(printed("diagram", "--activation", "gelu", "--format", "svg")))
    assert "maximum 1.1289" in said
    assert "Largest" in printed("diagram", "--activation", "gelu", "--format", "words")


def test_one_unit_needs_no_network() -> None:
    bare = printed("diagram", "--generic", "--notation", "bishop", "--format", "svg")
    assert "zj = h(aj)" in words_of(parsed(bare))
    own = words_of(
        parsed(printed("diagram", config("three_two_one"), "--generic", "--format", "svg"))
    )
    assert not any("+ b" in text for text in own), "this network has no biases"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ((), "nothing to draw"),
        (("net.yaml", "--activation", "relu"), "plots a function, of no network"),
        (("--activation", "relu", "--exact"), "plots a function, of no network"),
        (("--activation", "reluu"), "did you mean 'relu'?"),
        (("--activation", "softmax"), "depend on every value"),
        (("--generic", "--focus", "a1[1]"), "--focus a certain one"),
        (("net.yaml", "--gates"), "add --kind computation"),
        (("net.yaml", "--faded"), "add --focus"),
        (("net.yaml", "--focus", "a2[9]"), "a2 runs from a2[1] to a2[2]"),
        (("net.yaml", "--thickness", "weight"), "the lines of boxes all have one width"),
        (("net.yaml", "--local"), "--focus W1[1,2] --local"),
        (("net.yaml", "-o", "x.jpg"), "the suffix '.jpg' says no format of pictures"),
        (("net.yaml", "-o", "picture"), "no suffix says the format"),
        (("net.yaml", "--format", "pgn"), "did you mean 'png'?"),
        (("net.yaml", "-o", "nowhere/x.svg"), "nowhere"),
        (("symbolic.yaml", "--exact"), "--exact needs numbers"),
        (("symbolic.yaml", "--thickness", "weight", "-o", "x.svg"), "--thickness needs numbers"),
        (("symbolic.yaml", "--round-forward", "2"), "--round-forward needs numbers"),
    ],
)
def test_what_is_refused(line: tuple[str, ...], says: str, tmp_path: Path) -> None:
    for name, source in (("net", "mazur"), ("symbolic", "symbolic_2443")):
        text = (CONFIGS / f"{source}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with inside(tmp_path):
        assert says in refused("diagram", *line)


def test_nothing_half_written_where_a_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.svg"
    refused("diagram", config("mazur"), "--focus", "a9[1]", "-o", str(path))
    assert list(tmp_path.iterdir()) == []


def test_mermaid_s_limit_is_said() -> None:
    """Of more edges than Mermaid draws the last are kept; the file says so, and the terminal."""
    data = f"input: {['~'] * 30}\ntarget: {['~'] * 20}\n".replace("'", "")
    wide = f"{data}loss: half_squared_error\nlayers:\n  - {{units: 20}}\n"
    done = run("diagram", "-", "--full", "--format", "mermaid", stdin=wide)
    assert done.code == 0, done.err
    assert len(re.findall(r" -->(?:\|.*\|)? ", done.out)) == 500
    assert '"120 of 620 lines left out, Mermaid draws 500."' in done.out
    assert "-o FILE.svg draws it all" in done.err


def test_a_picture_too_wide_is_in_files_or_pages_by_part(tmp_path: Path) -> None:
    places = [str(tmp_path / f"net.{suffix}") for suffix in ("svg", "pdf", "tex")]
    outputs = [part for place in places for part in ("-o", place)]
    done = run("diagram", config("mazur"), "--width", "80mm", "--language", "de", *outputs)
    assert done.code == 0, done.err
    assert f"note: in 3 parts, so that letters can be read at that width: {tmp_path}" in done.err
    kinds = {(path.stem, path.suffix) for path in tmp_path.iterdir()}
    numbered = {(f"net-{n}", suffix) for n in (1, 2, 3) for suffix in (".svg", ".tex")}
    assert kinds == {*numbered, ("net", ".pdf")}
    assert len(re.findall(rb"/Type */Page\b", (tmp_path / "net.pdf").read_bytes())) == 3
    second = (tmp_path / "net-2.svg").read_text(encoding="utf-8")
    assert "Teil 2 von 3." in words_of(parsed(second))
    assert 'width="80mm"' in second
    for part in tmp_path.glob("*.svg"):
        wide, high, width = _size(part)
        assert wide <= 80
        assert high <= 220
        assert 0.6 < wide / (width * 25.4 / 96) <= 1.001, "no part is drawn larger"


def test_a_picture_higher_than_a_page_is_not_drawn_as_wide_as_asked(tmp_path: Path) -> None:
    place = tmp_path / "rolled.svg"
    done = run("diagram", config("gru"), "--kind", "rolled", "--width", "165mm", "-o", str(place))
    assert done.code == 0, done.err
    wide, high, _ = _size(place)
    assert wide < 165
    assert high == 220


def _size(place: Path) -> tuple[float, float, float]:
    """Return an SVG's size in millimetres, and the width in pixels that it is laid out for."""
    root = parsed(place.read_text(encoding="utf-8"))
    wide, high = (float(root.attrib[side].removesuffix("mm")) for side in ("width", "height"))
    return wide, high, float(root.attrib["viewBox"].split()[2])


def test_a_picture_is_one_where_no_width_is_asked_for() -> None:
    wide = printed("diagram", config("mazur"), "--format", "svg")
    assert wide.count("<svg ") == 1


def test_dot_takes_brackets() -> None:
    """A bare ] within a label is a syntax error to Graphviz."""
    dot = printed("diagram", "--generic", "--notation", "ng", "--format", "dot")
    assert "]</FONT>" not in dot
    assert "&#93;</FONT>" in dot

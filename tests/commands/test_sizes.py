"""Time and memory are bounded by what is read: a picture is refused before it is laid out."""

from __future__ import annotations

import time
from pathlib import Path
from unittest import mock

import pytest

from backprop_cli.api import loads
from backprop_cli.graph.names import known_refs
from backprop_cli.passes.differences import gradient_check, places

from .running import refused, run


def chain(nodes: int) -> str:
    lines = "".join(f"  x{i}: tanh(x{i - 1}*a) + b\n" for i in range(1, nodes))
    return f"variables: {{a: 0.5, b: 0.25}}\ngraph:\n  x0: a*b\n{lines}"


def fan(nodes: int) -> str:
    """Return nodes side by side, added up in the last lines."""
    lines = "".join(f"  x{i}: a*{i}\n" for i in range(nodes))
    sums = "".join(
        f"  s{j}: {' + '.join(f'x{i}' for i in range(50 * j, 50 * j + 50))}\n"
        for j in range(nodes // 50)
    )
    total = " + ".join(f"s{j}" for j in range(nodes // 50))
    return f"variables: {{a: 0.5}}\ngraph:\n{lines}{sums}  o: {total}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (chain(200), "a picture of 40,601 nodes and lines: more than 20,000"),
        (fan(1000), "a picture of 1,022 nodes and lines: more than 1,000"),
    ],
    ids=["chain", "fan"],
)
@pytest.mark.parametrize("name", ["boxes", "svg"])
def test_a_picture_that_nobody_could_read(text: str, said: str, name: str) -> None:
    before = time.process_time()
    message = refused("diagram", "-", "--format", name, stdin=text)
    assert said in message
    assert "--focus NAME draws a part" in message
    assert "--full" not in message
    assert time.process_time() - before < 2


def test_a_network_whose_numbers_nobody_could_read_has_its_layers_drawn() -> None:
    """It is counted before a pass is worked."""
    memory = "input: [[1, 2], [0, 1], [1, 1], [2, 0], [1, 0], [0, 2], [1, 1], [0, 0]]\n"
    memory += "layers: [{type: gru, units: 4}]\nloss: half_squared_error\n"
    message = refused("diagram", "-", "--kind", "computation", "--format", "svg", stdin=memory)
    assert "nodes and lines: more than 20,000" in message
    assert "without --kind its layers are drawn; --focus NAME draws a part" in message
    assert run("diagram", "-", "--format", "svg", stdin=memory).code == 0


def test_every_unit_of_a_wide_layer() -> None:
    wide = "input: [1, 2]\nlayers: [{units: 200}, {units: 200}]\n"
    message = refused("diagram", "-", "--full", "--format", "svg", stdin=wide)
    assert "a picture of 41,202 nodes and lines: more than 10,000" in message
    assert "leave --full out" in message


def test_a_part_of_it_is_drawn() -> None:
    done = run("diagram", "-", "--focus", "x5", stdin=chain(200))
    assert (done.code, done.err) == (0, "")
    assert "x₅ = tanh(x₄·a) + b" in done.out


@pytest.mark.parametrize("command", ["describe", "diagram"])
@pytest.mark.parametrize(
    "text",
    [
        "input: [1]\nlayers: [{units: 4000000}]\n",
        f"name: {'n' * 1_000_000}\ninput: [1]\nlayers: [{{units: 1}}]\n",
        f"input: [1]\nlayers: [{{units: 1, name: {'n' * 1_000_000}}}]\n",
        "input: [~]\nlayers: [" + "{units: 1}, " * 200 + "]\n",
    ],
    ids=["many units", "a long title", "a long name", "many layers"],
)
def test_a_large_file_takes_no_time(command: str, text: str) -> None:
    before = time.process_time()
    done = run(command, "-", stdin=text)
    assert done.code in (0, 2)
    assert time.process_time() - before < 2.5


def deep(layers: int) -> str:
    each = "  - {activation: tanh, weights: [[0.9]], bias: [0.01]}\n"
    head = "input: [0.5]\ntarget: [0.3]\nloss: half_squared_error\nlearning_rate: 0.1\nlayers:\n"
    return head + each * layers


@pytest.mark.parametrize("command", ["describe", "worksheet", "step"])
def test_of_many_layers_the_middle_ones_are_left_out(command: str) -> None:
    pages = [run(command, "-", stdin=deep(layers)) for layers in (30, 60)]
    assert all((page.code, page.err) == (0, "") for page in pages)
    lines = [len(page.out.splitlines()) for page in pages]
    assert abs(lines[0] - lines[1]) < 4
    assert "layers 4 to 57" in pages[1].out
    assert "--full" in pages[1].out
    whole = run(command, "-", "--full", stdin=deep(30))
    assert len(whole.out.splitlines()) > 2 * lines[0]
    assert "layers 4 to" not in whole.out


def test_gradcheck_draws_what_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "BUDGET", 0.0)
    monkeypatch.setattr(gradient_check, "MOST_SYMPY", 0)
    done = run("gradcheck", "-", stdin=deep(30))
    said = " ".join(done.out.split())
    assert done.code == 0
    assert "8 of 60 entries of 60 quantities, drawn with seed 0; --full checks every entry" in said
    assert "gradient check passed: 8 entries" in said


def test_sympy_writes_down_what_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradient_check, "MOST_WRITTEN", 26)
    said = " ".join(run("gradcheck", "-", stdin=deep(2)).out.split())
    assert "sympy: left out for 2 entries: the passes before have 26 products" in said
    monkeypatch.setattr(gradient_check, "MOST_WRITTEN", 1)
    said = " ".join(run("gradcheck", "-", stdin=deep(2)).out.split())
    assert "sympy: left out for all: the formula would be too long" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("2000000",), "a whole number from 1 to 1,000,000"),
        (("200000", "--full"), "at most 100,000 rows"),
    ],
)
def test_steps_that_no_table_holds(options: tuple[str, ...], said: str) -> None:
    assert said in refused("step", "-", "--steps", *options, stdin=deep(1))


@pytest.mark.parametrize("name", ["boxes", "svg", "dot", "tikz", "mermaid"])
def test_a_picture_of_many_layers(name: str) -> None:
    texts = [run("diagram", "-", "--format", name, stdin=deep(n)).out for n in (30, 60)]
    assert abs(len(texts[0]) - len(texts[1])) < 0.1 * len(texts[0])
    whole = run("diagram", "-", "--format", name, "--full", stdin=deep(30)).out
    assert len(whole) > 2 * len(texts[0])


def test_a_picture_says_which_layers_it_leaves_out() -> None:
    text = run("diagram", "-", stdin=deep(60)).out
    assert "Left out: layers 4 to 57. All are drawn with --full." in text
    assert "layer 58" in text
    assert "layer 57 ·" not in text
    assert "layers 4 to" not in run("diagram", "-", "--focus", "a9[1]", stdin=deep(60)).out


@pytest.mark.parametrize(
    ("command", "most"), [(("diagnose", "-"), 90), (("explain", "delta", "-"), 60)]
)
def test_a_page_of_a_long_graph_is_one_that_is_read(command: tuple[str, ...], most: int) -> None:
    done = run(*command, stdin=chain(200))
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) < most
    if command[0] == "diagnose":
        assert "142 nodes between are left out: --full shows them" in done.out
        assert len(run(*command, "--full", stdin=chain(200)).out.splitlines()) > 400


def test_what_names_mean_is_found_once() -> None:
    graph = loads(chain(3))
    assert known_refs(graph) is known_refs(graph)
    assert known_refs(loads(chain(2))) != known_refs(graph)


def test_pages_that_take_too_long_to_set_are_refused(tmp_path: Path) -> None:
    """A thousand lines with a blank each took a gigabyte; the longest example is set."""
    with mock.patch("backprop_cli.render.pdf.LONGEST", 1000):
        said = refused("worksheet", "-", "-o", str(tmp_path / "sheet.pdf"), stdin=deep(1))
    assert "PDF: more than can be set" in said
    assert "-o FILE.html" in said
    assert list(tmp_path.iterdir()) == []

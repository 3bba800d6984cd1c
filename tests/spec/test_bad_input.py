"""Bad input: each kind is answered by a message with its place, its line, a caret and a cure."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from backprop_cli import api
from backprop_cli.passes.run import run
from backprop_cli.problems import MOST_PROBLEMS, MOST_SHOWN, Problem, Refusal
from backprop_cli.spec import nodes

from .case import Case
from .cases import CASES

NEURON = """\
name: Sigmoid neuron
input: [-1, -2]
target: [1]
loss: half_squared_error
layers:
  - units: 1
    activation: sigmoid
    weights: [[2, -3]]
    bias: [-3]
"""


def refusal(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        api.loads(text, "net.yaml")
    return caught.value


def refused_file(path: Path | str) -> str:
    with pytest.raises(Refusal) as caught:
        api.load(path)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_whole_message(case: Case) -> None:
    before = time.process_time()
    assert str(refusal(case.text)) == case.message
    assert time.process_time() - before < 5


def test_the_names_of_the_cases_are_all_different() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_has_a_place_in_the_text_and_nearly_all_a_cure(case: Case) -> None:
    found = refusal(case.text)
    lines = found.source.lines() if found.source else []
    for problem in found.problems:
        assert problem.message
        assert problem.place is not None
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert problem.cure


def test_the_message_that_the_manual_shows() -> None:
    text = """\
name: Sigmoid neuron
input: [-1, -2]            # one sample; a list of lists is a batch, one row a sample
target: [1]
loss: half_squared_error
learning_rate: 1           # optional: what `step` uses
layers:
  - units: 1               # `type: dense` is the default
    activation: sigmoid
    weights: [[2, -3, 1]]
    bias: [-3]
"""
    assert (
        str(refusal(text))
        == """\
net.yaml:9:14: weights: 3 columns, but this layer receives 2 values (from 'input')
   9 |     weights: [[2, -3, 1]]
     |              ^^^^^^^^^^^^ give 2 columns, or an input of 3 values"""
    )


def test_an_unknown_top_level_key_lists_the_known_ones() -> None:
    message = str(refusal("hello: 1\nlayers: [{units: 1}]\n"))
    assert "there is no key 'hello'" in message
    assert "^^^^^ known: " in message
    assert "weights_layout" in message


# -- how many, and how long


def test_many_problems_are_cut_in_the_print_and_in_the_search() -> None:
    text = "input: [" + "x, " * 50_000 + "x]\nlayers: [{units: 1}]\n"
    before = time.process_time()
    found = refusal(text)
    message = str(found)
    assert time.process_time() - before < 10
    assert len(found.problems) == MOST_PROBLEMS
    assert message.count("is not a number") == MOST_SHOWN
    assert message.endswith(f"… and {MOST_PROBLEMS - MOST_SHOWN} more problems")


def test_many_keys_given_twice_and_many_unknown_ones_end_soon() -> None:
    assert len(refusal("a: 1\n" * 5000).problems) == MOST_PROBLEMS
    assert len(refusal("".join(f"k{i}: 1\n" for i in range(5000))).problems) == MOST_PROBLEMS
    unknown = "".join(f"  - {{from: l{i}, units: 1}}\n" for i in range(900))
    assert len(refusal(f"input: [1]\nlayers:\n{unknown}").problems) == MOST_PROBLEMS


def test_a_long_chain_of_layers_written_backwards_is_sorted_at_once() -> None:
    layers = [f"  - {{name: l{i}, from: l{i + 1}, units: 1, bias: none}}\n" for i in range(998)]
    first = "  - {name: l998, from: input, units: 1, bias: none}\n"
    last = "  - {from: l0, units: 1, bias: none}\n"
    before = time.process_time()
    graph = api.loads("input: [1]\nlayers:\n" + "".join(layers) + first + last)
    assert time.process_time() - before < 5
    assert len(graph.layers) == 1000


def test_a_long_message_is_shortened() -> None:
    text = f"layers: [{{units: 1, activation: {'q' * 5000}}}]\n"
    assert all(len(line) < 300 for line in str(refusal(text)).split("\n"))


def test_a_problem_without_a_place_and_without_a_source() -> None:
    assert str(Refusal([Problem("something", None, "a cure")])) == "backprop: something\n  a cure"


# -- files that are none


def test_a_missing_file(tmp_path: Path) -> None:
    said = f"backprop: {tmp_path}/net.yaml: no such file"
    cure = "\n  'backprop new' lists examples to begin with"
    assert refused_file(tmp_path / "net.yaml") == said + cure
    (tmp_path / "neuron.yaml").write_text(NEURON)
    wrong = f"backprop: {tmp_path}/%s: no such file\n  did you mean '{tmp_path}/neuron.yaml'?"
    assert refused_file(tmp_path / "neuro.yaml") == wrong % "neuro.yaml"
    assert refused_file(tmp_path / "neuron") == wrong % "neuron"
    listed = f"backprop: {tmp_path}/zzz.yaml: no such file\n  there are: neuron.yaml"
    assert refused_file(tmp_path / "zzz.yaml") == listed
    inside = f"backprop: {tmp_path}/none/net.yaml: no such file"
    assert refused_file(tmp_path / "none" / "net.yaml") == inside + cure


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    expected = f"backprop: {tmp_path}: a directory, not a network file"
    assert refused_file(tmp_path) == f"{expected}\n  name the network file in it"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    cure = "\n  give '-' to read standard input"
    assert refused_file(fifo) == f"backprop: {fifo}: not a regular file{cure}"
    assert refused_file("/dev/zero") == f"backprop: /dev/zero: not a regular file{cure}"


def test_what_the_system_does_not_let_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    def says(path: Path, number: int) -> str:
        return f"backprop: {path}: cannot be read: {os.strerror(number).lower()}"

    assert refused_file(tmp_path / "a") == says(tmp_path / "a", errno.ELOOP)
    net = tmp_path / "net.yaml"
    net.write_text(NEURON)
    assert refused_file(net / "x.yaml") == says(net / "x.yaml", errno.ENOTDIR)
    assert refused_file("a\0b") == "backprop: a\\x00b: no file can have this name"
    assert refused_file("a\ud800b").endswith(": no file can have this name")
    long = refused_file("a" * 5000)
    assert long.endswith(f"…: cannot be read: {os.strerror(errno.ENAMETOOLONG).lower()}")
    assert len(long) < 300

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Not for you")

    monkeypatch.setattr("builtins.open", denied)
    assert refused_file(net) == f"backprop: {net}: cannot be read: not for you"


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(NEURON.encode() + b"#" * nodes.LARGEST_FILE)
    assert refused_file(net) == (
        f"backprop: {net}: larger than 8 MiB\n"
        "  keep large weights in a file beside it: {file: weights.npz, key: W1}"
    )


@pytest.mark.parametrize("data", [b"", b"   \n\n", b"\xef\xbb\xbf", b"\t\n"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(data)
    cure = "\n  'backprop new' shows examples"
    assert refused_file(net) == f"{net}:1:1: the file is empty{cure}"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_a_wide_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(NEURON.encode(encoding))
    assert refused_file(net) == f"{net}:1:1: this file is {name}\n  save it as UTF-8"


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_not_utf_8(tmp_path: Path, bom: bytes) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(bom + "# Übung\nname: Grün\n".encode().replace(b"\xc3\xbc", b"\xfc"))
    assert (
        refused_file(net)
        == f"""\
{net}:2:9: byte 0xfc is not UTF-8
   2 | name: Gr�n
     |         ^ save the file as UTF-8"""
    )


def test_a_file_of_bytes_of_all_kinds(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_bytes(bytes(range(256)))
    assert "byte 0x80 is not UTF-8" in refused_file(net)
    net.write_bytes(b"\0" * 100)
    assert "the control character U+0000" in refused_file(net)


# -- what only shows when the network runs


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("target: [1]\n", "", 1, "y has no numbers"),
        ("    weights: [[2, -3]]\n", "", 6, "W1 has no numbers"),
        ("    bias: [-3]\n", "", 6, "b1 has no numbers"),
        ("loss: half_squared_error\n", "", 2, "the network has no loss"),
        ("[-1, -2]", "[~, ~]", 2, "x has no numbers"),
        ("sigmoid\n", "{function: F}\n", 6, "the activation F of layer 1 has no formula"),
        ("half_squared_error", "{function: C}", 4, "the loss C has no formula"),
        ("[[2, -3]]", "[[1e200, 1e308]]", 6, "z1 in layer 1 overflows"),
        ("sigmoid\n", '{expression: "ln(z - 9)"}\n', 6, "it takes the logarithm of a negative"),
    ],
)
def test_numbers_that_are_missing_or_lead_nowhere(
    old: str, new: str, line: int, words: str
) -> None:
    text = NEURON.replace(old, new)
    assert text != NEURON
    with pytest.raises(Refusal) as caught:
        run(api.loads(text, "net.yaml"))
    message = str(caught.value)
    assert message.startswith(f"net.yaml:{line}:")
    assert words in message
    assert "^" in message

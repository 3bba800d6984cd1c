"""What cannot be done is said with its cure: exit code 2, nothing printed, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .running import config, inside, printed, refused, run

MAZUR = config("mazur")
BARE = """\
input: [1, 2]
layers:
  - units: 3
    activation: tanh
  - units: 1
    weights: [[1, 2, 3]]
    bias: [0]
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--wrt", "W9"], ["there is no 'W9' in this network", "the layers are 1 to 2"]),
        (["--wrt", "hiden.W"], ["there is no 'hiden.W'", "did you mean 'hidden.W'?"]),
        (["--wrt", "W1[9,9]"], ["'W1[9,9]' is outside W1", "runs from W1[1,1] to W1[2,2]"]),
        (["--wrt", "W1[0,1]"], ["entries count from 1"]),
        (["--wrt", "W1[1]"], ["W1 takes 2 positions"]),
        (["--wrt", "y"], ["the target is given"]),
        (["--wrt", ""], ["is not a name"]),
        (["--set", "b2"], ["--set b2: no '='", "write --set W1[1,2]=0.3"]),
        (["--set", "lr=3"], ["'lr' is no quantity", "--lr 0.1"]),
        (["--set", "b2=big"], ["'big' is not a number", "0.3, 1/3 or sqrt(2)/2"]),
        (["--set", "b2=nan"], ["is not a number"]),
        (["--set", "b2=1/0"], ["is not a number"]),
        (["--set", "b2="], ["is not a number"]),
        (["--set", "z1=1"], ["it is computed, not given", "x, y, W1, b1, W2, b2"]),
        (["--set", "dW1[1,1]=1"], ["it is computed, not given"]),
        (["--set", "loss=1"], ["it is computed, not given"]),
        (["--set", "W1=0.3"], ["it has 2 × 2 entries", "W1[1,1]", "W1=[[0, 0], [0, 0]]"]),
        (["--set", "W1=[[1, 2]]"], ["1 × 2 given", "it has 2 × 2"]),
        (["--set", "W1=[[1, 2], [3]]"], ["row 2 has 1 value"]),
        (["--set", "W1=[[1, 2], [3, q]]"], ["'q' is not a number"]),
        (["--set", "x[1]=[1, 2]"], ["2 given", "it has 2"]),
        (["--set", "W9[1,1]=0.3"], ["there is no 'W9[1,1]'"]),
        (["--sample", "9"], ["--sample 9: this network has 1 sample", "count from 1"]),
        (["--sample", "0"], ["--sample 0"]),
        (["--layer", "hiddn"], ["there is no such layer", "did you mean 'hidden'?"]),
        (["--layer", "9"], ["there is no such layer", "hidden, output"]),
        (["--format", "markdwon"], ["no format 'markdwon'", "did you mean 'markdown'?"]),
        (["--notation", "standrad"], ["no notation 'standrad'", "standard"]),
        (["--per-sample"], ["--per-sample belongs to JSON", "--format json"]),
        (["--only", "sideways"], ["--only", "'sideways'", "'forward'"]),
        (["--digits", "99"], ["--digits", "99", "17"]),
        (["--round-forward", "-1"], ["--round-forward", "-1", "0"]),
        (["--sample", "two"], ["--sample", "--sample two"]),
    ],
)
def test_an_option_that_does_not_fit(arguments: list[str], says: list[str]) -> None:
    message = refused("trace", MAZUR, *arguments)
    for words in says:
        assert words in message


@pytest.mark.parametrize("command", ["trace", "describe"])
class TestTheFile:
    def test_missing(self, command: str) -> None:
        assert "nowhere.yaml: no such file" in refused(command, "nowhere.yaml")

    def test_a_directory(self, command: str, tmp_path: Path) -> None:
        assert "a directory, not a network file" in refused(command, str(tmp_path))

    def test_not_named(self, command: str) -> None:
        assert "NET is missing" in refused(command)

    def test_empty_standard_input(self, command: str) -> None:
        assert "<stdin>" in refused(command, "-", stdin="")

    def test_with_a_problem_in_it(self, command: str) -> None:
        text = "input: [1]\ntarget: [1]\nloss: half_squared_error\nlayers:\n  - weigths: [[1]]\n"
        message = refused(command, "-", stdin=text)
        assert message.startswith("<stdin>:5:5: ")
        assert "did you mean 'weights'?" in message


@pytest.mark.parametrize("command", ["trace", "describe"])
class TestThePlace:
    def test_of_no_known_suffix(self, command: str, tmp_path: Path) -> None:
        path = tmp_path / "out.docx"
        message = refused(command, MAZUR, "-o", str(path))
        assert "the suffix '.docx' says no format" in message
        assert ".md" in message
        assert not path.exists()

    def test_in_a_missing_folder(self, command: str, tmp_path: Path) -> None:
        message = refused(command, MAZUR, "-o", str(tmp_path / "no" / "out.md"))
        assert "there is no folder" in message
        assert list(tmp_path.iterdir()) == []

    def test_that_is_a_folder(self, command: str, tmp_path: Path) -> None:
        folder = tmp_path / "out.md"
        folder.mkdir()
        assert "a directory" in refused(command, MAZUR, "-o", str(folder))
        assert list(folder.iterdir()) == []

    def test_is_left_alone_when_the_network_is_refused(self, command: str, tmp_path: Path) -> None:
        path = tmp_path / "out.md"
        path.write_text("mine", encoding="utf-8")
        refused(command, "-", "-o", str(path), stdin="layers: 3\n")
        assert path.read_text(encoding="utf-8") == "mine"
        assert list(tmp_path.iterdir()) == [path]


def test_a_network_without_numbers_is_told_what_to_add() -> None:
    text = BARE + "loss: half_squared_error\ntarget: [1]\n"
    message = refused("trace", "-", stdin=text)
    assert "<stdin>:3:5: W1 has no numbers" in message
    assert "add 'weights:' (3 × 2) to this layer" in message
    assert "b1 has no numbers" in message
    assert "'bias: none'" in message
    assert "W2" not in message


def test_a_network_without_target_and_loss_still_goes_forward() -> None:
    text = BARE.replace("units: 3", "weights: [[1, 0], [0, 1], [1, 1]]\n    bias: none")
    done = run("trace", "-", "--only", "forward", stdin=text)
    assert (done.code, done.err) == (0, "")
    assert "Forward: layer 2" in done.out
    assert "Loss" not in done.out
    assert "add 'loss: half_squared_error'" in refused("trace", "-", stdin=text)


def test_a_network_without_numbers_is_described() -> None:
    done = run("describe", "-", stdin=BARE)
    assert (done.code, done.err) == (0, "")
    assert "without numbers: W1, b1" in done.out


def test_new_names_the_nearest_example() -> None:
    assert "did you mean 'mazur'?" in refused("new", "mazr")


def test_new_keeps_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("mine", encoding="utf-8")
    with inside(tmp_path):
        assert "exists already" in refused("new", "mazur", "-o", "net.yaml")
        assert (tmp_path / "net.yaml").read_text(encoding="utf-8") == "mine"
        printed("new", "mazur", "-o", "net.yaml", "--force")
    assert "Mazur" in (tmp_path / "net.yaml").read_text(encoding="utf-8")


def test_new_without_a_template_writes_nothing(tmp_path: Path) -> None:
    assert "which example" in refused("new", "-o", str(tmp_path / "net.yaml"))
    assert list(tmp_path.iterdir()) == []

"""Sentences are in the reader's letters too: no page in an unusual notation has a default one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from msgspec import structs

from backprop_cli.checking.mistakes import catalogue
from backprop_cli.explaining.lookup import words
from backprop_cli.languages import ENGLISH
from backprop_cli.languages import said as translated
from backprop_cli.languages.catalogue import PIECE
from backprop_cli.languages.reading import read
from backprop_cli.notation.bound import bound
from backprop_cli.notation.from_file import named_profile
from backprop_cli.printing.plain_math import letter_in_words
from backprop_cli.printing.prose import Prose, pattern
from backprop_cli.spec.profile import Profile

from ..commands.running import ROOT, run

LETTERS = """\
letters: {x: u, y: v, z: s, a: r, W: M, b: d, delta: omega, loss: Q, cost: Q, loss_terms: q,
  data_loss: Q_0, penalty: P, rate: alpha, samples: m, layer: k, layers: K, width: D, sample: g}
entries: {W: m}
activation: psi
activations: {sigmoid: psi, tanh: T, relu: rho}
indices: {own: e, below: f, above: h, summed: o}
"""
"""A notation that has another letter for everything that can have one."""
DEFAULT = re.compile(
    r"(?<![\w.\[/'-])(?:[δση]′?|[zxywWbCNL](?![a-zäöüß]))(?![^\Wᵀ]|[\[-]|\.\w)|∂C|1/N"
    r"|\ba(?= ?[⊙−·ᵀ])"
)
"""A letter of the default notation that stands by itself, not within a name: z, but not z1."""
NETWORKS = {
    "a batch with a penalty": """\
input: [[0.5, -1], [1, 2]]
target: [[0.25], [0.5]]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.5}
layers:
  - {weights: [[1, 2], [0.5, -1]], bias: [0, 0.5], activation: sigmoid}
  - {weights: [[1, -2]], bias: [0], activation: sigmoid}
""",
    "memory": """\
input: [[1], [0]]
target: [[0.5], [1]]
loss: half_squared_error
learning_rate: 0.1
layers:
  - {type: recurrent, weights: [[0.5]], recurrent_weights: [[-0.2]], bias: [0.1]}
  - {weights: [[1]], bias: [0]}
""",
    "an image": """\
input: [[1, 2, 0], [0, 1, 3]]
target: {class: 1}
loss: softmax_cross_entropy
learning_rate: 0.1
layers:
  - {type: conv2d, weights: [[0.5, -1], [1, 0.25]], bias: [0.5], activation: relu}
  - {type: flatten}
  - {weights: [[1, -1], [0.5, 2]], bias: [0, 1]}
""",
}
PAGES = {
    "a batch with a penalty": (
        ("trace", "--why"),
        ("derive", "--why"),
        ("derive", "--style", "function"),
        ("derive", "--style", "matrix"),
        ("diagnose", "--full"),
        ("explain", "delta"),
    ),
    "memory": (
        ("gradcheck",),
        ("derive", "--style", "index"),
        ("derive", "--style", "algorithm"),
        ("step", "--optimizer", "adam"),
    ),
    "an image": (("trace", "--why"), ("derive", "--style", "components"), ("step",)),
}
CALLS = [(name, call) for name, calls in PAGES.items() for call in calls]


def letters_in(text: str, language: str = ENGLISH) -> list[str]:
    """Return the letters of mathematics in a sentence, ∂C/∂a as one, in their order."""
    return [match[0] for match in pattern(language).finditer(text)]


def default_letters(page: str) -> list[str]:
    return [line.strip() for line in page.splitlines() if DEFAULT.search(line)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prose")
    (folder / "course.yaml").write_text(LETTERS, encoding="utf-8")
    for name, text in NETWORKS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def own(course: Path) -> Profile:
    found = named_profile(str(course / "course.yaml"))
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_no_page_has_a_default_letter(course: Path, name: str, call: tuple[str, ...]) -> None:
    command, *options = call
    before = [options.pop(0)] if command == "explain" else []
    arguments = (command, *before, str(course / f"{name}.yaml"), *options)
    notation = ("--notation", str(course / "course.yaml"), "--no-names")
    found = run(*arguments, *notation, width=200)
    assert found.code in (0, 1), found.err
    assert not [line for line in default_letters(found.out) if not line.startswith("input ")]


def test_nor_has_what_is_said_of_a_mistake_or_a_word(course: Path) -> None:
    prose = Prose(bound(own(course)), letter_in_words)
    said = [text for each in catalogue().values() for text in (each.title, each.hint, each.says)]
    said += [text for each in catalogue().values() for text in each.bare or ()]
    said += [t for word in words() if word.kind != "notation" for t in (word.heading, *word.says)]
    german = structs.replace(prose, language="de")
    told = [*map(prose.said, said), *(german.said(translated(text, "de")) for text in said)]
    assert not [text for text in told if default_letters(text)]
    assert sum(prose.said(text) != text for text in said) > 60


def test_a_sheet_is_told_in_the_letters_of_the_course(course: Path) -> None:
    network, notation = str(course / "memory.yaml"), str(course / "course.yaml")
    answer = ("--answer", "a1=[[0.6], [-0.0074]]", "--feedback", "full")
    page = run("check", network, *answer, "--notation", notation, width=200)
    assert (page.code, default_letters(page.out)) == (1, [])
    assert "is s itself: the activation is not applied" in page.out


def test_each_language_has_the_letters_of_the_sentence() -> None:
    """In German no article is an a: so the letters of English sentences are found without them."""
    for path in sorted((ROOT / "backprop_cli" / "languages").glob("*.po")):
        for msgid, msgstr in read(path.read_text(encoding="utf-8")).items():
            english, other = (re.sub(r"\{\w+\}", PIECE[0], text) for text in (msgid, msgstr))
            assert Counter(letters_in(english)) == Counter(letters_in(other, path.stem)), msgid

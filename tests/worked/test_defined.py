"""Every letter of a layer's values that a page computes with stands by itself in a line of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backprop_cli.expression.tree import Name, Quantity
from backprop_cli.expression.walking import walk
from backprop_cli.notation.refs import every_ref
from backprop_cli.worked.document import Math, Note, Section

from ..commands.running import NAMES, config, printed
from ..page.capture import NOTATIONS, Shown, shown
from ..page.truth import chains_of

NAMED = set[tuple[str, Any]]


def used_and_said(made: Shown) -> tuple[NAMED, NAMED]:
    """Return which of the layers' values a page has in its lines, and which as a side of one."""
    own = {(ref.part, ref.layer) for layer in made.graph.layers for ref in layer.values}
    forms = [form for chain in chains_of(made.document) for form in chain.forms]
    used = {(ref.part, ref.layer) for f in forms for ref in every_ref(f) if not ref.gradient}
    said = {(form.ref.part, form.ref.layer) for form in forms if isinstance(form, Quantity)}
    return used & own, said & own


@pytest.mark.parametrize("command", ["trace", "worksheet"])
def test_what_a_page_computes_with_is_said_on_it(command: str) -> None:
    for name in NAMES:
        made = shown(command, config(name))
        assert made is not None
        used, said = used_and_said(made)
        assert used <= said, name


def test_a_derivation_says_that_a_linear_output_is_its_sum() -> None:
    linear = 0
    for name in NAMES:
        made = shown("derive", config(name))
        if made is None or not made.graph.layers or made.graph.layers[-1].activation != "identity":
            continue
        last = made.graph.nodes[made.graph.layers[-1].a].ref
        used, said = used_and_said(made)
        assert used & {(last.part, last.layer)} <= said, name
        linear += 1
    assert linear > 5


ROWS = "{}: a row for each sample"
SAID: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("trace", "xor_batch"), ("N = 4: ", ROWS.format("A¹"), ROWS.format("X"))),
    (("derive", "xor_batch"), ("N = 4: ", "L = 2: ", "l: ", "dₗ: ", "aˡ⁻¹: for l = 1 the input x")),
    (("derive", "xor_batch", "--notation", "ng"), ("m = 4: ", "L = 2: ", "l: ")),
    (("derive", "mazur", "--notation", "nielsen"), ("L = 3: ", "aˡ⁻¹: for l = 2 the input a¹")),
    (("trace", "image"), ("f: ", "i: ", "j: ", "u: ", "v: ", "p: ", "q: ", "r: ", "k: ")),
    (("derive", "image", "--style", "index"), ("f: ", "i: ", "j: ", "u: ", "v: ")),
    (("step", "mazur", "--steps", "2", "--optimizer", "adam"), ("θ: ", "m: ", "v: ", "t: ")),
    (("step", "mazur", "--steps", "2", "--optimizer", "momentum"), ("θ: ", "v: ")),
)


@pytest.mark.parametrize(("call", "letters"), SAID, ids=[" ".join(call) for call, _ in SAID])
def test_letters_of_no_layers_value_are_said(call: tuple[str, ...], letters: Any) -> None:
    """N, L, l, matrices of all samples, the indices of images, and what an optimizer keeps."""
    command, name, *options = call
    page = " ".join(printed(command, config(name), *options).split())
    notes = "; ".join(part.partition(" why")[0] for part in page.split("note: ")[1:])
    for letter in letters:
        assert f"; {letter}" in f"; {notes}", letter


@pytest.mark.parametrize("name", ["xor_batch", "image"])
def test_no_letter_of_a_page_is_without_a_meaning(name: str) -> None:
    """A name, or a letter of layers, that stands in a general equation is in a note of the page."""
    for command in ("trace", "derive"):
        made = shown(command, config(name))
        assert made is not None
        for notation in NOTATIONS[::3]:
            page = made.spoken(notation)
            names = {
                node.id
                for chain in chains_of(page)
                for form in chain.forms
                for node in walk(form)
                if isinstance(node, Name) and not node.index
            }
            meant = {node.id for line in notes_of(page.blocks) for node in letters_in(line)}
            assert names <= meant, (command, notation, names - meant)


def notes_of(blocks: Any) -> Iterator[Any]:
    """Yield the lines of every note of a page."""
    for block in blocks:
        if isinstance(block, Section):
            yield from notes_of(block.blocks)
        elif isinstance(block, Note):
            yield block.line


def letters_in(line: Any) -> Iterator[Name]:
    for part in line:
        if isinstance(part, Math):
            yield from (node for node in walk(part.expr) if isinstance(node, Name))

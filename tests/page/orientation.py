"""Matrices in a notation's own orientation: whether the forms of a page's chains agree in it."""

from __future__ import annotations

import numpy as np
from msgspec import structs

from backprop_cli.expression.axes import MATRICES
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import Call, Derivative, Expr, Quantity
from backprop_cli.expression.walking import substitute
from backprop_cli.notation.bound import ABOVE, Notation
from backprop_cli.worked.document import Chain

from .capture import Shown
from .evaluating import Evaluator
from .quantities import Array, Unknown
from .truth import chains_of, settings


class Oriented(Evaluator, kw_only=True):
    """Numbers with W (to, from) or (from, to), and vectors, as the notation has them."""

    input_first: bool = False
    rows: bool = False

    def entry(self, ref: Ref, *, of_sample: bool = False) -> Array:
        """Return an entry, or the whole as the notation has it."""
        array = super().entry(ref, of_sample=of_sample)
        turned = self.input_first != self.trace.graph.in_out
        matrix = len(self.trace.graph.nodes[self.place(ref)[0]].shape) == 2
        own = ref.part.startswith(MATRICES) and not ref.index and matrix
        return array.T if own and turned else array

    def as_vector(self, array: Array) -> Array:
        """Return one axis as a column or a row; one number stays one."""
        if array.ndim > 2:
            array = array.ravel()  # an image, its values one after the other
        if array.ndim != 1:
            return array
        return array[None, :] if self.rows else array[:, None]


def disagreements(page: Shown, name: str) -> tuple[int, list[str]]:
    """Return how many forms were compared, and the chains whose forms have not one value.

    Chains of entries (with index letters) have no orientation.
    """
    notation, trace = page.written(name), page.trace
    assert trace is not None
    compared, found = 0, []
    nodes = trace.graph.nodes
    spoken = list(chains_of(page.spoken(name)))
    for raw, chain in zip(chains_of(page.document), spoken, strict=True):
        for evaluator in settings(raw, Evaluator(trace, 1, {"n": 1})):
            if set(evaluator.indices) != {"n"}:
                continue
            values = list(_values(chain, evaluator, notation))
            compared += len(values)
            target = chain.target or getattr(chain.forms[0], "wrt", None)
            number = None if target is None else trace.graph.find(evaluator.settled(target.bare()))
            # Of an image the entries are listed, one after the other, whatever vectors are.
            listed = number is not None and len(nodes[number].shape) > 2
            for value in values[1:]:
                same = value.size == values[0].size if listed else value.shape == values[0].shape
                alike = same or 1 in (value.size, values[0].size)
                if not alike or not np.allclose(value.ravel(), values[0].ravel(), atol=1e-9):
                    found.append(f"{value.tolist()} is not {values[0].tolist()}: {chain}")
    return compared, found


def _values(chain: Chain, evaluator: Evaluator, notation: Notation) -> list[Array]:
    """Return the value of each form that has one, by this notation's orientation."""
    in_out = evaluator.trace.graph.in_out
    oriented = Oriented(
        evaluator.trace,
        evaluator.sample,
        {"n": 1, notation.letters.get("sample", "n"): 1},
        evaluator.layer - _moved(chain, notation),
        input_first=notation.weight_index == "from-to" or in_out,
        rows=notation.vectors == "row" or in_out,
    )
    found = []
    for form in chain.forms:
        try:
            found.append(np.asarray(oriented.value(plain(form, notation)), dtype=float))
        except (Unknown, KeyError):
            continue
        except ValueError:  # shapes that cannot be multiplied: a form without a value
            found.append(np.zeros((0, 0)))
    return found


def _moved(chain: Chain, notation: Notation) -> int:
    """Return by how much l is less where an equation is restated for the layer weights leave."""
    refs = [getattr(chain.forms[0], "ref", None), getattr(chain.forms[0], "wrt", None)]
    about = any(isinstance(ref, Ref) and ref.part in ("W", "b") for ref in refs)
    return int(about and notation.weights_leave)


def plain(tree: Expr, notation: Notation) -> Expr:
    """Return the tree with the network's own names for what the notation renamed."""
    letter, own = notation.activation_letter, notation.facts.activation

    def back(node: Expr) -> Expr | None:
        if isinstance(node, Quantity) and node.ref.part == ABOVE:
            return Quantity(structs.replace(node.ref, part="z"))
        if isinstance(node, Call) and letter and node.function == letter:
            return Call(own, tuple(substitute(inner, back) for inner in node.arguments))
        if isinstance(node, Derivative) and letter and node.function == letter:
            return structs.replace(node, function=own, argument=substitute(node.argument, back))
        return None

    return substitute(tree, back)

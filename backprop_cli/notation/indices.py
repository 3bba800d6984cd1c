"""Index letters: each variable of a general equation gets the letter of the units that it counts.

A variable is one free letter through all forms of a chain, or one Σ's letter within that Σ. Its
role (this layer, the one below, the one above) follows from the layer where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec import structs

from ..expression.axes import LETTERS, is_matrix
from ..expression.axes import letters as axis_letters
from ..expression.indices import Index, at, letters_of
from ..expression.refs import ANYWHERE, Ref
from ..expression.tree import BigSum, Derivative, Expr, Letter, Name, Quantity
from ..expression.walking import children, rebuild, walk
from .bound import ABOVE, Notation
from .refs import change_refs, own_refs_changed, refs_in, sample_letter, with_sample

_FREE = ("j", "k", "p", "q", "r", "m", "s", "t", "u", "v", "i")
_SUMMED = ("p", "k", "q", "r", "m", "s", "t", "u", "v", "i", "j")
"""The letters to go on to where the one that is wanted has another meaning."""
_SOME, _FAR = 10**6, 2 * 10**6
"""How high a general layer l and the output layer L are taken to be: above every number."""
LetterPlace = tuple[str, int | None]
"""An index letter, and the height of the layer whose units it counts, where that is known."""


def relabelled(trees: tuple[Expr, ...], target: Ref | None, notation: Notation) -> tuple[Expr, ...]:
    """Return the trees with the notation's index letters, and its letter for a sample."""
    if len(trees) == 1 and target is not None:
        target = _general(trees[0], target)
    own = _levels(target, notation) if target is not None else ()
    levels: dict[str, int | None] = {}
    for index, height in zip(target.index if target is not None else (), own, strict=False):
        levels |= dict.fromkeys(letters_of(index), height)
    free = [_free(tree, notation) for tree in trees]
    for letter, level in chain.from_iterable(free):
        levels[letter] = level if levels.get(letter) is None else levels[letter]
    if levels:
        levels |= {letter: None for letter in _of_arrays(trees) if letter in levels}
    nodes = (node for tree in trees for node in walk(tree) if isinstance(node, BigSum))
    sums = [(node.index, _counted(node, notation)) for node in nodes]
    if levels or sums:
        trees = _with_letters(trees, free, sums, levels, own, notation)
    if "sample" not in notation.letters:
        return trees
    return tuple(_samples(tree, notation) for tree in trees)


def _general(tree: Expr, target: Ref) -> Ref:
    """Return w_jk of a lone w_1k or w_j1, the head of a row or a column: k is its k there."""
    if not isinstance(tree, Quantity) or not is_matrix(target.part, len(target.index)):
        return target
    if not any(letters_of(index) for index in target.index):
        return target
    whole = zip(target.index, axis_letters(("to", "from")), strict=True)
    return target.at(*(letter if isinstance(index, int) else index for index, letter in whole))


def _with_letters(
    trees: tuple[Expr, ...],
    free: list[list[LetterPlace]],
    sums: list[LetterPlace],
    levels: Mapping[str, int | None],
    own: tuple[int | None, ...],
    notation: Notation,
) -> tuple[Expr, ...]:
    """Return the trees with the notation's index letters, given where the free ones stand.

    ``free`` are those of each tree, ``sums`` what each Σ counts.
    """
    every = [*levels.values(), *(level for _, level in sums)]
    known = sorted({level for level in every if level is not None})
    anchor = next((h for h in own if h is not None), known[-1] if known else None)
    names: dict[str, str] = {}
    # Of what counts rows, steps, …: no letter of units is to stand in for one.
    kept = {letter for letter, level in (*sums, *levels.items()) if level is None}
    for place in levels.items():
        wanted = _wanted(place, anchor, known, notation, summed=False)
        taken = set(names.values()) | (kept - {wanted})
        names[place[0]] = _first((wanted, *_FREE), taken, notation)
    around = [{letter for letter, _ in (*places, *free[0])} for places in free]
    return tuple(
        _renamed(tree, names, letters, anchor, known, notation)
        for tree, letters in zip(trees, around, strict=True)
    )


def _samples(tree: Expr, notation: Notation) -> Expr:
    """Return the tree with the sample's letter changed, also where a Σ counts samples."""
    if not _sample_letters(tree):
        return tree

    def sums(node: Expr) -> Expr:
        inner = rebuild(node, sums)
        if isinstance(inner, BigSum) and inner.index in _sample_letters(inner.body):
            return structs.replace(inner, index=sample_letter(inner.index, notation.letters))
        return inner

    return change_refs(sums(tree), lambda ref: with_sample(ref, notation.letters))


def _sample_letters(tree: Expr) -> set[str]:
    found = (ref.sample for node in walk(tree) for ref in refs_in(node))
    return {letter for sample in found for letter in letters_of(sample)}


# -- where a letter stands


def _level(layer: Index | None, notation: Notation) -> int | None:
    """Return a layer's height: its number, but for l, some height, and the last one, far above."""
    if layer is None:
        return None
    if isinstance(layer, int):
        return _FAR if layer == notation.facts.count and layer else layer
    height = at(layer, {"l": _SOME, "L": _FAR})
    return height if isinstance(height, int) else None


def _levels(ref: Ref, notation: Notation) -> tuple[int | None, ...]:
    """Return the height of the layer whose units each index counts; None where it counts others."""
    if is_matrix(ref.part, len(ref.index)):
        return _of_matrix(ref, notation)
    if len(ref.index) == 1 and notation.is_timed(ref):
        return (None,)
    level = _level(ref.layer, notation)
    if ref.layer != ANYWHERE:
        level = {"x": 0, "y": _FAR, "loss_terms": _FAR}.get(ref.part, level)
    known = ref.part in ("x", "y", "z", "a", "b", "loss_terms", ABOVE)
    if level is None or not known or len(ref.index) > 2:
        return (None,) * len(ref.index)
    # The last of two axes counts units, the first one steps or positions, which no layer has.
    return (*(None for _ in ref.index[1:]), level)


def _of_matrix(ref: Ref, notation: Notation) -> tuple[int | None, ...]:
    level = _level(ref.layer, notation)
    if level is None:
        return ()
    below = level - 1
    if isinstance(ref.layer, int) and notation.facts.known:
        below = notation.facts.below(ref.layer)
    return (level, below)


def _places(node: Expr, notation: Notation) -> list[LetterPlace]:
    """Return the index letters of this node itself, with their heights."""
    found: list[LetterPlace] = []
    for ref in refs_in(node):
        own = [(i, letter) for i, index in enumerate(ref.index) for letter in letters_of(index)]
        if own:
            levels = (*_levels(ref, notation), *(None for _ in ref.index))
            found += [(letter, levels[i]) for i, letter in own]
    if isinstance(node, Letter):
        found += [(letter, None) for letter in letters_of(node.index)]
    if isinstance(node, Name | Derivative) and not _is_message(node):
        output = _FAR if isinstance(node, Derivative) else None
        found += [(letter, output) for index in node.index for letter in letters_of(index)]
    return found


def _is_message(node: Expr) -> bool:
    """Return whether it is the μ of a node: the z of μ_z is a name, no index."""
    return isinstance(node, Name) and node.id in ("mu", "message")


def _of_arrays(trees: tuple[Expr, ...]) -> Iterator[str]:
    """Yield the letters that count filters, rows, columns: along an axis of an image or a kernel.

    A bias of a filter has the letter of its filter, not of a unit.
    """
    for tree in trees:
        for node in walk(tree):
            for ref in refs_in(node):
                if len(ref.index) > 2:
                    yield from (letter for index in ref.index for letter in letters_of(index))


def _free(tree: Expr, notation: Notation) -> list[LetterPlace]:
    """Return the places of the tree's free letters, in the order in which they are read."""
    found = _places(tree, notation)
    for child in children(tree):
        found += _free(child, notation)
    if isinstance(tree, BigSum):
        return [place for place in found if place[0] != tree.index]
    return found


def _counted(node: BigSum, notation: Notation) -> int | None:
    """Return the height of the layer whose units a Σ counts."""
    found = (level for letter, level in _free(node.body, notation) if letter == node.index)
    return next((level for level in found if level is not None), None)


def _counts_steps(node: BigSum, notation: Notation) -> bool:
    """Return whether a Σ counts the steps in time of what it sums."""
    refs = (ref for inner in walk(node.body) for ref in refs_in(inner))
    return any(ref.index[:1] == (node.index,) and notation.is_timed(ref) for ref in refs)


# -- which letter it gets


def _first(letters: tuple[str, ...], taken: set[str], notation: Notation) -> str:
    """Return the first of the letters that means nothing else."""
    reserved = taken | notation.reserved | {notation.activation_letter}
    return next((c for c in letters if c not in reserved), letters[0])


def _wanted(
    place: LetterPlace, anchor: int | None, known: list[int], notation: Notation, *, summed: bool
) -> str:
    """Return the letter that the profile has for units of the variable's layer."""
    (letter, level), indices = place, notation.indices
    if letter == LETTERS["step"] and level is None:
        return notation.step_letter
    if indices is None or level is None or anchor is None:
        return letter
    if indices.ascending:
        return indices.ascending[known.index(level) % len(indices.ascending)]
    anchor = max(anchor, 1) if indices.input else anchor
    if level == _FAR and indices.output:
        return indices.output
    if anchor == _FAR and indices.output:
        is_input = level == 0
        return indices.input if is_input and indices.input else indices.own
    if level == anchor:
        return indices.own
    if level > anchor:
        return indices.above
    return indices.summed if summed and indices.summed else indices.below


def _renamed(
    tree: Expr,
    names: Mapping[str, str],
    free: set[str],
    anchor: int | None,
    known: list[int],
    notation: Notation,
) -> Expr:
    """Return the tree with its variables' letters; each Σ gets one that no letter around it has.

    Those are ``free``, the tree's own and its target's: other labels of a picture may have a Σ's
    letter.
    """
    around = frozenset(name for letter, name in names.items() if letter in free)

    def within(node: Expr, names: Mapping[str, str], taken: frozenset[str]) -> Expr:
        if isinstance(node, BigSum) and node.index not in _sample_letters(node.body):
            place = node.index, _counted(node, notation)
            letter = _wanted(place, anchor, known, notation, summed=True)
            steps = _counts_steps(node, notation)
            wanted = (notation.step_letter, node.index) if steps else (letter,)
            letter = _first((*wanted, *_SUMMED), set(taken), notation)
            body = within(node.body, {**names, node.index: letter}, taken | {letter})
            return BigSum(letter, node.count, body)

        def rename(ref: Ref) -> Ref:
            index = _settled(ref.index, names)
            return ref if index is ref.index else structs.replace(ref, index=index)

        changed = own_refs_changed(node, rename)
        if isinstance(changed, Name | Derivative) and not _is_message(changed):
            changed = structs.replace(changed, index=_settled(changed.index, names))
        if isinstance(changed, Letter):
            return Letter(at(changed.index, names))
        return rebuild(changed, lambda child: within(child, names, taken))

    return within(tree, names, around)


def _settled(index: tuple[Index, ...], names: Mapping[str, str]) -> tuple[Index, ...]:
    if all(isinstance(i, int) for i in index):
        return index
    return tuple(at(i, names) for i in index)

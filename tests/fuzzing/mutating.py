"""Mutations that know a file's structure: what parses, and does not quite fit."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable

from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.layers import layer_types
from backprop_cli.mathematics.activations import ACTIVATIONS
from backprop_cli.mathematics.elementary import WRITABLE
from backprop_cli.notation import profile_names
from backprop_cli.spec.arrays import INITS

from .seeds import ARRAYS, seeds
from .trees import Pairs, Tree, Written, at, put, tree_of, ways, written

NUMBERS = (
    *("0", "-0", "1", "-1", "2", "3", "0.5", "1/3", "1e-300", "-1e-320", "1e300", "-1e300"),
    *("5e-324", "1.7976931348623157e308", "1e154", "1e16", "1e-16", "40", "-40", "710", "-750"),
    *("123456789.123456789", "0.1", "pi", "e", "sqrt(2)", "tan(pi/2)", "exp(1e7)", "2**0.5"),
    *("12345678901234567890", "0.30000001", "1e-20", "-1e5", "0.5", "-2", "1e150", "0.05"),
    *("1e38", "-1e39", "3.4028235e38", "1e-45", "-1e-39", "16777217", "-88.8", "1e19"),
)
NONE = ("1e999", ".nan", ".inf", "1/0", "ln(0)", "1_000", "0x10", "~", "true", "1,5", "")
"""What is no number, or not a finite one."""
NAMES = (
    *(
        "a",
        "x",
        "y",
        "z",
        "W",
        "W1",
        "a1",
        "dW1",
        "delta1",
        "loss",
        "loss_terms",
        "m",
        "e",
        "pi",
        "l",
    ),
    *("d", "f", "sigma", "mu", "theta", "lambda", "x1", "x11", "h0", "dx", "n", "t", "C", "E", "i"),
    *("input", "output", "target", "none", "null", "true", "d(a)", "a[1]", "a'", "exp", "sigmoid"),
    *("é", "ß", "日本", "x_1", "_", "__class__", "a b", "1", "", " ", "a" * 60, "A_b_c", "ſ"),
    *("\u202eabc", "\x1b[31m", "\x07", "a\nb", "<b>", "\\input{x}", "=1+1", "{{x}}", "$x$", "#x"),
)
FORMULAS = (
    *("z**2", "1/z", "ln(z)", "sqrt(z)", "abs(z)", "z*sigmoid(z)", "max(z, 0)", "exp(z)", "1", "z"),
    *("sum((a - y)**2)", "a", "y*ln(a)", "x**y", "t**s", "x**-2", "0**0", "tan(t)", "(-8)**(1/3)"),
    *("exp(exp(exp(t)))", "t/0", "0*t", "t - t", "t*1e300*1e30", "-(-t)", "--t", "t**t**t", "X@X"),
    *("sum(v)", "max(v)", "max(1e300)", "softmax(v)", "softmax(t)", "abs(t - t)", "sign(t)*t"),
    *("f(x)", "f(g(x))", "x[1]", "v[3]", "X[1,1:2]", "X[:,:]", "concat(v)", "mean(X, axis=3)"),
    *(
        "step(t)",
        "1e-300*t",
        "1e300",
        "(1300)**100",
        "189**0.987654321",
        "cos(1e22)",
        "arctan(1e300)",
    ),
)
BROKEN = ("&w [1]", "*w", "!!int 3", "[", "}", "- 1", "? x", "%", "@", "'", "<<: {a: 1}", "\t", "#")


@functools.cache
def parts() -> tuple[Tree, ...]:
    """Return the parts of all seeds: what may stand where another stood."""
    return tuple(at(tree, way) for tree in seeds() for way in ways(tree) if len(way) > 0)


@functools.cache
def keys() -> tuple[str, ...]:
    """Return every key of a network file: those of the seeds and of every layer type."""
    own = {key for entry in layer_types().values() for key in entry.keys}
    own |= {key for part in (*parts(), *seeds()) if isinstance(part, Pairs) for key, _ in part}
    more = ("regularization", "reduction", "notation", "over_time", "weights_layout", "seed")
    return tuple(sorted({*own, *more, "optimizer", "functions", "parameters", "data", "output"}))


@functools.cache
def words() -> tuple[str, ...]:
    """Return every word that a file may hold as a value."""
    return (
        *ACTIVATIONS,
        *LOSS_NAMES,
        *OPTIMIZERS,
        *layer_types(),
        *INITS,
        *profile_names(),
        *("sum", "mean", "in_out", "out_in", "same", "none", "last", "input", "eval", "causal"),
    )


def mutated(chance: random.Random) -> Tree:
    """Return a seed with a few mutations; one in twelve as it is."""
    tree = chance.choice(seeds())
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 2, 2, 3, 3))):
        tree = chance.choice(FITTING if chance.random() < 0.75 else MUTATIONS)(tree, chance)
    return tree


def _number(tree: Tree, chance: random.Random) -> Tree:
    """An extreme number for one that is there."""
    numbers = [way for way in ways(tree) if _is_number(at(tree, way))]
    if not numbers:
        return tree
    new = chance.choice(NUMBERS if chance.random() < 0.93 else NONE)
    return put(tree, chance.choice(numbers), new)


def _is_number(part: Tree) -> bool:
    return isinstance(part, str) and re.fullmatch(r"[-+0-9./e]*[0-9][-+0-9./e]*", part) is not None


def _every_number(tree: Tree, chance: random.Random) -> Tree:
    """All numbers of one array the same."""
    numeric = [way for way in ways(tree) if is_array(at(tree, way))]
    if not numeric:
        return tree
    way = chance.choice(numeric)
    return put(tree, way, filled(at(tree, way), chance.choice(NUMBERS)))


def is_array(part: Tree) -> bool:
    """Return whether it is a list of numbers, or of such lists."""
    if isinstance(part, Pairs) or not isinstance(part, list) or not part:
        return False
    return all(_is_number(each) or is_array(each) for each in part)


def filled(tree: Tree, number: str) -> Tree:
    """Return the array with this number everywhere."""
    if isinstance(tree, Pairs):
        return tree
    return [filled(each, number) for each in tree] if isinstance(tree, list) else number


def _word(tree: Tree, chance: random.Random) -> Tree:
    return put(tree, _a_word(tree, chance), chance.choice((chance.choice(words()), *NAMES)))


def _known_word(tree: Tree, chance: random.Random) -> Tree:
    return put(tree, _a_word(tree, chance), chance.choice(words()))


def _formula(tree: Tree, chance: random.Random) -> Tree:
    text = chance.choice((*FORMULAS, *ARRAYS))
    new: Tree = Pairs([("expression", text)]) if chance.random() < 0.4 else text
    under = [way for way in ways(tree) if way and _is_formula(tree, way)]
    anywhere = not under or chance.random() < 0.2
    return put(tree, _a_word(tree, chance) if anywhere else chance.choice(under), new)


def _is_formula(tree: Tree, way: tuple[int, ...]) -> bool:
    """Return whether a formula may stand there: a graph's line, an activation, a loss."""
    above = at(tree, way[:-1])
    if not isinstance(above, Pairs) or isinstance(at(tree, way), list):
        return False
    in_graph = len(way) == 2 and tree[way[0]][0] == "graph"
    return in_graph or above[way[-1]][0] in ("activation", "loss", "expression")


def _nested_call(tree: Tree, chance: random.Random) -> Tree:
    """A function around a formula."""
    under = [way for way in ways(tree) if way and _is_formula(tree, way)]
    way = chance.choice(under) if under else _a_word(tree, chance)
    call = chance.choice((*ACTIVATIONS, *WRITABLE, "sum", "mean", "-", "2*", "1/"))
    return put(tree, way, f"{call}({at(tree, way)})")


def _dropped(tree: Tree, chance: random.Random) -> Tree:
    return put(tree, _below(tree, chance), None)


def _doubled(tree: Tree, chance: random.Random) -> Tree:
    """A key, a row, a layer twice."""
    way = _a_list(tree, chance)
    part = at(tree, way)
    if not part:
        return tree
    i = chance.randrange(len(part))
    return put(tree, way, type(part)([*part[:i], part[i], *part[i:]]))


def _key_added(tree: Tree, chance: random.Random) -> Tree:
    mappings = [way for way in ways(tree) if isinstance(at(tree, way), Pairs)]
    if not mappings:
        return tree
    way = chance.choice(mappings)
    new = (chance.choice(keys()), chance.choice((*parts()[:: chance.randrange(1, 9)], *NUMBERS)))
    return put(tree, way, Pairs([*at(tree, way), new]))


def _key_given(tree: Tree, chance: random.Random) -> Tree:
    """A part that stands under the same key elsewhere: what nearly fits."""
    mappings = [way for way in ways(tree) if isinstance(at(tree, way), Pairs) and at(tree, way)]
    if not mappings:
        return tree
    way = chance.choice(mappings)
    i = chance.randrange(len(at(tree, way)))
    key = at(tree, way)[i][0]
    return put(tree, (*way, i), chance.choice(_by_key().get(key, parts())))


@functools.cache
def _by_key() -> dict[str, tuple[Tree, ...]]:
    found: dict[str, list[Tree]] = {}
    for tree in seeds():
        for way in ways(tree):
            part = at(tree, way)
            for key, value in part if isinstance(part, Pairs) else ():
                found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _layer_added(tree: Tree, chance: random.Random) -> Tree:
    """A layer of another type, from its own example, among these."""
    for i, (key, value) in enumerate(tree if isinstance(tree, Pairs) else ()):
        if key == "layers" and isinstance(value, list) and not isinstance(value, Pairs):
            entry = chance.choice(list(layer_types().values()))
            others = dict(tree_of(entry.example))["layers"]
            place = chance.randrange(len(value) + 1)
            return put(tree, (i,), [*value[:place], chance.choice(others), *value[place:]])
    return tree


def _line_added(tree: Tree, chance: random.Random) -> Tree:
    for i, (key, value) in enumerate(tree if isinstance(tree, Pairs) else ()):
        if key == "graph" and isinstance(value, Pairs):
            line = (chance.choice(NAMES), chance.choice((*FORMULAS, *ARRAYS)))
            place = chance.randrange(len(value) + 1)
            return put(tree, (i,), Pairs([*value[:place], line, *value[place:]]))
    return tree


def _renamed(tree: Tree, chance: random.Random) -> Tree:
    mappings = [way for way in ways(tree) if isinstance(at(tree, way), Pairs) and at(tree, way)]
    if not mappings:
        return tree
    way = chance.choice(mappings)
    part = at(tree, way)
    i = chance.randrange(len(part))
    name = chance.choice((*NAMES, *keys()))
    return put(tree, way, Pairs([*part[:i], (name, part[i][1]), *part[i + 1 :]]))


def _exchanged(tree: Tree, chance: random.Random) -> Tree:
    """A part in another's place: types exchanged."""
    new = at(tree, _below(tree, chance)) if chance.random() < 0.5 else chance.choice(parts())
    return put(tree, _below(tree, chance), new)


def _wrapped(tree: Tree, chance: random.Random) -> Tree:
    way = _below(tree, chance)
    depth, part = chance.choice((1, 1, 1, 2, 3, 70)), at(tree, way)
    for _ in range(depth):
        part = [part]
    return put(tree, way, part)


def _unwrapped(tree: Tree, chance: random.Random) -> Tree:
    way = _a_list(tree, chance)
    part = at(tree, way)
    return put(tree, way, part[0][1] if isinstance(part, Pairs) else part[0]) if part else tree


def misshapen(tree: Tree, chance: random.Random) -> Tree:
    """An array turned, made flat, with an axis or a row more or less: as programs leave them."""
    numeric = [way for way in ways(tree) if is_array(at(tree, way))]
    if not numeric:
        return tree
    way = chance.choice(numeric)
    part = at(tree, way)
    rows = [row if isinstance(row, list) else [row] for row in part]
    shapes = (
        [list(column) for column in zip(*rows, strict=False)],
        [cell for row in rows for cell in row],
        [part],
        rows,
    )
    return put(tree, way, chance.choice((*shapes, part[1:] or part, [*part, part[0]])))


def _without_numbers(tree: Tree, chance: random.Random) -> Tree:
    way = _a_list(tree, chance)
    return put(tree, way, filled(at(tree, way), "~"))


def _broken(tree: Tree, chance: random.Random) -> Tree:
    return put(tree, _a_word(tree, chance), Written(chance.choice(BROKEN)))


def _anchored(tree: Tree, chance: random.Random) -> Tree:
    """A part named where it stands, and meant again in another's place, once or as a merge."""
    way, other = _below(tree, chance), _below(tree, chance)
    if way[: len(other)] == other[: len(way)]:
        return tree
    again = Pairs([("<<", Written("*w"))]) if chance.random() < 0.2 else Written("*w")
    first, second = sorted((way, other))
    return put(put(tree, second, again), first, Written(f"&w {written(at(tree, first))}"))


def in_a_file(tree: Tree, chance: random.Random) -> tuple[Tree, list[tuple[str, Tree]]]:
    """Return the tree with an array in a file beside it, and the file's name and content."""
    arrays = [way for way in ways(tree) if is_array(at(tree, way))]
    arrays = [way for way in arrays if way[:-1] not in arrays]
    if not arrays:
        return tree, []
    way = chance.choice(arrays)
    part = at(tree, way)
    if chance.random() < 0.5:
        name, content = "w.npy", part
    else:
        rows = [row if isinstance(row, list) else [row] for row in part]
        name = "w.csv"
        content = Written("\n".join(",".join(map(written, row)) for row in rows))
    if chance.random() < 0.3:
        content = Written(str(content)[: chance.randrange(9)] + chance.choice(("", ",", "é", "[")))
        name = "w.csv"
    file = Pairs([("file", chance.choice((name, name, name, f"./{name}", "w.npz", "/etc/passwd")))])
    return put(tree, way, file), [(name, content)]


def _below(tree: Tree, chance: random.Random) -> tuple[int, ...]:
    return chance.choice([way for way in ways(tree) if way] or [()])


def _a_word(tree: Tree, chance: random.Random) -> tuple[int, ...]:
    return chance.choice([way for way in ways(tree) if not isinstance(at(tree, way), list)] or [()])


def _a_list(tree: Tree, chance: random.Random) -> tuple[int, ...]:
    return chance.choice(
        [way for way in ways(tree) if way and isinstance(at(tree, way), list)] or [()]
    )


MUTATIONS: tuple[Callable[[Tree, random.Random], Tree], ...] = (
    *(_number, _number, _every_number, _known_word, _word, _formula, _nested_call, _dropped),
    *(_doubled, _key_added, _key_given, _key_given, _layer_added, _line_added, _renamed),
    *(_exchanged, _wrapped, _unwrapped, _without_numbers, _broken, _anchored, misshapen),
)
FITTING = (_number, _number, _every_number, _formula, _nested_call, _key_given, _layer_added)
"""Those whose result often still is a network."""

"""What a program calls a quantity: ``fc1.weight.grad``, ``q_proj.weight.grad``, ``dWq``, ``dZ1``.

A layer's own name decides; then a name that only one quantity can have; then counting, where the
file's layers are called otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from ...expression.refs import Ref, plain_name
from ...graph.names import every_ref, shown_shape
from ...graph.parts import Layer
from ...graph.records import Graph
from ...problems import Problem, shortened

_GRADIENT = re.compile(
    r"""(?:grads?|gradients?)\[["']?(?P<inside>[^\]"']+)["']?\]"""
    r"|(?P<before>.+?)(?:\.grad|_grad|/grad|\.gradient|:grad)"
    r"|(?:(?:grads?|gradients?)[._/]|d_)(?P<after>.+)"
)
_KEPT_IN = re.compile(r"^(?:cache|forward|values|activations|results)[./]")
"""Where programs keep what they compute going forward."""
_BUFFER = re.compile(r"(running|moving)_?(mean|var)|num_batches_tracked")
_SEPARATOR = "._/"
_JOINTS = re.compile(r"[._/]")
_FRAMEWORK = re.compile(r"weight|kernel|bias")
_WEIGHTS, _BIASES = ("weight", "weights", "kernel", "w"), ("bias", "biases", "b")
_PROJECTIONS = {"q": "query", "k": "key", "v": "value", "o": "output"}
_ALSO = {
    "W": (*_WEIGHTS, "weightih", "weightihl0"),
    "U": ("recurrentkernel", "weighthh", "weighthhl0"),
    "b": (*_BIASES, "biasih", "biasihl0"),
    "gamma": ("scale", *_WEIGHTS[:2]),
    "beta": ("shift", "offset", *_BIASES[:2]),
}
"""What frameworks call a layer's parts."""
_STACKED = {
    "W": ("kernel", "weightih", "weightihl0"),
    "U": ("recurrentkernel", "weighthh", "weighthhl0"),
    "b": ("bias", "biasih", "biasihl0"),
    "cb": ("biashh", "biashhl0", "recurrentbias"),
}
"""What they call the arrays of all gates; of two letters the first that the layer has."""


class Called(Struct, frozen=True):
    """A program's name without the word for gradients, and whether it had one."""

    of: str
    gradient: bool

    @property
    def kernel(self) -> bool:
        """Whether it is called as where inputs come first."""
        return self.of.lower().endswith("kernel")

    @property
    def framework(self) -> bool:
        """Whether it is a parameter as frameworks name it, whose gradient is what is saved."""
        return _FRAMEWORK.search(self.of.lower()) is not None


class NamesTold(Struct, frozen=True):
    """What a program's name means, and whether its matrix has the inputs first."""

    ref: Ref
    kernel: bool = False


def called(name: str) -> Called:
    """Return the name without ``:0`` and what says that it is a gradient."""
    plain = _KEPT_IN.sub("", name.strip().removesuffix(":0"))
    match = _GRADIENT.fullmatch(plain)
    if match is None:
        return Called(plain, False)
    return Called((match["inside"] or match["before"] or match["after"]).removesuffix(":0"), True)


def told(name: str, graph: Graph, *, marked: bool) -> NamesTold | Problem | None:
    """Return what a program's name means by itself; None for one that says nothing of it.

    A name that could be two quantities is a Problem. ``marked``: some name says that it is a
    gradient, so that parameters that do not are no gradients.
    """
    own = called(name)
    found = _of_layer(own, graph)
    if isinstance(found, Problem):
        return structs.replace(found, message=f"{shortened(name)}: {found.message}")
    if found is None:
        found = _by_itself(own, graph)
        if not found and own.of[:1] == "d":
            own = Called(own.of[1:], True)
            found = _by_itself(own, graph)
    refs = list(dict.fromkeys(found))
    if len(refs) == 1 and not own.gradient and graph.find(refs[0]) in graph.parameter_nodes:
        if own.framework:
            if marked:
                return None
            refs = [refs[0].grad()]
        elif _folded(plain_name(refs[0])) != _folded(own.of):
            refs = [refs[0], refs[0].grad()]
    elif own.gradient:
        refs = [ref.grad() for ref in refs]
    if len(refs) == 1:
        return NamesTold(refs[0], own.kernel)
    if not refs:
        return None
    names = [plain_name(ref, graph.in_out) for ref in refs[:3]]
    message = f"{shortened(name)}: it could be {' or '.join(names)}"
    return Problem(message, None, f"call it {names[0]}, if that is meant")


def _of_layer(own: Called, graph: Graph) -> list[Ref] | Problem | None:
    """Return the part of a layer by the layer's own name; None where no layer is named."""
    named: list[tuple[int, Layer, str]] = []
    for layer in graph.layers:
        for match in re.finditer(re.escape(layer.name), own.of) if layer.name else ():
            before, after = own.of[: match.start()], own.of[match.end() :]
            if after[:1] in tuple(_SEPARATOR) and (not before or before[-1] in _SEPARATOR):
                named.append((len(before) - len(layer.name), layer, after[1:]))
    if not named:
        return None
    # model.fc1.weight is of fc1; of fc and fc_1 the longer name, where both begin alike.
    _, layer, what = max(named, key=lambda each: (len(each[1].name), each[0]))
    refs = list(_parts(what, layer))
    if refs:
        return refs
    has = ", ".join(plain_name(ref, graph.in_out) for ref in layer.parameter_refs)
    return Problem(f"layer {layer.name} has no '{shortened(what)}'", None, f"it has {has}")


def stacked(name: str, graph: Graph) -> tuple[list[Ref], bool]:
    """Return the gates' parameters that a program keeps in one array, in their order in the file.

    ``rnn.weight_ih_l0`` are W of each gate, one below the other; of a kernel side by side. A second
    bias has the gradient of the first where the layer has but one. Else there are none.
    """
    own = called(name)
    gated = [layer for layer in graph.layers if len(_gates(layer, "U")) > 1]
    named = [layer for layer in gated if layer.name and own.of.find(f"{layer.name}.") >= 0]
    for layer in named or gated if len(named or gated) == 1 else ():
        what = own.of.rpartition(f"{layer.name}.")[2] if named else own.of
        letters = next((to for to, words in _STACKED.items() if _folded(what) in words), "")
        for letter in letters:
            refs = _gates(layer, letter)
            if len(refs) > 1:
                return refs, own.kernel
    return [], False


def _gates(layer: Layer, letter: str) -> list[Ref]:
    return [ref for ref in layer.parameter_refs if ref.part[:1] == letter and ref.part[1:]]


def _by_itself(own: Called, graph: Graph) -> list[Ref]:
    """Return what a name without a layer's could be: of the one layer that has it, or z1 for Z1."""
    folded = _folded(own.of)
    found = [ref for name, ref in every_ref(graph).items() if _folded(name) == folded]
    if folded[:5] == "delta" and not found:
        name = f"z{folded[5:]}"
        return [ref.grad() for each, ref in every_ref(graph).items() if each == name]
    for ref in found:
        layer = next((each for each in graph.layers if each.index == ref.layer), None)
        if ref.part == "a" and layer is not None:
            # Attention's weights are A in most papers.
            return [ref, *(each for each in layer.values if each.part == "p")]
    return found or [ref for layer in graph.layers for ref in _parts(own.of, layer)]


def _parts(what: str, layer: Layer) -> Iterator[Ref]:
    """Yield the parts of a layer that a word could mean."""
    folded = _folded(what)
    for ref in layer.parameter_refs:
        if folded in _spellings(ref.part):
            yield ref
    for ref in layer.values:
        if folded == _folded(ref.part):
            yield ref


def _spellings(part: str) -> Iterable[str]:
    yield _folded(part)
    yield from _ALSO.get(part, ())
    kind, letter = part[:1], part[1:]
    if kind not in ("W", "b") or letter not in _PROJECTIONS:
        return
    word = _PROJECTIONS[letter]
    heads = [f"{letter}proj", word, f"w{letter}", f"to{letter}"]
    heads += ["outproj", "out"] if letter == "o" else []
    for head in heads:
        yield from (f"{head}{end}" for end in (_WEIGHTS[:3] if kind == "W" else _BIASES[:2]))
        if kind == "W":
            yield head


def _folded(name: str) -> str:
    return _JOINTS.sub("", name).lower()


def beside_gradients(names: Iterable[str], *, found: bool) -> list[str]:
    """Return which arrays are a program's parameters, and what else its layers keep.

    A state_dict that stands beside the gradients: fc1.weight where there is fc1.weight.grad, or
    where the gradient of a parameter was ``found``; and the running mean of a normalization.
    """
    own = {name: called(name) for name in names}
    gradients = {each.of for each in own.values() if each.gradient}
    if not gradients and not found:
        return []
    return [
        name
        for name, each in own.items()
        if not each.gradient
        and (each.framework or _BUFFER.search(name) or _ends_with(each.of, gradients))
    ]


def _ends_with(name: str, others: set[str]) -> bool:
    """Return whether a name is one of some, or one in a group: params.W1 is W1."""
    joints = (match.end() for match in _JOINTS.finditer(name))
    return not others.isdisjoint((name, *(name[at:] for at in joints)))


# -- by counting

_PARAMETER = re.compile(r"(?P<layer>.*?)[._/]?(?P<what>weights?|kernels?|bias|biases|W|b)")


def counted(shapes: dict[str, tuple[int, ...]], graph: Graph) -> dict[str, NamesTold]:
    """Return what names of frameworks mean where layers are called otherwise than in the file.

    The n-th of a program's layers is the n-th that has parameters; only if there are as many, and
    each has what the file's has: a matrix, or the vector of a normalisation.
    """
    by_layer: dict[str, list[tuple[str, str]]] = {}
    marked = any(called(name).gradient for name in shapes)
    for name in shapes:
        own = called(name)
        match = _PARAMETER.fullmatch(own.of)
        if match is not None and own.gradient is marked:
            by_layer.setdefault(match["layer"], []).append((name, match["what"]))
    layers = [layer for layer in graph.layers if layer.parameters]
    if len(by_layer) != len(layers):
        return {}
    found = {}
    for key, layer in zip(_in_order(by_layer), layers, strict=True):
        for name, what in by_layer[key]:
            refs = list(_parts(what, layer))
            if len(refs) != 1 or _rank(shapes[name]) != _rank(shown_shape(graph, refs[0])):
                return {}
            found[name] = NamesTold(refs[0].grad(), called(name).kernel)
    return found


def _in_order(keys: Iterable[str]) -> list[str]:
    """Return a program's layers in their order: by their numbers where only these differ."""
    own = list(keys)
    numbers = [re.fullmatch(r"(.*?)[._/]?(\d{1,6})?", key) for key in own]
    heads = {match[1] for match in numbers if match is not None}
    if len(heads) != 1:
        return own
    order = {key: int(match[2] or 0) for key, match in zip(own, numbers, strict=True) if match}
    return sorted(own, key=lambda key: order[key])


def _rank(shape: tuple[int, ...]) -> int:
    """Return whether it is a vector at most, or a matrix, whatever axes of one it has."""
    return 1 if sum(size != 1 for size in shape) < 2 else len(shape)

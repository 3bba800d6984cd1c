"""Wanted: what an exercise shall be, read from the command line's words and found possible."""

from __future__ import annotations

import itertools
import re

from msgspec import Struct

from ..expression.tree import ZERO, Call, Cases, Constant, Expr
from ..expression.walking import walk
from ..functions.losses import LOSSES, SOFTMAX_CROSS_ENTROPY
from ..mathematics.activations import ACTIVATIONS, ALIASES, Activation
from ..problems import Problem, Refusal, counted, nearest, shortened

MOST_LAYERS, MOST_UNITS, MOST_SAMPLES, MOST_WEIGHTS = 6, 12, 12, 200
"""What one still works by hand; a larger network is a task for ``trace``."""
MOST_PRODUCTS = 600
"""Weights times samples."""
SOFTMAX = "softmax"
_SHAPE = re.compile(r"[0-9]+(-[0-9]+)*")


class Outline(Struct, frozen=True):
    """A network's outline: units of each layer (inputs first), an activation a layer, the loss.

    ``samples`` is 0 for a single sample. ``dead`` asks for one unit whose derivative is 0.
    """

    shape: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    samples: int = 0
    dead: bool = False

    @property
    def words(self) -> str:
        """The outline as options of the command line."""
        said = f"--shape {'-'.join(map(str, self.shape))}"
        names = self.activations if len(set(self.activations)) > 1 else self.activations[:1]
        said += f" --activation {','.join(names)} --loss {self.loss}"
        said += f" --batch {self.samples}" if self.samples else ""
        return said + (" --allow-dead" if self.dead else "")


def batch_problems(batch: int | None) -> list[Problem]:
    """Return what is wrong with a number of samples."""
    if batch is None or 1 <= batch <= MOST_SAMPLES:
        return []
    wrong = "too many samples by hand" if batch > 0 else "a batch has samples"
    return [Problem(f"--batch {batch}: {wrong}", None, f"give 1 to {MOST_SAMPLES}")]


def outline_of(
    shape: str,
    activation: str = "sigmoid",
    loss: str | None = None,
    *,
    batch: int | None = None,
    dead: bool = False,
) -> Outline:
    """Return the outline; raise Refusal with everything about it that cannot be."""
    problems: list[Problem] = []
    units = _shape(shape, problems)
    names = _activations(activation, len(units) - 1, problems)
    chosen = loss or ("cross_entropy" if names[-1:] == (SOFTMAX,) else "half_squared_error")
    known = (*LOSSES, SOFTMAX_CROSS_ENTROPY.name)
    if chosen not in known:
        message = f"--loss: there is no loss '{shortened(chosen)}'"
        problems.append(Problem(message, None, nearest(chosen, known)))
    problems += batch_problems(batch)
    if problems:
        raise Refusal(problems)
    found = Outline(units, names, chosen, batch or 0, dead)
    problems = [*_fit(found), *_dead(found), *_long(found)]
    if problems:
        raise Refusal(problems)
    return found


def entry_of(name: str) -> Activation | None:
    """Return an activation's entry; softmax, which is a rule of its own, has none."""
    return ACTIVATIONS.get(name)


def _shape(text: str, problems: list[Problem]) -> tuple[int, ...]:
    """Return the units of each layer; where they cannot be, the problem and an empty tuple."""
    cure = "write the units of each layer, inputs first: 2-2-1"
    plain = text.strip().replace("–", "-").replace("x", "-").replace("→", "-")
    said = f"--shape {shortened(text)}"
    if not plain.isascii() or not _SHAPE.fullmatch(plain) or len(plain) > 200:
        problems.append(Problem(f"{said}: not a shape", None, cure))
        return ()
    units = tuple(int(part[:6]) for part in plain.split("-"))
    if len(units) < 2:
        problems.append(Problem(f"{said}: one number, but the inputs are the first", None, cure))
        return ()
    if 0 in units:
        what = "no inputs" if units[0] == 0 else f"layer {units.index(0)} has no units"
        problems.append(Problem(f"{said}: {what}", None, "each layer has at least 1"))
        return ()
    weights = sum(a * b for a, b in itertools.pairwise(units))
    small = f"at most {MOST_LAYERS} layers of {MOST_UNITS} units, {MOST_WEIGHTS} weights"
    if len(units) > MOST_LAYERS + 1 or max(units) > MOST_UNITS or weights > MOST_WEIGHTS:
        what = f"{weights:,} weights" if len(units) <= MOST_LAYERS + 1 else "too many layers"
        message = f"{said}: {what}, more than one works by hand"
        problems.append(Problem(message, None, f"take {small}"))
        return ()
    return units


def _activations(text: str, layers: int, problems: list[Problem]) -> tuple[str, ...]:
    """Return a name for each layer: one for all, two for hidden and output, or one each."""
    known = {*ACTIVATIONS, *ALIASES, SOFTMAX}
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            message = f"--activation: there is no activation '{shortened(name)}'"
            problems.append(Problem(message, None, nearest(name, known)))
    found = tuple(ALIASES.get(name, name) for name in names)
    if layers < 1 or len(found) == layers:
        return found
    if len(found) == 1:
        return found * layers
    if len(found) == 2:
        return (*found[:1] * (layers - 1), found[1])
    message = f"--activation: {len(found)} names for {counted(layers, 'layer')}"
    cure = "give one for all, two for hidden layers and output, or one a layer"
    problems.append(Problem(message, None, cure))
    return found


def _fit(found: Outline) -> list[Problem]:
    """Return what is wrong with the loss after the last activation, or with softmax."""
    last, outputs = found.activations[-1], found.shape[-1]
    hidden = found.activations[0] if len(found.activations) > 1 else ""
    if hidden == SOFTMAX:
        hidden = "relu"
    problems = []
    for units, name in zip(found.shape[1:], found.activations, strict=True):
        if name == SOFTMAX and units == 1:
            message = "softmax over one unit is always 1: nothing can be learned"
            wider = "-".join(map(str, (*found.shape[:-1], 2)))
            problems.append(Problem(message, None, f"take --shape {wider}, or sigmoid"))
            return problems
    entry = LOSSES.get(found.loss)
    takes = "logits" if entry is None else entry.takes
    needs: tuple[str, ...] = ()
    if takes == "probabilities":
        needs, reads = ("sigmoid", "hard_sigmoid", SOFTMAX), "outputs between 0 and 1"
    elif takes == "distribution":
        needs, reads = (SOFTMAX,), "outputs that add up to 1"
    elif takes == "logits":
        needs, reads = ("identity",), "logits, the sums before any activation"
    if needs and last not in needs:
        message = f"{found.loss} reads {reads}, but the last layer is {last}"
        names = ",".join(part for part in (hidden, needs[0]) if part)
        cure = f"end with {needs[0]}: --activation {names}; or take --loss half_squared_error"
        problems.append(Problem(message, None, cure))
    elif entry is None and outputs == 1:
        message = f"{found.loss} of one output is always 0"
        cure = "take two outputs, or sigmoid_cross_entropy"
        problems.append(Problem(message, None, cure))
    return problems


def dead_layers(found: Outline) -> tuple[int, ...]:
    """Return the hidden layers (from 0) in which a unit may be off while another works."""
    hidden = list(zip(found.shape[1:-1], found.activations, strict=False))
    return tuple(i for i, (units, name) in enumerate(hidden) if units > 1 and has_flat(name))


def has_flat(name: str) -> bool:
    """Return whether the activation's derivative is 0 on a whole stretch."""
    entry = entry_of(name)
    if entry is None or not isinstance(entry.derivative, Cases):
        return False
    return ZERO in (entry.derivative.otherwise, *(e for _, e in entry.derivative.pieces))


def _long(found: Outline) -> list[Problem]:
    weights = sum(a * b for a, b in itertools.pairwise(found.shape))
    if weights * found.samples <= MOST_PRODUCTS:
        return []
    message = f"--batch {found.samples}: {weights} weights for each sample are too much by hand"
    return [Problem(message, None, f"take at most {MOST_PRODUCTS // weights} samples")]


def _dead(found: Outline) -> list[Problem]:
    if not found.dead or dead_layers(found):
        return []
    flat = ", ".join(name for name in ACTIVATIONS if has_flat(name))
    message = "--allow-dead: no hidden layer has two units that can be off"
    return [Problem(message, None, f"take a hidden layer of 2 units with {flat}")]


def is_rational(name: str) -> bool:
    """Return whether fractions stay fractions under the activation and its derivative."""
    entry = entry_of(name)
    return entry is not None and _stays(entry.value) and _stays(entry.derivative)


def loss_is_rational(name: str) -> bool:
    """Return whether fractions stay fractions under the loss and its derivative."""
    entry = LOSSES.get(name)
    return entry is not None and _stays(entry.term) and _stays(entry.derivative)


def _stays(tree: Expr) -> bool:
    plain = ("abs", "sign", "min", "max", "step")
    return not any(
        (isinstance(node, Call) and node.function not in plain) or isinstance(node, Constant)
        for node in walk(tree)
    )

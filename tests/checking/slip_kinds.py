"""Sheets with one slip each, worked by plain numpy: what a person does wrong, and carries on.

A kind says at which point of the work the slip is made and what is written there instead, and by
which names of the catalogue it may be called. Nothing of the package computes anything here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
from msgspec import Struct

from tests.checking.students import Array, Exercise, Pages, Rounding, write_down

Wrong = Callable[["Work"], "Array | None"]


class Kind(Struct, frozen=True):
    """A slip: its name, the point at which it is made, what it gives, what it may be called."""

    name: str
    point: str
    wrong: Wrong
    called: tuple[str, ...]


class Work:
    """One exercise while it is worked; at the slip's point of one layer the wrong array is used."""

    def __init__(
        self, exercise: Exercise, rounding: Rounding, kind: Kind | None, layer: int, seed: int
    ) -> None:
        self.exercise, self.rounding, self.kind, self.at = exercise, rounding, kind, layer
        self.chance = random.Random(seed)
        self.pages: Pages = {}
        self.made, self.rate = False, exercise.rate
        self.batch = len(exercise.x) > 1
        self.x, self.y = np.array(exercise.x), np.array(exercise.y)
        self.W = [np.array(layer.W) for layer in exercise.layers]
        self.b = [np.array(layer.b) for layer in exercise.layers]
        self.names = [layer.activation for layer in exercise.layers]
        self.n, self.last = len(self.x), len(self.W) - 1
        self.zs: list[Array] = []
        self.acts: list[Array] = [self.x]
        self.level = 0
        self.right = self.error = self.delta = self.slope = self.x

    @property
    def weights(self) -> Array:
        """The layer's W, (units, inputs)."""
        return self.W[self.level]

    @property
    def bias(self) -> Array:
        """The layer's b."""
        return self.b[self.level]

    @property
    def square(self) -> bool:
        """Whether W can be taken for its transpose."""
        return bool(self.weights.shape[0] == self.weights.shape[1] > 1)

    @property
    def bent_below(self) -> bool:
        """Whether the layer below has an activation, so that its z is not its a."""
        return self.names[self.level - 1] != "identity"

    @property
    def below(self) -> Array:
        """What the layer reads."""
        return self.acts[self.level]

    @property
    def z(self) -> Array:
        """The layer's pre-activation."""
        return self.zs[self.level]

    @property
    def a(self) -> Array:
        """The layer's activation."""
        return self.acts[self.level + 1]

    @property
    def name(self) -> str:
        """The layer's activation by name."""
        return self.names[self.level]

    def point(self, name: str, right: Array) -> Array:
        """Return what is written: the right array, or the slip's where it is made here."""
        self.right = right
        if self.kind is None or self.made or self.kind.point != name or self.level != self.at:
            return right
        with np.errstate(all="ignore"):
            wrong = self.kind.wrong(self)
        if wrong is None or wrong.shape != right.shape or not np.isfinite(wrong).all():
            return right
        self.made = bool(np.abs(wrong - right).max() > 0.02 * np.abs(right).max() > 0)
        return np.asarray(wrong) if self.made else right

    def note(self, name: str, array: Array, samples: bool) -> Array:
        """Write a quantity down."""
        whole = self.batch or not samples
        return write_down(self.pages, name, array, self.rounding, first=0 if whole else 1)

    def work(self) -> Pages:
        """Return the sheet."""
        for level in range(self.last + 1):
            self.level = level
            z = self.point("z", self.below @ self.weights.T + self.bias)
            self.zs.append(self.note(f"z{self.level + 1}", self.point("z entry", z), True))
            a = self.point("a", activated(self.name, self.z))
            self.acts.append(self.note(f"a{self.level + 1}", self.point("a entry", a), True))
        loss = self.point("loss", np.array(((self.a - self.y) ** 2).sum() / 2 / self.n))
        self.note("loss", loss, False)
        self.error = self.point("error", self.a - self.y)
        for level in reversed(range(self.last + 1)):
            self.level = level
            self.slope = self.point("slope", slope_of(self.name, self.a))
            delta = self.point("delta", self.error * self.slope)
            self.delta = self.note(f"delta{self.level + 1}", self.point("delta entry", delta), True)
            dW = self.point("dW", self.delta.T @ self.below / self.n)
            dW = self.note(f"dW{self.level + 1}", self.point("dW entry", dW), False)
            db = self.note(
                f"db{self.level + 1}", self.point("db", self.delta.sum(0) / self.n), False
            )
            rate = self.rate
            new = self.point("step", self.weights - rate * dW)
            self.note(f"W{self.level + 1}'", new, False)
            self.note(f"b{self.level + 1}'", self.bias - rate * db, False)
            if self.level:
                self.error = self.point("back", self.delta @ self.weights)
        return self.pages


def activated(name: str, z: Array) -> Array:
    match name:
        case "sigmoid":
            return np.asarray(1 / (1 + np.exp(-z)))
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.maximum(z, 0)
    return z


def slope_of(name: str, a: Array) -> Array:
    match name:
        case "sigmoid":
            return np.asarray(a * (1 - a))
        case "tanh":
            return np.asarray(1 - a * a)
        case "relu":
            return np.asarray((a > 0) * 1.0)
    return np.ones_like(a)


# -- one entry


def entry(change: Callable[[Work, Array, tuple[int, ...]], float | None]) -> Wrong:
    """Return the slip that changes one entry, drawn by chance."""

    def wrong(w: Work) -> Array | None:
        where = w.chance.choice(list(np.ndindex(*w.right.shape)))
        value = change(w, w.right, where)
        if value is None:
            return None
        array = np.array(w.right, dtype=float)
        array[where] = value
        return array

    return wrong


def swapped_digits(w: Work, right: Array, where: tuple[int, ...]) -> float | None:
    text = w.rounding(float(right[where]))
    places = [
        i
        for i in range(len(text) - 1)
        if text[i].isdigit() and text[i + 1].isdigit() and text[i] != text[i + 1]
    ]
    if not places:
        return None
    i = w.chance.choice(places)
    wrong = float(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
    return None if ten_times(wrong, float(text)) else wrong


def ten_times(wrong: float, right: float) -> bool:
    """Return whether a slip looks as if the decimal point had been moved."""
    if not wrong * right:
        return False
    decades = np.log10(abs(wrong / right))
    return bool(abs(decades) > 0.5 and abs(decades - round(decades)) < 0.05)


def neighbour(w: Work, right: Array, where: tuple[int, ...]) -> float | None:
    """Return another entry; a 0 that is copied is what a unit that is off has anyhow."""
    others = [float(right[i]) for i in np.ndindex(*right.shape) if i != where and right[i]]
    return w.chance.choice(others) if others else None


def exchanged(w: Work) -> Array | None:
    places = list(np.ndindex(*w.right.shape))
    if len(places) < 2:
        return None
    one, other = w.chance.sample(places, 2)
    array = np.array(w.right, dtype=float)
    array[one], array[other] = w.right[other], w.right[one]
    return array


def one_term(change: Callable[[float], float]) -> Wrong:
    """Return the slip in one product of the weighted sum, forward or back."""

    def wrong(w: Work) -> Array | None:
        back = w.kind is not None and w.kind.point == "back"
        W = w.weights
        if min(W.shape) < 2:
            return None
        n = w.chance.randrange(w.n)
        j, k = w.chance.randrange(W.shape[0]), w.chance.randrange(W.shape[1])
        array = np.array(w.right, dtype=float)
        place = (n, k if back else j)
        term = w.delta[n, j] * W[j, k] if back else W[j, k] * w.below[n, k]
        array[place] += change(term) - term
        scale = slope_of(w.names[w.level - 1], w.below)[place] if back else 1.0
        turned, right = (w.rounding(float(scale * v)) for v in (-array[place], w.right[place]))
        if abs(float(turned) - float(right)) < 1.5e-4:
            return None  # the other terms are so small that only the sign is another
        return array

    return wrong


def only_if(names: tuple[str, ...], wrong: Wrong) -> Wrong:
    return lambda w: wrong(w) if w.name in names else None


def hidden(wrong: Wrong) -> Wrong:
    return lambda w: wrong(w) if w.level < w.last else None


def output(wrong: Wrong) -> Wrong:
    return lambda w: wrong(w) if w.level == w.last else None


def averaged(rows: Callable[[Work], Array]) -> Wrong:
    return lambda w: rows(w) if w.n > 1 else None


BENT = ("sigmoid", "tanh")
ENTRIES = (("z", "z entry"), ("a", "a entry"), ("delta", "delta entry"), ("dW", "dW entry"))
SLIP = ("slip",)


def kinds() -> Iterator[Kind]:
    """Yield every kind of slip on layers."""
    for short, point in ENTRIES:
        yield Kind(
            f"digits exchanged in {short}", point, entry(swapped_digits), ("digits-exchanged",)
        )
        yield Kind(
            f"minus in {short}", point, entry(lambda w, r, i: -float(r[i])), ("minus", "sign")
        )
        yield Kind(f"neighbour copied in {short}", point, entry(neighbour), ("neighbour-copied",))
        yield Kind(
            f"entries exchanged in {short}",
            point,
            exchanged,
            ("entries-exchanged", "outer-transposed", "targets-exchanged"),
        )
        yield Kind(
            f"point moved in {short}",
            point,
            entry(lambda w, r, i: 10 * float(r[i])),
            ("decimal-point", "slip"),
        )
    for where, point in (("forward", "z"), ("back", "back")):
        yield Kind(
            f"product left out {where}",
            point,
            one_term(lambda t: 0.0),
            (*SLIP, "one-path", "bias-omitted"),
        )
        yield Kind(f"product subtracted {where}", point, one_term(lambda t: -t), SLIP)
        yield Kind(f"product twice {where}", point, one_term(lambda t: 2 * t), SLIP)
    yield Kind("bias left out", "z", lambda w: w.right - w.bias, ("bias-omitted",))
    yield Kind("bias subtracted", "z", lambda w: w.right - 2 * w.bias, ("bias-subtracted",))
    yield Kind(
        "W transposed forward",
        "z",
        lambda w: w.below @ w.weights + w.bias if w.square else None,
        ("forward-transposed",),
    )
    yield Kind(
        "activation left out",
        "a",
        only_if((*BENT, "relu"), lambda w: w.z),
        ("activation-omitted", "relu-omitted"),
    )
    yield Kind(
        "tanh for sigmoid",
        "a",
        only_if(("sigmoid",), lambda w: np.tanh(w.z)),
        ("wrong-activation",),
    )
    yield Kind(
        "sigmoid for tanh",
        "a",
        only_if(("tanh",), lambda w: activated("sigmoid", w.z)),
        ("wrong-activation",),
    )
    yield Kind(
        "1/(1 + e^z)",
        "a",
        only_if(("sigmoid",), lambda w: 1 / (1 + np.exp(w.z))),
        ("wrong-activation",),
    )
    yield Kind(
        "difference not squared",
        "loss",
        output(lambda w: np.array((w.a - w.y).sum() / 2 / w.n)),
        ("loss-not-squared",),
    )
    yield Kind("half lost in the loss", "loss", output(lambda w: 2 * w.right), ("factor-two",))
    yield Kind("y - a", "error", output(lambda w: -w.right), ("sign",))
    yield Kind("two kept", "error", output(lambda w: 2 * w.right), ("factor-two",))
    yield Kind(
        "targets exchanged",
        "error",
        output(lambda w: w.a - w.y[:, ::-1] if w.y.shape[1] == 2 else None),
        ("targets-exchanged",),
    )
    for where, of in (("hidden", hidden), ("output", output)):
        yield Kind(
            f"slope left out, {where}",
            "slope",
            of(lambda w: np.ones_like(w.right)),
            ("no-sigma-prime-hidden", "no-sigma-prime-output", "relu-gate-ignored"),
        )
        yield Kind(
            f"slope squared, {where}", "slope", of(lambda w: w.right**2), ("sigma-prime-squared",)
        )
        yield Kind(
            f"slope 1 - a, {where}",
            "slope",
            of(only_if(BENT, lambda w: 1 - w.a)),
            ("wrong-derivative",),
        )
        yield Kind(
            f"slope -a, {where}", "slope", of(only_if(BENT, lambda w: -w.a)), ("wrong-derivative",)
        )
        yield Kind(
            f"slope a, {where}", "slope", of(only_if(BENT, lambda w: w.a)), ("wrong-derivative",)
        )
        yield Kind(
            f"slope at a, {where}",
            "slope",
            of(only_if(BENT, lambda w: slope_of(w.name, activated(w.name, w.a)))),
            ("sigma-prime-at-a",),
        )
        yield Kind(
            f"slope formula with z, {where}",
            "slope",
            of(only_if(BENT, lambda w: slope_of(w.name, w.z))),
            ("sigma-prime-z-one-minus-z",),
        )
        yield Kind(
            f"other slope, {where}",
            "slope",
            of(
                only_if(BENT, lambda w: slope_of("tanh" if w.name == "sigmoid" else "sigmoid", w.a))
            ),
            ("wrong-derivative",),
        )
    yield Kind(
        "W not transposed",
        "back",
        lambda w: w.delta @ w.weights.T if w.square else None,
        ("not-transposed",),
    )
    yield Kind(
        "error back without W",
        "back",
        lambda w: (
            np.repeat(w.delta.sum(1, keepdims=True), w.weights.shape[1], 1)
            if len(w.weights) > 1
            else None
        ),
        ("path-without-weight",),
    )
    yield Kind(
        "first unit alone",
        "back",
        lambda w: w.delta[:, :1] * w.weights[:1] if len(w.weights) > 1 else None,
        ("one-path",),
    )
    yield Kind(
        "error for delta back", "back", lambda w: w.error @ w.weights, ("raw-error-propagated",)
    )
    yield Kind(
        "updated weights",
        "back",
        lambda w: w.delta @ (w.weights - w.rate * w.delta.T @ w.below / w.n),
        ("updated-weights",),
    )
    yield Kind(
        "outer product transposed",
        "dW",
        lambda w: w.right.T if w.right.shape[0] == w.right.shape[1] > 1 else None,
        ("outer-transposed",),
    )
    yield Kind(
        "z for a in dW",
        "dW",
        lambda w: (
            w.delta.T @ w.zs[w.level - 1] / w.n
            if w.level and w.names[w.level - 1] != "identity"
            else None
        ),
        ("z-instead-of-a",),
    )
    yield Kind(
        "dW without delta",
        "dW",
        lambda w: np.repeat(w.below.mean(0, keepdims=True), len(w.weights), 0),
        ("gradient-without-delta",),
    )
    yield Kind(
        "dW without input",
        "dW",
        lambda w: np.repeat(w.delta.mean(0)[:, None], w.weights.shape[1], 1),
        ("gradient-without-input",),
    )
    yield Kind("dW times W", "dW", lambda w: w.right * w.weights, ("gradient-times-weight",))
    yield Kind(
        "W for the input in dW",
        "dW",
        lambda w: w.delta.mean(0)[:, None] * w.weights,
        ("weight-for-input",),
    )
    yield Kind("error in dW", "dW", lambda w: w.error.T @ w.below / w.n, ("error-for-delta",))
    yield Kind(
        "own activation in dW",
        "dW",
        lambda w: w.delta.T @ w.a / w.n if w.a.shape == w.below.shape else None,
        ("wrong-layer", "own-activation"),
    )
    yield Kind("db = 0", "db", lambda w: 0 * w.right, ("bias-gradient-zero",))
    yield Kind("db = b", "db", lambda w: w.bias, ("bias-gradient-zero", "bias-for-gradient"))
    yield Kind(
        "db times input",
        "db",
        lambda w: (w.delta * w.below[:, :1]).sum(0) / w.n,
        ("bias-gradient-times-input",),
    )
    yield Kind("dW summed", "dW", averaged(lambda w: w.right * w.n), ("sum-or-mean",))
    yield Kind(
        "dW of the last sample",
        "dW",
        averaged(lambda w: w.delta[-1:].T @ w.below[-1:]),
        ("one-sample",),
    )
    yield Kind(
        "dW without a sample",
        "dW",
        averaged(lambda w: w.delta[1:].T @ w.below[1:] / w.n),
        ("one-sample", "sample-left-out"),
    )
    yield Kind(
        "mean of factors",
        "dW",
        averaged(lambda w: np.outer(w.delta.mean(0), w.below.mean(0))),
        ("mean-of-factors",),
    )
    yield Kind("ascent", "step", lambda w: 2 * w.weights - w.right, ("ascent",))
    yield Kind(
        "rate left out",
        "step",
        lambda w: w.weights + (w.right - w.weights) / w.rate if w.rate != 1 else None,
        ("rate-omitted", "wrong-rate"),
    )
    yield Kind(
        "rate ten times",
        "step",
        lambda w: w.weights + 10 * (w.right - w.weights),
        ("wrong-rate", "rate-omitted"),
    )
    yield Kind(
        "step for new weight", "step", lambda w: w.right - w.weights, ("gradient-for-update",)
    )


def table(rows: dict[str, list[int]]) -> str:
    """Return the kinds with sheets, named, wrongly named, not named."""
    lines = [f"{'kind':34} sheets  named  wrongly  not"]
    lines += [
        f"{name:34} {n:6} {right:6} {wrong:8} {n - right - wrong:4}"
        for name, (n, right, wrong) in rows.items()
    ]
    return "\n".join(lines)

"""Slips seen in courses, on networks of other kinds: each worked through by plain numpy, by hand.

A course works one network with random numbers and writes down each quantity, rounded; beside the
right array stand the slips that are made there, each carried on from what was written.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.checking.students import Array, Pages, decimals, write_down

Slips = dict[str, Callable[[], Any]]
Course = Callable[["Page"], str]


class Page:
    """What is written down; of the slip named ``slip`` the wrong array, and what comes of it."""

    def __init__(self, seed: int, slip: str = "") -> None:
        self.chance, self.slip = random.Random(seed), slip
        self.pages: Pages = {}
        self.offered: dict[str, bool] = {}
        self.write = decimals(4)

    def numbers(self, *shape: int, high: float = 1.2) -> Array:
        """Return random numbers of two decimals, none near 0."""
        count = int(np.prod(shape))
        drawn = [self.chance.choice((-1, 1)) * self.chance.uniform(0.2, high) for _ in range(count)]
        return np.round(np.array(drawn), 2).reshape(shape)

    def __call__(self, name: str, right: Any, slips: Slips | None = None) -> Array:
        """Write a quantity down, wrong where the slip is made here; go on with what was written."""
        array = np.asarray(right, dtype=np.float64)
        for slip, wrong in (slips or {}).items():
            other = np.asarray(wrong(), dtype=np.float64) if slip == self.slip else array
            off = np.abs(other - array).max() > max(0.05 * np.abs(array).max(), 0.002)
            self.offered[slip] = bool(other.shape == array.shape and off)
            array = other if self.offered[slip] else array
        return write_down(self.pages, name, array, self.write)


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def tanh(z: Array) -> Array:
    return np.asarray(np.tanh(z))


def softmax(z: Array, axis: int = -1) -> Array:
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def listed(array: Array) -> str:
    return str(array.tolist())


def decayed_classifier(page: Page) -> str:
    """A batch of three, tanh and softmax, λ/2·Σw² in the loss."""
    x, W1, b1 = page.numbers(3, 2), page.numbers(3, 2), page.numbers(3)
    W2, b2, decay, n = page.numbers(3, 3), page.numbers(3), 0.2, 3
    y = np.eye(3)[[page.chance.randrange(3) for _ in range(n)]]
    z1 = page("z1", x @ W1.T + b1)
    a1 = page("a1", np.tanh(z1))
    z2 = page("z2", a1 @ W2.T + b2)
    p = page("a2", softmax(z2), {"softmax down the batch": lambda: softmax(z2, 0)})
    entropy, penalty = -(y * np.log(p)).sum() / n, decay / 2 * ((W1**2).sum() + (W2**2).sum())
    of_one = decay / 2 * (W1**2).sum()
    page("penalty1", of_one, {"half lost in one penalty": lambda: 2 * of_one})
    page(
        "loss",
        entropy + penalty,
        {
            "penalty left out of the loss": lambda: entropy,
            "half lost in the penalty": lambda: entropy + 2 * penalty,
            "one layer left out of the penalty": lambda: entropy + decay / 2 * (W2**2).sum(),
            "minus lost in the entropy": lambda: penalty - entropy,
        },
    )
    d2 = page(
        "delta2",
        p - y,
        {
            "target forgotten": lambda: p,
            "true class only": lambda: (p - y) * y,
            "-y/p alone": lambda: -y / p,
        },
    )
    d1 = page(
        "delta1",
        (d2 @ W2) * (1 - a1**2),
        {
            "mean of the batch handed down": lambda: (
                np.repeat((d2.mean(0) @ W2)[None], n, 0) * (1 - a1**2)
            ),
            "1 + a²": lambda: (d2 @ W2) * (1 + a1**2),
        },
    )
    right = d2.T @ a1 / n
    page(
        "dW2",
        right + decay * W2,
        {
            "penalty left out of dW": lambda: right,
            "2λw": lambda: right + 2 * decay * W2,
            "w for λw": lambda: right + W2,
            "λw averaged": lambda: right + decay * W2 / n,
            "λw subtracted": lambda: right - decay * W2,
            "λ without w": lambda: right + decay,
            "averaged twice": lambda: right / n + decay * W2,
        },
    )
    page("db2", d2.mean(0), {"penalty on the bias": lambda: d2.mean(0) + decay * b2})
    page("dW1", d1.T @ x / n + decay * W1)
    page("db1", d1.mean(0))
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: cross_entropy
regularization: {{l2: {decay}}}
layers:
  - {{activation: tanh, weights: {listed(W1)}, bias: {listed(b1)}}}
  - {{activation: softmax, weights: {listed(W2)}, bias: {listed(b2)}}}
"""


def two_classes(page: Page) -> str:
    """One sigmoid with binary cross-entropy, a batch of two."""
    x, W, b = page.numbers(2, 3), page.numbers(1, 3), page.numbers(1)
    y = np.array([[0.8], [0.3]])
    z = page("z1", x @ W.T + b)
    a = page("a1", sigmoid(z))
    one, other = y * np.log(a), (1 - y) * np.log(1 - a)
    page(
        "loss",
        -(one + other).sum() / 2,
        {
            "second half of the entropy left out": lambda: -one.sum() / 2,
            "minus of the entropy lost": lambda: (one + other).sum() / 2,
            "y and a exchanged": lambda: -(a * np.log(y) + (1 - a) * np.log(1 - y)).sum() / 2,
        },
    )
    d = page("delta1", a - y, {"-y/a alone, times the slope": lambda: -y * (1 - a)})
    page("dW1", d.T @ x / 2)
    page("db1", d.mean(0))
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: binary_cross_entropy
layers: [{{activation: sigmoid, weights: {listed(W)}, bias: {listed(b)}}}]
"""


def recurrent(page: Page) -> str:
    """Three steps of two units, read at each."""
    x, W, U, b = page.numbers(3, 2), page.numbers(2, 2), page.numbers(2, 2), page.numbers(2)
    V, c, y = page.numbers(1, 2), page.numbers(1), page.numbers(3, 1)
    h, zs, hs = np.zeros(2), [], [np.zeros(2)]
    for t in range(3):
        zs.append(W @ x[t] + U @ h + b)
        h = np.tanh(np.round(zs[-1], 4)).round(4)
        hs.append(h)
    page("z1", np.array(zs))
    h1 = page("a1", np.array(hs[1:]))
    before = np.array([np.zeros(2), *h1[:-1]])
    z2 = page("z2", h1 @ V.T + c)
    a2 = page("a2", z2)
    page(
        "loss",
        ((a2 - y) ** 2).sum() / 2,
        {"loss of the last step": lambda: (a2[-1, 0] - y[-1, 0]) ** 2 / 2},
    )
    d2 = page("delta2", a2 - y)

    def back(slope: Array, way: Array, own: Array) -> Array:
        after, found = np.zeros(2), np.zeros((3, 2))
        for t in (2, 1, 0):
            after = (own[t] + way @ after) * slope[t]
            found[t] = after
        return found

    def raw() -> Array:
        after, found = np.zeros(2), np.zeros((3, 2))
        for t in (2, 1, 0):
            after = d2[t] @ V + U.T @ after
            found[t] = after * (1 - h1[t] ** 2)
        return found

    slope, last = 1 - h1**2, np.array([0 * V[0], 0 * V[0], d2[2] @ V])
    d1 = page(
        "delta1",
        back(slope, U.T, d2 @ V),
        {
            "slope of the step before": lambda: back(1 - before**2, U.T, d2 @ V),
            "W on the way back in time": lambda: back(slope, W.T, d2 @ V),
            "loss of the last step alone going back": lambda: back(slope, U.T, last),
            "slope left out through time": raw,
        },
    )
    page(
        "dW2",
        d2.T @ h1,
        {
            "states of the step before": lambda: d2.T @ before,
            "last step alone above": lambda: d2[2:].T @ h1[2:],
            "second step alone above": lambda: d2[1:2].T @ h1[1:2],
        },
    )
    page("db2", d2.sum(0))
    page(
        "dU1",
        d1.T @ before,
        {
            "mean over the steps": lambda: d1.T @ before / 3,
            "inputs for states": lambda: d1.T @ x,
            "first share alone": lambda: d1[1:2].T @ before[1:2],
        },
    )
    page(
        "dW1",
        d1.T @ x,
        {
            "input of the step before": lambda: d1[1:].T @ x[:-1],
            "states for inputs": lambda: d1.T @ before,
        },
    )
    page("db1", d1.sum(0), {"mean over the steps in db": lambda: d1.mean(0)})
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{type: recurrent, weights: {listed(W)}, recurrent_weights: {listed(U)}, bias: {listed(b)}}}
  - {{weights: {listed(V)}, bias: {listed(c)}}}
"""


def lstm(page: Page) -> str:
    """Two steps of two units."""
    x, y = page.numbers(2, 2), page.numbers(2, 2)
    W = {gate: page.numbers(2, 2) for gate in "ifgo"}
    U = {gate: page.numbers(2, 2) for gate in "ifgo"}
    b = {gate: page.numbers(2) for gate in "ifgo"}
    act: dict[str, Callable[[Array], Array]] = {"i": sigmoid, "f": sigmoid, "g": tanh, "o": sigmoid}
    z, v = {g: np.zeros((2, 2)) for g in "ifgo"}, {g: np.zeros((2, 2)) for g in "ifgo"}
    h, c = np.zeros((2, 2)), np.zeros((2, 2))
    zero = np.zeros(2)

    def cell(t: int, f: Array, i: Array) -> Array:
        return np.asarray(f * (c[t - 1] if t else zero) + i * v["g"][t])

    ways: dict[str, Callable[[int], Array]] = {
        "f and i exchanged": lambda t: cell(t, v["i"][t], v["f"][t]),
        "forget gate left out": lambda t: cell(t, np.ones(2), v["i"][t]),
        "input gate left out": lambda t: cell(t, v["f"][t], np.ones(2)),
    }
    if page.slip == "sigmoid for the candidate":
        act["g"] = sigmoid
    for t in range(2):
        for g in "ifgo":
            z[g][t] = np.round(W[g] @ x[t] + U[g] @ (h[t - 1] if t else zero) + b[g], 4)
            v[g][t] = np.round(act[g](z[g][t]), 4)
        way = ways.get(page.slip)
        c[t] = np.round(way(t) if way else cell(t, v["f"][t], v["i"][t]), 4)
        squashed = c[t] if page.slip == "cell without tanh" else np.tanh(c[t])
        h[t] = np.round(v["o"][t] * squashed, 4)
    for g in "ifgo":
        page(f"z{g}1", z[g])
        page(f"{g}1", v[g])
    page("c1", c)
    page("h1", h)
    forward = (*ways, "cell without tanh", "sigmoid for the candidate")
    page.offered |= dict.fromkeys(forward, page.slip in forward)
    page("loss", ((h - y) ** 2).sum() / 2)
    if page.slip in forward:
        return lstm_text(x, y, W, U, b)
    before = np.array([zero, c[0]])
    dh, dc, dz = np.zeros((2, 2)), np.zeros((2, 2)), {g: np.zeros((2, 2)) for g in "ifgo"}
    d = {g: np.zeros((2, 2)) for g in "ifgo"}
    names = (
        "tanh′ of the cell left out", "tanh left out of do", "own step's cell in df",
        "own gate in di", "candidate for gate in dg", "what comes through the cell left out",
        "tanh′ at h", "σ′ of the output gate left out",
    )  # fmt: skip
    for t in (1, 0):
        dh[t] = np.round(h[t] - y[t] + (sum(U[g].T @ dz[g][1] for g in "ifgo") if not t else 0), 4)
        through = dh[t] * v["o"][t] * (1 - np.tanh(c[t]) ** 2)
        if page.slip == names[0]:
            through = dh[t] * v["o"][t]
        if page.slip == names[6]:
            through = dh[t] * v["o"][t] * (1 - h[t] ** 2)
        kept = 0 if t or page.slip == names[5] else v["f"][1] * dc[1]
        dc[t] = np.round(through + kept, 4)
        d["o"][t] = dh[t] * (c[t] if page.slip == names[1] else np.tanh(c[t]))
        d["f"][t] = dc[t] * (c[t] if page.slip == names[2] else before[t])
        d["i"][t] = dc[t] * v["i" if page.slip == names[3] else "g"][t]
        d["g"][t] = dc[t] * v["g" if page.slip == names[4] else "i"][t]
        for g in "ifgo":
            d[g][t] = np.round(d[g][t], 4)
            slope = 1 - v[g][t] ** 2 if g == "g" else v[g][t] * (1 - v[g][t])
            if page.slip == names[7] and g == "o":
                slope = np.ones(2)
            dz[g][t] = np.round(d[g][t] * slope, 4)
    page("dh1", dh)
    page("dc1", dc)
    for g in "ofig":
        page(f"d{g}1", d[g])
        page(f"dz{g}1", dz[g])
        page(f"dU{g}1", np.outer(dz[g][1], h[0]))
        page(f"dW{g}1", dz[g].T @ x)
        page(f"db{g}1", dz[g].sum(0))
    page.offered |= dict.fromkeys(names, page.slip in names)
    return lstm_text(x, y, W, U, b)


def lstm_text(x: Array, y: Array, W: Any, U: Any, b: Any) -> str:
    each = [{g: array.tolist() for g, array in gates.items()} for gates in (W, U, b)]
    said = [str(one).replace("'", "") for one in each]
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers: [{{type: lstm, weights: {said[0]}, recurrent_weights: {said[1]}, bias: {said[2]}}}]
"""


def residual(page: Page) -> str:
    """tanh, a block around a second tanh, an output."""
    x, W1, b1 = page.numbers(2), page.numbers(2, 2), page.numbers(2)
    W2, b2, W4, b4 = page.numbers(2, 2), page.numbers(2), page.numbers(2, 2), page.numbers(2)
    y = page.numbers(2)
    a1 = page("a1", np.tanh(page("z1", W1 @ x + b1)))
    a2 = page("a2", np.tanh(page("z2", W2 @ a1 + b2)))
    a3 = page(
        "z3",
        a1 + a2,
        {
            "skip left out": lambda: a2,
            "block left out": lambda: a1,
            "input for the block's": lambda: x + a2,
            "product for the sum": lambda: a1 * a2,
        },
    )
    z4 = page("z4", W4 @ a3 + b4)
    page("loss", ((z4 - y) ** 2).sum() / 2)
    d4 = page("delta4", z4 - y)
    d3 = page("delta3", W4.T @ d4)
    d2 = page("delta2", d3 * (1 - a2**2))
    d1 = page(
        "delta1",
        (d3 + W2.T @ d2) * (1 - a1**2),
        {
            "direct path forgotten": lambda: (W2.T @ d2) * (1 - a1**2),
            "block's path forgotten": lambda: d3 * (1 - a1**2),
            "direct path past the slope": lambda: d3 + (W2.T @ d2) * (1 - a1**2),
            "direct path subtracted": lambda: (W2.T @ d2 - d3) * (1 - a1**2),
            "direct path through W too": lambda: (W2.T @ (d2 + d3)) * (1 - a1**2),
        },
    )
    for name, d, below in (("4", d4, a3), ("2", d2, a1), ("1", d1, x)):
        page(f"dW{name}", np.outer(d, below))
        page(f"db{name}", d)
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{name: one, activation: tanh, weights: {listed(W1)}, bias: {listed(b1)}}}
  - {{name: two, activation: tanh, weights: {listed(W2)}, bias: {listed(b2)}}}
  - {{name: block, type: add, from: [one, two]}}
  - {{weights: {listed(W4)}, bias: {listed(b4)}}}
"""


def normalized(page: Page, batch: bool = False) -> str:
    """A normalization of four values (or over a batch of four), tanh, an output."""
    x, g, s = page.numbers(*((4, 2) if batch else (1, 4)), high=2), page.numbers(2), page.numbers(2)
    g, s = (g, s) if batch else (page.numbers(4), page.numbers(4))
    W, b, y = page.numbers(1, x.shape[1]), page.numbers(1), page.numbers(len(x), 1)
    axis, n, eps = (0 if batch else 1), 4, 1e-5

    def one(array: Array) -> Array:
        return array if batch else np.asarray(array[0])

    mean = page("mean1", one(x.mean(axis)))
    where = "over the batch" if batch else "over the units"
    var = page("var1", one(((x - mean) ** 2).mean(axis)), {
        f"squares for variance {where}": lambda: one((x**2).mean(axis)),
        f"variance not divided {where}": lambda: one(((x - mean) ** 2).sum(axis)),
    })  # fmt: skip
    std = np.sqrt(var + eps)
    xhat = (x - mean) / std
    xhat = page("xhat1", one(xhat), {
        f"variance for deviation {where}": lambda: one((x - mean) / var),
        f"mean not subtracted {where}": lambda: one(x / std),
    }).reshape(x.shape)  # fmt: skip
    z = page("z1", one(g * xhat + s), {
        f"shift left out {where}": lambda: one(g * xhat),
        f"scale left out {where}": lambda: one(xhat + s),
    }).reshape(x.shape)  # fmt: skip
    a = page("a1", one(np.tanh(z))).reshape(x.shape)
    out = page("z2", one(a @ W.T + b)).reshape(len(x), 1)
    page("loss", ((out - y) ** 2).sum() / 2 / len(x))
    d2 = page("delta2", one(out - y)).reshape(len(x), 1)
    d1 = page("delta1", one(d2 @ W * (1 - a**2))).reshape(x.shape)
    N = len(x)
    page("dgamma1", (d1 * xhat).sum(0) / N, {
        f"scale's gradient without x̂ {where}": lambda: d1.sum(0) / N,
        f"x for x̂ in the scale's gradient {where}": lambda: (d1 * x).sum(0) / N,
        f"z for x̂ in the scale's gradient {where}": lambda: (d1 * z).sum(0) / N,
        f"scale's gradient times scale {where}": lambda: (d1 * xhat).sum(0) / N * g,
    })  # fmt: skip
    page("dbeta1", d1.sum(0) / N, {
        f"shift's gradient with scale {where}": lambda: d1.sum(0) * g / N,
        f"shift's gradient with x̂ {where}": lambda: (d1 * xhat).sum(0) / N,
    })  # fmt: skip
    dx = page("dxhat1", one(d1 * g), {
        f"scale left out going back {where}": lambda: one(d1),
    }).reshape(x.shape)  # fmt: skip
    page("dW2", d2.T @ a / N)
    page("db2", d2.sum(0) / N)
    spread = (dx * (x - mean)).sum(axis)
    dvar = one(-spread / 2 / np.ravel(std) ** 3)
    if not batch:
        dvar = page("dvar1", dvar, {
            f"-1/2 lost in dvar {where}": lambda: -2 * np.asarray(dvar),
            f"minus lost in dvar {where}": lambda: -np.asarray(dvar),
            f"power 1/2 for 3/2 in dvar {where}": lambda: one(-spread / 2 / np.ravel(std)),
        })  # fmt: skip
        page("dx", one(dx / std - dx.sum(axis) / std / n + 2 * dvar * (x - mean) / n), {
            f"mean's path left out {where}": lambda: one(dx / std + 2 * dvar * (x - mean) / n),
        })  # fmt: skip
    kind = "batch_norm" if batch else "layer_norm"
    data = (listed(x), listed(y)) if batch else (listed(x[0]), listed(y[0]))
    return f"""
input: {data[0]}
target: {data[1]}
loss: half_squared_error
layers:
  - {{type: {kind}, scale: {listed(g)}, shift: {listed(s)}, activation: tanh}}
  - {{weights: {listed(W)}, bias: {listed(b)}}}
"""


def convolved(page: Page) -> str:
    """4 × 4, a kernel of 2 × 2, tanh, the largest of 2 × 2, dense."""
    x, K, b = page.numbers(4, 4), page.numbers(2, 2), page.numbers(1)
    W, c, y = page.numbers(2, 4), page.numbers(2), page.numbers(2)

    def windows(image: Array, size: int = 2) -> Array:
        n = len(image) - size + 1
        return np.array([[image[i : i + size, j : j + size] for j in range(n)] for i in range(n)])

    def conv(image: Array, kernel: Array) -> Array:
        return np.asarray((windows(image, len(kernel)) * kernel).sum((-2, -1)))

    z1 = page("z1", (conv(x, K) + b)[None], {
        "bias left out of the convolution": lambda: conv(x, K)[None],
        "image transposed": lambda: (conv(x.T, K) + b)[None],
        "kernel transposed": lambda: (conv(x, K.T) + b)[None],
        "bias added at each place of the kernel": lambda: (conv(x, K) + 4 * b)[None],
    })[0]  # fmt: skip
    a1 = page("a1", np.tanh(z1)[None])[0]
    z2 = page("z2", windows(a1).max((-2, -1))[None], {
        "mean for maximum": lambda: windows(a1).mean((-2, -1))[None],
        "minimum for maximum": lambda: windows(a1).min((-2, -1))[None],
        "sum for maximum": lambda: windows(a1).sum((-2, -1))[None],
    })[0]  # fmt: skip
    z4 = page("z4", W @ z2.ravel() + c, {"flattened by columns": lambda: W @ z2.T.ravel() + c})
    page("loss", ((z4 - y) ** 2).sum() / 2)
    d4 = page("delta4", z4 - y)
    page("dW4", np.outer(d4, z2.ravel()))
    d2 = page("delta2", (W.T @ d4).reshape(1, 2, 2))[0]

    def unpooled(place: Callable[[Array], int]) -> Array:
        found = np.zeros((3, 3))
        for i, j in np.ndindex(2, 2):
            u, v = divmod(place(windows(a1)[i, j]), 2)
            found[i + u, j + v] += d2[i, j]
        return found

    d1 = page("delta1", (unpooled(lambda w: int(w.argmax())) * (1 - a1**2))[None], {
        "first place for the largest": lambda: (unpooled(lambda w: 0) * (1 - a1**2))[None],
        "smallest for the largest": lambda: (
            unpooled(lambda w: int(w.argmin())) * (1 - a1**2)
        )[None],
    })[0]  # fmt: skip
    page("dW1", conv(x, d1)[None, None], {
        "kernel's gradient transposed": lambda: conv(x, d1).T[None, None],
        "kernel's gradient averaged": lambda: conv(x, d1)[None, None] / 9,
        "kernel's gradient from one window": lambda: (d1[0, 0] * x[:2, :2])[None, None],
    })  # fmt: skip
    page("db1", d1.sum()[None], {
        "bias's gradient averaged": lambda: d1.mean()[None],
        "bias's gradient from one window": lambda: d1[:1, 0],
    })  # fmt: skip
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{type: conv2d, weights: {listed(K)}, bias: {listed(b)}, activation: tanh}}
  - {{type: max_pool2d, window: 2, stride: 1}}
  - {{type: flatten}}
  - {{weights: {listed(W)}, bias: {listed(c)}}}
"""


def attention(page: Page) -> str:
    """Three words of two numbers."""
    x, y = page.numbers(3, 2), page.numbers(3, 2)
    Q, K, V = page.numbers(2, 2), page.numbers(2, 2), page.numbers(2, 2)
    q, k, v = page("q1", x @ Q.T), page("k1", x @ K.T), page("v1", x @ V.T)
    root = np.sqrt(2)
    s = page("s1", q @ k.T / root, {
        "divided by d": lambda: q @ k.T / 2,
        "multiplied by the root": lambda: q @ k.T * root,
    })  # fmt: skip
    p = page("p1", softmax(s), {
        "softmax over all pairs": lambda: np.exp(s) / np.exp(s).sum(),
        "softmax of queries' column": lambda: softmax(s, 0),
    })  # fmt: skip
    z = page("z1", p @ v, {"scores for weights": lambda: s @ v, "keys for values": lambda: p @ k})
    page("loss", ((z - y) ** 2).sum() / 2)
    d = page("delta1", z - y)
    dp = page("dp1", d @ v.T)
    ds = page("ds1", p * (dp - (dp * p).sum(1, keepdims=True)), {
        "p·dp alone": lambda: p * dp,
        "sum down the column": lambda: p * (dp - (dp * p).sum(0, keepdims=True)),
    })  # fmt: skip
    dv = page("dv1", p.T @ d)
    dk = page("dk1", ds.T @ q / root, {"keys in their own gradient": lambda: ds.T @ k / root})
    dq = page("dq1", ds @ k / root, {"queries in their own gradient": lambda: ds @ q / root})
    page("dWv1", dv.T @ x)
    page("dWk1", dk.T @ x)
    page("dWq1", dq.T @ x, {"dWq transposed": lambda: x.T @ dq})
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{type: attention, query: {listed(Q)}, key: {listed(K)}, value: {listed(V)}, output: none}}
"""


def causal_attention(page: Page) -> str:
    """Three words, each looking at those before it."""
    x, y = page.numbers(3, 2), page.numbers(3, 2)
    Q, K, V = page.numbers(2, 2), page.numbers(2, 2), page.numbers(2, 2)
    q, k, v = page("q1", x @ Q.T), page("k1", x @ K.T), page("v1", x @ V.T)
    s, seen = page("s1", q @ k.T / np.sqrt(2)), np.tri(3, dtype=bool)
    p = page("p1", softmax(np.where(seen, s, -np.inf)), {
        "mask forgotten": lambda: softmax(s),
        "mask put on after the softmax": lambda: softmax(s) * seen,
    })  # fmt: skip
    z = page("z1", p @ v)
    page("loss", ((z - y) ** 2).sum() / 2)
    page("dv1", p.T @ page("delta1", z - y))
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{type: attention, causal: true, query: {listed(Q)}, key: {listed(K)}, value: {listed(V)},
     output: none}}
"""


def averaged(page: Page) -> str:
    """The mean of each window of two values, one place of padding, dense."""
    x, W, b, y = page.numbers(1, 3), page.numbers(1, 4), page.numbers(1), page.numbers(1)
    wide = np.pad(x[0], 1)
    means = np.array([[(wide[i] + wide[i + 1]) / 2 for i in range(4)]])
    inside = np.array([[1, 2, 2, 1]])
    z1 = page("z1", means, {"padding not counted": lambda: means * 2 / inside})
    z3 = page("z3", W @ z1[0] + b)
    page("loss", ((z3 - y) ** 2).sum() / 2)
    page("dW3", np.outer(page("delta3", z3 - y), z1[0]))
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{type: avg_pool1d, window: 2, stride: 1, padding: 1}}
  - {{type: flatten}}
  - {{weights: {listed(W)}, bias: {listed(b)}}}
"""


def dropped(page: Page) -> str:
    """tanh, dropout of 0.4, an output."""
    x, W1, b1, W3, b3 = (page.numbers(*n) for n in ((2,), (3, 2), (3,), (1, 3), (1,)))
    y, mask, keep = page.numbers(1), np.array([1.0, 0, 1]), 0.6
    a1 = page("a1", np.tanh(page("z1", W1 @ x + b1)))
    z2 = page("z2", a1 * mask / keep, {
        "dropout's scale left out": lambda: a1 * mask,
        "mask left out": lambda: a1 / keep,
        "dropout forgotten": lambda: a1,
        "rate for what is kept": lambda: a1 * mask / 0.4,
        "multiplied by what is kept": lambda: a1 * mask * keep,
    })  # fmt: skip
    z3 = page("z3", W3 @ z2 + b3)
    page("loss", ((z3 - y) ** 2).sum() / 2)
    d3 = page("delta3", z3 - y)
    page("dW3", np.outer(d3, z2))
    d2 = page("delta2", W3.T @ d3)
    d1 = page("delta1", d2 * mask / keep * (1 - a1**2), {
        "mask left out going back": lambda: d2 / keep * (1 - a1**2),
        "dropout forgotten going back": lambda: d2 * (1 - a1**2),
    })  # fmt: skip
    page("dW1", np.outer(d1, x))
    return f"""
input: {listed(x)}
target: {listed(y)}
loss: half_squared_error
layers:
  - {{activation: tanh, weights: {listed(W1)}, bias: {listed(b1)}}}
  - {{type: dropout, rate: 0.4, mask: [1, 0, 1]}}
  - {{weights: {listed(W3)}, bias: {listed(b3)}}}
"""


COURSES: dict[str, Course] = {
    "weight decay": decayed_classifier,
    "two classes": two_classes,
    "recurrent": recurrent,
    "lstm": lstm,
    "residual": residual,
    "layer norm": normalized,
    "batch norm": lambda page: normalized(page, batch=True),
    "convolution": convolved,
    "attention": attention,
    "causal attention": causal_attention,
    "mean of windows": averaged,
    "dropout": dropped,
}

NAMES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("softmax-not-divided",): ("softmax down the batch", "softmax over all pairs"),
    ("penalty-left-out",): ("penalty left out of the loss",),
    ("penalty-otherwise",): (
        "half lost in the penalty",
        "half lost in one penalty",
        "one layer left out of the penalty",
        "2λw",
        "w for λw",
        "λw averaged",
        "λw subtracted",
        "λ without w",
    ),
    ("target-forgotten",): ("target forgotten",),
    ("true-class-only",): ("true class only",),
    ("no-sigma-prime-output", "softmax-passed-over"): ("-y/p alone",),
    ("batch-mean-handed-down",): ("mean of the batch handed down",),
    ("wrong-derivative",): ("1 + a²",),
    ("one-path", "penalty-left-out"): ("penalty left out of dW",),
    ("penalty-on-bias",): ("penalty on the bias",),
    ("half-of-the-entropy",): ("second half of the entropy left out",),
    ("minus",): ("minus of the entropy lost",),
    ("slope-of-another-step",): ("slope of the step before",),
    ("input-weights-through-time",): ("W on the way back in time",),
    ("last-loss-only",): ("loss of the last step alone going back",),
    ("raw-error-through-time",): ("slope left out through time",),
    ("factor-of-another-step",): (
        "states of the step before",
        "inputs for states",
        "input of the step before",
        "states for inputs",
    ),
    ("one-step-of-the-sum",): (
        "last step alone above",
        "second step alone above",
        "first share alone",
    ),
    ("causal-mask-forgotten",): ("mask forgotten", "mask put on after the softmax"),
    ("padding-not-counted",): ("padding not counted",),
    ("mean-over-steps",): ("mean over the steps", "mean over the steps in db"),
    ("cell-otherwise",): (
        "f and i exchanged",
        "forget gate left out",
        "input gate left out",
        "cell without tanh",
    ),
    ("wrong-activation",): ("sigmoid for the candidate",),
    ("another-factor-in-the-cell", "cell-slope"): ("tanh′ of the cell left out",),
    ("another-factor-in-the-cell",): (
        "tanh left out of do",
        "own step's cell in df",
        "own gate in di",
        "candidate for gate in dg",
    ),
    ("nothing-through-time", "one-path"): ("what comes through the cell left out",),
    ("cell-slope",): ("tanh′ at h",),
    ("gate-slope-left-out",): ("σ′ of the output gate left out",),
    ("branch-left-out",): ("skip left out", "block left out"),
    ("wrong-operation",): ("product for the sum",),
    ("one-path",): ("direct path forgotten", "block's path forgotten"),
    ("path-past-the-slope",): ("direct path past the slope",),
    ("path-subtracted",): ("direct path subtracted",),
    ("standardized-otherwise",): (
        "squares for variance over the units",
        "variance not divided over the units",
        "variance for deviation over the units",
        "mean not subtracted over the units",
        "squares for variance over the batch",
        "variance not divided over the batch",
        "variance for deviation over the batch",
        "mean not subtracted over the batch",
    ),
    ("scale-or-shift-left-out",): (
        "shift left out over the units",
        "scale left out over the units",
        "shift left out over the batch",
        "scale left out over the batch",
    ),
    ("scale-gradient-otherwise",): (
        "scale's gradient without x̂ over the units",
        "x for x̂ in the scale's gradient over the units",
        "z for x̂ in the scale's gradient over the units",
        "scale's gradient times scale over the units",
        "shift's gradient with scale over the units",
        "shift's gradient with x̂ over the units",
        "scale's gradient without x̂ over the batch",
        "x for x̂ in the scale's gradient over the batch",
        "z for x̂ in the scale's gradient over the batch",
        "scale's gradient times scale over the batch",
        "shift's gradient with scale over the batch",
        "shift's gradient with x̂ over the batch",
    ),
    ("path-without-weight",): (
        "scale left out going back over the units",
        "scale left out going back over the batch",
    ),
    ("sign",): ("minus lost in dvar over the units",),
    ("one-path", "statistics-constant"): ("mean's path left out over the units",),
    ("bias-omitted",): ("bias left out of the convolution",),
    ("kernel-transposed",): ("image transposed", "kernel transposed"),
    ("slip",): ("bias added at each place of the kernel",),
    ("another-pooling",): ("mean for maximum", "minimum for maximum", "sum for maximum"),
    ("maximum-in-another-place",): ("first place for the largest", "smallest for the largest"),
    ("entries-exchanged", "kernel-transposed"): ("kernel's gradient transposed",),
    ("windows-not-added",): (
        "kernel's gradient averaged",
        "kernel's gradient from one window",
        "bias's gradient averaged",
        "bias's gradient from one window",
    ),
    ("scale-otherwise",): ("divided by d", "multiplied by the root"),
    ("attention-transposed",): ("softmax of queries' column",),
    ("own-factor-in-attention",): (
        "scores for weights",
        "keys for values",
        "keys in their own gradient",
        "queries in their own gradient",
    ),
    ("row-sum-left-out",): ("p·dp alone", "sum down the column"),
    ("outer-transposed",): ("dWq transposed",),
    ("dropout-otherwise",): (
        "dropout's scale left out",
        "mask left out",
        "dropout forgotten",
        "rate for what is kept",
        "multiplied by what is kept",
    ),
    ("dropout-mask-back",): ("mask left out going back", "dropout forgotten going back"),
}
"""What slips may be called, and which."""
CALLED = {slip: names for names, slips in NAMES.items() for slip in slips}
UNNAMED = {
    "minus lost in the entropy",
    "averaged twice",
    "y and a exchanged",
    "-y/a alone, times the slope",
    "loss of the last step",
    "input for the block's",
    "direct path through W too",
    "-1/2 lost in dvar over the units",
    "power 1/2 for 3/2 in dvar over the units",
    "bias added at each place of the kernel",
    "flattened by columns",
}
"""Slips that have no name, and must not get another's."""

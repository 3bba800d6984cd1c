"""Random recurrent networks as files, and what they compute, written by hand in autograd.numpy.

Nothing of the package is used for the numbers: each type is the equations of its courses.
"""

from __future__ import annotations

import random
from typing import Any

import autograd.numpy as np
import yaml

Spec = dict[str, Any]
GATES = {"recurrent": ("",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "u", "n")}


def sigma(z: Any) -> Any:
    """Return 1/(1 + e^{−z})."""
    return 1 / (1 + np.exp(-z))


FUNCTIONS: dict[str, Any] = {
    "tanh": np.tanh,
    "sigmoid": sigma,
    "identity": lambda z: z,
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


class Drawn:
    """A random network: its file, its arrays by plain name, and its loss by hand."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps, self.samples = self.random.randint(1, 4), self.random.choice((1, 1, 2, 3))
        self.in_out = self.random.random() < 0.25
        self.arrays: dict[str, Any] = {}
        self.x = self.numbers(self.samples, self.steps, self.random.randint(1, 3))
        self.previous = 0
        self.layers = [self.layer(n) for n in range(1, self.random.choice((1, 1, 2)) + 1)]
        last = self.layers[-1]
        width = self.widths[-1]
        self.dense = self.random.random() < 0.6
        if self.dense:
            out = self.random.randint(1, 2)
            number = len(self.layers) + 1
            self.arrays[f"W{number}"] = self.numbers(
                *((width, out) if self.in_out else (out, width))
            )
            self.arrays[f"b{number}"] = self.numbers(out)
            width = out
        self.last_only = last["output"] == "last"
        shape = (self.samples, width) if self.last_only else (self.samples, self.steps, width)
        self.y = self.numbers(*shape)
        self.mean = not self.last_only and self.random.random() < 0.3
        self.counts = np.ones((self.samples, self.steps))
        if not self.last_only and self.steps > 1 and self.random.random() < 0.4:
            for row in self.counts:
                row[self.random.randrange(self.steps)] = 0
        self.lengths = [self.steps] * self.samples
        if self.samples > 1 and self.random.random() < 0.5:
            self.lengths = [self.random.randint(1, self.steps) for _ in self.lengths]
            for row, length in zip(self.counts, self.lengths, strict=True):
                row[length:] = 0
                row[0] = 1 if not row.any() else row[0]

    def numbers(self, *shape: int) -> Any:
        size = int(np.prod(shape))
        found = [round(self.random.uniform(-1.2, 1.2), 2) for _ in range(size)]
        return np.array(found).reshape(shape)

    @property
    def widths(self) -> list[int]:
        return [layer["units"] for layer in self.layers]

    def layer(self, number: int) -> Spec:
        kind = self.random.choice(tuple(GATES))
        units = self.random.randint(1, 3)
        width = self.x.shape[-1] if number == 1 else self.previous
        self.previous = units
        pick = self.random.random
        found: Spec = {
            "type": kind,
            "units": units,
            "output": "last" if number == 2 and pick() < 0.3 else "all",
            "reverse": pick() < 0.3,
            "truncate": self.random.choice((None, None, 1, 2, 3)),
            "bias": pick() < 0.8,
            "way": self.random.choice(
                ("separate", "joined", "joined_hx", "stacked", "stacked_joined")
            ),
            "activation": self.random.choice(
                (None, "sigmoid", "softplus") if kind == "recurrent" else (None, None, "softplus")
            ),
            "initial": self.random.choice((None, "fixed", "learnt")),
            "update": self.random.choice(("keeps_old", "takes_new")),
            "reset": self.random.choice(("after", "before")),
            "recurrent_bias": kind == "gru" and pick() < 0.4,
            "peephole": kind == "lstm" and pick() < 0.4,
            "order": self.random.sample(GATES[kind], len(GATES[kind])),
        }
        for gate in GATES[kind]:
            W, U = self.numbers(units, width), self.numbers(units, units)
            self.arrays[f"W{gate}{number}"] = W.T if self.in_out else W
            self.arrays[f"U{gate}{number}"] = U.T if self.in_out else U
            if found["bias"]:
                self.arrays[f"b{gate}{number}"] = self.numbers(units)
            if found["recurrent_bias"]:
                self.arrays[f"c{gate}{number}"] = self.numbers(units)
            if found["peephole"] and gate != "g":
                self.arrays[f"p{gate}{number}"] = self.numbers(units)
        if found["initial"]:
            for state in ("h", "c") if kind == "lstm" else ("",):
                found[f"start{state}"] = self.numbers(units)
                if found["initial"] == "learnt":
                    self.arrays[f"initial{state}{number}"] = found[f"start{state}"]
        return found

    # -- the file

    def text(self) -> str:
        top: Spec = {
            "input": (self.x if self.samples > 1 else self.x[0]).tolist(),
            "target": self._target(),
            "loss": "squared_error",
            "learning_rate": 0.1,
            "weights_layout": "in_out" if self.in_out else "out_in",
            "layers": [self._written(n, layer) for n, layer in enumerate(self.layers, 1)],
        }
        if min(self.lengths) < self.steps:
            top["lengths"] = self.lengths
        if self.mean:
            top["over_time"] = "mean"
        if self.dense:
            number = len(self.layers) + 1
            W, b = self.arrays[f"W{number}"], self.arrays[f"b{number}"]
            top["layers"].append({"weights": W.tolist(), "bias": b.tolist(), "activation": "tanh"})
        return str(yaml.safe_dump(top, sort_keys=False))

    def _target(self) -> Any:
        rows = self.y.tolist()
        if not self.last_only:
            # What stands past the end counts for nothing, whatever it is.
            rows = [
                [
                    step if counts or t >= length else None
                    for t, (step, counts) in enumerate(zip(row, own, strict=True))
                ]
                for row, own, length in zip(rows, self.counts, self.lengths, strict=True)
            ]
        return rows if self.samples > 1 else rows[0]

    def _written(self, number: int, layer: Spec) -> Spec:
        gates = GATES[layer["type"]]
        kind = "rnn" if layer["type"] == "recurrent" and number == 2 else layer["type"]
        found: Spec = {"type": kind, "output": layer["output"]}
        if layer["reverse"]:
            found["reverse"] = True
        for key in ("truncate", "activation"):
            if layer[key] is not None:
                found[key] = layer[key]

        def array(letter: str, gate: str) -> Any:
            return self.arrays[f"{letter}{gate}{number}"]

        axis = 0 if self.in_out else 1
        pairs = {gate: [array("W", gate), array("U", gate)] for gate in gates}
        if layer["way"] == "joined_hx":
            pairs = {gate: pair[::-1] for gate, pair in pairs.items()}
            found["joined_order"] = ["h", "x"]
        joined = {gate: np.concatenate(pair, axis=axis) for gate, pair in pairs.items()}
        stacked = layer["way"].startswith("stacked")
        order = layer["order"] if gates[0] else gates
        if stacked and gates[0]:
            found["gates"] = order

        def put(key: str, arrays: dict[str, Any]) -> None:
            if not gates[0]:
                found[key] = arrays[""].tolist()
            elif stacked and set(arrays) == set(gates):
                flat = arrays[gates[0]].ndim == 1
                along = 1 - axis if not flat else 0
                found[key] = np.concatenate([arrays[g] for g in order], axis=along).tolist()
            else:
                found[key] = {gate: each.tolist() for gate, each in arrays.items()}

        if "joined" in layer["way"]:
            put("joined", joined)
        else:
            put("weights", {gate: array("W", gate) for gate in gates})
            put("recurrent_weights", {gate: array("U", gate) for gate in gates})
        if layer["bias"]:
            put("bias", {gate: array("b", gate) for gate in gates})
        else:
            found["bias"] = "none"
        if layer["recurrent_bias"]:
            put("recurrent_bias", {gate: array("c", gate) for gate in gates})
        if layer["peephole"]:
            found["peephole"] = {gate: array("p", gate).tolist() for gate in "ifo"}
        if layer["type"] == "gru":
            found |= {"update": layer["update"], "reset": layer["reset"]}
        if layer["initial"]:
            learnt = layer["initial"] == "learnt"
            states = "hc" if layer["type"] == "lstm" else ("",)
            starts = {s: layer[f"start{s}"].tolist() for s in states}
            written = {s: {"parameter": v} if learnt else v for s, v in starts.items()}
            found["initial"] = written if len(written) > 1 else written[""]
        return found

    # -- the numbers

    def loss(self, arrays: dict[str, Any]) -> Any:
        """Return the mean over the samples of the squared error, summed over the steps."""
        state = arrays["x"]
        for number, layer in enumerate(self.layers, 1):
            state = self._run(number, layer, state, arrays)
        if self.dense:
            number = len(self.layers) + 1
            W = arrays[f"W{number}"]
            state = np.tanh(state @ (W if self.in_out else W.T) + arrays[f"b{number}"])
        terms = np.sum((state - self.y) ** 2, axis=-1)
        if not self.last_only:
            weights = self.counts / (self.counts.sum(axis=1, keepdims=True) if self.mean else 1)
            terms = np.sum(weights * terms, axis=1)
        return np.sum(terms) / self.samples

    def _run(self, number: int, layer: Spec, x: Any, arrays: dict[str, Any]) -> Any:
        phi = FUNCTIONS[layer["activation"] or "tanh"]

        def of(letter: str, gate: str = "") -> Any:
            found = arrays.get(f"{letter}{gate}{number}", 0.0)
            return found.T if self.in_out and letter in "WU" else found

        def weighted(gate: str, x_t: Any, h: Any) -> Any:
            return x_t @ of("W", gate).T + h @ of("U", gate).T + of("c", gate) + of("b", gate)

        zeros = np.zeros((len(x), layer["units"]))

        def start(state: str) -> Any:
            if not layer["initial"]:
                return zeros
            return zeros + arrays.get(f"initial{state}{number}", layer[f"start{state}"])

        is_lstm = layer["type"] == "lstm"
        h, c = start("h" if is_lstm else ""), start("c") if is_lstm else zeros
        order = range(self.steps)[::-1] if layer["reverse"] else range(self.steps)
        found: dict[int, Any] = {}
        ends = np.array(self.lengths)[:, None]
        for t in order:
            position = ends - 1 - t if layer["reverse"] else t + 0 * ends
            if layer["truncate"]:
                cuts = (t < ends) & (position > 0) & (position % layer["truncate"] == 0)
                h, c = np.where(cuts, cut(h), h), np.where(cuts, cut(c), c)
            x_t, before_h, before_c = x[:, t], h, c
            if layer["type"] == "recurrent":
                h = phi(weighted("", x_t, h))
            elif layer["type"] == "lstm":
                i = sigma(weighted("i", x_t, h) + of("p", "i") * c)
                f = sigma(weighted("f", x_t, h) + of("p", "f") * c)
                g = phi(weighted("g", x_t, h))
                c = f * c + i * g
                o = sigma(weighted("o", x_t, h) + of("p", "o") * c)
                h = o * phi(c)
            else:
                r, u = sigma(weighted("r", x_t, h)), sigma(weighted("u", x_t, h))
                if layer["reset"] == "after":
                    inner = r * (h @ of("U", "n").T + of("c", "n"))
                else:
                    inner = (r * h) @ of("U", "n").T + of("c", "n")
                n = phi(x_t @ of("W", "n").T + inner + of("b", "n"))
                h = (1 - u) * n + u * h if layer["update"] == "keeps_old" else (1 - u) * h + u * n
            h, c = np.where(t < ends, h, before_h), np.where(t < ends, c, before_c)
            found[t] = h
        if layer["output"] == "last":
            return h
        return np.stack([found[t] for t in range(self.steps)], axis=1)


def cut(state: Any) -> Any:
    """Return the state as numbers through which no gradient goes."""
    from autograd.tracer import getval

    while getval(state) is not state:
        state = getval(state)
    return state

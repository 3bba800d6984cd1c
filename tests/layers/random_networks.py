"""Random networks of normalizing layers, dropout, embeddings and positions, as plain mappings."""

from __future__ import annotations

import random
from typing import Any

import yaml

Mapping = dict[str, Any]
ACTIVATIONS = ("tanh", "sigmoid", "softplus", "identity")
NORMS = ("layer_norm", "rms_norm", "batch_norm")


class Draw:
    """One network: what its file is written from."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.samples = self.random.randint(2, 4)
        self.single = self.random.random() < 0.2
        self.shape: tuple[int, ...] = ()

    def numbers(self, *shape: int, low: float = -1.5, high: float = 1.5) -> Any:
        """Return nested lists of numbers of few digits."""
        if not shape:
            return round(self.random.uniform(low, high), 3)
        return [self.numbers(*shape[1:], low=low, high=high) for _ in range(shape[0])]

    def spec(self) -> Mapping:
        """Return the whole mapping."""
        layers: list[Mapping] = []
        words = self.random.random() < 0.3
        steps, width = self.random.randint(2, 4), self.random.randint(2, 4)
        sequence = self.random.random() < 0.4
        spec: Mapping = {}
        if words:
            count = self.random.randint(2, 5)
            rows = [[self.random.randrange(count) for _ in range(steps)] for _ in self._rows()]
            spec["input"] = rows[0] if self.single else rows
            pool = "none" if sequence else self.random.choice(["mean", "sum"])
            table = self.numbers(count, width)
            layers.append({"type": "embedding", "weights": table, "pool": pool})
        else:
            shape = (steps, width) if sequence else (width,)
            spec["sample_shape"] = list(shape)
            spec["input"] = self.data(*shape)
        self.shape = (steps, width) if sequence else (width,)
        for _ in range(self.random.randint(1, 4)):
            layers.append(self.layer(layers))
        units = self.random.randint(1, 2)
        layers.append(self.dense(units))
        spec["target"] = self.data(*self.shape)
        spec["loss"] = "half_squared_error"
        spec["reduction"] = self.random.choice(["mean", "sum"])
        if self.random.random() < 0.3:
            spec["regularization"] = {"l2": 0.1}
        return {**spec, "layers": layers}

    def _rows(self) -> range:
        return range(1 if self.single else self.samples)

    def data(self, *shape: int) -> Any:
        """Return a sample, or a batch of them."""
        return self.numbers(*shape) if self.single else self.numbers(self.samples, *shape)

    def dense(self, units: int) -> Mapping:
        """Return a weighted sum of the last axis."""
        width = self.shape[-1]
        self.shape = (*self.shape[:-1], units)
        return {"weights": self.numbers(units, width), "bias": self.numbers(units)}

    def layer(self, before: list[Mapping]) -> Mapping:
        """Return a layer that fits what is below it."""
        kinds = ["dense", *NORMS, "dropout", "dropout"]
        kinds += ["positions"] if len(self.shape) == 2 else []
        kind = self.random.choice(kinds)
        activation = {"activation": self.random.choice(ACTIVATIONS)}
        if kind == "dense":
            return {**self.dense(self.random.randint(2, 4)), **activation}
        if kind == "positions":
            learnt = self.random.random() < 0.5
            own = {"weights": self.numbers(*self.shape)} if learnt else {"kind": "sinusoidal"}
            return {"type": kind, **own, **activation}
        if kind == "dropout":
            rate = self.random.choice(["0.2", "1/3", "0.5"])
            if self.random.random() < 0.2:
                return {"type": kind, "rate": rate, "mode": "eval", **activation}
            return {"type": kind, "rate": rate, "mask": self.mask(), **activation}
        return {**self.norm(kind), **activation}

    def mask(self) -> Any:
        """Return zeros and ones of the data's shape."""

        def drawn(*shape: int) -> Any:
            if not shape:
                return self.random.choice([0, 1, 1])
            return [drawn(*shape[1:]) for _ in range(shape[0])]

        return drawn(*self.shape) if self.single else drawn(self.samples, *self.shape)

    def norm(self, kind: str) -> Mapping:
        """Return a normalizing layer; of a batch that is too small by given numbers."""
        width = self.shape[-1]
        found: Mapping = {"type": kind, "epsilon": self.random.choice(["1e-5", "0.01", "1/10"])}
        for key in ("scale", "shift"):
            drawn = [self.numbers(width), "none", self.numbers()]
            found[key] = self.random.choice(drawn)
        if kind == "batch_norm" and (self.single or self.random.random() < 0.3):
            found["mode"] = "eval"
            found["running_mean"] = self.numbers(width)
            found["running_var"] = self.numbers(width, low=0.1, high=2)
        return found


def network(seed: int) -> tuple[Mapping, str]:
    """Return the mapping of this seed, and the text of its file."""
    spec = Draw(seed).spec()
    return spec, yaml.safe_dump(spec, sort_keys=False, width=1000)

"""Fifty steps of each optimizer by PyTorch, in float64, on the XOR example of the configs."""

from __future__ import annotations

from typing import Any

START = {
    "W1": [[1.0, -0.5], [-0.5, 0.75]],
    "b1": [0.0, 0.25],
    "W2": [[0.5, -1.0]],
    "b2": [0.125],
}
INPUT, TARGET = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
STEPS = 50
RATES = {"rmsprop": 0.005}
"""The rate is 0.1, but for RMSprop, whose steps are so long that one bit of the start then grows to
the sixth decimal in fifty of them: two right programs would not agree."""
CASES: dict[str, tuple[str, dict[str, float]]] = {
    "sgd": ("sgd", {}),
    "sgd, decayed": ("sgd", {"weight_decay": 0.01}),
    "momentum": ("momentum", {}),
    "momentum, decayed": ("momentum", {"momentum": 0.8, "weight_decay": 0.01}),
    "nesterov": ("nesterov", {}),
    "nesterov, decayed": ("nesterov", {"momentum": 0.8, "weight_decay": 0.01}),
    "rmsprop": ("rmsprop", {}),
    "rmsprop, decayed": ("rmsprop", {"alpha": 0.9, "epsilon": 1e-4, "weight_decay": 0.01}),
    "adam": ("adam", {}),
    "adam, decayed": (
        "adam",
        {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-4, "weight_decay": 0.01},
    ),
    "adamw": ("adamw", {}),
    "adamw, decayed": ("adamw", {"beta1": 0.8, "weight_decay": 0.1}),
}
"""Name → optimizer and the settings that are not the default."""
CLIPS = (("", 0.0), ("clip", 0.01), ("clip_norm", 0.02))


def by_torch(case: str, clip: tuple[str, float] = ("", 0.0), batch: int = 4) -> dict[str, Any]:
    """Return the parameters after the steps, as nested lists."""
    import torch

    name, settings = CASES[case]
    f = torch.float64
    x, y = torch.tensor(INPUT, dtype=f), torch.tensor(TARGET, dtype=f)
    p = {k: torch.tensor(v, dtype=f, requires_grad=True) for k, v in START.items()}
    optimizer = _torch_optimizer(torch.optim, name, settings, list(p.values()))
    for step in range(STEPS):
        first = step * batch % 4
        rows = slice(first, first + batch)
        optimizer.zero_grad()
        hidden = torch.tanh(torch.nn.functional.linear(x[rows], p["W1"], p["b1"]))
        out = torch.sigmoid(torch.nn.functional.linear(hidden, p["W2"], p["b2"]))
        loss: Any = 0.5 * ((out - y[rows]) ** 2).sum() / batch
        loss.backward()
        if clip[0] == "clip":
            torch.nn.utils.clip_grad_value_(p.values(), clip[1])
        elif clip[0] == "clip_norm":
            torch.nn.utils.clip_grad_norm_(p.values(), clip[1])
        optimizer.step()
    return {k: v.detach().tolist() for k, v in p.items()}


def _torch_optimizer(optim: Any, name: str, settings: dict[str, float], parameters: Any) -> Any:
    rest = {"lr": RATES.get(name, 0.1)} | {
        k: v for k, v in settings.items() if k in ("weight_decay", "alpha")
    }
    if "epsilon" in settings:
        rest["eps"] = settings["epsilon"]
    momentum = settings.get("momentum", 0.9)
    betas = (settings.get("beta1", 0.9), settings.get("beta2", 0.999))
    match name:
        case "sgd":
            return optim.SGD(parameters, **rest)
        case "momentum" | "nesterov":
            return optim.SGD(parameters, momentum=momentum, nesterov=name == "nesterov", **rest)
        case "rmsprop":
            return optim.RMSprop(parameters, **rest)
        case "adam":
            return optim.Adam(parameters, betas=betas, **rest)
    return optim.AdamW(parameters, betas=betas, **rest)

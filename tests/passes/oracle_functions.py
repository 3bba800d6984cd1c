"""Activations and losses in autograd.numpy, written from their definitions and nothing else.

Functions with kinks go through ``above``, which keeps a record of the side that each value is on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd.extend import defvjp, primitive

Values = Any
Function = Callable[..., Values]
SIDES: list[Any] = []
"""The side of its kink that each value was on, in order, since the list was last cleared."""


def above(left: Values, right: Values = 0.0) -> Values:
    """Return left > right entry by entry; values on the kink itself are a side of their own."""
    SIDES.append((left > right) * 1 + (left >= right) * 1)
    return left > right


erf = primitive(np.vectorize(math.erf, otypes=[float]))
defvjp(erf, lambda value, u: lambda g: g * 2 / np.sqrt(np.pi) * np.exp(-u * u))


def sigmoid(z: Values) -> Values:
    return 1 / (1 + np.exp(-z))


def softplus(z: Values, beta: float = 1.0) -> Values:
    return np.logaddexp(0.0, beta * z) / beta


def relu(z: Values) -> Values:
    return np.where(above(z), z, 0.0)


def leaky_relu(z: Values, slope: float = 0.01) -> Values:
    return np.where(above(z), z, slope * z)


def elu(z: Values, alpha: float = 1.0) -> Values:
    low = np.where(z > 0, 0.0, z)
    return np.where(above(z), z, alpha * (np.exp(low) - 1))


def selu(z: Values) -> Values:
    return 1.0507009873554804934 * elu(z, 1.6732632423543772848)


def gelu(z: Values) -> Values:
    return z * (1 + erf(z / np.sqrt(2.0))) / 2


def gelu_tanh(z: Values) -> Values:
    return z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


def silu(z: Values) -> Values:
    return z * sigmoid(z)


def softmax(z: Values) -> Values:
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def hard(z: Values, low: float, high: float, inside: Values) -> Values:
    """Return 0 below, 1 above, else ``inside``; the ends belong to the flat parts."""
    above(z, low)
    above(z, high)
    return np.where(z <= low, 0.0, np.where(z >= high, 1.0, inside))


def hard_sigmoid(z: Values) -> Values:
    return hard(z, -3.0, 3.0, z / 6 + 0.5)


def hard_tanh(z: Values) -> Values:
    return 2 * hard(z, -1.0, 1.0, (z + 1) / 2) - 1


def absolute(u: Values) -> Values:
    above(u)
    return np.abs(u)


def largest(u: Values, v: Values) -> Values:
    above(u, v)
    return np.maximum(u, v)


def smallest(u: Values, v: Values) -> Values:
    above(u, v)
    return np.minimum(u, v)


def sign(u: Values) -> Values:
    above(u)
    return np.sign(u)


ACTIVATIONS: dict[str, Function] = {
    "identity": lambda z: z,
    "linear": lambda z: z,
    "sigmoid": sigmoid,
    "logistic": sigmoid,
    "tanh": np.tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "softplus": softplus,
    "softsign": lambda z: z / (1 + absolute(z)),
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": silu,
    "swish": silu,
    "mish": lambda z: z * np.tanh(softplus(z)),
    "hard_sigmoid": hard_sigmoid,
    "hard_tanh": hard_tanh,
    "softmax": softmax,
}
ACTIVATION_EXPRESSIONS: dict[str, Function] = {
    "z*sigmoid(1.702*z)": lambda z: z * sigmoid(1.702 * z),
    "sin(z) + z/2": lambda z: np.sin(z) + z / 2,
    "max(z, z/10)": lambda z: largest(z, z / 10),
    "min(z, 1) + abs(z)/3": lambda z: smallest(z, 1.0) + absolute(z) / 3,
    "ln(1 + z**2)": lambda z: np.log(1 + z * z),
    "relu(z)**2/2 - cos(z)": lambda z: relu(z) ** 2 / 2 - np.cos(z),
    "tanh(z)*exp(-z**2)": lambda z: np.tanh(z) * np.exp(-z * z),
    "sqrt(1 + z**2)": lambda z: np.sqrt(1 + z * z),
    "softplus(z) - arctan(z)": lambda z: softplus(z) - np.arctan(z),
    "sign(z)*z**2": lambda z: sign(z) * z**2,
    "swish(z) + hard_tanh(z)*z": lambda z: silu(z) + hard_tanh(z) * z,
    "leaky_relu(z) - 2*gelu(z)": lambda z: leaky_relu(z) - 2 * gelu(z),
    "z**3/(1 + z**2)": lambda z: z**3 / (1 + z**2),
}


def total(u: Values) -> Values:
    """Return each row's sum, as a column."""
    return np.sum(u, axis=-1, keepdims=True)


def average(u: Values) -> Values:
    return np.mean(u, axis=-1, keepdims=True)


def peak(u: Values) -> Values:
    """Return each row's maximum; which entry it is decides the side."""
    for first in range(u.shape[-1]):
        above(u, u[:, first : first + 1])
    return np.max(u, axis=-1, keepdims=True)


def log_probabilities(a: Values) -> Values:
    shifted = a - np.max(a, axis=-1, keepdims=True)
    return shifted - np.log(total(np.exp(shifted)))


def entropy(y: Values) -> Values:
    return y * np.log(np.where(y == 0, 1.0, y))


def huber(a: Values, y: Values, delta: float = 1.0) -> Values:
    e = a - y
    size = absolute(e)
    return np.where(above(size, delta), delta * (size - delta / 2), e * e / 2)


def binary_cross_entropy(a: Values, y: Values) -> Values:
    ones = np.where(y == 0, 0.0, y * np.log(np.where(y == 0, 0.5, a)))
    zeros = np.where(y == 1, 0.0, (1 - y) * np.log(np.where(y == 1, 0.5, 1 - a)))
    return -(ones + zeros)


def cross_entropy(a: Values, y: Values) -> Values:
    return -y * np.log(np.where(y == 0, 1.0, a))


LOSSES: dict[str, Function] = {
    "half_squared_error": lambda a, y: (a - y) ** 2 / 2,
    "squared_error": lambda a, y: (a - y) ** 2,
    "mean_squared_error": lambda a, y: (a - y) ** 2 / a.shape[-1],
    "absolute_error": lambda a, y: absolute(a - y),
    "huber": huber,
    "log_cosh": lambda a, y: np.log(np.cosh(a - y)),
    "binary_cross_entropy": binary_cross_entropy,
    "cross_entropy": cross_entropy,
    "softmax_cross_entropy": lambda a, y: -y * log_probabilities(a),
    "sigmoid_cross_entropy": lambda a, y: y * softplus(-a) + (1 - y) * softplus(a),
    "hinge": lambda a, y: relu(1 - y * a),
    "kl_divergence": lambda a, y: entropy(y) + cross_entropy(a, y),
}
LOSS_EXPRESSIONS: dict[str, Function] = {
    "sum((a - y)**4)": lambda a, y: total((a - y) ** 4),
    "mean(abs(a - y))": lambda a, y: average(absolute(a - y)),
    "1/2*dot(a - y, a - y)": lambda a, y: total((a - y) * (a - y)) / 2,
    "sum(a**2) - sum(y*a)/2": lambda a, y: total(a * a) - total(y * a) / 2,
    "-dot(a, y) + mean(exp(a/3))": lambda a, y: average(np.exp(a / 3)) - total(a * y),
    "sum(max(a, y))": lambda a, y: total(largest(a, y)),
    "sum(ln(cosh(a - y)) + softplus(a))": lambda a, y: total(np.log(np.cosh(a - y)) + softplus(a)),
    "(sum(a) - 1)**2 + dot(a, y)": lambda a, y: (total(a) - 1) ** 2 + total(a * y),
    "sqrt(1 + sum((a - y)**2))": lambda a, y: np.sqrt(1 + total((a - y) ** 2)),
    "max(a)**2 + sum(y*a)": lambda a, y: peak(a) ** 2 + total(y * a),
    "mean(a)*sum(a*y) + min(a)": lambda a, y: average(a) * total(a * y) - peak(-a),
    "exp(mean(a - y)/4) + 3": lambda a, y: np.exp(average(a - y) / 4) + 3,
    "sum((a - mean(a))**2)": lambda a, y: total((a - average(a)) ** 2),
    "ln(sum(exp(a))) - dot(a, y)": lambda a, y: np.log(total(np.exp(a))) - total(a * y),
    "dot(a, y)/(1 + dot(a, a))": lambda a, y: total(a * y) / (1 + total(a * a)),
    "sum(sigmoid(a)*sum(y))**2": lambda a, y: total(sigmoid(a) * total(y)) ** 2,
}

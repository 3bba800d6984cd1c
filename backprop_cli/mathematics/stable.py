"""Numpy forms of the activations that lose no digits, over the whole range of floats.

What cancels or overflows is written by e^{−|z|} alone. An exponent's rounding grows with its size,
so a squared one is kept as two floats, hi + lo. Each takes z and returns the value or the slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy import absolute, add, divide, exp, multiply, negative, sign

from ..expression import stable as names

Array = np.ndarray[Any, Any]

FAR = 40.0
"""Past this e^{−|z|} is nothing beside 1 in float64."""
_HALF_ROOT = (0.7071067811865476, -4.833646656726457e-17)
"""√½ as hi + lo."""
_TWICE_ROOT = (1.5957691216057308, -9.96930880911092e-17)
"""2·√(2/π) as hi + lo."""
_CUBIC = (0.044715, 2.1960211427085595e-18)


class StableForm(Struct, frozen=True):
    """A form of one argument: its value, of complex numbers too, and its slope, of floats."""

    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]


def as_floats(z: Any) -> Array:
    """Return an array of floats: itself, where it is one."""
    array = np.asarray(z)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def in_place(array: Array) -> Array | None:
    """Return where to put what the array is changed to: over it; of one number, that is slow."""
    return array if array.size > 1 else None


def decay(z: Array) -> Array:
    """Return e^{−|z|}; of complex numbers |z| by the sign of the real part."""
    size = np.where(np.real(z) > 0, z, -z) if np.iscomplexobj(z) else np.abs(z)
    return np.asarray(np.exp(-size))


def sigmoid(z: Array) -> Array:
    """Return 1/(1 + e^{−z})."""
    z = np.asarray(z)
    if z.dtype.kind == "c":
        e = decay(z)
        return np.asarray(np.where(np.real(z) > 0, 1.0, e) / (1.0 + e))
    return sigmoid_into(z if z.dtype.kind == "f" else z.astype(np.float64), None)


def sigmoid_into(z: Array, out: Array | None) -> Array:
    """Return σ(z) = max(e^{−|z|}, sign z)/(1 + e^{−|z|}) of floats, in ``out`` if there is one."""
    e = np.asarray(absolute(z))
    over = in_place(e)
    e = exp(negative(e, out=over), out=over)
    above = np.maximum(sign(z, out=out), e, out=out if over is e else None)
    return np.asarray(divide(above, add(e, 1.0, out=over), out=out))


def sigmoid_slope(z: Array) -> Array:
    """Return σ(z) σ(−z)."""
    e = decay(z)
    below = 1.0 + e
    return np.asarray(e / (below * below))


def sigmoid_share(g: Array, z: Array, out: Array) -> Array:
    """Return g σ(z) σ(−z), in ``out``."""
    over = in_place(out)
    e = exp(negative(absolute(z, out=over), out=over), out=over)
    below = add(e, 1.0)
    slope = divide(e, multiply(below, below, out=None if over is None else below), out=over)
    return multiply(slope, g, out)


def tanh_slope(z: Array) -> Array:
    """Return 4 e^{−2|z|}/(1 + e^{−2|z|})²."""
    return np.asarray(4.0 * sigmoid_slope(2.0 * np.clip(z, -FAR * FAR, FAR * FAR)))


def softplus(z: Array, beta: float = 1.0) -> Array:
    """Return ln(1 + e^{βz})/β = max(z, 0) + ln(1 + e^{−|βz|})/β."""
    return np.asarray(np.where(np.real(z) > 0, z, 0.0) + _log1p(decay(beta * z)) / beta)


def softsign_slope(z: Array) -> Array:
    """Return (1/(1 + |z|))²: the square of 1 + |z| overflows before its inverse is 0."""
    inverse = 1.0 / (1.0 + np.abs(z))
    return np.asarray(inverse * inverse)


def silu(z: Array) -> Array:
    """Return z σ(z)."""
    return np.asarray(np.where(z < -FAR, _times_exp(z, z), z * sigmoid(z)))


def silu_slope(z: Array) -> Array:
    """Return σ(z)(1 + z σ(−z))."""
    near = sigmoid(z) * (1.0 + z * sigmoid(-z))
    return np.asarray(np.where(z < -FAR, _times_exp(1.0 + z, z), near))


def mish(z: Array) -> Array:
    """Return z tanh(ln(1 + eᶻ)) = z n/(n + 2) with n = eᶻ(eᶻ + 2)."""
    return np.asarray(np.where(z < -FAR, _times_exp(z, z), z * _tanh_of_softplus(z)))


def mish_slope(z: Array) -> Array:
    """Return t + z σ(z)(1 − t²), t = tanh(ln(1 + eᶻ)) and 1 − t² without a difference."""
    e = decay(z)
    n, square = e * (e + 2.0), 1.0 + 2.0 * e + 2.0 * e * e
    below = 4.0 * (n + 1.0) / ((n + 2.0) * (n + 2.0))
    above = 2.0 * e * (1.0 + e) / square
    rest = np.where(z > 0, above * above, below)
    near = _tanh_of_softplus(z) + np.clip(z, -FAR * FAR, FAR * FAR) * sigmoid(z) * rest
    return np.asarray(np.where(z < -FAR, _times_exp(1.0 + z, z), near))


def _tanh_of_softplus(z: Array) -> Array:
    e = decay(z)
    n = np.where(z > 0, 1.0 + 2.0 * e, e * (e + 2.0))
    return np.asarray(n / (n + np.where(z > 0, 2.0 * e * e, 2.0)))


def gelu(z: Array) -> Array:
    """Return z Φ(z), Φ(z) = erfc(−z/√2)/2."""
    return np.asarray(z * normal(z))


def gelu_slope(z: Array) -> Array:
    """Return Φ(z) + z e^{−z²/2}/√(2π)."""
    near = np.clip(z, -FAR, FAR)
    return np.asarray(normal(z) + near * exp_of_square(near, -0.5) / math.sqrt(2.0 * math.pi))


def normal(z: Array) -> Array:
    """Return Φ(z) = erfc(−z/√2)/2; what rounding z/√2 leaves off is made good by the slope."""
    near = np.clip(as_floats(z), -FAR, FAR)
    hi, lo = _product(near, *_split(_HALF_ROOT, near))
    missed = 2.0 / math.sqrt(math.pi) * lo * exp_of_square(hi, -1.0)
    return np.asarray((erfc(-hi) + missed) / 2.0)


def gelu_tanh(z: Array) -> Array:
    """Return z σ(p), p = 2√(2/π)(z + 0.044715 z³)."""
    hi, lo = _gate(z)
    e = decay(hi) * (1.0 - lo * np.sign(hi))
    return np.asarray(z * (np.where(hi > 0, 1.0, e) / (1.0 + e)))


def gelu_tanh_slope(z: Array) -> Array:
    """Return σ(p) + z σ(p) σ(−p) p′."""
    hi, lo = _gate(z)
    e = decay(hi) * (1.0 - lo * np.sign(hi))
    near = np.clip(z, -FAR, FAR)
    inner = near * e / (1.0 + e) * _TWICE_ROOT[0] * (1.0 + 3.0 * _CUBIC[0] * near * near)
    return np.asarray((np.where(hi > 0, 1.0, e) + inner) / (1.0 + e))


def _gate(z: Array) -> tuple[Array, Array]:
    """Return p = 2√(2/π)(z + 0.044715 z³) as hi + lo, z held to ±40."""
    near = np.clip(as_floats(z), -FAR, FAR)
    square, rest = _product(near, near, 0.0)
    cubic, small = _product(square, *_split(_CUBIC, near))
    small = small + _CUBIC[0] * rest
    total = 1.0 + cubic
    small = small + (np.where(cubic > 1.0, (cubic - total) + 1.0, (1.0 - total) + cubic))
    first, error = _product(near, *_split(_TWICE_ROOT, near))
    hi, lo = _product(first, total, small)
    return hi, lo + error * total


def erfc(z: Array) -> Array:
    """Return 1 − erf(z) entry by entry; numpy has none."""
    flat = as_floats(z)
    return np.array([math.erfc(v) for v in flat.ravel().tolist()], flat.dtype).reshape(flat.shape)


def exp_of_square(z: Array, factor: float) -> Array:
    """Return e^{factor·z²}, factor a power of two; z² is kept as hi + lo."""
    near = np.clip(as_floats(z), -1e3, 1e3)
    hi, lo = _product(near, near, 0.0)
    return np.asarray(np.exp(factor * hi) * (1.0 + factor * lo))


def arctan_slope(z: Array) -> Array:
    """Return 1/(1 + z²): past 1 as (1/z)²/(1 + (1/z)²), which no square overflows."""
    outside = np.abs(z) > 1.0
    inverse = 1.0 / np.where(outside, z, 1.0)
    inner = np.where(outside, 0.0, z)
    far = inverse * (inverse / (1.0 + inverse * inverse))
    return np.asarray(np.where(outside, far, 1.0 / (1.0 + inner * inner)))


def ln_cosh(z: Array) -> Array:
    """Return ln cosh z = ln(1 + 2 sinh²(z/2)), far out |z| + ln(1 + e^{−2|z|}) − ln 2."""
    size = np.where(np.real(z) > 0, z, -z)
    half = np.sinh(np.where(np.real(size) < 1.0, size, 1.0) / 2.0)
    far = size + _log1p(decay(2.0 * size)) - math.log(2.0)
    return np.asarray(np.where(np.real(size) < 1.0, _log1p(2.0 * half * half), far))


def softsign(z: Array) -> Array:
    """Return z/(1 + |z|), past ±1 as ±(1 − 1/(1 + |z|)), of which the complex step keeps 1/z²."""
    size = np.where(np.real(z) > 0, z, -z)
    far = np.sign(np.real(z)) * (1.0 - 1.0 / (1.0 + size))
    return np.asarray(np.where(np.real(size) > 1.0, far, z / (1.0 + size)))


def _log1p(z: Array) -> Array:
    """Return ln(1 + z); numpy's own of a complex number adds the 1 first."""
    if not np.iscomplexobj(z):
        return np.log1p(z)
    x, y = z.real, z.imag
    return np.asarray(np.log1p(x * (2.0 + x) + y * y) / 2.0 + 1j * np.arctan2(y, 1.0 + x))


def one_plus_tanh(z: Array) -> Array:
    """Return 1 + tanh z = 2σ(2z)."""
    return 2.0 * sigmoid(2.0 * z)


FORMS = {
    names.LOGISTIC: StableForm(lambda u: sigmoid(-u), lambda u: -sigmoid_slope(u)),
    names.SOFTPLUS: StableForm(softplus, sigmoid),
    names.LN_COSH: StableForm(ln_cosh, np.tanh),
    names.EXPM1: StableForm(np.expm1, np.exp),
    names.ERFC: StableForm(lambda u: erfc(-u), lambda u: erf_slope(u)),
    names.ONE_PLUS_TANH: StableForm(one_plus_tanh, tanh_slope),
    names.SOFTSIGN: StableForm(softsign, softsign_slope),
    names.SECH_SQUARED: StableForm(tanh_slope, lambda u: -2.0 * np.tanh(u) * tanh_slope(u)),
}
"""The forms that ``expression/stable.py`` puts into formulas."""


def erf_slope(z: Array) -> Array:
    """Return 2/√π e^{−z²}."""
    return np.asarray(2.0 / math.sqrt(math.pi) * exp_of_square(z, -1.0))


def _times_exp(factor: Array, z: Array) -> Array:
    """Return factor·eᶻ, by halves: eᶻ alone may have lost digits where the product has not."""
    half = np.exp(np.minimum(z, 0.0) / 2.0)
    return np.asarray(factor * half * half)


def _product(a: Array, hi: Any, lo: Any) -> tuple[Array, Array]:
    """Return a·(hi + lo) as two floats, the first rounded, the second what it missed (Dekker)."""
    first = a * hi
    a1, a2 = _halves(a)
    b1, b2 = _halves(np.asarray(hi, dtype=a.dtype))
    missed = ((a1 * b1 - first) + a1 * b2 + a2 * b1) + a2 * b2
    return first, missed + a * lo


def _split(number: tuple[float, float], like: Array) -> tuple[float, float]:
    """Return hi + lo of float64 as those of an array's kind of float."""
    hi = float(like.dtype.type(number[0]))
    return hi, (number[0] - hi) + number[1]


def _halves(a: Array) -> tuple[Array, Array]:
    """Return a as the sum of two floats of half the digits (Veltkamp)."""
    scaled = (2.0**27 + 1.0 if a.dtype == np.float64 else 2.0**12 + 1.0) * a
    upper = scaled - (scaled - a)
    return upper, a - upper

"""A bar a layer: the norm of the error on its way down, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

from msgspec import Struct

from ..expression.refs import plain_name
from ..passes.health.diagnosis import Diagnosis
from ..problems import printable, shortened

LEFT, RIGHT, TOP, BOTTOM = 150, 170, 58, 34
ROW, THICK, PLOT = 26, 16, 460
MOST_BARS = 60
BLUE, RED, ORANGE, GREY, INK = "#2b6cb0", "#c53030", "#b7791f", "#cbd5e0", "#1a202c"


class Bar(Struct, frozen=True):
    """One bar: what stands left of it, its size (0: none), what stands right, its colour."""

    label: str
    size: float
    note: str
    colour: str = BLUE


def health_svg(diagnosis: Diagnosis, said: Callable[[str], str] = str) -> str:
    """Return the picture: the norm of δ of each layer, the output on top, on a logarithmic scale.

    Beside a bar stand its norm and the factor by which the layer above it has multiplied it.
    Layers below 1/1000 of the output are red, above 1000 times orange. A computation graph has a
    bar a node. ``said`` gives words in the reader's language.
    """
    what = said(f"Norm of the {diagnosis.graph.words.signal}, from the output down")
    return bars_svg(diagnosis.graph.name or said("Network"), what, _bars(diagnosis, said), said)


def _bars(diagnosis: Diagnosis, said: Callable[[str], str]) -> list[Bar]:
    found = [
        Bar(plain_name(node.ref), node.gradient, _size(node.gradient), _colour(node.gradient))
        for node in diagnosis.nodes
    ]
    for health in reversed(diagnosis.layers):
        layer = diagnosis.graph.layers[health.index - 1]
        kind = "" if layer.activation == "identity" else f" {layer.activation}"
        factor = f"  ({said('factor')} {_size(health.edges[0].factor)})" if health.edges else ""
        label = f"{health.index} {layer.name}".strip() + kind
        note = _size(health.delta) + factor
        found.append(Bar(label, health.delta, note, _colour(health.ratio)))
    return found


def _colour(ratio: float) -> str:
    return RED if ratio < 1e-3 else ORANGE if ratio > 1e3 else BLUE


def _size(number: float) -> str:
    """Return three significant digits, as the tables write them: ``1.43e7``, ``6.1e-5``."""
    digits, _, power = f"{number:.3g}".partition("e")
    return f"{digits}e{int(power)}".replace("-", "−") if power else digits.replace("-", "−")


def bars_svg(title: str, subtitle: str, bars: list[Bar], said: Callable[[str], str]) -> str:
    """Return horizontal bars on a logarithmic scale, one below the other; every word escaped."""
    shown = bars
    if len(bars) > MOST_BARS:
        half = MOST_BARS // 2
        gap = Bar(said(f"… {len(bars) - 2 * half} more"), 0.0, "")
        shown = [*bars[:half], gap, *bars[-half:]]
    low, high = _decades([each.size for each in shown])
    height = TOP + ROW * len(shown) + BOTTOM
    width = LEFT + PLOT + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title desc" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f'<title id="title">{_words(title, 70)}</title>',
        f'<desc id="desc">{_described(shown)}</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="600">{_words(title, 70)}</text>',
        f'<text x="12" y="40" fill="#4a5568">{escape(subtitle)}</text>',
    ]
    parts += _grid(low, high, len(shown))
    for position, each in enumerate(shown):
        parts += _bar(each, TOP + ROW * position, low, high)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _decades(sizes: list[float]) -> tuple[int, int]:
    """Return the powers of ten at which the scale begins and ends."""
    logs = [math.log10(size) for size in sizes if size > 0]
    if not logs:
        return -1, 0
    high = math.ceil(max(logs) - 1e-9)
    return min(math.floor(min(logs) + 1e-9), high) - 1, high


def _grid(low: int, high: int, rows: int) -> list[str]:
    """Return a line for each power of ten (of many, each second, fifth, …), with its label."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (high - low) / s <= 8)
    bottom = TOP + ROW * rows + 4
    parts = []
    for power in range(low, high + 1):
        if (power - high) % step:
            continue
        x = _x(10.0**power, low, high)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{bottom}" stroke="{GREY}"/>'
        )
        sign = "−" if power < 0 else ""
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle" fill="#4a5568">10'
            f'<tspan dy="-4" font-size="9">{sign}{abs(power)}</tspan></text>'
        )
    return parts


def _x(size: float, low: int, high: int) -> float:
    return LEFT + PLOT * (math.log10(size) - low) / (high - low)


def _bar(each: Bar, y: float, low: int, high: int) -> list[str]:
    middle = y + ROW / 2 + 4
    label = _words(each.label, 22)
    parts = [f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{label}</text>']
    end = float(LEFT)
    if each.size > 0:
        end = max(LEFT + 2.0, _x(each.size, low, high))
        parts.append(
            f'<rect x="{LEFT}" y="{y + (ROW - THICK) / 2:.1f}" width="{end - LEFT:.1f}" '
            f'height="{THICK}" rx="2" fill="{each.colour}"/>'
        )
    parts.append(
        f'<text x="{end + 6:.1f}" y="{middle:.1f}" stroke="#ffffff" stroke-width="3" '
        f'paint-order="stroke">{escape(each.note)}</text>'
    )
    return parts


def _described(bars: list[Bar]) -> str:
    return escape("; ".join(f"{printable(each.label)}: {each.note}" for each in bars))


def _words(text: str, longest: int) -> str:
    return escape(shortened(printable(text), longest))

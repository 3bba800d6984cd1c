"""Mistakes with windows: kernels not turned, overlaps not added, pools, strides, paddings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import structs

from ...arithmetic.floating import FLOAT64
from ...functions.convolution import Convolution
from ...functions.pooling import MaxPooling, MeanPooling, Pooling
from ...functions.windows import Sliding
from ...functions.windows import last as last_of
from ..replay import Array
from ._records import mistake
from ._site import Site

MOST_WINDOWS = 64
"""Windows up to which it is seen what each alone sends back."""
Windowed = Convolution | Pooling


def _reader(at: Site) -> tuple[Windowed, int, int] | None:
    """Return the rule with windows that alone reads the quantity, its node, and at which place."""
    arrivals = at.graph.arrivals[at.node] if at.kind == "gradient" else ()
    found = [
        (rule, consumer, position)
        for consumer, position in arrivals
        if isinstance(rule := at.graph.nodes[consumer].rule, Convolution | Pooling)
    ]
    penalties = sum(consumer in at.graph.penalties for consumer, _ in arrivals)
    return found[0] if len(found) == 1 == len(arrivals) - penalties else None


def _own(at: Site) -> Windowed | None:
    """Return the rule of a value that is computed window by window."""
    rule = at.graph.nodes[at.node].rule
    return rule if at.kind == "value" and isinstance(rule, Convolution | Pooling) else None


def _with(at: Site, rule: Windowed, other: Windowed, node: int, position: int, g: Array) -> Array:
    """Return the gradient as it is when the share is taken by another rule, with another g."""
    inputs, out = at.inputs(node), at.value(node)
    wrong = other.share(FLOAT64, position, g, out, *inputs)
    if position == 0:
        return wrong
    right = rule.share(FLOAT64, position, at.gradient(node), out, *inputs)
    return at.computed + at.over_batch(wrong - right)


@mistake(
    "kernel-not-turned",
    "the kernel not turned on the way back",
    "A value is under the kernel's first place in one window and under its last in another. "
    "Which weight belongs to which δ?",
    "{entry} is taken with the kernel as it lies going forward; going back it is turned by 180°.",
    rank=20,
)
def kernel_not_turned(at: Site) -> Iterator[Array]:
    """∂C/∂x as the correlation of δ with the kernel itself."""
    found = _reader(at)
    if found is None or not isinstance(found[0], Convolution) or found[2] != 0:
        return
    rule, node, position = found
    turned = structs.replace(found[0], flip=not found[0].flip)
    yield _with(at, rule, turned, node, position, at.gradient(node))


@mistake(
    "kernel-turned-forward",
    "the kernel turned, or not turned, going forward",
    "Does this layer lay the kernel on the image as it is written, or turned by 180°?",
    "{entry} has the kernel the other way round: see 'flip' of the layer.",
    rank=25,
)
def kernel_turned_forward(at: Site) -> Iterator[Array]:
    """z, or ∂C/∂w, with the kernel turned where the layer does not turn it, and the reverse."""
    own, found = _own(at), _reader(at)
    if isinstance(own, Convolution):
        other = structs.replace(own, flip=not own.flip)
        yield other.forward(FLOAT64, *at.inputs(at.node))
    if found is not None and isinstance(found[0], Convolution) and found[2] == 1:
        rule, node, position = found
        other = structs.replace(found[0], flip=not found[0].flip)
        yield _with(at, rule, other, node, position, at.gradient(node))


@mistake(
    "overlap-not-added",
    "windows that overlap not added",
    "In how many windows is this value? What comes back from each?",
    "{entry} has what comes back from one window only; each window that covers it adds its share.",
    rank=20,
)
def overlap_not_added(at: Site) -> Iterator[Array]:
    """∂C/∂x with each window's share written over the one before, or only the first kept."""
    found = _reader(at)
    if found is None or found[2] != 0:
        return
    rule, node, position = found
    g, inputs, out = at.gradient(node), at.inputs(node), at.value(node)
    windows = g.shape[-rule.sliding.rank :]
    if int(np.prod(windows)) > MOST_WINDOWS:
        return
    last, first = np.zeros(at.computed.shape), np.zeros(at.computed.shape)
    for window in np.ndindex(windows):
        alone = np.zeros(g.shape)
        alone[last_of(*window)] = g[last_of(*window)]
        sent = rule.share(FLOAT64, position, alone, out, *inputs)
        last = np.where(sent != 0, sent, last)
        first = np.where(first != 0, first, sent)
    yield last
    yield first


@mistake(
    "max-to-every-entry",
    "the gradient of a maximum given to every entry",
    "Which value of the window does the maximum change with?",
    "{entry} gives every value of the window a gradient; only the largest one gets it.",
    rank=20,
)
def max_to_every_entry(at: Site) -> Iterator[Array]:
    """δ for every value of the window, or an equal part of it, in place of the largest one's."""
    found = _reader(at)
    if found is None or not isinstance(found[0], MaxPooling):
        return
    rule, node, position = found
    mean = MeanPooling(rule.sliding, found[0].lengths)
    equal = _with(at, rule, mean, node, position, at.gradient(node))
    yield equal * mean.values
    yield equal


@mistake(
    "mean-not-divided",
    "the mean of a window not divided",
    "How many values does the window have, and what part of the mean is each?",
    "{entry} adds up where the mean is taken: it is divided by the number of values.",
    rank=20,
)
def mean_not_divided(at: Site) -> Iterator[Array]:
    """Σ of a window for its mean, or δ for δ divided by the number of values."""
    own, found = _own(at), _reader(at)
    for rule in (own, found[0] if found is not None else None):
        if isinstance(rule, MeanPooling):
            yield at.computed * rule.values


@mistake(
    "padding-not-counted",
    "the places of the padding not counted in a mean",
    "By how many places is the sum of a window divided: are those of the padding among them?",
    "{entry} is divided by the values inside alone; here the padding's zeros are counted too.",
    rank=18,
)
def padding_not_counted(at: Site) -> Iterator[Array]:
    """Σ of a window by the number of values that are no padding, forward or back."""
    own, found = _own(at), _reader(at)
    node = at.node if own is not None else found[1] if found is not None else -1
    rule = own if own is not None else found[0] if found is not None else None
    if not isinstance(rule, MeanPooling):
        return
    inside = rule.forward(FLOAT64, np.ones(at.inputs(node)[0].shape))
    if not (0 < inside.min() < inside.max()):
        return
    if own is not None:
        yield at.computed / inside
    elif found is not None:
        yield _with(at, rule, rule, node, found[2], at.gradient(node) / inside)


@mistake(
    "stride-forgotten",
    "the stride forgotten",
    "By how much does the window move on?",
    "{entry} moves the window on by one; the layer's stride is larger.",
    rank=20,
)
def stride_forgotten(at: Site) -> Iterator[Array]:
    """By one place the window moves on where the stride is larger, forward or back."""
    for rule in (_own(at), (_reader(at) or (None,))[0]):
        if rule is not None and max(rule.sliding.strides) > 1:
            ones = (1,) * rule.sliding.rank
            yield from _moved(at, rule, structs.replace(rule.sliding, strides=ones))


@mistake(
    "padding-forgotten",
    "the padding forgotten",
    "Where does the first window begin: at the first value, or before it?",
    "{entry} begins at the first value; the padding puts the first window before it.",
    rank=20,
)
def padding_forgotten(at: Site) -> Iterator[Array]:
    """On the first value lies the first window, as if nothing stood before it."""
    for rule in (_own(at), (_reader(at) or (None,))[0]):
        if rule is not None and any(before for before, _ in rule.sliding.paddings):
            behind = tuple((0, before + after) for before, after in rule.sliding.paddings)
            yield from _moved(at, rule, structs.replace(rule.sliding, paddings=behind))


@mistake(
    "window-not-moved",
    "the window not moved on",
    "Which rows and columns lie under the window here?",
    "{entry} is what the first window of its row or column gives; each window lies further on.",
    rank=22,
)
def window_not_moved(at: Site) -> Iterator[Array]:
    """Z with the first row of windows in place of each row, or the first column of each column."""
    own = _own(at)
    if own is None:
        return
    for axis in range(-own.sliding.rank, 0):
        if at.computed.shape[axis] > 1:
            first = np.take(at.computed, [0], axis=axis)
            yield np.broadcast_to(first, at.computed.shape).copy()


def _moved(at: Site, rule: Windowed, sliding: Sliding) -> Iterator[Array]:
    """Yield the value, or the gradient, with the windows lying elsewhere, so many as there are."""
    other, found = structs.replace(rule, sliding=sliding), _reader(at)
    node = at.node if found is None else found[1]
    every = other.forward(FLOAT64, *at.inputs(node))
    cut = tuple(slice(n) for n in at.value(node).shape)
    if found is None:
        yield every[cut]
        return
    g = np.zeros(every.shape)
    g[cut] = at.gradient(node)
    yield _with(at, rule, other, node, found[2], g)


@mistake(
    "another-pooling",
    "another number of the window than its layer takes",
    "Which number of each window does this layer take: the largest, or the mean?",
    "{entry} is another number of the window: its mean, its sum, its smallest or its largest.",
    rank=20,
)
def another_pooling(at: Site) -> Iterator[Array]:
    """Σ, mean or smallest of a window for the largest; the largest for the mean."""
    own = _own(at)
    if isinstance(own, MaxPooling):
        mean = MeanPooling(own.sliding, own.lengths)
        (x,) = at.inputs(at.node)
        found = mean.forward(FLOAT64, x)
        yield from (found, found * mean.values, -own.forward(FLOAT64, -x))
    elif isinstance(own, MeanPooling):
        yield MaxPooling(own.sliding, own.lengths).forward(FLOAT64, *at.inputs(at.node))


@mistake(
    "maximum-in-another-place",
    "the gradient of a maximum given to another value of the window",
    "Which value of the window is the largest? Where does it stand?",
    "{entry}: the window's error goes to the largest value, not to the first or the smallest.",
    rank=19,
)
def maximum_in_another_place(at: Site) -> Iterator[Array]:
    """δ for the smallest, the first or the last value of the window."""
    found = _reader(at)
    if found is None or not isinstance(found[0], MaxPooling):
        return
    rule, node, position = found
    (x,) = at.inputs(node)
    places = np.arange(x.size, dtype=np.float64).reshape(x.shape)
    for other in (-x, -places, places):
        yield rule.share(FLOAT64, position, at.gradient(node), at.value(node), other)


@mistake(
    "kernel-transposed",
    "rows and columns of the kernel, or of the image, exchanged",
    "Which weight lies on which pixel: does a row of the kernel go along a row of the image?",
    "{entry} has rows and columns of the kernel, or of the image, exchanged.",
    rank=22,
)
def kernel_transposed(at: Site) -> Iterator[Array]:
    """W, or the image, turned about its diagonal going forward."""
    own = _own(at)
    if isinstance(own, Convolution):
        x, kernel, *bias = at.inputs(at.node)
        if x.ndim < 4:
            return
        if _square(kernel):
            yield own.forward(FLOAT64, x, kernel.swapaxes(-1, -2), *bias)
        if x.shape[-1] == x.shape[-2]:
            yield own.forward(FLOAT64, x.swapaxes(-1, -2), kernel, *bias)


def _square(kernel: Array) -> bool:
    return kernel.ndim > 2 and kernel.shape[-1] == kernel.shape[-2] > 1


@mistake(
    "windows-not-added",
    "one window, or the mean of the windows, in a shared weight's gradient",
    "In how many windows is this weight used? What becomes of their shares?",
    "{entry} is one window's share, or the mean; the shares of all windows are added.",
    rank=21,
)
def windows_not_added(at: Site) -> Iterator[Array]:
    """∂C/∂w, ∂C/∂b of the first window alone, or divided by the number of windows."""
    found = _reader(at)
    if found is None or not isinstance(found[0], Convolution) or found[2] == 0:
        return
    rule, node, position = found
    g = at.gradient(node)
    axes = tuple(range(-rule.sliding.rank, 0))
    windows = int(np.prod([g.shape[axis] for axis in axes]))
    first = np.zeros(g.shape)
    first[last_of(*(0,) * rule.sliding.rank)] = g[last_of(*(0,) * rule.sliding.rank)]
    if windows > 1:
        yield _with(at, rule, rule, node, position, g / windows)
        yield _with(at, rule, rule, node, position, first)


MISTAKES = (
    another_pooling,
    maximum_in_another_place,
    kernel_transposed,
    windows_not_added,
    kernel_not_turned,
    kernel_turned_forward,
    overlap_not_added,
    max_to_every_entry,
    mean_not_divided,
    padding_not_counted,
    stride_forgotten,
    padding_forgotten,
    window_not_moved,
)

"""Mistakes of the forward pass."""

from __future__ import annotations

from collections.abc import Iterator

from ..replay import Array
from ._records import mistake
from ._site import Site


@mistake(
    "bias-omitted",
    "the bias left out",
    "Look at the weighted sum again: is every term in it?",
    "{entry} is the weighted sum without the bias b.",
)
def bias_omitted(at: Site) -> Iterator[Array]:
    """Without b, W x alone: every pre-activation of the layer is off by its bias."""
    if at.is_z and at.dense is not None and "b" in at.dense.parameters:
        yield at.computed - at.value(at.dense.parameters["b"])


@mistake(
    "forward-transposed",
    "W transposed going forward",
    "Which index of a weight counts the unit it goes to, and which the unit it comes from?",
    "{entry} is taken with rows and columns of W exchanged: Wᵀx in place of W x.",
)
def forward_transposed(at: Site) -> Iterator[Array]:
    """Wᵀx + b, where W is square: each unit gets a column of W in place of its row."""
    if not at.is_z or at.dense is None:
        return
    W, x = at.weights(at.dense), at.value(at.below(at.dense))
    if W.shape[0] == W.shape[1] and W.shape[0] > 1:
        yield at.computed - x @ W.T + x @ W


MISTAKES = (bias_omitted, forward_transposed)

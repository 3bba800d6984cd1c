"""``type: avg_pool1d``: the mean of each window; each value gets the same part of the gradient."""

from __future__ import annotations

from ..functions.pooling import MeanPooling
from ._pooling import pooling

TYPE = pooling("avg_pool", MeanPooling, 1, "the mean of each window of a row of positions")

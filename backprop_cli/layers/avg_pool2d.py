"""``type: avg_pool2d``: the mean of each window; each value gets the same part of the gradient."""

from __future__ import annotations

from ..functions.pooling import MeanPooling
from ._pooling import pooling

TYPE = pooling("avg_pool", MeanPooling, 2, "the mean of each window of an image")

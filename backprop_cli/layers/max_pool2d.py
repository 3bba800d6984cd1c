"""``type: max_pool2d``: the largest value of a window; its gradient goes to the first of them."""

from __future__ import annotations

from ..functions.pooling import MaxPooling
from ._pooling import pooling

TYPE = pooling("max_pool", MaxPooling, 2, "the largest value of each window of an image")

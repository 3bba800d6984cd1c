"""``type: max_pool1d``: the largest value of a window; its gradient goes to the first of them."""

from __future__ import annotations

from ..functions.pooling import MaxPooling
from ._pooling import pooling

TYPE = pooling("max_pool", MaxPooling, 1, "the largest value of each window of a row of positions")

"""What the tests of functions share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture
def quiet() -> Iterator[None]:
    """Branches that are not taken may overflow, as inside the passes; so may points outside."""
    with np.errstate(all="ignore"):
        yield

"""Trial layer types, known to the package for the tests of this folder only."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest

from backprop_cli import layers

from . import trial_conv1d, trial_conv2d

TRIALS = (trial_conv1d, trial_conv2d)


@pytest.fixture(autouse=True)
def trial_types() -> Iterator[None]:
    """Add the trial types to those of the package."""
    types = {**layers.layer_types(), **{trial.TYPE.name: trial.TYPE for trial in TRIALS}}
    layers.layer_types.cache_clear()
    with mock.patch.object(layers, "entries", return_value=types):
        yield
    layers.layer_types.cache_clear()

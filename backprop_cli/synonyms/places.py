"""What a word is that belongs elsewhere in the file: an activation, a loss, a type of layer."""

from __future__ import annotations

from typing import NamedTuple

from .answers import Answers
from .functions import ACTIVATIONS, LOSSES
from .layers import INITS, TYPES
from .learning import OPTIMIZERS


class Elsewhere(NamedTuple):
    """A place's names here, what others call them, what such a word is, and how it is written."""

    names: str
    others: Answers
    kind: str
    written: str


PLACES = (
    Elsewhere(
        "elu gelu hard_sigmoid hard_tanh identity leaky_relu linear logistic mish relu selu "
        "sigmoid silu softmax softplus softsign swish tanh",
        ACTIVATIONS,
        "an activation",
        "write 'activation: {0}' in a layer",
    ),
    Elsewhere(
        "absolute_error binary_cross_entropy cross_entropy half_squared_error hinge huber "
        "kl_divergence log_cosh mean_squared_error sigmoid_cross_entropy softmax_cross_entropy "
        "squared_error",
        LOSSES,
        "a loss",
        "write 'loss: {0}' at the top",
    ),
    Elsewhere(
        "activation add attention avg_pool1d avg_pool2d batch_norm concat conv1d conv2d dense "
        "dropout embedding flatten global_avg_pool gru layer_norm lstm max_pool1d max_pool2d "
        "multiply positions recurrent rms_norm",
        TYPES,
        "a type of layer",
        "write 'type: {0}' in a layer of its own",
    ),
    Elsewhere(
        "adam adamw momentum nesterov rmsprop sgd",
        OPTIMIZERS,
        "an optimizer",
        "write 'optimizer: {{type: {0}}}' at the top",
    ),
    Elsewhere(
        "he_normal he_uniform normal ones uniform xavier_normal xavier_uniform zeros",
        INITS,
        "a way to draw weights",
        "write 'weights: {{init: {0}}}'",
    ),
)

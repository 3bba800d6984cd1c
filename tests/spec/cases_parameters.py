"""Weights and biases that do not fit, and what is said of each."""

from __future__ import annotations

from .case import LAYERS, Case

CASES = (
    Case(
        "too many columns",
        LAYERS + "  - weights: [[2, -3, 1]]\n    bias: none\n",
        """\
net.yaml:5:14: weights: 3 columns, but this layer receives 2 values (from 'input')
   5 |   - weights: [[2, -3, 1]]
     |              ^^^^^^^^^^^^ give 2 columns, or an input of 3 values""",
    ),
    Case(
        "too many columns from a named layer",
        LAYERS + "  - name: hidden\n    weights: [[1, 2]]\n  - weights: [[1, 2]]\n",
        """\
net.yaml:7:14: weights: 2 columns, but this layer receives 1 value (from 'hidden')
   7 |   - weights: [[1, 2]]
     |              ^^^^^^^^ give 1 column, or an input of 2 values""",
    ),
    Case(
        "too many columns from a layer without a name",
        LAYERS + "  - weights: [[1, 2]]\n  - weights: [[1, 2]]\n",
        """\
net.yaml:6:14: weights: 2 columns, but this layer receives 1 value (from layer 1)
   6 |   - weights: [[1, 2]]
     |              ^^^^^^^^ give 1 column, or an input of 2 values""",
    ),
    Case(
        "too many rows in the other layout",
        """\
weights_layout: in_out
input: [1, 2]
target: [0]
loss: squared_error
layers:
  - weights: [[1], [2], [3]]
""",
        """\
net.yaml:6:14: weights: 3 rows, but this layer receives 2 values (from 'input')
   6 |   - weights: [[1], [2], [3]]
     |              ^^^^^^^^^^^^^^^ give 2 rows, or an input of 3 values""",
    ),
    Case(
        "a transposed matrix",
        LAYERS + "  - units: 3\n    weights: [[1, 2, 3], [4, 5, 6]]\n",
        "net.yaml:2:9: target: 1 value, but the output has 3 values\n"
        "   2 | target: [0]\n"
        "     |         ^^^ give 3 values\n"
        "net.yaml:6:14: weights: 3 columns, but this layer receives 2 values (f"
        "rom 'input')\n"
        "   6 |     weights: [[1, 2, 3], [4, 5, 6]]\n"
        "     |              ^^^^^^^^^^^^^^^^^^^^^^ exchange rows and columns, "
        "or say 'weights_layout: in_out'",
    ),
    Case(
        "units that disagree",
        LAYERS + "  - units: 3\n    weights: [[1, 2], [3, 4]]\n",
        """\
net.yaml:6:14: weights: 2 rows, but 'units' says 3
   6 |     weights: [[1, 2], [3, 4]]
     |              ^^^^^^^^^^^^^^^^ give 3 rows, or units: 2""",
    ),
    Case(
        "units that disagree in the other layout",
        """\
weights_layout: in_out
input: [1, 2]
target: [0]
loss: squared_error
layers:
  - units: 3
    weights: [[1, 2], [3, 4]]
""",
        """\
net.yaml:7:14: weights: 2 columns, but 'units' says 3
   7 |     weights: [[1, 2], [3, 4]]
     |              ^^^^^^^^^^^^^^^^ give 3 columns, or units: 2""",
    ),
    Case(
        "weights that are a list",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights: [1, 2]\n",
        """\
net.yaml:5:14: weights: a list where a matrix is expected
   5 |   - weights: [1, 2]
     |              ^^^^^^ a list of rows, such as [[1, 2]]""",
    ),
    Case(
        "weights that are a number",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights: 3\n",
        """\
net.yaml:5:14: weights: one number where a matrix is expected
   5 |   - weights: 3
     |              ^ a list of rows, such as [[1, 2]]""",
    ),
    Case(
        "weights in too many brackets",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights: [[[1, 2]]]\n",
        """\
net.yaml:5:14: weights: lists nested 3 deep where a matrix is expected
   5 |   - weights: [[[1, 2]]]
     |              ^^^^^^^^^^ a list of rows, such as [[1, 2]]""",
    ),
    Case(
        "weights without value",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights:\n  - units: 1\n",
        """\
net.yaml:5:5: weights: nothing is given
   5 |   - weights:
     |     ^^^^^^^ give numbers, or leave it out and say 'units:'""",
    ),
    Case(
        "blank weights",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights: [[~, 1]]\n",
        """\
net.yaml:5:16: weights[1,1]: nothing is given
   5 |   - weights: [[~, 1]]
     |                ^ give a number""",
    ),
    Case(
        "weights from no mapping that is known",
        LAYERS + "  - units: 1\n    weights: {x: 1}\n    bias: {}\n",
        """\
net.yaml:6:14: weights: numbers, or a mapping with 'init' or 'file', are expected
   6 |     weights: {x: 1}
     |              ^^^^^^ {init: xavier_uniform} or {file: weights.npz, key: W1}
net.yaml:7:11: bias: numbers, or a mapping with 'init' or 'file', are expected
   7 |     bias: {}
     |           ^^ {init: xavier_uniform} or {file: weights.npz, key: W1}""",
    ),
    Case(
        "a bias of the wrong length",
        LAYERS + "  - weights: [[1, 2]]\n    bias: [1, 2]\n",
        """\
net.yaml:6:11: bias: 2 values, but this layer has 1 unit
   6 |     bias: [1, 2]
     |           ^^^^^^ give 1 value""",
    ),
    Case(
        "a bias that is a column",
        LAYERS + "  - weights: [[1, 2]]\n    bias: [[1]]\n",
        """\
net.yaml:6:11: bias: a flat list is expected
   6 |     bias: [[1]]
     |           ^^^^^ one number for each unit, such as [1, 2]""",
    ),
    Case(
        "a bias written as none in other words",
        LAYERS
        + """\
  - units: 1
    bias: None
  - units: 1
    bias: false
  - units: 1
    bias: ~
""",
        """\
net.yaml:6:11: bias: 'None' is not a number
   6 |     bias: None
     |           ^^^^ write 'none' for a layer without a bias
net.yaml:8:11: bias: 'false' is not a number
   8 |     bias: false
     |           ^^^^^ write 'none' for a layer without a bias
net.yaml:10:5: bias: nothing is given
  10 |     bias: ~
     |     ^^^^ write 'none' for a layer without a bias, or leave it out""",
    ),
    Case(
        "two kinds of bias",
        LAYERS + "  - weights: [[1, 2]]\n    bias: [1]\n    shared_bias: 2\n",
        """\
net.yaml:7:18: both 'bias' and 'shared_bias'
   7 |     shared_bias: 2
     |                  ^ keep one of the two""",
    ),
    Case(
        "a shared bias that is a list",
        LAYERS + "  - weights: [[1, 2]]\n    shared_bias: [2]\n",
        """\
net.yaml:6:18: shared_bias: a number is expected, not a list
   6 |     shared_bias: [2]
     |                  ^^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "units that nobody says",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - activation: relu\n",
        """\
net.yaml:5:5: layer 1: the number of units is not known
   5 |   - activation: relu
     |     ^ add 'units:'""",
    ),
    Case(
        "units that an initialisation does not say",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - weights: {init: ones}\n",
        """\
net.yaml:5:5: layer 1: the number of units is not known
   5 |   - weights: {init: ones}
     |     ^ add 'units:'""",
    ),
    Case(
        "unknown initialisations",
        LAYERS
        + """\
  - units: 1
    weights: {init: xavier}
  - units: 1
    weights: {init: }
  - units: 1
    weights: {init: 3}
""",
        "net.yaml:6:21: init: 'xavier' is not one of its values\n"
        "   6 |     weights: {init: xavier}\n"
        "     |                     ^^^^^^ did you mean 'xavier_uniform'?\n"
        "net.yaml:8:15: init: nothing is given\n"
        "   8 |     weights: {init: }\n"
        "     |               ^^^^ give a value\n"
        "net.yaml:10:21: init: '3' is not one of its values\n"
        "  10 |     weights: {init: 3}\n"
        "     |                     ^ known: he_normal, he_uniform, normal, one"
        "s, uniform, xavier_normal, xavier_uniform, zeros",
    ),
    Case(
        "settings that an initialisation does not have",
        LAYERS
        + """\
  - units: 1
    weights: {init: he_normal, gain: 1}
  - units: 1
    weights: {init: uniform, lo: 1}
  - units: 1
    weights: {init: uniform, std: 1}
""",
        """\
net.yaml:6:32: weights: 'gain' has no meaning for he_normal
   6 |     weights: {init: he_normal, gain: 1}
     |                                ^^^^ remove it
net.yaml:8:30: weights: there is no key 'lo'
   8 |     weights: {init: uniform, lo: 1}
     |                              ^^ did you mean 'low'?
net.yaml:10:30: weights: 'std' has no meaning for uniform
  10 |     weights: {init: uniform, std: 1}
     |                              ^^^ uniform takes low and high""",
    ),
    Case(
        "settings of an initialisation that make no sense",
        LAYERS
        + """\
  - units: 1
    weights: {init: uniform, low: 1, high: 0}
  - units: 1
    weights: {init: normal, std: -1}
  - units: 1
    weights: {init: xavier_normal, gain: x}
  - units: 1
    weights: {init: uniform, low: -1e308}
""",
        """\
net.yaml:6:14: weights: low (1) is above high (0)
   6 |     weights: {init: uniform, low: 1, high: 0}
     |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ exchange them
net.yaml:8:34: std: a number from 0 is expected
   8 |     weights: {init: normal, std: -1}
     |                                  ^^ it says how wide to draw
net.yaml:10:42: gain: 'x' is not a number
  10 |     weights: {init: xavier_normal, gain: x}
     |                                          ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)
net.yaml:12:35: low: too large to draw from
  12 |     weights: {init: uniform, low: -1e308}
     |                                   ^^^^^^ at most 1e+100""",
    ),
    Case(
        "an initialisation that needs a matrix",
        LAYERS + "  - units: 1\n    weights: {init: ones}\n    bias: {init: he_normal}\n",
        """\
net.yaml:7:11: bias: he_normal needs a weight matrix
   7 |     bias: {init: he_normal}
     |           ^^^^^^^^^^^^^^^^^ use zeros, ones, uniform or normal""",
    ),
    Case(
        "a network too large to hold",
        LAYERS + "  - units: 9999999\n    weights: {init: ones}\n",
        """\
net.yaml:2:9: target: 1 value, but the output has 9999999 values
   2 | target: [0]
     |         ^^^ give 9999999 values
net.yaml:5:5: layer 1: more than 50000000 numbers in the whole network
   5 |   - units: 9999999
     |     ^ fewer units or samples""",
    ),
)

"""Keys and values that mean nothing, and what is said of each."""

from __future__ import annotations

from backprop_cli.layers import layer_types

from .case import LAYERS, Case

CASES = (
    Case(
        "no layers",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\n",
        """\
net.yaml:1:1: the network: 'layers' is missing
   1 | input: [1, 2]
     | ^ add 'layers:'""",
    ),
    Case(
        "layers without value",
        "layers:\n",
        """\
net.yaml:1:1: layers: nothing is given
   1 | layers:
     | ^^^^^^ write them below it, such as '- units: 2'""",
    ),
    Case(
        "an empty list of layers",
        "layers: []\n",
        """\
net.yaml:1:9: layers: a list of layers is expected, not an empty list
   1 | layers: []
     |         ^^ write them below it, such as '- units: 2'""",
    ),
    Case(
        "layers that are one mapping",
        "layers:\n  units: 1\n",
        """\
net.yaml:2:3: layers: a list of layers is expected, not a mapping
   2 |   units: 1
     |   ^ begin each layer with '- ', such as '- units: 2'""",
    ),
    Case(
        "layers that are a word",
        "layers: dense\n",
        """\
net.yaml:1:9: layers: a list of layers is expected, not 'dense'
   1 | layers: dense
     |         ^^^^^ write them below it, such as '- units: 2'""",
    ),
    Case(
        "layers that are no mappings",
        "layers: [3, x, [1]]\n",
        """\
net.yaml:1:10: layer 1: a mapping is expected, not '3'
   1 | layers: [3, x, [1]]
     |          ^ write its keys, such as 'units: 2'
net.yaml:1:13: layer 2: a mapping is expected, not 'x'
   1 | layers: [3, x, [1]]
     |             ^ write its keys, such as 'units: 2'
net.yaml:1:16: layer 3: a mapping is expected, not a list
   1 | layers: [3, x, [1]]
     |                ^^^ write its keys, such as 'units: 2'""",
    ),
    Case(
        "too many layers",
        "layers: [" + "{units: 1}," * 1001 + "]\n",
        "net.yaml:1:11010: layers: 1001 layers\n"
        "   1 | …{units: 1},{units: 1},{units: 1},{units: 1},{units: 1},{units:"
        " 1},{units: 1},{units: 1},{units: 1},]\n"
        "     |                                                                "
        "                          ^^^^^^^^^^ at most 1000",
    ),
    Case(
        "misspelled keys",
        "naem: x\ninptu: [1]\nlayrs: []\n",
        """\
net.yaml:1:1: the network: there is no key 'naem'
   1 | naem: x
     | ^^^^ did you mean 'name'?
net.yaml:2:1: the network: there is no key 'inptu'
   2 | inptu: [1]
     | ^^^^^ did you mean 'input'?
net.yaml:3:1: the network: there is no key 'layrs'
   3 | layrs: []
     | ^^^^^ did you mean 'layers'?""",
    ),
    Case(
        "keys as others call them",
        """\
x: [1]
y: [0]
cost: mse
lr: 1
layers:
  - neurons: 2
    w: [[1]]
    b: [0]
    act: relu
""",
        """\
net.yaml:1:1: the network: there is no key 'x'
   1 | x: [1]
     | ^ did you mean 'input'?
net.yaml:2:1: the network: there is no key 'y'
   2 | y: [0]
     | ^ did you mean 'target'?
net.yaml:3:1: the network: there is no key 'cost'
   3 | cost: mse
     | ^^^^ did you mean 'loss'?
net.yaml:4:1: the network: there is no key 'lr'
   4 | lr: 1
     | ^^ did you mean 'learning_rate'?
net.yaml:6:5: layer 1 (dense): there is no key 'neurons'
   6 |   - neurons: 2
     |     ^^^^^^^ did you mean 'units'?
net.yaml:7:5: layer 1 (dense): there is no key 'w'
   7 |     w: [[1]]
     |     ^ did you mean 'weights'?
net.yaml:8:5: layer 1 (dense): there is no key 'b'
   8 |     b: [0]
     |     ^ did you mean 'bias'?
net.yaml:9:5: layer 1 (dense): there is no key 'act'
   9 |     act: relu
     |     ^^^ did you mean 'activation'?""",
    ),
    Case(
        "a key that belongs to another type",
        LAYERS + "  - type: add\n    weights: [[1]]\n",
        """\
net.yaml:6:5: layer 1 (add): there is no key 'weights'
   6 |     weights: [[1]]
     |     ^^^^^^^ known: activation, from, name, type""",
    ),
    Case(
        "unknown types",
        LAYERS + "  - type: danse\n  - type: [dense]\n  - type:\n",
        f"""\
net.yaml:5:11: type: there is no layer type 'danse'
   5 |   - type: danse
     |           ^^^^^ did you mean 'dense'?
net.yaml:6:11: type: a name is expected, not a list
   6 |   - type: [dense]
     |           ^^^^^^^ known: {", ".join(sorted(layer_types()))}
net.yaml:7:5: type: nothing is given
   7 |   - type:
     |     ^^^^ give a value, or leave it out""",
    ),
    Case(
        "settings that are not among the values",
        "reduction: avg\nweights_layout: inout\nseed: -1\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:12: reduction: 'avg' is not one of its values
   1 | reduction: avg
     |            ^^^ known: mean, sum
net.yaml:2:17: weights_layout: 'inout' is not one of its values
   2 | weights_layout: inout
     |                 ^^^^^ did you mean 'in_out'?
net.yaml:3:7: seed: a whole number from 0 is expected, not '-1'
   3 | seed: -1
     |       ^^ such as 7, of at most 18 digits""",
    ),
    Case(
        "wrong kinds of values",
        """\
name: [x]
optimizer: Adam
regularization: 0.1
learning_rate: fast
seed: 1.5
layers: [{units: 1}]
""",
        """\
net.yaml:1:7: name: a text is expected, not a list
   1 | name: [x]
     |       ^^^ put it in quotes
net.yaml:2:12: optimizer: there is no optimizer 'Adam'
   2 | optimizer: Adam
     |            ^^^^ did you mean 'adam'?
net.yaml:3:17: regularization: a mapping is expected, not '0.1'
   3 | regularization: 0.1
     |                 ^^^ {l2: 0.1}
net.yaml:4:16: learning_rate: 'fast' is not a number
   4 | learning_rate: fast
     |                ^^^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)
net.yaml:5:7: seed: a whole number from 0 is expected, not '1.5'
   5 | seed: 1.5
     |       ^^^ such as 7, of at most 18 digits""",
    ),
    Case(
        "penalties and rates below zero",
        "regularization: {l2: -1, l3: 0}\nlearning_rate: -0.1\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:22: l2: a number from 0 is expected, not '-1'
   1 | regularization: {l2: -1, l3: 0}
     |                      ^^ give a number from 0
net.yaml:1:26: regularization: there is no key 'l3'
   1 | regularization: {l2: -1, l3: 0}
     |                          ^^ known: l1, l2
net.yaml:2:16: learning_rate: a number from 0 is expected, not '-0.1'
   2 | learning_rate: -0.1
     |                ^^^^ give a number from 0""",
    ),
    Case(
        "an empty regularization",
        "regularization: {}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:17: regularization: nothing is given
   1 | regularization: {}
     |                 ^^ {l2: 0.01}, or leave it out""",
    ),
    Case(
        "units that are no number of units",
        """\
layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {units: [2]}, {units: 99999999}]
""",
        "net.yaml:1:18: units: a whole number above 0 is expected, not '0'\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                  ^ such as 3, at most 9999999\n"
        "net.yaml:1:30: units: a whole number above 0 is expected, not '-1'\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                              ^^ such as 3, at most 9999999\n"
        "net.yaml:1:43: units: a whole number above 0 is expected, not '2.5'\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                                           ^^^ such as 3, at mos"
        "t 9999999\n"
        "net.yaml:1:57: units: a whole number above 0 is expected, not 'two'\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                                                         ^^^ suc"
        "h as 3, at most 9999999\n"
        "net.yaml:1:71: units: a whole number above 0 is expected, not a list\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                                                                "
        "       ^^^ such as 3, at most 9999999\n"
        "net.yaml:1:85: units: a whole number above 0 is expected, not '9999999"
        "9'\n"
        "   1 | layers: [{units: 0}, {units: -1}, {units: 2.5}, {units: two}, {"
        "units: [2]}, {units: 99999999}]\n"
        "     |                                                                "
        "                     ^^^^^^^^ such as 3, at most 9999999",
    ),
    Case(
        "names that cannot be",
        "layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {name: [a]}, {name: ''}]\n",
        "net.yaml:1:17: name: '1x' cannot be a layer's name\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                 ^^ letters, digits, _ and -, not beginning with"
        " a digit; not 'input'\n"
        "net.yaml:1:29: name: 'input' cannot be a layer's name\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                             ^^^^^ letters, digits, _ and -, not"
        " beginning with a digit; not 'input'\n"
        "net.yaml:1:44: name: 'a b' cannot be a layer's name\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                                            ^^^ letters, digits,"
        " _ and -, not beginning with a digit; not 'input'\n"
        "net.yaml:1:57: name: 'é' cannot be a layer's name\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                                                         ^ lette"
        "rs from a to z, digits, _ and -, not beginning with a digit; not 'input'\n"
        "net.yaml:1:68: name: a text is expected, not a list\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                                                                "
        "    ^^^ put it in quotes\n"
        "net.yaml:1:81: name: '' cannot be a layer's name\n"
        "   1 | layers: [{name: 1x}, {name: input}, {name: a b}, {name: é}, {na"
        "me: [a]}, {name: ''}]\n"
        "     |                                                                "
        "                 ^^ letters, digits, _ and -, not beginning with a dig"
        "it; not 'input'",
    ),
    Case(
        "no input",
        "layers: [{units: 1}]\n",
        """\
net.yaml:1:1: the network: 'input' is missing
   1 | layers: [{units: 1}]
     | ^ add 'input: [1, 2]', or 'input: [~, ~]' for two values without numbers""",
    ),
)

"""Targets that do not fit the output or the loss, and what is said of each."""

from __future__ import annotations

from .case import Case

CASES = (
    Case(
        "too many values",
        "input: [1, 2]\ntarget: [1, 2]\nloss: squared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: 2 values, but the output has 1 value
   2 | target: [1, 2]
     |         ^^^^^^ give 1 value""",
    ),
    Case(
        "too few values",
        "input: [1, 2]\ntarget: [1]\nloss: squared_error\nlayers: [{units: 3}]\n",
        """\
net.yaml:2:9: target: 1 value, but the output has 3 values
   2 | target: [1]
     |         ^^^ give 3 values""",
    ),
    Case(
        "a batch for one sample",
        "input: [1, 2]\ntarget: [[1]]\nloss: squared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: a batch of 1 row, but the input is one sample
   2 | target: [[1]]
     |         ^^^^^ write one list of 1 value""",
    ),
    Case(
        "one number",
        "input: [1, 2]\ntarget: 1\nloss: squared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: a list is expected, not one number
   2 | target: 1
     |         ^ write [1], or {class: 1} where it is the number of a class""",
    ),
    Case(
        "a list for a batch",
        "input: [[1, 2], [3, 4]]\ntarget: [1, 0]\nloss: squared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: one list, but the input is a batch of 2 samples
   2 | target: [1, 0]
     |         ^^^^^^ write a list of rows, one a sample: [[1], [0]]""",
    ),
    Case(
        "too many rows",
        """\
input: [[1, 2], [3, 4]]
target: [[1], [2], [3]]
loss: squared_error
layers: [{units: 1}]
""",
        """\
net.yaml:2:9: target: 3 rows, but the input has 2 samples
   2 | target: [[1], [2], [3]]
     |         ^^^^^^^^^^^^^^^ one row for each sample""",
    ),
    Case(
        "rows too long",
        """\
input: [[1, 2], [3, 4]]
target: [[1, 2], [3, 4]]
loss: squared_error
layers: [{units: 1}]
""",
        """\
net.yaml:2:9: target: rows of 2 values, but the output has 1 value
   2 | target: [[1, 2], [3, 4]]
     |         ^^^^^^^^^^^^^^^^ give rows of 1 value""",
    ),
    Case(
        "blanks of the wrong shape",
        "input: [1, 2]\ntarget: [~, ~]\nloss: squared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: 2 values, but the output has 1 value
   2 | target: [~, ~]
     |         ^^^^^^ give 1 value""",
    ),
    Case(
        "a class out of range",
        """\
input: [1, 2]
target: {class: 2}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: class 2, but the classes are 0 to 1
   2 | target: {class: 2}
     |                 ^ classes count from 0; there is one for each output""",
    ),
    Case(
        "a class below zero",
        """\
input: [1, 2]
target: {class: -1}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: a class is a whole number from 0, not '-1'
   2 | target: {class: -1}
     |                 ^^ classes are the outputs' positions, counted from 0""",
    ),
    Case(
        "a class by its name",
        """\
input: [1, 2]
target: {class: cat}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: a class is a whole number from 0, not 'cat'
   2 | target: {class: cat}
     |                 ^^^ classes are the outputs' positions, counted from 0""",
    ),
    Case(
        "a class with decimals",
        """\
input: [1, 2]
target: {class: 1.0}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: a class is a whole number from 0, not '1.0'
   2 | target: {class: 1.0}
     |                 ^^^ classes are the outputs' positions, counted from 0""",
    ),
    Case(
        "a class without value",
        """\
input: [1, 2]
target: {class: }
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: a class is a whole number from 0, not nothing
   2 | target: {class: }
     |                 ^ classes are the outputs' positions, counted from 0""",
    ),
    Case(
        "a class too long to count",
        """\
input: [1, 2]
target: {class: 999999999999999999999999999999}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        "net.yaml:2:17: target: a class is a whole number from 0, not '99999999"
        "9999999999999999999999'\n"
        "   2 | target: {class: 999999999999999999999999999999}\n"
        "     |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ classes are the "
        "outputs' positions, counted from 0",
    ),
    Case(
        "a class that is a mapping",
        """\
input: [1, 2]
target: {class: {a: 1}}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: a class is a whole number from 0, not a mapping
   2 | target: {class: {a: 1}}
     |                 ^^^^^^ classes are the outputs' positions, counted from 0""",
    ),
    Case(
        "an empty list of classes",
        """\
input: [1, 2]
target: {class: []}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:17: target: an empty list
   2 | target: {class: []}
     |                 ^^ one class for each sample""",
    ),
    Case(
        "a list of classes for one sample",
        """\
input: [1, 2]
target: {class: [1]}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:9: target: a list of classes for one sample
   2 | target: {class: [1]}
     |         ^^^^^^^^^^^^ write {class: 1}""",
    ),
    Case(
        "a key beside the class",
        """\
input: [1, 2]
target: {class: 1, key: 2}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:20: target: 'key' has no meaning beside 'class'
   2 | target: {class: 1, key: 2}
     |                    ^^^ remove it""",
    ),
    Case(
        "one class for a batch",
        """\
input: [[1, 2], [3, 4]]
target: {class: 1}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:9: target: 1 class for 2 samples
   2 | target: {class: 1}
     |         ^^^^^^^^^^ a list with one class for each row of the input""",
    ),
    Case(
        "too few classes",
        """\
input: [[1, 2], [3, 4]]
target: {class: [1]}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:9: target: 1 class for 2 samples
   2 | target: {class: [1]}
     |         ^^^^^^^^^^^^ a list with one class for each row of the input""",
    ),
    Case(
        "one of many classes out of range",
        """\
input: [[1, 2], [3, 4]]
target: {class: [1, 5]}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:21: target: class 5, but the classes are 0 to 1
   2 | target: {class: [1, 5]}
     |                     ^ classes count from 0; there is one for each output""",
    ),
    Case(
        "a class under another loss",
        """\
input: [1, 2]
target: {class: 1}
loss: squared_error
layers: [{units: 2, activation: softmax}]
""",
        "net.yaml:2:9: target: a class is not a target of squared_error\n"
        "   2 | target: {class: 1}\n"
        "     |         ^^^^^^^^^^ use cross_entropy or softmax_cross_entropy, "
        "or write the target as numbers",
    ),
    Case(
        "a class under a formula",
        """\
input: [1, 2]
target: {class: 1}
loss: {expression: sum(a*y)}
layers: [{units: 2, activation: softmax}]
""",
        "net.yaml:2:9: target: a class is not a target of this loss\n"
        "   2 | target: {class: 1}\n"
        "     |         ^^^^^^^^^^ use cross_entropy or softmax_cross_entropy, "
        "or write the target as numbers",
    ),
    Case(
        "a mapping that says nothing",
        """\
input: [1, 2]
target: {clas: 1}
loss: cross_entropy
layers: [{units: 2, activation: softmax}]
""",
        """\
net.yaml:2:9: target: a mapping here needs 'class' or 'file'
   2 | target: {clas: 1}
     |         ^^^^^^^^^ did you mean 'class'?""",
    ),
    Case(
        "a target that is no probability",
        "input: [1, 2]\ntarget: [2]\nloss: binary_cross_entropy\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: binary_cross_entropy takes numbers from 0 to 1, not 2
   2 | target: [2]
     |         ^^^ a target of this loss is a probability""",
    ),
    Case(
        "a target below zero",
        "input: [1, 2]\ntarget: [-1, 2]\nloss: kl_divergence\nlayers: [{units: 2}]\n",
        """\
net.yaml:2:9: target: kl_divergence takes numbers from 0, not -1
   2 | target: [-1, 2]
     |         ^^^^^^^ a target of this loss is a probability""",
    ),
    Case(
        "a step without a target where the output has none",
        "input: [[1, 2]]\ntarget: [[1], ~, [2]]\nloss: squared_error\n"
        "layers: [{type: recurrent, units: 1}]\n",
        """\
net.yaml:2:9: target: 3 × 1, but the output is 1 × 1
   2 | target: [[1], ~, [2]]
     |         ^^^^^^^^^^^^^ give 1 × 1: it is shaped as the output""",
    ),
)

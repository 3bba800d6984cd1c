"""Losses that cannot be, and what is said of each."""

from __future__ import annotations

from .case import Case

CASES = (
    Case(
        "the loss sqared_error",
        "loss: sqared_error\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:7: loss: there is no loss 'sqared_error'
   1 | loss: sqared_error
     |       ^^^^^^^^^^^^ did you mean 'squared_error'?""",
    ),
    Case(
        "the loss MSE",
        "loss: MSE\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:7: loss: there is no loss 'MSE'
   1 | loss: MSE
     |       ^^^ mean_squared_error is the mean of (a − y)² over the outputs; \
half_squared_error is ½·Σ(a − y)², whose gradient is a − y""",
    ),
    Case(
        "the loss bce",
        "loss: bce\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:7: loss: there is no loss 'bce'
   1 | loss: bce
     |       ^^^ did you mean 'binary_cross_entropy'?""",
    ),
    Case(
        "the loss mae",
        "loss: mae\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:7: loss: there is no loss 'mae'
   1 | loss: mae
     |       ^^^ did you mean 'absolute_error'?""",
    ),
    Case(
        "the loss [huber]",
        "loss: [huber]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:7: loss: a name or a mapping is expected, not a list
   1 | loss: [huber]
     |       ^^^^^^^ one name, such as 'loss: half_squared_error'""",
    ),
    Case(
        "the loss {type: huber, delta: 0}",
        "loss: {type: huber, delta: 0}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:28: delta: a number above 0 is expected, not '0'
   1 | loss: {type: huber, delta: 0}
     |                            ^ give a number above 0""",
    ),
    Case(
        "the loss {type: squared_error, delta: 1}",
        "loss: {type: squared_error, delta: 1}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:29: loss: squared_error has no settings
   1 | loss: {type: squared_error, delta: 1}
     |                             ^^^^^ remove it""",
    ),
    Case(
        "the loss {type: huber, dleta: 2}",
        "loss: {type: huber, dleta: 2}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:21: loss huber: there is no key 'dleta'
   1 | loss: {type: huber, dleta: 2}
     |                     ^^^^^ did you mean 'delta'?""",
    ),
    Case(
        'the loss {expression: "sum((z - y)**2)"}',
        'loss: {expression: "sum((z - y)**2)"}\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:26: loss: 'z' is not known here
   1 | loss: {expression: "sum((z - y)**2)"}
     |                          ^ known: a, e, pi, y""",
    ),
    Case(
        'the loss {expression: "sum(a, y)"}',
        'loss: {expression: "sum(a, y)"}\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:21: loss: sum takes 1 argument, not 2
   1 | loss: {expression: "sum(a, y)"}
     |                     ^^^ write sum(a)""",
    ),
    Case(
        'the loss {expression: "dot(a)"}',
        'loss: {expression: "dot(a)"}\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:21: loss: dot takes 2 arguments, not 1
   1 | loss: {expression: "dot(a)"}
     |                     ^^^ write dot(a, b)""",
    ),
    Case(
        'the loss {expression: "max(a, y, 1)"}',
        'loss: {expression: "max(a, y, 1)"}\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:21: loss: max takes 1 to 2 arguments, not 3
   1 | loss: {expression: "max(a, y, 1)"}
     |                     ^^^ write max(a) or max(a, b)""",
    ),
    Case(
        'the loss {expression: "1/0 + sum(a)"}',
        'loss: {expression: "1/0 + sum(a)"}\nlayers: [{units: 1}]\n',
        "net.yaml:1:20: loss: a constant part has no finite value\n"
        '   1 | loss: {expression: "1/0 + sum(a)"}\n'
        "     |                    ^^^^^^^^^^^^^^ look for a division by zero, "
        "or the root or logarithm of a negative number",
    ),
    Case(
        "the loss {function: huber}",
        "loss: {function: huber}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:18: function: 'huber' has a formula
   1 | loss: {function: huber}
     |                  ^^^^^ write 'loss: huber'""",
    ),
    Case(
        "a loss that is a vector",
        """\
input: [1, 2]
target: [0, 1]
loss: {expression: "(a - y)**2"}
layers: [{units: 2}]
""",
        """\
net.yaml:3:7: loss: the loss (a - y)**2 has one value for each output
   3 | loss: {expression: "(a - y)**2"}
     |       ^^^^^^^^^^^^^^^^^^^^^^^^^^ give their sum: sum((a - y)**2)""",
    ),
    Case(
        "a loss that would take minutes",
        'input: [1]\nloss: {expression: "ln(sum(exp(a)))"}\nlayers: [{units: 500}]\n',
        "net.yaml:2:7: loss: too long a formula for 500 outputs\n"
        '   2 | loss: {expression: "ln(sum(exp(a)))"}\n'
        "     |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write it as one sum over "
        "the outputs, such as sum((a - y)**4)",
    ),
)

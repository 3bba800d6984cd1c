"""Activations that cannot be, and what is said of each."""

from __future__ import annotations

from .case import LAYERS, Case

CASES = (
    Case(
        "the activation sigmod",
        "input: [1]\nlayers: [{units: 1, activation: sigmod}]\n",
        """\
net.yaml:2:33: activation: there is no activation 'sigmod'
   2 | layers: [{units: 1, activation: sigmod}]
     |                                 ^^^^^^ did you mean 'sigmoid'?""",
    ),
    Case(
        "the activation ReLU",
        "input: [1]\nlayers: [{units: 1, activation: ReLU}]\n",
        """\
net.yaml:2:33: activation: there is no activation 'ReLU'
   2 | layers: [{units: 1, activation: ReLU}]
     |                                 ^^^^ did you mean 'relu'?""",
    ),
    Case(
        "the activation none",
        "input: [1]\nlayers: [{units: 1, activation: none}]\n",
        """\
net.yaml:2:33: activation: there is no activation 'none'
   2 | layers: [{units: 1, activation: none}]
     |                                 ^^^^ did you mean 'identity'?""",
    ),
    Case(
        "the activation qqqq",
        "input: [1]\nlayers: [{units: 1, activation: qqqq}]\n",
        "net.yaml:2:33: activation: there is no activation 'qqqq'\n"
        "   2 | layers: [{units: 1, activation: qqqq}]\n"
        "     |                                 ^^^^ known: elu, gelu, hard_sig"
        "moid, hard_tanh, identity, leaky_relu, linear, logistic, mish, relu, s"
        "elu, sigmoid, silu, softmax, softplus, softsign, swish, tanh",
    ),
    Case(
        "the activation 3",
        "input: [1]\nlayers: [{units: 1, activation: 3}]\n",
        "net.yaml:2:33: activation: there is no activation '3'\n"
        "   2 | layers: [{units: 1, activation: 3}]\n"
        "     |                                 ^ known: elu, gelu, hard_sigmoi"
        "d, hard_tanh, identity, leaky_relu, linear, logistic, mish, relu, selu"
        ", sigmoid, silu, softmax, softplus, softsign, swish, tanh",
    ),
    Case(
        "the activation [relu]",
        "input: [1]\nlayers: [{units: 1, activation: [relu]}]\n",
        """\
net.yaml:2:33: activation: a name or a mapping is expected, not a list
   2 | layers: [{units: 1, activation: [relu]}]
     |                                 ^^^^^^ one name, such as 'activation: identity'""",
    ),
    Case(
        "the activation ''",
        "input: [1]\nlayers: [{units: 1, activation: ''}]\n",
        "net.yaml:2:33: activation: there is no activation ''\n"
        "   2 | layers: [{units: 1, activation: ''}]\n"
        "     |                                 ^^ known: elu, gelu, hard_sigmo"
        "id, hard_tanh, identity, leaky_relu, linear, logistic, mish, relu, sel"
        "u, sigmoid, silu, softmax, softplus, softsign, swish, tanh",
    ),
    Case(
        "the activation {type: sigmod}",
        "input: [1]\nlayers: [{units: 1, activation: {type: sigmod}}]\n",
        """\
net.yaml:2:40: activation: there is no activation 'sigmod'
   2 | layers: [{units: 1, activation: {type: sigmod}}]
     |                                        ^^^^^^ did you mean 'sigmoid'?""",
    ),
    Case(
        "the activation {typ: relu}",
        "input: [1]\nlayers: [{units: 1, activation: {typ: relu}}]\n",
        """\
net.yaml:2:33: activation: a mapping needs 'type'
   2 | layers: [{units: 1, activation: {typ: relu}}]
     |                                 ^^^^^^^^^^^ did you mean 'type'?""",
    ),
    Case(
        "the activation {slope: 1}",
        "input: [1]\nlayers: [{units: 1, activation: {slope: 1}}]\n",
        """\
net.yaml:2:33: activation: a mapping needs 'type'
   2 | layers: [{units: 1, activation: {slope: 1}}]
     |                                 ^^^^^^^^^^ {type: …}, {expression: …} or {function: …}""",
    ),
    Case(
        "the activation {}",
        "input: [1]\nlayers: [{units: 1, activation: {}}]\n",
        """\
net.yaml:2:33: activation: a mapping needs 'type'
   2 | layers: [{units: 1, activation: {}}]
     |                                 ^^ {type: …}, {expression: …} or {function: …}""",
    ),
    Case(
        "the activation {type: relu, slope: 1}",
        "input: [1]\nlayers: [{units: 1, activation: {type: relu, slope: 1}}]\n",
        """\
net.yaml:2:46: activation: relu has no settings
   2 | layers: [{units: 1, activation: {type: relu, slope: 1}}]
     |                                              ^^^^^ remove it""",
    ),
    Case(
        "the activation {type: leaky_relu, alpha: 1}",
        "input: [1]\nlayers: [{units: 1, activation: {type: leaky_relu, alpha: 1}}]\n",
        """\
net.yaml:2:52: activation leaky_relu: there is no key 'alpha'
   2 | layers: [{units: 1, activation: {type: leaky_relu, alpha: 1}}]
     |                                                    ^^^^^ known: slope""",
    ),
    Case(
        "the activation {type: leaky_relu, slope: x}",
        "input: [1]\nlayers: [{units: 1, activation: {type: leaky_relu, slope: x}}]\n",
        "net.yaml:2:59: slope: 'x' is not a number\n"
        "   2 | layers: [{units: 1, activation: {type: leaky_relu, slope: x}}]\n"
        "     |                                                           ^ num"
        "bers look like 0.15, 1e-3, 1/3 or sqrt(2)",
    ),
    Case(
        "the activation {type: softplus, beta: 0}",
        "input: [1]\nlayers: [{units: 1, activation: {type: softplus, beta: 0}}]\n",
        """\
net.yaml:2:56: beta: a number above 0 is expected, not '0'
   2 | layers: [{units: 1, activation: {type: softplus, beta: 0}}]
     |                                                        ^ give a number above 0""",
    ),
    Case(
        "the activation {type: softplus, beta: -1}",
        "input: [1]\nlayers: [{units: 1, activation: {type: softplus, beta: -1}}]\n",
        """\
net.yaml:2:56: beta: a number above 0 is expected, not '-1'
   2 | layers: [{units: 1, activation: {type: softplus, beta: -1}}]
     |                                                        ^^ give a number above 0""",
    ),
    Case(
        "the activation {type: gelu, approximate: yes}",
        "input: [1]\nlayers: [{units: 1, activation: {type: gelu, approximate: yes}}]\n",
        """\
net.yaml:2:59: approximate: 'yes' is not one of its values
   2 | layers: [{units: 1, activation: {type: gelu, approximate: yes}}]
     |                                                           ^^^ known: none, tanh""",
    ),
    Case(
        "the activation {type: gelu_tanh}",
        "input: [1]\nlayers: [{units: 1, activation: {type: gelu_tanh}}]\n",
        "net.yaml:2:40: activation: there is no activation 'gelu_tanh'\n"
        "   2 | layers: [{units: 1, activation: {type: gelu_tanh}}]\n"
        "     |                                        ^^^^^^^^^ write "
        "{type: gelu, approximate: tanh}",
    ),
    Case(
        "the activation {type: }",
        "input: [1]\nlayers: [{units: 1, activation: {type: }}]\n",
        """\
net.yaml:2:33: activation: a mapping needs 'type'
   2 | layers: [{units: 1, activation: {type: }}]
     |                                 ^^^^^^^^ did you mean 'type'?""",
    ),
    Case(
        "the activation {type: [relu]}",
        "input: [1]\nlayers: [{units: 1, activation: {type: [relu]}}]\n",
        """\
net.yaml:2:33: activation: a mapping needs 'type'
   2 | layers: [{units: 1, activation: {type: [relu]}}]
     |                                 ^^^^^^^^^^^^^^ did you mean 'type'?""",
    ),
    Case(
        "the activation {function: 3}",
        "input: [1]\nlayers: [{units: 1, activation: {function: 3}}]\n",
        """\
net.yaml:2:44: function: a letter is expected, not '3'
   2 | layers: [{units: 1, activation: {function: 3}}]
     |                                            ^ such as {function: F}""",
    ),
    Case(
        "the activation {function: sigmoid}",
        "input: [1]\nlayers: [{units: 1, activation: {function: sigmoid}}]\n",
        """\
net.yaml:2:44: function: 'sigmoid' has a formula
   2 | layers: [{units: 1, activation: {function: sigmoid}}]
     |                                            ^^^^^^^ write 'activation: sigmoid'""",
    ),
    Case(
        "the activation {function: F, type: relu}",
        "input: [1]\nlayers: [{units: 1, activation: {function: F, type: relu}}]\n",
        """\
net.yaml:2:47: activation: there is no key 'type'
   2 | layers: [{units: 1, activation: {function: F, type: relu}}]
     |                                               ^^^^ known: function""",
    ),
    Case(
        "the activation {expression: }",
        "input: [1]\nlayers: [{units: 1, activation: {expression: }}]\n",
        """\
net.yaml:2:34: expression: nothing is given
   2 | layers: [{units: 1, activation: {expression: }}]
     |                                  ^^^^^^^^^^ give a value, or leave it out""",
    ),
    Case(
        "the activation {expression: [z]}",
        "input: [1]\nlayers: [{units: 1, activation: {expression: [z]}}]\n",
        """\
net.yaml:2:46: expression: a text is expected, not a list
   2 | layers: [{units: 1, activation: {expression: [z]}}]
     |                                              ^^^ put it in quotes""",
    ),
    Case(
        "the activation {expression: z, type: relu}",
        "input: [1]\nlayers: [{units: 1, activation: {expression: z, type: relu}}]\n",
        """\
net.yaml:2:49: activation: there is no key 'type'
   2 | layers: [{units: 1, activation: {expression: z, type: relu}}]
     |                                                 ^^^^ known: expression""",
    ),
    Case(
        'the activation {expression: "x**2"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "x**2"}}]\n',
        """\
net.yaml:2:47: activation: an activation is a formula in z
   2 | layers: [{units: 1, activation: {expression: "x**2"}}]
     |                                               ^ known: e, pi, z""",
    ),
    Case(
        'the activation {expression: "z +"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z +"}}]\n',
        """\
net.yaml:2:49: activation: the expression ends too early
   2 | layers: [{units: 1, activation: {expression: "z +"}}]
     |                                                 ^ a value is missing after it""",
    ),
    Case(
        'the activation {expression: "z*foo(z)"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z*foo(z)"}}]\n',
        "net.yaml:2:49: activation: there is no function 'foo'\n"
        '   2 | layers: [{units: 1, activation: {expression: "z*foo(z)"}}]\n'
        "     |                                                 ^^^ known: abs,"
        " arctan, cos, cosh, elu, erf, exp, gelu, hard_sigmoid, hard_tanh, iden"
        "tity, leaky_relu, linear, ln, log, logistic, max, min, mish, relu, sel"
        "u, sigmoid, sign, silu, sin, sinh, softplus, softsign, sqrt, swish, ta"
        "n, tanh",
    ),
    Case(
        'the activation {expression: "z[1]"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z[1]"}}]\n',
        """\
net.yaml:2:48: activation: z has no entries here
   2 | layers: [{units: 1, activation: {expression: "z[1]"}}]
     |                                                ^ write z alone""",
    ),
    Case(
        'the activation {expression: "z@z"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z@z"}}]\n',
        """\
net.yaml:2:48: activation: '@' is not expected here
   2 | layers: [{units: 1, activation: {expression: "z@z"}}]
     |                                                ^ write * for a product of numbers""",
    ),
    Case(
        'the activation {expression: "(z"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "(z"}}]\n',
        """\
net.yaml:2:47: activation: '(' is never closed
   2 | layers: [{units: 1, activation: {expression: "(z"}}]
     |                                               ^ a ')' is missing""",
    ),
    Case(
        'the activation {expression: "z/0"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z/0"}}]\n',
        "net.yaml:2:46: activation: a constant part has no finite value\n"
        '   2 | layers: [{units: 1, activation: {expression: "z/0"}}]\n'
        "     |                                              ^^^^^ look for a d"
        "ivision by zero, or the root or logarithm of a negative number",
    ),
    Case(
        'the activation {expression: "sqrt(-1)*z"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "sqrt(-1)*z"}}]\n',
        "net.yaml:2:46: activation: a constant part has no finite value\n"
        '   2 | layers: [{units: 1, activation: {expression: "sqrt(-1)*z"}}]\n'
        "     |                                              ^^^^^^^^^^^^ look "
        "for a division by zero, or the root or logarithm of a negative number",
    ),
    Case(
        'the activation {expression: "z**200"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z**200"}}]\n',
        """\
net.yaml:2:48: activation: too large an exponent
   2 | layers: [{units: 1, activation: {expression: "z**200"}}]
     |                                                ^^ at most 100, nested ones multiplied""",
    ),
    Case(
        'the activation {expression: "tanh(tanh(tanh(tanh(tanh(tanh(tanh(z)))))))"}',
        """\
input: [1]
layers: [{units: 1, activation: {expression: "tanh(tanh(tanh(tanh(tanh(tanh(tanh(z)))))))"}}]
""",
        "net.yaml:2:77: activation: too many functions inside one another\n"
        '   2 | layers: [{units: 1, activation: {expression: "tanh(tanh(tanh(ta'
        'nh(tanh(tanh(tanh(z)))))))"}}]\n'
        "     |                                                                "
        "             ^^^^ at most 6",
    ),
    Case(
        'the activation {expression: "z.__class__"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "z.__class__"}}]\n',
        "net.yaml:2:48: activation: '.' is not part of an expression\n"
        '   2 | layers: [{units: 1, activation: {expression: "z.__class__"}}]\n'
        "     |                                                ^ an expression "
        "has numbers, names, + - * / ** ( ) and commas",
    ),
    Case(
        "the activation {expression: \"__import__('os')\"}",
        "input: [1]\nlayers: [{units: 1, activation: {expression: \"__import__('os')\"}}]\n",
        'net.yaml:2:58: activation: "\'" is not part of an expression\n'
        "   2 | layers: [{units: 1, activation: {expression: \"__import__('os')\""
        "}}]\n"
        "     |                                                          ^ an e"
        "xpression has numbers, names, + - * / ** ( ) and commas",
    ),
    Case(
        'the activation {expression: "\\x7a + q"}',
        'input: [1]\nlayers: [{units: 1, activation: {expression: "\\x7a + q"}}]\n',
        "net.yaml:2:46: activation: 'q' is not known here\n"
        '   2 | layers: [{units: 1, activation: {expression: "\\x7a + q"}}]\n'
        "     |                                              ^^^^^^^^^^ known: "
        "e, pi, z",
    ),
    Case(
        "a formula over several lines",
        LAYERS
        + """\
  - units: 1
    activation:
      expression: >
        z +
        q
""",
        """\
net.yaml:7:19: activation: 'q' is not known here
   7 |       expression: >
     |                   ^ known: e, pi, z""",
    ),
)

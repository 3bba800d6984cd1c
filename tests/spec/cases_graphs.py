"""Computation graphs that cannot be read, or not computed, and what is said of each."""

from __future__ import annotations

from .case import Case
from .cases_graph_lines import ABC

CASES = (
    Case(
        "a cycle of nodes",
        "variables: {a: 1}\ngraph:\n  c: a + e\n  d: c * 2\n  e: d + 1\n  o: e\n",
        """\
net.yaml:3:6: graph: a cycle: c → d → e → c
   3 |   c: a + e
     |      ^^^^^ values flow from the variables onwards: break it here""",
    ),
    Case(
        "a node of itself",
        "variables: {a: 1}\ngraph:\n  c: a + c\n",
        """\
net.yaml:3:6: graph: a cycle: c → c
   3 |   c: a + c
     |      ^^^^^ values flow from the variables onwards: break it here""",
    ),
    Case(
        "a node given twice",
        ABC + "graph:\n  c: a\n  c: a * 2\n",
        """\
net.yaml:4:3: the key 'c' is given twice (first in line 3)
   4 |   c: a * 2
     |   ^ keep one of them""",
    ),
    Case(
        "a variable given twice",
        "variables: {a: 1, a: 2}\ngraph:\n  c: a\n",
        """\
net.yaml:1:19: the key 'a' is given twice (first in line 1)
   1 | variables: {a: 1, a: 2}
     |                   ^ keep one of them""",
    ),
    Case(
        "a node named as a variable",
        ABC + "graph:\n  a: 2 * a\n",
        """\
net.yaml:3:3: 'a' is a variable already
   3 |   a: 2 * a
     |   ^ name this node otherwise""",
    ),
    Case(
        "a node named as a function",
        ABC + "graph:\n  sum: 2 * a\n",
        """\
net.yaml:3:3: 'sum' is a function, and no name of a node
   3 |   sum: 2 * a
     |   ^^^ rename it""",
    ),
    Case(
        "a variable named as a function",
        "variables: {exp: 1}\ngraph:\n  c: exp\n",
        """\
net.yaml:1:13: 'exp' is a function, and no name of a variable
   1 | variables: {exp: 1}
     |             ^^^ rename it""",
    ),
    Case(
        "a variable named as an unspecified function",
        "variables: {f: 1}\nfunctions: [f]\ngraph:\n  c: f(f)\n",
        """\
net.yaml:1:13: 'f' is a function already
   1 | variables: {f: 1}
     |             ^ name this variable otherwise""",
    ),
    Case(
        "a node named as an unspecified function",
        "variables: {u: 1}\nfunctions: [f]\ngraph:\n  f: f(u)\n",
        """\
net.yaml:4:3: 'f' is a function already
   4 |   f: f(u)
     |   ^ name this node otherwise""",
    ),
    Case(
        "an unspecified function that has a formula",
        "variables: {u: 1}\nfunctions: [exp]\ngraph:\n  f: exp(u)\n",
        """\
net.yaml:2:13: functions: 'exp' has a formula
   2 | functions: [exp]
     |             ^^^ name it otherwise, such as f""",
    ),
    Case(
        "a name with a minus",
        "variables: {a-b: 1}\ngraph:\n  c: 1\n",
        """\
net.yaml:1:13: 'a-b' cannot be the name of a variable
   1 | variables: {a-b: 1}
     |             ^^^ letters, digits and _, not beginning with a digit; at most 40""",
    ),
    Case(
        "a name that begins with a digit",
        "variables: {2a: 1}\ngraph:\n  c: 1\n",
        """\
net.yaml:1:13: '2a' cannot be the name of a variable
   1 | variables: {2a: 1}
     |             ^^ letters, digits and _, not beginning with a digit; at most 40""",
    ),
    Case(
        "a Greek name",
        "variables: {α: 1}\ngraph:\n  c: 1\n",
        """\
net.yaml:1:13: 'α' cannot be the name of a variable
   1 | variables: {α: 1}
     |             ^ letters from a to z, digits and _, not beginning with a digit; at most 40""",
    ),
    Case(
        "a name with a space",
        "variables: {a: 1}\ngraph:\n  c d: a\n",
        """\
net.yaml:3:3: 'c d' cannot be the name of a node
   3 |   c d: a
     |   ^^^ letters, digits and _, not beginning with a digit; at most 40""",
    ),
    Case(
        "layers and a graph",
        ABC + "graph:\n  c: a\nlayers:\n  - units: 1\n",
        """\
net.yaml:4:1: 'layers' and 'graph' in one file
   4 | layers:
     | ^^^^^^ a file has one of the two: remove the other""",
    ),
    Case(
        "layers and variables",
        ABC + "layers:\n  - units: 1\n",
        """\
net.yaml:2:1: 'layers' and 'variables' in one file
   2 | layers:
     | ^^^^^^ a file has one of the two: remove the other""",
    ),
    Case(
        "an input beside a graph",
        ABC + "graph:\n  c: a\ninput: [1]\n",
        """\
net.yaml:4:1: 'input' belongs to a network of layers
   4 | input: [1]
     | ^^^^^ a graph has 'variables', 'graph', 'functions', 'output', 'parameters', 'data'""",
    ),
    Case(
        "a target beside a graph",
        ABC + "graph:\n  c: a\ntarget: [1]\n",
        """\
net.yaml:4:1: 'target' belongs to a network of layers
   4 | target: [1]
     | ^^^^^^ a graph has 'variables', 'graph', 'functions', 'output', 'parameters', 'data'""",
    ),
    Case(
        "a loss beside a graph",
        ABC + "graph:\n  c: a\nloss: squared_error\n",
        """\
net.yaml:4:1: 'loss' belongs to a network of layers
   4 | loss: squared_error
     | ^^^^ a graph has 'variables', 'graph', 'functions', 'output', 'parameters', 'data'""",
    ),
    Case(
        "a key that a graph has not",
        ABC + "graph:\n  c: a\noutptu: c\n",
        """\
net.yaml:4:1: the computation graph: there is no key 'outptu'
   4 | outptu: c
     | ^^^^^^ did you mean 'output'?""",
    ),
    Case(
        "an output that is almost a node",
        ABC + "graph:\n  cost: a\noutput: csot\n",
        """\
net.yaml:4:9: output: there is no node 'csot'
   4 | output: csot
     |         ^^^^ did you mean 'cost'?""",
    ),
    Case(
        "a variable as the output",
        ABC + "graph:\n  c: a\noutput: b\n",
        """\
net.yaml:4:9: output: 'b' is a variable, and no node
   4 | output: b
     |         ^ name a line of 'graph'""",
    ),
    Case(
        "a list as the output",
        ABC + "graph:\n  c: a\noutput: [c]\n",
        """\
net.yaml:4:9: output: a node's name is expected, not a list
   4 | output: [c]
     |         ^^^ output: c""",
    ),
    Case(
        "a vector as the output",
        ABC + "graph:\n  c: a * b\n",
        """\
net.yaml:3:3: the output c is a vector of 2, and gradients are of a single number
   3 |   c: a * b
     |   ^ add a line such as 'total: sum(c)'""",
    ),
    Case(
        "a matrix named as the output",
        ABC + "graph:\n  c: a * M\n  d: sum(c)\noutput: c\n",
        """\
net.yaml:5:9: the output c is 2 × 3, and gradients are of a single number
   5 | output: c
     |         ^ add a line such as 'total: sum(c)'""",
    ),
    Case(
        "nothing under graph",
        ABC + "graph:\n",
        """\
net.yaml:2:1: graph: nothing is given
   2 | graph:
     | ^^^^^ write one below it, such as 'c: a + b'""",
    ),
    Case(
        "an empty graph",
        ABC + "graph: {}\n",
        """\
net.yaml:2:8: graph: one name and its expression a line are expected, not an empty mapping
   2 | graph: {}
     |        ^^ such as 'c: a + b'""",
    ),
    Case(
        "a graph as a list",
        ABC + "graph:\n  - a + b\n  - c\n",
        """\
net.yaml:3:3: graph: one name and its expression a line are expected, not a list
   3 |   - a + b
     |   ^ such as 'c: a + b'""",
    ),
    Case(
        "a graph on one line",
        ABC + "graph: a + b\n",
        """\
net.yaml:2:8: graph: one name and its expression a line are expected, not 'a + b'
   2 | graph: a + b
     |        ^^^^^ such as 'c: a + b'""",
    ),
    Case(
        "variables alone",
        ABC + "",
        """\
net.yaml:1:1: the computation graph: 'graph' is missing
   1 | variables: {a: 2, b: [1, 2], M: [[1, 2, 3], [4, 5, 6]]}
     | ^ add 'graph:'""",
    ),
    Case(
        "a node without an expression",
        ABC + "graph:\n  c:\n",
        """\
net.yaml:3:5: c: an expression is expected, not nothing
   3 |   c:
     |     ^ such as 'c: a + b'""",
    ),
    Case(
        "a list as an expression",
        ABC + "graph:\n  c: [a, b]\n",
        """\
net.yaml:3:6: c: an expression is expected, not a list
   3 |   c: [a, b]
     |      ^^^^^^ such as 'c: a + b'""",
    ),
    Case(
        "a mapping as an expression",
        ABC + "graph:\n  c: {a: 1}\n",
        """\
net.yaml:3:6: c: an expression is expected, not a mapping
   3 |   c: {a: 1}
     |      ^^^^^^ such as 'c: a + b'""",
    ),
    Case(
        "variables as a list",
        "variables: [a, b]\ngraph:\n  c: a + 1\n",
        """\
net.yaml:1:12: variables: a mapping is expected, not a list
   1 | variables: [a, b]
     |            ^^^^^^ write {a: 2, b: 3}, or one name and its value a line""",
    ),
    Case(
        "a word as a variable",
        "variables: {a: hello}\ngraph:\n  c: a + 1\n",
        """\
net.yaml:1:16: variable a: 'hello' is not a number
   1 | variables: {a: hello}
     |                ^^^^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "a variable that is not a number",
        "variables: {a: .nan}\ngraph:\n  c: a + 1\n",
        """\
net.yaml:1:16: variable a: '.nan' is not a finite number
   1 | variables: {a: .nan}
     |                ^^^^ give a number""",
    ),
    Case(
        "a ragged matrix as a variable",
        "variables: {a: [[1, 2], [3]]}\ngraph:\n  c: sum(a)\n",
        """\
net.yaml:1:25: variable a: row 2 has 1 value, row 1 has 2 values
   1 | variables: {a: [[1, 2], [3]]}
     |                         ^^^ make the rows equally long""",
    ),
    Case(
        "a variable of three axes",
        "variables: {a: [[[1]]]}\ngraph:\n  c: sum(a)\n",
        """\
net.yaml:1:16: variable a: lists nested 3 deep
   1 | variables: {a: [[[1]]]}
     |                ^^^^^^^ variables are numbers, vectors and matrices""",
    ),
    Case(
        "an empty vector",
        "variables: {a: []}\ngraph:\n  c: sum(a)\n",
        """\
net.yaml:1:16: variable a: an empty list
   1 | variables: {a: []}
     |                ^^ give at least one number""",
    ),
    Case(
        "a vector with a gap",
        "variables: {a: [1, ~]}\ngraph:\n  c: sum(a)\n",
        """\
net.yaml:1:20: variable a[2]: nothing is given
   1 | variables: {a: [1, ~]}
     |                    ^ give a number""",
    ),
    Case(
        "an initialisation of a variable",
        "variables: {a: {init: normal}}\ngraph:\n  c: sum(a)\n",
        "net.yaml:1:16: variable a: a number is expected, not a mapping\n"
        "   1 | variables: {a: {init: normal}}\n"
        "     |                ^^^^^^^^^^^^^^ "
        "write a number, a list of numbers, ~, or {file: data.npz, key: a}",
    ),
    Case(
        "a variable in a file that is not there",
        "variables: {a: {file: nowhere.npy}}\ngraph:\n  c: sum(a)\n",
        """\
net.yaml:1:23: nowhere.npy: no such file
   1 | variables: {a: {file: nowhere.npy}}
     |                       ^^^^^^^^^^^ looked for nowhere.npy""",
    ),
)

OF_NUMBERS = (
    Case(
        "variables without values",
        "variables:\n  a: 1\n  x: ~\n  w: [~, ~]\ngraph:\n  c: a * x + sum(w)\n",
        """\
net.yaml:3:3: x has no numbers
   3 |   x: ~
     |   ^ give it one: 'x: 2'; 'backprop derive' works without
net.yaml:4:3: w has no numbers
   4 |   w: [~, ~]
     |   ^ give it 2 numbers; 'backprop derive' works without""",
    ),
    Case(
        "functions without formulas",
        "variables: {u: 1}\nfunctions: [f, g]\ngraph:\n  v: f(u)\n  w: g(v, u) + f(v)\n",
        """\
net.yaml:4:3: v: the function f has no formula
   4 |   v: f(u)
     |   ^ write its expression; 'backprop derive' works without
net.yaml:5:3: w: the function g has no formula
   5 |   w: g(v, u) + f(v)
     |   ^ write its expression; 'backprop derive' works without""",
    ),
    Case(
        "a division by zero",
        "variables: {u: 0}\ngraph:\n  v: u + 1\n  w: v / u\n  o: w * 2\n",
        """\
net.yaml:4:3: w is not defined: it divides by 0
   4 |   w: v / u
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "zero over zero",
        "variables: {u: 0}\ngraph:\n  w: u / u\n",
        """\
net.yaml:3:3: w is not defined: it divides by 0
   3 |   w: u / u
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "the logarithm of zero",
        "variables: {u: 0}\ngraph:\n  w: 1 + ln(u)\n",
        """\
net.yaml:3:3: w is not defined: it takes the logarithm of 0
   3 |   w: 1 + ln(u)
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "the logarithm of a negative number",
        "variables: {u: [1, -1]}\ngraph:\n  w: sum(ln(u))\n",
        """\
net.yaml:3:3: w is not defined: it takes the logarithm of a negative number
   3 |   w: sum(ln(u))
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "the root of a negative number",
        "variables: {u: -1}\ngraph:\n  w: sqrt(u)\n",
        """\
net.yaml:3:3: w is not defined: it takes the root of a negative number
   3 |   w: sqrt(u)
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "a cube root of a negative number",
        "variables: {u: -8}\ngraph:\n  w: u ** (1/3)\n",
        """\
net.yaml:3:3: w is not defined: it takes a root of a negative number
   3 |   w: u ** (1/3)
     |   ^ the formula must be defined for the values it gets""",
    ),
    Case(
        "an exponential that overflows",
        "variables: {u: 1000}\ngraph:\n  w: exp(u) * 2\n",
        """\
net.yaml:3:3: w overflows: it is larger than the largest float64, 1.8e308
   3 |   w: exp(u) * 2
     |   ^ smaller values keep it finite""",
    ),
    Case(
        "a product that overflows",
        "variables: {u: 1e200}\ngraph:\n  w: u * u\n",
        """\
net.yaml:3:3: w overflows: it is larger than the largest float64, 1.8e308
   3 |   w: u * u
     |   ^ smaller values keep it finite""",
    ),
    Case(
        "a gradient that is infinite",
        "variables: {u: 0}\ngraph:\n  w: sqrt(u)\n",
        """\
net.yaml:1:13: d(u) is not finite: what it goes through has no finite derivative there
   1 | variables: {u: 0}
     |             ^ the formula must have a derivative at the values it gets""",
    ),
    Case(
        "a number that divides by zero",
        "variables: {u: 1}\ngraph:\n  w: u + 1/0\n",
        """\
net.yaml:3:3: w is not defined: a number in it has no finite value
   3 |   w: u + 1/0
     |   ^ the formula must be defined for the values it gets""",
    ),
)
"""Graphs that are read, and whose numbers are missing or have no value."""

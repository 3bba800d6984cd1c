"""Lines of a computation graph that cannot be read, and what is said of each."""

from __future__ import annotations

from .case import Case

ABC = "variables: {a: 2, b: [1, 2], M: [[1, 2, 3], [4, 5, 6]]}\n"
"""Variables of each shape."""

CASES = (
    Case(
        "a name that is almost one",
        ABC + "graph:\n  total: a + sum(bb)\n",
        """\
net.yaml:3:18: total: 'bb' is not known here
   3 |   total: a + sum(bb)
     |                  ^^ did you mean 'b'?""",
    ),
    Case(
        "a name that is unlike any",
        ABC + "graph:\n  c: a + zebra\n",
        """\
net.yaml:3:10: c: 'zebra' is not known here
   3 |   c: a + zebra
     |          ^^^^^ write it under 'variables', or as a line of 'graph'""",
    ),
    Case(
        "a function that is almost one",
        ABC + "graph:\n  c: a + sen(a)\n",
        """\
net.yaml:3:10: c: there is no function 'sen'
   3 |   c: a + sen(a)
     |          ^^^ did you mean 'sin'?""",
    ),
    Case(
        "two operators in an expression",
        ABC + "graph:\n  c: a + * b\n",
        """\
net.yaml:3:10: c: '*' is not expected here
   3 |   c: a + * b
     |          ^ a value goes here""",
    ),
    Case(
        "two operators in double quotes",
        ABC + 'graph:\n  c: "a + * b"\n',
        """\
net.yaml:3:11: c: '*' is not expected here
   3 |   c: "a + * b"
     |           ^ a value goes here""",
    ),
    Case(
        "two operators in single quotes",
        ABC + "graph:\n  c: 'a + * b'\n",
        """\
net.yaml:3:11: c: '*' is not expected here
   3 |   c: 'a + * b'
     |           ^ a value goes here""",
    ),
    Case(
        "a bracket left open",
        ABC + "graph:\n  c: (a + 1\n",
        """\
net.yaml:3:6: c: '(' is never closed
   3 |   c: (a + 1
     |      ^ a ')' is missing""",
    ),
    Case(
        "a product without a sign",
        ABC + "graph:\n  c: 2a + 1\n",
        """\
net.yaml:3:6: c: 2a is not a number
   3 |   c: 2a + 1
     |      ^^ write 2*a""",
    ),
    Case(
        "two names without a sign",
        ABC + "graph:\n  c: a a\n",
        """\
net.yaml:3:8: c: 'a' is not expected here
   3 |   c: a a
     |        ^ an operator or a comma is missing before it""",
    ),
    Case(
        "a folded expression",
        ABC + "graph:\n  c: >\n    a +\n    * b\n",
        """\
net.yaml:3:6: c: '*' is not expected here
   3 |   c: >
     |      ^ a value goes here""",
    ),
    Case(
        "an entry counted from zero",
        ABC + "graph:\n  c: b[0] + 1\n",
        """\
net.yaml:3:8: c: entries count from 1
   3 |   c: b[0] + 1
     |        ^ the first is b[1]""",
    ),
    Case(
        "an entry counted from the end",
        ABC + "graph:\n  c: b[-1] + 1\n",
        """\
net.yaml:3:8: c: a position goes here
   3 |   c: b[-1] + 1
     |        ^ such as b[1]""",
    ),
    Case(
        "a letter as a position",
        ABC + "graph:\n  c: b[i] + 1\n",
        """\
net.yaml:3:8: c: an entry's position is a whole number
   3 |   c: b[i] + 1
     |        ^ such as b[1]""",
    ),
    Case(
        "a stretch that ends before it begins",
        ABC + "graph:\n  c: b[2:1]\n",
        """\
net.yaml:3:8: c: from 2 to 1 there is no entry
   3 |   c: b[2:1]
     |        ^ write b[1:2]: both ends are included""",
    ),
    Case(
        "half a position",
        ABC + "graph:\n  c: b[1.5]\n",
        """\
net.yaml:3:8: c: an entry's position is a whole number
   3 |   c: b[1.5]
     |        ^^^ such as b[1]""",
    ),
    Case(
        "an entry outside a vector",
        ABC + "graph:\n  c: a + b[3]\n",
        """\
net.yaml:3:10: c: there is no b[3]
   3 |   c: a + b[3]
     |          ^^^^ it has 2 values""",
    ),
    Case(
        "an entry outside a matrix",
        ABC + "graph:\n  c: M[2, 4]\n",
        """\
net.yaml:3:6: c: there is no M[2,4]
   3 |   c: M[2, 4]
     |      ^^^^^^^ it is 2 × 3""",
    ),
    Case(
        "two positions of a vector",
        ABC + "graph:\n  c: b[1, 2]\n",
        """\
net.yaml:3:6: c: there is no b[1,2]
   3 |   c: b[1, 2]
     |      ^^^^^^^ it has 2 values""",
    ),
    Case(
        "three positions of a matrix",
        ABC + "graph:\n  c: M[1, 2, 3]\n",
        """\
net.yaml:3:6: c: there is no M[1,2,3]
   3 |   c: M[1, 2, 3]
     |      ^^^^^^^^^^ it is 2 × 3""",
    ),
    Case(
        "an entry of a single number",
        ABC + "graph:\n  c: a[1]\n",
        """\
net.yaml:3:6: c: there is no a[1]
   3 |   c: a[1]
     |      ^^^^ it is a single number""",
    ),
    Case(
        "an entry of an expression",
        ABC + "graph:\n  c: (b + 1)[1]\n",
        """\
net.yaml:3:13: c: '[' is not expected here
   3 |   c: (b + 1)[1]
     |             ^ only names have entries: give this part a name of its own""",
    ),
    Case(
        "a sum of shapes that do not fit",
        ABC + "graph:\n  c: sum(b + M)\n",
        """\
net.yaml:3:6: c: addition of 2 values and 2 × 3: they do not fit
   3 |   c: sum(b + M)
     |      ^^^^^^^^^^ b is a vector of 2, M is 2 × 3""",
    ),
    Case(
        "a product of shapes that do not fit",
        ABC + "graph:\n  c: sum(b * M) + a\n",
        """\
net.yaml:3:6: c: multiplication of 2 values and 2 × 3: they do not fit
   3 |   c: sum(b * M) + a
     |      ^^^^^^^^^^^^^^ b is a vector of 2, M is 2 × 3, a is a single number""",
    ),
    Case(
        "a quotient of shapes that do not fit",
        ABC + "graph:\n  c: sum(b / M) + a\n",
        """\
net.yaml:3:6: c: division of 2 values and 2 × 3: they do not fit
   3 |   c: sum(b / M) + a
     |      ^^^^^^^^^^^^^^ b is a vector of 2, M is 2 × 3, a is a single number""",
    ),
    Case(
        "a power of shapes that do not fit",
        ABC + "graph:\n  c: sum(b ** M) + a\n",
        """\
net.yaml:3:6: c: power of 2 values and 2 × 3: they do not fit
   3 |   c: sum(b ** M) + a
     |      ^^^^^^^^^^^^^^^ b is a vector of 2, M is 2 × 3, a is a single number""",
    ),
    Case(
        "a maximum of shapes that do not fit",
        ABC + "graph:\n  c: sum(max(b, M)) + a\n",
        """\
net.yaml:3:6: c: max of 2 values and 2 × 3: they do not fit
   3 |   c: sum(max(b, M)) + a
     |      ^^^^^^^^^^^^^^^^^^ b is a vector of 2, M is 2 × 3, a is a single number""",
    ),
    Case(
        "a matrix product that does not fit",
        ABC + "graph:\n  c: sum(M @ b)\n",
        """\
net.yaml:3:6: c: '@' of 2 × 3 and 2 values: 3 and 2 differ
   3 |   c: sum(M @ b)
     |      ^^^^^^^^^^ M is 2 × 3, b is a vector of 2""",
    ),
    Case(
        "a matrix product of a single number",
        ABC + "graph:\n  c: a @ b\n",
        """\
net.yaml:3:6: c: '@' is a product of vectors and matrices, not of single numbers
   3 |   c: a @ b
     |      ^^^^^ a is a single number, b is a vector of 2""",
    ),
    Case(
        "a dot product of unequal lengths",
        ABC + "graph:\n  c: dot(b, M[1])\n",
        """\
net.yaml:3:6: c: dot takes two vectors of one length, not 2 values and 3 values
   3 |   c: dot(b, M[1])
     |      ^^^^^^^^^^^^ b is a vector of 2, M is 2 × 3""",
    ),
    Case(
        "a dot product of matrices",
        ABC + "graph:\n  c: dot(M, M)\n",
        """\
net.yaml:3:6: c: dot takes two vectors of one length, not 2 × 3 and 2 × 3
   3 |   c: dot(M, M)
     |      ^^^^^^^^^ M is 2 × 3""",
    ),
    Case(
        "a dot product of one vector",
        ABC + "graph:\n  c: dot(b)\n",
        """\
net.yaml:3:6: c: dot takes 2 arguments, not 1
   3 |   c: dot(b)
     |      ^^^ write dot(a, b)""",
    ),
    Case(
        "the softmax of a single number",
        ABC + "graph:\n  c: softmax(a)\n",
        """\
net.yaml:3:6: c: softmax takes a vector, not a single number
   3 |   c: softmax(a)
     |      ^^^^^^^^^^ a is a single number""",
    ),
    Case(
        "an unspecified function of a vector",
        "variables: {u: [1, 2]}\nfunctions: [f]\ngraph:\n  v: f(u)\n",
        """\
net.yaml:4:6: v: f is unspecified: of vectors, 'functions: {f: 2}' says how many values it gives
   4 |   v: f(u)
     |      ^^^^ u is a vector of 2""",
    ),
    Case(
        "an unspecified function of a matrix",
        "variables: {u: [[1], [2]]}\nfunctions: {f: 2}\ngraph:\n  v: f(u)\n  o: sum(v)\n",
        """\
net.yaml:4:6: v: f is unspecified: it takes numbers and vectors
   4 |   v: f(u)
     |      ^^^^ u is 2 × 1""",
    ),
    Case(
        "an unspecified function of a size that is none",
        "variables: {u: 1}\nfunctions: {f: 1.5}\ngraph:\n  v: f(u)\n",
        """\
net.yaml:2:16: functions: how many values f gives is a number from 1 to 999
   2 | functions: {f: 1.5}
     |                ^^^ {f: 3}""",
    ),
    Case(
        "an unspecified function of nothing",
        "variables: {u: 1}\nfunctions: [f]\ngraph:\n  v: f()\n",
        """\
net.yaml:4:6: v: f takes at least 1 argument, not 0
   4 |   v: f()
     |      ^ write f(a) or f(a, b) or f(a, b, c)""",
    ),
    Case(
        "an expression that is too long",
        "variables: {u: 1}\ngraph:\n  w: u" + " + u" * 700 + "\n",
        "net.yaml:3:6: w: an expression of 2801 characters\n"
        f"   3 |   w: u{' + u' * 23} +…\n"
        "     |      ^ at most 2000 characters",
    ),
    Case(
        "an expression that is nested too deep",
        "variables: {u: 1}\ngraph:\n  w: " + "(" * 60 + "u" + ")" * 60 + "\n",
        "net.yaml:3:56: w: nested too deep\n"
        f"   3 | …{'(' * 50}u{')' * 49}…\n"
        f"     |  {' ' * 40}^ at most 50 levels",
    ),
    Case(
        "an exponent that is too large",
        "variables: {u: 1}\ngraph:\n  w: u ** 1000\n",
        """\
net.yaml:3:8: w: too large an exponent
   3 |   w: u ** 1000
     |        ^^ at most 100, nested ones multiplied""",
    ),
    Case(
        "a tower of exponents",
        "variables: {u: 1}\ngraph:\n  w: u ** 9 ** 9\n",
        """\
net.yaml:3:8: w: too large an exponent
   3 |   w: u ** 9 ** 9
     |        ^^ at most 100, nested ones multiplied""",
    ),
    Case(
        "a comparison",
        ABC + "graph:\n  c: a > 1\n",
        """\
net.yaml:3:8: c: '>' is not part of an expression
   3 |   c: a > 1
     |        ^ an expression has numbers, names, + - * / ** @ ( ) [ ] and commas""",
    ),
    Case(
        "an attribute",
        ABC + "graph:\n  c: b.T\n",
        """\
net.yaml:3:7: c: '.' is not part of an expression
   3 |   c: b.T
     |       ^ an expression has numbers, names, + - * / ** @ ( ) [ ] and commas""",
    ),
    Case(
        "a remainder",
        ABC + "graph:\n  c: a % 2\n",
        """\
net.yaml:3:8: c: '%' is not part of an expression
   3 |   c: a % 2
     |        ^ an expression has numbers, names, + - * / ** @ ( ) [ ] and commas""",
    ),
    Case(
        "a function without its argument",
        ABC + "graph:\n  c: sigmoid\n",
        """\
net.yaml:3:6: c: sigmoid is a function
   3 |   c: sigmoid
     |      ^^^^^^^ write sigmoid(…)""",
    ),
    Case(
        "several bad lines at once",
        "variables: {a: 1, b: [1, 2, 3], c: [1, 2]}\n"
        "graph:\n  d: aa + 1\n  e: b + c\n  f: b[4]\n  g: sni(a)\n",
        """\
net.yaml:3:6: d: 'aa' is not known here
   3 |   d: aa + 1
     |      ^^ did you mean 'a'?
net.yaml:6:6: g: there is no function 'sni'
   6 |   g: sni(a)
     |      ^^^ did you mean 'sin'?""",
    ),
)

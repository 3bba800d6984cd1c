"""Entries that are no numbers, and what is said of each."""

from __future__ import annotations

from .case import Case

CASES = (
    Case(
        "the number one",
        "input: [one]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'one' is not a number
   1 | input: [one]
     |         ^^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "the number nan",
        "input: [nan]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'nan' is not a finite number
   1 | input: [nan]
     |         ^^^ give a number""",
    ),
    Case(
        "the number .inf",
        "input: [.inf]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '.inf' is not a finite number
   1 | input: [.inf]
     |         ^^^^ give a number""",
    ),
    Case(
        "the number -inf",
        "input: [-inf]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '-inf' is not a finite number
   1 | input: [-inf]
     |         ^^^^ give a number""",
    ),
    Case(
        "the number 1e999",
        "input: [1e999]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1e999' is too large or too small to compute with
   1 | input: [1e999]
     |         ^^^^^ float64 goes from 5e-324 to 1.8e308""",
    ),
    Case(
        "the number 1e-999",
        "input: [1e-999]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1e-999' is too large or too small to compute with
   1 | input: [1e-999]
     |         ^^^^^^ float64 goes from 5e-324 to 1.8e308""",
    ),
    Case(
        "the number 1e400*0",
        "input: [1e400*0]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1e400*0' is too large or too small to compute with
   1 | input: [1e400*0]
     |         ^^^^^ float64 goes from 5e-324 to 1.8e308""",
    ),
    Case(
        "the number 1_000",
        "input: [1_000]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1_000' is not a number
   1 | input: [1_000]
     |         ^^^^^ write 1000""",
    ),
    Case(
        "the number 1'000",
        'input: ["1\'000"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:10: input[1]: '1'000' is not a number
   1 | input: ["1'000"]
     |          ^^^^^ write 1000""",
    ),
    Case(
        "the number 0x1F",
        "input: [0x1F]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '0x1F' is not a number
   1 | input: [0x1F]
     |         ^^^^ write 31""",
    ),
    Case(
        "the number 0o17",
        "input: [0o17]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '0o17' is not a number
   1 | input: [0o17]
     |         ^^^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "the number 1:30",
        'input: ["1:30"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:11: input[1]: '1:30' is not a number (':' is not part of an expression)
   1 | input: ["1:30"]
     |           ^ an expression has numbers, names, + - * / ** ( ) and commas""",
    ),
    Case(
        "the number no",
        "input: [no]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'no' is not a number
   1 | input: [no]
     |         ^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "the number ''",
        "input: ['']\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:10: input[1]: '' is not a number (an empty expression)
   1 | input: ['']
     |          ^ write a number or a formula""",
    ),
    Case(
        "the number 1/0",
        "input: [1/0]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1/0' has no finite value
   1 | input: [1/0]
     |         ^^^ it divides by zero, or takes the logarithm of 0""",
    ),
    Case(
        "the number 0/0",
        "input: [0/0]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '0/0' has no finite value
   1 | input: [0/0]
     |         ^^^ it divides by zero, or takes the logarithm of 0""",
    ),
    Case(
        "the number ln(0)",
        "input: [ln(0)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'ln(0)' has no finite value
   1 | input: [ln(0)]
     |         ^^^^^ it divides by zero, or takes the logarithm of 0""",
    ),
    Case(
        "the number sqrt(-1)",
        "input: [sqrt(-1)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'sqrt(-1)' has no finite value
   1 | input: [sqrt(-1)]
     |         ^^^^^^^^ it takes the root or the logarithm of a negative number""",
    ),
    Case(
        "the number (-8.0)**(1/3)",
        "input: [(-8.0)**(1/3)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '(-8.0)**(1/3)' has no finite value
   1 | input: [(-8.0)**(1/3)]
     |         ^^^^^^^^^^^^^ it takes the root or the logarithm of a negative number""",
    ),
    Case(
        "the number exp(1000)",
        "input: [exp(1000)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'exp(1000)' has no finite value
   1 | input: [exp(1000)]
     |         ^^^^^^^^^ float64 goes up to 1.8e308""",
    ),
    Case(
        "the number 1e300*1e300",
        "input: [1e300*1e300]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '1e300*1e300' has no finite value
   1 | input: [1e300*1e300]
     |         ^^^^^^^^^^^ float64 goes up to 1.8e308""",
    ),
    Case(
        "the number 9**9**9",
        "input: [9**9**9]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:10: input[1]: '9**9**9' is not a number (too large an exponent)
   1 | input: [9**9**9]
     |          ^^ at most 100, nested ones multiplied""",
    ),
    Case(
        "the number 3j",
        "input: [3j]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '3j' is not a number
   1 | input: [3j]
     |         ^^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "the number 2e",
        "input: [2e]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '2e' is not a number
   1 | input: [2e]
     |         ^^ write 2e0 with an exponent, or 2*e""",
    ),
    Case(
        "the number 2pi",
        "input: [2pi]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '2pi' is not a number
   1 | input: [2pi]
     |         ^^^ write 2*pi""",
    ),
    Case(
        "the number 1 2",
        "input: [1 2]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:11: input[1]: '1 2' is not a number ('2' is not expected here)
   1 | input: [1 2]
     |           ^ an operator or a comma is missing before it""",
    ),
    Case(
        "the number 1/",
        "input: [1/]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:10: input[1]: '1/' is not a number (the expression ends too early)
   1 | input: [1/]
     |          ^ a value is missing after it""",
    ),
    Case(
        "the number (1",
        "input: [(1]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '(1' is not a number ('(' is never closed)
   1 | input: [(1]
     |         ^ a ')' is missing""",
    ),
    Case(
        "the number sin",
        "input: [sin]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'sin' is not a number (sin is a function)
   1 | input: [sin]
     |         ^^^ write sin(…)""",
    ),
    Case(
        "the number sin(1, 2)",
        'input: ["sin(1, 2)"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:10: input[1]: 'sin(1, 2)' is not a number (sin takes 1 argument, not 2)
   1 | input: ["sin(1, 2)"]
     |          ^^^ write sin(a)""",
    ),
    Case(
        "the number sn(1)",
        "input: [sn(1)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'sn(1)' is not a number (there is no function 'sn')
   1 | input: [sn(1)]
     |         ^^ did you mean 'sin'?""",
    ),
    Case(
        "the number foo(1)",
        "input: [foo(1)]\nlayers: [{units: 1}]\n",
        "net.yaml:1:9: input[1]: 'foo(1)' is not a number (there is no function"
        " 'foo')\n"
        "   1 | input: [foo(1)]\n"
        "     |         ^^^ known: abs, arctan, cos, cosh, erf, exp, ln, log, m"
        "ax, min, sign, sin, sinh, sqrt, tan, tanh",
    ),
    Case(
        "the number 2*one",
        "input: [2*one]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:11: input[1]: '2*one' is not a number ('one' is not known here)
   1 | input: [2*one]
     |           ^^^ known: e, pi""",
    ),
    Case(
        "the number ٣",
        "input: [٣]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '٣' is not a number ('٣' is not part of an expression)
   1 | input: [٣]
     |         ^ write numbers with the digits 0 to 9""",
    ),
    Case(
        "the number １２.５",
        "input: [１２.５]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: '１２.５' is not a number ('１' is not part of an expression)
   1 | input: [１２.５]
     |         ^^ write numbers with the digits 0 to 9""",
    ),
    Case(
        "the number ſin(1)",
        "input: [ſin(1)]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: 'ſin(1)' is not a number ('ſ' is not part of an expression)
   1 | input: [ſin(1)]
     |         ^ an expression has numbers, names, + - * / ** ( ) and commas""",
    ),
    Case(
        "the number 5%",
        'input: ["5%"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:11: input[1]: '5%' is not a number ('%' is not part of an expression)
   1 | input: ["5%"]
     |           ^ an expression has numbers, names, + - * / ** ( ) and commas""",
    ),
    Case(
        "the number x.y",
        "input: [x.y]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:10: input[1]: 'x.y' is not a number ('.' is not part of an expression)
   1 | input: [x.y]
     |          ^ an expression has numbers, names, + - * / ** ( ) and commas""",
    ),
    Case(
        "the number 1 # x",
        'input: ["1 # x"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:12: input[1]: '1 # x' is not a number ('#' is not part of an expression)
   1 | input: ["1 # x"]
     |            ^ remove it""",
    ),
    Case(
        "the number [",
        'input: ["["]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:10: input[1]: '[' is not a number ('[' is not expected here)
   1 | input: ["["]
     |          ^ a value goes here""",
    ),
    Case(
        "the number 999999999999999999999999",
        "input: [99999999999999999999999999999999999999999999999999]\nlayers: [{units: 1}]\n",
        "net.yaml:1:9: input[1]: '999999999999999999999999999999999999999…' is "
        "not a number (a number of 50 characters)\n"
        "   1 | input: [99999999999999999999999999999999999999999999999999]\n"
        "     |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ at m"
        "ost 40 characters",
    ),
    Case(
        "the number 1+1+1+1+1+1+1+1+1+1+1+1+",
        "input: [1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+"
        "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+"
        "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+"
        "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+"
        "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1]\n"
        "layers: [{units: 1}]\n",
        "net.yaml:1:9: input[1]: '1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1…' is "
        "not a number (an expression of 301 characters)\n"
        "   1 | input: [1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"
        "+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+…\n"
        "     |         ^ at most 200 characters",
    ),
    Case(
        "the number ------------------------",
        "input: [-------------------------1]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:29: input[1]: '-------------------------1' is not a number (nested too deep)
   1 | input: [-------------------------1]
     |                             ^ at most 20 levels""",
    ),
    Case(
        "the number __import__('os')",
        "input: [\"__import__('os')\"]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:21: input[1]: '__import__('os')' is not a number ("'" is not part of an expression)
   1 | input: ["__import__('os')"]
     |                     ^ an expression has numbers, names, + - * / ** ( ) and commas""",
    ),
    Case(
        "the number 3@4",
        'input: ["3@4"]\nlayers: [{units: 1}]\n',
        """\
net.yaml:1:11: input[1]: '3@4' is not a number ('@' is not expected here)
   1 | input: ["3@4"]
     |           ^ write * for a product of numbers""",
    ),
)

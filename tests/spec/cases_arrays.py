"""Arrays that are none, and what is said of each."""

from __future__ import annotations

from .case import Case

CASES = (
    Case(
        "a decimal comma",
        "learning_rate: 0,5\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:16: learning_rate: '0,5' is not a number
   1 | learning_rate: 0,5
     |                ^^^ write 0.5""",
    ),
    Case(
        "several entries at once",
        "input: [[1, a], [b, 2]]\ntarget: [[c]]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:13: input[1,2]: 'a' is not a number
   1 | input: [[1, a], [b, 2]]
     |             ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)
net.yaml:1:18: input[2,1]: 'b' is not a number
   1 | input: [[1, a], [b, 2]]
     |                  ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)
net.yaml:2:11: target[1,1]: 'c' is not a number
   2 | target: [[c]]
     |           ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "ragged rows",
        "input: [[1, 2], [3], [4, 5]]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:17: input: row 2 has 1 value, row 1 has 2 values
   1 | input: [[1, 2], [3], [4, 5]]
     |                 ^^^ make the rows equally long""",
    ),
    Case(
        "ragged rows below one another",
        "layers:\n  - weights:\n      - [1, 2]\n      - [3, 4, 5]\n",
        """\
net.yaml:4:9: weights: row 2 has 3 values, row 1 has 2 values
   4 |       - [3, 4, 5]
     |         ^^^^^^^^^ make the rows equally long""",
    ),
    Case(
        "numbers and lists",
        "input: [1, [2]]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:12: input: lists and single numbers in one list
   1 | input: [1, [2]]
     |            ^^^ make the rows equally long""",
    ),
    Case(
        "an empty list",
        "input: []\ntarget: [[], [1]]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:8: input: an empty list
   1 | input: []
     |        ^^ give at least one number
net.yaml:2:10: target: an empty list
   2 | target: [[], [1]]
     |          ^^ give at least one number""",
    ),
    Case(
        "one number for a list",
        "input: 3\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:8: input: a list is expected, not one number
   1 | input: 3
     |        ^ write [3] (each value, not how many)""",
    ),
    Case(
        "too many brackets",
        "input: [[[1]]]\ntarget: [[[~]]]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:8: input: lists nested 3 deep
   1 | input: [[[1]]]
     |        ^^^^^^^ one list is a sample, a list of lists a batch""",
    ),
    Case(
        "a mapping for numbers",
        "input: {x: 1}\ntarget: {fil: a.csv}\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:8: input: a mapping here needs 'file'
   1 | input: {x: 1}
     |        ^^^^^^ write the numbers as a list, or {file: data.csv, columns: [x1, x2]}
net.yaml:2:9: target: a mapping here needs 'class' or 'file'
   2 | target: {fil: a.csv}
     |         ^^^^^^^^^^^^ did you mean 'file'?""",
    ),
    Case(
        "blanks among numbers",
        "input: [~, 1]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:9: input[1]: nothing is given
   1 | input: [~, 1]
     |         ^ give a number""",
    ),
    Case(
        "nothing",
        "input:\ntarget: ~\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:1: input: nothing is given
   1 | input:
     | ^^^^^ give a value, or leave it out
net.yaml:2:1: target: nothing is given
   2 | target: ~
     | ^^^^^^ give a value, or leave it out""",
    ),
)

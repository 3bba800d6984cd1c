"""YAML that is refused for what it would do, and carets on odd lines."""

from __future__ import annotations

from .case import Case

CASES = (
    Case(
        "keys given twice",
        "input: [1]\ninput: [2]\nlayers:\n  - units: 1\n    units: 2\n",
        """\
net.yaml:2:1: the key 'input' is given twice (first in line 1)
   2 | input: [2]
     | ^^^^^ keep one of them
net.yaml:5:5: the key 'units' is given twice (first in line 4)
   5 |     units: 2
     |     ^^^^^ keep one of them""",
    ),
    Case(
        "a key given twice in braces",
        "{name: a, name: b, name: c}\n",
        """\
net.yaml:1:11: the key 'name' is given twice (first in line 1)
   1 | {name: a, name: b, name: c}
     |           ^^^^ keep one of them
net.yaml:1:20: the key 'name' is given twice (first in line 1)
   1 | {name: a, name: b, name: c}
     |                    ^^^^ keep one of them""",
    ),
    Case(
        "a Python tag",
        "input: !!python/object/apply:os.system [id]\n",
        """\
net.yaml:1:8: the tag !!python/object/apply:os.system is not allowed
   1 | input: !!python/object/apply:os.system [id]
     |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ remove it""",
    ),
    Case(
        "a Python tag on the file",
        "!!python/object/apply:os.system [id]\n",
        """\
net.yaml:1:1: the tag !!python/object/apply:os.system is not allowed
   1 | !!python/object/apply:os.system [id]
     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ remove it""",
    ),
    Case(
        "tags on scalars and mappings",
        "input: [!!int 1, !foo 2]\nlayers: !!map {}\n",
        """\
net.yaml:1:9: the tag !!int is not allowed
   1 | input: [!!int 1, !foo 2]
     |         ^^^^^^^ remove it
net.yaml:1:18: the tag !foo is not allowed
   1 | input: [!!int 1, !foo 2]
     |                  ^^^^^^ remove it
net.yaml:2:9: the tag !!map is not allowed
   2 | layers: !!map {}
     |         ^^^^^^^ remove it""",
    ),
    Case(
        "an alias to itself",
        "input: &x [*x]\n",
        """\
net.yaml:1:12: *x stands inside itself
   1 | input: &x [*x]
     |            ^^ write the values out""",
    ),
    Case(
        "an alias to nothing",
        "input: *x\n",
        """\
net.yaml:1:8: *x has no &x before it
   1 | input: *x
     |        ^^ put a text that begins with * in quotes""",
    ),
    Case(
        "a bomb of aliases",
        """\
a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
""",
        """\
net.yaml:7:8: aliases that unfold to too many values
   7 | g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
     |        ^^ write the values out""",
    ),
    Case(
        "brackets without end",
        "[" * 500,
        "net.yaml:1:66: nested too deep\n"
        "   1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…\n"
        "     |                                          ^ at most 64 levels",
    ),
    Case(
        "thirty thousand brackets",
        "[" * 30_000,
        "net.yaml:1:66: nested too deep\n"
        "   1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…\n"
        "     |                                          ^ at most 64 levels",
    ),
    Case(
        "mappings without end",
        "{a: " * 500,
        "net.yaml:1:258: nested too deep\n"
        "   1 | …a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a:"
        " {a: {a: {a: {a: {a: {a: {a: {a: {a: {…\n"
        "     |                                          ^ at most 64 levels",
    ),
    Case(
        "dashes without end",
        "- " * 500,
        "net.yaml:1:131: nested too deep\n"
        "   1 | …- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
        "- - - - - - - - - - - - - - - - - - - …\n"
        "     |                                          ^ at most 64 levels",
    ),
    Case(
        "a NUL",
        "name: a\x00b\n",
        "net.yaml:1:8: the control character U+0000\n"
        "   1 | name: a\\x00b\n"
        "     |        ^^^^ remove it",
    ),
    Case(
        "an escape sequence",
        "name: \x1b[2J\n",
        "net.yaml:1:7: the control character U+001B\n"
        "   1 | name: \\x1b[2J\n"
        "     |       ^^^^ remove it",
    ),
    Case(
        "a carriage return alone ends a line too",
        "input: [x]\rtarget: [0]\rlayers: [{units: 1}]\r",
        """\
net.yaml:1:9: input[1]: 'x' is not a number
   1 | input: [x]
     |         ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "CRLF does not move the column",
        "input: [1]\r\ntarget: [x]\r\nlayers: [{units: 1}]\r\n",
        """\
net.yaml:2:10: target[1]: 'x' is not a number
   2 | target: [x]
     |          ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "YAML's own line separators count",
        "name: a\n# b\u2028input: [x]\nlayers: [{units: 1}]\n",
        """\
net.yaml:3:9: input[1]: 'x' is not a number
   3 | input: [x]
     |         ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "wide letters before the caret",
        "input: ['日本', x]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:10: input[1]: '日本' is not a number ('日' is not part of an expression)
   1 | input: ['日本', x]
     |          ^^ an expression has numbers, names, + - * / ** ( ) and commas
net.yaml:1:15: input[2]: 'x' is not a number
   1 | input: ['日本', x]
     |                 ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "an accent before the caret",
        "input: [1] # é\ntarget: {'éé': 1}\nlayers: [{units: 1}]\n",
        """\
net.yaml:2:9: target: a mapping here needs 'class' or 'file'
   2 | target: {'éé': 1}
     |         ^^^^^^^^^ write the numbers as a list, or {file: data.csv, columns: [x1, x2]}""",
    ),
    Case(
        "a tab before the caret",
        "input:\t[1, x]\nlayers: [{units: 1}]\n",
        """\
net.yaml:1:12: input[2]: 'x' is not a number
   1 | input: [1, x]
     |            ^ numbers look like 0.15, 1e-3, 1/3 or sqrt(2)""",
    ),
    Case(
        "a long line is cut around the caret",
        "input: [" + "1, " * 200 + "x" + ", 1" * 100 + "]\nlayers: [{units: 1}]\n",
        "net.yaml:1:609: input[201]: 'x' is not a number\n"
        "   1 | … 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, x, 1, 1, 1, 1, 1, 1, 1"
        ", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …\n"
        "     |                                          ^ numbers look like 0."
        "15, 1e-3, 1/3 or sqrt(2)",
    ),
    Case(
        "control characters in quotes are spelled out",
        'input: ["\\e[2J", "\\u202e3"]\nlayers: [{units: 1}]\n',
        "net.yaml:1:9: input[1]: '\\x1b[2J' is not a number ('\\x1b' is not part "
        "of an expression)\n"
        '   1 | input: ["\\e[2J", "\\u202e3"]\n'
        "     |         ^^^^^^^ an expression has numbers, names, + - * / ** ( "
        ") and commas\n"
        "net.yaml:1:18: input[2]: '\\u202e3' is not a number ('\\u202e' is not pa"
        "rt of an expression)\n"
        '   1 | input: ["\\e[2J", "\\u202e3"]\n'
        "     |                  ^^^^^^^^^ an expression has numbers, names, + "
        "- * / ** ( ) and commas",
    ),
)

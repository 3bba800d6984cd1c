"""Texts that are not YAML, or not one mapping, and what is said of each."""

from __future__ import annotations

from .case import LAYERS, Case

CASES = (
    Case(
        "a list that is never closed",
        "input: [1, 2\ntarget: [0]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:8: '[' is never closed
   1 | input: [1, 2
     |        ^ a ']' or a ',' is missing""",
    ),
    Case(
        "a list that ends with its comma",
        "layers: []\ninput: [1, 2,\n",
        """\
net.yaml:2:8: '[' is never closed
   2 | input: [1, 2,
     |        ^ a ']' is missing""",
    ),
    Case(
        "a comma that is missing",
        "input: [[1] [2]]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:13: a ',' or a ']' is missing before this
   1 | input: [[1] [2]]
     |             ^ put it in""",
    ),
    Case(
        "a bracket too many",
        "input: [1, 2]]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:14: a ']' too many
   1 | input: [1, 2]]
     |              ^ remove it""",
    ),
    Case(
        "a mapping that is never closed",
        LAYERS + "  - {units: 2\n  - units: 1\n",
        """\
net.yaml:5:5: '{' is never closed
   5 |   - {units: 2
     |     ^ a '}' or a ',' is missing""",
    ),
    Case(
        "a comma without a value",
        "input: [, 2]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:9: a value is missing before this
   1 | input: [, 2]
     |         ^ write it, or remove the comma""",
    ),
    Case(
        "a minus by itself",
        "input: [- 1, 2]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:9: a '-' by itself is no value
   1 | input: [- 1, 2]
     |         ^ write -1, without a space""",
    ),
    Case(
        "a tab for indentation",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - units: 1\n\tbias: none\n",
        """\
net.yaml:6:1: a tab
   6 |  bias: none
     | ^ indent with spaces""",
    ),
    Case(
        "a key indented too little",
        LAYERS + "  - units: 1\n   bias: none\n",
        """\
net.yaml:6:4: this line is indented unlike the lines it belongs to
   6 |    bias: none
     |    ^ begin it in column 5, as line 5 does""",
    ),
    Case(
        "a key indented too far",
        LAYERS + "  - units: 1\n      bias: none\n",
        """\
net.yaml:6:7: this line is indented unlike the lines it belongs to
   6 |       bias: none
     |       ^ begin it in column 5, as line 5 does""",
    ),
    Case(
        "a list entry's key under the dash",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - units: 1\n  bias: none\n",
        """\
net.yaml:6:3: this line is indented unlike the lines it belongs to
   6 |   bias: none
     |   ^ begin it in column 5, as line 5 does""",
    ),
    Case(
        "no space after the colon",
        "input:[1, 2]\ntarget: [0]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:1: no 'key: value'
   1 | input:[1, 2]
     | ^^^^^^^^^^^^ write input: [1, 2]""",
    ),
    Case(
        "an equals sign",
        "input = [1, 2]\ntarget: [0]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:1: no 'key: value'
   1 | input = [1, 2]
     | ^^^^^^^^^^^^^^ write input: [1, 2]""",
    ),
    Case(
        "a colon in a name",
        "name: XOR: the classic\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:10: a second ': ' in one value
   1 | name: XOR: the classic
     |          ^ put a text with ': ' in quotes""",
    ),
    Case(
        "an open quote",
        "name: 'XOR\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:7: this quote is never closed
   1 | name: 'XOR
     |       ^ a ' is missing""",
    ),
    Case(
        "a backslash in double quotes",
        'name: "C:\\data"\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n',
        "net.yaml:1:10: a backslash that means nothing in double quotes\n"
        '   1 | name: "C:\\data"\n'
        "     |          ^ use single quotes, or write \\\\ for a backslash",
    ),
    Case(
        "an at sign",
        "name: @home\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:7: a value cannot begin with @
   1 | name: @home
     |       ^ put it in quotes""",
    ),
    Case(
        "a backquote",
        "name: `x`\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:7: a value cannot begin with `
   1 | name: `x`
     |       ^ put it in quotes""",
    ),
    Case(
        "a lone star",
        "name: *\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:8: * without a name
   1 | name: *
     |        ^ put the text in quotes""",
    ),
    Case(
        "a list beside its key",
        "input: - 1\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n",
        """\
net.yaml:1:8: a '- ' cannot stand here
   1 | input: - 1
     |        ^ begin the list on a line of its own, or write it as [1, 2]""",
    ),
    Case(
        "a second document",
        "input: [1, 2]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n---\nname: second\n",
        """\
net.yaml:5:1: a second document
   5 | ---
     | ^^^ keep one network in a file""",
    ),
    Case(
        "a second document that is empty",
        "input: [1, 2]\nlayers:\n  - weights: [[1, 2]]\n    bias: [0]\n---\n",
        """\
net.yaml:5:1: a second document
   5 | ---
     | ^^^ keep one network in a file""",
    ),
    Case(
        "nothing but comments",
        "# a network\n\n# to come\n",
        """\
net.yaml:1:1: nothing but comments
   1 | # a network
     | ^ 'backprop new' shows examples""",
    ),
    Case(
        "nothing after the dashes",
        "---\n",
        """\
net.yaml:1:1: a network file is a mapping with 'layers', not nothing
   1 | ---
     | ^^^ 'backprop new' shows examples""",
    ),
    Case(
        "a list",
        "- 1\n- 2\n",
        """\
net.yaml:1:1: a network file is a mapping with 'layers', not a list
   1 | - 1
     | ^ 'backprop new' shows examples""",
    ),
    Case(
        "one word",
        "hello\n",
        """\
net.yaml:1:1: a network file is a mapping with 'layers', not 'hello'
   1 | hello
     | ^^^^^ 'backprop new' shows examples""",
    ),
    Case(
        "a list as a key",
        "? [a, b]\n: 1\n",
        """\
net.yaml:1:3: a key is one word, not a list or a mapping
   1 | ? [a, b]
     |   ^ 'key: value'""",
    ),
    Case(
        "an empty key",
        ": 1\n",
        """\
net.yaml:1:1: a key is expected here
   1 | : 1
     | ^ write 'key: value', with a space after the colon""",
    ),
)

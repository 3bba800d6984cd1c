"""Layers that cannot be connected, and what is said of each."""

from __future__ import annotations

from .case import LAYERS, Case

CASES = (
    Case(
        "a merge of one",
        LAYERS + "  - type: add\n  - type: multiply\n    from: input\n",
        """\
net.yaml:5:5: add joins two or more layers
   5 |   - type: add
     |     ^ name them: from: [first, second]
net.yaml:7:11: multiply joins two or more layers
   7 |     from: input
     |           ^^^^^ name them: from: [first, second]""",
    ),
    Case(
        "a merge of too many",
        "input: [1]\nlayers: [{type: concat, from: [" + "input, " * 100 + "]}]\n",
        "net.yaml:2:32: concat joins 100 layers\n"
        "   2 | layers: [{type: concat, from: [input, input, input, input, inpu"
        "t, input, input, input, input, input,…\n"
        "     |                                ^^^^^ at most 99",
    ),
    Case(
        "a merge of unequal widths",
        LAYERS + "  - name: p\n    weights: [[1, 2]]\n  - type: add\n    from: [input, p]\n",
        """\
net.yaml:8:19: add needs inputs of one width: 'input' has 2, 'p' has 1
   8 |     from: [input, p]
     |                   ^ make them equally wide, or join them end to end with 'type: concat'""",
    ),
    Case(
        "several inputs where one is expected",
        LAYERS
        + """\
  - name: p
    units: 2
  - from: [p, input]
  - type: activation
    from: [p, input]
""",
        """\
net.yaml:7:12: a dense layer has one input, not 2
   7 |   - from: [p, input]
     |            ^ join them first with 'type: concat' or 'type: add'
net.yaml:9:12: an activation has one input, not 2
   9 |     from: [p, input]
     |            ^ join them first with 'type: concat' or 'type: add'""",
    ),
    Case(
        "an unknown layer",
        LAYERS + "  - name: hidden\n    units: 2\n  - from: hiden\n    units: 1\n",
        """\
net.yaml:7:11: from: there is no layer 'hiden'
   7 |   - from: hiden
     |           ^^^^^ did you mean 'hidden'?""",
    ),
    Case(
        "a layer's number for its name",
        LAYERS
        + """\
  - name: hidden
    units: 2
  - from: 1
    units: 1
  - from: 2
    units: 1
""",
        """\
net.yaml:7:11: from: there is no layer '1'
   7 |   - from: 1
     |           ^ did you mean 'hidden'?
net.yaml:9:11: from: there is no layer '2'
   9 |   - from: 2
     |           ^ give layer 2 a 'name:', and say it""",
    ),
    Case(
        "no layer's name at all",
        LAYERS + "  - from: []\n    units: 1\n  - from: {a: b}\n    units: 1\n",
        """\
net.yaml:5:11: from: a layer's name or a list of them is expected
   5 |   - from: []
     |           ^^ such as from: hidden, or from: [hidden, input]
net.yaml:7:11: from: a layer's name or a list of them is expected
   7 |   - from: {a: b}
     |           ^^^^^^ such as from: hidden, or from: [hidden, input]""",
    ),
    Case(
        "a cycle",
        LAYERS
        + """\
  - name: a
    from: c
    units: 1
  - name: b
    units: 1
  - name: c
    units: 1
""",
        """\
net.yaml:6:11: from: a cycle: a → b → c → a
   6 |     from: c
     |           ^ values flow from 'input' onwards: take one of these 'from' back""",
    ),
    Case(
        "a layer that receives itself",
        LAYERS + "  - name: a\n    from: a\n    units: 1\n",
        """\
net.yaml:6:11: from: a cycle: a → a
   6 |     from: a
     |           ^ values flow from 'input' onwards: take one of these 'from' back""",
    ),
    Case(
        "a cycle through a merge",
        LAYERS
        + """\
  - name: a
    type: add
    from: [input, b]
  - name: b
    units: 2
""",
        """\
net.yaml:7:19: from: a cycle: a → b → a
   7 |     from: [input, b]
     |                   ^ values flow from 'input' onwards: take one of these 'from' back""",
    ),
    Case(
        "two layers of one name",
        LAYERS + "  - name: a\n    units: 1\n  - name: a\n    units: 1\n",
        """\
net.yaml:7:11: two layers are called 'a' (the other is layer 1)
   7 |   - name: a
     |           ^ rename one""",
    ),
    Case(
        "misfits in several layers",
        """\
input: [1, 2]
target: [1, 2]
loss: squared_error
layers:
  - units: 2
    weights: [[1]]
    bias: [1]
  - weights: [[1, 2, 3]]
  - units: 1
""",
        """\
net.yaml:6:14: weights: 1 column, but this layer receives 2 values (from 'input')
   6 |     weights: [[1]]
     |              ^^^^^ give 2 columns, or an input of 1 value
net.yaml:7:11: bias: 1 value, but this layer has 2 units
   7 |     bias: [1]
     |           ^^^ give 2 values
net.yaml:8:14: weights: 3 columns, but this layer receives 2 values (from layer 1)
   8 |   - weights: [[1, 2, 3]]
     |              ^^^^^^^^^^^ give 2 columns, or an input of 3 values""",
    ),
)

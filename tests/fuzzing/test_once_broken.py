"""The smallest input of each kind that once ended in a traceback, without end, or in 'inf'."""

from __future__ import annotations

import pytest

from backprop_cli.layers import layer_types

from .outcomes import outcome

FAR = "{input: [1e150], target: [1], loss: half_squared_error, learning_rate: 1, layers: [{weights: [[1]], bias: [0]}]}"  # noqa: E501
PRODUCT = '{graph: {f: "1e300*1e30", o: "-(f)"}}'
ROOT_OF_0 = '{variables: {theta: 0}, graph: {h0: "((theta)**.5)*2", o2: 1}}'
POLE = '{input: [1], target: ["tan(pi/2)"], loss: half_squared_error, learning_rate: 1, layers: [{weights: [[1]], bias: [0]}]}'  # noqa: E501
TINY = '{variables: {l: 1e-20}, graph: {z0: "1e-300", f: "cos(z0*l)"}}'
TAN = '{variables: {x: 1}, graph: {f: "tan(1-1e-3*pi)"}}'
HARD = '{variables: {t: 1}, graph: {o: "hard_sigmoid(softsign(t))"}}'
HARDER = '{variables: {t: 1}, graph: {o: "hard_tanh(max(elu(t), 1))"}}'
ONES = "{loss: half_squared_error, layers: [{weights: [[1, 1, 1], [1, 1, 1], [0, 1, 1]]}]}"
HINGE = "{input: [1], target: [1], loss: hinge, layers: [{type: activation}]}"
DOWN = "{input: [0], target: [1], loss: half_squared_error, layers: [{weights: [[1]], bias: [0], activation: {expression: 1/z}}]}"  # noqa: E501
KERNEL = "{input: [1, 1, 1, 1, 1, 1, 1], layers: [{type: conv1d, weights: [1, 1, 1], bias: 1, stride: 2, dilation: 2}, {type: recurrent, weights: [[1, 1]], recurrent_weights: [[1]], bias: 1}]}"  # noqa: E501
RECURRENT = """\
input: [[[1, 1], [1, 1], [1, 1]], [[1, 1], [1, 1], [1, 1]]]
target: [[1], [1]]
loss: squared_error
layers:
  - {type: recurrent, weights: [[1, 1], [1, 1]], recurrent_weights: [[1, 1], [1, 1]], bias: [1, 1],
     output: last, initial: {parameter: [1, 1]}}
  - {weights: [[1, 1]], bias: 1}
"""
DEEP = (
    "input: [0.5]\ntarget: [1]\nloss: half_squared_error\nlayers:\n"
    + "  - {activation: tanh, weights: [[0.9]], bias: none}\n" * 60
)
ROWS = "{input: [[1, 2], [3, 4]], target: [[1], [0]], loss: squared_error, layers: [{weights: [[1, 2], [3, 4]], bias: 0}, {weights: [[1, 1]], bias: 1}]}"  # noqa: E501
SCORED = "{input: [[1, 1], [1, 1]], target: [[1, 1], [1, 0]], loss: softmax_cross_entropy, layers: [{weights: [[1, 1], [1, 1]], bias: [1, 1]}]}"  # noqa: E501
SWEPT = (
    *("-1e300", "1.7e308", "5e-324", "0", "-1e300:1e300:3", "3:-3:5", "1:1:3", "0:5e-324:4"),
    "1e16:10000000000000002:9",
)
POSITIONS = "{sample_shape: [3, 2], input: [[1, -2], [0.5, 3], [0.2, -1]], target: [[1], [0], [1]], loss: half_squared_error, layers: [{type: positions, kind: sinusoidal}, {units: 1, weights: [[5e-324, 5e-324]], bias: [0.1], activation: sigmoid}]}"  # noqa: E501
TINY_WEIGHTS = "{input: [2, 0], target: [1], loss: half_squared_error, learning_rate: 0.1, layers: [{weights: [[1, 2], [3, 4]], bias: 0, activation: tanh}, {weights: [[-1e-320, -1e-320]], bias: [0.3], activation: sigmoid}]}"  # noqa: E501
TINY_KERNEL = "{input: [[[1, 3], [4, 6]]], target: [[[1]]], loss: half_squared_error, learning_rate: 1, layers: [{type: conv2d, weights: [[[[5e-324]]], [[[5e-324]]]], bias: [0, 1]}, {type: avg_pool2d, window: 2}, {type: conv2d, weights: [[[[1]], [[1]]]], bias: 0}]}"  # noqa: E501
NO_EXACT = (
    "--lr tan(pi/2)",
    "--clip tan(pi/2)",
    "--clip-norm tan(pi/2)",
    "--weight-decay tan(pi/2)",
    "--optimizer adam --set-optimizer epsilon=tan(pi/2)",
    "--schedule step --set-schedule factor=tan(pi/2)",
)
TURNED = """\
input: [[1, 1, 1], [1, 1, 1.0e+154]]
target: [1]
loss: half_squared_error
layers:
  - {type: conv2d, weights: [[0.5, 1], [1, 1]], bias: none, padding: same, flip: true}
  - {type: max_pool2d, window: 2, padding: [1, 0]}
  - {type: conv2d, filters: 1, kernel: [2, 1], weights: {init: ones}, bias: 1}
  - {type: flatten}
"""
FARTHER = "{input: [1], target: [1], loss: half_squared_error, learning_rate: 0.1, regularization: {l2: 1e300}, layers: [{weights: [[1]], bias: 1}, {weights: [[1]], bias: 1}]}"  # noqa: E501
GATED = "{input: [-745, 1], target: [1, 0], loss: cross_entropy, learning_rate: 0.1, layers: [{activation: softmax, weights: [[1, 0], [0, 1]], bias: none}]}"  # noqa: E501
NORMED = "{input: [[1, -2], [0.5, 3]], target: [[1], [0]], loss: half_squared_error, layers: [{activation: tanh, weights: [[5e-324, 5e-324]], bias: [0.1]}, {type: batch_norm, scale: [1], shift: [0.5], activation: sigmoid}]}"  # noqa: E501
UNKNOWN = "{input: [~], target: [~], notation: nielsen-fj, loss: {function: C}, layers: [{units: 1, activation: {function: F}}]}"  # noqa: E501
LARGE = "{variables: {w: 1, v: 1}, graph: {f: 'w*w'}}"
LONG_NORM = "{input: [1.7976931348623157e308, 1], target: [1, 0], loss: absolute_error, layers: [{weights: [[1, 0], [0, 1]], bias: none}]}"  # noqa: E501
LARGEST = "{{variables: {{a: {a}, b: 1.7976931348623157e308}}, graph: {{o: '{line}'}}}}"
NESTED = f"input: {'[' * 21}{{}}{']' * 21}"
GATED_BATCH = layer_types()["gru"].example
"""Of a batch: its pages of paths took more than four seconds."""
CASES = (
    ("derive --mode paths --numbers --format html", GATED_BATCH),
    ("describe", NESTED),
    *((f"diagnose{more}", "{graph: {h: 1}}") for more in ("", " --format json", " --full")),
    (
        "explain lstm",
        "{input: [[[1, 1, 1], [1, 6, 1], [1, 1, 1]], [[1.7976931348623157e308, 1, 1], [1, 1, 1], [1, 1, 1]]], target: [[[1, 1], [1, 1]], [[1, 1], [1, 1]]], loss: half_squared_error, layers: [{type: max_pool2d, window: 2, stride: 1, activation: tanh}]}",  # noqa: E501
    ),
    ("step --lr 40", "{variables: {s: 1, K: 1}, graph: {h: 1, o: erf(h*s)}}"),
    ("explain nesterov", "{graph: {sample_shape: 1}}"),
    ("check --ask v' --answer h=1", "{variables: {v: [1, 1]}, graph: {h: 1}}"),
    ("step --exact --format json --lr 0.1", "{variables: {t: 1}, graph: {h: 1}}"),
    (
        "derive --numbers",
        "{variables: {X: [[1, 1], [1, 1], [1, 1]]}, graph: {h: 'mish(max(X, axis=1))', o: sum(h*h)}}",  # noqa: E501
    ),
    (
        "check --answer z1=[1.7976931348623157e308,0.3]",
        ROWS.replace("bias: 0}, ", "bias: [0, 0]}, "),
    ),
    *(
        (command, LARGEST.format(a=a, line=line))
        for command, a, line in (
            ("gradcheck", "1/3", "a*b"),
            ("gradcheck", 0, "abs(a)*b + b"),
            ("gradcheck --format json", 0, "relu(a)*b + b"),
            ("gradcheck --wrt a --delta 0.01", 0, "abs(a)*b"),
            ("gradcheck --wrt b --delta 1e200", 0, "b"),
            ("gradcheck --wrt a --delta 1e-170", 0, "a**2*1e300"),
            ("gradcheck --wrt a --delta 1.5", 1, "b*cos(a*3)"),
        )
    ),
    *(
        (f"derive --style function --format {name}", UNKNOWN)
        for name in ("text", "markdown", "latex", "html")
    ),
    *((command, GATED.replace("745", "740")) for command in ("trace", "diagnose")),
    ("diagnose --full", LONG_NORM),
    ("trace --exact", NORMED),
    ("sweep --over b1=-1:1:3 --steps 2", ROWS.replace("bias: 0}, ", "bias: [0, 0]}, ")),
    ("step --steps 2", GATED.replace("745", "40").replace("target: [1", "target: [5e-324")),
    *(
        (f"sweep --over w={ends} --format {name}{more}", LARGE)
        for ends in ("-1.7e308:1.7e308:5", "1e300:1e305:3", "0:5e-324:3", "-1e-310:1e-310:4")
        for name, more in (("text", ""), ("svg", ""), ("text", " --over v=-1.7e308:1e-320:3"))
    ),
    (
        "worksheet",
        "{input: [[[1]]], loss: half_squared_error, layers: [{type: gru, bias: {r: [1, 1], u: [1, 1], n: [1, 1]}}]}",  # noqa: E501
    ),
    (
        "trace",
        "{input: [1], target: [1], loss: half_squared_error, layers: [{units: 1, weights: {init: normal, std: -0}, bias: [0]}]}",  # noqa: E501
    ),
    ("check --answer W1'[1,1]=1 --answer z1=3 --feedback full", FARTHER),
    ("diagram --focus e[2,2]", "{variables: {e: [[0, 3], [2, 0]]}, graph: {f10: 1}}"),
    (
        "diagram --pass forward",
        "{loss: absolute_error, input: [1], layers: [{weights: {init: xavier_normal}, bias: [1]}]}",
    ),
    ("diagram --focus W1[1] --local", "{variables: {W1: [~]}, graph: {dp2: 1}}"),
    ("diagram --format tikz", "{variables: {X: [1]}, graph: {h: 1}}"),
    ("trace --round-forward 0", '{graph: {o0: "(1300)**100", z2: 1}}'),
    ("diagnose", '{variables: {loss: 1}, graph: {n2: "max(1e300)"}}'),
    ("diagnose", '{variables: {u1: 2}, graph: {h0: "1e300", dp1: "h0/u1"}}'),
    ("step --exact", '{variables: {b: 1}, graph: {p0: "exp(1e30)"}, learning_rate: 1}'),
    ("step --exact --round-forward 2 --steps 9", f"{POLE}"),
    ("gradcheck --tolerance nan", HINGE),
    ("gradcheck --tolerance inf", HINGE),
    ("gradcheck", '{variables: {x: 0}, graph: {s1: "min(3, x**-2)", s2: 1}}'),
    ("gradcheck", "{variables: {z: 0.3}, graph: {s: z + 1/exp(exp(exp(20)))}}"),
    *((f"{command}", net) for net in (HARD, HARDER) for command in ("trace", "derive --numbers")),
    ("derive --numbers --exact", HARD),
    ("derive --numbers --exact", HARDER),
    ("derive --wrt d(loss_terms)[1]", "{loss: {expression: 1}, layers: [{weights: [[1]]}]}"),
    (
        "derive --style function --wrt d(loss_terms)[1]",
        "{loss: kl_divergence, layers: [{weights: [[1]]}]}",
    ),
    ("derive --wrt a1[3] --expand --as-graph", ONES),
    ("derive --wrt a1[3] --expand --as-graph operations", ONES),
    *(
        (command, net)
        for net in (FAR, PRODUCT, ROOT_OF_0, POLE, TINY, TAN)
        for command in (
            "step --exact",
            "trace --exact",
            "diagram --exact",
            "worksheet --exact --solution",
        )
    ),
    *((f"diagram --local-gradients{exact}", ROOT_OF_0) for exact in ("", " --exact")),
    ("trace", "{variables: {x: -1000}, graph: {s: silu(x)}}"),
    ("trace", "{variables: {x: 0, y: 2}, graph: {z: x**y}}"),
    ("trace --wrt x", "{variables: {x: -2, y: 3}, graph: {z: x**y}}"),
    ("trace", DOWN),
    ("diagram", KERNEL),
    ("diagnose", "{variables: {X: [[-1e300]]}, graph: {h: 'erf(transpose(X) @ X)', o: sum(h*h)}}"),
    ("diagnose", "{variables: {a: 5e-324, b: 1}, graph: {d: a * b}}"),
    ("step --lr 1e300", RECURRENT),
    ("gradcheck", "{variables: {K: 1.7976931348623157e308}, graph: {h: 1}}"),
    ("gradcheck --wrt K --delta 1e308", "{variables: {K: 1.7e308}, graph: {h: 1}}"),
    ("gradcheck --wrt W1", DEEP),
    *((f"step --exact --lr 0.1 {option}", ROWS) for option in NO_EXACT),
    ("trace --exact", TINY_KERNEL),
    ("trace --exact", FAR.replace("[1e150]", "[1/2]").replace("[[1]]", "[[5e-324]]")),
    ("trace --exact", POSITIONS),
    *((f"sweep --over X[1,1]={v}", "{variables: {X: [[1]]}, graph: {h: 1}}") for v in SWEPT),
    ("diagnose --full", FAR.replace("[[1]]", "[[-1e-320, -1e-320]]").replace("[1e150]", "[1, 2]")),
    ("diagnose --full", TINY_WEIGHTS),
    ("step --steps 2 --lr 0.1", "{variables: {a: 1.7976931348623157e308}, graph: {o: abs(a)}}"),
    ("step --steps 2 --lr 0.1", "{variables: {a: -1.7e308}, graph: {o: a/4}}"),
    ("trace --as-graph --wrt a2[1]", ROWS),
    ("trace --as-graph --wrt W1[1,1]", ROWS),
    ("trace --as-graph --exact --wrt b1", SCORED),
    ("gradcheck --wrt a1[2]", ROWS),
    ("gradcheck --wrt x[2] --sample 1", ROWS),
    ("derive --wrt dloss", ROWS),
    ("derive --wrt d(loss) --style components", ROWS),
    ("diagnose", "{variables: {X: [1.79e308, 1.79e308]}, graph: {h: 1}}"),
    ("diagnose", FAR.replace("[1e150]", "[1e300]").replace("[[1]]", "[[1e-300]]")),
    ("trace", FAR.replace("[1e150]", "[1e-160]").replace("[[1]]", "[[-1e154, 1e154]]")),
    ("trace", RECURRENT.replace("[[1, 1], [1, 1]]", "[[1, 1.7976931348623157e308], [1, 1]]")),
)
"""A command line without its network, and the network."""


ANSWERED = (
    (
        "{variables: {X: [[1, 1], [1, 1], [1, 1]], K: [[1, 1], [1, 1]]}, graph: {h: 'hard_tanh(tan(conv2d(X, K)))', o: 1}}",  # noqa: E501
        "answers: {h: [-0.3463, 1]}\n",
    ),
    (
        "{variables: {l: [[3, 1], [1, 3]]}, graph: {n0: max(l)}}",
        "answers: {l: [[1, 0], [0, 0]], d(l): [[1, 1], [1, 1]]}\n",
    ),
    ("{variables: {e: ~}, graph: {o0: e}}", "answers: {e: ~}\n"),
    (
        "{variables: {X: [[1, 1], [1, 1], [1, 1]]}, graph: {h: 'sum(X, axis=1)', o: tan(sum(h*h))}}",  # noqa: E501
        "answers: {d(X): [[1, 1], [1, 1], [1, 1]]}\n",
    ),
    ("{variables: {v: [1, 0]}, graph: {o: max(v)}}", "answers: {v: [1, 0], d(v): [1, 1]}\n"),
)
"""Networks and answers to them."""


@pytest.mark.parametrize(("text", "sheet"), ANSWERED)
def test_it_is_marked(text: str, sheet: str) -> None:
    came = outcome(
        ["check", "-", "FOLDER/sheet.yaml", "--feedback", "full"], text, {"sheet.yaml": sheet}
    )
    assert (came.fault, came.detail) == ("", "")


def test_a_mean_that_is_one_number_is_compared() -> None:
    """Of one sample: each of its numbers was no array, where it is exact."""
    text = "{input: [1, 1, 4], layers: [{type: layer_norm, scale: [1, 1, 1], shift: [1, 1, 1]}]}"
    other = {"other.yaml": text.replace("4", "7")}
    came = outcome(["compare", "-", "FOLDER/other.yaml", "--exact"], text, other)
    assert (came.code, came.fault, came.detail) == (0, "", "")


@pytest.mark.parametrize(("line", "text"), CASES)
def test_it_ends_well(line: str, text: str) -> None:
    name, *options = line.split()
    came = outcome([name, "-", *options], text)
    assert (came.fault, came.detail) == ("", "")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("flatten", TURNED),
        ("momentum", FARTHER),
        ("adam", FARTHER),
        ("follow-through", "{variables: {w: 123456789.1, x: 1}, graph: {p: w * x, s: p + x}}"),
    ],
)
def test_it_is_explained(word: str, text: str) -> None:
    came = outcome(["explain", word, "-"], text)
    assert (came.fault, came.detail) == ("", "")


def test_it_has_others_like_it() -> None:
    """Biases of an attention's projections, which stand by their names."""
    layer = "type: attention, key: [[1, 1, 1], [1, 1, 1]], bias: {output: [1, 1]}"
    text = f"input: [[1, 1, 1], [0, 1, 2]]\ntarget: [[1, 0], [0, 1]]\nlayers: [{{{layer}}}]\n"
    came = outcome(["exercise", "--like", "-", "--seed", "3"], text)
    assert (came.fault, came.detail) == ("", "")


def test_a_number_near_the_largest_is_moved_without_a_warning() -> None:
    """To see what changes with what was given, each number is made another one."""
    layer = "{type: rnn, joined: [[1, 1, 1]], bias: none}"
    text = f"input: [[1, 1], [1, 1], [1, 1.7976931348623157e308]]\nlayers: [{layer}]\n"
    sheet = {"sheet.npz": "answers: {a1: [[1], [1], [1]]}"}
    came = outcome(["check", "-", "FOLDER/sheet.npz"], text, sheet)
    assert (came.fault, came.detail) == ("", "")


def test_a_gradient_whose_squares_are_too_large_has_a_norm() -> None:
    """It is shortened like any other."""
    layers = "[{type: conv2d, weights: [[[[1, -1]]], [[[1, 1]]]], bias: [1, 1], activation: tanh}"
    text = f"input: [[-1e300, -1e300]]\ntarget: [1, 1]\nloss: half_squared_error\nlayers: {layers}"
    rest = ", {type: global_avg_pool}]\nlearning_rate: 1\n"
    came = outcome(["step", "-", "--clip-norm", "0.3"], text + rest)
    assert (came.fault, came.detail) == ("", "")


@pytest.mark.parametrize("format_name", ["markdown", "quarto", "latex", "typst", "html", "text"])
def test_a_matrix_within_a_line_has_a_width(format_name: str) -> None:
    text = "variables: {X: [[1, 1], [1, 1], [1, 1]]}\ngraph: {h: 'gather(X, 3, 1)', o: sum(h*h)}"
    came = outcome(["derive", "-", "--mode", "forward", "--format", format_name], text)
    assert (came.fault, came.detail) == ("", "")

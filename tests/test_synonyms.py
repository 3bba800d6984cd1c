"""Words of PyTorch, Keras, scikit-learn and courses: each is answered with the right one."""

from __future__ import annotations

import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable, Collection
from importlib import import_module

import pytest

from backprop_cli.api import loads, trace
from backprop_cli.cli import command_names
from backprop_cli.commands._usage import option_names
from backprop_cli.files.network import NETWORK_KEYS
from backprop_cli.functions.losses import LOSS_NAMES
from backprop_cli.functions.optimizers import OPTIMIZERS
from backprop_cli.layers import layer_types
from backprop_cli.problems import nearest
from backprop_cli.spec.arrays import INITS
from backprop_cli.spec.functions import ACTIVATION_NAMES
from backprop_cli.synonyms import command_line, functions, layers, learning
from backprop_cli.synonyms.answers import Answers, Told
from backprop_cli.synonyms.lookup import answered
from backprop_cli.synonyms.places import PLACES

from .commands.running import config, run

NET = "input: [1, 2]\ntarget: [1]\nloss: {}\nlayers:\n  - {{weights: [[1, 2]], bias: [0]{}}}\n{}"
ACTIVATIONS = {
    "sigmoid": ("Sigmoid", "sigma", "nn.Sigmoid", "expit", "tf.nn.sigmoid"),
    "relu": ("ReLU", "Relu", "nn.ReLU", "torch.relu", "rectifier"),
    "tanh": ("Tanh", "TanH", "hyperbolic_tangent"),
    "leaky_relu": ("lrelu", "LeakyReLU", "leakyrelu", "leaky-relu", "prelu"),
    "hard_tanh": ("hardtanh", "Hardtanh"),
    "softplus": ("Softplus", "soft_plus"),
    "softmax": ("Softmax", "log_softmax", "LogSoftmax"),
    "identity": ("none", "None", "pass"),
    "{expression: 'min(max(z, 0), 6)'}": ("relu6", "ReLU6"),
    "{expression: 'z*min(": ("Hardswish", "hard_swish"),
    "{expression: 'arctan(z)'}": ("arctan",),
    "two weighted sums": ("glu", "SwiGLU"),
    "its derivative is 0": ("step", "heaviside", "sign"),
    "{expression: '-softplus(-z)'}": ("LogSigmoid", "nn.LogSigmoid"),
    "sign(z)*max(": ("Softshrink",),
    "z - tanh(z)": ("Tanhshrink",),
    "{expression: 'exp(z)'}": ("exponential",),
    "sqrt(z**2 + 4)": ("squareplus",),
    "'elu'": ("CELU",),
    "slope: 11/48": ("RReLU",),
    "softmax of −z": ("Softmin",),
}
LOSSES = {
    "½·Σ(a − y)²": ("mse", "MSE", "MSELoss", "mse_loss"),
    "½ of it": ("SSE", "sse", "l2"),
    "'half_squared_error'": ("quadratic",),
    "'absolute_error'": ("mae", "L1Loss", "l1"),
    "'huber'": ("SmoothL1Loss", "Huber", "HuberLoss"),
    "of scores": ("CrossEntropyLoss", "ce", "CE"),
    "'cross_entropy'": ("NLLLoss", "nll", "categorical_crossentropy", "CategoricalCrossentropy"),
    "'binary_cross_entropy'": ("bce", "BCELoss", "log_loss", "logloss", "BinaryCrossentropy"),
    "'sigmoid_cross_entropy'": ("BCEWithLogitsLoss",),
    "'kl_divergence'": ("kl", "KLDivLoss", "kl_div"),
    "{expression: 'sqrt(": ("rmse", "RMSELoss"),
    "{expression: 'mean(abs(": ("mape",),
    "{expression: 'sum(a - y*ln(a))'}": ("poisson", "nn.PoissonNLLLoss"),
    "(1 - a)**2": ("focal_loss", "FocalLoss"),
    "of variance 1": ("nn.GaussianNLLLoss",),
    "a line for each": ("cosine_similarity", "TripletMarginLoss"),
    "no derivative": ("accuracy",),
    "'hinge'": ("Hinge", "hinge_loss"),
    "with max(0, …)": ("MultiMarginLoss", "CategoricalHinge"),
    "mean(ln(1 + exp(-y*a)))": ("SoftMarginLoss",),
    "divided by the number of outputs": ("MultiLabelSoftMarginLoss",),
    "2*sum(a*y)": ("Dice", "dice_loss"),
    "0.9*(y - a)": ("quantile", "PinballLoss"),
    "all alignments": ("CTCLoss",),
    "ln(2*y/(y + a))": ("js_divergence",),
    "(1 - y)*a**2": ("BinaryFocalCrossentropy",),
    "smoothed targets": ("label_smoothing",),
    "'mean(abs((a - y)/y))'": ("MeanAbsolutePercentageError",),
}
TYPES = {
    "'dense'": ("Dense", "Linear", "nn.Linear", "fc", "fully_connected", "keras.layers.Dense"),
    "'concat'": ("Concatenate", "cat", "join"),
    "'add'": ("Add", "residual", "skip"),
    "'multiply'": ("Multiply", "hadamard"),
    "'recurrent'": ("RNN", "nn.RNN", "SimpleRNN", "elman"),
    "'lstm'": ("LSTM", "nn.LSTM"),
    "'gru'": ("GRU",),
    "one step is a sequence of one": ("LSTMCell", "GRUCell", "nn.RNNCell", "SimpleRNNCell"),
    "with 'flip: true'": ("ConvTranspose2d", "Conv2DTranspose", "nn.ConvTranspose1d"),
    "a third axis is its channels": ("Conv3d", "Conv3D", "MaxPool3d", "nn.BatchNorm3d"),
    "kernels are 0": ("DepthwiseConv2D", "SeparableConv2D"),
    "flatten makes a vector": ("ConvLSTM2D",),
    "makes an image larger": ("Upsample", "UpSampling2D"),
    "but for flatten": ("Unflatten", "PixelShuffle", "nn.Unfold", "Cropping2D"),
    "as large as the image": ("GlobalMaxPooling2D", "AdaptiveMaxPool2d", "GlobalMaxPool2D"),
    "dot(x, A @ y)": ("Bilinear",),
    "leave it out": ("Identity", "nn.Identity"),
    "no norm is taken": ("WeightNorm", "SpectralNormalization"),
    "all 0 or all 1": ("Dropout2d", "SpatialDropout2D"),
    "of noise only dropout": ("GaussianNoise", "AlphaDropout"),
    "pool: mean": ("EmbeddingBag",),
    "its zeros are the one kind": ("ReflectionPad2d",),
    "write it under 'input'": ("Normalization", "TextVectorization", "CategoryEncoding"),
    "where they meet": ("ResNet", "ResidualBlock"),
    "A @ X @ W": ("GCNConv",),
    "write its layers": ("MLPClassifier", "LogisticRegression"),
    "from: [q, k, v]": ("CrossAttention",),
    "q·k/√d": ("scaled_dot_product_attention",),
    "others are a graph's": ("AdditiveAttention",),
    "'conv1d'": ("Conv1d", "Conv1D"),
    "'conv2d'": ("Conv2d", "Conv2D", "conv"),
    "'max_pool2d'": ("MaxPool2d", "MaxPooling2D", "pooling"),
    "'avg_pool2d'": ("AvgPool2d", "AveragePooling2D"),
    "'global_avg_pool'": ("AdaptiveAvgPool2d", "GlobalAveragePooling2D"),
    "'flatten'": ("Flatten", "reshape"),
    "'batch_norm'": ("BatchNorm1d", "BatchNorm2d", "BatchNormalization", "bn"),
    "'layer_norm'": ("LayerNorm", "LayerNormalization", "ln"),
    "'rms_norm'": ("RMSNorm",),
    "'dropout'": ("Dropout",),
    "'embedding'": ("Embedding", "lookup_table"),
    "'positions'": ("PositionalEncoding", "positional_embedding"),
    "'attention'": ("Attention", "self_attention"),
    "'heads: 2' and the arrays query": ("MultiheadAttention", "MultiHeadAttention", "mha"),
    "{type: activation": ("relu", "ReLU", "softmax", "LogSoftmax", "Lambda", "LeakyReLU", "ELU"),
    "the sequence by itself": ("Sequential", "nn.Sequential"),
    "on every step alike": ("TimeDistributed",),
    "reverse: true": ("Bidirectional",),
    "layer_norm and rms_norm": ("GroupNorm", "nn.InstanceNorm2d"),
    "lengths: [4, 2]": ("Masking",),
    "padding: 1": ("ZeroPadding2D",),
    "transformer_block": ("TransformerEncoderLayer", "nn.TransformerDecoderLayer"),
    "anything else is a computation graph": ("Subtract", "Maximum", "Permute"),
}
KEYS = {
    "learning_rate": ("lr", "eta", "alpha", "learning-rate"),
    "'input'": ("inputs", "x", "X", "x_train", "dataset"),
    "'target'": ("labels", "y", "targets", "y_train"),
    "'loss'": ("cost", "criterion"),
    "--steps": ("epochs", "iterations", "max_iter", "n_epochs"),
    "--batch-size": ("batch_size",),
    "regularization: {l2": ("weight_decay", "l2"),
    "{type: momentum}": ("momentum",),
    "--digits": ("precision",),
    "'optimizer'": ("solver", "optim"),
    "'seed'": ("random_state", "manual_seed"),
    "'schedule'": ("lr_scheduler",),
    "a layer each": ("hidden_layer_sizes",),
    "all samples of the file": ("validation_split", "val", "shuffle"),
    "--full": ("verbose", "callbacks"),
    "--dtype float32": ("device", "dtype"),
    "--clip-norm": ("clipnorm", "grad_clip"),
    "leave it out": ("num_classes",),
}
LAYER_KEYS = {
    "'activation'": ("act", "nonlinearity"),
    "xavier_uniform": ("kernel_initializer", "init"),
    "bias: none": ("use_bias",),
    "leave it out": ("input_dim", "in_features", "in_channels"),
    "'units'": ("hidden_size", "output_dim", "embed_dim", "out_features"),
    "type: conv2d": ("kernel_size", "strides"),
    "output: last": ("return_sequences",),
    "slope: 0.01": ("negative_slope",),
    "type: attention": ("num_heads",),
    "'reverse: true'": ("go_backwards",),
    "rate: 0.5": ("p",),
    "regularization: {l2": ("kernel_regularizer",),
    "--freeze W1": ("trainable", "requires_grad"),
    "one layer below the other": ("num_layers",),
    "{type: dropout": ("dropout",),
    "bias: [0, 0]": ("bias_initializer",),
}
OPTIMIZER_NAMES: dict[str, tuple[str, ...]] = {
    "'sgd'": ("SGD", "torch.optim.SGD", "GD", "gradient_descent"),
    "'adam'": ("Adam", "optim.Adam", "keras.optimizers.Adam"),
    "'adamw'": ("AdamW",),
    "'rmsprop'": ("RMSprop", "RMSProp"),
    "'nesterov'": ("nag",),
    "rmsprop is known": ("Adagrad", "Adadelta"),
    "adam and adamw": ("Nadam", "Adamax"),
    "one gradient": ("LBFGS",),
    "the signs alone": ("Rprop",),
    "averaged at the end": ("ASGD",),
    "'momentum'": ("heavy_ball",),
}
SCHEDULES: dict[str, tuple[str, ...]] = {
    "'step'": ("StepLR", "step_decay"),
    "'exponential'": ("ExponentialLR", "ExponentialDecay"),
    "'cosine'": ("CosineAnnealingLR", "CosineDecay"),
    "'inverse_time'": ("InverseTimeDecay", "1/t"),
    "the number of the step alone": ("ReduceLROnPlateau", "LambdaLR"),
}
COMMANDS = {
    "'step'": ("train", "fit", "optimize", "update"),
    "backprop step": ("lr", "epochs"),
    "'diagram'": ("draw", "plot", "visualize", "graph", "torchviz", "plot_model"),
    "'derive'": ("prove", "formula", "symbolic"),
    "'check'": ("grade", "mark", "verify"),
    "'trace'": ("run", "forward", "backward", "show", "predict", "inference"),
    "-o notes.tex": ("save", "export"),
    "--wrt loss": ("loss",),
    "--wrt da1/dz1": ("jacobian",),
    "the first ones": ("hessian",),
    "backprop describe": ("validate", "lint"),
    "worksheet NET --solution": ("hint", "answers"),
    "backprop new": ("tutorial", "docs"),
    "'gradcheck'": ("numgrad",),
    "'describe'": ("summary", "info"),
    "backprop --help": ("help",),
    "backprop --version": ("version",),
    "backprop trace net.yaml": ("net.yaml",),
}
INIT_NAMES = {
    "xavier_uniform": ("glorot_uniform", "xavier"),
    "xavier_normal": ("glorot_normal",),
    "he_uniform": ("kaiming_uniform", "he"),
    "he_normal": ("kaiming_normal",),
    "normal": ("random_normal", "truncated_normal"),
    "uniform": ("random_uniform",),
}
OPTIONS = {
    "'--digits'": ("trace --precision", "trace --decimals", "trace --decimal"),
    "'--lr'": ("step --eta", "step --learning-rate"),
    "backprop step": ("trace --eta", "trace --optimizer", "trace --epochs", "derive --steps"),
    "'--batch-size'": ("step --batch",),
    "'--sample'": ("trace --batch",),
    "'--exact'": ("trace --fractions",),
    "'--wrt'": ("trace --weights", "trace --params"),
    "--only forward": ("trace --forward",),
    "--pass backward": ("diagram --backward",),
    "the network is the key": ("check --key", "check --solution"),
    "'--solution'": ("worksheet --answers",),
    "'--tolerance'": ("gradcheck --tol", "gradcheck --atol"),
    "chosen by itself": ("gradcheck --eps",),
    "seed: 1": ("step --seed",),
    "kept apart": ("step --val",),
    "in the order of the file": ("step --shuffle",),
    "--optimizer nesterov": ("step --nesterov",),
    "-o FILE": ("trace --quiet", "diagram --show"),
    "--style leibniz": ("derive --chain-rule",),
    "--numbers": ("derive --symbolic",),
    "backprop derive": ("trace --style", "trace --mode"),
    "'--steps'": ("step --epochs", "step --n-epochs"),
    "--kind computation": ("diagram --as-graph",),
    "--format latex": ("trace --latex",),
    "--style matrix": ("derive --matrix",),
    "NO_COLOR": ("trace --no-color", "trace --color"),
    "'--full'": ("trace --verbose",),
    "'--output'": ("trace --file",),
    "'--notation'": ("trace --letters",),
}


def pairs(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(word, answer) for answer, words in table.items() for word in words]


def told(text: str) -> str:
    done = run("describe", "-", stdin=text)
    assert done.code == 2
    return done.err


@pytest.mark.parametrize(("word", "answer"), pairs(ACTIVATIONS))
def test_activations(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", f", activation: {word}", ""))


@pytest.mark.parametrize(("word", "answer"), pairs(LOSSES))
def test_losses(word: str, answer: str) -> None:
    assert answer in told(NET.format(word, "", ""))


@pytest.mark.parametrize(("word", "answer"), pairs(TYPES))
def test_layer_types(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", f", type: {word}", ""))


@pytest.mark.parametrize(("word", "answer"), pairs(KEYS))
def test_keys_of_the_network(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", "", f"{word}: 0.1\n"))


@pytest.mark.parametrize(("word", "answer"), pairs(LAYER_KEYS))
def test_keys_of_a_layer(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", f", {word}: 2", ""))


@pytest.mark.parametrize(("word", "answer"), pairs(OPTIMIZER_NAMES))
def test_optimizers(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", "", f"optimizer: {{type: {word}}}\n"))


@pytest.mark.parametrize(("word", "answer"), pairs(SCHEDULES))
def test_schedules(word: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", "", f"schedule: {{type: {word}}}\n"))


@pytest.mark.parametrize(("word", "answer"), pairs(INIT_NAMES))
def test_initialisations(word: str, answer: str) -> None:
    """As a scheme; and alone, where a mapping was forgotten."""
    net = NET.format("squared_error", "", "")
    drawn = net.replace("[[1, 2]]", f"{{init: nn.init.{word}_}}")
    assert f"did you mean '{answer}'?" in told(drawn)
    alone = net.replace("[[1, 2]]", word)
    assert f"write {{init: {answer}}}" in told(alone)


def test_a_hundred_words_and_more() -> None:
    tables = (ACTIVATIONS, LOSSES, TYPES, KEYS, LAYER_KEYS, OPTIMIZER_NAMES, SCHEDULES)
    assert len({word for table in tables for words in table.values() for word in words}) > 100


def test_the_tables_are_loaded_for_a_mistake_only() -> None:
    """One process: a right file, then a wrong word."""
    code = (
        "import sys\n"
        "from backprop_cli import api\n"
        f"api.trace({config('mazur')!r})\n"
        "print('backprop_cli.synonyms' in sys.modules)\n"
        "from backprop_cli.problems import nearest\n"
        "nearest('reluu', ('relu', 'softmax'))\n"
        "print('backprop_cli.synonyms' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = [line for line in done.stdout.splitlines() if line in ("True", "False")]
    assert found == ["False", "True"], done.stderr


@pytest.mark.parametrize(("word", "answer"), pairs(COMMANDS))
def test_commands(word: str, answer: str) -> None:
    done = run(word)
    assert done.code == 2
    assert answer in done.err


@pytest.mark.parametrize(("words", "answer"), pairs(OPTIONS))
def test_options(words: str, answer: str) -> None:
    command, option = words.split()
    done = run(command, config("mazur"), option)
    assert done.code == 2
    assert answer in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("w11", "W1[1,1]"),
        ("dw21", "dW1[2,1]"),
        ("d1", "'delta1'"),
        ("δ2", "'delta2'"),
        ("w1", "'W1'"),
        ("sigma", "describe"),
    ],
)
def test_names_of_quantities(name: str, answer: str) -> None:
    done = run("trace", config("mazur"), "--wrt", name)
    assert done.code == 2
    assert answer in done.err


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (NET.format("squared_error", "", "optimizer: SGD\n"), "did you mean 'sgd'?"),
        (NET.format("squared_error", "", "regularization: 0.3\n"), "{l2: 0.3}"),
        (NET.format("squared_error", "", "weight_decay: 3e-4\n"), "regularization: {l2: 3e-4}"),
        (NET.format("squared_error", "", "lasso: 0.3\n"), "regularization: {l1: 0.3}"),
        (NET.format("squared_error", "", "notation: {letters: {C: E}}\n"), "'loss'"),
        (
            NET.format("squared_error", "", "optimizer: {type: sgd, momentum: 0.8}\n"),
            "write {type: momentum, momentum: 0.8}",
        ),
        (
            NET.format("squared_error", "", "optimizer: {type: adam, betas: [0.8, 0.9]}\n"),
            "write beta1: 0.8, beta2: 0.9",
        ),
        (
            NET.format("squared_error", "", "optimizer: {type: momentum, beta: 0.8}\n"),
            "'momentum'",
        ),
        (NET.format("squared_error", ", type: recurrent, h0: [1]", ""), "'initial'"),
        (NET.format("squared_error", "", "").replace("[1]\nl", "[[1], [~]]\nl"), "write ~ for"),
        (NET.format("squared_error", "", "").replace("[1, 2]\nt", "1, 2\nt"), "write [1, 2]"),
        (NET.format("squared_error", "", "").replace("[1, 2]\nt", "2\nt"), "not how many"),
        (NET.format("squared_error", "", "").replace("[1]\nl", "0.6\nl"), "write [0.6]"),
        (
            "input: [[1], [2]]\ntarget: [0, 1]\nloss: cross_entropy\n"
            "layers: [{weights: [[1], [2]], bias: none, activation: softmax}]\n",
            "write {class: [0, 1]}",
        ),
        (
            "input: [1]\ntarget: [1]\nloss: cross_entropy\n"
            "layers: [{weights: [[1], [2]], bias: none, activation: softmax}]\n",
            "write {class: 1}",
        ),
    ],
)
def test_lines_to_write(text: str, answer: str) -> None:
    assert answer in told(text)


def test_missing_weights_can_be_drawn() -> None:
    text = "input: [1]\ntarget: [1]\nloss: squared_error\nlayers: [{units: 1}]\n"
    assert "{init: xavier_uniform}" in run("trace", "-", stdin=text).err


EXPRESSION = re.compile(r"\{expression: '(?P<formula>[^']*)'\}")


@pytest.mark.parametrize("kind", [functions.ACTIVATIONS, functions.LOSSES])
def test_a_formula_that_is_proposed_is_read(kind: Answers) -> None:
    for words, answer in kind.items():
        answer = answer if isinstance(answer, str) else answer.says
        for found in EXPRESSION.finditer(answer):
            formula = found["formula"].replace("{0}", words.split()[0])
            own = f'{{expression: "{formula}"}}'
            loss = own if kind is functions.LOSSES else "squared_error"
            activation = own if kind is functions.ACTIVATIONS else "sigmoid"
            text = NET.format(loss, f", activation: {activation}", "").replace("[1]", "[0.5]")
            assert loads(text).loss is not None, words


BY_DEFINITION: dict[str, Callable[[float], float]] = {
    "Softshrink": lambda z: z - 0.5 if z > 0.5 else z + 0.5 if z < -0.5 else 0,
    "Hardshrink": lambda z: z if abs(z) > 0.5 else 0,
    "Tanhshrink": lambda z: z - math.tanh(z),
    "LogSigmoid": lambda z: math.log(1 / (1 + math.exp(-z))),
    "Hardswish": lambda z: 0 if z <= -3 else z if z >= 3 else z * (z + 3) / 6,
    "ReLU6": lambda z: min(max(0, z), 6),
    "sparse_plus": lambda z: 0 if z <= -1 else z if z >= 1 else (z + 1) ** 2 / 4,
    "squareplus": lambda z: (z + math.sqrt(z * z + 4)) / 2,
    "quick_gelu": lambda z: z / (1 + math.exp(-1.702 * z)),
}
"""Other programs' activations, as they define them."""


@pytest.mark.parametrize("word", BY_DEFINITION)
def test_a_formula_that_is_proposed_is_the_function(word: str) -> None:
    found = EXPRESSION.search(answered(word, ACTIVATION_NAMES))
    assert found is not None
    points = (-4.0, -1.7, -0.75, -0.25, 0.4, 1.3, 7.5)
    text = (
        f"input: {[[z] for z in points]}\ntarget: {[[0]] * 7}\nloss: squared_error\n"
        'layers: [{weights: [[1]], bias: none, activation: {expression: "'
        + found["formula"]
        + '"}}]'
    )
    values = [float(row[0]) for row in trace(loads(text)).value("a1")]
    assert values == pytest.approx([BY_DEFINITION[word](z) for z in points])


def test_a_transposed_convolution_is_the_convolution_that_is_proposed() -> None:
    """Each input is put down times the kernel, where they overlap they add."""
    said = answered("ConvTranspose2d", layer_types())
    assert "'flip: true' and 'padding: 2' for a kernel of 3" in said
    image: list[list[float]] = [[1, -2], [0.5, 3]]
    kernel: list[list[float]] = [[1, 2, -1], [0, 0.5, 4], [-3, 1, 2]]
    wanted = [[0.0] * 4 for _ in range(4)]
    for i, j in itertools.product(range(2), repeat=2):
        for u, v in itertools.product(range(3), repeat=2):
            wanted[i + u][j + v] += image[i][j] * kernel[u][v]
    layer = f"{{type: conv2d, weights: [[{kernel}]], bias: none, flip: true, padding: 2}}"
    text = f"input: {image}\ntarget: [{wanted}]\nloss: squared_error\nlayers: [{layer}]"
    assert float(trace(loads(text)).value("loss")) == 0


def test_what_a_table_means_is_known_there() -> None:
    """An answer of one word is a word of its place; no known word is a synonym of another."""
    known: tuple[tuple[Answers, Collection[str]], ...] = (
        (functions.ACTIVATIONS, ACTIVATION_NAMES),
        (functions.LOSSES, LOSS_NAMES),
        (layers.TYPES, layer_types()),
        (command_line.COMMANDS, command_names()),
        (learning.OPTIMIZERS, OPTIMIZERS),
        (layers.INITS, INITS),
    )
    for table, here in known:
        for words, answer in table.items():
            if isinstance(answer, Told):
                assert set(answer.about.split()) <= set(here), answer
                answer = answer.says
            assert " " in answer or answer.partition("|")[0] in here, answer
            assert not set(words.split()) & set(here), words


@pytest.mark.parametrize(
    ("word", "known"), [("xy", ("x", "y")), ("conv", ("concat", "dense")), ("optimizer", ("add",))]
)
def test_what_is_far_is_not_suggested(word: str, known: tuple[str, ...]) -> None:
    assert not nearest(word, known).startswith("did")


def options(command: str) -> list[str]:
    return option_names(import_module(f"backprop_cli.commands.{command}").command)


@pytest.mark.parametrize("command", command_names())
def test_an_option_that_is_proposed_is_the_command_s(command: str) -> None:
    """Those within quotes are of the command that the quotes have."""
    known = options(command)
    words = {word for words in command_line.OPTIONS for word in words.split()}
    for word in words - set(known):
        says = answered(word, known)
        for other, rest in re.findall(r"'backprop (\w+)([^']*)'", says):
            assert set(re.findall(r"--[a-z-]+", rest)) <= set(options(other)), says
        here = re.sub(r"'[^']*'", "", says)
        assert set(re.findall(r"--[a-z-]+", here)) <= set(known), says


def test_a_setting_is_no_quantity_and_is_told_its_option() -> None:
    settings = {setting.name for entry in OPTIMIZERS.values() for setting in entry.settings}
    top = {*NETWORK_KEYS} - {"input", "target", "name", "description", "lengths", "sample_shape"}
    words = {word for words in learning.CHANGED for word in words.split()}
    assert settings | top <= words
    for word in words - {"loss"}:
        for done in (
            run("trace", config("mazur"), "--set", f"{word}=1"),
            run("sweep", config("mazur"), "--over", f"{word}=0,1"),
        ):
            assert f"'{word}' is no quantity" in done.err
            for command, rest in re.findall(r"backprop (\w+)([^']*)'", done.err):
                assert set(re.findall(r"--[a-z-]+", rest)) <= set(options(command)), done.err


def test_an_option_of_other_commands_is_theirs() -> None:
    said = run("gradcheck", config("mazur"), "--exact").err
    owners = [name for name in command_names() if "--exact" in options(name)]
    assert f"no option '--exact': {', '.join(owners[:-1])} and {owners[-1]} have it" in said


KNOWN: tuple[Collection[str], ...] = (
    ACTIVATION_NAMES,
    LOSS_NAMES,
    layer_types(),
    OPTIMIZERS,
    INITS,
)


def test_a_word_of_another_place_is_told_its_own() -> None:
    """Each name of each place, asked for at every other."""
    for place, own in zip(PLACES, KNOWN, strict=True):
        assert set(place.names.split()) == set(own)
        for name in own:
            for here in KNOWN:
                said = answered(name, here)
                assert said, (name, here)
                if name not in here and said.startswith("it is "):
                    assert said.startswith(f"it is {place.kind}: write '"), said


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (", activation: nn.MultiheadAttention", "it is a type of layer: write 'type: attention'"),
        (", activation: Adam", "write 'optimizer: {type: adam}' at the top"),
        (", activation: mse", "it is a loss: mean_squared_error is"),
        (", type: sgd", "it is an optimizer"),
    ],
)
def test_a_word_at_the_wrong_place(text: str, answer: str) -> None:
    assert answer in told(NET.format("squared_error", text, ""))

"""Synonyms: what PyTorch, Keras, scikit-learn and courses call things; loaded for suggestions only.

A word is answered by the word it means here (``a|b``: where b is known too), by several where
what is meant depends on whom one asks, or by a sentence that says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple


class Told(NamedTuple):
    """A sentence on what to write, and the known words that it is about, apart by spaces."""

    says: str
    about: str


_SQUARES = Told(
    "mean_squared_error is the mean of (a − y)² over the outputs; half_squared_error is "
    "½·Σ(a − y)², whose gradient is a − y",
    "mean_squared_error half_squared_error",
)
_LOGITS = Told(
    "of probabilities (after softmax) it is cross_entropy; of scores, as in PyTorch, "
    "softmax_cross_entropy",
    "cross_entropy softmax_cross_entropy",
)
_Answers = dict[str, str | Told]
_ACTIVATIONS: _Answers = {
    "none no null pass": "identity",
    "sigma logit expit sigm": "sigmoid",
    "hyperbolic_tangent th": "tanh",
    "rectifier ramp": "relu",
    "relu6": Told("write {expression: 'min(max(z, 0), 6)'}", "relu"),
    "prelu lrelu": "leaky_relu",
    "rrelu": Told(
        "its slope is drawn at random; the mean one is {type: leaky_relu, slope: 11/48}",
        "leaky_relu",
    ),
    "celu": "elu",
    "crelu": Told("its outputs are twice as many: two layers, and {type: concat}", "relu"),
    "log_sigmoid logsigmoid": Told("write {expression: '-softplus(-z)'}", "softplus"),
    "softshrink soft_shrink": "write {expression: 'sign(z)*max(abs(z) - 0.5, 0)'}",
    "hardshrink hard_shrink": "write {expression: 'z*(1 + sign(abs(z) - 0.5))/2'}",
    "tanhshrink tanh_shrink": "write {expression: 'z - tanh(z)'}",
    "quick_gelu": Told("write {expression: 'z*sigmoid(1.702*z)'}", "gelu"),
    "squareplus": Told("write {expression: '(z + sqrt(z**2 + 4))/2'}", "softplus"),
    "sparse_plus sparseplus": "write {expression: 'max(z, min(max(z + 1, 0), 2)**2/4)'}",
    "lisht": "write {expression: 'z*tanh(z)'}",
    "snake": "write {expression: 'z + sin(z)**2'}",
    "bent_identity": "write {expression: '(sqrt(z**2 + 1) - 1)/2 + z'}",
    "square quadratic": "write {expression: 'z**2'}",
    "cube cubic": "write {expression: 'z**3'}",
    "exponential": "write {expression: 'exp(z)'}",
    "sinusoid sine": "write {expression: 'sin(z)'}",
    "softmin": Told("it is softmax of −z: turn the signs of the weights and the bias", "softmax"),
    "sparsemax gumbel_softmax": Told(
        "of functions whose outputs add up to one only softmax is known", "softmax"
    ),
    "hard_swish hardswish hard_silu hardsilu": Told(
        "write {expression: 'z*min(max(z + 3, 0), 6)/6'}", "silu"
    ),
    "sin cos exp arctan erf abs log sqrt sinh cosh": "write {expression: '{0}(z)'}",
    "gaussian rbf": "write {expression: 'exp(-z**2)'}",
    "glu swiglu geglu": "two weighted sums meet: two layers, and {type: multiply, from: [a, b]}",
    "maxout": "write a graph, whose lines may take max(u, v)",
    "swish1": "swish",
    "step heaviside threshold binary sign sgn": Told(
        "its derivative is 0, nothing can be learnt through it; sigmoid or hard_sigmoid can",
        "sigmoid hard_sigmoid",
    ),
    "log_softmax logsoftmax": Told(
        "write softmax; the loss cross_entropy takes the logarithm", "softmax"
    ),
    "softmax_activation": "softmax",
    "gelu_tanh gelu_new": "write {type: gelu, approximate: tanh}",
}
_LOSSES: _Answers = {
    "mse mean_square_error mean_squared mse_with_half": _SQUARES,
    "sse rss l2 sum_squared_error sum_of_squares squared square": Told(
        "squared_error is Σ(a − y)²; half_squared_error is ½ of it, whose gradient is a − y",
        "squared_error half_squared_error",
    ),
    "quadratic half_mse": "half_squared_error",
    "mae l1 absolute mean_absolute_error l1_error": "absolute_error",
    "smooth_l1": "huber",
    "ce crossentropy": _LOGITS,
    "nll negative_log_likelihood": "cross_entropy",
    "categorical_crossentropy sparse_categorical_crossentropy": "cross_entropy",
    "categorical_cross_entropy categorical_ce": "cross_entropy",
    "softmax_cross_entropy_with_logits softmax_ce logits": "softmax_cross_entropy",
    "bce logloss log_loss log binary_crossentropy binary_ce logistic": "binary_cross_entropy",
    "bce_with_logits binary_cross_entropy_with_logits": "sigmoid_cross_entropy",
    "kl kl_div kld kullback_leibler": "kl_divergence",
    "logcosh": "log_cosh",
    "rmse": Told(
        "write {expression: 'sqrt(mean((a - y)**2))'}, or mean_squared_error", "mean_squared_error"
    ),
    "msle mean_squared_logarithmic mean_squared_logarithmic_error": (
        "write {expression: 'mean((ln(1 + a) - ln(1 + y))**2)'}"
    ),
    "mape mean_absolute_percentage mean_absolute_percentage_error": (
        "write {expression: 'mean(abs((a - y)/y))'}"
    ),
    "poisson poisson_nll": "write {expression: 'sum(a - y*ln(a))'}",
    "soft_margin": "write {expression: 'mean(ln(1 + exp(-y*a)))'}",
    "multi_label_soft_margin multilabel_soft_margin": Told(
        "it is sigmoid_cross_entropy divided by the number of outputs", "sigmoid_cross_entropy"
    ),
    "categorical_hinge multi_margin multi_label_margin modified_huber": Told(
        "it compares outputs with one another: write a graph, with max(0, …); hinge takes each by "
        "itself",
        "hinge",
    ),
    "dice": "write {expression: '1 - 2*sum(a*y)/(sum(a) + sum(y))'}",
    "iou jaccard tversky": "write {expression: '1 - sum(a*y)/(sum(a) + sum(y) - sum(a*y))'}",
    "quantile pinball": "write {expression: 'sum(max(0.9*(y - a), 0.1*(a - y)))'}",
    "epsilon_insensitive": "write {expression: 'sum(max(abs(a - y) - 0.1, 0))'}",
    "charbonnier": Told("write {expression: 'sum(sqrt((a - y)**2 + 1e-6))'}", "absolute_error"),
    "exponential": "write {expression: 'sum(exp(-y*a))'}",
    "wasserstein": "write {expression: 'mean(a*y)'}",
    "js_divergence jensen_shannon": Told(
        "write {expression: 'sum(y*ln(2*y/(y + a)) + a*ln(2*a/(y + a)))/2'}", "kl_divergence"
    ),
    "binary_focal binary_focal_crossentropy": Told(
        "write {expression: 'sum(-y*(1 - a)**2*ln(a) - (1 - y)*a**2*ln(1 - a))'}",
        "binary_cross_entropy",
    ),
    "absolute_deviation": "absolute_error",
    "deviance": "binary_cross_entropy",
    "ctc": Told(
        "it adds over all alignments of two sequences; cross_entropy takes one target a step",
        "cross_entropy",
    ),
    "perplexity": Told(
        "it is e to the power of cross_entropy, which is learnt from", "cross_entropy"
    ),
    "label_smoothing": Told(
        "write the smoothed targets: target: [0.05, 0.95]; the loss is cross_entropy",
        "cross_entropy",
    ),
    "r2 r_squared": Told("1 − R² is squared_error over a constant: write that", "squared_error"),
    "elbo vae": Told("write a graph: the loss, plus a kl_divergence", "kl_divergence"),
    "focal focal_loss categorical_focal categorical_focal_crossentropy": (
        "write {expression: 'sum(-y*(1 - a)**2*ln(a))'}"
    ),
    "gaussian_nll": Told(
        "of variance 1 it is half_squared_error, but for a constant", "half_squared_error"
    ),
    "cosine_similarity cosine_embedding triplet triplet_margin contrastive infonce circle "
    "margin_ranking hinge_embedding": (
        "write a graph: variables, and a line for each of dot(u, v), sqrt(…), max(0, …)"
    ),
    "squared_hinge": Told("write {expression: 'sum(max(1 - a*y, 0)**2)'}", "hinge"),
    "perceptron": "write {expression: 'sum(max(-a*y, 0))'}",
    "accuracy": Told("it has no derivative to learn from; cross_entropy has", "cross_entropy"),
}
_TYPES: _Answers = {
    "linear fc fully_connected affine inner_product perceptron neuron hidden output lazy_linear "
    "einsum_dense": "dense",
    "mlp mlp_classifier mlp_regressor linear_regression logistic_regression": Told(
        "write its layers: {units: 4, activation: relu}, {units: 1, activation: sigmoid}; logistic "
        "regression is the last one alone",
        "dense",
    ),
    "conv_transpose1d conv_transpose2d conv1d_transpose conv2d_transpose deconv deconvolution "
    "transposed_conv": Told(
        "of stride 1 it is a conv2d with 'flip: true' and 'padding: 2' for a kernel of 3 (one less "
        "than the kernel); no layer strides the other way",
        "conv2d",
    ),
    "conv3d max_pool3d avg_pool3d max_pooling3d average_pooling3d batch_norm3d": (
        "an image here has rows and columns: conv2d, max_pool2d; a third axis is its channels"
    ),
    "depthwise_conv2d separable_conv2d depthwise grouped_conv": Told(
        "write a conv2d whose kernels are 0 for the channels that they are not to read", "conv2d"
    ),
    "conv_lstm2d conv_lstm": Told(
        "no layer is both: flatten makes a vector of an image, lstm reads vectors", "lstm"
    ),
    "upsample up_sampling2d upsampling2d upsampling_nearest2d interpolate": (
        "no layer makes an image larger; conv2d with 'padding' keeps its size"
    ),
    "pixel_shuffle pixel_unshuffle unfold fold unflatten cropping2d repeat_vector": (
        "no layer rearranges an image, but for flatten; 'sample_shape' at the top is the input's"
    ),
    "adaptive_max_pool2d adaptive_max_pool1d global_max_pooling2d global_max_pool2d "
    "global_max_pooling1d global_max_pool": Told(
        "write max_pool2d with a window as large as the image: 'window: [4, 4]'", "max_pool2d"
    ),
    "lp_pool2d lp_pool1d": Told("of this family avg_pool2d and max_pool2d are known", "avg_pool2d"),
    "bilinear": "write a graph: 'z: dot(x, A @ y)'",
    "identity noop": "leave it out, or write {type: activation, activation: identity}",
    "local_response_norm lrn unit_normalization": Told(
        "of this family batch_norm, layer_norm and rms_norm are known", "layer_norm rms_norm"
    ),
    "spectral_norm spectral_normalization weight_norm weight_normalization": (
        "weights are taken as they are written, no norm is taken of them"
    ),
    "dropout1d dropout2d dropout3d spatial_dropout1d spatial_dropout2d": Told(
        "write 'type: dropout' with a 'mask' whose channels are all 0 or all 1", "dropout"
    ),
    "alpha_dropout gaussian_dropout gaussian_noise": Told(
        "of noise only dropout is known, with its 'mask', or 'seed: 1' at the top", "dropout"
    ),
    "activity_regularization": "'regularization: {l2: 0.01}' at the top is of all weights",
    "embedding_bag": Told("write {type: embedding, pool: mean}", "embedding"),
    "parallel branch branches": Told(
        "write the layers with 'from: input' each, and {type: concat, from: [a, b]}", "concat"
    ),
    "cosine_similarity pairwise_distance": "write a graph: dot(u, v), sqrt(sum((u - v)**2))",
    "reflection_pad2d constant_pad2d replication_pad2d": (
        "write 'padding: 1' in the layer that reads it: its zeros are the one kind of padding"
    ),
    "resizing rescaling normalization discretization text_vectorization string_lookup hashing "
    "category_encoding one_hot": "what is done to data is done before: write it under 'input'",
    "highway res_net resnet residual_block bottleneck inception": Told(
        "write its layers, and {type: add, from: [inner, input]} where they meet", "add"
    ),
    "gcn gcn_conv graph_conv gat": "write a graph: 'H: relu(A @ X @ W)', A the neighbours",
    "swi_glu swiglu glu geglu squeeze_excite": Told(
        "two weighted sums meet: two dense layers, and {type: multiply, from: [a, b]}", "multiply"
    ),
    "rbf": "write {units: 3, activation: {expression: 'exp(-z**2)'}}",
    "mixture_of_experts moe capsule bert hopfield kan": (
        "write its parts: the types known are 'backprop explain', anything else is a graph"
    ),
    "log_softmax": (
        "write {type: activation, activation: softmax}; the loss cross_entropy takes the logarithm"
    ),
    "sequential module_list module_dict": (
        "'layers:' is the sequence by itself: one layer below the other"
    ),
    "time_distributed": Told("a dense layer works on every step alike by itself", "dense"),
    "bidirectional": Told(
        "write two layers, one with 'reverse: true', and {type: concat, from: [there, back]}",
        "recurrent concat",
    ),
    "group_norm instance_norm instance_norm1d instance_norm2d": Told(
        "of this family batch_norm, layer_norm and rms_norm are known: they have no groups of "
        "channels",
        "layer_norm batch_norm",
    ),
    "masking": "'lengths: [4, 2]' at the top says where each sequence ends",
    "zero_padding2d zero_padding1d zeropadding2d zero_pad2d zero_pad1d padding": (
        "write 'padding: 1' in the layer that reads it"
    ),
    "transformer transformer_encoder transformer_block transformer_decoder": Told(
        "'backprop new transformer_block' is one: attention, add, layer_norm and dense; a "
        "decoder's attention has 'causal: true'",
        "attention layer_norm",
    ),
    "lambda": "write {type: activation, activation: {expression: 'z**2'}}",
    "subtract maximum minimum average dot permute": Told(
        "layers meet by add, multiply or concat; anything else is a computation graph",
        "add multiply",
    ),
    "relu sigmoid tanh softmax elu leaky_relu leakyrelu selu gelu silu swish prelu softplus mish": (
        "write a layer of its own: {type: activation, activation: …}"
    ),
    "concatenate cat join merge": "concat",
    "residual skip sum plus": "add",
    "mul product gate hadamard": "multiply",
    "conv convolution convolutional convolution2d conv_2d": "conv2d",
    "convolution1d conv_1d": "conv1d",
    "maxpool max_pooling pool pooling maxpool2d max_pooling2d maxpooling2d max_pool": "max_pool2d",
    "avgpool average_pooling avgpool2d average_pooling2d averagepooling2d avg_pool": "avg_pool2d",
    "maxpool1d maxpooling1d": "max_pool1d",
    "avgpool1d averagepooling1d": "avg_pool1d",
    "gap global_average_pooling globalaveragepooling2d adaptive_avg_pool2d "
    "adaptive_avg_pool1d global_average_pooling1d": "global_avg_pool",
    "reshape view": "flatten",
    "bn batchnorm batch_norm1d batch_norm2d batchnorm1d batchnorm2d": "batch_norm",
    "batch_normalization": "batch_norm",
    "ln layernorm layer_normalization": "layer_norm",
    "rmsnorm": "rms_norm",
    "drop": "dropout",
    "embed lookup lookup_table word_embedding": "embedding",
    "positional_encoding positional_embedding position_embedding position": "positions",
    "self_attention": "attention",
    "multi_head_attention multihead_attention multiheadattention mha group_query_attention": Told(
        "write 'type: attention' with 'heads: 2' and the arrays query, key, value and output; "
        "every head has keys of its own",
        "attention",
    ),
    "cross_attention": Told(
        "write 'type: attention' with 'from: [q, k, v]': queries of one layer, keys of another",
        "attention",
    ),
    "scaled_dot_product_attention dot_product_attention": Told(
        "write 'type: attention': its scores are q·k/√d by themselves", "attention"
    ),
    "additive_attention bahdanau_attention": Told(
        "the scores of 'type: attention' are products q·k; others are a graph's", "attention"
    ),
    "rnn simple_rnn simplernn elman vanilla_rnn": "recurrent",
    "rnn_cell rnn_cell_base simple_rnn_cell": Told(
        "write 'type: recurrent': it goes over the steps by itself, and one step is a sequence of "
        "one",
        "recurrent",
    ),
    "long_short_term_memory": "lstm",
    "lstm_cell": Told(
        "write 'type: lstm': it goes over the steps by itself, and one step is a sequence of one",
        "lstm",
    ),
    "gru_cell": Told(
        "write 'type: gru': it goes over the steps by itself, and one step is a sequence of one",
        "gru",
    ),
    "stacked_rnn_cells stacked_lstm": "write one recurrent layer below the other",
    "input input_layer": "the input is no layer: write 'input:' at the top",
}
_NETWORK: _Answers = {
    "epochs epoch iterations steps max_iter n_epochs num_epochs": (
        "say how many on the command line: 'step NET --steps 10'"
    ),
    "batch_size": "all of 'input' is one batch; 'backprop step NET --batch-size 2' takes fewer",
    "momentum beta1 beta2": "write optimizer: {type: momentum} (its settings: backprop schema)",
    "weight_decay l2 l1 penalty lambda": "write regularization: {l2: 0.01}",
    "precision digits decimals": "numbers are shown to --digits N decimals, on the command line",
    "eta alpha step_size": "learning_rate",
    "solver algorithm": "optimizer",
    "random_state random_seed manual_seed": "seed",
    "data dataset x_train x_test": "input",
    "y_train y_test": "target",
    "hidden_layer_sizes hidden_sizes": (
        "write a layer each: layers: [{units: 4, activation: relu}, …]"
    ),
    "shuffle val train test validation validation_split validation_data": (
        "all samples of the file are learnt from, in the order of the file"
    ),
    "verbose callbacks": "how much is shown is said on the command line: --full",
    "num_classes n_classes output_size input_size": "leave it out: the arrays say it",
    "device dtype": "leave it out: everything is computed in float64",
    "clip clipnorm clipvalue gradient_clip grad_clip": "write 'backprop step NET --clip-norm 1'",
    "metrics": "'backprop describe' and 'backprop diagnose' say how the network does",
    "hidden hidden_layers network model": "layers",
    "activation": "each layer has its own: write it below 'layers'",
    "weights bias biases": "each layer has its own: write them below 'layers'",
    "graph variables": "a computation graph has 'variables:' and 'graph:', and no layers",
}
_LAYER: _Answers = {
    "out_channels num_filters n_filters": "filters",
    "out_channels hidden_size output_dim out_dim embed_dim d_model embedding_dim": "units",
    "kernel_size filter_size": "kernel",
    "kernel_size strides stride padding": "a convolution has it: type: conv2d",
    "strides": "stride",
    "pool_size": "window",
    "dilation_rate": "dilation",
    "num_heads n_heads": "heads",
    "num_embeddings vocab_size": "words",
    "p": "rate",
    "eps": "epsilon",
    "go_backwards": "reverse",
    "return_sequences": "every step is the default; 'output: last' is the last one alone",
    "num_heads heads causal": "attention has it: type: attention",
    "go_backwards reverse": "a recurrent layer has it: 'reverse: true'",
    "p rate": "dropout has it: 'type: dropout', 'rate: 0.5'",
    "negative_slope": "write 'activation: {type: leaky_relu, slope: 0.01}'",
    "bias_initializer bias_init": "write the numbers: 'bias: [0, 0]'",
    "num_layers n_layers": "write one layer below the other",
    "kernel_regularizer weight_decay": "write 'regularization: {l2: 0.01}' at the top",
    "trainable requires_grad frozen freeze": "'backprop step NET --freeze W1' keeps it",
    "dropout": "write a layer of its own: {type: dropout, rate: 0.5}",
    "input_dim input_shape in_features inputs in_channels": (
        "leave it out: how many values a layer receives follows from what is before it"
    ),
    "act nonlinearity func function": "activation",
    "kernel_initializer initializer initialization init weight_init": (
        "write 'weights: {init: xavier_uniform}'; 'seed: 1' at the top settles what is drawn"
    ),
    "weights_layout layout loss learning_rate seed target reduction optimizer notation": (
        "it belongs at the top of the file, beside 'layers'"
    ),
    "use_bias": "write 'bias: none' for a layer without one",
    "input_layer previous prev inbound": "from",
}
_COMMANDS: _Answers = {
    "help": "write 'backprop --help', or 'backprop trace --help'",
    "version": "write 'backprop --version'",
    "run forward backward backprop compute calculate solve eval show gradients gradient grad "
    "predict inference infer evaluate": "trace",
    "jacobian": "write 'backprop trace NET --wrt da1/dz1'; 'backprop explain jacobian'",
    "hessian": "second derivatives are not computed; 'backprop derive NET' has the first ones",
    "loss cost": "write 'backprop trace NET --wrt loss'",
    "lr eta epochs optimizer": "write 'backprop step NET --lr 0.1 --steps 10'",
    "save export convert write": "each command writes: 'backprop trace NET -o notes.tex'",
    "load open read": "the file stands after the command: 'backprop trace net.yaml'",
    "docs tutorial manual guide": "'backprop --help' lists the commands, 'backprop new' examples",
    "validate lint": "'backprop describe NET' names each problem of a file",
    "hint answer answers solution solutions": (
        "'backprop check NET SHEET' reads answers, 'backprop worksheet NET --solution' is the key"
    ),
    "train fit optimize optimise update descend sgd learn": "step",
    "draw plot picture visualize visualise graph figure image plot_model torchviz make_dot": (
        "diagram"
    ),
    "prove derivation symbolic formula formulas equations equation": "derive",
    "grade mark verify correct judge": "check",
    "diff difference differences versus": "compare",
    "test numgrad gradient_check finite_differences": "gradcheck",
    "info summary print inspect": "describe",
    "health analyze analyse": "diagnose",
    "init create example examples template list": "new",
    "quiz problem generate": "exercise",
    "sheet blank blanks": "worksheet",
    "why what define meaning glossary": "explain",
}
_OPTIONS: _Answers = {
    "--eta --learning-rate --alpha --rate": "--lr",
    "--eta --learning-rate --alpha --rate --lr": "belongs to 'backprop step NET --lr 0.1'",
    "--sgd --adam --adamw --rmsprop --nesterov": "write it as --optimizer {0}",
    "--optimizer --momentum": "belongs to 'backprop step NET --optimizer momentum'",
    "--float32 --single --fp32": "--dtype",
    "--dtype --float32 --single --fp32": "belongs to 'backprop trace NET --dtype float32'",
    "--precision --decimals --decimal --round --places --dp": "--digits",
    "--fractions --fraction --rational": "--exact",
    "--symbolic": "'backprop derive NET' is symbolic; its --numbers puts the numbers in",
    "--forward --backward": "write --only {0}; of a picture --pass {0}",
    "--tol --atol --rtol": "--tolerance",
    "--eps --epsilon": "the width of the differences is chosen by itself, for each entry",
    "--layers --size --sizes --architecture --hidden --units": "--shape",
    "--n --num --how-many": "--count",
    "--answers --key --answer-key": "--solution",
    "--answers --key --answer-key --solution": "the network is the key: 'backprop check NET SHEET'",
    "--batch": "--batch-size",
    "--batch --row": "--sample",
    "--seed --random-state": "the file's own 'seed: 1' settles what is drawn",
    "--shuffle": "the samples are taken in the order of the file",
    "--val --validation --validation-split --test": (
        "no samples are kept apart: those of the file are what is learnt from"
    ),
    "--loss": "the file says which; --wrt loss shows it alone",
    "--print --show --stdout --quiet --silent -q": "it is printed; -o FILE writes it instead",
    "-v": "--full shows all; 'backprop --version' says the version",
    "--chain-rule": "write --style leibniz",
    "--steps": "steps of descent belong to 'backprop step NET --steps 10'",
    "--sigfigs --significant-digits": "--significant",
    "--style": "styles belong to 'backprop derive NET --style …'",
    "--mode": "modes belong to 'backprop derive NET --mode …'",
    "--epochs --iterations --iters --number --n-epochs --num-epochs --num-steps --max-iter": (
        "--steps|--lr"
    ),
    "--epochs --iterations --iters --n-epochs --num-epochs --max-iter": (
        "belongs to 'backprop step NET --steps 10'"
    ),
    "--as-graph": "write --kind computation",
    "--latex --html --markdown --json --typst --text --svg --png": "write it as --format {0}",
    "--pdf": "write -o notes.tex or notes.typ, and typeset that",
    "--matrix --index --leibniz --components --function --algorithm": "write it as --style {0}",
    "--reverse --paths": "write it as --mode {0}",
    "--verbose --all --detail --details": "--full",
    "--no-color --no-colour --plain": "write --format text, or set NO_COLOR=1",
    "--color --colour": "colour comes by itself on a terminal; NO_COLOR=1 turns it off",
    "--out --file --save": "--output",
    "--param --parameter --params --weight --weights --name --variable": "--wrt",
    "--name --template": "write its name by itself: 'backprop new mazur'",
    "--letters --symbols": "--notation",
    "--neuron --unit": "--wrt",
}
_FUNCTIONS: _Answers = {
    "ln_x": "ln",
    "log2": "write log(x)/log(2)",
    "log10 lg": "write log(x)/log(10)",
    "sigma sigm logistic_sigmoid": "sigmoid",
    "power pow": "write a**b",
    "square": "write x**2",
    "arctg atan": "arctan",
    "asin": "arcsin",
    "acos": "arccos",
    "tg": "tan",
    "average avg": "mean",
    "total": "sum",
    "relu6": "write min(max(x, 0), 6)",
    "log_softmax logsoftmax": "write ln(softmax(v)), v an array",
    "matmul mm": "write A @ B",
    "abs_value": "abs",
    "root": "sqrt",
    "sgn": "sign",
}
_OPTIMIZERS: _Answers = {
    "gd gradient_descent vanilla minibatch_gd batch_gradient_descent": "sgd",
    "stochastic_gradient_descent": "sgd",
    "asgd averaged_sgd": Told("it is sgd whose parameters are averaged at the end", "sgd"),
    "heavy_ball sgd_momentum sgdm": "momentum",
    "rprop": Told("it takes the signs alone; rmsprop divides by the size instead", "rmsprop"),
    "sgdw lars": Told("of this family sgd and momentum are known", "sgd momentum"),
    "loss_scale loss_scale_optimizer": "'backprop diagnose NET --full' says the scale that serves",
    "nag nesterov_momentum": "nesterov",
    "rms_prop": "rmsprop",
    "ada": "adam",
    "adamw_decay": "adamw",
    "adagrad adadelta": Told(
        "of this family rmsprop is known: it forgets old squares, where adagrad adds up all of "
        "them",
        "rmsprop",
    ),
    "nadam adamax amsgrad radam lion lamb adafactor muon shampoo ftrl sparse_adam": Told(
        "of this family adam and adamw are known", "adam adamw"
    ),
    "lbfgs bfgs newton conjugate_gradient": Told(
        "every update here is of one gradient: sgd, momentum, nesterov, rmsprop, adam, adamw",
        "sgd adam",
    ),
}
_SCHEDULES: _Answers = {
    "reduce_lr_on_plateau plateau lambda_lr one_cycle_lr cyclic_lr": (
        "a rate here follows the number of the step alone: step, exponential, cosine, inverse_time"
    ),
}
_INITS: _Answers = {
    "glorot_uniform xavier xavier_init glorot": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    "kaiming_uniform he_init kaiming he": "he_uniform",
    "kaiming_normal": "he_normal",
    "random_normal gaussian randn truncated_normal trunc_normal": "normal",
    "random_uniform rand random": "uniform",
    "zero": "zeros",
    "one": "ones",
    "lecun_normal lecun_uniform": "write {init: normal, std: …}: LeCun's std is 1/sqrt(inputs)",
    "orthogonal eye identity": "write the matrix itself: [[1, 0], [0, 1]]",
    "constant full": "write the number: of a bias one for all, bias: 0.1",
}
_KINDS: tuple[tuple[set[str], _Answers], ...] = (
    ({"he_normal"}, _INITS),
    ({"half_squared_error"}, _LOSSES),
    ({"dense"}, _TYPES),
    ({"layers", "target"}, _NETWORK),
    ({"from", "type"}, _LAYER),
    ({"trace", "derive"}, _COMMANDS),
    ({"--help"}, _OPTIONS),
    ({"sgd"}, _OPTIMIZERS),
    ({"inverse_time"}, _SCHEDULES),
    ({"exp", "sqrt"}, _FUNCTIONS),
    ({"relu", "softmax"}, _ACTIVATIONS),
)
"""Which table answers: the one whose words are among those that are known at the place."""
_PACKAGES = re.compile(
    r"^(torch\.|tf\.|nn\.|init\.|keras\.|layers\.|activations\.|losses\.|optim\.|optimizers\.|"
    r"lr_scheduler\.|schedules\.|f\.)+",
    re.I,
)
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def meant(word: str, known: Collection[str]) -> str:
    """Return the cure for a word that others use for something known here; or nothing."""
    found = answered(word, known)
    return f"did you mean '{found}'?" if found in known else found


def answered(word: str, known: Collection[str]) -> str:
    """Return the known word that another means, or a sentence on what to write; or nothing."""
    return told(word, known).says


def told(word: str, known: Collection[str]) -> Told:
    """Return what is said of another's word, and the known words that it is about."""
    table: _Answers = next((words for marks, words in _KINDS if marks <= set(known)), {})
    for spelled in _spellings(word):
        if spelled in known:
            return Told(spelled, spelled)
        for words, answer in table.items():
            if spelled not in words.split():
                continue
            says, about = answer if isinstance(answer, Told) else (answer, "")
            name, _, beside = says.partition("|")
            if name in known and (not beside or beside in known):
                return Told(name, name)
            if " " in says:
                return Told(says.replace("{0}", spelled.lstrip("-")), about)
    return Told("", "")


def _spellings(word: str) -> list[str]:
    """Return the word in the ways that tables have it: ``nn.BCELoss`` is bce_loss, then bce."""
    if word.startswith("-"):
        return [word.lower().replace("_", "-")]
    bare = _PACKAGES.sub("", word[:80])
    snake = _HUMPS.sub("_", re.sub(r"(?<=\d)D", "d", bare)).lower()
    found = [bare.lower(), snake]
    found = [re.sub(r"[-. ]+", "_", each).strip("_") for each in found]
    found += [re.sub(r"(_loss|loss|_layer|layer|_activation|_error)$", "", each) for each in found]
    found += [each.replace("_", "") for each in found]
    return [each for each in dict.fromkeys(found) if each]

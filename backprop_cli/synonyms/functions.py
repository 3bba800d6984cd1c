"""Activations, losses and functions, as others call them."""

from __future__ import annotations

from .answers import Answers, Told

_SQUARES = Told(
    "mean_squared_error is the mean of (a − y)² over the outputs; half_squared_error is "
    "½·Σ(a − y)², whose gradient is a − y",
    "mean_squared_error half_squared_error",
)
_LOGITS = Told(
    "after softmax it is cross_entropy; after sigmoid, as in Nielsen's book, "
    "binary_cross_entropy; of scores, as in PyTorch, softmax_cross_entropy",
    "cross_entropy binary_cross_entropy softmax_cross_entropy",
)
ACTIVATIONS: Answers = {
    "none no null pass": "identity",
    "sigma logit expit sigm": "sigmoid",
    "hyperbolic_tangent th": "tanh",
    "rectifier ramp": "relu",
    "relu6": Told("write {expression: 'min(max(z, 0), 6)'}", "relu"),
    "prelu lrelu leakyrelu": "leaky_relu",
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
LOSSES: Answers = {
    "mse mean_square_error mean_squared mse_with_half": _SQUARES,
    "sse rss l2 sum_squared_error sum_of_squares squared square": Told(
        "squared_error is Σ(a − y)²; half_squared_error is ½ of it, whose gradient is a − y",
        "squared_error half_squared_error",
    ),
    "quadratic quadratic_cost half_mse": "half_squared_error",
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
    "label_smoothing smoothing": Told(
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
FUNCTIONS: Answers = {
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

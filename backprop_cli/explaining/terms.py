"""Words of the subject itself; what a rule says of its own step is taken from the rule."""

from __future__ import annotations

from ..expression.refs import Ref
from ..expression.tree import ONE, Call, Diff, Expr, Quantity
from ..functions.delayed import FROM_NEXT_STEP
from ..functions.elementwise import bound_to
from ..functions.operators import Affine, Batch, Penalty
from ..functions.pooling import ALONE
from ..functions.softmax import CANCELS, COLLAPSES
from ..mathematics.activations import ACTIVATIONS
from ..passes.health.diagnosis import LIMIT
from ..passes.health.units import SATURATED
from ..worked.why import SEVERAL
from . import at_work, health, shown, slips
from .equations import (
    all_of,
    chain_of,
    equation,
    fading,
    locals_of_layer,
    many_functions,
    nudged,
    of_any_unit,
    walked,
)
from .records import FormulaBlocks, ShowsIn, Word, sentence

_BELOW, _WEIGHT, _BIAS = (Affine().why(k) for k in range(3))
_F, _G = (Call(name, (Quantity(Ref("x")),)) for name in "fg")
_SLOPE = bound_to(ACTIVATIONS["sigmoid"]).why(0)


def _by_x(body: Expr) -> Expr:
    return Diff(body, Ref("x"))


def _term(
    name: str,
    *says: str,
    title: str = "",
    also: str = "",
    see: str = "",
    formulas: FormulaBlocks | None = None,
    on: ShowsIn | None = None,
) -> Word:
    """Return a word; ``also`` and ``see`` are lists with commas."""
    others = tuple(filter(None, also.split(", ")))
    found = tuple(map(sentence, says))
    beside = tuple(filter(None, see.split(", ")))
    return Word(name, "word", found, title, others, beside, formulas, on)


TERMS = (
    _term(
        "backpropagation",
        "The chain rule, worked from the loss back to each parameter: every derivative is computed "
        "once, from those nearer to the loss and from values that the forward pass has kept.",
        "One pass back costs about as much as one pass forward, however many weights there are.",
        also="backprop, backward pass, backward, reverse mode",
        see="chain rule, delta, gradient",
        formulas=equation("delta at the output", "delta", "dW", "db"),
        on=shown.chain,
    ),
    _term(
        "forward pass",
        "The network's answer, layer by layer: each weighted sum z, then the activation a, and at "
        "the end the loss. The backward pass reads these values again.",
        also="forward, forward propagation, inference, prediction",
        see="weighted sum, activation, loss",
        formulas=equation("z", "a"),
        on=shown.forward,
    ),
    _term(
        "chain rule",
        "What arrives is multiplied by the local derivative along each line on the way back. Where "
        "several lines read a value, their products are added.",
        also="chain",
        see="local derivative, sum over consumers, sum rule, product rule, backpropagation",
        formulas=all_of(many_functions, equation("delta")),
        on=shown.chain,
    ),
    _term(
        "sum rule",
        "The derivative of a sum is the sum of the derivatives: an addition sends what arrives to "
        "each of its inputs unchanged.",
        also="addition rule",
        see="product rule, chain rule",
        formulas=lambda _: chain_of(_by_x(_F + _G), _by_x(_F) + _by_x(_G)),
        on=shown.operation("addition", "bias"),
    ),
    _term(
        "product rule",
        "Each factor's derivative is multiplied by the other factor: a multiplication sends what "
        "arrives to each input times the other one.",
        also="multiplication rule",
        see="sum rule, chain rule",
        formulas=lambda _: chain_of(_by_x(_F * _G), _by_x(_F) * _G + _by_x(_G) * _F),
        on=shown.operation("multiplication", "weight"),
    ),
    _term(
        "gradient",
        "How fast the loss changes with each number: positive where a larger number makes the loss "
        "larger. Descent goes the other way. A gradient has the shape of what it belongs to.",
        "The loss's own is 1, as it changes with itself one for one: there the way back begins.",
        also="gradients, derivative, partial derivative, ∂, nabla, ∇",
        see="delta, gradient descent, gradient check",
        formulas=equation("dW", "db"),
        on=shown.nudged,
    ),
    _term(
        "delta",
        "The error of a unit: how fast the loss changes with its weighted sum z, before the "
        "activation. Every gradient of the layer is made of it, and so is the error below.",
        _SLOPE,
        title="δ, the error at z",
        also="δ, error, error signal, dz, d(z)",
        see="gradient, sigma prime, transpose, outer product",
        formulas=all_of(equation("delta at the output", "delta"), nudged),
        on=shown.errors,
    ),
    _term(
        "local derivative",
        "The derivative of one operation by one of its inputs, all else held: it knows nothing of "
        "the loss. The gradient is what arrives times this.",
        also="local gradient, local",
        see="chain rule, jacobian",
        formulas=locals_of_layer,
        on=at_work.local,
    ),
    _term(
        "jacobian",
        "The matrix of all derivatives of one vector by another: row j, column k says how output j "
        "moves with input k. It is diagonal where each output has its own input, as with sigmoid, "
        "and full where all share something, as with softmax.",
        see="softmax, local derivative, hadamard product",
        on=at_work.jacobians,
    ),
    _term(
        "weighted sum",
        "What a unit computes before its activation: each input times its weight, and the bias.",
        title="z, before the activation",
        also="z, pre-activation, preactivation, net, net input, logit, logits, score",
        see="activation, weight, bias",
        formulas=equation("z"),
        on=shown.sums,
    ),
    _term(
        "activation",
        "What a unit hands on: a function of its weighted sum. Without one, layers on top of each "
        "other would be no more than one layer.",
        title="a = σ(z)",
        also="a, output, activation function, nonlinearity, σ",
        see="weighted sum, sigma prime, sigmoid, relu, tanh",
        formulas=equation("a"),
        on=shown.activations,
    ),
    _term(
        "sigma prime",
        _SLOPE,
        "It is taken at z, the number that went in; formulas in a, such as a(1 − a), are the same "
        "slope by the number that came out.",
        title="σ′(z), the slope of the activation",
        also="σ′, σ', slope, sigmoid derivative, activation derivative",
        see="delta, saturation, vanishing gradient, sigma-prime-at-a",
        on=at_work.slopes,
    ),
    _term(
        "weight",
        _WEIGHT,
        "Most notations write the unit first that a weight leads to, w_(j←k): so z = W a is a "
        "product of matrices as it stands. With x·W, and in notations from unit to unit, it is "
        "the other way round.",
        also="w, W, dW, weights, weight gradient, parameter, parameters",
        see="outer product, bias, delta",
        formulas=equation("dW"),
        on=shown.held("weight"),
    ),
    _term(
        "bias",
        _BIAS,
        also="b, db, biases, bias gradient, threshold, offset, intercept",
        see="weight, delta",
        formulas=equation("db"),
        on=shown.held("bias"),
    ),
    _term(
        "outer product",
        _WEIGHT,
        "the error at the weight's output end times the activation at its input end: a local "
        "computation, which needs nothing else of the network.",
        also="outer",
        see="weight, outer-transposed",
        formulas=equation("dW"),
        on=shown.held("weight"),
    ),
    _term(
        "transpose",
        _BELOW,
        title="why Wᵀ on the way back",
        also="transposed, Wᵀ, W.T, da",
        see="sum over consumers, not-transposed",
        formulas=equation("delta"),
        on=shown.back_by_weights,
    ),
    _term(
        "sum over consumers",
        SEVERAL,
        _BELOW,
        title="why shares are added",
        also="sum, sum over paths, multivariable chain rule, fan-out, branch, skip, residual, "
        "skip connection, residual connection, shortcut connection, "
        "fork, message, messages, mu, μ",
        see="chain rule, transpose, one-path",
        formulas=all_of(of_any_unit, equation("delta")),
        on=shown.back_from_above,
    ),
    _term(
        "walk",
        "A weight influences its unit's weighted sum, which influences the unit's activation, "
        "which influences every unit that reads it, and so on to the loss: each such way is a "
        "walk.",
        "Along a walk the local derivatives are multiplied, the products of all walks are added. "
        "Walks share what lies near the loss, so going back computes it once: that is δ. All walks "
        "of one weight: backprop derive NET --mode paths --wrt 'W1[1,1]'",
        title="one weight followed to the loss",
        also="walks, path, way, influence, follow a weight, one weight",
        see="chain rule, sum over consumers, delta, paths",
        formulas=walked,
        on=shown.chain,
    ),
    _term(
        "hadamard product",
        "Entry by entry: each unit's error meets its own slope and no other's, so no sum is taken.",
        title="⊙, entry by entry",
        also="⊙, elementwise, hadamard, elementwise product",
        see="sigma prime, jacobian",
        on=shown.in_layers(shown.errors),
    ),
    _term(
        "loss",
        "One number that says how wrong the answer is; everything on the way back is a derivative "
        "of it. The way back begins with how fast it changes with the network's own answer.",
        also="C, L, J, E, cost, objective, error function, criterion, loss function, loss_terms",
        see="half_squared_error, cross_entropy, target, gradient",
        on=shown.costs,
    ),
    _term(
        "target",
        "What the answer should be. It is given and not learnt, so no gradient is taken of it.",
        also="y, label, labels, targets, one-hot, class, ground truth",
        see="loss",
        on=shown.targets,
    ),
    _term(
        "input",
        "What the network is given. It has a gradient too, which says how the answer would change "
        "with the input; nothing is learnt from that.",
        also="x, dx, inputs, features, sample",
        see="batch, gradient",
        on=shown.inputs,
    ),
    _term(
        "shortcut",
        "At the output activation and loss can cancel each other, so that the error is output less "
        "target.",
        f"Softmax under cross-entropy: {COLLAPSES}",
        f"Sigmoid under binary cross-entropy: {CANCELS}",
        title="why δ = a − y",
        also="a - y, a − y, softmax and cross-entropy, fused, collapse",
        see="softmax, cross_entropy, sigmoid_cross_entropy, sigma-prime-after-softmax",
        on=shown.shortcut,
    ),
    _term(
        "batch",
        Batch(2).why(0),
        "In matrices the sum over the samples is the product itself: each sample is a row.",
        title="why 1/N",
        also="mini-batch, minibatch, 1/N, mean over samples, reduction, samples, N",
        see="gradient, sum-or-mean, mean-of-factors",
        on=shown.batch,
    ),
    _term(
        "gradient descent",
        "Each parameter is moved against its gradient, a little: by the learning rate times it. "
        "All move at once, with the gradients taken at the old values.",
        also="descent, step, update, training, learning, epoch",
        see="learning rate, sgd, momentum, adam, updated-weights",
        on=shown.stepped(),
    ),
    _term(
        "learning rate",
        "How far a step goes: the factor of the gradient. Too large, and the loss grows; too "
        "small, and it takes long. The gradient itself does not know it.",
        title="η",
        also="η, eta, rate, lr, alpha, step size, schedule, learning rate schedule",
        see="gradient descent, step, exponential, cosine, inverse_time, rate-omitted",
        on=shown.stepped(),
    ),
    _term(
        "vanishing gradient",
        "On its way down the error is multiplied at each layer by the slopes and by the weights. "
        "Factors below 1 make it die out with depth: the lowest layers hardly learn. The sigmoid's "
        "slope is 1/4 at most, so its layers do that by themselves.",
        "One layer lets through no more than the inequality says; n layers no more than the "
        "product of the n factors max |σ′|·‖W‖.",
        "Back in time it is the same: a step multiplies the error by diag(φ′)·U each time, so a "
        "sequence is as deep as it has steps. A gate near 1 that the state is multiplied by keeps "
        "it alive.",
        f"It is said here where the error's norm falls below 1/{LIMIT:.0f} of that at the output.",
        also="vanishing gradients, vanishing, vanish",
        see="exploding gradient, saturation, dead unit, initialization",
        formulas=fading,
        on=health.verdicts,
    ),
    _term(
        "exploding gradient",
        "On its way down the error is multiplied at each layer by the slopes and by the weights. "
        "Factors above 1 make it grow with depth, until a step throws the weights far away. "
        "Smaller weights, or clipping, keep it in bounds.",
        "Numbers have an end, 32 bits near 3e38, 64 bits near 2e308: past it the gradient is "
        "infinite.",
        f"It is said here where the error's norm is above {LIMIT:.0f} times that at the output.",
        also="exploding gradients, exploding, explode",
        see="vanishing gradient, clipping, initialization",
        on=health.verdicts,
    ),
    _term(
        "saturation",
        f"A unit far out on a flat part of its activation: its slope is below {SATURATED:.0%} of "
        "the largest there is, so hardly any error passes, whatever the loss.",
        also="saturated, saturated unit, saturating",
        see="vanishing gradient, dead unit, sigma prime",
        on=health.units,
    ),
    _term(
        "dead unit",
        "A unit whose output and slope are 0 on every sample, as a relu's below 0: no error "
        "reaches its weights, so no step will wake it.",
        also="dead, dead relu, dying relu, dead neuron, off, zero delta, zero gradient, "
        "delta is 0, why is delta 0, why is the gradient 0",
        see="relu, leaky_relu, saturation",
        on=health.units,
    ),
    _term(
        "initialization",
        "The first weights. Equal ones make units that stay equal; too small ones let the error "
        "vanish, too large ones let it explode. Xavier's have variance 2/(in + out), He's 2/in, so "
        "that a layer's factor is about 1.",
        also="initialisation, init, xavier, glorot, he, kaiming, xavier_normal, xavier_uniform, "
        "he_normal, he_uniform",
        see="symmetry, vanishing gradient",
        on=health.first_weights,
    ),
    _term(
        "symmetry",
        "Units of a layer that begin with equal weights, in and out, compute the same and receive "
        "the same gradient, so they stay equal for ever: as good as one unit.",
        also="symmetry breaking, equal units",
        see="initialization",
        on=health.equal_units,
    ),
    _term(
        "regularization",
        Penalty(ONE, ONE).why(0),
        "It is added once to the loss and to dW, never to δ; biases are left out.",
        also="l2, l1, weight decay, weight_decay, penalty, lambda, λ, ridge, lasso, data_loss",
        see="weight, adamw",
        on=shown.penalized,
    ),
    _term(
        "clipping",
        "The gradient is shortened before the step: each entry to a bound (--clip), or the whole "
        "to a norm (--clip-norm), which keeps its direction.",
        also="clip, gradient clipping, clip norm, kappa, κ",
        see="exploding gradient, gradient descent",
        on=shown.gradients,
    ),
    _term(
        "kink",
        "A place where the slope jumps, so there is no derivative: relu at 0. One value is chosen "
        "there (0 for relu), and said where it is used.",
        also="kinks, subgradient, not differentiable",
        see="relu, absolute_error, hinge",
        on=at_work.kinks,
    ),
    _term(
        "maximum",
        ALONE,
        title="why a max sends to one",
        also="max, argmax, min, max pooling",
        see="max_pool2d, max-to-every-entry",
        on=at_work.maxima,
    ),
    _term(
        "gradient check",
        "A derivative got without backpropagation, held against it: the loss at θ + ε less the "
        "loss at θ − ε, over 2ε. backprop gradcheck NET does it for every entry.",
        also="gradcheck, finite differences, numerical gradient, central differences, "
        "complex step, rounding, roundoff, noise",
        see="gradient",
        on=shown.nudged,
    ),
    _term(
        "computation graph",
        "A network as single operations, each a node, with lines from what it reads. Going back, "
        "what arrives at a node is sent along each line, times that line's local derivative.",
        also="graph, computational graph, dag",
        see="local derivative, sum over consumers",
        on=shown.back_from_above,
    ),
    _term(
        "forward mode",
        "The chain rule from one input on: value and derivative side by side. It takes a sweep for "
        "each input, where going back takes one for all. backprop derive NET --mode forward",
        also="forward-mode differentiation, dual numbers, tangent, dot over a letter",
        see="backpropagation, paths",
    ),
    _term(
        "follow-through",
        "Right after an earlier slip: the answer is what follows from the student's own earlier "
        "one. It counts as worked, and the earlier answer is named, once.",
        also="follow through, followthrough, error carried forward, carried forward, ecf",
        see="slip",
        on=slips.carried,
    ),
    _term(
        "backpropagation through time",
        "A recurrent layer is the same layer at every step, so the error goes back from step to "
        "step, and a parameter's gradient is the sum over the steps.",
        FROM_NEXT_STEP,
        "An lstm's cell state is a sum: where its forget gate is 1 the gradient goes back times "
        "one, and no gate is above 1.",
        also="bptt, through time, state, hidden state, truncated, time step, sequence, unrolling, "
        "unrolled, unfolded",
        see="recurrent, lstm, gru, nothing-through-time",
        on=shown.through_time,
    ),
    _term(
        "teacher forcing",
        "A network that writes a sequence reads in training at each step what should have stood at "
        "the step before, not its own answer. So no error goes back from a step's input to the "
        "answer before; only the state leads back.",
        also="free running, own answer as input",
        see="backpropagation through time, target",
    ),
    _term(
        "receptive field",
        "All the values that one value depends on: of a convolution its window, of several layers "
        "one over the other the windows of all that is in the window. Going back, its error "
        "reaches these and no others.",
        also="window, field of view, local connectivity",
        see="conv2d, max_pool2d, sum over consumers",
    ),
    _term(
        "gate",
        "A factor between 0 and 1, a sigmoid of a weighted sum of its own: entry by entry it says "
        "how much passes. Through the product each factor gets what arrives times the other one.",
        "Of an lstm the forget gate f says what is kept of the old cell state, the input gate i "
        "what is taken of the candidate g, the output gate o what is shown of the new state.",
        also="gates, forget, forget gate, input gate, output gate, candidate, cell state, "
        "reset gate, update gate",
        see="lstm, gru, backpropagation through time, sigmoid",
        on=at_work.gates,
    ),
    _term(
        "half precision",
        "Numbers of 16 bits: a gradient below 3e-8 becomes 0 there. The loss is multiplied by a "
        "scale before the way back, and the gradients divided by it after.",
        also="fp16, float16, underflow, loss scale, loss scaling, mixed precision",
        see="vanishing gradient",
        on=health.half,
    ),
)

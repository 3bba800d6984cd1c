"""What is said of a whole network and of its descent, as others call it."""

from __future__ import annotations

from .answers import Answers, Told

NETWORK: Answers = {
    "epochs epoch iterations steps max_iter n_epochs num_epochs": (
        "say how many on the command line: 'step NET --steps 10'"
    ),
    "batch_size": "all of 'input' is one batch; 'backprop step NET --batch-size 2' takes fewer",
    "momentum beta1 beta2": "write optimizer: {type: momentum} (its settings: backprop schema)",
    "weight_decay l2 ridge penalty lambda": "write regularization: {l2: <number>}",
    "l1 lasso": "write regularization: {l1: <number>}",
    "precision digits decimals": "'backprop trace NET --digits N' shows numbers to N decimals",
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
    "verbose callbacks": "how much is shown is said on the command line: 'trace NET --full'",
    "num_classes n_classes output_size input_size": "leave it out: the arrays say it",
    "device dtype": "leave it out: 'backprop trace NET --dtype float32' is in single precision",
    "clip clipnorm clipvalue gradient_clip grad_clip": "write 'backprop step NET --clip-norm 1'",
    "metrics": "'backprop describe' and 'backprop diagnose' say how the network does",
    "hidden hidden_layers network model": "layers",
    "activation": "each layer has its own: write it below 'layers'",
    "weights bias biases": "each layer has its own: write them below 'layers'",
    "graph variables": "a computation graph has 'variables:' and 'graph:', and no layers",
}
CHANGED: Answers = {
    "lr eta η rate learning_rate alpha α step_size": (
        "the learning rate is an option: 'backprop step NET --lr 0.1'"
    ),
    "optimizer optim solver algorithm": (
        "the optimizer is an option: 'backprop step NET --optimizer adam'"
    ),
    "momentum mu μ beta beta1 beta2 rho weight_decay": (
        "settings of the optimizer are options: 'backprop step NET --set-optimizer NAME=VALUE'"
    ),
    "schedule scheduler lr_scheduler": (
        "it is written in the file: 'backprop explain learning rate' says how"
    ),
    "steps epochs epoch iterations": "it is an option: 'backprop step NET --steps 10'",
    "batch_size": "it is an option: 'backprop step NET --batch-size 2'",
    "digits decimals precision": "it is an option: 'backprop trace NET --digits 6'",
    "dtype": "it is an option: 'backprop trace NET --dtype float32'",
    "notation letters": "it is an option: 'backprop trace NET --notation nielsen'",
    "activation units loss reduction over_time regularization l1 l2 seed init layers stride "
    "padding weights_layout epsilon": (
        "it is no number to set: change it in a copy of the file, then 'backprop compare NET COPY'"
    ),
}
"""What a word is that is no quantity, where a quantity's numbers are to be changed."""
OPTIMIZERS: Answers = {
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
SCHEDULES: Answers = {
    "reduce_lr_on_plateau plateau lambda_lr one_cycle_lr cyclic_lr": (
        "a rate here follows the number of the step alone: step, exponential, cosine, inverse_time"
    ),
}

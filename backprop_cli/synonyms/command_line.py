"""Commands and options, as others call them."""

from __future__ import annotations

from .answers import Answers

COMMANDS: Answers = {
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
OPTIONS: Answers = {
    "--eta --learning-rate --alpha --rate": "--lr",
    "--eta --learning-rate --alpha --rate --lr": "belongs to 'backprop step NET --lr 0.1'",
    "--sgd --adam --adamw --rmsprop --nesterov": "write it as --optimizer {0}",
    "--optimizer --momentum": "belongs to 'backprop step NET --optimizer momentum'",
    "--float32 --single --fp32": "--dtype",
    "--dtype --float32 --single --fp32": "belongs to 'backprop trace NET --dtype float32'",
    "--precision --decimals --decimal --round --places --dp": "--digits",
    "--fractions --fraction --rational": "--exact",
    "--symbolic": "'backprop derive NET' is symbolic; with --numbers the numbers are put in",
    "--forward --backward": "write --only {0}",
    "--backward --forward": "write --pass {0}",
    "--forward --backward --only": "belongs to 'backprop trace NET --only forward'",
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
    "--loss": "the file says which; 'backprop trace NET --wrt loss' shows it alone",
    "--print --show --stdout --quiet --silent -q": "it is printed; -o FILE writes it instead",
    "-v": "'backprop --version' says the version",
    "--chain-rule": "write --style leibniz",
    "--chain-rule --leibniz": "belongs to 'backprop derive NET --style leibniz'",
    "--steps": "steps of descent belong to 'backprop step NET --steps 10'",
    "--sigfigs --significant-digits": "--significant",
    "--epochs --iterations --iters --number --n-epochs --num-epochs --num-steps --max-iter": (
        "--steps|--lr"
    ),
    "--epochs --iterations --iters --n-epochs --num-epochs --max-iter": (
        "belongs to 'backprop step NET --steps 10'"
    ),
    "--as-graph": "write --kind computation",
    "--as-graph --kind": "belongs to 'backprop diagram NET --kind computation'",
    "--latex --html --markdown --json --typst --text --svg --png": "write it as --format {0}",
    "--latex --html --markdown --json --typst --svg --png": (
        "'backprop trace NET' and others write it: --format {0}"
    ),
    "--pdf": "write -o notes.pdf",
    "--matrix --index --leibniz --components --function --algorithm": "write it as --style {0}",
    "--matrix --index --components --function --algorithm": (
        "belongs to 'backprop derive NET --style {0}'"
    ),
    "--reverse --paths": "write it as --mode {0}",
    "--paths --reverse": "belongs to 'backprop derive NET --mode {0}'",
    "--verbose --all --detail --details": "--full",
    "--no-color --no-colour --plain": "set NO_COLOR=1",
    "--color --colour": "colour comes by itself on a terminal; NO_COLOR=1 turns it off",
    "--out --file --save": "--output",
    "--param --parameter --params --weight --weights --name --variable": "--wrt",
    "--name --template": "write its name by itself: 'backprop new mazur'",
    "--letters --symbols": "--notation",
    "--neuron --unit": "--wrt",
}

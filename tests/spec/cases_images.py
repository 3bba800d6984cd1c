"""Convolutions and pools that do not fit their image, and what is said of each."""

from __future__ import annotations

from .case import Case

IMAGE = """\
input: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
target: [0]
loss: squared_error
layers:
"""


def layer(name: str, text: str, message: str, cure: str, at: str, line: int = 5) -> Case:
    """Return the case of one layer on an image; ``at`` is what the caret is under."""
    last = text.splitlines()[-1]
    column = last.rindex(at) + 1
    gutter = f"{line:4} | "
    caret = " " * 4 + " | " + " " * (column - 1) + "^" * len(at)
    shown = f"net.yaml:{line}:{column}: {message}\n{gutter}{last}\n{caret} {cure}"
    return Case(name, f"{IMAGE}{text}\n", shown)


CASES = (
    layer(
        "a kernel larger than the image",
        "  - {type: conv2d, kernel: 5}",
        "the kernel has 5 rows, the image 3",
        "a smaller kernel, or padding: 1",
        "5",
    ),
    layer(
        "a kernel larger than the padded image",
        "  - {type: conv2d, kernel: [2, 7], padding: 1}",
        "the kernel has 7 columns, the padded image 5",
        "a smaller kernel, or padding: 2",
        "[2, 7]",
    ),
    layer(
        "a kernel whose places are too far apart",
        "  - {type: conv2d, dilation: 3, kernel: 2}",
        "the kernel spans 4 rows, the image 3",
        "a smaller kernel, or padding: 1",
        "2",
    ),
    layer(
        "padding that a pool does not allow",
        "  - {type: max_pool2d, window: 2, padding: 2}",
        "padding: more than half of the window",
        "at most 1",
        "2",
    ),
    layer(
        "a kernel as a list",
        "  - {type: conv2d, weights: [1, 2]}",
        "weights: 2 values, where filters × channels × rows × columns are expected",
        "nest them 4 deep",
        "[1, 2]",
    ),
    layer(
        "one kernel for two filters",
        "  - {type: conv2d, filters: 2, weights: [[1, 2]]}",
        "weights: 1 × 2, where filters × channels × rows × columns are expected",
        "nest them 4 deep: a kernel alone is one of one filter and one channel",
        "[[1, 2]]",
    ),
    layer(
        "kernels of too many channels",
        "  - {type: conv2d, weights: [[[[1]], [[2]]]]}",
        "weights: kernels of 2 channels, but this layer receives 1 channel",
        "give each filter 1 kernel, one a channel",
        "[[[[1]], [[2]]]]",
    ),
    layer(
        "filters that disagree",
        "  - {type: conv2d, filters: 3, weights: [[[[1]]], [[[2]]]]}",
        "weights: 2 filters, but 'filters' says 3",
        "give 3 filters, or filters: 2",
        "[[[[1]]], [[[2]]]]",
    ),
    layer(
        "kernels that disagree",
        "  - {type: conv2d, kernel: 2, weights: [[1, 2, 3]]}",
        "weights: kernels of 1 × 3, but 'kernel' says 2 × 2",
        "give kernels of 2 × 2, or leave 'kernel' out",
        "[[1, 2, 3]]",
    ),
    layer(
        "a stride of 0",
        "  - {type: conv2d, kernel: 2, stride: 0}",
        "stride: a whole number above 0 is expected, not '0'",
        "such as 3, at most 9999999",
        "0",
    ),
    layer(
        "a stride for three axes",
        "  - {type: conv2d, kernel: 2, stride: [1, 2, 3]}",
        "stride: 3 numbers for rows and columns",
        "one number, or [1, 2]",
        "[1, 2, 3]",
    ),
    layer(
        "a padding below 0",
        "  - {type: avg_pool2d, window: 2, padding: -1}",
        "padding: a whole number from 0 is expected, not '-1'",
        "such as 0 or 1",
        "-1",
    ),
    layer(
        "another program's word for no padding",
        "  - {type: conv2d, kernel: 2, padding: valid}",
        "padding: a number or 'same' is expected, not 'valid'",
        "'valid' is 0 here; such as 0 or [1, 2], or same",
        "valid",
    ),
    layer(
        "same with a stride",
        "  - {type: conv2d, kernel: 2, stride: 2, padding: same}",
        "padding: 'same' keeps the size, which a stride above 1 does not",
        "give the padding as a number, or stride: 1",
        "same",
    ),
    layer(
        "a vector where an image is wanted",
        "  - {type: flatten}\n  - {type: conv2d, kernel: 2}",
        "conv2d takes an image (channels × rows × columns), not 9 values (from layer 1)",
        "put it before what makes a vector of it, or nest the input as [[[1, 2], [3, 4]]]",
        "{type: conv2d, kernel: 2}",
        6,
    ),
    layer(
        "an image where channels are wanted",
        "  - {type: conv2d, kernel: 2}\n  - {type: max_pool1d, window: 2}",
        "max_pool1d takes channels × positions, not 1 × 2 × 2 (from layer 1)",
        "use max_pool2d for 1 × 2 × 2",
        "{type: max_pool1d, window: 2}",
        6,
    ),
    layer(
        "no kernel",
        "  - {type: conv2d, filters: 2}",
        "layer 1: the size of the kernel is not known",
        "add 'kernel: [3, 3]'",
        "{type: conv2d, filters: 2}",
    ),
    layer(
        "no window",
        "  - {type: avg_pool2d}",
        "layer 1 (avg_pool2d): 'window' is missing",
        "add 'window:'",
        "{type: avg_pool2d}",
    ),
    layer(
        "another program's word for the kernel",
        "  - {type: conv2d, kernel_size: 2}",
        "layer 1 (conv2d): there is no key 'kernel_size'",
        "did you mean 'kernel'?",
        "kernel_size",
    ),
    layer(
        "a flip that is neither true nor false",
        "  - {type: conv2d, kernel: 2, flip: yes}",
        "flip: true or false is expected, not 'yes'",
        "write true",
        "yes",
    ),
    Case(
        "a vector as the input of a convolution",
        "input: [1, 2]\ntarget: [0]\nloss: squared_error\nlayers:\n  - {type: conv2d, kernel: 1}\n",
        """\
net.yaml:1:8: input: lists nested 1 deep
   1 | input: [1, 2]
     |        ^^^^^^ a sample is nested 3 deep here (2 where it has one channel), a batch 4""",
    ),
    Case(
        "a dense layer on an image",
        """\
input: [[1, 2], [3, 4]]
target: [0]
loss: squared_error
layers:
  - {type: max_pool2d, window: 1}
  - weights: [[1, 2, 3, 4]]
    bias: none
""",
        """\
net.yaml:6:14: weights: 4 columns, but this layer receives 2 values (from layer 1)
   6 |   - weights: [[1, 2, 3, 4]]
     |              ^^^^^^^^^^^^^^ put 'type: flatten' before this layer: a row of the image""",
    ),
)

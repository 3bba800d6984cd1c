"""``type: conv1d``: z[f,i] = Σ_c Σ_u w[f,c,u]·x[c,i+u−1] + b[f], then the activation."""

from __future__ import annotations

from ._convolution import convolution

TYPE = convolution(
    1,
    "kernels along a row of positions: z[f,i] = Σ_c Σ_u w[f,c,u]·x[c,i+u−1] + b[f]",
    """\
input: [[1, -2, 0.5, 3, 1], [0, 1, -1, 0.5, 2]]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.01}
layers:
  - {name: kernel, type: conv1d, weights: [[[0.5, -1, 2], [1, 0.25, -0.5]]], bias: 0.1,
     padding: 1, stride: 2, activation: tanh}
  - {type: flatten}
  - {units: 2, weights: [[1, -1, 0.5], [0.5, 2, 1]], bias: [0, 0.25], activation: sigmoid}
""",
)

"""``type: conv2d``: z[f,i,j] = Σ_c Σ_u Σ_v w[f,c,u,v]·x[c,i+u−1,j+v−1] + b[f], activated."""

from __future__ import annotations

from ._convolution import convolution

TYPE = convolution(
    2,
    "filters over an image: z[f,i,j] = Σ_c Σ_u Σ_v w[f,c,u,v]·x[c,i+u−1,j+v−1] + b[f]",
    """\
input: [[[1, -2, 0.5], [0, 1, 2], [3, -1, 0.25]], [[0.5, 1, -1], [2, 0, 1], [-0.5, 1.5, 1]]]
target: [[[1]]]
loss: half_squared_error
learning_rate: 0.1
regularization: {l2: 0.01}
layers:
  - name: edges
    type: conv2d
    weights: [[[[0.5, -1], [1, 0.25]], [[0.1, 0.2], [-0.3, 0.4]]],
              [[[1, 0], [0.5, -0.5]], [[-0.2, 0.3], [0.6, 0.1]]]]
    bias: [0.1, -0.2]
    activation: tanh
  - {type: conv2d, weights: [[[[1, -1], [0.5, 2]], [[0.3, 0.7], [-1, 0.2]]]], bias: [0.25],
     activation: sigmoid}
""",
)

"""Words: what a kind of subject, and what it consists of, is called; one record a kind."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Words(Struct, frozen=True):
    """The words of one kind of subject; ``Graph.words`` are a graph's.

    ``title`` heads a page, ``subject`` is what it is. ``loss`` is what is differentiated, ``cost``
    the same in a picture's legend. An error goes down ``step`` by step through each ``part``;
    ``reached`` is where its ``signal`` is looked at. ``inputs``, ``targets`` and ``terms`` (what
    the loss is added up from) are parts of names that mean no parameter; a file's own names never
    do. ``picture`` is the usual one.
    """

    title: str = "Network"
    subject: str = "network"
    loss: str = "loss"
    cost: str = "cost"
    parameter: str = "parameter"
    part: str = "layer"
    step: str = "layer"
    signal: str = "error"
    signal_of: str = "the error"
    reached: str = "a layer with parameters"
    numbers: str = "weights or inputs"
    rounded: str = "z and a"
    formula: str = "W1[1,1]*x[1]"
    picture: Literal["network", "computation"] = "network"
    inputs: tuple[str, ...] = ("x",)
    targets: tuple[str, ...] = ("y",)
    terms: tuple[str, ...] = ("loss", "loss_terms", "cost", "data_loss", "penalty")
    losses: tuple[str, ...] = ("loss", "C", "L", "J", "E")


NETWORK = Words()
"""A network of layers."""
COMPUTATION = Words(
    title="Computation graph",
    subject="computation graph",
    loss="output",
    cost="output",
    parameter="variable",
    part="node",
    step="step",
    signal="gradient",
    signal_of="a gradient",
    reached="a variable",
    numbers="values",
    rounded="node of the file",
    formula="2*a*d(c)",
    picture="computation",
    inputs=(),
    targets=(),
    terms=(),
    losses=(),
)
"""A file's own variables and lines."""
SEEN_AS_GRAPH = Words(
    title=COMPUTATION.title,
    part=COMPUTATION.part,
    step=COMPUTATION.step,
    signal=COMPUTATION.signal,
    signal_of=COMPUTATION.signal_of,
    numbers=COMPUTATION.numbers,
    picture=COMPUTATION.picture,
)
"""A network as the computation graph that it stands for: its nodes are entries."""

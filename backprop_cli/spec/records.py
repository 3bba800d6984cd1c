"""What a network file says, as frozen records: the network, its layers, their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from ..expression.axes import Axes
from ..expression.tree import ZERO, Expr
from ..problems import Place, Source
from .arrays import ArraySpec
from .data import BlankArray, ClassTarget, Lengths
from .functions import FunctionSpec
from .numbers import WrittenNumber
from .optimizer import OptimizerSpec
from .profile import Profile
from .schedule import ScheduleSpec

if TYPE_CHECKING:
    from .graph import GraphSpec


class Regularization(Struct, frozen=True):
    """λ/2 Σw² + λ Σ|w|, over the weights."""

    l2: Expr = ZERO
    l1: Expr = ZERO


class From(Struct, frozen=True):
    """One name under ``from``."""

    name: str
    place: Place


class Lowering(Protocol):
    """A layer type, as far as a file tells it: its name, and how it becomes nodes."""

    @property
    def name(self) -> str:
        """What ``type`` calls it."""
        ...

    @property
    def lower(self) -> Callable[..., Any]:
        """The function from the entry, its own keys, its inputs and a builder to its nodes."""
        ...

    @property
    def sample_rank(self) -> int | None:
        """How many axes one sample has, where the type is particular about it."""
        ...

    @property
    def sample_axes(self) -> Axes:
        """What the axes of a sample count, where that is not what so many usually do."""
        ...

    @property
    def mixes_steps(self) -> bool:
        """Whether a step of its answer reads other steps of its input."""
        ...

    @property
    def one_channel(self) -> bool:
        """Whether the first axis may be left out where it has one channel."""
        ...


class LayerSpec(Struct, frozen=True):
    """One entry under ``layers``: the keys all have, and its type's own in ``own``."""

    type: Lowering
    place: Place
    own: Any
    name: str = ""
    sources: tuple[From, ...] = ()
    activation: FunctionSpec | None = None
    name_place: Place | None = None


class NetworkSpec(Struct, frozen=True):
    """What a network file says: ``layers``, or a computation ``graph``."""

    source: Source
    place: Place
    layers: tuple[LayerSpec, ...] = ()
    graph: GraphSpec | None = None
    input: ArraySpec | BlankArray | None = None
    sample_shape: tuple[int, ...] | None = None
    lengths: Lengths | None = None
    target: ArraySpec | ClassTarget | BlankArray | None = None
    loss: FunctionSpec | None = None
    name: str = ""
    description: str = ""
    reduction: str = "mean"
    over_time: str = "sum"
    regularization: Regularization | None = None
    learning_rate: WrittenNumber | None = None
    optimizer: OptimizerSpec | None = None
    schedule: ScheduleSpec | None = None
    seed: int = 0
    weights_layout: str = "out_in"
    notation: Profile | None = None

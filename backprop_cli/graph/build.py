"""Spec → Graph: data, layers in topological order, then the loss; every misfit is reported."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..problems import Place, Refusal, counted, in_order
from ..spec.arrays import FileData, WrittenArray
from ..spec.data import BlankArray
from ..spec.records import LayerSpec, Lowering, NetworkSpec
from .activating import activation
from .building import Builder, Inputs, Lowered, sized
from .losses import add_loss
from .parts import Cell, Given, Layer, Node
from .records import Graph
from .sorting import layer_order


def build(spec: NetworkSpec) -> Graph:
    """Return the network's graph; raise Refusal with every problem of shapes, names and data."""
    if spec.graph is not None:
        from .expressions import build_graph

        return build_graph(spec, spec.graph)
    builder = Builder(spec.source, spec.weights_layout == "in_out", spec.seed)
    input_node, samples, single = _input(spec, builder)
    builder.lengths = _lengths(spec, builder)
    sources, order = layer_order(spec, builder)
    if builder.problems:
        raise Refusal(in_order(builder.problems), spec.source)
    done: dict[int, Layer] = {}
    for position in order:
        inputs = _inputs(spec, sources[position], done, input_node, builder)
        if inputs is None:
            continue
        layer = _layer(spec.layers[position], position, inputs, builder)
        if layer is not None:
            done[position] = layer
    last = done.get(len(spec.layers) - 1)
    parts = {} if last is None else add_loss(spec, builder, last, samples, single)
    if builder.problems or last is None:
        from ..spec.commas import with_points

        raise Refusal(with_points(in_order(builder.problems), spec.source), spec.source)
    layers = tuple(done[position] for position in range(len(spec.layers)))
    return Graph(
        nodes=tuple(builder.nodes),
        given=builder.given,
        layers=layers,
        input=input_node,
        output=last.a,
        samples=samples,
        single=single,
        mean=spec.reduction == "mean",
        in_out=builder.in_out,
        name=spec.name,
        description=spec.description,
        source=spec.source,
        loops=tuple(builder.loops),
        lengths=builder.lengths,
        **parts,
    )


def _input(spec: NetworkSpec, builder: Builder) -> tuple[int, int, bool]:
    """Add the input's leaf; return its node, the number of samples, and whether it is one."""
    given: Given | None = None
    shape: tuple[int, ...] = spec.sample_shape or (1,)
    rank = _sample_rank(spec)
    if isinstance(spec.input, WrittenArray):
        given, shape = Given(texts=spec.input.texts), spec.input.texts.shape
    elif isinstance(spec.input, BlankArray):
        shape = spec.input.shape
    elif isinstance(spec.input, FileData):
        given = builder.load(spec.input)
        array = None if given is None else given.texts if given.floats is None else given.floats
        if array is not None:
            shape = array.shape
    elif spec.sample_shape is None:
        width = _width_of_first(spec)
        if width is None:
            cure = "add 'input: [1, 2]', or 'input: [~, ~]' for two values without numbers"
            builder.say("the network: 'input' is missing", spec.place, cure)
            raise Refusal(in_order(builder.problems), spec.source)
        shape = (width or 1,)
    place = spec.input.place if spec.input is not None else spec.place
    channel = _leaves_channel_out(spec, shape, rank)
    rank -= channel and spec.sample_shape is None
    single = len(shape) == rank
    sample = shape if single else shape[1:]
    if len(sample) != rank or spec.sample_shape not in (None, sample):
        builder.say(*_misfit(spec, shape, rank, place))
        raise Refusal(in_order(builder.problems), spec.source)
    builder.single = single
    samples = builder.samples = 1 if single else shape[0]
    if channel:
        sample = (1, *sample)
        given = _reshaped(given, sample if single else (samples, *sample))
    particular = _particular(spec)
    axes = () if particular is None else particular.sample_axes
    node = Node(Ref("x"), sample, place=place, watched=False, axes=axes)
    return builder.leaf(node, given), samples, single


def _lengths(spec: NetworkSpec, builder: Builder) -> tuple[int, ...]:
    """Return how many steps each sample has, as the file says; () where all have all of them."""
    if spec.lengths is None:
        return ()
    counts, place, node = spec.lengths.counts, spec.lengths.place, builder.nodes[0]
    steps = node.shape[0] if node.axes[:1] == ("step",) else 0
    if not steps or builder.single:
        what = "one sequence" if steps else "no batch of sequences"
        builder.say(f"lengths: the input is {what}", place, "remove it")
    elif len(counts) != builder.samples:
        message = f"lengths: {counted(len(counts), 'number')} for "
        message += counted(builder.samples, "sequence")
        builder.say(message, place, "one number for each sequence of the batch")
    elif max(counts) > steps:
        message = f"lengths: {max(counts)}, but the sequences are written with {steps} steps"
        builder.say(message, place, f"at most {steps}")
    elif set(counts) != {steps}:
        return counts
    return ()


def _mixes(layer: LayerSpec, lowered: Lowered, builder: Builder, inputs: Inputs) -> bool:
    """Report a layer that would take what fills sequences up for steps of theirs."""
    nodes = builder.nodes
    if not builder.lengths or all(nodes[n].axes[:1] != ("step",) for n in inputs.nodes):
        return False
    kept = nodes[list(lowered.parts.values())[-1]].axes[:1] == ("step",)
    if "last" in lowered.parts or (kept and not layer.type.mixes_steps):
        return False
    message = f"lengths: {layer.type.name} reads all steps together, what fills up among them"
    builder.say(message, layer.place, "give each sequence a file of its own")
    return True


def _particular(spec: NetworkSpec) -> Lowering | None:
    """Return the first type that is particular about what a sample is, if there is one."""
    types = (layer.type for layer in spec.layers)
    return next((each for each in types if each.sample_rank is not None), None)


def _sample_rank(spec: NetworkSpec) -> int:
    """Return how many axes one sample has: as the file says, or the first type that is particular.

    Where no type is, a sample is a vector.
    """
    if spec.sample_shape is not None:
        return len(spec.sample_shape)
    particular = _particular(spec)
    return 1 if particular is None else particular.sample_rank or 1


def _leaves_channel_out(spec: NetworkSpec, shape: tuple[int, ...], rank: int) -> bool:
    """Return whether the samples are written without an axis for their one channel."""
    particular = _particular(spec)
    if particular is None or not particular.one_channel:
        return False
    return (rank if spec.sample_shape else len(shape)) == (particular.sample_rank or 0) - 1


def _reshaped(given: Given | None, shape: tuple[int, ...]) -> Given | None:
    """Return the numbers in another shape."""
    if given is None:
        return None
    texts, floats = (a if a is None else a.reshape(shape) for a in (given.texts, given.floats))
    return Given(texts, floats)


def _misfit(
    spec: NetworkSpec, shape: tuple[int, ...], rank: int, place: Place
) -> tuple[str, Place, str]:
    """Return what to say of an input that is neither one sample nor a batch."""
    found = f"input: lists nested {len(shape)} deep"
    if isinstance(spec.input, FileData):
        found = f"input: an array with {len(shape)} {'axis' if len(shape) == 1 else 'axes'}"
    if spec.sample_shape is not None and len(shape) in (rank, rank + 1):
        wanted = sized(spec.sample_shape)
        return f"input: {sized(shape)}, but 'sample_shape' is {wanted}", place, f"give {wanted}"
    if rank == 1:
        cure = "one list is a sample, a list of lists a batch"
        return found, place, "give one row a sample" if isinstance(spec.input, FileData) else cure
    particular = _particular(spec)
    one = particular is not None and particular.one_channel and spec.sample_shape is None
    channel = f" ({rank - 1} where it has one channel)" if one else ""
    return found, place, f"a sample is nested {rank} deep here{channel}, a batch {rank + 1}"


def _width_of_first(spec: NetworkSpec) -> int | None:
    """Return how many values the first layer's written weights receive."""
    weights = getattr(spec.layers[0].own, "weights", None)
    if isinstance(weights, WrittenArray) and weights.texts.ndim == 2:
        return int(weights.texts.shape[0 if spec.weights_layout == "in_out" else 1])
    return None


def _inputs(
    spec: NetworkSpec,
    sources: tuple[int, ...],
    done: dict[int, Layer],
    input_node: int,
    builder: Builder,
) -> Inputs | None:
    if any(source >= 0 and source not in done for source in sources):
        return None
    nodes = tuple(input_node if source < 0 else done[source].a for source in sources)
    names = [
        "'input'"
        if source < 0
        else f"'{spec.layers[source].name}'"
        if spec.layers[source].name
        else f"layer {source + 1}"
        for source in sources
    ]
    return Inputs(nodes, tuple(builder.nodes[n].shape for n in nodes), " and ".join(names))


def _layer(layer: LayerSpec, position: int, inputs: Inputs, builder: Builder) -> Layer | None:
    builder.layer, builder.place = position + 1, layer.place
    lowered: Lowered | None = layer.type.lower(layer, layer.own, inputs, builder)
    if lowered is None or _mixes(layer, lowered, builder, inputs):
        return None
    parts, activated = lowered.parts, lowered.activated
    if not activated:
        rule = activation(layer, builder, layer.activation)
        if rule is None:
            return None
        before, z = list(parts.items())[-1]
        shape, axes = builder.nodes[z].shape, builder.nodes[z].axes
        parts = {**parts, "a": builder.apply("a", rule, (z,), shape, axes)}
        activated = ((before, "a"),)
    taken, after = (parts[part] for part in activated[-1])
    answer = builder.nodes[after]
    return Layer(
        index=position + 1,
        name=layer.name,
        type=layer.type.name,
        input_nodes=inputs.nodes,
        shape=answer.shape,
        cells=(Cell(parts, activated, lowered.says),),
        activation=answer.rule.name if answer.rule and after != taken else "identity",
        held=lowered.parameters,
        constants=lowered.constants,
        closed=lowered.closed,
        place=layer.place,
    )


def with_value(graph: Graph, number: int, given: Given) -> Graph:
    """Return the graph with one leaf's numbers replaced."""
    return structs.replace(graph, given={**graph.given, number: given})

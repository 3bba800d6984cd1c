"""Spec → Graph of a computation graph: lines sorted, shapes found, one node a line."""

from __future__ import annotations

import heapq
import re

from ..expression.refs import Ref
from ..expression.tokens import ExpressionError
from ..functions.arrangements import NoEntry
from ..functions.compiling import compiled_line
from ..functions.formula import Formula
from ..functions.rules import Shape
from ..functions.unspecified import Unspecified
from ..problems import Place, Refusal, in_order, nearest, shortened
from ..spec.arrays import FileData, WrittenArray
from ..spec.data import BlankArray
from ..spec.graph import GraphSpec, NodeSpec, UnspecifiedSpec, VariableSpec
from ..spec.numbers import inside
from ..spec.records import NetworkSpec
from .building import Builder, sized
from .parts import Given, Node
from .records import Graph

MOST_IN_A_CYCLE = 12


def build_graph(spec: NetworkSpec, written: GraphSpec) -> Graph:
    """Return the graph of a file's ``variables`` and ``graph``; raise Refusal with every problem.

    Variables come first, then the lines in an order in which each has what it needs.
    """
    builder = Builder(spec.source, False, 0)
    numbers = {v.name: _variable(v, builder) for v in written.variables}
    lines = {line.name: line for line in written.nodes}
    users = {
        line.name: tuple(name for name in line.reads if name in lines) for line in written.nodes
    }
    order = _sorted(users)
    if len(order) < len(lines):
        _say_cycle(users, set(order), lines, builder)
        raise Refusal(in_order(builder.problems), spec.source)
    rules = _LineRules(tuple(_unspecified(each) for each in written.functions))
    for name in order:
        if all(parent in numbers for parent in users[name]):
            number = _line(lines[name], rules, numbers, builder)
            if number is not None:
                numbers[name] = number
    output = _output(written, numbers, builder)
    if builder.problems or output is None:
        raise Refusal(in_order(builder.problems), spec.source)
    last = builder.nodes[output]
    stay = {name.text for name in written.data or ()}
    if written.parameters is not None:
        moved = {name.text for name in written.parameters}
        stay = {variable.name for variable in written.variables} - moved
    return Graph(
        nodes=tuple(builder.nodes),
        given=builder.given,
        layers=(),
        input=None,
        output=output,
        loss=output,
        loss_name=last.ref.part,
        loss_place=last.place,
        mean=False,
        name=spec.name,
        description=spec.description,
        source=spec.source,
        data=frozenset(numbers[name] for name in stay),
    )


def _variable(spec: VariableSpec, builder: Builder) -> int:
    """Add a variable's leaf; one whose file cannot be read is reported and left a symbol."""
    given: Given | None = None
    shape: Shape = ()
    match spec.value:
        case WrittenArray(texts=texts):
            given, shape = Given(texts=texts), texts.shape
        case BlankArray(shape=blank):
            shape = blank
        case FileData():
            given = builder.load(spec.value)
            array = None if given is None else given.texts if given.floats is None else given.floats
            if array is not None and array.ndim > 2:
                message = f"variable {spec.name}: an array with {array.ndim} axes"
                builder.say(message, spec.value.place, "give a number, a vector or a matrix")
            shape = () if array is None else array.shape
    node = Node(Ref(spec.name), shape, per_sample=False, place=spec.place, watched=False)
    return builder.leaf(node, given)


def _unspecified(spec: UnspecifiedSpec) -> Unspecified:
    """Return a function's letter with the size that is stated: () is a number."""
    sizes: dict[int, Shape | None] = {0: None, 1: ()}
    return Unspecified(spec.name, sizes.get(spec.size, (spec.size,)))


class _LineRules:
    """The rule of a line, and the shape of its value, found once for all lines that are alike."""

    def __init__(self, letters: tuple[Unspecified, ...]) -> None:
        self.letters = letters
        self.rules: dict[int, Formula] = {}
        self.shapes: dict[tuple[int, tuple[Shape, ...]], Shape] = {}

    def rule(self, line: NodeSpec) -> Formula:
        """Return what computes a line; raise ValueError where an operation cannot be."""
        key = id(line.tree)
        if key not in self.rules:
            self.rules[key] = compiled_line(line.tree, len(line.reads), self.letters)
        return self.rules[key]

    def shape(self, line: NodeSpec, shapes: tuple[Shape, ...]) -> Shape:
        """Return the shape of a line's value; raise ValueError where there is none."""
        key = id(line.tree), shapes
        if key not in self.shapes:
            self.shapes[key] = self.rule(line).shapes_of(shapes)[-1]
        return self.shapes[key]


def _line(
    line: NodeSpec, rules: _LineRules, numbers: dict[str, int], builder: Builder
) -> int | None:
    """Add a line's node; report operations whose shapes do not fit."""
    names = line.reads
    try:
        rule = rules.rule(line)
    except ValueError as error:
        builder.say(
            f"{line.name}: {error}", line.text.place, "such as gather(E, 3, 1), max_pool2d(X, 2)"
        )
        return None
    parents = tuple(numbers[name] for name in names)
    shapes = tuple(builder.nodes[parent].shape for parent in parents)
    try:
        shape = rules.shape(line, shapes)
    except NoEntry as error:
        name = names[rule.operands.index(error.operand)]
        entry = f"{name}[{','.join(map(str, error.index))}]"
        builder.say(f"{line.name}: there is no {entry}", _entry_place(line, name), error.has)
        return None
    except ValueError as error:
        has = ", ".join(f"{n} is {_said(s)}" for n, s in zip(names, shapes, strict=True))
        builder.say(f"{line.name}: {error}", line.text.place, has)
        return None
    return builder.node(
        Node(Ref(line.name), shape, rule, parents, per_sample=False, place=line.place)
    )


def _entry_place(line: NodeSpec, name: str) -> Place:
    """Return where a line's first entry of a name stands."""
    found = re.search(rf"(?<![A-Za-z0-9_]){name}\s*\[[^\]]*\]", line.text.text)
    if found is None:
        return line.text.place
    return inside(line.text, ExpressionError("", found.start(), found.end() - found.start()))


def _said(shape: Shape) -> str:
    return sized(shape) if len(shape) != 1 else f"a vector of {shape[0]}"


def _output(written: GraphSpec, numbers: dict[str, int], builder: Builder) -> int | None:
    """Return the node that is differentiated: a single number, or a refusal that says how."""
    if not written.nodes:
        return None
    name, place = written.nodes[-1].name, written.nodes[-1].place
    if written.output is not None:
        name, place = written.output.text, written.output.place
        known = [line.name for line in written.nodes]
        if name not in known:
            if name in numbers:
                message = f"output: '{shortened(name)}' is a variable, and no node"
                builder.say(message, place, "name a line of 'graph'")
                return None
            message = f"output: there is no node '{shortened(name)}'"
            builder.say(message, place, nearest(name, known))
            return None
    number = numbers.get(name)
    if number is not None and builder.nodes[number].shape != ():
        shape = builder.nodes[number].shape
        message = f"the output {name} is {_said(shape)}, and gradients are of a single number"
        builder.say(message, place, f"add a line such as 'total: sum({name})'")
        return None
    return number


def _sorted(users: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the lines in order: of those that are ready, the first in the file."""
    position = {name: i for i, name in enumerate(users)}
    waiting = {name: len(needs) for name, needs in users.items()}
    consumers: dict[str, list[str]] = {name: [] for name in users}
    for name, needs in users.items():
        for need in needs:
            consumers[need].append(name)
    ready = [position[name] for name, count in waiting.items() if count == 0]
    names, order = list(users), []
    heapq.heapify(ready)
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for consumer in consumers[name]:
            waiting[consumer] -= 1
            if waiting[consumer] == 0:
                heapq.heappush(ready, position[consumer])
    return order


def _say_cycle(
    users: dict[str, tuple[str, ...]], done: set[str], lines: dict[str, NodeSpec], builder: Builder
) -> None:
    """Report one cycle, as ``a → b → a`` in the direction in which values flow."""
    path = [next(name for name in users if name not in done)]
    seen = set(path)
    while True:
        back = next(name for name in users[path[-1]] if name not in done)
        if back in seen:
            cycle = [*path[path.index(back) :], back]
            break
        path.append(back)
        seen.add(back)
    shown = cycle[::-1]
    if len(shown) > MOST_IN_A_CYCLE:
        shown = [*shown[:6], "…", *shown[-5:]]
    place: Place = lines[cycle[0]].text.place
    message = f"graph: a cycle: {' → '.join(shown)}"
    builder.say(message, place, "values flow from the variables onwards: break it here")

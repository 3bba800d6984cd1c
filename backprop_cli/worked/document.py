"""Document: the closed set of parts that every renderer draws.

A document knows no letters and no output format: mathematics stands in it as expression trees
whose leaves are quantities (``Ref``) and numbers. A renderer is a visitor over these classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, structs

from ..expression.axes import dimensions, is_matrix
from ..expression.refs import Ref
from ..expression.tree import Expr, Quantity
from ..expression.walking import walk
from .reasons import Reason

if TYPE_CHECKING:
    from ..graph.records import Graph
    from ..passes.trace import Trace


class Cited(Struct, frozen=True):
    """The number of an equation, where words name it."""

    number: str

    def __str__(self) -> str:
        return self.number


KEPT = "kept"
"""The tone of a name from the file: a layer may be called norm, and is in every language."""


class Text(Struct, frozen=True):
    """Words; ``pieces`` are the same with the numbers of layers apart, where they have some.

    Those are the file's numbers, which a notation counts from its own first layer. ``turned`` is
    said instead where a notation's weight matrices are the file's, turned. ``tone`` is ``right``,
    ``wrong`` or ``follows``, for formats that have colour, or that of a name, which is the same in
    every language. ``cites`` are the numbers of equations among the words, in their order.
    ``lettered`` words have letters of the default notation, σ′ or ∂C/∂a, for which a notation's own
    are written.
    """

    text: str
    pieces: tuple[str | int | Cited, ...] = ()
    turned: str = ""
    tone: str = ""
    cites: tuple[str, ...] = ()
    lettered: bool = False


class Strong(Struct, frozen=True):
    """Words that carry the eye; ``tone`` as of Text."""

    text: str
    tone: str = ""


class Code(Struct, frozen=True):
    """A plain name, a file name, an option: as it is typed."""

    text: str


class Math(Struct, frozen=True):
    """Mathematics within a line."""

    expr: Expr


class Figure(Struct, frozen=True):
    """A number of a table: right-aligned on its decimal point; ``marked`` among the others."""

    value: Any
    marked: bool = False


Inline = Text | Strong | Code | Math | Figure
Line = tuple[Inline, ...]


class Paragraph(Struct, frozen=True):
    """A line of words and mathematics."""

    line: Line


WHY = "Why?"
"""What a reason answers."""


class Note(Struct, frozen=True):
    """An aside: a convention, a comparison, something left out; or ``why`` a step is as it is."""

    line: Line
    why: bool = False

    def marked(self, asked: str = WHY) -> Line:
        """Return the line as it stands where asides do by themselves: a reason says that it is."""
        return (Strong(asked), Text(" "), *self.line) if self.why else self.line


class Chain(Struct, frozen=True):
    """target = … = …: the forms of one quantity, from the formula to its value.

    ``rule`` is what they follow from, said beside them where they have no ``name``. ``relation``
    stands after the target: ``←`` in an algorithm. ``closing`` stands before the last form: ``≈``
    where an exact value had to be cut. ``ranges`` says for which indices it holds.
    """

    forms: tuple[Expr, ...]
    name: str = ""
    closing: str = "="
    relation: str = "="
    ranges: tuple[Expr, ...] = ()
    rule: Reason | None = None

    @property
    def label(self) -> str:
        """What stands beside the equation: its name, or the rule in words."""
        return self.name or str(self.rule or "")

    @property
    def target(self) -> Ref | None:
        """The quantity that it is about, where it begins with one."""
        first = self.forms[0]
        return first.ref if isinstance(first, Quantity) else None

    @property
    def uses(self) -> tuple[Ref, ...]:
        """The quantities that its forms read, each once."""
        return read_by(*self.forms[1:])


class Equations(Struct, frozen=True):
    """Display mathematics, one chain a line, aligned at the first relation."""

    chains: tuple[Chain, ...]


class Column(Struct, frozen=True):
    """A table's column: its heading in mathematics and by plain name, and what it holds.

    ``value`` is the number that the heading stands for, set under it.
    ``kind`` is ``label`` (words), ``figure`` (numbers), ``work`` (a formula, which may wrap) or
    ``prose`` (words that may wrap).
    """

    heading: Line
    name: str = ""
    kind: str = "figure"
    value: Math | None = None


class Table(Struct, frozen=True):
    """Rows of cells, one inline each; None is a gap where rows or columns were left out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Inline | None, ...], ...]
    caption: Line = ()


PlotPoint = tuple[float, float]
"""A point of a plot, in the numbers of its axes."""


class PlotWords(Struct, frozen=True):
    """What is said in a plot beside the names of its axes; what tells it in a line has holes.

    ``point`` is what its numbers have before their decimals.
    """

    logarithmic: str = "logarithmic"
    own: str = "in the file"
    least: str = "least"
    gap: str = "white: no value"
    path: str = "the path of the descent"
    curve: str = "Plot of {up} over {across} {low} to {high}"
    curve_least: str = "least {y} at {x}"
    heat: str = "Heat map of {of} over {across} {left} to {right} and {up} {low} to {high}"
    span: str = "from {first} to {last}"
    shade: str = "{first} to {last}"
    heat_least: str = "least at {across} = {x}, {up} = {y}"
    point: str = "."


class ValueCurve(Struct, frozen=True):
    """A curve: values at first, first + 1, … or at the places ``at``; what both axes are called.

    A value that is NaN is a gap. ``path`` are the places that a descent goes through, ``own`` is
    where the file's own numbers are, ``least`` where the curve is lowest.
    """

    values: tuple[float, ...]
    first: int = 0
    across: str = "step"
    up: str = "loss"
    title: str = ""
    at: tuple[float, ...] = ()
    path: tuple[PlotPoint, ...] = ()
    own: PlotPoint | None = None
    least: PlotPoint | None = None
    words: PlotWords = PlotWords()


class HeatMap(Struct, frozen=True):
    """A quantity over two others, as shades: a row of values for each of ``rows``, lowest first.

    ``path``, ``own`` and ``least`` as of a curve.
    """

    values: tuple[tuple[float, ...], ...]
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    across: str
    up: str
    of: str
    title: str = ""
    path: tuple[PlotPoint, ...] = ()
    own: PlotPoint | None = None
    least: PlotPoint | None = None
    words: PlotWords = PlotWords()


Plotted = ValueCurve | HeatMap


class Picture(Struct, frozen=True, eq=False):
    """The network drawn: which pass, of which sample, with the numbers of its trace or none.

    Formats that draw show it; the others leave it out, since it says nothing that the steps around
    it do not. ``focus`` is a parameter whose way to the loss alone is drawn. A plot is a picture of
    its own, in which only ``subject`` matters.
    """

    subject: Trace | Graph | Plotted
    passes: Literal["forward", "backward", "both"] = "both"
    sample: int = 1
    focus: Ref | None = None


class Section(Struct, frozen=True):
    """A heading and what stands under it."""

    id: str
    title: Line
    blocks: tuple[Block, ...]
    level: int = 2


Block = Paragraph | Note | Equations | Table | Picture | Section


class Document(Struct, frozen=True):
    """The whole: a title and sections; what an index counts is said, unless it is ``brief``.

    ``noise`` are the sizes of numbers that are 0 but for rounding.
    """

    title: str
    blocks: tuple[Block, ...]
    brief: bool = False
    noise: frozenset[float] = frozenset()
    lettered: bool = False


class Step(Struct, frozen=True):
    """One worked entry: what is asked, by which rule, from what, and its three forms.

    ``formula`` has symbols, ``substituted`` the same tree with numbers, ``value`` the result.
    """

    id: str
    target: Ref
    rule: Reason
    uses: tuple[Ref, ...]
    formula: Expr
    substituted: Expr
    value: Any


def read_by(*forms: Expr) -> tuple[Ref, ...]:
    """Return the quantities that stand in formulas, each once, in the order that they are read."""
    found = (node.ref for form in forms for node in walk(form) if isinstance(node, Quantity))
    return tuple(dict.fromkeys(found))


def shape_of(ref: Ref, name: str, shape: tuple[int, ...], alone: str) -> Text:
    """Return a quantity's shape, ``2 × 3``; where its symbol is of the turned one, that."""
    words = dimensions(shape, alone)
    if not is_matrix(ref.part, len(shape)) or shape[0] == shape[1]:
        return Text(words)
    return Text(words, turned=f"{shape[1]} × {shape[0]} ({name}ᵀ)")


def is_number(name: str) -> bool:
    """Return whether what stands beside a chain is an equation's number: 3, or a source's (BP3)."""
    return name.isdigit() or name.startswith("(")


def with_layers(pieces: tuple[str | int | Cited, ...]) -> Text:
    """Return words whose whole numbers are numbers of layers."""
    return Text("".join(map(str, pieces)), pieces)


INNER: dict[type[Struct], tuple[str, ...]] = {
    Document: ("blocks",),
    Section: ("title", "blocks"),
    Paragraph: ("line",),
    Note: ("line",),
    Equations: ("chains",),
    Chain: ("forms", "ranges"),
    Table: ("columns", "rows", "caption"),
    Column: ("heading", "value"),
    Math: ("expr",),
}
"""Of each kind of part the fields in which other parts, and trees, stand."""


def with_inner(part: Any, change: Callable[[Any], Any]) -> Any:
    """Return the part with all that stands in it changed; the part itself where nothing is."""
    if isinstance(part, tuple):
        found = tuple(map(change, part))
        return part if all(a is b for a, b in zip(found, part, strict=True)) else found
    before = {name: getattr(part, name) for name in INNER.get(type(part), ())}
    after = {name: change(inner) for name, inner in before.items()}
    same = all(after[name] is inner for name, inner in before.items())
    return part if same else structs.replace(part, **after)


def trees_of(part: Any) -> Iterator[Expr]:
    """Yield every expression of a block, not of sections within."""
    if isinstance(part, Expr):
        yield part
    elif isinstance(part, tuple):
        for inner in part:
            yield from trees_of(inner)
    elif not isinstance(part, Section):
        for name in INNER.get(type(part), ()):
            yield from trees_of(getattr(part, name))

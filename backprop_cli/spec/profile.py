"""Profile: a course's notation as data; Symbol: what it makes of one quantity."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..expression.indices import FromTo, Index, Linear

LayerPlace = Literal["superscript", "brackets", "parentheses", "beside", "none"]
WeightIndex = Literal["to-from", "from-to"]
SamplePlace = Literal["superscript", "subscript"]
TimePlace = Literal["subscript", "angles", "parentheses"]
Difference = Literal["a - y", "-(y - a)"]
Square = Literal["a - y", "y - a"]
Definition = Literal["=", "≡", ":="]
Bold = Literal["", "italic", "upright"]
GradientLook = Literal["partial", "d"]


class Symbol(Struct, frozen=True):
    """A quantity's name before it is drawn: a letter with what hangs on it.

    ``letter`` is a Latin letter, a word, or a Greek letter's name (``delta``), with what follows
    ``_`` lowered (``E_total``). ``prefix`` is the d of dW, ``accent`` is ``hat``, ``bar`` or
    ``tilde``, ``argument`` the θ of J(θ); ``bold`` how its letter is, where formats have such.
    """

    letter: str
    sup: tuple[Index, ...] = ()
    sub: tuple[Index, ...] = ()
    sample: Index | None = None
    prefix: str = ""
    accent: str = ""
    argument: str = ""
    bold: Bold = ""

    def raised(self) -> str:
        """Return what stands above: the layer, then the sample in parentheses."""
        sample = "" if self.sample is None else f"({self.sample})"
        return "".join(map(str, self.sup)) + sample

    @property
    def wide(self) -> bool:
        """Whether the indices must be kept apart: one has two digits, or is a sum (i + u − 1)."""
        sums = len(self.sub) > 1 and any(isinstance(i, Linear | FromTo) for i in self.sub)
        return sums or any(isinstance(i, int) and i > 9 for i in self.sub)

    def lowered(self) -> str:
        """Return the indices, apart from each other where one is wide."""
        return ("," if self.wide else "").join(map(str, self.sub))


class Indices(Struct, frozen=True):
    """The index letters of a general equation about one layer.

    ``own`` counts that layer's units, ``below`` and ``above`` its neighbours' (``summed`` those
    below under a Σ), ``output`` and ``input`` the outermost layers' wherever they stand.
    ``ascending`` names the letters from the lowest layer of the equation upwards instead.
    """

    own: str = "j"
    below: str = "k"
    above: str = "k"
    summed: str = ""
    output: str = ""
    input: str = ""
    ascending: tuple[str, ...] = ()


class Units(Struct, frozen=True):
    """Units that have names (h1, o2) instead of a layer's number and an index."""

    input: str
    hidden: str
    output: str


class UnitFigure(Struct, frozen=True):
    """How a course draws one unit: the titles of its four columns, from below to above.

    ``numbered`` is how many units stand on either side, each by its number (0: the first two, dots
    and any one); those below are then the input of the network, and the weights have the numbers
    of their layers. ``biased`` says whether it has a bias where no network says so.
    """

    columns: tuple[str, ...] = ("units below", "pre-activation", "activation", "units above")
    numbered: int = 0
    biased: bool = True


class Profile(Struct, frozen=True, kw_only=True):
    """One notation.

    ``letters`` maps parts to letters: ``x``, ``y``, ``z``, ``a``, ``W``, ``b``, ``loss`` (of the
    batch), ``cost`` (of one sample), ``loss_terms``, ``data_loss``, ``penalty``; ``delta`` (the
    gradient of z; absent where a course writes ∂C/∂z), ``output`` (the last layer's a, where it
    has a letter of its own; ``linear_output`` only where it is its z, ``scores`` only where the
    loss takes its softmax), ``above`` (the z of the layer above); ``rate``, ``sample``,
    ``samples``, ``layer``, ``layers``, ``width`` (how many units a layer has; ``width_raised``
    puts the layer above it), ``step`` (the index letter of a step in time), ``given`` (a sample's
    input that is also the first layer's z and a). A letter may be a word, a Greek letter's name,
    have a hat (``hat y``), a tail (``E_total``) or an argument (``J(theta)``).
    ``entries`` has those whose entries are written with another letter than the whole (w_jk of W).
    ``memory`` has the letters, by plain names (``U1``, ``z2``), of a network that is one recurrent
    layer and a dense one, which then have no numbers: what follows ``_`` is lowered (W_aa), what
    follows ``^`` is raised (W^hh).

    ``cost_as`` says what the cost is written as a function of where it is stated: C(y, a), L(w);
    ``target_first`` says C(y, a) for C(a, y). ``definition`` stands between a value of the forward
    pass and the formula in letters that says what it is, z ≡ Wx + b, ``delta_definition`` between δ
    and the derivative that it is, δ := ∂C/∂z. ``constants_inside`` keeps the ½ of a loss within its
    Σ. ``equations`` numbers the general equations as the source does, by what they are of:
    ``output``, ``hidden``, ``W``, ``b``.

    ``file`` is its file's name as a network says it, where it stands in one of its own.

    ``data_of_sample`` gives the input and the target of one sample its index, x⁽ⁱ⁾ and y⁽ⁱ⁾, and
    ``shares`` has letters for what it brings to the gradients of a batch: W_i, B_i.

    ``unit_figure`` is the picture of one unit. ``units_by_kind`` says how a whole network is drawn:
    a colour for each kind of unit, what is expected as units too, a matrix's name for its weights,
    and going back the errors as the units themselves.

    ``general_activation`` is the letter of the network's activation in general equations,
    ``activations`` that of single functions. ``first_layer`` is the number of the input;
    ``general_layers`` the parts that keep the letter of a general layer (None: all);
    ``weights_leave`` says that weights carry the number of the layer they lead from.
    ``cost_of_one`` says when the cost of one sample has the sample's index: ``batch``, ``always``
    or never. ``time_place`` is where the number of a step in time stands: below, before the unit,
    or above, as in a^⟨t⟩ and h^(t). ``factors`` is the order of a product's factors by kind.
    ``bold`` is how the letters of whole vectors and matrices are, their entries' never.
    """

    name: str
    title: str
    letters: dict[str, str]
    entries: dict[str, str] = {}
    memory: dict[str, str] = {}
    general_activation: str = ""
    activations: dict[str, str] = {}
    indices: Indices | None = None
    units: Units | None = None
    weight_index: WeightIndex = "to-from"
    layer_place: LayerPlace = "superscript"
    first_layer: int = 0
    general_layers: tuple[str, ...] | None = None
    weights_leave: bool = False
    vectors: Literal["column", "row"] = "column"
    gradients: GradientLook = "partial"
    delta_sign: Literal[1, -1] = 1
    difference: Difference = "a - y"
    square: Square = "a - y"
    cost_as: Literal["", "outputs", "weights"] = ""
    target_first: bool = False
    definition: Definition = "="
    delta_definition: Definition = "="
    constants_inside: bool = False
    equations: dict[str, str] = {}
    width_raised: bool = False
    unit_figure: UnitFigure = UnitFigure()
    units_by_kind: bool = False
    data_of_sample: bool = False
    shares: dict[str, str] = {}
    factors: tuple[str, ...] = ("number", "W", "delta", "gradient", "loss_terms", "a", "x")
    bias_first: bool = False
    bias_is_weight_zero: bool = False
    sample_place: SamplePlace = "superscript"
    cost_sample_place: SamplePlace = "superscript"
    time_place: TimePlace = "subscript"
    cost_of_one: Literal["", "batch", "always"] = ""
    drop_lone: bool = False
    input_is_activation: bool = False
    commas: bool = False
    file: str = ""
    bold: Bold = ""

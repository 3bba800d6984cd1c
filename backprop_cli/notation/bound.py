"""Notation: a profile bound to one network, which names each of its quantities."""

from __future__ import annotations

from functools import cached_property

from msgspec import structs

from ..expression.axes import is_matrix
from ..expression.indices import FromTo, Index, at, plus
from ..expression.refs import ANYWHERE, Ref
from ..spec.profile import Profile, Symbol
from .facts import Facts
from .letters import layer_letter, own_letter, parsed

UNKNOWN = Facts()
LAYERED = ("z", "a", "W", "b")
_VARIABLES = ("x", "u")
"""What is no quantity of a network where its layer is anywhere: a variable of that name."""
_UNDER = (plus("l", -1), plus("L", -1))
_MARKS = {"brackets": "[{}]", "parentheses": "({})"}
_STEPS = {"angles": "⟨{}⟩", "parentheses": "({})"}
_COUNTS = ("sample", "samples")
_COSTS = ("cost", "loss", "data_loss")
_OF_WEIGHTS = ("W", "b", "penalty")
"""Roles that have the number of the layer that weights leave, where a notation counts so."""
ABOVE = "above"
"""The part that a z is renamed to where it is written as the O of the layer below it."""
GIVEN, BATCH, SHARES = "given", "batch loss", "sample "
"""Parts beside one sample's: its input where that is also the first layer's z and a, the cost of
all samples, and (before ``W``, ``b``) what one brings to a gradient."""
WIDTH, NUDGE = "width", "nudge of z"
"""Parts of a layer's: how many units it has, a small change of its z."""
_GENERAL = ("phi", "g", "h", "psi")
"""Letters for the activation of a general layer, where its own letter is one layer's function."""


class Notation(Profile, frozen=True, kw_only=True, dict=True):
    """A profile that knows the network it writes about."""

    facts: Facts = UNKNOWN

    # -- what printers ask

    @cached_property
    def _symbols(self) -> dict[Ref, Symbol]:
        """The symbols that were asked for: the same ones are, again and again."""
        return {}

    def symbol(self, ref: Ref) -> Symbol:
        """Return the symbol of a quantity; ∂C/∂(it) is the caller's to write, unless it has one.

        That of all samples, a row each, has a capital letter, or ~ over one that is a capital.
        """
        found = self._symbols.get(ref)
        if found is None:
            found = self._symbols[ref] = self._symbol(ref)
        return found

    def _symbol(self, ref: Ref) -> Symbol:
        if ref.part == WIDTH and ref.layer is not None:
            units = self.units_in(ref.layer)
            return units if units is not None else parsed(self.width_letter)
        if ref.part == NUDGE:
            return structs.replace(self.symbol(structs.replace(ref, part="z")), prefix="Delta")
        if ref.part == BATCH:
            return parsed(self.letters["loss"])
        if ref.part.startswith(SHARES):
            letter = parsed(self.shares[ref.part.removeprefix(SHARES)])
            return structs.replace(letter, sub=(ref.sample or self.sample_letter,))
        if isinstance(ref.sample, FromTo):
            one = self.symbol(structs.replace(ref, sample=None))
            if ref.part == "cost":
                return one
            if one.letter[:1].isupper():
                return structs.replace(one, accent="tilde")
            return structs.replace(one, letter=one.letter[:1].upper() + one.letter[1:])
        if ref.gradient and self.has_own_letter(ref):
            if self.gradients == "d":
                return structs.replace(self.symbol(ref.of()), prefix="d")
            return self._bold(self._placed("delta", ref), ref)
        return self._bold(self._placed("", self._canonical(ref)), ref)

    def _bold(self, symbol: Symbol, ref: Ref) -> Symbol:
        """Return the symbol with its letter as vectors and matrices have it, where it is one."""
        whole = Ref("x", index=ref.index) if ref.layer == 0 else ref
        return structs.replace(symbol, bold=self.bold) if self.facts.is_array(whole) else symbol

    def has_own_letter(self, ref: Ref) -> bool:
        """Return whether a gradient has a letter of its own (δ, dW), rather than being ∂C/∂…."""
        if not ref.gradient:
            return False
        delta = "delta" in self.letters and ref.part == "z" and ref.layer is not None
        if delta and self.remembered(ref):
            delta = bool(self.remembered(ref, "delta"))
        if self.facts.output is not None and not self.facts.single:
            delta = False  # δ is of a sample's own cost; in a graph all gradients are of the loss
        if delta or self.gradients != "d":
            return delta
        own = own_letter(ref.part, self.facts.names).partition("_")[0]
        return self._of_names.isdisjoint((f"d{ref.part}", f"d{own}"))

    @cached_property
    def own_looks(self) -> frozenset[str]:
        """The names of a graph's nodes and of layers' parameters, and what they look like."""
        own = self.facts.own_names
        return frozenset((*own, *(own_letter(name, self.facts.names) for name in own)))

    @cached_property
    def _of_names(self) -> set[str]:
        """The names of a graph, and the letters that they are written with."""
        names = self.facts.names
        return {*names, *(own_letter(name, names).partition("_")[0] for name in names)}

    def cost_of(self, ref: Ref) -> Ref:
        """Return what a gradient is of: the loss, or where it is of one sample, that one's cost."""
        if self.facts.output is not None:
            return self.facts.output
        whole = Ref(ref.part, ref.layer)
        if whole in self.facts.mixed and whole in self.facts.per_sample:
            return self.facts.total
        part = self.facts.kinds.get(ref.part, ref.part)
        per_sample = part in ("x", "z", "a", ABOVE, "loss_terms") and not self.facts.single
        if ref.sample is not None:
            return Ref("cost", sample=ref.sample)
        if per_sample:
            return Ref("cost", sample=self.sample_letter if self.facts.known else None)
        return Ref("loss")

    @property
    def loss_function(self) -> Symbol:
        """The letter of one sample's cost without its sample: the function of a and y."""
        return parsed(self.letters.get("cost", "C"))

    @property
    def sample_letter(self) -> str:
        """The letter of a general sample."""
        return self.letters.get("sample", "n")

    @property
    def samples(self) -> Symbol:
        """The letter of how many samples there are."""
        return parsed(self.letters.get("samples", "N"))

    def letter_of(self, part: str) -> Symbol:
        """Return the bare letter of a part, as words have it: a for every layer's activation."""
        return parsed(self.letters.get(self._role(Ref(part)), part))

    @property
    def letter_of_weight(self) -> Symbol:
        """The letter of any one weight: w."""
        return parsed(self.entries.get("W", self.letters.get("W", "W")))

    def activation(self, name: str) -> str:
        """Return how a function is written; where layers differ, the general letter is free."""
        letter = self.activations.get(name, name)
        if name == "activation" and self.facts.is_mixed:
            taken = {*self.activations.values(), self.general_activation, *self.reserved}
            if letter not in (self.activations.get("sigmoid"), self.activation_letter):
                return letter
            return next((other for other in _GENERAL if other not in taken), letter)
        return name if letter != name and letter in self._of_quantities else letter

    @cached_property
    def _of_quantities(self) -> frozenset[str]:
        """The letters of quantities: a graph's own names, and what the notation calls a network's.

        No function is written by one of them.
        """
        if self.facts.names:
            return frozenset(self.facts.names)
        return frozenset((*self.letters.values(), *self.entries.values()))

    @cached_property
    def activation_letter(self) -> str:
        """The letter of the network's own activation, if it is written with one.

        A letter that another of its functions has is not given twice.
        """
        shared, facts = self.facts.activation, self.facts
        if not self.activation_of(shared):
            return ""
        others = {self.activation(name) for name in facts.activations if name != shared}
        return "" if self.activation_of(shared) in others else self.activation_of(shared)

    def activation_of(self, name: str) -> str:
        """Return the general letter, where the function has a formula to be named by it."""
        from ..mathematics.activations import ACTIVATIONS

        return self.general_activation if name in ACTIVATIONS and name != "identity" else ""

    def layer_number(self, layer: int) -> int:
        """Return the number that a layer of the file has."""
        return layer + self.first_layer

    def general_layer(self, layer: Index) -> Index:
        """Return a general layer as it is written: ``l-1`` as Goodfellow's ``k-1``."""
        letters = {"l": self.letters.get("layer", "l"), "L": self.letters.get("layers", "L")}
        return at(layer, letters)

    @cached_property
    def reserved(self) -> set[str]:
        """The letters that mean something else than a unit of a layer: quantities, layers, …."""
        parts = {own_letter(part) for part in self.facts.parts if part not in self.letters}
        return parts | self._meant

    @cached_property
    def _meant(self) -> set[str]:
        """The letters that the notation itself has for something that this network has."""
        own = {"layer": "l", "layers": "L", "sample": "n", "samples": "N"} | self.letters
        own["loss_terms"] = self._terms
        batch = self.facts.known and not self.facts.single
        # Where the cost of one sample always has the sample's index, 1/n Σᵢ Cᵢ is stated too.
        unused = () if batch or self.cost_of_one == "always" else _COUNTS
        meant = [own[key] for key in own if key not in (*unused, "step")]
        meant += self.memory.values() if self.facts.remembers else ()
        return {parsed(letter).letter for letter in meant}

    @cached_property
    def _terms(self) -> str:
        """The letter of the loss's terms, which give way to a layer's own value: the state c."""
        letter = self.letters.get("loss_terms", "loss_terms")
        return "ell" if self.facts.kinds.get(letter) == "a" else letter

    def is_timed(self, ref: Ref) -> bool:
        """Return whether the first index of an entry is a step in time, as the t of C_t is."""
        timed = self.facts.timed
        return Ref(ref.part, ref.layer) in timed or (bool(timed) and ref.part in _COSTS)

    @cached_property
    def step_letter(self) -> str:
        """Return the letter of a general step in time: t, unless that means something else."""
        own = self.letters.get("step", "t")
        return next((each for each in (own, *"tsuv") if each not in self.reserved), own)

    @property
    def width_letter(self) -> str:
        """The letter of how many units a layer has."""
        several = not self.facts.single or self.cost_of_one == "always"
        taken = "n" in self.reserved or (several and self.sample_letter == "n")
        return self.letters.get("width", "d" if taken else "n")

    def units_in(self, layer: Index) -> Symbol | None:
        """Return the sign of how many units a general layer has, where layers are told apart."""
        if self.general_layers is not None or self.units is not None:
            return None
        letter, mark = self.width_letter, _MARKS.get(self.layer_place)
        number = self.general_layer(layer)
        if mark or self.width_raised:
            return Symbol(letter, sup=((mark or "{}").format(number),))
        return Symbol(letter, sub=(number,))

    @cached_property
    def e_is_a_name(self) -> bool:
        """Whether e is a quantity, so that eˣ cannot be written."""
        return "e" in self._of_quantities

    @property
    def input_first(self) -> bool:
        """Whether a weight's first index is its input's: in this notation, or in an x·W file."""
        return self.weight_index == "from-to" or self.facts.in_out

    @cached_property
    def turns_weights(self) -> bool:
        """Whether W means the transpose of the file's."""
        return self.weight_index == "from-to" and self.facts.layered and not self.facts.in_out

    def rank(self, part: str) -> int:
        """Return where a factor of this kind stands in a product."""
        return self.factors.index(part) if part in self.factors else len(self.factors)

    # -- how a symbol is put together

    def _canonical(self, ref: Ref) -> Ref:
        """Return the ref that a quantity with two names is drawn by."""
        facts, part = self.facts, ref.part
        if part in facts.names:
            return ref
        if part == "cost" and facts.single and facts.known:
            return structs.replace(ref, part="data_loss" if facts.penalized else "loss")
        if part == "x" and self.input_is_activation and ref.layer != ANYWHERE:
            return structs.replace(ref, part="a", layer=0)
        lowest = ref.layer == 0 or (self.drops_numbers and ref.layer in _UNDER)
        if part == "a" and lowest and not self.input_is_activation:
            return structs.replace(ref, part="x", layer=None)
        if part == "z" and ABOVE in self.letters and self.is_output(ref.layer):
            return structs.replace(ref, part=ABOVE)
        return ref

    @cached_property
    def drops_numbers(self) -> bool:
        """Whether the one layer there is goes without its number."""
        return self.drop_lone and self.facts.lone and not self.input_is_activation

    def is_output(self, layer: Index | None) -> bool:
        """Return whether the layer is the last one."""
        return layer == "L" or (self.facts.count > 0 and layer == self.facts.count)

    def _role(self, ref: Ref) -> str:
        """Return the key of ``letters`` for a quantity."""
        if ref.part == "a" and self.is_output(ref.layer):
            if "scores" in self.letters and self.facts.takes_softmax:
                return "scores"
            if "output" in self.letters:
                return "output"
            if "linear_output" in self.letters and self.facts.is_linear_output:
                return "linear_output"
        if ref.part == "loss" and self._is_cost_of_one():
            return "cost"
        return ref.part

    def _is_cost_of_one(self) -> bool:
        """Return whether the loss is that of one sample, with nothing added to it."""
        return self.facts.known and self.facts.single and not self.facts.penalized

    def _placed(self, role: str, ref: Ref) -> Symbol:
        """Return the letter of a role with the layer, the sample and the indices of ``ref``."""
        if ref.part in self.facts.names:
            return self._of_graph(ref)
        role = role or self._role(ref)
        every = role in ("W", "b") and self.facts.known
        plain = role in LAYERED and ref.layer is None and not every
        if plain or (role in _VARIABLES and ref.layer == ANYWHERE):
            return Symbol(ref.part, (), ref.index, ref.sample)
        if ref.layer is None and every:
            letter = self._letter(role, True)
            if self.memory and self.facts.remembers:
                letter = structs.replace(letter, letter=letter.letter.lower())
            return structs.replace(letter, sub=self._sub(role, ref, ()))
        index = self.unit_index(ref)
        letter = self._remembered(role, ref, bool(index)) or self._letter(role, bool(index))
        if self.units is not None:
            return self._named_units(role, ref, letter)
        step: tuple[Index, ...] = ()
        if self.time_place in _STEPS and index and self.is_timed(ref):
            step, index = (_STEPS[self.time_place].format(index[0]),), index[1:]
        sup, sub = self._layer(role, ref, letter), self._sub(role, ref, index)
        if self.remembered(ref, role):
            sup, letter = letter.sup, structs.replace(letter, sup=())
        sub = (f",{sub[0]}", *sub[1:]) if sub and "_" in letter.letter else sub
        if self.layer_place == "beside" and sup and not isinstance(sup[0], int):
            inner = "".join(map(str, sub))
            sub = (f"{sup[0]},{inner}" if inner else sup[0],)
            sup = ()
        elif self.layer_place == "beside" and sup:
            letter = structs.replace(letter, letter=letter.letter + "".join(map(str, sup)))
            sup = ()
        sup += step
        sample = ref.sample
        where = self.cost_sample_place if ref.part == "cost" else self.sample_place
        if sample is None and role == "cost" and self._cost_has_sample(ref):
            sample, where = self.letters.get("sample", "i"), self.cost_sample_place
        if sample is None and self.data_of_sample and self._is_given(ref):
            sample = self.sample_letter
        if sample is not None and where == "subscript":
            mark = "," if isinstance(sample, int) and sub else ""
            sub = (f"{sample}{mark}" + "".join(map(str, sub)),) if sub else (sample,)
            sample = None
        return structs.replace(letter, sup=sup, sub=sub, sample=sample)

    def _of_graph(self, ref: Ref) -> Symbol:
        """Return a graph's own name; entry 1 of ``x1`` is x₁,₁, not the x₁₁ of a matrix."""
        letter, mark, tail = own_letter(ref.part, self.facts.names).partition("_")
        if mark and tail.isdigit() and ref.index:
            return Symbol(letter, (), (",".join(map(str, (tail, *ref.index))),))
        return Symbol(letter + mark + tail, (), ref.index)

    def _letter(self, role: str, single: bool) -> Symbol:
        """Return the letter of the whole, or of its entries."""
        given = self._terms if role == "loss_terms" else self.letters.get(role)
        whole = given or layer_letter(role, self._meant)
        if not whole or (self.layer_place == "beside" and not whole.isupper()):
            whole = given or own_letter(role)  # a name with its number, as in code
        lone = len(role) == 1 and self.facts.kinds.get(role) == "W" and "W" in self.entries
        entry = role.lower() if lone and role not in self.letters else whole
        return parsed(self.entries.get(role, entry) if single else whole)

    def remembered(self, ref: Ref, role: str = "") -> str:
        """Return the letter that a recurrent layer's quantity has of its own, or that after it."""
        scores = role != "delta" and self._role(ref) == "scores"
        role = role if role == "delta" else "z" if scores else ref.part
        return self.memory.get(f"{role}{ref.layer}", "") if self.facts.remembers else ""

    def _remembered(self, role: str, ref: Ref, single: bool) -> Symbol | None:
        """Return that letter with what is raised beside it, a small one for the entries of W."""
        head, _, above = self.remembered(ref, role).partition("^")
        if not head:
            return None
        small = single and "W" in self.entries and self.facts.kinds.get(ref.part, ref.part) == "W"
        letter = parsed(head[0].lower() + head[1:] if small else head)
        return structs.replace(letter, sup=(above,) if above else ())

    def _is_given(self, ref: Ref) -> bool:
        """Return whether the quantity is a sample's data: its target, its input before layer 1."""
        return ref.part in ("y", GIVEN) and self.facts.known and self.facts.single

    def _cost_has_sample(self, ref: Ref) -> bool:
        if self.cost_of_one == "always":
            return True
        return self.cost_of_one == "batch" and ref.part == "cost"

    def _layer(self, role: str, ref: Ref, letter: Symbol) -> tuple[Index, ...]:
        """Return the layer's number as it stands, or nothing where it is left out."""
        layer = ref.layer
        if (
            layer in (None, ANYWHERE)
            or role in ("output", "linear_output", "scores")
            or self.layer_place == "none"
        ):
            return ()
        if self.drops_numbers:
            return ()
        offset = -1 if role == ABOVE or (self.weights_leave and role in _OF_WEIGHTS) else 0
        if not isinstance(layer, int):
            hidden = self.general_layers is not None and role not in self.general_layers
            if hidden and ref.index:
                return ()
            text: Index = self.general_layer(plus(layer, offset))
        else:
            text = self.layer_number(layer + offset)
        mark = _MARKS.get(self.layer_place)
        return (mark.format(text),) if mark else (text,)

    def unit_index(self, ref: Ref) -> tuple[Index, ...]:
        """Return the indices that are written: a lone unit's are not, where the profile says so."""
        if not (self.drop_lone and self.facts.lone) or self.facts.in_steps:
            return ref.index
        ref = self._canonical(ref)
        wide_in, wide_out = (width > 1 for width in self.facts.widths)
        kept = (wide_out, wide_in) if is_matrix(ref.part, len(ref.index)) else (wide_out,)
        if ref.part == "x" or ref.layer == 0:
            kept = (wide_in,)
        if len(kept) != len(ref.index):
            return ref.index
        return tuple(i for i, keep in zip(ref.index, kept, strict=True) if keep)

    def _sub(self, role: str, ref: Ref, index: tuple[Index, ...]) -> tuple[Index, ...]:
        if is_matrix(role, len(index)) and self.input_first:
            index = index[::-1]
        if role == "b" and self.bias_is_weight_zero:
            index = (*index, 0)
        return (",".join(map(str, index)),) if self.commas and len(index) > 1 else index

    # -- units with names of their own

    def unit_name(self, layer: Index | None, index: Index | str = "") -> str:
        """Return ``h1``: unit 1 of the hidden layer; several hidden layers are counted."""
        units, last = self.units, self.facts.count
        if units is None:
            return str(index)
        if layer == ANYWHERE:
            return str(index)
        if layer == 0:
            return f"{units.input}{index}"
        if self.is_output(layer):
            return f"{units.output}{index}"
        if last == 2 and isinstance(layer, int):
            return f"{units.hidden}{index}"
        number = layer if layer is None else self.general_layer(layer)
        return f"{units.hidden}{number}" + (f",{index}" if index != "" else "")

    def _named_units(self, role: str, ref: Ref, letter: Symbol) -> Symbol:
        """Return net_{h1}, w_5, b_1, E_{o1}: unit names for indices, weights counted through."""
        layer, index, part = ref.layer, ref.index, ref.part
        if part in ("x", "loss", "cost", "data_loss", "penalty") or part not in self.letters:
            sup: tuple[Index, ...] = () if layer is None else (layer,)
            return structs.replace(letter, sup=sup, sub=index, sample=ref.sample)
        if part == "y" or part == "loss_terms":
            layer = self.facts.count or "L"
        if part == "W":
            whole = all(isinstance(i, int) for i in index) and index and isinstance(layer, int)
            shape = self.facts.shape("W", layer) if isinstance(layer, int) else None
            if whole and shape is not None and len(shape) == 2 and isinstance(layer, int):
                to, source = int(index[0]), int(index[1])
                inner = (source - 1) * shape[0] + to
                if not self.facts.in_out:
                    inner = (to - 1) * shape[1] + source
                return structs.replace(letter, sub=(self.facts.weights_before(layer) + inner,))
            return structs.replace(letter, sup=(self.unit_name(layer),), sub=index)
        if part == "b" and isinstance(layer, int) and self.facts.shape("b", layer) == ():
            return structs.replace(letter, sub=(layer,))
        name = self.unit_name(layer, ",".join(map(str, index)))
        return structs.replace(letter, sub=(name,), sample=ref.sample)


def bound(profile: Profile, facts: Facts = UNKNOWN) -> Notation:
    """Return the profile bound to a network's facts."""
    fields = {name: getattr(profile, name) for name in Profile.__struct_fields__}
    return Notation(**fields, facts=facts)

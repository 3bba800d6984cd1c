"""Rules of letters: what an equation's indices and signs mean, read from the document's trees.

A rule takes a document in the letters of a notation and yields a sentence for each fault.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from backprop_cli.expression.indices import Index, letters_of
from backprop_cli.expression.refs import Ref
from backprop_cli.expression.tree import (
    BigSum,
    Call,
    Constant,
    Derivative,
    Diff,
    Expr,
    Known,
    Letter,
    Mul,
    Nabla,
    Name,
    Partial,
    Quantity,
    Tangent,
)
from backprop_cli.expression.walking import children, walk
from backprop_cli.notation.bound import ABOVE, WIDTH, Notation
from backprop_cli.notation.sorting import ordered
from backprop_cli.spec.profile import Symbol
from backprop_cli.worked.document import (
    Chain,
    Code,
    Document,
    Equations,
    Math,
    Note,
    Paragraph,
    Picture,
    Section,
    Table,
    Text,
)

from .truth import chains_of

Rule = Callable[[Document, Notation], Iterator[str]]
COST_OF_WEIGHTS = Call("cost", (Quantity(Ref("W")),))
"""What is written L_n(w)."""
LETTER = re.compile(r"[A-Za-z]")


# -- what stands in a document


def parts(part: Any) -> Iterator[Any]:
    """Yield every chain, inline and section of a document, in the order in which it is read."""
    if isinstance(part, Chain | Math | Section | Paragraph | Note | Table):
        yield part
    if isinstance(part, tuple):
        for inner in part:
            yield from parts(inner)
    elif isinstance(part, Struct) and not isinstance(part, Expr | Picture | Chain | Math):
        for name in part.__struct_fields__:
            yield from parts(getattr(part, name))


def chains(document: Document) -> Iterator[Chain]:
    """Yield every chain of the document; a formula in a line is a chain of one form."""
    for part in parts(document):
        if isinstance(part, Chain):
            yield part
        elif isinstance(part, Math):
            yield Chain((part.expr,))


def trees(document: Document) -> Iterator[Expr]:
    """Yield every tree of the document."""
    for chain in chains(document):
        yield from (*chain.forms, *chain.ranges)


def refs_of(node: Expr) -> tuple[Ref, ...]:
    """Return the quantities that the node itself names."""
    match node:
        case Quantity(ref) | Known(ref, _) | Tangent(ref):
            return (ref,)
        case Partial(of, wrt) | Nabla(of, wrt):
            return (of, wrt)
        case Diff(_, wrt):
            return (wrt,)
    return ()


def drawn(ref: Ref, notation: Notation) -> tuple[Symbol, ...]:
    """Return the symbols that a quantity is drawn with: ∂C/∂a are two."""
    if ref.gradient and not notation.has_own_letter(ref):
        return notation.symbol(notation.cost_of(ref)), notation.symbol(ref.of())
    return (notation.symbol(ref),)


# -- letters of indices


def own_letters(node: Expr, notation: Notation) -> set[str]:
    """Return the index letters of units and samples that the node itself is written with."""
    found: set[str] = set()
    for ref in refs_of(node):
        if notation.facts.layered or not notation.facts.known:
            found |= {c for i in notation.unit_index(ref) for c in letters_of(i)}
        else:  # of a graph's arrays: no layer's units
            found |= {c for i in ref.index for c in letters_of(i)}
        found |= set(letters_of(ref.sample))
        found |= {c for s in drawn(ref, notation) for c in _samples(s, ref, notation)}
    if isinstance(node, Name | Derivative):
        found |= {c for i in node.index for c in letters_of(i)}
    if node == COST_OF_WEIGHTS:
        found.add(notation.sample_letter)
    if isinstance(node, Letter):
        found |= set(letters_of(node.index)) - layer_letters(notation)
    return found


def _samples(symbol: Symbol, ref: Ref, notation: Notation) -> set[str]:
    """Return the sample's letter that a cost is written with though its ref names no sample."""
    letter = notation.letters.get("sample", "n")
    is_cost = symbol.letter == notation.symbol(Ref("cost", sample=letter)).letter
    return {letter} if is_cost and letter in (symbol.sample, *symbol.sub) else set()


def layer_letters(notation: Notation) -> set[str]:
    """Return the letters of a general layer and of the last one."""
    return {notation.letters.get("layer", "l"), notation.letters.get("layers", "L")}


def free(tree: Expr, notation: Notation) -> set[str]:
    """Return the index letters that no Σ around them binds."""
    found = own_letters(tree, notation)
    for child in children(tree):
        found |= free(child, notation)
    return found - {tree.index} if isinstance(tree, BigSum) else found


def bound_letters(tree: Expr) -> set[str]:
    """Return the letters that some Σ of the tree binds."""
    return {node.index for node in walk(tree) if isinstance(node, BigSum)}


def is_symbolic(tree: Expr) -> bool:
    """Return whether the form has a symbol in it that could carry an index."""
    kinds = (Quantity, Partial, Nabla, Derivative, Diff)
    return any(isinstance(node, kinds) for node in walk(tree))


def shown(chain: Chain, notation: Notation) -> str:
    """Return the chain for a message."""
    return f"{chain.name}: " + " = ".join(_text(form, notation) for form in chain.forms)


def _text(tree: Expr, notation: Notation) -> str:
    from backprop_cli.printing.plain_math import UnicodeMath
    from backprop_cli.printing.settings import Settings

    return UnicodeMath(notation, Settings()).draw(tree)


# -- the rules


def same_letters(document: Document, notation: Notation) -> Iterator[str]:
    """The free letters of all forms of a chain are the same; a local derivative may lose some."""
    for chain in chains(document):
        # Of one sample each quantity is that sample's own, and few are written with its letter.
        implied = {notation.sample_letter} if notation.facts.single else set()
        found = [free(form, notation) - implied for form in chain.forms if is_symbolic(form)]
        local = isinstance(chain.forms[0], Partial) and chain.forms[0].of.part not in _COSTS
        if any(not letters <= found[0] if local else letters != found[0] for letters in found):
            yield f"free letters {[sorted(f) for f in found]} in {shown(chain, notation)}"


def bound_in_body(document: Document, notation: Notation) -> Iterator[str]:
    """A letter bound by a Σ stands in its body, and nowhere outside in the same equation."""
    for chain in chains(document):
        outside = set().union(*(free(form, notation) for form in chain.forms))
        for form in chain.forms:
            for node in walk(form):
                if not isinstance(node, BigSum):
                    continue
                if node.index not in free(node.body, notation):
                    yield f"Σ over {node.index}, which does not occur, in {shown(chain, notation)}"
                if node.index in outside | bound_letters(node.body):
                    yield f"{node.index} is bound and free in {shown(chain, notation)}"


def stated_letters(document: Document, notation: Notation) -> Iterator[str]:
    """A stated range or condition names letters that occur in its equation."""
    for chain in chains(document):
        inside = set().union(*(free(form, notation) for form in chain.forms))
        inside |= {c for form in chain.forms for c in written_layers(form, notation)}
        for condition in chain.ranges:
            names = {n.id for n in walk(condition) if isinstance(n, Name)}
            names |= free(condition, notation)
            subject = names - {notation.letters.get("layers", "L")}
            if not subject <= inside:
                yield f"{_text(condition, notation)} is said of {shown(chain, notation)}"
        if "≠" in chain.name:
            yield f"a condition in words: {shown(chain, notation)}"


def written_layers(tree: Expr, notation: Notation) -> set[str]:
    """Return the letters of layers that the tree is written with."""
    found: set[str] = set()
    for node in walk(tree):
        for ref in refs_of(node):
            for symbol in drawn(ref, notation):
                marks = [*symbol.sup, *symbol.sub]
                text = " ".join(map(str, marks)) if letters_of(ref.layer) else ""
                found |= set(LETTER.findall(text)) & layer_letters(notation)
    return found


def one_order(document: Document, notation: Notation) -> Iterator[str]:
    """The factors of a chain keep one order; those of a graph stand as its lines have them."""
    for chain in chains(document) if notation.facts.layered else ():
        before: set[tuple[object, object]] = set()
        first = chain.forms[0]
        about = first.ref.layer if isinstance(first, Quantity) and first.ref.part == "z" else None
        for form in chain.forms:
            pairs = set(_pairs(form, about, notation))
            if any((later, sooner) in before for sooner, later in pairs):
                yield f"factors change places in {shown(chain, notation)}"
            before |= pairs


def _pairs(tree: Expr, about: Index | None, notation: Notation) -> Iterator[tuple[object, object]]:
    for node in walk(tree):
        if isinstance(node, Mul):
            errors = [f for f in node.factors if isinstance(f, Quantity | Known) and f.ref.gradient]
            own = about if errors else None
            found = [_factor(factor, own) for factor in ordered(node.factors, notation)]
            kinds = [kind for kind in found if kind is not None and found.count(kind) == 1]
            yield from itertools.combinations(kinds, 2)


def _factor(factor: Expr, about: Index | None) -> object:
    """Return a factor's kind; in the equation of δ what is of its own layer is its slope."""
    match factor:
        case Quantity(ref) | Known(ref, _) if (
            about is not None and ref.layer == about and ref.part in ("a", "z")
        ):
            return ("slope", ref.layer) if not ref.gradient else (ref.part, ref.layer, True)
        case Quantity(ref) | Known(ref, _):
            return (ref.part, ref.layer, ref.gradient)
        case Derivative(_, Quantity(ref)):
            return ("slope", ref.layer)
        case BigSum():
            return "sum"
        case Partial(of, wrt):
            return (of.part, of.layer, wrt.part, wrt.layer)
    return None


def one_meaning(document: Document, notation: Notation) -> Iterator[str]:
    """No letter has two meanings in one document."""
    meanings: dict[str, set[str]] = {}
    for tree in trees(document):
        for letter, meaning in _meanings(tree, notation):
            meanings.setdefault(letter, set()).add(meaning)
    for letter, found in sorted(meanings.items()):
        if len(found) > 1:
            yield f"{letter} means {sorted(found)}"


def _meanings(tree: Expr, notation: Notation) -> Iterator[tuple[str, str]]:
    """Yield each letter that the tree is written with, and what it means there."""
    for ref in refs_of(tree):
        for symbol in drawn(ref, notation):
            yield from _of_symbol(symbol, notation)
        if ref.gradient and not notation.has_own_letter(ref):
            cost = notation.cost_of(ref)
            yield _glyph(notation.symbol(cost)), _kind(cost, notation)
            yield _own_glyph(ref.of(), notation), _kind(ref.of(), notation)
        else:
            yield _own_glyph(ref, notation), _kind(ref, notation)
        yield from ((c, "unit") for i in _unit_index(ref, notation) for c in letters_of(i))
        yield from ((c, "sample") for c in letters_of(ref.sample))
        yield from ((c, "sample") for s in drawn(ref, notation) for c in _samples(s, ref, notation))
    match tree:
        case Name(name, _):
            yield name, _of_name(name, notation)
        case Constant(name) if name not in ("R", "ones"):
            yield name, f"the constant {name}"
        case Call("exp", _) if notation.facts.layered or not notation.facts.known:
            yield "e", "the constant e"
        case Call(function, _) | Derivative(function, _, _) if function != "loss":
            letter = notation.activation(function)
            if letter == notation.loss_function.letter:
                yield letter, "the cost"
            elif letter != function or len(letter) == 1:
                yield letter, f"the function {_function(function, notation)}"
        case BigSum(index, count, body):
            inside = {
                c for n in walk(body) for r in refs_of(n) for c in _sample_letters(r, notation)
            }
            if COST_OF_WEIGHTS in walk(body):
                inside.add(notation.sample_letter)
            yield index, "sample" if index in inside else "unit"
            width = None if isinstance(count, int) else notation.units_in(count)
            if width is not None:
                yield width.letter, "how many units"
    for child in children(tree):
        yield from _meanings(child, notation)


def _function(name: str, notation: Notation) -> str:
    """Return which function is meant; any unit's activation is the one that all layers have."""
    own = {*notation.facts.activations} - {"", "identity"}
    if name != "activation" or len(own) != 1:
        return name
    (only,) = own
    return notation.activation_letter if only == notation.facts.activation else only


def _sample_letters(ref: Ref, notation: Notation) -> set[str]:
    implied = (_samples(symbol, ref, notation) for symbol in drawn(ref, notation))
    return set(letters_of(ref.sample)).union(*implied)


def _unit_index(ref: Ref, notation: Notation) -> tuple[Index, ...]:
    """Return the indices that a quantity is written with."""
    return notation.unit_index(ref)


def _of_symbol(symbol: Symbol, notation: Notation) -> Iterator[tuple[str, str]]:
    """Yield the letters of general layers among a symbol's marks."""
    layer = notation.letters.get("layer", "l")
    layers = notation.letters.get("layers", "L")
    for mark in symbol.sup:
        for letter in LETTER.findall(str(mark)):
            if letter in (layer, layers):
                yield letter, "layer" if letter == layer else "layers"


def _glyph(symbol: Symbol) -> str:
    """Return a symbol's letter with what belongs to it: dW, ŷ, E_total."""
    accent = f"{symbol.accent} " if symbol.accent else ""
    return symbol.prefix + accent + symbol.letter


def _own_glyph(ref: Ref, notation: Notation) -> str:
    """Return a quantity's letter; that of memory with what is raised beside it: W^hh is no W^xh."""
    role = "delta" if ref.gradient else ""
    above = notation.remembered(ref, role).partition("^")[2]
    if letters_of(ref.layer) and notation.facts.remembers and notation.memory:
        above = "l"  # a general layer keeps its number, which a layer with a letter has not
    return _glyph(notation.symbol(ref)) + (f"^{above}" if above else "")


def _kind(ref: Ref, notation: Notation) -> str:
    """Return what a quantity is, as far as one letter may say it."""
    if not notation.facts.layered:
        family = re.fullmatch(r"([A-Za-z]+)[0-9]+", ref.part.strip("_"))
        return f"the names {family[1]}₁ …" if family is not None else f"the name {ref.part}"
    if ref.gradient and notation.has_own_letter(ref):
        return f"the gradient of {_kind(ref.of(), notation)}"
    if ref.part == "cost" and notation.facts.single and notation.facts.penalized:
        return "a quantity data_loss"  # the cost of the one sample, to which penalties are added
    if ref.part in ("loss", "cost"):
        return "the cost"
    if ref.part == WIDTH:
        return "how many units"
    if ref.part in ("W", "b") and notation.bias_is_weight_zero:
        return "a parameter"
    if ref.part in ("a", "x") and notation.input_is_activation:
        return "an activation"
    if ref.part in ("z", "a", ABOVE) and notation.symbol(ref).letter == notation.letters.get(ABOVE):
        return "the output of a layer below"
    if ref.part == "h" and notation.letters.get("h") == notation.letters["a"]:
        return "a quantity a"  # the state of a cell is its activation, and is called so
    is_input = ref.part == "a" and notation.symbol(ref).letter == notation.letters["x"]
    return f"a quantity {'x' if is_input else ref.part}"


def _of_name(name: str, notation: Notation) -> str:
    """Return what stands in equations without being a quantity."""
    kinds = {"layer": "l", "layers": "L", "samples": "N", "rate": "eta"}
    found = (kind for kind, own in kinds.items() if notation.letters.get(kind, own) == name)
    return next(found, f"the sign {name}")


def unlike(document: Document, notation: Notation) -> Iterator[str]:
    """Two different quantities are not written alike."""
    seen: dict[tuple[object, ...], Ref] = {}
    for tree in trees(document):
        for node in walk(tree):
            for ref in refs_of(node):
                if letters_of(ref.layer):
                    continue
                for symbol in drawn(ref, notation)[-1:]:
                    head, _, tail = symbol.letter.partition("_")
                    key = (
                        *(symbol.prefix, symbol.accent, head, symbol.argument, symbol.raised()),
                        *(tail + symbol.lowered(), ref.gradient, ref.part in _COSTS),
                    )
                    before = seen.setdefault(key, ref)
                    if not _same(before, ref, notation):
                        yield f"{before} and {ref} are both {_text_of(symbol)}"


_COSTS = ("loss", "cost", "data_loss")


def _same(one: Ref, other: Ref, notation: Notation) -> bool:
    """Return whether two refs are the same quantity, by one name or another."""
    return _settled(one, notation) == _settled(other, notation)


def _settled(ref: Ref, notation: Notation) -> tuple[object, ...]:
    facts, part, layer = notation.facts, ref.part, ref.layer
    if not facts.layered:
        return (part, ref.index, ref.sample, ref.gradient)
    whole = "data_loss" if facts.single and facts.penalized else "loss"
    part = "z" if part == ABOVE else whole if part == "cost" else part
    if part == "a" and layer == 0:
        part, layer = "x", None
    index = tuple(notation.unit_index(ref))
    if part == "a" and layer in (facts.count, "L") and facts.is_linear_output:
        part = "z"
    layer = None if notation.drops_numbers or isinstance(layer, str) else layer
    sample = None if part == "loss" else ref.sample
    return (part, "last" if layer == facts.count else layer, index, sample, ref.gradient)


def _text_of(symbol: Symbol) -> str:
    return f"{_glyph(symbol)}^{symbol.raised()}_{symbol.lowered()}"


def same_names(document: Document, notation: Notation) -> Iterator[str]:
    """A symbol and the plain name beside it name the same entry, in the order the file has it.

    A notation that turns a weight's indices (input first) says so by its symbols in both layouts.
    """
    facts = notation.facts
    turned = notation.weight_index == "from-to" and facts.layered and not facts.in_out
    for chain in chains(document):
        match = re.fullmatch(r"(?:d\()?d?W\d+\)?\[(\d+),(\d+)\]", chain.name)
        first = chain.forms[0]
        if match is None or not isinstance(first, Quantity) or notation.units is not None:
            continue
        named = (int(match[1]), int(match[2]))
        marks = re.findall(r"\d+", ",".join(map(str, drawn(first.ref, notation)[-1].sub)))
        written = tuple(map(int, marks))
        if len(written) == 2 and written != (named[::-1] if turned else named):
            yield f"{chain.name} beside {written}"


def same_layers(document: Document, notation: Notation) -> Iterator[str]:
    """Headings, sentences and tables number layers as the formulas under and beside them do.

    What explains a plain name in a table has the file's number, as the name itself.
    """
    facts = notation.facts
    if not facts.layered or not facts.known:
        return
    layers = {notation.layer_number(layer): layer for layer in range(1, facts.count + 1)}
    for part in parts(document):
        match part:
            case Section(_, title, blocks):
                said = _said(title)
                under = {layer for block in blocks for layer in _targets(block)}
                if said and under and {layers.get(number) for number in said} != under:
                    yield f"heading {said} over layers {under}"
            case Paragraph(line) | Note(line):
                if not set(_said(line)) <= set(layers):
                    yield f"layers {_said(line)} in a sentence"
            case Table(columns, rows) if columns and columns[0].heading == (Text("layer"),):
                for row in rows:
                    first, *others = (_words(cell) for cell in row)
                    named = {int(n) for cell in others for n in _NAMED.findall(cell)}
                    said = [int(n) for n in re.findall(r"^\d+", first)]
                    if said and named and {layers.get(number) for number in said} != named:
                        yield f"row {said} of layers {named}"


_NAMED = re.compile(r"\b[zWb](\d+)\b")


def _words(part: Any) -> str:
    return part.text if isinstance(part, Text | Code) else ""


def _said(line: tuple[Any, ...]) -> list[int]:
    """Return the numbers of layers that a line says."""
    words = "".join(map(_words, line))
    return [int(number) for number in re.findall(r"\b[Ll]ayers? (\d+)", words)]


def _targets(block: Any) -> set[int]:
    """Return the layers, by the file's numbers, that equations are about."""
    firsts = [chain.forms[0] for chain in block.chains] if isinstance(block, Equations) else []
    refs = [ref for form in firsts if isinstance(form, Quantity) for ref in refs_of(form)]
    return {ref.layer for ref in refs if isinstance(ref.layer, int) and ref.part in "zaWb"}


def short_left(document: Document, notation: Notation) -> Iterator[str]:
    """Yield equations with a formula on the left: a name stands there, or a derivative."""
    for chain in chains_of(document):
        if sum(1 for _ in walk(chain.forms[0])) > _LEFT:
            yield f"a left side is long: {chain.forms[0]}"


_LEFT = 16
"""How many nodes a left side may have: ∂(½(a − y)²)/∂a has eleven."""


RULES: tuple[Rule, ...] = (
    short_left,
    same_letters,
    bound_in_body,
    stated_letters,
    one_order,
    one_meaning,
    unlike,
    same_names,
    same_layers,
)


def faults(document: Document, notation: Notation) -> list[tuple[str, str]]:
    """Return every fault of a document, with the rule that it breaks."""
    return [(rule.__name__, fault) for rule in RULES for fault in rule(document, notation)]

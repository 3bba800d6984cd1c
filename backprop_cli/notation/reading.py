"""The key ``notation``: a profile's name, or a mapping that starts from one and overrides it."""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from ..expression.refs import plain_name
from ..problems import Place, Report
from ..spec.nodes import Mapping, Scalar, Sequence, YamlNode
from ..spec.profile import Indices, Profile
from ..spec.reading import Key, Reader, did_you_mean, kind, mapping_schema, read_keys, word
from . import profile, profile_names
from .clashes import first_clash
from .from_file import is_file, meant, profile_beside
from .letters import GREEK, LETTER, SPELLED

PARTS = (
    *("x", "y", "z", "a", "W", "b", "delta", "output", "loss", "cost", "loss_terms"),
    *("data_loss", "penalty", "rate", "sample", "samples", "layer", "layers", "width", "step"),
)
"""The quantities that a notation has letters for."""
OPTIONAL = ("delta", "output")
"""Those that may have no letter of their own."""
FACTORS = ("number", "slope", "gradient", "W", "delta", "loss_terms", "a", "x", "sum")
NONE = "none"
COUNTING = ("sample", "layer", "step")
"""Those of them that stand as an index: one sign, beside others, without a gap."""


def _read_letter(node: YamlNode, what: str, report: Report) -> str | None:
    text = node.text if isinstance(node, Scalar) else ""
    text = SPELLED.get(text, text)
    if text and len(text) <= 20 and text.isascii() and re.fullmatch(LETTER, text):
        return text
    cure = "such as z, delta, hat y, net, E_total or J(theta)"
    report.say(f"{what}: a letter or a word is expected, not {kind(node)}", node.place, cure)
    return None


def _read_counting(node: YamlNode, what: str, report: Report) -> str | None:
    text = _read_letter(node, what, report)
    return None if text is None else GREEK.get(text, text)


def _read_optional(node: YamlNode, what: str, report: Report) -> str | None:
    return NONE if _text(node) == NONE else _read_letter(node, what, report)


def _read_index(node: YamlNode, what: str, report: Report) -> str | None:
    text = _text(node)
    if len(text) == 1 and text.isascii() and text.islower():
        return text
    report.say(f"{what}: one small letter is expected, not {kind(node)}", node.place, "such as j")
    return None


def _read_factors(node: YamlNode, what: str, report: Report) -> tuple[str, ...] | None:
    items = node.items if isinstance(node, Sequence) else ()
    if not items:
        cure = "such as [W, delta, a]"
        report.say(f"{what}: a list is expected, not {kind(node)}", node.place, cure)
        return None
    one = word(*FACTORS)
    read = [one.read(item, what, report) for item in items]
    if None in read:
        return None
    return tuple(dict.fromkeys(text for text in read if text is not None))


def _text(node: YamlNode) -> str:
    return node.text if isinstance(node, Scalar) else ""


_LETTER = Reader(_read_letter, {"type": "string"})
_OPTIONAL = Reader(_read_optional, {"type": "string"})
_INDEX = Reader(_read_index, {"type": "string", "maxLength": 1})
_COUNTING = Reader(_read_counting, {"type": "string"})
_SWITCH = word("true", "false")
_ALSO = {
    "loss": ("c", "j", "e", "error"),
    "delta": ("δ", "d", "error_signal"),
    "rate": ("eta", "η", "alpha", "α", "lr", "learning_rate"),
    "y": ("t", "target"),
    "output": ("ŷ", "yhat", "y_hat", "o"),
    "a": ("h", "activation"),
    "z": ("net", "u"),
    "sample": ("n", "m", "batch"),
    "step": ("time",),
    "W": ("weight", "weights", "θ", "theta"),
    "b": ("bias", "β"),
    "x": ("input",),
}
"""What others call a quantity whose letter they give."""
_LETTERS = {
    part: Key(
        _OPTIONAL if part in OPTIONAL else _COUNTING if part in COUNTING else _LETTER,
        f"the letter of {part}",
        also=_ALSO.get(part, ()),
    )
    for part in PARTS
}
_INDICES = {
    "own": Key(_INDEX, "counts the units of the equation's own layer"),
    "below": Key(_INDEX, "those of the layer below"),
    "above": Key(_INDEX, "those of the layer above"),
    "summed": Key(_INDEX, "those of the layer below under a sum"),
    "output": Key(_INDEX, "the output's, wherever they stand"),
    "input": Key(_INDEX, "the input's, wherever they stand"),
}


def _reader(keys: dict[str, Key]) -> Reader[dict[str, str]]:
    """Return the reader of a mapping with these keys."""

    def read(node: YamlNode, what: str, report: Report) -> dict[str, str] | None:
        if not isinstance(node, Mapping):
            cure = f"such as {{{next(iter(keys))}: …}}"
            report.say(f"{what}: a mapping is expected, not {kind(node)}", node.place, cure)
            return None
        values = read_keys(node, keys, what, report)
        return None if None in values.values() else values

    return Reader(read, mapping_schema(keys))


def notation_keys() -> dict[str, Key]:
    """Return the keys of a user's own notation."""
    from ..mathematics.activations import ACTIVATIONS

    names = {name: Key(_LETTER, f"the letter of {name}") for name in (*ACTIVATIONS, "softmax")}
    return {
        "base": Key(word(*profile_names()), "the profile that it starts from (default: standard)"),
        "letters": Key(_reader(_LETTERS), "quantity: letter"),
        "entries": Key(_reader(_LETTERS), "quantity: letter of its entries, such as W: w"),
        "activation": Key(_OPTIONAL, "the letter of the activation in general equations, or none"),
        "activations": Key(_reader(names), "activation: letter"),
        "indices": Key(_reader(_INDICES), "the index letters"),
        "weight_index": Key(word("to-from", "from-to"), "w_jk: to unit j from k; or from j to k"),
        "layer_place": Key(
            word("superscript", "brackets", "parentheses", "beside", "none"),
            "where a layer's number stands: z^1, z^[1], z^(1), z1 or nowhere",
        ),
        "first_layer": Key(word("0", "1"), "the number of the input"),
        "vectors": Key(word("column", "row"), "whether a layer is a column or a row"),
        "gradients": Key(word("partial", "d"), "∂C/∂W, or dW"),
        "delta_sign": Key(word("1", "-1"), "1 where δ is ∂C/∂z, -1 where it is −∂C/∂z"),
        "difference": Key(word("a - y", "-(y - a)"), "how a − y is written"),
        "square": Key(word("a - y", "y - a"), "which of them is squared"),
        "definition": Key(word("=", "≡", ":="), "what stands where a formula says what z or a is"),
        "delta_definition": Key(
            word("=", "≡", ":="), "what stands between δ and the derivative that it is"
        ),
        "factors": Key(
            Reader(_read_factors, {"type": "array", "items": {"enum": list(FACTORS)}}),
            "the order of the factors of a product",
        ),
        "sample_place": Key(word("superscript", "subscript"), "where a sample's number stands"),
        "time_place": Key(
            word("subscript", "angles", "parentheses"),
            "where a step in time stands: below, or above as in a^⟨t⟩ or h^(t)",
        ),
        "drop_lone": Key(_SWITCH, "whether a lone neuron is written without layer and unit"),
        "input_is_activation": Key(_SWITCH, "whether the input is the first layer's activation"),
        "bias_first": Key(_SWITCH, "whether a bias stands before the weighted sum"),
        "commas": Key(_SWITCH, "whether indices are kept apart by commas"),
    }


def read_notation(node: YamlNode, what: str, report: Report) -> Profile | None:
    """Return the profile that a file asks for; report an unknown name, key or value, or a clash."""
    if not isinstance(node, Mapping):
        return _named(node, what, report)
    before = len(report.problems)
    values = read_keys(node, notation_keys(), what, report)
    if len(report.problems) > before:
        return None
    own = _overridden(profile(values.pop("base", "standard")), values)
    clash = first_clash(own)
    if clash is None:
        return own
    first, second = (plain_name(ref) for ref in clash)
    message = f"{what}: {first} and {second} would be written alike"
    report.say(message, _blamed(node, clash[0].part, clash[1].part), "give one another letter")
    return None


def _named(node: YamlNode, what: str, report: Report) -> Profile | None:
    names, text = profile_names(), _text(node)
    if text in names:
        return profile(text)
    if isinstance(node, Scalar) and is_file(text):
        return profile_beside(node, what, report)
    spelled = text.replace("_", "-").lower()
    mended = did_you_mean(spelled) if spelled in names else meant(text)
    report.say(f"{what}: there is no notation {kind(node)}", node.place, mended)
    return None


def _overridden(base: Profile, values: dict[str, Any]) -> Profile:
    """Return the base with the file's fields put in."""
    changes: dict[str, Any] = dict(values)
    letters, entries = dict(base.letters), dict(base.entries)
    own = changes.pop("letters", {})
    for part, letter in (_following(base, own) | own).items():
        letters.pop(part, None) if letter == NONE else letters.update({part: letter})
        entries.pop(part, None)
    entries |= changes.pop("entries", {})
    changes |= {"letters": letters, "entries": entries, "name": "own"}
    changes["activations"] = base.activations | changes.pop("activations", {})
    if "activation" in changes:
        letter = changes.pop("activation")
        changes["general_activation"] = "" if letter == NONE else letter
        if letter != NONE:
            changes["activations"] |= {"activation": letter}
    if "indices" in changes:
        start = structs.replace(base.indices or Indices(), ascending=())
        changes["indices"] = structs.replace(start, **changes["indices"])
    for number in ("first_layer", "delta_sign"):
        if number in changes:
            changes[number] = int(changes[number])
    for switch in ("drop_lone", "input_is_activation", "bias_first", "commas"):
        if switch in changes:
            changes[switch] = changes[switch] == "true"
    if "sample_place" in changes:
        changes["cost_sample_place"] = changes["sample_place"]
    return structs.replace(base, **changes)


def _following(base: Profile, own: dict[str, str]) -> dict[str, str]:
    """Return the letters of the base that change with those that a reader gives.

    The cost of a sample goes by the loss's letter where it did, and so does C_0; the loss's terms,
    and the target, give way to another quantity that has their letter now.
    """
    found: dict[str, str] = {}
    before, loss = base.letters.get("loss"), own.get("loss")
    if before is not None and loss is not None:
        named = {part: base.letters.get(part, "") for part in ("cost", "data_loss")}
        found |= {part: loss for part, letter in named.items() if letter == before}
        alone = loss.partition("(")[0]
        found |= {p: f"{alone}_0" for p, letter in named.items() if letter == f"{before}_0"}
    taken = set(own.values())
    others = {"loss_terms": "ell", "y": "t"}
    found |= {p: o for p, o in others.items() if base.letters.get(p) in taken and o not in taken}
    return found


def _blamed(node: Mapping, *parts: str) -> Place:
    """Return the place of the last letter that was given to one of the parts."""
    place = node.place
    for name, value in node.pairs:
        if name.text in ("letters", "entries") and isinstance(value, Mapping):
            wanted = [inner.place for key, inner in value.pairs if key.text in parts]
            place = wanted[-1] if wanted else place
    return place


def notation_schema() -> dict[str, Any]:
    """Return the JSON Schema of the key."""
    in_file = {"type": "string", "pattern": r"\.[yY][aA]?[mM][lL]$"}
    names = {"enum": list(profile_names())}
    return {"anyOf": [names, in_file, mapping_schema(notation_keys())]}

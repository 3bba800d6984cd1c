"""Which of the numbered equations a layer's derivation follows, said where it begins."""

from __future__ import annotations

from msgspec import structs

from ..expression.refs import Ref
from ..expression.tree import Expr, Partial, Quantity
from ..worked.document import Block, Chain, Cited, Equations, Paragraph, Section, with_layers
from .deriver import Deriver
from .general import EVERY


def citing(worked: list[Section], before: list[Block], deriver: Deriver) -> list[Section]:
    """Return the sections, a layer's naming the equations stated ``before`` that it follows."""
    stated = [chain for section in before for chain in _chains(section) if chain.name.isdigit()]
    return [_cited(section, stated, deriver) for section in worked] if stated else worked


def _cited(section: Section, stated: list[Chain], deriver: Deriver) -> Section:
    refs = [ref for chain in _chains(section) if (ref := _about(chain.forms[0])) is not None]
    layers = {ref.layer for ref in refs}
    (layer,) = layers if len(layers) == 1 else (None,)
    if not isinstance(layer, int):
        return section
    followed = [c.name for c in stated if any(_follows(ref, c, deriver) for ref in refs)]
    if not followed:
        return section
    *others, last = map(Cited, followed)
    between = [piece for other in others for piece in (", ", other)][1:]
    many = ("by equations ", *between, " and ", last) if others else ("by equation ", last)
    in_a_row = int(followed[-1]) - int(followed[0]) == len(others)
    if len(others) > 2 and in_a_row:
        many = ("by equations ", others[0], " to ", last)
    said = with_layers((*many, ", for layer ", layer))
    line = Paragraph((structs.replace(said, cites=tuple(followed)),))
    return structs.replace(section, blocks=(line, *section.blocks))


def _follows(ref: Ref, stated: Chain, deriver: Deriver) -> bool:
    """Return whether an equation is of the same quantity: of the last layer's, or of others."""
    general = _about(stated.forms[0])
    if general is None or general.part != ref.part:
        return False
    if deriver.is_parameter(ref) or stated.ranges == EVERY:
        return True
    return (general.layer == "L") == (ref.layer == deriver.last.index)


def _chains(block: Block) -> list[Chain]:
    if isinstance(block, Section):
        return [chain for inner in block.blocks for chain in _chains(inner)]
    return list(block.chains) if isinstance(block, Equations) else []


def _about(form: Expr) -> Ref | None:
    """Return what a gradient is by, where the form is one of the loss or of a sample's cost."""
    match form:
        case Quantity(ref) if ref.gradient:
            return ref
        case Partial(of, wrt) if of.layer is None:
            return wrt
    return None

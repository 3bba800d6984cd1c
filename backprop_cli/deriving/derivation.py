"""What is asked of a network, derived: what the command and the Python function share."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from ..expression.refs import Ref, plain_name
from ..graph.as_graph import weights_as_nodes
from ..graph.records import Graph
from ..passes.run import run
from ..printing.mathematics import MathPrinter
from ..problems import nearest, refuse
from ..worked.document import Document
from ..worked.entry_steps import is_large
from ..worked.trace.options import conventions, view_of
from ..worked.view import View
from . import Style, styles
from .derive_document import derive_document, plain_steps
from .graphs import Mode, modes
from .graphs.expanding import check_closed_form
from .graphs.graph_document import SEEN_AS_GRAPH, derived

REVERSE = (None, "reverse")


class Asked(Struct, frozen=True):
    """What is to be derived, and how; the words of the command line."""

    wrt: tuple[str, ...] = ()
    style: str = "leibniz"
    mode: str | None = None
    numbers: bool = False
    expand: bool = False
    sample: int | None = None
    exact: bool = False
    round_forward: int | None = None
    round_backward: int | None = None
    full: bool = False
    why: bool = False
    induction: bool = False
    pairs: bool = False


class Derived(Struct, frozen=True):
    """A derivation: the graph it went through, its document, and plain data for JSON.

    ``head`` says how it was derived, ``data`` what a mode found beside its equations.
    """

    graph: Graph
    document: Document
    head: dict[str, Any]
    data: dict[str, Any] = {}

    def plain(self, latex: MathPrinter, text: MathPrinter) -> dict[str, Any]:
        """Return it as plain data: a step a chain, each form as LaTeX and as text."""
        return {
            "format": "backprop-derive",
            "version": 1,
            "name": self.graph.name,
            **self.head,
            "loss_function": self.graph.loss_name or None,
            "steps": plain_steps(self.graph, self.document, latex, text),
            **self.data,
        }


def derivation(network: Graph, asked: Asked, *, whole: bool = False) -> Derived:
    """Return the derivation of the named gradients, with its reasons where they are asked for."""
    derived = _derivation(network, asked, whole)
    if not asked.why:
        return derived
    from ..worked.why import with_reasons

    return structs.replace(derived, document=with_reasons(derived.document, derived.graph))


def _derivation(network: Graph, asked: Asked, whole: bool) -> Derived:
    """Return the derivation of the named gradients, of none: the whole backward pass.

    With a mode other than reverse a network is derived as its computation graph. ``whole`` leaves
    nothing out that is not too large to read. Raises Refusal for what does not exist, or does not
    go together.
    """
    layered = network.layered
    style, mode = check(asked, layered=layered)
    through = not layered or asked.mode not in REVERSE
    graph = weights_as_nodes(network) if through and layered else network
    notes: tuple[str, ...] = (SEEN_AS_GRAPH,) if graph is not network else ()
    wanted = view_of(graph, wrt=asked.wrt, sample=asked.sample).wrt
    if graph.loss is None:
        cure = "add 'loss: half_squared_error'"
        raise refuse("the network has no loss", None, cure, graph.source)
    sample = _sample_of(graph, wanted, asked.sample)
    rounded = (asked.round_forward, asked.round_backward)
    trace = None
    if asked.numbers:
        forward, backward = rounded
        trace = run(
            graph,
            exact=asked.exact,
            round_forward=forward,
            round_backward=backward,
            asked=wanted,
        )
    notes += conventions((), *rounded, graph)
    large = is_large(graph)
    depth = 0 if wanted or whole else len(graph.layers)
    view = View(full=asked.full or (whole and not large), large=large, depth=depth)
    head = {"style": style.name}
    if asked.expand:
        from .expand import expand_document

        if not graph.layered:
            check_closed_form(graph)
        return Derived(graph, expand_document(graph, wanted), head)
    if not through:
        document = derive_document(
            graph,
            trace,
            style,
            wanted,
            view,
            sample=sample,
            conventions=notes,
            induction=asked.induction,
            pairs=asked.pairs,
        )
        return Derived(graph, document, head)
    document, data = derived(graph, trace, mode, wanted, view, notes)
    return Derived(graph, document, {"mode": mode.name}, data)


def check(asked: Asked, *, layered: bool) -> tuple[Style, Mode]:
    """Return the style and the mode; raise Refusal for what does not exist or go together."""
    if asked.style not in styles():
        message = f"--style: there is no style '{asked.style}'"
        raise refuse(message, None, nearest(asked.style, styles()))
    if asked.mode is not None and asked.mode not in modes():
        message = f"--mode: there is no mode '{asked.mode}'"
        raise refuse(message, None, nearest(asked.mode, modes()))
    _check_roundings(asked)
    rounded = asked.round_forward is not None or asked.round_backward is not None
    if not asked.numbers and (asked.exact or rounded or asked.sample is not None):
        raise refuse("roundings, --exact and --sample need numbers", None, "add --numbers")
    if asked.expand:
        _check_expand(asked)
    if asked.induction:
        _check_induction(asked, layered=layered)
    if asked.pairs and (asked.expand or not layered or asked.mode not in REVERSE):
        message = "--pairs adds up over steps what the chain rule of a layer gives"
        raise refuse(message, None, "leave it out, or --expand and --mode; a graph has no steps")
    if asked.style != "leibniz" and not (layered and asked.mode in REVERSE):
        what = f"--mode {asked.mode}" if asked.mode not in REVERSE else "a computation graph"
        message = f"--style {asked.style}: {what} is derived node by node, which has no styles"
        raise refuse(message, None, "leave --style out; --mode is reverse, forward or paths")
    return styles()[asked.style], modes()[asked.mode or "reverse"]


def _check_induction(asked: Asked, *, layered: bool) -> None:
    """Refuse ``--induction`` where no equations of a general layer are stated."""
    if asked.wrt:
        message = "--induction orders the equations of a general layer, and --wrt derives one thing"
        raise refuse(message, None, "leave one of them out")
    if asked.expand:
        return  # which asks for --wrt
    if not layered or asked.mode not in REVERSE:
        what = f"--mode {asked.mode}" if asked.mode not in REVERSE else "a computation graph"
        message = f"--induction goes from layer to layer, and {what} is derived node by node"
        raise refuse(message, None, "leave --induction out")
    if asked.style == "algorithm":
        message = "--induction: the algorithm's three phases are no equations to prove"
        raise refuse(message, None, "take another style, such as leibniz or index")


def _check_roundings(asked: Asked) -> None:
    """Refuse roundings of what a mode does not compute: gradients, and in dual numbers values."""
    rounded = "--round-backward" if asked.round_backward is not None else ""
    if asked.round_forward is not None and asked.mode == "forward":
        rounded = "--round-forward"
    if asked.mode in REVERSE or not rounded:
        return
    what = "unrounded dual numbers" if asked.mode == "forward" else "no gradient but the last"
    message = f"{rounded}: --mode {asked.mode} computes with {what}"
    raise refuse(message, None, f"leave {rounded} out, or use --mode reverse")


def _check_expand(asked: Asked) -> None:
    """Refuse what does not go with ``--expand``, and ``--expand`` of nothing in particular."""
    if asked.mode not in REVERSE:
        message = f"--expand writes a gradient out, and --mode {asked.mode} derives it node by node"
        raise refuse(message, None, "leave one of them out")
    if asked.why:
        message = "--why explains steps, and --expand says only what comes out"
        raise refuse(message, None, "leave one of them out")
    if asked.numbers:
        cure = "leave --numbers out, or --expand"
        raise refuse("--expand is in symbols, without numbers", None, cure)
    if not asked.wrt:
        raise refuse("--expand needs a gradient", None, "name one: --wrt W1[1,1]")


def _sample_of(graph: Graph, wanted: tuple[Ref, ...], sample: int | None) -> int | None:
    """Return the one sample that ``--sample`` or the names (``delta1[2,1]``) ask for.

    Raises Refusal where they ask for several, or for what has no derivation.
    """
    terms = graph.words.terms
    for ref in wanted:
        if not ref.gradient or (ref.part in terms and graph.number(ref) == graph.loss):
            message = f"--wrt {plain_name(ref)}: the loss is what is differentiated"
            raise refuse(message, None, "ask for a parameter, a z, an a or x")
    found = {int(ref.sample) for ref in wanted if ref.sample is not None}
    found |= {sample} if sample is not None else set()
    if len(found) > 1:
        names = " and ".join(map(str, sorted(found)))
        raise refuse(f"samples {names} at once", None, "derive one sample at a time")
    return found.pop() if found else None

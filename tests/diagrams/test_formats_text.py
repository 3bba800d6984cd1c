"""DOT, Mermaid and TikZ: what their own programs make of them, where these are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec import structs

from backprop_cli.diagrams.formats import Pen, named
from backprop_cli.diagrams.formats._labels import names_of
from backprop_cli.diagrams.plots import activation_plot, named_activation
from backprop_cli.diagrams.scene import Drawable, Scene
from backprop_cli.notation import profile
from backprop_cli.notation.bound import bound
from backprop_cli.printing.page import Page
from backprop_cli.printing.settings import Settings
from backprop_cli.worked.document import Text

from ..commands.running import run
from ..render.hostile import WORDS
from ..render.latex_check import check
from .pictures import CASES, GRAPHS, example, letters

DOT = shutil.which("dot")
STANDARD = bound(profile("standard"))
FEW: list[tuple[str, dict[str, Any]]] = [
    ("mazur", {}),
    ("xor_batch", {"passes": "backward", "thickness": "weight"}),
    ("softmax_relu", {"kind": "weights-as-nodes"}),
    ("residual", {"passes": "forward"}),
    ("diamond", {"local_gradients": True}),
    ("sigmoid_neuron", {"kind": "computation"}),
    ("symbolic_2443", {}),
]
"""A picture of each kind, pass and look."""


def drawn(form: str, picture: Drawable, name: str = "", *, standalone: bool = False) -> str:
    """Return a picture in one of the formats."""
    found = named(form)
    assert found is not None
    notation = letters(GRAPHS[name]) if name else STANDARD
    text = found.draw(picture, Pen(notation, Settings(), Page(standalone=standalone)))
    assert isinstance(text, str)
    return text


def hostile() -> Scene:
    """Return a picture with words that somebody chose to do harm."""
    scene = example("sigmoid_neuron")
    nodes = []
    for node, word in zip(scene.nodes, WORDS, strict=False):
        assert node.label is not None
        label = structs.replace(node.label, line=(Text(word),))
        nodes.append(structs.replace(node, label=label, title=word))
    notes = tuple(structs.replace(scene.nodes[0].above[0], line=(Text(w),)) for w in WORDS)
    title = "".join(WORDS)
    assert scene.heading is not None
    heading = structs.replace(scene.heading, line=(Text(title),))
    return structs.replace(
        scene, nodes=tuple(nodes), notes=notes, title=title, description=title, heading=heading
    )


def words_of(svg: str) -> str:
    """Return all text of a drawing."""
    return "".join(ElementTree.fromstring(svg).itertext())


# -- DOT


def read_by_graphviz(text: str, form: str = "svg") -> str:
    """Return Graphviz's own drawing; it must have nothing to complain of."""
    assert DOT is not None
    done = subprocess.run([DOT, f"-T{form}"], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), text
    return done.stdout.decode()


@pytest.mark.skipif(DOT is None, reason="Graphviz is not installed")
@pytest.mark.parametrize(("name", "wishes"), FEW, ids=[name for name, _ in FEW])
def test_graphviz_draws_every_node_and_edge(name: str, wishes: dict[str, Any]) -> None:
    scene = example(name, **wishes)
    plain = read_by_graphviz(drawn("dot", scene, name), "plain")
    kinds = re.findall(r"^(node|edge) ", plain, re.MULTILINE)
    assert kinds.count("node") == len(scene.nodes)
    assert kinds.count("edge") == len(scene.edges)


@pytest.mark.skipif(DOT is None, reason="Graphviz is not installed")
def test_graphviz_reads_hostile_words() -> None:
    scene = hostile()
    said = words_of(read_by_graphviz(drawn("dot", scene))).replace("\xa0", " ")
    assert "<script>alert(1)</script>" in said
    assert r"\input{/etc/passwd} \write18{ls} \end{document}" in said


def test_dot_has_values_and_colours() -> None:
    text = drawn("dot", example("mazur"), "mazur")
    assert 'x_1 -> a1_1 [color="#6a655c"' in text
    assert " = 4.3857·10<SUP>" in text
    assert "<I>b</I>" in text, "shared biases are said"
    backward = drawn("dot", example("mazur", passes="backward", thickness="gradient"), "mazur")
    assert backward.count("dir=back") == len(example("mazur").edges)
    assert "penwidth=4.6" in backward


# -- Mermaid


def read_by_mermaid(text: str) -> str:
    """Return Mermaid's own drawing as SVG."""
    mermaidx = pytest.importorskip("mermaidx")
    drawing: str = mermaidx.render(text).svg()
    return drawing


@pytest.mark.parametrize(("name", "wishes"), [FEW[i] for i in (0, 1, 4)])
def test_mermaid_draws_every_node_and_edge(name: str, wishes: dict[str, Any]) -> None:
    scene = example(name, **wishes)
    text = drawn("mermaid", scene, name)
    assert len(re.findall("(?m)^  .*-->", text)) == len(scene.edges)
    wanted = Counter(
        re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line)
        for label in re.findall(r'"([^"\n]*)"', text.partition("flowchart")[2])
        for line in "".join(label.split()).split("<br/>")
    )
    assert len(wanted) >= len(scene.nodes)
    said = "".join(words_of(read_by_mermaid(text)).split())
    assert not [line for line, count in wanted.items() if said.count(line) < count]


def test_mermaid_reads_hostile_words() -> None:
    svg = read_by_mermaid(drawn("mermaid", hostile()))
    assert "Syntax error" not in svg
    assert "<script>alert(1)" not in svg
    assert "<img" not in svg


def test_mermaid_escapes_what_it_could_take_for_its_own() -> None:
    text = drawn("mermaid", hostile())
    labels = re.findall(r'"([^"\n]*)"', text.partition("flowchart")[2])
    assert labels
    for label in labels:
        assert not re.search(r"[`*_|\\\[\]{}$%]", label), label
        assert not re.search(r"#(?!\d+;)|<(?!br/>)", label), label
    assert len(re.findall(r"^  acc(?:Title|Descr): .+$", text, re.MULTILINE)) == 2


def test_no_title_sets_mermaid_up() -> None:
    text = 'name: "%%{init: {x: y}}%% a"\ngraph: {o: 2}\n'
    printed = run("diagram", "-", "--format", "mermaid", stdin=text).out
    assert printed.startswith("---\ntitle: ")
    assert "%%{" not in printed


def test_mermaid_leads_backward_arrows_from_the_cost() -> None:
    text = drawn("mermaid", example("mazur", passes="backward"), "mazur")
    assert "flowchart RL" in text
    assert re.search(r"^  loss_ -->\|.*\| a2_1$", text, re.MULTILINE)
    assert "linkStyle 0 stroke:#a2401f" in text


# -- TikZ


@pytest.mark.parametrize(("name", "kind", "passes"), CASES)
def test_tikz_is_well_formed(name: str, kind: str, passes: str) -> None:
    scene = example(name, kind=kind, passes=passes)
    text = drawn("tikz", scene, name)
    check(text)
    assert text.startswith("% needs \\usepackage{amsmath,amssymb,tikz}")
    assert text.count(r"\draw[bp-") == len(scene.edges)
    body = text.partition("\n")[2].rstrip().splitlines()
    body = [line for line in body if not line.startswith(("% How it looks", "\\provide"))]
    assert body.pop(0) == r"\noindent"
    assert r"\resizebox{\ifdim\width>\linewidth" in "".join(body[:2])
    assert all(line.endswith((";", "]", "}", "%")) for line in body), body


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_sets_every_look_within_its_page(tmp_path: Path) -> None:
    found = subprocess.run(
        ["kpsewhich", "tikz.sty", "standalone.cls"], capture_output=True, text=True, check=False
    )
    if len(found.stdout.split()) < 2:
        pytest.skip("TikZ or standalone is not installed")
    pictures = [drawn("tikz", example(name, **wishes), name) for name, wishes in FEW]
    plots = (activation_plot(named_activation(n), STANDARD, Settings()) for n in ("elu", "relu"))
    pictures += [drawn("tikz", plot) for plot in plots]
    pictures.append(drawn("tikz", hostile()))
    first = drawn("tikz", example("mazur"), "mazur", standalone=True)
    opening, _, rest = first.partition(r"\begin{document}")
    assert opening.startswith(r"\documentclass[border=4pt]{standalone}")
    assert rest.rstrip().endswith(r"\end{document}")
    opening = opening.replace("border=4pt", "border=4pt,multi=minipage")
    # Each is no wider than the column that it stands in.
    column = "\\begin{minipage}{252pt}\\parindent=1em\n%s\\end{minipage}"
    placed = [column % picture for picture in pictures]
    whole = "\n".join([opening, r"\begin{document}", *placed, r"\end{document}"])
    (tmp_path / "all.tex").write_text(whole, encoding="ascii")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"({len(pictures)} pages" in done.stdout
    assert "Warning" not in done.stdout, done.stdout
    assert "Overfull" not in done.stdout, done.stdout
    assert "Missing character" not in (tmp_path / "all.log").read_text(errors="replace")


def test_tikz_draws_both_curves_of_a_plot() -> None:
    text = drawn("tikz", activation_plot(named_activation("sigmoid"), STANDARD, Settings()))
    check(text)
    curves = re.findall(r"\\draw\[bp-(forward|gradient), line width=1.6pt", text)
    assert set(curves) == {"forward", "gradient"}
    assert r"$\sigma'(z)$" in text
    assert "maximum" in text


def test_tikz_sets_lines_of_a_block_flush_left() -> None:
    plot = activation_plot(named_activation("tanh"), STANDARD, Settings())
    text = drawn("tikz", plot)
    places = re.findall(r"anchor=west\] at \((\d+(?:\.\d)?),", text)
    assert places.count("20") >= 1 + len(plot.facts)


# -- names


def test_names_are_unique_and_no_keywords() -> None:
    words = ["end", "graph", "node", "a", "a_", "x_1", "ü", "π", "o", "subgraph", "default", "A"]
    names = names_of(words)
    assert len(set(names.values())) == len(words)
    for word, name in names.items():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert name[-1] == "_" or any(c.isdigit() for c in name)
        assert name.startswith(word) or not word.isascii()

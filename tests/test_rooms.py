"""The rooms of the package: each imports from below, and no two modules import each other."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import backprop_cli

ROOMS = (
    "synonyms",
    "problems",
    "registry",
    "languages",
    "expression",
    "mathematics",
    "arithmetic",
    "functions",
    "spec",
    "graph",
    "layers",
    "passes",
    "worked",
    "notation",
    "files",
    "printing",
    "diagrams",
    "deriving",
    "render",
    "checking",
    "exercises",
    "explaining",
    "examples",
    "api",
    "commands",
    "cli",
    "__main__",
)
"""From the lowest to the highest: a module imports from its own room and from those before it."""

PACKAGE = Path(backprop_cli.__file__).parent
Imports = dict[str, set[str]]
"""Module → the modules of the package that it imports."""


def module_name(file: Path, package: Path) -> str:
    parts = (package.name, *file.relative_to(package).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def imported(statement: ast.stmt, package: str) -> Iterator[str]:
    """Yield the dotted names of what one import brings, a module's or one within it."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        above = package.split(".")
        base = above[: len(above) - statement.level + 1] if statement.level else []
        stem = ".".join([*base, *([statement.module] if statement.module else [])])
        yield from (f"{stem}.{alias.name}" for alias in statement.names)


def statements(tree: ast.Module, *, inside: bool) -> Iterator[ast.stmt]:
    """Yield a module's statements; ``inside`` its functions and classes too."""
    left: list[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.stmt):
            yield node
        if inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            left += ast.iter_child_nodes(node)


@functools.cache
def imports(package: Path, *, inside: bool) -> Imports:
    """Return who imports whom; the package itself, which is everybody's door, left out."""
    files = {module_name(file, package): file for file in package.rglob("*.py")}
    found: Imports = {name: set() for name in files}
    for name, file in files.items():
        home = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for statement in statements(ast.parse(file.read_text("utf-8")), inside=inside):
            for target in imported(statement, home):
                known = target if target in files else target.rpartition(".")[0]
                if known in files and known != name:
                    found[name].add(known)
    door = package.name
    return {
        name.removeprefix(f"{door}."): {
            target.removeprefix(f"{door}.") for target in targets - {door}
        }
        for name, targets in found.items()
        if name != door
    }


def room(module: str) -> str:
    """Return a module's room: the folder or file of the package that it is in."""
    return module.partition(".")[0]


def upward(edges: Imports) -> set[tuple[str, str]]:
    height = {name: number for number, name in enumerate(ROOMS)}
    pairs = ((module, target) for module, targets in edges.items() for target in targets)
    return {(one, other) for one, other in pairs if height[room(one)] < height[room(other)]}


def circles(edges: Imports) -> set[frozenset[str]]:
    """Return the sets of modules each of which is reached from each other one."""
    reached: dict[str, set[str]] = {}
    for start in edges:
        seen, left = set[str](), [start]
        while left:
            fresh = edges[left.pop()] - seen
            seen |= fresh
            left += fresh
        reached[start] = seen
    return {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in edges
        if module in reached[module]
    }


def test_every_room_has_its_height() -> None:
    assert {room(module) for module in imports(PACKAGE, inside=False)} == set(ROOMS)


def test_the_readme_names_the_rooms_in_their_order() -> None:
    readme = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"(?m)^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", readme)
    named = [
        name for row in table.splitlines() for name in re.findall("`(\\w+)`", row.split("|")[1])
    ]
    assert named == [name for name in ROOMS if name != "__main__"]


def test_no_module_imports_upward() -> None:
    found = upward(imports(PACKAGE, inside=True))
    assert not found


def test_no_modules_import_each_other() -> None:
    found = circles(imports(PACKAGE, inside=False))
    assert not found


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        ("from ..worked import steps", False),
        ("from ..worked.steps import Step", False),
        ("import package.worked.steps", False),
        ("if True:\n    from ..worked.steps import Step", False),
        ("def late():\n    from ..worked.steps import Step", True),
    ],
)
def test_an_import_upward_is_seen(tmp_path: Path, lines: str, inside: bool) -> None:
    package = planted(tmp_path, {"spec/reading.py": lines, "worked/steps.py": "Step = 1"})
    assert upward(imports(package, inside=True)) == {("spec.reading", "worked.steps")}
    assert bool(upward(imports(package, inside=False))) is not inside


def test_a_circle_is_seen(tmp_path: Path) -> None:
    files = {
        "graph/one.py": "from .two import B",
        "graph/two.py": "if TYPE_CHECKING:\n    from . import three",
        "graph/three.py": "from ..graph.one import A",
        "graph/apart.py": "from .one import A",
    }
    (found,) = circles(imports(planted(tmp_path, files), inside=False))
    assert found == {f"graph.{name}" for name in ("one", "two", "three")}


def planted(folder: Path, files: dict[str, str]) -> Path:
    """Return a package of these files."""
    package = folder / "package"
    for path, text in files.items():
        file = package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text, "utf-8")
    return package

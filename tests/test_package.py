"""The package: what it says of itself, what it carries, what importing it costs."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import backprop_cli

from .commands.running import EXAMPLES, ROOT

with (ROOT / "pyproject.toml").open("rb") as _file:
    PROJECT: dict[str, Any] = tomllib.load(_file)
CHANGES = ROOT / "backprop_cli" / "CHANGELOG.md"
MODULES = [m.name for m in pkgutil.walk_packages(backprop_cli.__path__, "backprop_cli.")]


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return a file's tree, which several tests walk through."""
    return ast.parse(path.read_text(encoding="utf-8"))


def test_one_version() -> None:
    """It is written once, in the package, and stands first in the list of changes."""
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"] == {"path": "backprop_cli/__init__.py"}
    assert importlib.metadata.version("backprop-cli") == backprop_cli.__version__
    versions = re.findall(r"(?m)^## (\d\S*)", CHANGES.read_text(encoding="utf-8"))
    assert versions[0] == backprop_cli.__version__


def test_every_package_that_is_imported_is_named() -> None:
    """What comes only with another package may go with its next version."""
    extras = PROJECT["project"]["optional-dependencies"]
    needed = PROJECT["project"]["dependencies"] + extras["png"] + extras["pdf"]
    named = {re.split(r"[<>=]", name)[0].lower() for name in needed}
    distributions = importlib.metadata.packages_distributions()
    imported = {
        word.partition(".")[0]
        for path in Path(backprop_cli.__file__).parent.rglob("*.py")
        for word in imports_of(path)
    }
    others = imported - set(sys.stdlib_module_names) - {"backprop_cli"}
    assert {distributions[name][0].lower().replace("_", "-") for name in others} == named


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports from outside its package."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module
            yield node.module


def test_the_classifiers_name_the_pythons() -> None:
    """Each minor version from the lowest that is required on."""
    lowest = int(PROJECT["project"]["requires-python"].removeprefix(">=3."))
    pattern = re.compile(r"Programming Language :: Python :: 3\.(\d+)")
    found = [int(m[1]) for m in map(pattern.fullmatch, PROJECT["project"]["classifiers"]) if m]
    assert found == list(range(lowest, lowest + len(found)))
    assert sys.version_info.minor in found


def test_the_command_is_the_packages_main() -> None:
    assert PROJECT["project"]["scripts"] == {"backprop": "backprop_cli.__main__:main"}
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="backprop")
    assert callable(entry.load())


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_every_module_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__doc__.rstrip().endswith((".", ":", "``"))


def types_of(folder: Path) -> dict[str, set[str]]:
    """Return what each type's name means: classes by their file, other names by what they are.

    Whether a name is private to its file does not matter: a reader knows it by the word.
    """
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name.lstrip("_"), set()).add(f"{path}:{node.lineno}")
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id.lstrip("_")
                if re.fullmatch("[A-Z][a-z]+[A-Za-z]*", name):
                    found.setdefault(name, set()).add(ast.unparse(node.value))
    return found


def test_a_types_name_means_one_thing() -> None:
    found = types_of(Path(backprop_cli.__file__).parent)
    assert {name: means for name, means in found.items() if len(means) > 1} == {}


def test_a_name_of_two_meanings_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Edge: ...\nArray = list[int]\nKind = str", "utf-8")
    (tmp_path / "two.py").write_text("class _Edge: ...\nArray = list[int]\nKind = int", "utf-8")
    found = types_of(tmp_path)
    assert {name for name, means in found.items() if len(means) > 1} == {"Edge", "Kind"}


FOUND_BY_LOOKING = {"FORMAT", "MISTAKES", "MODE", "PROFILE", "STYLE", "TYPE", "__all__", "command"}
"""What a folder's other files are asked for by name; ``__getattr__`` is Python's own."""


def unread(folder: Path) -> set[str]:
    """Return what stands at the top of a module and is read by nothing in the package."""
    read: set[tuple[str, str]] = set()
    defined: set[tuple[str, str]] = set()
    for path in folder.rglob("*.py"):
        module = path.parent.name if path.name == "__init__.py" else path.stem
        tree = parsed(path)
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                defined.add((module, statement.name))
            if isinstance(statement, ast.Assign):
                names = (target for target in statement.targets if isinstance(target, ast.Name))
                defined |= {(module, name.id) for name in names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                read.add((module, node.id))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                read.add((node.value.id, node.attr))
            if isinstance(node, ast.ImportFrom):
                home = (node.module or path.parent.name).rpartition(".")[2]
                read |= {(home, alias.name) for alias in node.names}
    return {
        f"{module}.{name}"
        for module, name in defined - read
        if name not in FOUND_BY_LOOKING and not name.startswith("__")
    }


def test_nothing_is_left_that_nobody_reads() -> None:
    """What only a test calls belongs to the tests."""
    assert unread(Path(backprop_cli.__file__).parent) == set()


def test_what_nobody_reads_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("A = 1\nB = 2\ndef c(): return B\ndef d(): ...", "utf-8")
    (tmp_path / "two.py").write_text("from . import one\nfrom .one import A\none.d()", "utf-8")
    assert unread(tmp_path) == {"one.c"}


def places_named(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files and folders that a file's prose names: ``steps.py``, ``worked/graphs/``."""
    for path in folder.rglob("*.py"):
        named = re.findall(r"``([\w/]+(?:\.py|/))``", path.read_text(encoding="utf-8"))
        yield from ((path, name) for name in named)


def test_every_file_that_prose_names_is_there() -> None:
    """From the file's own folder, or from the package's."""
    package = Path(backprop_cli.__file__).parent
    every = list(places_named(package))
    lost = [
        (path, name)
        for path, name in every
        if not (path.parent / name).exists() and not (package / name).exists()
    ]
    assert len(every) > 20
    assert not lost


@pytest.mark.parametrize("name", backprop_cli.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(backprop_cli, name).__doc__


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        backprop_cli.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys, backprop_cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=ROOT
    )
    assert not {"click", "numpy", "yaml", "msgspec", "rich", "sympy"} & set(done.stdout.split())


def test_in_python_as_on_the_command_line() -> None:
    traced = backprop_cli.trace(ROOT / "configs" / "mazur.yaml")
    assert float(traced.value("loss")) == pytest.approx(0.298371109, abs=5e-10)
    assert traced.gradient("W1").shape == (2, 2)
    assert str(traced).startswith("Mazur's step by step example\n")
    assert traced._repr_markdown_().startswith("# Mazur's step by step example\n")
    graph = backprop_cli.load(ROOT / "configs" / "mazur.yaml")
    assert str(backprop_cli.trace(graph)) == str(traced)
    with pytest.raises(Exception, match="W9"):
        traced.value("W9")


def test_every_example_is_packaged() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"configs": "backprop_cli/configs"}
    assert EXAMPLES


def test_the_wheel_carries_what_is_needed(tmp_path: Path) -> None:
    """Every file of the package, and the examples, and nothing else."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = {name for name in opened.namelist() if not name.endswith("/")}
    package = ROOT / "backprop_cli"
    kept = {path.relative_to(ROOT) for path in package.rglob("*") if path.is_file()}
    wanted = {str(path.as_posix()) for path in kept if "__pycache__" not in path.parts}
    wanted |= {f"backprop_cli/configs/{path.name}" for path in (ROOT / "configs").iterdir()}
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert {"backprop_cli/py.typed", "backprop_cli/CHANGELOG.md"} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backprop_cli", "--version"],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout == f"backprop, version {backprop_cli.__version__}\n"

"""The package: what it says of itself, what it carries, what importing it costs."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import backprop_cli

from .commands.running import EXAMPLES, ROOT

with (ROOT / "pyproject.toml").open("rb") as _file:
    PROJECT: dict[str, Any] = tomllib.load(_file)
MODULES = [m.name for m in pkgutil.walk_packages(backprop_cli.__path__, "backprop_cli.")]


def test_one_version() -> None:
    assert PROJECT["project"]["version"] == backprop_cli.__version__
    assert importlib.metadata.version("backprop-cli") == backprop_cli.__version__


def test_the_command_is_the_packages_main() -> None:
    assert PROJECT["project"]["scripts"] == {"backprop": "backprop_cli.cli:main"}
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="backprop")
    assert callable(entry.load())


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_every_module_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__doc__.rstrip().endswith((".", ":", "``"))


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


def test_the_wheel_carries_the_examples(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    assert {f"backprop_cli/configs/{name}.yaml" for name in EXAMPLES} <= names
    assert not any(name.startswith("tests") for name in names)


def test_run_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backprop_cli", "--version"],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout == f"backprop, version {backprop_cli.__version__}\n"

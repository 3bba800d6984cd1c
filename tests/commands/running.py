"""The command line run as a person runs it: in this process, or as one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from msgspec import Struct

from backprop_cli.api import load
from backprop_cli.cli import main

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
ALL = tuple(sorted(path.stem for path in CONFIGS.glob("*.yaml")))
"""Every example, by enumeration."""
LARGE = ("transformer_block",)
"""Examples made of what smaller ones show: their pages are long, and have a few tests of their own
in ``tests/layers/test_block.py``."""
EXAMPLES = tuple(name for name in ALL if name not in LARGE)
"""The examples that every page is looked at of."""
LOADED = {name: load(CONFIGS / f"{name}.yaml") for name in EXAMPLES}
NAMES = tuple(name for name, graph in LOADED.items() if not graph.symbolic)
"""Those with numbers, which ``trace`` takes."""
LAYERED = tuple(name for name in NAMES if LOADED[name].layered)
"""Those of them that are layers, not computation graphs."""


class Done(Struct, frozen=True):
    """What a run left: its exit code and what it printed."""

    code: int
    out: str
    err: str


def run(*arguments: str, stdin: str = "", width: int = 80, encoding: str = "utf-8") -> Done:
    """Run ``backprop ARGUMENTS`` in this process, printing to a pipe of that encoding."""
    streams = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(s, encoding=encoding, newline="\n") for s in streams)
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    code = 0
    with (
        mock.patch.object(sys, "argv", ["backprop", *arguments]),
        mock.patch.object(sys, "stdin", given),
        mock.patch.dict(os.environ, {"COLUMNS": str(width)}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out.flush()
        err.flush()
    return Done(code, *(stream.getvalue().decode(encoding, "replace") for stream in streams))


def printed(*arguments: str, width: int = 80, encoding: str = "utf-8") -> str:
    """Return what a run prints that must succeed, and say nothing on standard error."""
    done = run(*arguments, width=width, encoding=encoding)
    assert (done.code, done.err) == (0, "")
    return done.out


def refused(*arguments: str, stdin: str = "") -> str:
    """Return what a run says that must refuse: exit code 2, nothing on standard output."""
    done = run(*arguments, stdin=stdin)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("\n")
    assert "Traceback" not in done.err
    return done.err


def config(name: str) -> str:
    """Return an example network's path."""
    return str(CONFIGS / f"{name}.yaml")


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in the folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run_line(line: str) -> Done:
    """Run a line such as ``backprop new mazur | backprop trace - > out.txt`` here."""
    command, _, target = re.sub(r"\s{2,}.*", "", line.strip()).partition(" > ")
    done = Done(0, "", "")
    for part in command.split(" | "):
        program, *arguments = shlex.split(part)
        assert program == "backprop", line
        done = run(*arguments, stdin=done.out)
        if done.code:
            return done
    if target:
        Path(target).write_text(done.out, encoding="utf-8")
        done = Done(done.code, "", done.err)
    return done


def process(
    *arguments: str, code: int = 0, environment: dict[str, str] | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m backprop_cli ARGUMENTS`` as a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("COLUMNS", "NO_COLOR"))}
    done = subprocess.run(
        [sys.executable, "-m", "backprop_cli", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(environment or {})},
    )
    assert done.returncode == code, done.stderr
    return done

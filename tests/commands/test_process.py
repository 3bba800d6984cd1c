"""What only a process of its own shows: start, imports, encodings, closed pipes."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

import backprop_cli

from .running import EXAMPLES, NAMES, ROOT, config, process, run

LINE = f"backprop, version {backprop_cli.__version__}"


def test_version() -> None:
    assert process("--version").stdout.decode().strip() == LINE


def test_standard_input() -> None:
    text = (ROOT / "configs" / "mazur.yaml").read_bytes()
    from_stdin = process("trace", "-", stdin=text).stdout
    assert from_stdin == process("trace", config("mazur")).stdout


@functools.cache
def modules(*arguments: str) -> set[str]:
    """Return the modules that a run of the command line imports."""
    program = (
        "import sys\n"
        "from backprop_cli.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=True, cwd=ROOT
    )
    return set(done.stderr.decode().split())


def imported(*arguments: str) -> set[str]:
    """Return the top packages that a run of the command line imports."""
    return {name.partition(".")[0] for name in modules(*arguments)}


@pytest.mark.parametrize(
    ("arguments", "most"), [(["--help"], 2), (["trace", config("mazur")], 136)]
)
def test_few_of_our_modules_are_on_the_way(arguments: list[str], most: int) -> None:
    """Each costs a tenth of a millisecond or more: what another command needs is left to it."""
    ours = {name for name in modules(*arguments) if name.startswith("backprop_cli")}
    assert len(ours) <= most
    assert not {name for name in ours if ".latex" in name}


def test_help_imports_click_alone() -> None:
    found = imported("--help")
    assert "click" in found
    assert not found & {"numpy", "yaml", "rich", "sympy", "msgspec"}


@pytest.mark.parametrize("options", [[], ["--format", "md"], ["--format", "json"], ["--steps"]])
def test_a_plain_trace_imports_no_sympy(options: list[str]) -> None:
    found = imported("trace", config("mazur"), *options)
    assert "numpy" in found
    assert not found & {"sympy", "mpmath"}


def test_a_plain_trace_imports_little_of_python_itself() -> None:
    """``pathlib``, say, takes a fiftieth of a start, and files are opened without it."""
    program = "import click, msgspec, numpy, sys, yaml; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    needed = {name.partition(".")[0] for name in done.stdout.decode().split()}
    found = imported("trace", config("mazur")) - needed - {"backprop_cli"}
    seldom = {"atexit", "copy", "encodings", "fractions", "gc", "locale", "unicodedata"}
    assert {name for name in found if not name.startswith("_")} <= seldom


@pytest.mark.parametrize("option", [[], ["--format", "md"], ["--format", "json"]])
def test_what_has_no_colours_imports_no_rich(option: list[str]) -> None:
    assert "rich" not in imported("trace", config("mazur"), *option)


@pytest.mark.parametrize("steps", [["trace", config("xor_batch"), "--format", "json"], ["--help"]])
def test_a_pipe_that_nobody_reads_is_no_error(steps: list[str]) -> None:
    """As with ``backprop trace net.yaml | true``."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "backprop_cli", *steps]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT) as running:
        os.close(writing)
        _, said = running.communicate(timeout=60)
    assert said == b""
    if steps[0] == "trace":
        assert running.returncode == 0


def test_a_pipe_that_is_closed_half_way_is_no_error() -> None:
    """As with ``backprop trace net.yaml | head -1``, the rest being more than a pipe holds."""
    command = [sys.executable, "-m", "backprop_cli", "trace", config("residual"), "--full"]
    command += ["--steps", "--format", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"{\n"
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
        assert running.wait(60) == 0


@pytest.mark.parametrize("command", ["trace", "describe"])
@pytest.mark.parametrize("format_name", ["text", "markdown", "json"])
def test_ascii_where_nothing_else_can_be_printed(command: str, format_name: str) -> None:
    for name in EXAMPLES if command == "describe" else NAMES:
        done = run(command, config(name), "--format", format_name, encoding="ascii")
        assert (done.code, done.err) == (0, "")
        assert "?" not in done.out, name


def test_ascii_by_the_environment() -> None:
    done = process("trace", config("mazur"), environment={"PYTHONIOENCODING": "ascii"})
    text = done.stdout.decode("ascii")
    assert "delta2[k] = da2[k]*sigmoid'(z2[k]) = da2[k]*a2[k]*(1 - a2[k])" in text


def test_a_message_in_ascii() -> None:
    environment = {"PYTHONIOENCODING": "ascii"}
    done = process("trace", "nö.yaml", code=2, environment=environment)
    assert b"no such file" in done.stderr
    assert done.stderr.isascii()


@pytest.mark.parametrize("given", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_no_colour_in_a_pipe(given: dict[str, str]) -> None:
    assert b"\x1b" not in process("trace", config("mazur"), environment=given).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("given", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_on_a_terminal_unless_refused(given: dict[str, str]) -> None:
    import pty

    leader, follower = pty.openpty()
    usual = {"TERM": "xterm-256color", "COLUMNS": "80", "NO_COLOR": ""}
    environment = {**os.environ, **usual, **given}
    command = [sys.executable, "-m", "backprop_cli", "trace", config("sigmoid_neuron")]
    with subprocess.Popen(command, stdout=follower, cwd=ROOT, env=environment) as running:
        os.close(follower)
        shown = _read_all(leader)
        assert running.wait(60) == 0
    assert (b"\x1b[" in shown) is not bool(given)


def _read_all(descriptor: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts)


def test_the_examples_are_found_without_a_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backprop_cli", "new"]
    done = subprocess.run(
        command, capture_output=True, check=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    assert all(name.encode() in done.stdout for name in EXAMPLES)

"""The command group: finds its commands by file name and imports one only when it is called."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from . import __version__

if TYPE_CHECKING:
    from .problems import Refusal

_FOLDER = os.path.join(os.path.dirname(__file__), "commands")
_STREAMS = {"stdin": "r", "stdout": "r", "stderr": "w"}


def command_names() -> list[str]:
    """Return the commands' names: a file each under ``commands``."""
    files = os.listdir(_FOLDER)
    return sorted(name[:-3] for name in files if name.endswith(".py") and name[0] != "_")


def command_summary(name: str) -> str:
    """Return the first line of a command's docstring, without importing it."""
    with open(os.path.join(_FOLDER, f"{name}.py"), encoding="utf-8") as file:
        return file.readline().strip().strip('"').strip()


class LazyGroup(click.Group):
    """A group that lists commands without importing them and suggests the nearest to a typo."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in command_names():
            return None
        found: click.Command = import_module(f"backprop_cli.commands.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from .problems import nearest

            hint = nearest(args[0], command_names())
            if args[0].lower().endswith((".yaml", ".yml")):
                hint = f"write 'backprop trace {args[0]}' for every number of it, worked"
            raise click.UsageError(f"no command '{args[0]}': {hint}", ctx) from None

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the command line; what stops a command stops this."""
        with _stopped():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what is wrong with its line is said with what to write."""
        with _stopped():
            try:
                return super().invoke(ctx)
            except click.UsageError as error:
                from .commands._usage import usage_error

                raise usage_error(error, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their docstrings' first lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command_summary(name)) for name in command_names()])


@contextlib.contextmanager
def _stopped() -> Iterator[None]:
    """Ctrl-C ends with one line and exit code 130, as the shell's own; a closed pipe ends well."""
    try:
        yield
    except KeyboardInterrupt:
        from .problems import complain

        complain("\nbackprop: interrupted")
        sys.exit(130)
    except BrokenPipeError:
        _let_go_of_output()
        sys.exit(0)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backprop")
def group() -> None:
    """Work backpropagation by hand, on a screen: every number of a network, with its why.

    \b
    backprop new sigmoid_neuron > net.yaml     a network to begin with
    backprop trace net.yaml                    every number, worked
    """


def main() -> Any:
    """Run the command line; a Refusal is printed on standard error and exits with 2."""
    with _open_streams():
        try:
            sys.exit(group(prog_name="backprop", standalone_mode=False))
        except click.ClickException as error:
            with contextlib.suppress(OSError):  # A complaint that nobody hears stays one.
                error.show()
            sys.exit(error.exit_code)
        except OSError as error:
            said: str | Refusal = _sentence(error)
            _let_go_of_output()
        except MemoryError:
            said = "backprop: the memory is used up\n  leave something out, or give it more"
        except Exception as error:
            from .problems import Refusal  # imported only here, so that --help starts at once

            if not isinstance(error, Refusal):
                raise
            said = error
        from .problems import complain

        complain(said)
        sys.exit(2)


@contextlib.contextmanager
def _open_streams() -> Iterator[None]:
    """Put an empty file for a stream that the caller closed (``>&-``); output it does not take."""
    closed = {n: m for n, m in _STREAMS.items() if getattr(sys, n) is None}
    with contextlib.ExitStack() as opened:
        for name, mode in closed.items():
            setattr(sys, name, opened.enter_context(open(os.devnull, mode, encoding="utf-8")))
        try:
            yield
        finally:
            for name in closed:
                setattr(sys, name, None)


def _sentence(error: OSError) -> str:
    """Return what the operating system refused, of a file or of standard output."""
    from .problems import printable, shortened

    what = "standard output" if error.filename is None else shortened(str(error.filename), 200)
    return f"backprop: {printable(what)}: {(error.strerror or str(error)).lower()}"


def _let_go_of_output() -> None:
    """Throw away what standard output could not take, so that nothing tries again at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""The command group: finds its commands by file name and imports one only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from . import __version__

_FOLDER = Path(__file__).parent / "commands"


def command_names() -> list[str]:
    """Return the commands' names: a file each under ``commands``."""
    return sorted(p.stem for p in _FOLDER.glob("*.py") if not p.stem.startswith("_"))


def command_summary(name: str) -> str:
    """Return the first line of a command's docstring, without importing it."""
    with (_FOLDER / f"{name}.py").open(encoding="utf-8") as file:
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
            if Path(args[0]).suffix.lower() in (".yaml", ".yml"):
                hint = f"write 'backprop trace {args[0]}' for every number of it, worked"
            raise click.UsageError(f"no command '{args[0]}': {hint}", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C ends it with one line and exit code 130, as the shell's own."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise _unknown_option(error) from None
        except KeyboardInterrupt:
            print("\nbackprop: interrupted", file=sys.stderr)
            sys.exit(130)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their docstrings' first lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command_summary(name)) for name in command_names()])


def _unknown_option(error: click.NoSuchOption) -> click.UsageError:
    """Return the refusal of an option that a command does not have, with the one that is meant."""
    from .problems import nearest

    context = error.ctx
    if context is None:
        return error
    options = context.command.get_params(context)
    known = [name for option in options for name in option.opts if name.startswith("--")]
    hint = nearest(error.option_name, known)
    cure = hint if 0 < len(hint) < 200 else f"'{context.command_path} --help' lists them"
    return click.UsageError(f"no option '{error.option_name}': {cure}", context)


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
    try:
        return group(prog_name="backprop", standalone_mode=True)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        from .problems import Refusal  # imported only here, so that --help starts at once

        if not isinstance(error, Refusal):
            raise
        _complain(str(error))
        sys.exit(2)


def _complain(text: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=sys.stderr)

"""What is wrong with a command line, as a sentence with its cure, where click has none."""

from __future__ import annotations

import re

import click

from .. import problems
from ..synonyms.lookup import meant


def usage_error(error: click.UsageError, group: click.Context) -> click.UsageError:
    """Return the refusal of a command line, in lines that the terminal has room for."""
    context = error.ctx or group
    command = context.command
    if error.ctx is None and isinstance(command, click.Group):
        command = command.get_command(group, group.invoked_subcommand or "") or command
    said = _said(error, context, command) or error.format_message()
    said = problems.wrapped(said, problems.complaint_width(), "Error: ").removeprefix("Error: ")
    return click.UsageError(said, error.ctx)


def _said(error: click.UsageError, context: click.Context, command: click.Command) -> str:
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        return _unknown_option(error, error.ctx)
    if isinstance(error, click.BadOptionUsage) and error.option_name:
        option = _option(command, error.option_name)
        what = option.metavar if option is not None else None
        return f"{error.option_name} needs a value: write {error.option_name} {what or 'VALUE'}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = error.param.get_error_hint(context).replace("'", "")
        example = _example(command)
        return f"{name} is missing: write " + (example if "'" in example else f"'{example}'")
    if isinstance(error, click.BadParameter):
        return _no_number(error)
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message, re.DOTALL)
    if extra is None:
        return ""
    cure = f"'{context.command_path} --help' says what it takes"
    if _option(command, "--wrt") is not None:
        cure = f"write --wrt {extra[1]} to ask for it"
    if _option(command, "--like") is not None:
        shape = re.fullmatch(r"\d+(-\d+)+", extra[1])
        cure = f"write {'--shape' if shape else '--like'} {extra[1]}"
    return f"'{extra[1]}' is too much here: {cure}"


def _option(command: click.Command, flag: str) -> click.Option | None:
    own = (each for each in command.params if isinstance(each, click.Option))
    return next((each for each in own if flag in (*each.opts, *each.secondary_opts)), None)


def _example(command: click.Command) -> str:
    """Return the first example of a command's help."""
    lines = (command.help or "").partition("Examples:")[2].split("\n")
    return next((line.strip() for line in lines if line.strip()), f"backprop {command.name} --help")


def _no_number(error: click.BadParameter) -> str:
    """Return the refusal of what is no number, or none of those that may be."""
    found = re.match(r"'?(.*?)'? is not (a valid|in the range)", error.message, re.DOTALL)
    kind = error.param.type if error.param is not None else None
    if found is None or not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return ""
    what = "a whole number" if isinstance(kind, click.types.IntParamType) else "a number"
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    more = "more than" if getattr(kind, "min_open", False) else "from"
    bounds = "" if least is None else f" {more} {least:,}"
    bounds += "" if most is None else f" to {most:,}"
    flag = max(error.param.opts, key=len) if error.param is not None else ""
    return f"{flag} {found[1]}: {what}{bounds} is expected"


def option_names(command: click.Command) -> list[str]:
    """Return the long names of a command's options: --exact."""
    options = command.get_params(click.Context(command))
    return [name for option in options for name in option.opts if name.startswith("--")]


def _unknown_option(error: click.NoSuchOption, context: click.Context) -> str:
    """Return the refusal of an option that a command does not have, with the one that is meant."""
    name, known = error.option_name, option_names(context.command)
    hint = meant(name, known) or _elsewhere(name, context) or problems.nearest(name, known)
    cure = hint if 0 < len(hint) < 200 else f"'{context.command_path} --help' lists them"
    return f"no option '{name}': {cure}"


def _elsewhere(option: str, context: click.Context) -> str:
    """Return which other commands have an option, in words; or nothing."""
    root = context.find_root()
    group = root.command
    if not isinstance(group, click.Group):
        return ""
    every = {name: group.get_command(root, name) for name in group.list_commands(root)}
    owners = [name for name, each in every.items() if each and option in option_names(each)]
    if len(owners) > 1:
        return f"{problems.listed(owners)} have it"
    return f"'backprop {owners[0]}' has it" if owners else ""

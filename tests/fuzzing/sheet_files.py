"""One answer sheet's tree as a file of each format in which it may be handed in."""

from __future__ import annotations

import contextlib
import html
import io
import json
import math
import random
import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from .damaging import packed
from .outcomes import spreadsheet
from .trees import Pairs, Tree, text_of, written

Cells = list[tuple[str, str]]
"""Names with what was answered."""
ROW = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|null|true|false")


def as_json(tree: Tree) -> str:
    """Return the tree as JSON, its numbers as they are written."""
    if isinstance(tree, Pairs):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {as_json(v)}" for k, v in tree) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(as_json, tree)) + "]"
    return str(tree) if ROW.fullmatch(str(tree)) else json.dumps(str(tree), ensure_ascii=False)


def answers_in(tree: Tree) -> Pairs:
    """Return the answers of a sheet's tree, of what is no sheet any more one."""
    found = dict(tree).get("answers", tree) if isinstance(tree, Pairs) else tree
    return found if isinstance(found, Pairs) else Pairs([("z1", found)])


def _whole(tree: Tree) -> Cells:
    return [(str(name), written(value)) for name, value in answers_in(tree)]


def _entries(tree: Tree) -> Cells:
    return [pair for name, value in answers_in(tree) for pair in _apart(str(name), value, ())]


def _apart(name: str, value: Tree, at: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and not isinstance(value, Pairs):
        for i, each in enumerate(value, 1):
            yield from _apart(name, each, (*at, i))
    else:
        yield name + (f"[{','.join(map(str, at))}]" if at else ""), written(value)


def _lines(rows: list[list[str]], chance: random.Random) -> str:
    sign = chance.choice((",", ",", ";", "\t"))
    quoted = [
        sign.join(f'"{cell}"' if sign in cell or chance.random() < 0.1 else cell for cell in row)
        for row in rows
    ]
    return chance.choice(("\n", "\n", "\r\n")).join(quoted)


def _short(tree: Tree, chance: random.Random) -> list[list[str]]:
    heading = chance.choice(([], [["quantity", "answer"]], [["Name", "Ada"]], [["Frage", "Wert"]]))
    cells = chance.choice((_whole, _entries))(tree)
    return [*heading, *(list(pair) for pair in cells)]


def _long(tree: Tree, chance: random.Random) -> list[list[str]]:
    rows = [["student", "quantity", "entry", "answer"]]
    for name, value in _entries(tree):
        head, _, entry = name.partition("[")
        rows.append([chance.choice("abb"), head, entry.rstrip("]"), value])
    return rows


def _wide(tree: Tree, chance: random.Random) -> list[list[str]]:
    cells = _entries(tree)
    answers = [value for _, value in cells]
    return [["student", *(name for name, _ in cells)], ["ada", *answers], ["bob", *answers[1:]]]


def _laid_out(tree: Tree, chance: random.Random) -> list[list[str]]:
    rows = [["Name", "Ada"]] if chance.random() < 0.5 else []
    for name, value in answers_in(tree):
        table = value if isinstance(value, list) and not isinstance(value, Pairs) else [value]
        lines = [each if isinstance(each, list) else [each] for each in table]
        if chance.random() < 0.5:
            lines = [list(map(str, table))]
        lines = [[written(cell) for cell in line] for line in lines]
        below = chance.random() < 0.3
        rows += [[str(name)], *lines] if below else [[str(name), *lines[0]]] if lines else []
        rows += [] if below else [["", *line] for line in lines[1:]]
    return rows


TABLES = (_short, _long, _wide, _laid_out)


def _csv(tree: Tree, chance: random.Random) -> str:
    return _lines(chance.choice(TABLES)(tree, chance), chance)


def _notes(tree: Tree, chance: random.Random) -> str:
    cells = chance.choice((_whole, _entries))(tree)
    form = chance.choice(
        (
            "{} = {}",
            "- ${}$: {}",
            "| {} | {} |",
            "{}: {}",
            "so we have {} := {}, and",
            "**{}** \u2248 {}",
        )
    )
    if chance.random() < 0.3:
        cells = [(_in_tex(name), value) for name, value in cells]
    head = chance.choice(("", "# Ada\n", "Name: Ada\n", "student: ~\nanswers:\n"))
    return head + "\n".join(form.format(name, value) for name, value in cells)


def _in_tex(name: str) -> str:
    name = name.replace("delta", "\\delta")
    return re.sub(r"(\w)(\d)(?:\[(.*)\])?", r"\1^{(\2)}_{\3}", name)


def _page(tree: Tree, chance: random.Random) -> str:
    text = html.escape(_notes(tree, chance))
    if chance.random() < 0.5:
        return "<html><body><p>" + text.replace("\n", "</p><p>") + "</p></body></html>"
    return "<table><tr><td>" + text.replace("=", "</td><td>").replace("\n", "</tr><tr><td>")


TEXTS: dict[str, Callable[[Tree, random.Random], str]] = {
    "ada.yaml": lambda tree, _: text_of(tree),
    "ada.json": lambda tree, _: as_json(tree),
    "ada.csv": _csv,
    "ada.md": _notes,
    "ada.txt": _notes,
    "onlinetext.html": _page,
}
"""Formats that are texts, by a name of such a file."""


def _workbook(tree: Tree, chance: random.Random) -> bytes:
    rows = chance.choice(TABLES)(tree, chance)
    if chance.random() < 0.5:
        return spreadsheet(rows)
    half = chance.randint(0, len(rows))
    return spreadsheet(rows[:half], rows[half:])


UNSAVED = (ValueError, TypeError, OverflowError, RuntimeError)
KINDS_OF_NUMBERS = (*("f8",) * 8, "f4", "f4", "f2", ">f8", "i4", "c16", "U", "O")


def npz(arrays: Iterable[tuple[str, Tree]], chance: random.Random) -> bytes:
    """Return what of it is numbers as a program saves it, of any kind of number."""
    kind = chance.choice(KINDS_OF_NUMBERS)
    members = ((f"{name}.npy", npy(tree, kind)) for name, tree in arrays)
    return packed([(name, data) for name, data in members if data])


def npy(tree: Tree, kind: str = "f8") -> bytes:
    """Return one array as a program saves it; nothing where it is none."""
    stream = io.BytesIO()
    with contextlib.suppress(*UNSAVED), np.errstate(all="ignore"):
        array = np.asarray(np.array(_numbers(tree), dtype="f8"), dtype=kind)
        np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def _numbers(tree: Tree) -> Tree:
    if isinstance(tree, list):
        return [_numbers(each) for each in tree]
    with contextlib.suppress(ValueError):
        return float(tree)
    return math.nan


def _arrays(tree: Tree, chance: random.Random) -> bytes:
    program = chance.random() < 0.3
    return npz(((_in_torch(n) if program else n, v) for n, v in answers_in(tree)), chance)


def _in_torch(name: str) -> str:
    return re.sub(
        r"^d([Wb])(\d)$", lambda m: f"fc{m[2]}.{'weight' if m[1] == 'W' else 'bias'}.grad", name
    )


def _array(tree: Tree, chance: random.Random) -> bytes:
    answers = answers_in(tree)
    return npy(chance.choice(answers)[1] if answers else "1", chance.choice(KINDS_OF_NUMBERS))


BINARY: dict[str, Callable[[Tree, random.Random], bytes]] = {
    "ada.xlsx": _workbook,
    "ada.npz": _arrays,
    "dW1.npy": _array,
}
"""Formats that are not."""

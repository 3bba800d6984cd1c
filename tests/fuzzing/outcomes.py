"""What a command came to: done, a sentence, or a fault that has a kind."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import re
import resource
import signal
import string
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from unittest import mock

import numpy as np
import yaml
from msgspec import Struct, structs

from backprop_cli import problems

from ..checking.test_arrays import NS, xlsx
from ..commands.running import Done, run
from .command_lines import FOLDER, placed

SECONDS = 4
"""Processor time of one command: the ordinary ones take 0.05."""
OF_A_SHEET = 12
"""The same where a sheet's mistakes are looked for, which may take ten seconds."""
MEGABYTES = 200
COLUMNS = 80
"""Of the terminal that complaints are for."""
GIVEN = {
    "sheet.yaml": "answers: {z1: 1}\n",
    "rubric.yaml": "tolerance: 0.01\nmarks: {W1: 2}\n",
    "earlier.json": "{}",
}
"""Files that a command finds; they are not looked at afterwards."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NO_NUMBER = re.compile(r"(?<![\w.'])[-−+]?(inf|nan|infinity)(?![\w.'])", re.IGNORECASE)


T = TypeVar("T")


class TooLong(BaseException):
    """The processor time is spent."""


class Outcome(Struct, frozen=True):
    """How a command ended: its exit code, and the kind of its fault, or none."""

    code: int
    fault: str = ""
    detail: str = ""
    refused: str = ""


NOTHING: Mapping[str, str] = {}


def outcome(
    words: Sequence[str], text: str, files: Mapping[str, str] = NOTHING, seconds: float = SECONDS
) -> Outcome:
    """Run the command on the network in a folder of its own, and judge what it does."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name)
        given = {**GIVEN, "net.yaml": text, **files}
        for path, content in given.items():
            (folder / path).write_bytes(file_of(path, content.replace(FOLDER, name)))
        seconds = OF_A_SHEET if words[0] == "check" else seconds
        done = bounded(lambda: _run(placed(words, folder), text), seconds)
        if isinstance(done, Outcome):
            return done
        written = "".join(
            path.read_bytes().decode("utf-8", "replace")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in given
        )
        said = " ".join((*given.values(), *words)).lower()
        fault, detail = judged(done, written, said)
        refused = done.err if done.code == 2 else ""
        if not fault and done.code == 0 and (folder / "out.yaml").is_file():
            return _read_again(folder / "out.yaml", seconds)
        return Outcome(done.code, fault, detail, refused)


def _read_again(path: Path, seconds: float) -> Outcome:
    """Judge what is done with a network that a command has written."""
    text = path.read_text(encoding="utf-8", errors="replace")  # --format png is no text
    if not text.startswith("answers"):
        again = outcome(["step", "-", "--lr", "0.1"], text, {}, seconds)
        if again.fault:
            return structs.replace(again, fault=f"written, {again.fault}")
    return Outcome(0)


def file_of(name: str, content: str) -> bytes:
    """Return a file that a command finds; arrays as programs keep them, cells as spreadsheets."""
    stream, suffix = io.BytesIO(), Path(name).suffix
    if suffix == ".npy":
        with contextlib.suppress(ValueError):
            np.save(stream, np.array(yaml.safe_load(content), dtype=np.float64))
    elif suffix == ".npz":
        np.savez(stream, **_arrays(content))
    elif suffix == ".xlsx":
        return spreadsheet(csv.reader(content.splitlines()))
    else:
        return content.encode()
    return stream.getvalue()


def _arrays(content: str) -> dict[str, Any]:
    """Return the answers that are arrays of numbers."""
    found: dict[str, Any] = {}
    with contextlib.suppress(yaml.YAMLError):
        sheet = yaml.load(content, yaml.BaseLoader)
        answers = sheet.get("answers", sheet) if isinstance(sheet, dict) else {}
        for name, value in answers.items() if isinstance(answers, dict) else ():
            with contextlib.suppress(ValueError, TypeError):
                found[str(name).replace("/", "|")] = np.array(value, dtype=np.float64)
    return found


BOOK = (
    f'<workbook {NS} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="b" r:id="r2"/><sheet name="a" r:id="r1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="r2" Target="/xl/worksheets/sheet2.xml"/></Relationships>'
)


def spreadsheet(rows: Iterable[Sequence[str]], second: Iterable[Sequence[str]] = ()) -> bytes:
    """Return a workbook; a cell that begins with an equals sign is a formula without a value.

    One with a second table has its worksheets in the other order.
    """
    more = _worksheet(second)
    if "<c" not in more:
        return xlsx(_worksheet(rows))
    parts = {"xl__workbook.xml": BOOK, "xl___rels__workbook.xml.rels": RELATIONS}
    return xlsx(_worksheet(rows), **parts, **{"xl__worksheets__sheet2.xml": more})


def _worksheet(rows: Iterable[Sequence[str]]) -> str:
    lines = []
    for n, row in enumerate(rows, 1):
        cells = ""
        for letter, cell in zip(string.ascii_uppercase, row, strict=False):
            text = html.escape(CONTROL.sub("", cell))
            if cell.startswith("="):
                cells += f'<c r="{letter}{n}"><f>{text[1:]}</f></c>'
            elif re.fullmatch("[-+]?[0-9][0-9.e+-]*", cell):
                cells += f'<c r="{letter}{n}"><v>{text}</v></c>'
            else:
                cells += f'<c r="{letter}{n}" t="inlineStr"><is><t>{text}</t></is></c>'
        lines.append(f'<row r="{n}">{cells}</row>')
    return f"<worksheet {NS}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def bounded(act: Callable[[], T], seconds: float) -> T | Outcome:
    """Return what an act gives; where it goes on too long, takes too much or fails, its fault."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TooLong

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            done = act()
    except TooLong as error:
        return Outcome(-1, f"too long: {_where(error, last=False)}", f"more than {seconds} s")
    except RecursionError as error:
        return Outcome(-1, f"RecursionError: {_where(error, last=False)}", str(error))
    except Exception as error:
        return Outcome(-1, f"{type(error).__name__}: {_where(error)}", str(error)[:300])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Outcome(-1, "too large", f"{grown:.0f} MB") if grown > MEGABYTES else done


def _run(words: Sequence[str], text: str) -> Done:
    with mock.patch.object(problems, "complaint_width", return_value=COLUMNS):
        return run(*words, stdin=text)


def _as_text(content: str) -> str:
    """Return what is printed, of pictures and set pages nothing."""
    return "" if "%PDF-" in content or "\ufffdPNG" in content else content


def judged(done: Done, files: str, said: str) -> tuple[str, str]:
    """Return the kind of what is wrong with what was printed and written, and where it stands."""
    out, said_nothing = _as_text(done.out), not (done.err + done.out + files).strip()
    printed = out + done.err + _as_text(files)
    if done.code not in (0, 1, 2):
        return f"exit {done.code}", done.err[:300]
    if "Traceback" in done.err:
        return "a traceback in words", done.err[-300:]
    if done.code == 2 and not done.err.strip():
        return "refused without a sentence", ""
    if done.code == 1 and said_nothing:
        return "failed without a sentence", ""
    if done.code == 2 and (out or max(map(len, done.err.splitlines())) > 1000):
        return "refused, and printed", (done.out or done.err)[:300]
    for line in done.err.splitlines() if done.code == 2 else ():
        if len(line) > COLUMNS and problems.wrapped(line, COLUMNS) != line:
            return "a complaint wider than its terminal", line[:300]
    if (found := CONTROL.search(printed)) is not None:
        around = printed[max(0, found.start() - 60) : found.end() + 60]
        return f"control character {found[0]!r}", repr(around)
    found = NO_NUMBER.search(out)
    if done.code == 0 and found is not None and not re.search(r"inf|nan", said):
        return f"the word {found[1].lower()}", out[max(0, found.start() - 100) :][:200]
    return "", ""


def _where(error: BaseException, *, last: bool = True) -> str:
    """Return the last line of the package that the error went through; its first, where it hung."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "backprop_cli/" in frame.filename]
    if not own:
        return "elsewhere"
    if last:
        frame = own[-1]
        return f"{frame.filename.split('backprop_cli/')[-1]}:{frame.name}"
    names = [f"{frame.filename.split('backprop_cli/')[-1]}:{frame.name}" for frame in own]
    inner = next((n for n in reversed(names) if not n.startswith(("expression/", "printing/"))), "")
    return f"{inner} … {names[-1]}" if inner != names[-1] else inner

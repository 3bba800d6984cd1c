"""``python -m tests.languages.missing [de] [PART]`` lists the sentences that have no translation.

Every command is run over every example (minutes); PART runs only the calls that it is a part of.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..commands.running import ALL, run
from .corpus import Call, calls, exercises, explanations, plots, sentences
from .listening import catalogue_of, heard

PIECE = re.compile("[\ue000-\uf8ff]+")
NUMBER = re.compile(r"(?<![\w\[])[−-]?\d[\d.,]*(?![\w\]])")


def every(folder: Path) -> Iterator[Call]:
    """Yield every call."""
    yield from exercises(folder)
    yield from explanations()
    yield from plots()
    for name in ALL:
        yield from calls(name)
    for name in ("mazur", "xor_batch", "micrograd", "scalar_rnn", "softmax_relu", "batch_norm"):
        yield from explanations(name)


def form_of(text: str) -> str:
    """Return a sentence as a msgid may have it, with holes for mathematics and numbers."""
    return NUMBER.sub("{number}", PIECE.sub("{math}", text.replace("{", "(").replace("}", ")")))


def main() -> None:
    """Print each form with no translation, how often it comes, and one call that prints it."""
    language = sys.argv[1] if len(sys.argv) > 1 else "de"
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    counts: Counter[str] = Counter()
    where: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for call in every(Path(folder)):
            said = " ".join(Path(word).name if "/" in word else word for word in call)
            if part not in said:
                continue
            with heard() as found:
                done = run(*call, "--language", language)
            if done.code not in (0, 1, 2):
                print(f"{said}: exit {done.code}", file=sys.stderr)
            for text, each in found.items():
                for left in each.left:
                    form = form_of(left)
                    counts[form] += 1
                    where.setdefault(form, f"{said}\n    {form_of(text)}")
    for sentence in sentences():
        for left in catalogue_of(language).found(sentence).left:
            counts[form_of(left)] += 1
            where.setdefault(form_of(left), "a mistake")
    for form in sorted(counts):
        print(f"{counts[form]:5} {form}\n      {where[form]}")
    print(f"{len(counts)} sentences are not in {language}.po", file=sys.stderr)


if __name__ == "__main__":
    main()

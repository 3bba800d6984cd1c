"""``python -m tests.languages.missing [de] [PART]`` lists the sentences that have no translation.

Every command is run over every example (minutes); PART runs only the calls that it is a part of.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backprop_cli.languages import catalogue_of

from ..commands.running import ALL, run
from .corpus import Call, calls, exercises, explanations, layers, plots, sentences
from .listening import heard, missing


def every(folder: Path) -> Iterator[Call]:
    """Yield every call."""
    yield from exercises(folder)
    yield from explanations()
    yield from plots()
    yield from layers(folder)
    for name in ALL:
        yield from calls(name)
    for name in ("mazur", "xor_batch", "micrograd", "scalar_rnn", "softmax_relu", "batch_norm"):
        yield from explanations(name)


def main() -> None:
    """Print each sentence with no translation, and a call that prints it."""
    language = sys.argv[1] if len(sys.argv) > 1 else "de"
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    seen: set[str] = set()

    def tell(sentences: list[str], where: str) -> None:
        for sentence in sentences:
            if sentence not in seen:
                print(f'msgid "{sentence}"  ({where})', flush=True)
        seen.update(sentences)

    with tempfile.TemporaryDirectory() as folder:
        for call in every(Path(folder)):
            said = " ".join(Path(word).name if "/" in word else word for word in call)
            if part in said:
                with heard() as found:
                    run(*call, "--language", language)
                tell(missing(found.values()), said)
    tell(missing(map(catalogue_of(language).found, sentences())), "a known mistake")
    print(f"{len(seen)} sentences are not in {language}.po", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Jupyter: a notebook is valid, and its Markdown becomes a page with every formula as it was."""

from __future__ import annotations

import html
import importlib
import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from ..render.test_markdown import formulas
from .records import Fault, Made, Reader

SHOWN = re.compile(r"(?s)\$\$.*?\$\$|(?<!\\)\$[^$]+\$")
"""What MathJax finds in the page's text."""

TAG = re.compile(r"""<(?:[^>]*\balt="([^"]*)")?[^>]*>""")
"""A tag, and the words of a picture in it."""


def _read(documents: list[Made], _: Path) -> list[Fault]:
    nbconvert: Any = importlib.import_module("nbconvert")
    nbformat: Any = importlib.import_module("nbformat")
    exporter = nbconvert.HTMLExporter(template_name="basic", embed_images=True)
    found = []
    for document in documents:
        text = document.files["page ipynb"][0].read_text(encoding="utf-8")
        try:
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
            page = exporter.from_notebook_node(notebook)[0]
        except (ValueError, nbformat.ValidationError) as error:
            found.append(Fault("jupyter", document.name, False, str(error)[:300]))
            continue
        written = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        meant = Counter(_bare(formula) for _, formula in formulas(written))
        words = html.unescape(TAG.sub(r"\1", page))
        lost = meant - Counter(_bare(each.strip("$")) for each in SHOWN.findall(words))
        found += [Fault("jupyter", document.name, False, f"no formula: {each}") for each in lost]
    return found


def _bare(formula: str) -> str:
    return re.sub(r"\s+", "", formula)


def _lacks() -> str:
    return "" if importlib.util.find_spec("nbconvert") else "pip install nbconvert"


READERS = (Reader("jupyter", "page ipynb", _lacks, _read),)

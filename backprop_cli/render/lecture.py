"""What slides show together: what stands before the first section, and each section with its own.

A block between two sections, as the picture of a pass, begins the one that it stands before.
"""

from __future__ import annotations

from msgspec import structs

from ..worked.document import Block, Document, Section

GIVEN = "given"
"""The section whose equations are shown at once: nothing in it follows from what is above."""


def parted(document: Document) -> tuple[tuple[Block, ...], list[Section]]:
    """Return the blocks before the first section, and the sections."""
    loose: list[Block] = []
    found: list[tuple[Block, ...]] = []
    sections: list[Section] = []
    for block in document.blocks:
        if isinstance(block, Section):
            found.append(tuple(loose))
            sections.append(block)
            loose = []
        else:
            loose.append(block)
    if not sections:
        return tuple(loose), []
    opening, *between = found
    befores = zip(sections, [(), *between], strict=True)
    sections = [structs.replace(s, blocks=(*before, *s.blocks)) for s, before in befores]
    last = structs.replace(sections[-1], blocks=(*sections[-1].blocks, *loose))
    return opening, [*sections[:-1], last]

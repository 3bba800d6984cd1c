"""Some of a picture's nodes and edges, in columns that are counted anew."""

from __future__ import annotations

from collections.abc import Container, Mapping

from msgspec import structs

from .network import Parts
from .scene import DrawnEdge, DrawnNode


def in_columns(
    parts: Parts,
    nodes: list[DrawnNode],
    edges: list[DrawnEdge],
    place: Mapping[int, int],
    *,
    headed: Container[int],
    footed: Container[int],
) -> Parts:
    """Return these nodes and edges; ``place`` has each old column's new number.

    ``headed`` and ``footed`` are the old columns that keep what stands over and under them. A lane
    lies between both ends of its edge, so never in the first column.
    """
    kept = {edge.id for edge in edges}
    lanes = {}
    for key, row in parts.lanes.items():
        name, _, column = key.rpartition("@")
        if name in kept and place.get(int(column), 0) > 0:
            lanes[f"{name}@{place[int(column)]}"] = row
    return structs.replace(
        parts,
        nodes=[structs.replace(node, column=place[node.column]) for node in nodes],
        edges=edges,
        headers={place[c]: label for c, label in parts.headers.items() if c in headed},
        footers={place[c]: labels for c, labels in parts.footers.items() if c in footed},
        lanes=lanes,
    )

"""The packaged example networks: those under ``configs``."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def example_folder() -> Path:
    """Return where the examples are: in the wheel, or in the checkout beside the package."""
    packaged = _PACKAGE / "configs"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "configs"


def example_names() -> list[str]:
    """Return the examples' names, sorted."""
    return sorted(path.stem for path in example_folder().glob("*.yaml"))


def example_text(name: str) -> str:
    """Return an example's file, as it is."""
    return (example_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def example_title(name: str) -> str:
    """Return the name that the example's file gives itself, without building it."""
    for line in example_text(name).splitlines():
        if line.startswith("name:"):
            title = line.removeprefix("name:").strip()
            quoted = len(title) > 1 and title[0] == title[-1] and title[0] in "\"'"
            return title[1:-1] if quoted else title
    return ""

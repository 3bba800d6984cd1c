"""The program: ``backprop``, or ``python -m backprop_cli``."""

from __future__ import annotations

import atexit
import gc
from typing import Any


def main() -> Any:
    """Run the command line; garbage is looked for after more objects than usual.

    Nearly all that a start makes stays: walking through it takes a sixth of a small trace's time.
    At the end, when all of it goes, no garbage is looked for.
    """
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    from .cli import main as run

    return run()


if __name__ == "__main__":
    main()

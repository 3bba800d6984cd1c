"""What a run says at its end: the equations that tests/page checked, from all its processes."""

from __future__ import annotations

from typing import Any

import pytest

from .page.counting import COUNTED


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker of pytest-xdist counted over to the process that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["equations"] = dict(COUNTED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker counted."""
    COUNTED.update(getattr(node, "workeroutput", {}).get("equations", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many equations were checked, and by which rules."""
    if COUNTED:
        rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(COUNTED.items()))
        terminalreporter.write_line(f"{COUNTED.total():,} equations checked ({rules})")

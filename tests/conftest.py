"""How random tests draw, and what a run says at its end: the equations that tests/page checked.

Random tests draw the same cases in every run, so that a run's colour says something of the change
and nothing of the day. ``--hypothesis-profile random`` draws new ones.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from .commands.running import EXAMPLES
from .page.counting import COUNTED
from .pairing import LONG, has_turn

# The first draw reads all of the package for its constants: half a minute, where others work too.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", PATIENT, derandomize=True, max_examples=50)
settings.register_profile("random", PATIENT)
settings.load_profile("fixed")


LONG_CASE = re.compile(rf"(?:^|[-/ ])(?:{'|'.join(LONG)})(?:\.yaml|[- \]])")
"""The name of a long example among what a case is called after."""
EXAMPLE_CASE = re.compile(rf"(?:^|[-/ ])(?:{'|'.join(EXAMPLES)})(?:\.yaml|[- \]])")
"""The name of any example."""
MANY = 12
"""Cases of one test past which those with an example take turns."""
SOME = 6
"""Cases of one test past which, in the files of ``SECOND``, they do."""
THINNED_THEMSELVES = ("test_goldens.py", "test_examples.py")
"""Files whose cases with a long example are all run."""
SECOND = (
    "checking/test_attacks.py",
    "checking/test_command.py",
    "checking/test_unearned.py",
    "commands/test_control_characters.py",
    "commands/test_gradcheck.py",
    "commands/test_help.py",
    "commands/test_step.py",
    "deriving/test_command.py",
    "diagrams/test_focus.py",
    "diagrams/test_formats_text.py",
    "diagrams/test_layout.py",
    "exercises/test_generating.py",
    "exercises/test_like.py",
    "exercises/test_worksheet.py",
    "graph/test_arrangements.py",
    "graph/test_nested.py",
    "graph/test_shapes.py",
    "layers/test_contract.py",
    "layers/test_general.py",
    "layers/test_page.py",
    "layers/test_recurrent.py",
    "page/test_letters.py",
    "passes/test_attention.py",
    "passes/test_differences.py",
    "passes/test_forward_mode.py",
)
"""Files that cross one list with another: of a test's many cases every second is run."""
DEAR = (
    "deriving/test_modes.py",
    "page/test_examples.py",
    "checking/test_mistakes.py",
    "layers/test_contract.py",
    "layers/test_general.py",
    "layers/test_page.py",
    "layers/test_recurrent.py",
    "page/test_letters.py",
    "render/test_latex.py",
    "render/test_markdown.py",
    "deriving/test_truth.py",
)
"""Files that take longest, which are begun first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep of each test's cases with a long example every 24th, with others of many every twelfth.

    Of cases of random networks every fourth is kept, of two lists crossed every second.
    ``PAGE=each`` keeps all.
    """
    count = Counter(item.nodeid.partition("[")[0] for item in items)
    turns: dict[tuple[str, int], int] = {}
    kept = []
    for item in items:
        test, _, case = item.nodeid.partition("[")
        is_long, is_one = LONG_CASE.search(case), EXAMPLE_CASE.search(case)
        every = 24 if is_long else 12 if is_one and count[test] > MANY else 1
        every = 4 if every == 1 and case and "random" in test and count[test] > 1 else every
        if every == 1 and count[test] > SOME and item.path.as_posix().endswith(SECOND):
            every = 2
        if every > 1 and not item.path.name.endswith(THINNED_THEMSELVES):
            turns[test, every] = turns.get((test, every), zlib.crc32(test.encode())) + 1
            if not has_turn(turns[test, every], every):
                continue
        kept.append(item)
    items[:] = sorted(kept, key=lambda item: not item.path.as_posix().endswith(DEAR))


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist hand out files in the order here: it would begin with those of most tests.

    A file of few long tests, begun last, has one process wait for the other.
    """
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


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

"""How matrices stand on a sheet: as the pages of the network's notation show them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backprop_cli.api import check as check_in_python
from backprop_cli.api import trace

from ..commands.running import printed

NETWORKS = {
    "square": """
input: [1, 2]
target: [1, 0]
loss: half_squared_error
learning_rate: 0.5
notation: cs231n
layers:
  - {units: 2, weights: [[0.5, -1], [0.25, 0.5]], bias: [0, 0]}
""",
    "wide": """
input: [1, 2]
target: [1]
loss: half_squared_error
learning_rate: 0.5
notation: cs231n
layers:
  - {units: 3, activation: tanh, weights: [[0.5, -1], [0.25, 0.5], [1, -0.5]], bias: [0, 0, 0]}
  - {units: 1, weights: [[0.5, -1, 2]], bias: [0]}
""",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_matrix_is_read_as_the_page_shows_it_and_as_the_file_has_it(
    name: str, tmp_path: Path
) -> None:
    """The whole sheet decides; what is right in neither order is read as on the page."""
    net = tmp_path / "net.yaml"
    net.write_text(NETWORKS[name], encoding="utf-8")
    done = trace(net)
    filed = {each: done.value(each) for each in ("dW1", "W1'")}
    page = {each: array.T for each, array in filed.items()}
    for arrays, rows in ((page, True), (filed, False)):
        whole = {each: array.tolist() for each, array in arrays.items()}
        np.savez(tmp_path / "told.npz", **arrays)  # type: ignore[arg-type]
        (tmp_path / "dump.json").write_text(json.dumps({"dW1": whole["dW1"]}), encoding="utf-8")
        for sheet in (whole, str(tmp_path / "told.npz"), str(tmp_path / "dump.json")):
            found = check_in_python(net, sheet)
            assert found.all_right, str(found)
            assert ("a row belongs to an input" in str(found)) == rows
    single = {
        f"dW1[{j},{k}]": str(filed["dW1"][j - 1, k - 1])
        for j in range(1, len(filed["dW1"]) + 1)
        for k in (1, 2)
    }
    found = check_in_python(net, single)
    assert found.all_right
    assert "a row belongs" not in str(found)
    wrong = check_in_python(net, {"dW1": (page["dW1"] * 3 + 1).tolist()})
    assert "a row belongs to an input" in str(wrong)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_sheet_to_fill_in_stands_as_the_page_and_is_read_so(
    name: str, form: str, tmp_path: Path
) -> None:
    net, key = tmp_path / "net.yaml", tmp_path / f"key.{form}"
    net.write_text(NETWORKS[name], encoding="utf-8")
    text = printed("worksheet", str(net), "--format", form, "--solution")
    key.write_text(text, encoding="utf-8")
    found = check_in_python(net, str(key))
    assert found.all_right, str(found)
    units = len(trace(net).value("dW1"))
    sheet = printed("worksheet", str(net), "--format", "json")
    assert np.array(json.loads(sheet)["answers"]["dW1"]).shape == (2, units)
    page = " ".join(printed("worksheet", str(net)).split())
    assert f"2 × {units}" in page
    if form == "yaml":
        assert "a row belongs to an input" in text

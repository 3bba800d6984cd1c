"""The page that steps through the passes: driven in a browser as a reader drives it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ..commands.running import NAMES, config, printed, refused
from .browser import CHROMIUM, Browser, browser

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
CALLS = {
    "layers": ["mazur"],
    "batch": ["xor_batch", "--sample", "3"],
    "graph": ["diamond"],
    "one entry": ["mazur", "--wrt", "W1[1,2]"],
    "forward only": ["three_two_one", "--only", "forward"],
    "letters": ["four_diagrams"],
}
LIT = """[...document.querySelectorAll('#stepper .now, #stepper .fresh')]
  .map((part) => part.id || part.textContent).sort().join(' ')"""


def page(folder: Path, name: str, *options: str) -> Path:
    """Write the page of an example and return it."""
    path = folder / f"{name}.html"
    printed("trace", config(name), *options, "--interactive", "-o", str(path))
    return path


def data_of(path: Path) -> dict[str, Any]:
    """Return what the page's script reads."""
    found = re.search(r'id="stepper-data">(.*?)</script>', path.read_text(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


def step(chromium: Browser) -> int:
    """Return the step that is shown."""
    return int(chromium.value("document.getElementById('stepper').dataset.step"))


def shown(chromium: Browser) -> list[str]:
    """Return the ids of the steps whose worked lines can be seen."""
    script = """[...document.querySelectorAll('#stepper .step')]
      .filter((card) => card.checkVisibility()).map((card) => card.id)"""
    found: list[str] = chromium.value(script)
    return found


@needs_browser
@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_each_step_lights_up_something_else(
    chromium: Browser, tmp_path: Path, call: list[str]
) -> None:
    path = page(tmp_path, *call)
    chromium.open(path)
    assert chromium.complaints() == []
    last = len(data_of(path)["steps"]) - 1
    assert last > 2
    before = chromium.value(LIT)
    assert before == ""
    for number in range(1, last + 1):
        chromium.press("ArrowRight")
        assert step(chromium) == number
        assert shown(chromium) == [f"stepper-{number}"]
        now = chromium.value(LIT)
        assert now != before
        before = now
    chromium.press("ArrowRight")
    assert step(chromium) == last
    hidden = chromium.value("document.querySelectorAll('#stepper svg .later').length")
    assert hidden == 0 or "--wrt" in call
    assert chromium.complaints() == []


@needs_browser
def test_keys_buttons_and_slider(chromium: Browser, tmp_path: Path) -> None:
    path = page(tmp_path, "mazur")
    chromium.open(path)
    last = len(data_of(path)["steps"]) - 1
    chromium.press("End")
    assert step(chromium) == last
    chromium.press("ArrowLeft")
    assert step(chromium) == last - 1
    chromium.press("Home")
    assert step(chromium) == 0
    chromium.press("ArrowLeft")
    assert step(chromium) == 0
    assert chromium.value("document.getElementById('stepper-back').disabled") is True
    chromium.value("document.getElementById('stepper-next').focus()")
    chromium.press("Enter")
    assert step(chromium) == 1
    said = chromium.value("document.getElementById('stepper-said').textContent")
    assert said.startswith(f"Step 1 of {last}. Forward: layer 1 'hidden': z¹₁ = w¹₁₁·x₁ + ")
    assert said.endswith("= 0.3775")
    for name, expected in (("next", 2), ("last", last), ("back", last - 1), ("first", 0)):
        chromium.value(f"document.getElementById('stepper-{name}').click()")
        assert step(chromium) == expected
    slide = "s.value = 7; s.dispatchEvent(new Event('input'))"
    chromium.value(f"{{ const s = document.getElementById('stepper-slider'); {slide} }}")
    assert step(chromium) == 7
    chromium.value("document.getElementById('stepper-slider').focus()")
    chromium.press("ArrowRight")
    assert step(chromium) == 8


@needs_browser
def test_the_current_unit_and_the_edges_it_reads_are_lit(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(page(tmp_path, "mazur"))
    lit = "[...document.querySelectorAll('#stepper .now')].map((part) => part.id).sort()"
    chromium.press("ArrowRight")
    assert chromium.value(lit) == ["step-a1_1", "step-x_1-a1_1", "step-x_2-a1_1"]
    used = "[...document.querySelectorAll('#stepper .used')].map((part) => part.id).sort()"
    assert chromium.value(used) == ["step-x_1", "step-x_2"]
    assert "0.3775" in chromium.value("document.querySelector('#stepper .fresh').textContent")
    said = "document.getElementById('stepper-said').textContent"
    while "∂C/∂a¹₂ =" not in chromium.value(said):
        chromium.press("ArrowRight")
    assert chromium.value(lit) == ["step-a1_2", "step-a1_2-a2_1", "step-a1_2-a2_2"]
    stroke = "getComputedStyle(document.querySelector('#stepper .now.backward > path')).strokeWidth"
    assert chromium.value(stroke)


@pytest.fixture
def telephone(chromium: Browser) -> Iterator[Browser]:
    """The browser with the screen of a telephone, and without smooth movements."""
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    chromium.call("Emulation.setDeviceMetricsOverride", **size)
    chromium.call("Emulation.setEmulatedMedia", features=still)
    yield chromium
    chromium.call("Emulation.clearDeviceMetricsOverride")
    chromium.call("Emulation.setEmulatedMedia", features=[])


@needs_browser
@pytest.mark.parametrize("name", ["mazur", "residual", "softmax_relu"])
def test_on_a_telephone_the_letters_and_the_worked_line_can_be_read(
    telephone: Browser, tmp_path: Path, name: str
) -> None:
    path = page(tmp_path, name)
    telephone.open(path)
    scale = "document.querySelector('#stepper svg').getScreenCTM().a"
    assert telephone.value(f"14 * {scale}") > 10
    assert telephone.value("document.documentElement.scrollWidth") == 390
    box = "document.querySelector('#stepper .step:not([hidden])').getBoundingClientRect()"
    for _ in range(len(data_of(path)["steps"]) - 2):
        telephone.press("ArrowRight")
        assert telephone.value(f"{box}.top") > 0
        assert telephone.value(f"{box}.bottom") <= 800


@needs_browser
def test_results_do_not_flash_before_the_first_step(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(page(tmp_path, "mazur"))
    later = "[...document.querySelectorAll('#stepper .later')]"
    seen = chromium.value(f"{later}.map((text) => getComputedStyle(text).opacity)")
    assert set(seen) == {"0"}


@needs_browser
@pytest.mark.parametrize("name", ["mazur", "xor_batch", "diamond", "residual"])
def test_the_last_step_shows_the_gradients_that_json_gives(
    chromium: Browser, tmp_path: Path, name: str
) -> None:
    chromium.open(page(tmp_path, name, "--digits", "12", "--full"))
    chromium.press("End")
    rows = chromium.value(
        """[...document.querySelectorAll('#stepper .step:not([hidden]) tbody tr')]
        .map((row) => [...row.children].map((cell) => {
          const copy = cell.cloneNode(true);
          copy.querySelectorAll('.pad').forEach((pad) => pad.remove());
          return copy.textContent.replace('·10', 'e');
        }))"""
    )
    traced = json.loads(printed("trace", config(name), "--format", "json"))
    parameters = [part for layer in traced["layers"] for part in layer["parameters"]]
    parameters = parameters or list(traced["gradients"])[: len(rows)]
    expected = [entry for part in parameters for entry in flat(traced["gradients"][part])]
    found = [float(row[3].replace("−", "-")) for row in rows]
    assert len(found) == len(expected) > 1
    for shown_value, value in zip(found, expected, strict=True):
        assert shown_value == pytest.approx(value, rel=1e-9, abs=1e-12)


def flat(value: Any) -> list[float]:
    """Return the numbers of nested lists, row by row."""
    if not isinstance(value, list):
        return [value]
    return [number for inner in value for number in flat(inner)]


@needs_browser
def test_without_scripts_everything_is_there(chromium: Browser, tmp_path: Path) -> None:
    path = page(tmp_path, "mazur")
    chromium.open(path, scripts=False)
    count = len(data_of(path)["steps"])
    markup = path.read_text()
    assert re.findall(r'<li class="step" id="stepper-(\d+)"', markup) == list(
        map(str, range(count))
    )
    document = chromium.call("DOM.getDocument", depth=-1)["root"]
    hidden = _with_attribute(document, "hidden")
    assert sorted(hidden) == ["stepper-controls", "stepper-hint"]
    chromium.open(path)


def _with_attribute(node: dict[str, Any], name: str) -> list[str]:
    """Return the ids of the elements that have an attribute."""
    given = node.get("attributes", [])
    attributes = dict(zip(given[::2], given[1::2], strict=True))
    found = [attributes.get("id", "")] if name in attributes else []
    return found + [
        id_ for child in node.get("children", ()) for id_ in _with_attribute(child, name)
    ]


@needs_browser
def test_a_hostile_name_is_harmless(chromium: Browser, tmp_path: Path) -> None:
    network = tmp_path / "net.yaml"
    network.write_text(
        'name: "</script><script>document.title = 1</script><!--"\ninput: [1]\ntarget: [1]\n'
        "loss: squared_error\nlayers:\n"
        "  - {weights: [[1]], bias: none}\n"
    )
    path = tmp_path / "page.html"
    printed("trace", str(network), "--interactive", "-o", str(path))
    chromium.open(path)
    assert chromium.complaints() == []
    chromium.press("End")
    assert step(chromium) == len(data_of(path)["steps"]) - 1
    assert chromium.value("document.title").startswith("</script>")
    assert chromium.value("document.querySelectorAll('b').length") == 0


class Markup(HTMLParser):
    """Reads a page: its elements balanced, its ids."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in ("meta", "wbr", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("mspace", "path", "rect", "circle")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_every_example_gives_a_whole_page(name: str) -> None:
    text = printed("trace", config(name), "--interactive", "--format", "html")
    ids = Markup(text).ids
    assert len(ids) == len(set(ids))
    found = re.search(r'id="stepper-data">(.*?)</script>', text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    lit = {part for step in data["steps"] for part in (*step["now"], *step["used"])}
    assert {data["prefix"] + part for part in (*lit, *data["known"])} <= set(ids)
    for step in data["steps"][1:-1]:
        assert step["now"] or "Left out" in text, step["said"]
    last = len(data["steps"]) - 1
    known = [number for numbers in data["known"].values() for number in numbers]
    assert max(known) <= last
    assert min(data["known"].get("loss", [0, 1])[1:2], default=1), "no cost before it is computed"


def test_the_page_runs_its_own_script_and_no_other() -> None:
    text = printed("trace", config("diamond"), "--interactive", "--format", "html")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='$", policy[1])
    assert text.count("<script") == 2
    for word in ("http://", "https://", "//cdn", "@import", "url(h"):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("options", [[], ["--format", "markdown"], ["--format", "json"]])
def test_other_formats_do_not_step(options: list[str]) -> None:
    said = refused("trace", config("mazur"), "--interactive", *options)
    assert "--interactive belongs to HTML" in said
    assert "-o FILE.html" in said

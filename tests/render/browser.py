"""A browser without a window, driven through Chromium's own pipe: pages as a reader has them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
"""The browser's program, if one is installed."""
KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9, "Enter": 13}


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, sending: int, receiving: int) -> None:
        self.sending, self.receiving = sending, receiving
        self.buffer = b""
        self.number = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; what happens meanwhile is kept in ``events``."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def read(self) -> dict[str, Any]:
        """Return the next message."""
        parts = [self.buffer]
        while b"\0" not in parts[-1]:
            parts.append(os.read(self.receiving, 1 << 16))
            assert parts[-1], "the browser has gone"
        text, _, self.buffer = b"".join(parts).partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def open(self, path: Path, *, scripts: bool = True) -> None:
        """Load a file; without scripts, as a browser in which they are turned off."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())

    def value(self, expression: str) -> Any:
        """Return what an expression gives on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=KEYS[key],
                **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}),
            )

    def complaints(self) -> list[str]:
        """Return what the browser complained of, and what the page asked the network for."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded":
                found.append(str(parameters["entry"]["text"]))
            elif method == "Runtime.exceptionThrown":
                found.append(str(parameters["exceptionDetails"]))
            elif method == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                found += [] if url.startswith("file:") else [str(url)]
        return found

    def picture(self, path: Path) -> None:
        """Write what the page looks like as a PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=False)["data"]
        path.write_bytes(base64.b64decode(data))


@contextlib.contextmanager
def browser(width: int = 1200, height: int = 900) -> Iterator[Browser]:
    """Start a browser, and end it with everything it wrote."""
    assert CHROMIUM is not None
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()

    def ends() -> None:
        high = [os.dup(theirs_in), os.dup(theirs_out)]
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
                f"--user-data-dir={folder}",
                f"--window-size={width},{height}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=ends,
            pass_fds=(3, 4),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            page = Browser(ours_out, ours_in)
            yield page
            page.session = ""
            with contextlib.suppress(AssertionError, OSError):
                page.call("Browser.close")
        finally:
            os.close(ours_in)
            os.close(ours_out)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

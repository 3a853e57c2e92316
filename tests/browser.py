"""A headless Chromium, driven over its DevTools protocol through a pipe: no package, no port."""

import contextlib
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium or chrome is installed")
PATIENCE_S = 20.0


class Browser:
    """One tab."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command."""
        answer = self._ask(method, parameters)
        assert "error" not in answer, answer
        return answer["result"]

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        """Go to a page, and wait until it and its pictures are there."""
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def wait(self, script: str) -> None:
        """Wait until an expression is true. The page has its turn between one look and the next."""
        looked = f"new Promise(done => setTimeout(() => done(Boolean({script})), 20))"
        parameters = {"expression": looked, "returnByValue": True, "awaitPromise": True}
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = self._ask("Runtime.evaluate", parameters)  # an error where the page just gave way to another one
            if answer.get("result", {}).get("result", {}).get("value"):
                return
        raise AssertionError(f"never true: {script}")

    def _ask(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a command; events that come before it are dropped."""
        assert self._process.stdin
        id = next(self._ids)
        message = {"id": id, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while (answer := self._read()).get("id") != id:
            pass
        return answer

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        data = bytearray()
        while (byte := self._process.stdout.read(1)) != b"\0":
            assert byte, "the browser is gone"
            data += byte
        return json.loads(data)


@contextlib.contextmanager
def browser(profile: Path) -> Generator[Browser]:
    """A browser with an empty profile in a folder."""
    assert CHROMIUM
    command = [
        "/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh", CHROMIUM, "--headless",
        "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--no-first-run", "--window-size=1000,700",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Browser(process)
        finally:
            process.kill()

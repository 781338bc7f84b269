"""A headless Chromium that is told what to click, through its DevTools pipe."""

import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

_FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


CLOSE_ASSISTANT = (
    "document.querySelector('button[data-component-id$=\"mlflow.assistant.chat_panel.close\"]')"
)
"""The button that closes the panel beside every page of MLflow's; made for MLflow 3.17."""


class Browser:
    """One page in one browser; a context manager.

    Chromium reads commands from file descriptor 3 and answers on 4, JSON between zero bytes
    (`--remote-debugging-pipe` of the DevTools protocol): no library is needed.

    Args:
        program: Chromium or Chrome.
        size: width and height of the window in pixels.
    """

    def __init__(self, program: str, size: tuple[int, int]) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        there_in, here_out = os.pipe()
        here_in, there_out = os.pipe()

        def connect() -> None:
            # Out of the way first: one of them may be 3 or 4 itself.
            commands, answers = os.dup(there_in), os.dup(there_out)
            os.dup2(commands, 3)
            os.dup2(answers, 4)

        window = f"--window-size={size[0]},{size[1]}"
        self._process = subprocess.Popen(
            [program, *_FLAGS, window, f"--user-data-dir={self._profile.name}"],
            preexec_fn=connect,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there_in)
        os.close(there_out)
        self._out, self._in = os.fdopen(here_out, "wb"), os.fdopen(here_in, "rb")
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def open(self, url: str) -> None:
        """Go to a page."""
        self._ask("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true.

        Raises:
            TimeoutError: it does not become true.
        """
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(f"the page did not come to {expression} in {seconds} s")
            time.sleep(0.2)

    def click(self, expression: str) -> None:
        """Click the element that a JavaScript expression gives, once it is there."""
        self.wait_for(expression)
        self.evaluate(f"({expression}).click()")

    def screenshot(self, file: Path) -> None:
        """Write what is seen as a PNG."""
        data = self._ask("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self._number:  # else it is an event
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])

    def _read(self) -> bytes:
        while b"\0" not in self._rest:
            part = os.read(self._in.fileno(), 1 << 16)
            if not part:
                raise RuntimeError("the browser is gone")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return message

    def __enter__(self) -> "Browser":
        """The browser itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self._process.terminate()
        self._process.wait()
        self._profile.cleanup()


def first_program(names: Sequence[str] = ("chromium", "chromium-browser", "google-chrome")) -> str:
    """The first of these programs that is installed.

    Raises:
        SystemExit: none is.
    """
    import shutil

    for name in names:
        if shutil.which(name):
            return name
    raise SystemExit(f"error: none of {', '.join(names)} is installed; apt install chromium")

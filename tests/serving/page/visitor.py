"""Somebody who visits the page with a browser, and notices whatever is wrong on the way."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Request, Response

_FILES_TO_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, type, content] of files) {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


@dataclass(frozen=True)
class PictureFile:
    """A file on the visitor's disk."""

    name: str
    content: bytes
    kind: str = "image/png"

    def chosen(self) -> dict[str, object]:
        """As Playwright's file chooser takes it."""
        return {"name": self.name, "mimeType": self.kind, "buffer": self.content}


@dataclass
class Visitor:
    """One tab, on the page of the service at `address`.

    Attributes:
        faults: what a browser complains of, and requests that left the service's address.
        refused: requests that the service refused, as `status path`.
        asked: paths that were requested.
    """

    context: BrowserContext
    address: str
    faults: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        # From now on, as Playwright does not wait until the browser knows that someone listens.
        self.page.on("filechooser", lambda _: None)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._see_request)
        self.page.on("response", self._see_response)
        self.page.goto(self.address + "/")

    def choose(self, *files: PictureFile) -> None:
        """Press the button and choose files."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose pictures").click()
        chooser.value.set_files([file.chosen() for file in files])

    def drop(self, *files: PictureFile) -> None:
        """Drop files somewhere on the page."""
        transfer = self._transfer(files)
        for event in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event("h1", event, {"dataTransfer": transfer})

    def paste(self, *files: PictureFile) -> None:
        """Paste files, with the focus nowhere."""
        self.page.evaluate(
            "clipboardData => document.body.dispatchEvent("
            "new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))",
            self._transfer(files),
        )

    def card(self, name: str) -> Locator:
        """The part of the page about a picture."""
        return self.page.get_by_role("article", name=name, exact=True)

    def _transfer(self, files: tuple[PictureFile, ...]) -> object:
        described = [
            [file.name, file.kind, base64.b64encode(file.content).decode()] for file in files
        ]
        return self.page.evaluate_handle(_FILES_TO_TRANSFER, described)

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium's line about a refused request; `refused` has it.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def _see_request(self, request: Request) -> None:
        if request.url.startswith(("blob:", "data:")):
            return
        if not request.url.startswith(self.address + "/"):
            self.faults.append(f"asked elsewhere: {request.url}")
        self.asked.append(request.url.removeprefix(self.address))

    def _see_response(self, response: Response) -> None:
        if response.status >= 400:
            path = response.url.removeprefix(self.address).partition("?")[0]
            self.refused.append(f"{response.status} {path}")


Visit = Callable[..., Visitor]
"""Opens the page: `visit(width=360)`."""

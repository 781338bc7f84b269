"""A real browser on the real service."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from objloc.serving.limits import Limits
from tests.serving.colour_model import write_colour_model
from tests.serving.page.files import BODY_BYTES, RED
from tests.serving.page.visitor import Visit, Visitor
from tests.serving.running_server import running_server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--use-fake-device-for-media-stream",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def model_with_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("with_examples")
    (folder / "examples").mkdir()
    (folder / "examples" / "a red one.png").write_bytes(RED.content)
    return write_colour_model(folder / "model.onnx")


@pytest.fixture(scope="module")
def address(model_with_examples: Path) -> Iterator[str]:
    with running_server(model_with_examples, limits=Limits(body_bytes=BODY_BYTES)) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """`visit(width=360)` opens the page; what went wrong there fails the test."""
    visitors: list[Visitor] = []

    def open_page(
        width: int = 1280, at: str = address, permissions: tuple[str, ...] = (), **options: object
    ) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, permissions=permissions, **options
        )
        visitors.append(Visitor(context, at))
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        visitor.context.close()
        assert visitor.faults == []

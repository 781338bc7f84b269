"""Photographs, by a computer's camera and a phone's own."""

from playwright.sync_api import expect

from tests.serving.page.files import RED
from tests.serving.page.visitor import Visit


def test_the_camera_photographs(visit: Visit):
    visitor = visit(permissions=("camera",))
    visitor.page.get_by_role("button", name="Take a photograph").click()
    dialog = visitor.page.get_by_role("dialog", name="Take a photograph")
    take = dialog.get_by_role("button", name="Take it")
    expect(take).to_be_enabled()
    take.click()
    expect(dialog).to_be_hidden()
    expect(visitor.card("photograph-1.jpg")).to_contain_text(" px · ")
    assert visitor.page.evaluate("document.querySelector('video').srcObject") is None


def test_a_camera_that_may_not_be_used_is_told_so(visit: Visit):
    visitor = visit()
    visitor.page.get_by_role("button", name="Take a photograph").click()
    dialog = visitor.page.get_by_role("dialog", name="Take a photograph")
    expect(dialog.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    expect(dialog.get_by_role("button", name="Take it")).to_be_disabled()
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_phone_opens_its_own_camera(visit: Visit):
    visitor = visit(360, has_touch=True, is_mobile=True)
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Take a photograph").click()
    assert chooser.value.element.get_attribute("capture") == "environment"
    chooser.value.set_files(RED.chosen())
    expect(visitor.card("red.png").locator("rect.line")).to_be_in_viewport()

"""The page without a mouse."""

from playwright.sync_api import expect

from tests.serving.page.files import BOTH, RED
from tests.serving.page.visitor import Visit, Visitor


def test_everything_is_done_by_keyboard(visit: Visit):
    visitor = visit()
    page, keys = visitor.page, visitor.page.keyboard
    expect(page.get_by_role("button", name="Example")).to_be_visible()
    keys.press("Tab")
    expect(page.get_by_role("button", name="Choose pictures")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files([RED.chosen(), BOTH.chosen()])
    expect(page.get_by_role("status")).to_have_text("2 pictures: 3 found")
    names = [walk(visitor) for _ in range(5)]
    assert names[:3] == ["Take a photograph", "Example a red one.png", "Remove all"]
    assert names[3:] == ["Score threshold", "Reset to 0.25"]
    keys.press("Shift+Tab")
    keys.press("ArrowRight")
    expect(page.get_by_role("slider")).to_have_value("0.26")
    keys.press("End")
    expect(page.locator("#threshold-value")).to_have_text("1.00")
    assert [walk(visitor), walk(visitor)] == ["Reset to 0.25", "Remove red.png"]
    keys.press("Enter")
    expect(visitor.card("red.png")).to_have_count(0)
    expect(visitor.card("both.png").get_by_role("heading")).to_be_focused()
    page.get_by_role("button", name="Remove all").focus()
    keys.press("Space")
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.get_by_role("button", name="Choose pictures")).to_be_focused()


def walk(visitor: Visitor) -> str:
    """Press Tab; the name of what has the focus then, which is to be seen."""
    visitor.page.keyboard.press("Tab")
    return visitor.page.evaluate(
        """() => {
          const here = document.activeElement;
          if (getComputedStyle(here).outlineStyle === 'none') return 'no visible focus';
          const image = here.querySelector('img');
          return here.ariaLabel ?? image?.alt ?? here.labels?.[0]?.textContent
            ?? here.querySelector('strong')?.textContent ?? here.textContent;
        }"""
    )

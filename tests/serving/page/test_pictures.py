"""Pictures on the page: their boxes, their numbers, one threshold for all of them."""

import json
import re
from io import BytesIO

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from objloc import page_style
from tests.serving.colour_model import CLASS_NAMES, SCORE_THRESHOLD
from tests.serving.page.files import BOTH, GREY, NO_PICTURE, RED, RED_BOX
from tests.serving.page.visitor import PictureFile, Visit
from tests.serving.pictures import encoded, picture


def rectangle(shape: Locator) -> np.ndarray:
    """Where something is on the screen: x1, y1, x2, y2."""
    box = shape.bounding_box()
    assert box is not None
    return np.array([box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]])


def assert_drawn_at(card: Locator, box: tuple[int, ...], size: tuple[int, int]) -> None:
    """The only box surrounds this part of the picture on the screen, to a pixel of the picture."""
    shown = rectangle(card.get_by_role("img"))
    scale = (shown[2:] - shown[:2]) / size
    assert scale[0] == pytest.approx(scale[1], rel=0.01)
    expected = np.tile(shown[:2], 2) + np.array(box) * np.tile(scale, 2)
    np.testing.assert_allclose(rectangle(card.locator("rect.line")), expected, atol=scale.max())


def test_the_page_says_what_the_model_is_and_looks_like_objlocs_other_pages(visit: Visit):
    visitor = visit()
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("colours")
    expect(page).to_have_title("colours · objloc")
    expect(page.get_by_role("list", name="What the model looks for")).to_have_text(
        "".join(CLASS_NAMES)
    )
    facts = httpx.get(visitor.address + "/v1/model").json()
    expect(page.locator("#model-facts")).to_contain_text(f"Version {facts['version']} · 64 × 64")
    styles = httpx.get(visitor.address + "/page/page.css").text
    shared = re.findall(r"--(?:ink|quiet|paper|panel|line|link|series-\d): #\w+;", page_style.STYLE)
    assert len(shared) == 28
    assert [colour for colour in shared if colour not in styles] == []


@pytest.mark.parametrize("width", [1280, 360])
def test_a_box_is_drawn_where_the_thing_is_and_stays_there(visit: Visit, width: int):
    visitor = visit(width)
    visitor.choose(RED)
    card = visitor.card("red.png")
    expect(card.locator(".found")).to_have_text("1 found.")
    assert_drawn_at(card, RED_BOX, (192, 128))
    expect(card.locator(".tag")).to_have_text("red 1.00")
    answer = httpx.post(visitor.address + "/v1/predict", content=RED.content).json()
    [found] = answer["images"][0]["detections"]
    label, *numbers = card.locator("tbody tr").locator("th, td").all_text_contents()
    assert label == found["label"]
    assert [float(one) for one in numbers] == pytest.approx(
        [found["score"], *found["box"]], abs=0.051
    )
    expect(card).to_contain_text(re.compile(r"192 × 128 px · \d+\.\d ms"))
    visitor.page.set_viewport_size({"width": 700, "height": 500})
    assert_drawn_at(card, RED_BOX, (192, 128))


def test_a_photograph_turned_by_exif_is_upright_as_its_boxes_are(visit: Visit):
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned clockwise by a quarter
    turned = encoded(picture(192, 128, red=RED_BOX), "JPEG", quality=95, exif=exif)
    visitor = visit()
    visitor.choose(PictureFile("turned.jpg", turned, "image/jpeg"))
    card = visitor.card("turned.jpg")
    expect(card).to_contain_text("128 × 192 px")
    x1, y1, x2, y2 = RED_BOX
    assert_drawn_at(card, (128 - y2, x1, 128 - y1, x2), (128, 192))


def test_several_pictures_are_dropped_and_pasted_and_an_example_is_tried(visit: Visit):
    visitor = visit()
    visitor.drop()  # a link, say
    expect(visitor.page.get_by_role("alert")).to_contain_text("That was no file")
    visitor.drop(BOTH, GREY)
    expect(visitor.page.get_by_role("alert")).to_have_count(0)
    expect(visitor.card("both.png").locator(".found")).to_have_text("2 found.")
    expect(visitor.card("grey.png").locator(".found")).to_have_text("Nothing found.")
    visitor.paste(RED)
    expect(visitor.card("red.png").locator("rect.line")).to_have_count(1)
    visitor.page.get_by_role("button", name="Example a red one.png").click()
    expect(visitor.card("a red one.png").locator("rect.line")).to_have_count(1)
    expect(visitor.page.get_by_role("status")).to_have_text("4 pictures: 4 found")
    names = visitor.page.get_by_role("article").locator("h2").all_text_contents()
    assert names == ["a red one.png", "red.png", "both.png", "grey.png"]  # the newest first


def test_the_slider_hides_boxes_at_once_and_asks_nobody(visit: Visit):
    pale = picture(192, 128, red=RED_BOX)
    pale[60:120, 96:180] = (127, 255, 127)  # half as green as can be
    visitor = visit()
    visitor.choose(PictureFile("pale.png", encoded(pale)))
    page, card = visitor.page, visitor.card("pale.png")
    lines, rows = card.locator("rect.line:visible"), card.locator("tbody tr:visible")
    expect(lines).to_have_count(2)
    asked = list(visitor.asked)
    slider = page.get_by_role("slider", name="Score threshold")
    expect(slider).to_have_value(str(SCORE_THRESHOLD))
    slider.fill("0.75")
    expect(page.locator("#threshold-value")).to_have_text("0.75")
    expect(lines).to_have_count(1)
    expect(rows).to_have_count(1)
    expect(card.locator(".tag:visible")).to_have_text("red 1.00")
    expect(card.locator(".found")).to_contain_text("1 found; 1 below the threshold, the best green")
    expect(page.get_by_role("status")).to_have_text("1 picture: 1 found, 1 below the threshold")
    page.get_by_role("button", name="Reset to 0.25").click()
    expect(lines).to_have_count(2)
    expect(slider).to_have_value(str(SCORE_THRESHOLD))
    assert visitor.asked == asked


def test_the_json_is_the_services_answer_at_the_threshold(visit: Visit):
    visitor = visit(permissions=("clipboard-read", "clipboard-write"))
    visitor.choose(BOTH)
    card = visitor.card("both.png")
    card.get_by_text("JSON", exact=True).click()
    visitor.page.get_by_role("slider").fill("0.5")
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == card.locator("pre").text_content()
    answer = httpx.post(
        visitor.address + "/v1/predict",
        params={"score_threshold": 0.5},
        files={"file": ("both.png", BOTH.content)},
    ).json()
    shown = json.loads(copied)
    for one in (answer, shown):
        del one["timings_ms"]
    assert shown == answer


def test_the_picture_is_saved_with_its_boxes(visit: Visit):
    visitor = visit()
    visitor.choose(RED)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Save with boxes").click()
    assert download.value.suggested_filename == "red-boxes.png"
    pixels = np.asarray(Image.open(BytesIO(download.value.path().read_bytes())).convert("RGB"))
    assert pixels.shape == (128, 192, 3)
    colour = list(bytes.fromhex(page_style.SERIES["series-1"][1:]))
    lower_edge = pixels[45:51, 36].astype(int)
    assert np.abs(lower_edge - colour).max(axis=1).min() < 40
    assert pixels[30, 36].tolist() == [255, 0, 0]


def test_names_of_files_are_text_whatever_they_say(visit: Visit):
    name = '<img src=x onerror="document.title=1"><script>document.title=1<.png'
    visitor = visit(360)
    visitor.drop(PictureFile(name, RED.content), PictureFile(name + "x" * 150, NO_PICTURE.content))
    card = visitor.card(name)
    expect(card.get_by_role("heading")).to_have_text(name)
    expect(card.locator("rect.line")).to_have_count(1)
    card.get_by_text("JSON", exact=True).click()
    [shown] = json.loads(card.locator("pre").text_content() or "")["images"]
    assert shown["name"] == name.replace('"', "%22")  # as browsers send it in a form
    expect(visitor.page).to_have_title("colours · objloc")
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width == 360  # nothing is wider than the phone


def test_a_picture_that_the_browser_cannot_show_has_its_boxes_on_a_blank(visit: Visit):
    visitor = visit()
    tiff = encoded(picture(192, 128, red=RED_BOX), "TIFF")
    visitor.choose(PictureFile("scan.tiff", tiff, "image/tiff"))
    card = visitor.card("scan.tiff")
    expect(card).to_contain_text("This browser cannot show the picture")
    expect(card.get_by_role("row").nth(1)).to_contain_text("red")
    drawn, blank = rectangle(card.locator("rect.line")), rectangle(card.locator("svg"))
    share = (drawn - np.tile(blank[:2], 2)) / np.tile(blank[2:] - blank[:2], 2)
    np.testing.assert_allclose(share * [192, 128, 192, 128], RED_BOX, atol=1)

import base64
import io
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.errors import ObjlocError
from objloc.page import Page

VOID = {"meta", "img", "source"}


class Outline(HTMLParser):
    """What a browser would see: elements in order, their text, and that all are closed rightly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def svg(text: str = "axis") -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "http://www.w3.org/x.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<defs><clipPath id="clip"><rect/></clipPath></defs>'
        f'<g clip-path="url(#clip)"><use xlink:href="#clip"/><text>{text}</text></g></svg>'
    )


def test_what_is_added_stands_in_order_and_every_element_is_closed():
    page = Page("Title", "below it")
    page.heading("First")
    page.paragraph("one")
    with page.details("more"):
        page.table(["a", "b"], [["x", 1]], numeric=[1], caption="a table")
    page.figure(svg(), "a drawing")
    page.heading("Second", level=3)
    seen = Outline(page.html())
    order = [tag for tag, _ in seen.elements if tag in {"h1", "h2", "p", "table", "figure", "h3"}]
    assert order == ["h1", "p", "h2", "p", "table", "figure", "h3"]
    assert seen.texts["title"] == seen.texts["h1"] == ["Title"]
    assert seen.texts["caption"] == ["a table"]
    assert seen.texts["summary"] == ["more"]
    assert seen.named("th") == [{}, {"class": "number"}]


def test_markup_in_texts_is_shown_and_not_obeyed():
    evil = "<script>alert('1')</script>\"'&"
    page = Page(evil, evil)
    page.heading(evil)
    page.paragraph(evil)
    page.table([evil], [[evil]], caption=evil)
    page.pictures([(np.zeros((2, 3, 3), np.uint8), evil)])
    page.figure(svg(), evil)
    with page.details(evil):
        pass
    seen = Outline(page.html())
    assert seen.named("script") == []
    for tag in ("title", "h1", "h2", "p", "th", "td", "caption", "figcaption", "summary"):
        assert set(seen.texts[tag]) == {evil}, tag
    assert seen.named("img")[0]["alt"] == evil
    assert seen.named("svg")[0]["aria-label"] == evil


def test_the_page_asks_for_nothing_outside_itself():
    page = Page("Title")
    page.pictures([(np.zeros((2, 3, 3), np.uint8), "black")])
    page.figure(svg(), "drawing")
    seen = Outline(page.html())
    assert seen.named("link") == []
    for _, attributes in seen.elements:
        for name in ("src", "href", "xlink:href"):
            target = attributes.get(name) or "#"
            assert target.startswith(("#", "data:"))
    assert "@import" not in page.html()
    assert "url(http" not in page.html()
    policy = [m for m in seen.named("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0]["content"].startswith("default-src 'none'")


def test_a_picture_comes_back_from_the_page():
    rng = np.random.default_rng(0)
    drawing = np.zeros((40, 60, 3), np.uint8)
    drawing[5:9, 5:50] = (230, 159, 0)
    photograph = rng.integers(0, 256, (50, 30, 1)).repeat(3, axis=2).astype(np.uint8)
    page = Page("Title")
    page.pictures([(drawing, "drawing"), (photograph, "photograph")])
    images = Outline(page.html()).named("img")
    pixels = []
    for image in images:
        kind, data = image["src"].removeprefix("data:image/").split(";base64,")
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        assert picture.format == {"png": "PNG", "jpeg": "JPEG"}[kind]
        pixels.append(np.asarray(picture))
    np.testing.assert_array_equal(pixels[0], drawing)  # stored without loss
    assert np.abs(pixels[1].astype(int) - photograph).mean() < 8
    assert [(i["width"], i["height"]) for i in images] == [("60", "40"), ("30", "50")]


def test_drawings_on_one_page_share_no_ids():
    page = Page("Title")
    page.figure(svg("first"), "one")
    page.figure(svg("second"), "two")
    seen = Outline(page.html())
    ids = [a["id"] for _, a in seen.elements if "id" in a]
    assert len(ids) == len(set(ids)) == 2
    for clip, group, use in zip(
        seen.named("clippath"), seen.named("g"), seen.named("use"), strict=True
    ):
        assert group["clip-path"] == f"url(#{clip['id']})"
        assert use["xlink:href"] == f"#{clip['id']}"
    assert "DOCTYPE" not in page.html()  # the drawing's own; the page's is in small letters


def test_a_drawing_of_matplotlib_stays_well_formed():
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], marker="o")
    axes.set_title("a < b & c")
    written = io.StringIO()
    figure.savefig(written, format="svg")
    page = Page("Title")
    page.figure(written.getvalue(), "line")
    text = page.html()
    drawing = text[text.index("<svg") : text.index("</svg>") + 6]
    root = ElementTree.fromstring(drawing)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    used = {
        element.get("{http://www.w3.org/1999/xlink}href")
        for element in root.iter()
        if element.tag.endswith("use")
    }
    assert used
    assert {target.removeprefix("#") for target in used} <= ids


def test_numbers_that_are_none_are_dashes_and_heat_has_limits():
    page = Page("Title")
    page.table(
        ["a", "b", "c", "d"],
        [[None, float("nan"), np.float32("nan"), 0]],
        shades=[[0.0, float("nan"), 0.25, 7.0]],
    )
    seen = Outline(page.html())
    assert seen.texts["td"] == ["–", "–", "–", "0"]
    assert [cell.get("style") for cell in seen.named("td")] == [
        None,
        None,
        "--shade:0.250",
        "--shade:1.000",
    ]


def test_sentences_in_tables_get_room() -> None:
    page = Page("Title")
    page.table(["name", "what it means"], [["IoU", "overlap of two boxes, divided by their union"]])
    assert [cell.get("class") for cell in Outline(page.html()).named("td")] == [None, "sentence"]


def test_a_list_of_contents_leads_to_the_sections_of_a_long_page():
    page = Page("Title")
    for text in ("One", "Two"):
        page.heading(text)
    assert Outline(page.html()).named("nav") == []
    page.heading("Three")
    seen = Outline(page.html())
    targets = [link["href"] for link in seen.named("a")]
    assert targets == [f"#{heading['id']}" for heading in seen.named("h2")]
    assert seen.texts["a"] == ["One", "Two", "Three"]


def test_what_makes_no_page_is_refused():
    page = Page("Title")
    with pytest.raises(ValueError, match="row 1 has 1 cells, the header 2"):
        page.table(["a", "b"], [["x", "y"], ["z"]])
    with pytest.raises(ValueError, match="level 1"):
        page.heading("Another title", level=1)
    with pytest.raises(ValueError, match="no <svg>"):
        page.figure("<p>", "nothing")


def test_a_page_is_written_whole_into_a_folder_that_is_made(tmp_path: Path):
    page = Page("Größe")
    page.write(tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text(encoding="utf-8") == page.html()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["page.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ObjlocError, match=r"page\.html: the page cannot be written there"):
        page.write(tmp_path / "file" / "page.html")


def test_a_film_moves_unless_less_motion_is_asked_for():
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue")]
    for kind in ("gif", "webp"):
        buffer = io.BytesIO()
        frames[0].save(buffer, format=kind, save_all=True, append_images=frames[1:])
        page = Page("Title")
        page.animation(buffer.getvalue(), np.asarray(frames[1]), "<two> colours")
        seen = Outline(page.html())
        [image], [source] = seen.named("img"), seen.named("source")
        assert (image["alt"], image["width"], image["height"]) == ("<two> colours", "6", "4")
        start, _, data = image["src"].partition(",")
        assert start == f"data:image/{kind};base64"
        assert base64.b64decode(data) == buffer.getvalue()
        assert source["media"] == "(prefers-reduced-motion: reduce)"
        still = Image.open(io.BytesIO(base64.b64decode(source["srcset"].partition(",")[2])))
        assert getattr(still, "n_frames", 1) == 1
        assert still.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    with pytest.raises(ValueError, match="neither GIF nor WebP"):
        Page("Title").animation(b"\x89PNG", np.asarray(frames[0]), "")

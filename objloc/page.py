"""Pages to read in a browser: one HTML file each, with everything in it."""

import base64
import html
import io
import math
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from objloc.errors import ObjlocError
from objloc.page_style import STYLE

# What the page itself contains is all that it may show: a browser asks nobody for anything, even
# if a class name or a path finds a way through the escaping.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_JPEG_QUALITY = 88
_SECTIONS_FOR_CONTENTS = 3
_SENTENCE = 40  # characters from which on a cell is no name or number any more


class Page:
    """One self-contained HTML file that opens offline, in light and dark, without scripts.

    What is added stands on the page in the order of the calls. Texts are plain: HTML in them is
    shown, not obeyed.

    Args:
        title: stands in the browser's tab and above the page.
        subtitle: a line below it.

    Example:
        >>> page = Page("Labels of raccoon", "200 pictures")
        >>> page.heading("Findings")
        >>> page.table(["file", "boxes"], [["a.jpg", 2]], numeric=[1])
        >>> with page.details("All of them"):
        ...     page.paragraph("…")
        >>> page.write(Path("report.html"))
    """

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title = title
        self.subtitle = subtitle
        self._parts: list[str] = []
        self._sections: list[str] = []
        self._figures = 0

    def heading(self, text: str, level: int = 2) -> None:
        """A heading; those of level 2 make the page's list of contents. Level 1 is the title."""
        if not 2 <= level <= 6:
            raise ValueError(f"level {level}: headings below the title have 2 to 6")
        anchor = ""
        if level == 2:
            self._sections.append(text)
            anchor = f' id="section-{len(self._sections)}"'
        self._parts.append(f"<h{level}{anchor}>{html.escape(text)}</h{level}>")

    def paragraph(self, text: str) -> None:
        """A paragraph of plain text."""
        self._parts.append(f"<p>{html.escape(text)}</p>")

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        numeric: Collection[int] = (),
        *,
        caption: str = "",
        shades: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """A table; one wider than the page scrolls sideways by itself.

        Args:
            header: the columns' names.
            rows: cells as long as the header; None and NaN are shown as a dash.
            numeric: columns that are aligned to the right, by index.
            caption: what the table shows, above it.
            shades: for a heat map, how strongly each cell is coloured: 0 not at all, 1 fully.

        Raises:
            ValueError: a row is not as long as the header.
        """
        lines = ['<div class="scroll" tabindex="0"><table>']
        if caption:
            lines.append(f"<caption>{html.escape(caption)}</caption>")
        names = (
            f"<th{_kind(column, numeric)}>{html.escape(name)}</th>"
            for column, name in enumerate(header)
        )
        lines.append(f"<thead><tr>{''.join(names)}</tr></thead><tbody>")
        for number, row in enumerate(rows):
            if len(row) != len(header):
                raise ValueError(f"row {number} has {len(row)} cells, the header {len(header)}")
            shade = shades[number] if shades is not None else [0.0] * len(row)
            cells = (
                f"<td{_kind(column, numeric, value)}{_shaded(shade[column])}>{_cell(value)}</td>"
                for column, value in enumerate(row)
            )
            lines.append(f"<tr>{''.join(cells)}</tr>")
        lines.append("</tbody></table></div>")
        self._parts.append("\n".join(lines))

    def pictures(self, pictures: Sequence[tuple[UInt8[np.ndarray, "_h _w 3"], str]]) -> None:
        """Pictures, RGB, with their captions, side by side as there is room."""
        if not pictures:
            return
        lines = ['<div class="pictures">']
        for image, caption in pictures:
            height, width = image.shape[:2]
            text = html.escape(caption)
            lines.append(
                f'<figure><img src="{_data_uri(image)}" alt="{text}" width="{width}"'
                f' height="{height}" loading="lazy"><figcaption>{text}</figcaption></figure>'
            )
        lines.append("</div>")
        self._parts.append("\n".join(lines))

    def animation(self, film: bytes, still: UInt8[np.ndarray, "_h _w 3"], caption: str) -> None:
        """An animated GIF or WebP; who asked for less motion is shown the still picture.

        Args:
            film: the file's content.
            still: one of its frames, RGB: usually the last.
            caption: what it shows.

        Raises:
            ValueError: `film` is neither GIF nor WebP.
        """
        kind = _animation_kind(film)
        height, width = still.shape[:2]
        text = html.escape(caption)
        data = base64.b64encode(film).decode("ascii")
        self._parts.append(
            '<figure class="film"><picture>'
            f'<source media="(prefers-reduced-motion: reduce)" srcset="{_data_uri(still)}">'
            f'<img src="data:image/{kind};base64,{data}" alt="{text}" width="{width}"'
            f' height="{height}"></picture><figcaption>{text}</figcaption></figure>'
        )

    def figure(self, svg: str, caption: str) -> None:
        """A drawing, as matplotlib writes it: it becomes part of the page, its text searchable.

        Raises:
            ValueError: `svg` holds no drawing.
        """
        found = re.search(r"<svg\b.*</svg>", svg, re.DOTALL)
        if found is None:
            raise ValueError("no <svg> element in the drawing")
        self._figures += 1
        text = html.escape(caption)
        drawing = _with_own_ids(found.group(), f"figure-{self._figures}-")
        drawing = drawing.replace("<svg", f'<svg role="img" aria-label="{text}"', 1)
        self._parts.append(
            f'<figure class="drawing">{drawing}<figcaption>{text}</figcaption></figure>'
        )

    @contextmanager
    def details(self, summary: str) -> Iterator[None]:
        """Fold what is added inside the block under a line that opens it."""
        self._parts.append(f"<details><summary>{html.escape(summary)}</summary>")
        try:
            yield
        finally:
            self._parts.append("</details>")

    def html(self) -> str:
        """The page's text."""
        title = html.escape(self.title)
        subtitle = f'<p class="subtitle">{html.escape(self.subtitle)}</p>' if self.subtitle else ""
        head = [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{title}</h1>{subtitle}{self._contents()}</header>",
            "<main>",
        ]
        return "\n".join([*head, *self._parts, "</main>", "</body>", "</html>", ""])

    def write(self, path: Path) -> None:
        """Write the page, whole or not at all; its folder is made.

        Raises:
            ObjlocError: it cannot be written there.
        """
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(self.html(), encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            reason = error.strerror or error
            raise ObjlocError(f"{path}: the page cannot be written there ({reason})") from error

    def _contents(self) -> str:
        """Links to the sections, where there are enough of them to lose one's way."""
        if len(self._sections) < _SECTIONS_FOR_CONTENTS:
            return ""
        links = (
            f'<a href="#section-{number}">{html.escape(text)}</a>'
            for number, text in enumerate(self._sections, start=1)
        )
        return f'<nav aria-label="Contents">{" ".join(links)}</nav>'


def _kind(column: int, numeric: Collection[int], value: object = "") -> str:
    """The cell's class: numbers stand to the right, sentences get room to be read."""
    if column in numeric:
        return ' class="number"'
    return ' class="sentence"' if len(str(value)) > _SENTENCE else ""


def _shaded(shade: float) -> str:
    """The cell's part of the heat map; nothing where there is no number."""
    if not shade > 0:
        return ""
    return f' style="--shade:{min(shade, 1.0):.3f}"'


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return "–"
    return html.escape(str(value))


def _data_uri(image: UInt8[np.ndarray, "_h _w 3"]) -> str:
    """The picture as PNG where that is no larger, which holds for drawings, else as JPEG."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(png, format="PNG")
    # Colours at full resolution: thin coloured lines would smear otherwise.
    picture.save(jpeg, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    if png.tell() <= jpeg.tell():
        kind, data = "png", png.getvalue()
    else:
        kind, data = "jpeg", jpeg.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _animation_kind(film: bytes) -> str:
    """What the first bytes say that it is."""
    if film.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if film.startswith(b"RIFF") and film[8:12] == b"WEBP":
        return "webp"
    raise ValueError("the animation is neither GIF nor WebP")


def _with_own_ids(svg: str, prefix: str) -> str:
    """The drawing with a prefix to its ids: two drawings on one page would share them otherwise."""
    svg = re.sub(r'(\sid=")', rf"\g<1>{prefix}", svg)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", svg)

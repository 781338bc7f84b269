"""Tells the study once, for its page and for its README, and keeps every number that it tells."""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from experiments.marked_text import markdown_table
from experiments.white_box.claim import Claim
from experiments.white_box.study_page import StudyPage
from objloc.data.drawing import tile
from objloc.insight.finding import Finding
from objloc.page_drawing import standalone

_QUALITY = 82
_CELL = 288  # sides of a picture in a sheet of the README, in pixels

Captioned = tuple[UInt8[np.ndarray, "_h _w 3"], str]


class Story:
    """What is told goes onto the page and into the README, in the order of the calls.

    Findings, and what is said to be `page_only`, go onto the page alone.

    Args:
        title: of both.
        subtitle: a line below it.
    """

    def __init__(self, title: str, subtitle: str) -> None:
        self.page = StudyPage(title, subtitle)
        self.claims: list[Claim] = []
        self._tables: dict[str, list[list[str]]] = {}
        self._numbers: dict[str, float] = {}
        self._lines = [f"# {title}", subtitle]
        self._files: dict[str, bytes] = {}

    def section(self, text: str) -> None:
        """A heading of level 2."""
        self.page.heading(text)
        self._lines.append(f"## {text}")

    def part(self, text: str) -> None:
        """A heading of level 3."""
        self.page.heading(text, level=3)
        self._lines.append(f"### {text}")

    def text(self, text: str, *, page_only: bool = False) -> None:
        """A paragraph."""
        self.page.paragraph(text)
        if not page_only:
            self._lines.append(text)

    def command(self, words: str) -> None:
        """A line for the shell."""
        self.page.paragraph(words)
        self._lines.append(f"```\n{words}\n```")

    def claim(self, claim: Claim) -> None:
        """A claim as a paragraph; all that were measured stand together at the end, too."""
        if claim.is_measured:
            self.claims.append(claim)
        self.text(claim.text)

    def numbers(self, numbers: Mapping[str, float]) -> None:
        """Keeps numbers in the results without telling them; times, which vary, are left out."""
        self._numbers |= {
            name: float(value)
            for name, value in numbers.items()
            if not name.endswith(("seconds", "images_per_second"))
        }

    def table(
        self,
        name: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        caption: str = "",
        words: Sequence[int] = (0,),
    ) -> None:
        """A table.

        Args:
            name: in the results.
            header: names of the columns.
            rows: cells of text.
            caption: what is to be seen.
            words: the columns that hold no numbers.
        """
        cells = [list(header), *(list(row) for row in rows)]
        self._tables[name] = cells
        numeric = [column for column in range(len(header)) if column not in words]
        self.page.table(header, rows, numeric, caption=caption)
        self._lines.append(markdown_table(cells, words))
        self._lines += [f"*{caption}*"] if caption else []

    def pictures(
        self, pictures: Sequence[Captioned], keep_as: str | None = None, caption: str = ""
    ) -> None:
        """Pictures with their captions.

        Args:
            pictures: RGB.
            keep_as: a file's name, without an ending, for a sheet of them in the README; None to
                leave them out of it.
            caption: of the sheet, in place of all their captions.
        """
        self.page.pictures(pictures)
        if keep_as is None:
            return
        cells = [
            cv2.resize(one, (_CELL, _CELL), interpolation=cv2.INTER_AREA) for one, _ in pictures
        ]
        data = io.BytesIO()
        Image.fromarray(tile(cells, columns=min(4, len(cells)))).save(
            data, format="WEBP", quality=_QUALITY, method=6
        )
        self._files[f"{keep_as}.webp"] = data.getvalue()
        captions = caption or "; ".join(one for _, one in pictures)
        self._lines += [f"![{keep_as.replace('_', ' ')}](pictures/{keep_as}.webp)", f"*{captions}*"]

    def figure(self, svg: str, caption: str, keep_as: str | None = None) -> None:
        """A drawing with its caption; `keep_as` as for pictures."""
        self.page.figure(svg, caption)
        if keep_as is not None:
            self._files[f"{keep_as}.svg"] = standalone(svg).encode()
            self._lines += [
                f"![{keep_as.replace('_', ' ')}](pictures/{keep_as}.svg)",
                f"*{caption}*",
            ]

    def film(
        self, name: str, webp: bytes, still: UInt8[np.ndarray, "_h _w 3"], caption: str
    ) -> None:
        """A film, on the page and in the README.

        Args:
            name: of its file, without an ending.
            webp: an animated picture.
            still: what is shown where nothing moves.
            caption: what is to be seen.
        """
        self.page.animation(webp, still, caption)
        self._files[f"{name}.webp"] = webp
        self._lines += [f"![{name.replace('_', ' ')}](pictures/{name}.webp)", f"*{caption}*"]

    def finding(self, finding: Finding, name: str, *, folded: str = "") -> None:
        """What a part of an explanation found, on the page alone; its numbers are kept.

        Args:
            finding: the finding.
            name: begins the names of its numbers.
            folded: a line that opens it; "" for open from the start.
        """
        self.numbers({f"{name}/{key}": value for key, value in finding.metrics().items()})
        with self.page.further_down():
            if folded:
                with self.page.details(folded):
                    finding.add_to(self.page)
            else:
                finding.add_to(self.page)

    def results(self) -> dict[str, Any]:
        """Everything that was measured, ready for JSON; what is not a number is null."""
        return {
            "claims": [
                {
                    "name": claim.name,
                    "number": claim.number,
                    "threshold": claim.threshold,
                    "holds": claim.holds,
                    **({"others": dict(claim.others)} if claim.others else {}),
                    "sentence": claim.sentence,
                    "otherwise": claim.otherwise,
                }
                for claim in self.claims
            ],
            "tables": self._tables,
            "numbers": {
                name: value if np.isfinite(value) else None
                for name, value in sorted(self._numbers.items())
            },
        }

    def write(self, folder: Path, facts: Mapping[str, Any]) -> None:
        """Writes README.md, index.html, results.json and pictures/.

        Args:
            folder: of the study; what an earlier run wrote there is replaced.
            facts: go into the results, too.
        """
        pictures = folder / "pictures"
        shutil.rmtree(pictures, ignore_errors=True)
        pictures.mkdir(parents=True)
        for name, data in self._files.items():
            (pictures / name).write_bytes(data)
        (folder / "README.md").write_text("\n\n".join(self._lines) + "\n", encoding="utf-8")
        content = json.dumps({**facts, **self.results()}, indent=1, allow_nan=False)
        (folder / "results.json").write_text(f"{content}\n", encoding="utf-8")
        self.page.write(folder / "index.html")

"""A diagnosis as a page for a browser: verdict, kinds, statistics, every finding."""

from collections.abc import Iterable, Sequence

from objloc.data.doctor.diagnosis import SEVERITIES, Diagnosis, Group
from objloc.data.doctor.kinds import title
from objloc.data.doctor.thumbnails import Thumbnails
from objloc.data.files.finding import Finding
from objloc.data.files.printable import printable
from objloc.data.statistics import QUANTILES, Statistics
from objloc.page import Page

_ROWS = 500  # of a table; all of them are in the JSON file
_UNFOLDED = 5  # findings of a kind; more of them are a folded table
_CLASSES = 50
_HEADINGS = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
_PLACES = ("left", "middle", "right"), ("top", "middle", "bottom")


def page_report(diagnosis: Diagnosis, thumbnails: int) -> Page:
    """The page.

    Args:
        diagnosis: what it tells.
        thumbnails: pictures shown of each kind of finding.
    """
    annotations = diagnosis.annotations
    pictures = f"{len(annotations)} pictures, {len(annotations.boxes)} objects"
    page = Page(f"Check of {diagnosis.name}", f"{pictures} · {printable(annotations.root)}")
    page.paragraph(diagnosis.verdict())
    groups = diagnosis.groups()
    if groups:
        page.table(
            ["severity", "finding", "count"],
            [[group.severity, title(group.kind), len(group.findings)] for group in groups],
            numeric=[2],
        )
    page.heading("What the data is")
    _data(page, diagnosis)
    drawn = Thumbnails(annotations)
    for severity in SEVERITIES:
        chosen = [group for group in groups if group.severity == severity]
        if chosen:
            page.heading(_HEADINGS[severity])
            for group in chosen:
                _group(page, group, drawn, thumbnails)
    return page


def _group(page: Page, group: Group, drawn: Thumbnails, thumbnails: int) -> None:
    findings = group.findings
    count = f" ({len(findings)})" if len(findings) > 1 else ""
    page.heading(f"{title(group.kind)}{count}", level=3)
    if len(findings) == 1:
        page.paragraph(printable(findings[0]))
    ways_out = {finding.way_out for finding in findings}
    if len(findings) > 1 and len(ways_out) == 1:
        page.paragraph(f"Way out: {printable(ways_out.pop())}.")
    page.pictures(drawn.of(findings, thumbnails))
    if len(findings) == 1:
        return
    if len(findings) <= _UNFOLDED:
        for finding in findings:
            place = f"{finding.file}: {finding.where}" if finding.where else finding.file
            way_out = f"; {finding.way_out}" if ways_out else ""  # else it has been said
            page.paragraph(printable(f"{place}: {finding.message}{way_out}"))
        return
    summary = f"All {len(findings)} of them"
    if len(findings) > _ROWS:
        summary = f"{_ROWS} of them; all {len(findings)} are in findings.json"
    with page.details(summary):
        _table(page, findings[:_ROWS])


def _table(page: Page, findings: Sequence[Finding]) -> None:
    """A row for each; a column that would say nothing, or the same in every row, is left out."""
    columns = {
        "file": [finding.file for finding in findings],
        "place": [finding.where for finding in findings],
        "what": [finding.message for finding in findings],
        "way out": [finding.way_out for finding in findings],
    }
    if not any(columns["place"]):
        del columns["place"]
    if len(set(columns["way out"])) == 1:
        del columns["way out"]
    rows = [[printable(text) for text in row] for row in zip(*columns.values(), strict=True)]
    page.table(list(columns), rows)


def _data(page: Page, diagnosis: Diagnosis) -> None:
    page.table(
        ["split", "pictures", "without objects", "objects"],
        [[split.name, split.pictures, split.empty, split.objects] for split in diagnosis.splits],
        numeric=[1, 2, 3],
    )
    statistics = diagnosis.statistics
    if statistics is not None and statistics.objects:
        _classes(page, statistics)
        _boxes(page, statistics)
    if diagnosis.loss is not None:
        loss = diagnosis.loss
        page.table(
            ["objects", "tried", "lost", "share"],
            [
                [name, tried, lost, f"{lost / tried:.1%}"]
                for name, (tried, lost) in (*loss.by_class.items(), *loss.by_size.items())
            ],
            numeric=[1, 2, 3],
            caption=f"What augmentation takes out ({loss.pictures} training pictures, three "
            "epochs; sizes are square roots of areas in the resized picture)",
        )


def _classes(page: Page, statistics: Statistics) -> None:
    ordered = sorted(statistics.class_counts.items(), key=lambda item: -item[1])
    most = max(1, ordered[0][1])
    rest = len(ordered) - _CLASSES
    page.table(
        ["class", "objects", "share"],
        [
            [printable(name), count, f"{count / statistics.objects:.1%}"]
            for name, count in ordered[:_CLASSES]
        ],
        numeric=[1, 2],
        caption="Classes" + (f", the {_CLASSES} largest of {len(ordered)}" if rest > 0 else ""),
        shades=[[0.0, count / most, 0.0] for _, count in ordered[:_CLASSES]],
    )


def _boxes(page: Page, statistics: Statistics) -> None:
    heads = ["smallest", *(f"{share:.0%}" for share in QUANTILES[1:-1]), "largest"]
    page.table(
        ["boxes", *heads],
        [
            ["width, px", *_numbers(statistics.width)],
            ["height, px", *_numbers(statistics.height)],
            ["area, % of picture", *_numbers(100 * value for value in statistics.area)],
        ],
        numeric=range(1, len(heads) + 1),
        caption="Sizes: so many percent of the boxes are at most as large",
    )
    most = max(max(row) for row in statistics.centres) or 1.0
    columns, rows = _PLACES
    page.table(
        ["", *columns],
        [
            [name, *(f"{value:.1%}" for value in row)]
            for name, row in zip(rows, statistics.centres, strict=True)
        ],
        numeric=[1, 2, 3],
        caption="Where the boxes' centres are in the picture",
        shades=[[0.0, *(value / most for value in row)] for row in statistics.centres],
    )


def _numbers(values: Iterable[float]) -> list[str]:
    return [f"{value:.1f}" for value in values]

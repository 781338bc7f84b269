"""Writes down what was measured: files for people and programs, pictures, and a tracked run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from objloc.data import BatchForm, SampleSource
from objloc.evaluation import Report
from objloc.evaluation.measurement import Measurement
from objloc.evaluation.pages import Gallery, report_page
from objloc.training.gallery import choose, gallery, sheet
from objloc.training.prediction_sheet import LEGEND, save_picture
from objloc.training.run_folder import write_atomically
from objloc.training.run_logger import RunLogger


@dataclass(frozen=True)
class Results:
    """What was measured, with what is needed to show it.

    Attributes:
        title: of the reports: what was evaluated.
        split: the split that `measurement` is of.
        measurement: of that split.
        source: its pictures.
        form: what they were brought to.
        facts: model, data and settings, by name; shown on the page.
        others: reports of further splits.
        intro: a sentence at the top of `report.md`.
        numbers: further numbers for `report.json`.
    """

    title: str
    split: str
    measurement: Measurement
    source: SampleSource
    form: BatchForm
    facts: Mapping[str, object]
    others: Mapping[str, Report] = field(default_factory=dict)
    intro: str = ""
    numbers: Mapping[str, object] = field(default_factory=dict)

    @property
    def reports(self) -> dict[str, Report]:
        """Every split's report, that of `split` first."""
        return {self.split: self.measurement.report, **self.others}

    def metrics(self) -> dict[str, float]:
        """Every number by its name, `<split>/<metric>`; NaN where nothing is measurable."""
        named = {split: report.metrics for split, report in self.others.items()}
        named[self.split] = self.measurement.metrics()
        return {
            f"{split}/{name}": value
            for split, all_of in named.items()
            for name, value in all_of.items()
        }


def dataset_facts(description: Mapping[str, object]) -> dict[str, object]:
    """What a page says of a dataset, from its `describe()`."""
    names = description.get("class_names")
    return {
        "data": description.get("name") or description.get("kind", "?"),
        "data's digest": str(description.get("digest", "?"))[:16],
        "classes": ", ".join(map(str, names)) if isinstance(names, Sequence) else "?",
    }


def write_results(results: Results, folder: Path, logger: RunLogger, step: int = 0) -> None:
    """Write `report.md`, `.json` and `.html` and the pictures, and log them with the numbers.

    Args:
        results: what was measured.
        folder: of the run; it exists.
        logger: where everything goes too; tables below `tables/<split>/`.
        step: that the numbers stand at: epochs trained.

    Raises:
        TrainingError: the disk is full or the folder cannot be written.
    """
    finite = {name: value for name, value in results.metrics().items() if np.isfinite(value)}
    logger.log_metrics(finite, step=step)
    _log_tables(results, logger)
    _write_report(results, folder, logger)
    _write_pictures(results, folder, logger)


def _log_tables(results: Results, logger: RunLogger) -> None:
    for name, (header, rows) in results.measurement.analysis.tables().items():
        logger.log_table(header, rows, f"tables/{results.split}/{name}.json")


def _write_report(results: Results, folder: Path, logger: RunLogger) -> None:
    """`report.md` for people and `report.json` for programs."""
    sections = [f"## {name}\n\n{report.as_markdown()}" for name, report in results.reports.items()]
    text = "\n".join([f"# {results.title}\n", results.intro, *sections])
    numbers = {
        **results.numbers,
        **{
            name: {**report.metrics, "baselines": report.baselines}
            for name, report in results.reports.items()
        },
        "analysis": {results.split: results.measurement.analysis.metrics()},
    }
    for name, content in (("report.md", text), ("report.json", _as_json(numbers))):
        write_atomically(folder / name, content.encode())
        logger.log_file(folder / name)


def _as_json(numbers: Mapping[str, object]) -> str:
    """As text; NaN becomes null, as JSON has no word for it."""
    return json.dumps(_without_nan(numbers), indent=2, allow_nan=False) + "\n"


def _without_nan(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _write_pictures(results: Results, folder: Path, logger: RunLogger) -> None:
    """The sheet of predictions, and the page."""
    measurement, source = results.measurement, results.source
    choice = choose(measurement)
    pictures = sheet(measurement, choice, source, results.form)
    if pictures is not None:
        save_picture(pictures, folder / "pictures" / f"{results.split}.png")
        logger.log_image(pictures, f"pictures/{results.split}.png")
    page = report_page(
        results.title,
        f"{results.split} split",
        measurement.report,
        measurement.analysis,
        Gallery(
            gallery(measurement, choice.worst, source),
            gallery(measurement, choice.random, source),
            LEGEND,
        ),
        results.facts,
    )
    write_atomically(folder / "report.html", page.html().encode())
    logger.log_file(folder / "report.html")

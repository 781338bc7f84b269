"""Writes down what was found inside a model: a page, numbers, pictures, and a tracked run."""

import math
from collections.abc import Mapping
from pathlib import Path

from objloc.insight.explanation import explanation_json, explanation_page
from objloc.insight.finding import Finding
from objloc.training.prediction_sheet import save_picture
from objloc.training.run_folder import write_atomically
from objloc.training.run_logger import RunLogger

PAGE, NUMBERS, PICTURES = "explanation.html", "numbers.json", "pictures"

_SUBTITLE = "Where it looks, what it computes, how it learned and how it breaks."


def keep_explanation(
    findings: Mapping[str, Finding],
    title: str,
    facts: Mapping[str, object],
    folder: Path,
    logger: RunLogger,
) -> Path:
    """Writes all findings, and logs them.

    Args:
        findings: what each part found, in the order of the page.
        title: of the page.
        facts: name to value: model, data, settings.
        folder: for the files; it exists.
        logger: where everything goes too.

    Returns:
        The page's file.

    Raises:
        ObjlocError: the disk is full or the folder cannot be written.
    """
    explanation_page(title, _SUBTITLE, findings, facts).write(folder / PAGE)
    write_atomically(folder / NUMBERS, explanation_json(findings, facts).encode())
    for name in (PAGE, NUMBERS):
        logger.log_file(folder / name)
    for finding in findings.values():
        metrics = finding.metrics()
        logger.log_metrics({name: value for name, value in metrics.items() if math.isfinite(value)})
        for name, (header, rows) in finding.tables().items():
            logger.log_table(header, rows, f"tables/{name}.json")
        for name, picture in finding.pictures().items():
            save_picture(picture, folder / PICTURES / f"{name}.png")
            logger.log_image(picture, f"{PICTURES}/{name}.png")
    return folder / PAGE

"""All that is known about a labelled dataset after it has been examined."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from objloc.data.doctor.augmentation_loss import AugmentationLoss
from objloc.data.doctor.kinds import TITLES
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding, Severity
from objloc.data.files.printable import printable
from objloc.data.statistics import Statistics

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""


@dataclass(frozen=True)
class Group:
    """All findings of one kind and severity."""

    severity: Severity
    kind: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class SplitCount:
    """How much a split holds; ignored objects are not counted."""

    name: str
    pictures: int
    empty: int
    objects: int


@dataclass(frozen=True)
class Diagnosis:
    """What an examination has found.

    Attributes:
        name: the dataset's, for headings.
        annotations: the labels that were examined.
        findings: all of them.
        statistics: what the pictures that can be used hold; None if there are none.
        splits: how much is in which split.
        loss: what augmentation loses; None if it was not tried.
        seconds: how long it took.
    """

    name: str
    annotations: Annotations
    findings: tuple[Finding, ...]
    statistics: Statistics | None
    splits: tuple[SplitCount, ...]
    loss: AugmentationLoss | None
    seconds: float

    def count(self, severity: Severity) -> int:
        """How many findings are so severe."""
        return sum(finding.severity == severity for finding in self.findings)

    def groups(self) -> tuple[Group, ...]:
        """The findings by kind: errors first, kinds in the order of `TITLES`."""
        known = {kind: number for number, kind in enumerate(TITLES)}
        found: dict[tuple[int, int, str], list[Finding]] = defaultdict(list)
        for finding in self.findings:
            place = known.get(finding.kind, len(known))
            found[SEVERITIES.index(finding.severity), place, finding.kind].append(finding)
        return tuple(
            Group(SEVERITIES[severity], kind, tuple(findings))
            for (severity, _, kind), findings in sorted(found.items(), key=lambda item: item[0])
        )

    def verdict(self) -> str:
        """The answer in one sentence."""
        errors, warnings, notes = map(self.count, SEVERITIES)
        rest = _and(_number(warnings, "warning"), _number(notes, "note"))
        if errors:
            also = f", {rest}" if rest else ""
            return (
                f"Not fit to train on: {_number(errors, 'error')}{also}. Training stops at errors, "
                "until they are mended or left out "
                "(dataset.invalid_boxes=skip, dataset.invalid_pictures=skip)."
            )
        if warnings:
            return f"Fit to train on, but look at this first: {rest}."
        return f"Fit to train on: nothing is wrong{f', {rest}' if rest else ''}."

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        loss = self.loss
        return {
            "name": self.name,
            "root": printable(self.annotations.root),
            "verdict": self.verdict(),
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "kinds": [
                {"severity": group.severity, "kind": group.kind, "count": len(group.findings)}
                for group in self.groups()
            ],
            "classes": list(self.annotations.class_names),
            "splits": [asdict(split) for split in self.splits],
            "statistics": self.statistics.as_dict() if self.statistics else None,
            "augmentation": {
                "pictures": loss.pictures,
                "objects": loss.tried,
                "lost": loss.lost,
                "by_class": loss.by_class,
                "by_size": loss.by_size,
            }
            if loss
            else None,
            "seconds": round(self.seconds, 2),
            "findings": [
                _finding_as_dict(finding) for group in self.groups() for finding in group.findings
            ],
        }


def _finding_as_dict(finding: Finding) -> dict[str, Any]:
    """Plain values; JSON knows no NaN, so such a coordinate is written as text."""
    box = finding.box and [side if abs(side) < float("inf") else str(side) for side in finding.box]
    return {**asdict(finding), "files": list(finding.files), "box": box}


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}" if count else ""


def _and(*parts: str) -> str:
    return " and ".join(part for part in parts if part)

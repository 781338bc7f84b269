"""A diagnosis as text for a terminal: verdict, table of kinds, first examples of each."""

from objloc.data.doctor.diagnosis import Diagnosis
from objloc.data.doctor.kinds import title
from objloc.data.files.printable import printable

_EXAMPLES = 3


def text_report(diagnosis: Diagnosis) -> str:
    """The whole text; the statistics of the dataset first, the verdict last."""
    lines = [_splits(diagnosis), ""]
    if diagnosis.statistics is not None:
        lines += [diagnosis.statistics.as_text(), ""]
    groups = diagnosis.groups()
    if groups:
        lines.append(f"{'':<9}{'count':>6}  finding")
    for group in groups:
        lines.append(
            f"{group.severity:<9}{len(group.findings):>6}  {title(group.kind)} [{group.kind}]"
        )
        lines += [f"{'':<17}{printable(finding)}" for finding in group.findings[:_EXAMPLES]]
        if len(group.findings) > _EXAMPLES:
            lines.append(f"{'':<17}… and {len(group.findings) - _EXAMPLES} more")
    return "\n".join([*lines, "", f"{diagnosis.name}: {diagnosis.verdict()}"])


def _splits(diagnosis: Diagnosis) -> str:
    lines = [f"{'split':<14}{'pictures':>9}{'empty':>9}{'objects':>9}"]
    for split in diagnosis.splits:
        lines.append(f"{split.name:<14}{split.pictures:>9}{split.empty:>9}{split.objects:>9}")
    return "\n".join(lines)

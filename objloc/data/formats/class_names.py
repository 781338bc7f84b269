"""Class names as label sets give them: read from lists, and checked for look-alikes."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from objloc.data.files.finding import Finding
from objloc.data.formats.text_lines import read_lines
from objloc.errors import DataError


def read_class_list(path: Path) -> tuple[str, ...]:
    """One name a line, blank lines left out.

    CVAT's `labelmap.txt` is understood too: `name:colour:parts:actions`, comments from `#`, and a
    class `background` that no box has.

    Raises:
        DataError: the file is missing, unreadable, empty or no text.
    """
    try:
        lines = read_lines(path, errors="strict")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such list of classes") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the list of classes cannot be read ({error})") from error
    names = [line.strip() for line in lines]
    if path.name.lower() == "labelmap.txt":
        names = [name.split(":")[0].strip() for name in names if not name.startswith("#")]
        names = [name for name in names if name != "background"]
    names = [name for name in names if name]
    if not names:
        raise DataError(f"{path}: the list names no class; write one name a line")
    return tuple(names)


def check_class_names(names: Sequence[str], file: str) -> list[Finding]:
    """What is odd about the names: two that are the same, or the same but for case and blanks.

    Args:
        names: as they are written.
        file: where they are written, relative to the dataset's folder.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[" ".join(name.split()).casefold()].append(name)
    findings = []
    for written in groups.values():
        if len(written) < 2:
            continue
        same = len(set(written)) == 1
        findings.append(
            Finding(
                "class_duplicate",
                "error" if same else "warning",
                file,
                f"the class {written[0]!r} is there {len(written)} times"
                if same
                else f"the classes {' and '.join(map(repr, written))} differ by case or blanks "
                "alone, and are taken for different ones",
                "give each class one name",
            )
        )
    return findings

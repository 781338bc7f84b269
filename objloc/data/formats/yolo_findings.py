"""What can be wrong with single lines and files of a YOLO set, in words."""

import numpy as np
from jaxtyping import Float64

from objloc.data.files.finding import Finding
from objloc.data.formats.yolo_lines import Problem


def line_finding(label_file: str, picture: str, problem: Problem) -> Finding:
    """A line that is no object, or one that was there before."""
    duplicate = problem.kind == "duplicate_box"
    return Finding(
        problem.kind,
        "warning" if duplicate else "error",
        label_file,
        f"{problem.reason}; {'one of them is kept' if duplicate else 'the line is left out'}",
        "remove one of the lines" if duplicate else "correct the line, or remove it",
        where=f"line {problem.line}",
        files=(picture,),
    )


def unknown_class(
    label_file: str,
    picture: str,
    label: int,
    line: int,
    box: Float64[np.ndarray, "4"],
    names: dict[int, str],
    classes_file: str,
) -> Finding:
    """An object whose class has no name."""
    x1, y1, x2, y2 = box.tolist()
    return Finding(
        "class_unknown",
        "error",
        label_file,
        f"the class {label} is none of the {len(names)} that are named ({_range(names)}); the "
        "object is left out",
        f"correct the line, or name the class in {classes_file}"
        if classes_file != "."
        else "correct the line, or name the class",
        where=f"line {line}",
        files=(picture,),
        box=(x1, y1, x2, y2),
    )


def unreadable_label(label_file: str, picture: str, reason: str) -> Finding:
    """A label file that is no text."""
    return Finding(
        "label_unreadable",
        "error",
        label_file,
        f"{reason}; its picture is left out",
        "export or draw the label anew, or remove the file",
        files=(picture,),
    )


def unlabelled(picture: str, label_file: str) -> Finding:
    """A picture without a label file."""
    return Finding(
        "picture_unlabelled",
        "note",
        picture,
        f"there is no {label_file!r}, so it is taken for a picture without objects",
        "nothing if that is right; else label it",
        files=(picture,),
    )


def no_class_names(count: int) -> Finding:
    """A set whose classes are numbers alone."""
    return Finding(
        "class_unknown",
        "warning",
        ".",
        f"nothing names the {count} classes, so they are called by their numbers",
        "write their names, one a line, into classes.txt",
    )


def nothing_found(description_file: str, pictures: int, findings: list[Finding]) -> str:
    """Why there is not one picture with a label file, by the first thing that went wrong."""
    if pictures:
        text = (
            f"none of its {pictures} pictures can be read and has a label file; labels are looked "
            "for in labels/ where the path has images/, and beside the pictures"
        )
    else:
        said = "" if description_file == "." else f" where {description_file} says"
        text = f"there are no pictures{said}; export the set with its pictures, or bring them there"
    return f"{text}; the first finding: {findings[0]}" if findings else text


def _range(names: dict[int, str]) -> str:
    return f"{min(names)} to {max(names)}" if names else "none"

"""Predictions as annotations that CVAT imports into a task of the same pictures."""

import json
import re
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from objloc.data.files.printable import printable
from objloc.data.writers.numbers import plain_number
from objloc.evaluation.predicted.predicted_picture import PredictedPicture
from objloc.evaluation.predicted.result_writer import Facts, ResultWriter, Summary

# XML 1.0 has no way to write them.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class CvatFile(ResultWriter):
    """`cvat.xml` in the form "CVAT for images 1.1", and `cvat_labels.json`, the task's labels.

    CVAT finds the picture by its name, which is its path in the task without ending, and where it
    finds none takes `id` for the frame's number. Boxes are upright, as CVAT shows pictures. The
    form has no place for scores.

    Args:
        folder: where the files go.
        facts: the class names.
        prefix: stands before each picture's name, where the task has them in a folder.
    """

    def __init__(self, folder: Path, facts: Facts, *, prefix: str = "") -> None:
        self._class_names = [_attribute(name) for name in facts.class_names]
        self._prefix = prefix
        labels = [
            {"name": name, "type": "rectangle", "attributes": []} for name in facts.class_names
        ]
        text = json.dumps(labels, ensure_ascii=False, indent=2)
        (folder / "cvat_labels.json").write_text(text + "\n", encoding="utf-8")
        self._file = (folder / "cvat.xml").open("w", encoding="utf-8")
        self._file.write(_head(facts))

    def add(self, picture: PredictedPicture) -> None:
        """Writes an image, without boxes where nothing was found."""
        ready = picture.picture
        number = picture.number if ready.frame is None else ready.frame
        height, width = ready.size
        self._file.write(
            f'  <image id="{number}" name={_attribute(self._prefix + ready.name)} '
            f'width="{width}" height="{height}">\n'
        )
        boxes = picture.boxes
        for row in picture.solid:
            label = self._class_names[picture.found.labels[row]]
            corners = " ".join(
                f'{key}="{plain_number(value)}"'
                for key, value in zip(("xtl", "ytl", "xbr", "ybr"), boxes[row], strict=True)
            )
            self._file.write(
                f'    <box label={label} source="auto" occluded="0" '
                f'{corners} z_order="0">\n    </box>\n'
            )
        self._file.write("  </image>\n")

    def end(self, summary: Summary) -> None:
        """Ends the document."""
        self._file.write("</annotations>\n")
        self._file.close()


def _head(facts: Facts) -> str:
    labels = "".join(
        f"        <label>\n          <name>{escape(_NOT_IN_XML.sub('_', name))}</name>\n"
        "          <type>rectangle</type>\n          <attributes>\n          </attributes>\n"
        "        </label>\n"
        for name in facts.class_names
    )
    name = escape(_NOT_IN_XML.sub("_", printable(facts.source)))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"  <meta>\n    <task>\n      <name>{name}</name>\n      <mode>annotation</mode>\n"
        f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
    )


def _attribute(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("_", printable(text)))

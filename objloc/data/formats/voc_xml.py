"""One Pascal VOC file: the picture it names and the objects in it, as they are written.

Entities are refused, not expanded: they can only be declared in a document type definition (XML
1.0, section 4), no label needs one, and a file that has one is not parsed at all. This needs no
further package (defusedxml does it with callbacks in Python, several times slower) and holds for
every encoding that the parser knows without being told.
"""

import math
from dataclasses import dataclass, field
from xml.etree import ElementTree

_MAX_BYTES = 64 * 2**20
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_YES = frozenset({"1", "true", "yes"})


@dataclass(frozen=True)
class VocObject:
    """One object, as it is written.

    Attributes:
        number: its place among the file's objects, from 1.
        name: the class, without surrounding blanks; "" where none is given.
        written_name: the class with its blanks.
        corners: xmin, ymin, xmax, ymax.
        difficult: marked as hard to recognise.
    """

    number: int
    name: str
    written_name: str
    corners: tuple[float, float, float, float]
    difficult: bool


@dataclass(frozen=True)
class VocFile:
    """What one XML file says.

    Attributes:
        filename: the picture's name as it is written, perhaps wrong, perhaps "".
        size: height and width; 0, 0 where they are not stated.
        objects: the objects whose coordinates are numbers.
        unreadable: number and reason of the objects whose coordinates are none.
    """

    filename: str
    size: tuple[int, int]
    objects: list[VocObject] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


class UnreadableXmlError(Exception):
    """The file cannot be read as a label; the text says why."""


class NoLabelError(UnreadableXmlError):
    """The file is sound XML of another kind."""


def read_voc_file(path: str) -> VocFile:
    """Reads one label file.

    Raises:
        UnreadableXmlError: it is empty, no XML, has a DOCTYPE, or cannot be opened.
        NoLabelError: it is XML of another kind.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableXmlError(f"it cannot be opened ({error.strerror})") from error
    return parse_voc(content)


def parse_voc(content: bytes) -> VocFile:
    """Takes one label file's content apart.

    Raises:
        UnreadableXmlError: it is empty, no XML, or has a DOCTYPE.
        NoLabelError: it is XML of another kind.
    """
    root = _parse(content)
    if root.tag != "annotation":
        raise NoLabelError(f"its outermost element is <{root.tag}>, not <annotation>")
    file = VocFile(_text(root, "filename"), _size(root.find("size")))
    # Direct children alone: a <part> of an object has a box of its own, and is none.
    for number, element in enumerate(root.findall("object"), start=1):
        corners = _corners(element.find("bndbox"))
        if isinstance(corners, str):
            file.unreadable.append((number, corners))
            continue
        name = element.findtext("name") or ""
        difficult = _text(element, "difficult").lower() in _YES
        file.objects.append(VocObject(number, name.strip(), name, corners, difficult))
    return file


def _parse(content: bytes) -> ElementTree.Element:
    if not content.strip():
        raise UnreadableXmlError("it is empty")
    if len(content) > _MAX_BYTES:
        raise UnreadableXmlError(f"it is larger than {_MAX_BYTES >> 20} MiB")
    if any(doctype in content for doctype in _DOCTYPE):
        raise UnreadableXmlError("it has a DOCTYPE, which could declare entities")
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableXmlError(f"it is no XML ({error})") from error


def _text(element: ElementTree.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _size(element: ElementTree.Element | None) -> tuple[int, int]:
    """Height and width, or 0, 0 unless both are stated as positive numbers."""
    if element is None:
        return 0, 0
    height, width = _number(element.findtext("height")), _number(element.findtext("width"))
    if not (1 <= height < 2**31 and 1 <= width < 2**31):  # False for NaN, too
        return 0, 0
    return round(height), round(width)


def _corners(element: ElementTree.Element | None) -> tuple[float, float, float, float] | str:
    """The four numbers, or what keeps them from being numbers."""
    if element is None:
        return "there is no <bndbox>"
    texts = [element.findtext(name) for name in _CORNERS]
    numbers = [_number(text) for text in texts]
    for name, text, number in zip(_CORNERS, texts, numbers, strict=True):
        if text is None:
            return f"there is no <{name}>"
        if not math.isfinite(number):
            return f"<{name}> is {text.strip()[:40]!r}, no number"
    x1, y1, x2, y2 = numbers
    return x1, y1, x2, y2


def _number(text: str | None) -> float:
    """The number, NaN where it is none."""
    try:
        return float(text or "")
    except ValueError:
        return math.nan

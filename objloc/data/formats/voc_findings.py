"""What can be wrong with single objects and names of a Pascal VOC set, in words."""

from objloc.data.files.finding import Finding
from objloc.data.formats.voc_xml import VocFile, VocObject


def unreadable_objects(label_file: str, picture: str, file: VocFile) -> list[Finding]:
    """The objects whose box is none."""
    return [
        Finding(
            "box_not_a_number",
            "error",
            label_file,
            f"{reason}; the object is left out",
            "draw the box anew, or remove the <object>",
            where=f"object {number}",
            files=(picture,),
        )
        for number, reason in file.unreadable
    ]


def unknown_class(
    label_file: str, picture: str, item: VocObject, classes_file: str | None
) -> Finding:
    """An object without a class, or with one that the list of classes has not."""
    what = f"the class {item.name!r} is not in {classes_file}" if item.name else "it has no <name>"
    return Finding(
        "class_unknown",
        "error",
        label_file,
        f"{what}; the object is left out",
        f"correct the <name>, or add the class to {classes_file}"
        if item.name and classes_file
        else "name the object's class",
        where=f"object {item.number}",
        files=(picture,),
        box=item.corners,
    )


def blanks_around_name(label_file: str, item: VocObject) -> Finding:
    """A class that is written with blanks here and without them elsewhere."""
    return Finding(
        "class_duplicate",
        "warning",
        label_file,
        f"the class {item.name!r} is written {item.written_name!r}, with blanks around it; they "
        "are taken for one",
        "remove the blanks",
        where=f"object {item.number}",
    )


def unlabelled(picture: str) -> Finding:
    """A picture beside labelled ones."""
    return Finding(
        "picture_unlabelled",
        "warning",
        picture,
        "no label file belongs to it, so it is not part of the set",
        "label it; if there is nothing in it, add an XML file without <object>",
        files=(picture,),
    )

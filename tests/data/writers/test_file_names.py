"""No two pictures share a name, and names are changed no more than they must be."""

import os
from pathlib import PurePath

from objloc.data.writers.file_names import FileNames, readable_name


def test_names_are_kept_and_clashes_numbered_in_order() -> None:
    names = FileNames()
    wanted = ["a.jpg", "b.jpg", "a.jpg", "a.png", "A.JPG", "a-2.jpg", "c%20d.png", "c d.png"]
    assert [names.unique(name) for name in wanted] == [
        *("a.jpg", "b.jpg", "a-2.jpg", "a-3.png", "A-4.JPG", "a-2-2.jpg", "c%20d.png", "c d-2.png")
    ]


def test_composed_and_decomposed_accents_are_one_name() -> None:
    names = FileNames()
    assert names.unique("\u00e9.jpg") == "\u00e9.jpg"
    assert names.unique("e\u0301.jpg") == "e\u0301-2.jpg"


def test_only_the_ending_is_cut_off() -> None:
    names = FileNames()
    assert names.unique("v1.2 (3) 50%.JPG") == "v1.2 (3) 50%.JPG"
    assert names.unique("v1.2 (3) 50%.png") == "v1.2 (3) 50%-2.png"


def test_reserved_names() -> None:
    assert FileNames(["classes"]).unique("Classes.jpg") == "Classes-2.jpg"


def test_a_thousand_of_one_name_are_all_different() -> None:
    names = FileNames()
    given = [names.unique("x.jpg") for _ in range(1000)]
    assert len({PurePath(name).stem for name in given}) == 1000
    assert given[-1] == "x-1000.jpg"


def test_what_no_list_can_hold_becomes_an_underscore() -> None:
    undecodable = os.fsdecode(b"a\xff\xfeb.jpg")
    assert readable_name(undecodable) == "a__b.jpg"
    assert readable_name("line\nbreak\x00.jpg") == "line_break_.jpg"
    assert readable_name(" folder\\a.jpg") == "_folder_a.jpg"
    assert readable_name(".hidden.jpg") == "_hidden.jpg"
    assert readable_name("größe ü 日本 (1) 50%.jpg") == "größe ü 日本 (1) 50%.jpg"

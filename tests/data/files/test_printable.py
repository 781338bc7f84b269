"""Names that no terminal can show, made fit to be shown."""

import os

import pytest

from objloc.data.files.printable import printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("größe 猫 🦝.jpg", "größe 猫 🦝.jpg"),
        (os.fsdecode(b"gr\xfcn\xff.jpg"), r"gr\xfcn\xff.jpg"),
        ("half \ud83d of an emoji", r"half \ud83d of an emoji"),
        ("\udc41", r"\udc41"),  # no byte of UTF-8 stands for 0x41 in this way
    ],
)
def test_whatever_is_no_text_is_escaped(name: str, shown: str) -> None:
    assert printable(name) == shown
    shown.encode("utf-8")

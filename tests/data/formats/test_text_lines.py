"""Lines of text files in the encodings that tools and people write."""

import os
from pathlib import Path

import pytest

from objloc.data.formats.text_lines import read_lines, text_lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_the_same_in_every_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    (tmp_path / "list.txt").write_bytes(f"grün\u2028.jpg{end}猫.jpg".encode(encoding))
    assert read_lines(tmp_path / "list.txt") == ["grün\u2028.jpg", "猫.jpg"]


def test_names_that_are_no_text_keep_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"gr\xfcn.jpg")
    assert [os.fsencode(line) for line in read_lines(tmp_path / "list.txt")] == [b"gr\xfcn.jpg"]
    with pytest.raises(UnicodeDecodeError):
        read_lines(tmp_path / "list.txt", errors="strict")
    with pytest.raises(UnicodeDecodeError):
        text_lines(b"\xff\xfea")  # half a letter

"""Lines of the small text files that label sets have, in whatever encoding they were written."""

import os
import re

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_lines(path: str | os.PathLike[str], errors: str = "surrogateescape") -> list[str]:
    """The lines, without their ends: of UTF-8, with or without a mark, or of UTF-16 with one.

    UTF-16 is what the `>` of Windows' PowerShell writes.

    Args:
        path: the file.
        errors: what becomes of bytes that are no text, as `bytes.decode` has it; by default
            Python's surrogates, as in names of files.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no UTF-16; with `errors="strict"` also, it is no UTF-8.
    """
    with open(path, "rb") as file:
        return text_lines(file.read(), errors)


def text_lines(content: bytes, errors: str = "strict") -> list[str]:
    """The same of what is in a file."""
    if content.startswith(_UTF16):
        return re.split("\r\n|\r|\n", content.decode("utf-16"))
    return re.split("\r\n|\r|\n", content.decode("utf-8-sig", errors))

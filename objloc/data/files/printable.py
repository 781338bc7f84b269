"""File names as any terminal, page or log can show them."""

import re

_NO_TEXT = re.compile("[\ud800-\udfff]")


def printable(name: object) -> str:
    r"""A file name whose bytes are no UTF-8 with those bytes as \xff; any other as it is.

    Half of a surrogate pair, which JSON can hold and no file system, becomes \ud83d.
    """
    return _NO_TEXT.sub(_escaped, str(name))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    # Python's surrogates for the bytes 0x80 to 0xff that are no UTF-8.
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"

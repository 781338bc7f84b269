"""File names as any terminal, page or log can show them."""


def printable(name: object) -> str:
    r"""A file name whose bytes are no UTF-8 with those bytes as \xff; any other as it is."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

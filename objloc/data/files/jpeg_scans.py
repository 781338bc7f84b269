"""How many scans a JPEG has: what decoding takes is so many times what its pixels tell."""

import re

MOST_SCANS = 100
"""No camera or program writes so many: ten are usual for a progressive JPEG. libtiff's limit."""

# Markers with content; within a scan, FF is followed by 00, by FF, or by RST0 to RST7 (D0 to D7).
# Those below C0 have no content that a decoder would skip.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA


def jpeg_scans(encoded: bytes) -> int:
    """Scans of a JPEG (ITU T.81, annex B) before its end; 0 where it is no JPEG.

    What lies in application segments (a thumbnail) and behind the end (a film) is not counted.
    """
    if not encoded.startswith(b"\xff\xd8\xff"):
        return 0
    scans, position = 0, 2
    while found := _MARKER.search(encoded, position):
        kind, position = encoded[found.end() - 1], found.end()
        if kind == _END:
            break
        scans += kind == _SCAN
        if kind != _START:
            position += max(2, int.from_bytes(encoded[position : position + 2], "big"))
    return scans

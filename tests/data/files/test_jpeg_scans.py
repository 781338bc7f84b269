"""A JPEG's scans are counted as a decoder meets them."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data.files.jpeg_scans import jpeg_scans
from objloc.data.files.picture import read_picture
from objloc.errors import DataError


def jpeg(**options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    written = BytesIO()
    Image.fromarray(noise).save(written, "JPEG", quality=95, **options)
    return written.getvalue()


def repeated(encoded: bytes, times: int) -> bytes:
    """The last scan of a JPEG, written so often more."""
    start = encoded.rindex(b"\xff\xda")
    return encoded[:-2] + encoded[start:-2] * times + encoded[-2:]


def test_scans_are_those_that_a_decoder_meets() -> None:
    baseline, progressive = jpeg(), jpeg(progressive=True)
    # jpeg_simple_progression, libjpeg's script for colour pictures, has ten.
    assert (jpeg_scans(baseline), jpeg_scans(progressive)) == (1, 10)
    assert jpeg_scans(jpeg(progressive=True, restart_marker_blocks=1)) == 10
    assert jpeg_scans(repeated(progressive, 7)) == 17
    # A thumbnail in an application segment, and a film behind the end.
    thumbnail = b"\xff\xe1" + (2 + len(progressive)).to_bytes(2, "big") + progressive
    assert jpeg_scans(b"\xff\xd8" + thumbnail + baseline[2:] + b"\xff\xda\0\2" * 200) == 1
    assert jpeg_scans(b"\xff\xd8\xff") == jpeg_scans(b"GIF89a\xff\xda\0\2") == 0


def test_scans_cannot_be_hidden() -> None:
    # Bytes that look like a segment, within a scan: a decoder passes over the marker alone.
    hidden = repeated(jpeg(progressive=True, restart_marker_blocks=1), 1)
    place = hidden.rindex(b"\xff\xda", 0, hidden.rindex(b"\xff\xda")) + 20
    assert jpeg_scans(hidden[:place] + b"\xff\x02\xff\xff" + hidden[place:]) == 11


def test_a_stranger_s_jpeg_has_no_more_scans_than_decoding_can_bear(tmp_path: Path) -> None:
    encoded = jpeg(progressive=True)
    assert read_picture(repeated(encoded, 90)).shape == (64, 64, 3)
    many = repeated(encoded, 91)
    with pytest.raises(DataError, match="a JPEG of 101 scans; no camera or program writes so many"):
        read_picture(many)
    file = tmp_path / "mine.jpg"
    file.write_bytes(many)
    assert read_picture(file).shape == (64, 64, 3)

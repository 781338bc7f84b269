"""Examples for the OpenAPI document; a test sends them to a service."""

import base64
import struct
import zlib
from typing import Any


def _png(width: int, height: int, red: int, green: int, blue: int) -> bytes:
    """A picture of one colour, small enough to stand in a document."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = (b"\0" + bytes((red, green, blue)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, content)
        for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    )


_PICTURE = base64.b64encode(_png(8, 8, 200, 30, 30)).decode()

EXAMPLES: dict[str, dict[str, Any]] = {
    "JsonPictures": {
        "a picture": {"value": {"images": [_PICTURE]}},
        "a threshold of one's own": {"value": {"images": [_PICTURE], "score_threshold": 0.3}},
    },
    "Prediction": {
        "a fox": {
            "value": {
                "model": {"name": "finder@champion", "version": "3"},
                "score_threshold": 0.31,
                "images": [
                    {
                        "name": "a.jpg",
                        "width": 640,
                        "height": 480,
                        "detections": [
                            {
                                "label": "fox",
                                "label_index": 0,
                                "score": 0.98,
                                "box": [12.5, 40.25, 201.0, 300.75],
                            }
                        ],
                    }
                ],
                "timings_ms": {"decode": 1.2, "queue": 0.4, "model": 2.1, "total": 4.0},
            }
        }
    },
    "InferRequest": {
        "a picture file": {
            "value": {
                "inputs": [
                    {"name": "encoded", "datatype": "BYTES", "shape": [1], "data": [_PICTURE]}
                ],
                "parameters": {"score_threshold": 0.3},
            }
        },
        "pixels": {
            "value": {
                "inputs": [
                    {
                        "name": "images",
                        "datatype": "UINT8",
                        "shape": [1, 1, 2, 3],
                        "data": [255, 0, 0, 0, 0, 255],
                    }
                ]
            }
        },
    },
    "InferAnswer": {
        "a fox": {
            "value": {
                "model_name": "finder@champion",
                "model_version": "3",
                "outputs": [
                    {
                        "name": "boxes",
                        "datatype": "FP32",
                        "shape": [1, 1, 4],
                        "data": [12.5, 40.25, 201.0, 300.75],
                    },
                    {"name": "labels", "datatype": "INT32", "shape": [1, 1], "data": [0]},
                    {"name": "scores", "datatype": "FP32", "shape": [1, 1], "data": [0.98]},
                ],
            }
        }
    },
}

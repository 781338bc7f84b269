"""What an example's files are called."""

from dataclasses import replace

import numpy as np

from objloc.insight.example import Example
from objloc.insight.subject import Subject


def test_any_name_makes_a_file_name_of_its_own() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    subject = Subject(image, 0, np.zeros(4, np.float32), 0, 0.5)
    names = (
        "scene_7",
        "scene 7",
        "scene.7",
        "a/b.jpg",
        "a_b.jpg",
        "../a b.jpg",
        "Füchse.png",
        "x" * 300,
        "y" * 300,
    )
    keys = [replace(Example("", subject, True), name=name).key for name in names]
    assert keys[:2] == ["scene_7", "scene.7"]
    assert len(set(keys)) == len(names)
    assert all(set(key) <= set("abcdefghijklmnopqrstuvwxyzF_-0123456789jpgn.") for key in keys)
    assert max(map(len, keys)) < 80

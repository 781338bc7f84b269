"""Augment options built from their YAML files without Hydra, and pictures to make datasets of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from objloc.data import Augmentation

CONF = Path(__file__).parents[2] / "conf"
AUGMENT_OPTIONS = sorted(path.stem for path in (CONF / "augment").glob("*.yaml"))


def build_augment(option: str, image: bool = True) -> Augmentation:
    """An option of conf/augment; without its photometric transforms if `image` is False."""
    node = yaml.safe_load((CONF / "augment" / f"{option}.yaml").read_text(encoding="utf-8"))
    lists = {
        name: [_build(entry) for entry in node[name]] if image or name != "image" else []
        for name in ("sprite", "picture", "image")
    }
    numbers = {name: node[name] for name in node if name != "_convert_" and name not in lists}
    del numbers["_target_"]
    return Augmentation(**lists, **numbers)


def _build(node: dict[str, Any]) -> Any:
    import albumentations

    name = node["_target_"].removeprefix("albumentations.")
    return getattr(albumentations, name)(**{k: v for k, v in node.items() if k != "_target_"})


@pytest.fixture
def write_png(tmp_path: Path) -> Callable[..., Path]:
    """Writes a picture of one colour (3 or 4 channels) below tmp_path."""

    def write(name: str, colour: tuple[int, ...], size: tuple[int, int] = (20, 10)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.empty((*size[::-1], len(colour)), np.uint8)
        pixels[:] = colour
        Image.fromarray(pixels).save(path)
        return path

    return write

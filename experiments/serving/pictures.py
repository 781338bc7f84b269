"""Scenes of a run's test split to ask with: encoded, decoded, and as MLflow takes them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf
from PIL import Image

from objloc.config import allow, build
from objloc.data.files import read_picture
from objloc.data.resize import resize
from objloc.errors import TrackingError
from objloc.model_card import ModelCard
from objloc.tracking import find_trained_model

COUNT = 200
QUALITY = 90
LARGE = (1280, 960)
"""Width and height of the photographs' stand-ins: scenes, enlarged."""


@dataclass(frozen=True)
class Bodies:
    """Folders of request bodies, each picture a file.

    Attributes:
        small: JPEGs of the scenes as they are.
        large: JPEGs as large as photographs.
        mlflow: what MLflow's `/invocations` takes, of the scenes.
    """

    small: Path
    large: Path
    mlflow: Path


def write_bodies(run: Path, folder: Path) -> Bodies:
    """Writes the first scenes of the run's test split in each form."""
    bodies = Bodies(*(folder / name for name in ("small", "large", "mlflow")))
    for path in vars(bodies).values():
        path.mkdir(parents=True)
    for number, image in enumerate(_scenes(run)):
        picture = Image.fromarray(image)
        name = f"{number:03d}"
        picture.save(bodies.small / name, "JPEG", quality=QUALITY)
        picture.resize(LARGE).save(bodies.large / name, "JPEG", quality=QUALITY)
        inputs = {"inputs": read_picture(bodies.small / name)[None].tolist()}
        (bodies.mlflow / name).write_text(json.dumps(inputs, separators=(",", ":")))
    return bodies


def decoded(folder: Path, card: ModelCard) -> list[np.ndarray]:
    """The pictures of a folder as a model is fed them, one at a time: uint8 (1, S, S, 3)."""
    return [
        resize(read_picture(file), card.image_size, card.resize_mode)[0][None]
        for file in sorted(folder.iterdir())
    ]


def _scenes(run: Path) -> Iterator[np.ndarray]:
    trained = find_trained_model(str(run))
    if trained.config is None:
        raise TrackingError(f"{run}: {trained.config_from}")
    config = OmegaConf.create(dict(trained.config))
    with allow(config.allowed_targets):
        dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
        source = dataset.split("test")
        for index in range(min(COUNT, len(source))):
            yield source.sample(0, index).image

import pytest
import yaml

from experiments.ladder.headers import measured, with_measured
from objloc.config import compose
from objloc.data.backgrounds.photo_split import BUNDLED
from tests.conftest import REPOSITORY
from tests.experiment_options import FILE_EXPERIMENTS, needed
from tests.experiments.records import record

FILES = sorted((REPOSITORY / "conf" / "experiment").glob("*.yaml"))


def test_result_is_put_above_the_command_and_then_replaced() -> None:
    text = "# @package _global_\n# Faces.\n#\n# python -m objloc.train +experiment=emoji\n\na: 1\n"
    once = with_measured(text, measured([record("emoji")]))
    assert once == (
        "# @package _global_\n# Faces.\n#\n"
        "# Measured: test mean IoU 0.962, localization accuracy 0.500, presence 0.500, AP 0.500 "
        "(seed 0);\n"
        "# 4.6 minutes in all, 330 images/s in training, on 2 cores of Some CPU, no GPU.\n"
        "#\n# python -m objloc.train +experiment=emoji\n\na: 1\n"
    )
    records = [record("emoji", seed, 0.95 + seed / 100) for seed in range(3)]
    twice = with_measured(once, measured(records))
    assert "# 3 seeds: mean IoU 0.960 ± 0.010 (standard deviation).\n#\n# python" in twice
    assert with_measured(twice, measured([record("emoji")])) == once
    with pytest.raises(ValueError, match="python -m"):
        with_measured("a: 1\n", "# Measured: x")


SCENES = [file for file in FILES if file.stem not in FILE_EXPERIMENTS]


def header_of(text: str) -> str:
    return " ".join(line.lstrip("# ") for line in text.split("\n\n")[0].splitlines())


@pytest.mark.parametrize("file", SCENES, ids=lambda file: file.stem)
def test_headers_say_what_the_keys_say(file) -> None:
    """The prose above an experiment names its sizes; a changed key must change it."""
    text = file.read_text(encoding="utf-8")
    header = header_of(text)
    dataset = compose([f"+experiment={file.stem}"]).config.dataset
    said = [
        f"{dataset.image_size} × {dataset.image_size}",
        f"{dataset.val_size:,} validation and {dataset.test_size:,} test scenes",
        f"python -m objloc.train +experiment={file.stem}",
    ]
    if dataset.min_size == dataset.max_size:
        said.append(f"{dataset.max_size} px")
    else:
        said.append(f"{dataset.min_size} to {dataset.max_size} px")
    if dataset.absent:
        said.append(f"{dataset.absent:.0%} of them empty".replace("%", " %"))
    if dataset.background == "photo":
        train, val, test = (len(BUNDLED[split]) for split in ("train", "val", "test"))
        said.append(f"{train} for training, {val} others for validation, {test} more for test")
    assert [words for words in said if words not in header] == []
    assert max(map(len, text.splitlines())) <= 100


def test_header_of_the_raccoons_says_what_the_keys_say() -> None:
    text = (REPOSITORY / "conf" / "experiment" / "raccoon.yaml").read_text(encoding="utf-8")
    config = compose(["+experiment=raccoon", *needed("raccoon")]).config
    said = [
        f"{config.dataset.image_size} × {config.dataset.image_size}",
        f"{config.dataset.folds} folds",
        f"{config.trainer.epochs} epochs",
        "python -m objloc.train +experiment=raccoon dataset.root=",
    ]
    assert [words for words in said if words not in header_of(text)] == []


def test_header_of_the_foosball_says_what_the_keys_say() -> None:
    text = (REPOSITORY / "conf" / "experiment" / "foosball.yaml").read_text(encoding="utf-8")
    config = compose(["+experiment=foosball", *needed("foosball")]).config
    closest, farthest = reversed(config.augment.zoom)
    said = [
        f"{config.dataset.image_size} × {config.dataset.image_size}",
        f"{config.trainer.image_size} × {config.trainer.image_size}",
        f"{farthest} to {closest} times as large",
        f"All {config.trainer.epochs} epochs",
        f"{106 // config.trainer.batch_size} steps each",
        "python -m objloc.train +experiment=foosball dataset.root=",
    ]
    assert [words for words in said if words not in header_of(text)] == []


def test_headers_say_what_the_transforms_do() -> None:
    """The sentence in the headers is about `augment=full`; compare its numbers."""
    node = yaml.safe_load((REPOSITORY / "conf" / "augment" / "full.yaml").read_text("utf-8"))
    transforms = {
        entry.pop("_target_").removeprefix("albumentations."): entry
        for entry in node["sprite"] + node["image"]
    }
    assert transforms == {
        "HorizontalFlip": {"p": 0.5},
        "VerticalFlip": {"p": 0.5},
        "Rotate": {"limit": [-45, 45], "p": 0.8},
        "RandomBrightnessContrast": {
            "brightness_limit": [-0.2, 0.2],
            "contrast_limit": [-0.25, 0.25],
            "p": 0.8,
        },
        "GaussianBlur": {"blur_limit": 0, "sigma_limit": [0.3, 1.2], "p": 0.2},
        "GaussNoise": {"std_range": [0.01, 0.06], "p": 0.15},
    }, "say so in the heads of conf/experiment, too"

import inspect
import json
import logging
import pickle
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import albumentations
import numpy as np
import pytest
import yaml

from objloc.config.composition import compose
from objloc.data import Augmentation, BatchForm, FileDataset, Mixed, Sample, Scenes, train_batches
from objloc.data.formats import Voc
from objloc.data.mixed_source import MixedSource, apportion
from objloc.errors import ConfigError, DataError
from tests.data.conftest import CONF

SIZE = 64
LABEL = """<annotation><filename>{name}</filename><size><width>40</width><height>30</height>
<depth>3</depth></size><object><name>{label}</name><bndbox><xmin>5</xmin><ymin>5</ymin>
<xmax>{right}</xmax><ymax>25</ymax></bndbox></object></annotation>"""


@pytest.fixture
def photographs(write_png, tmp_path: Path) -> Callable[..., Path]:
    """Writes a VOC folder of one-coloured pictures, each colour another content."""

    def write(folder: str, colours: range, label: str = "mopple") -> Path:
        for colour in colours:
            path = write_png(f"{folder}/{colour}.png", (colour, 99, 99), (40, 30))
            text = LABEL.format(name=path.name, label=label, right=20 + colour % 10)
            path.with_suffix(".xml").write_text(text)
        return tmp_path / folder

    return write


def real(root: Path, **changes: Any) -> partial[FileDataset]:
    return partial(FileDataset, root=root, format=Voc(), image_size=SIZE, **changes)


def scenes(**changes: Any) -> partial[Scenes]:
    arguments = {"sprites": "creatures", "image_size": SIZE, "max_size": 40, "train_size": 50}
    return partial(Scenes, **{**arguments, **changes})


def mixed(parts: dict[str, Any], **changes: Any) -> Mixed:
    arguments: dict[str, Any] = {"weights": dict.fromkeys(parts, 1.0), "image_size": SIZE}
    return Mixed(parts=parts, **{**arguments, **changes})


def same(one: Sample, other: Sample) -> bool:
    return (
        np.array_equal(one.image, other.image)
        and np.array_equal(one.boxes, other.boxes)
        and np.array_equal(one.area, other.area)
    )


def test_a_mixture_of_mixtures_is_refused(photographs):
    # What is held out would not be looked for in the parts of a part.
    inner = partial(Mixed, parts={"scenes": scenes()}, weights={"scenes": 1}, image_size=SIZE)
    with pytest.raises(ConfigError, match=r"dataset\.parts\.inner is a mixture itself"):
        mixed({"real": real(photographs("real", range(9))), "inner": inner})


def test_samples_are_those_of_the_parts_and_labels_go_by_name(photographs):
    root = photographs("real", range(40), label="zebra")
    augment = Augmentation(
        picture=[albumentations.HorizontalFlip(p=0.5)],
        sprite=[albumentations.HorizontalFlip(p=0.5)],
        image=[albumentations.RandomBrightnessContrast(p=0.7)],
        mosaic=0.5,
    )
    makers = {"scenes": scenes(), "real": real(root)}
    data = mixed(makers, measure_on="real", augment=augment, seed=3)
    assert data.class_names == ("zebra", "mopple", "quillo", "tarnip")
    source = data.split("train")
    alone = [make(augment=augment, seed=3).split("train") for make in makers.values()]
    seen = set()
    for epoch in (0, 1):
        for index in range(len(source)):
            sample = source.sample(epoch, index)
            number, part_epoch, part_index = source.origin(epoch, index)
            own = alone[number].sample(part_epoch, part_index)
            assert same(sample, own)
            assert [data.class_names[n] for n in sample.labels] == [
                alone[number].class_names[n] for n in own.labels
            ]
            seen.add(sample.image_id)
    assert len(seen) == 2 * len(source)


def test_validation_and_test_are_the_measured_parts_own(photographs):
    root = photographs("real", range(40))
    data = mixed({"scenes": scenes(), "real": real(root)}, measure_on="real")
    alone = real(root)(augment=None, seed=0)
    for split in ("val", "test"):
        assert len(data.split(split)) == len(alone.split(split)) == 6
        for index in range(6):
            assert same(data.split(split).sample(0, index), alone.split(split).sample(0, index))
    assert data.class_names[: len(alone.class_names)] == alone.class_names
    by_default = mixed({"scenes": scenes(test_size=7), "real": real(root)})
    assert len(by_default.split("test")) == 7


def test_every_epoch_has_exact_shares_and_every_picture_is_seen_as_often(photographs):
    data = mixed(
        {"real": real(photographs("real", range(40))), "scenes": scenes()},
        weights={"real": 2, "scenes": 1},
        train_size=100,
    )
    source = data.split("train")
    assert len(source) == 100
    assert source.counts.tolist() == [67, 33]
    seen: Counter[tuple[int, int]] = Counter()
    for epoch in range(5):
        origins = [source.origin(epoch, index) for index in range(100)]
        assert Counter(number for number, _, _ in origins) == {0: 67, 1: 33}
        # Any ten neighbours are a mixture.
        assert all(
            {number for number, _, _ in origins[i : i + 10]} == {0, 1} for i in range(0, 100, 10)
        )
        seen.update((number, index) for number, _, index in origins)
        for part, length in ((0, 28), (1, 50)):
            counts = [seen[part, index] for index in range(length)]
            assert max(counts) - min(counts) <= 1
    assert len({source.origin(epoch, index) for epoch in range(5) for index in range(100)}) == 500


def test_an_epoch_shows_the_measured_part_once_unless_told_otherwise(photographs):
    parts = {"real": real(photographs("real", range(40))), "scenes": scenes()}
    source = mixed(parts, weights={"real": 1, "scenes": 3}).split("train")
    assert len(source) == 4 * 28
    assert sorted(i for n, _, i in map(source.origin, [0] * 112, range(112)) if n == 0) == [
        *range(28)
    ]
    only_scenes = mixed(parts, weights={"real": 0, "scenes": 1}, train_size=30)
    assert {only_scenes.split("train").origin(0, i)[0] for i in range(30)} == {0}
    assert len(only_scenes.split("train").parts) == 1
    assert len(only_scenes.split("val")) == 6


def test_another_seed_is_another_order_and_a_copy_in_another_process_is_the_same(photographs):
    parts = {"real": real(photographs("real", range(40))), "scenes": scenes()}

    def origins(source: MixedSource) -> list[tuple[int, int, int]]:
        return [source.origin(0, index) for index in range(len(source))]

    source = mixed(parts).split("train")
    copy = pickle.loads(pickle.dumps(source))
    assert origins(copy) == origins(source) != origins(mixed(parts, seed=1).split("train"))
    assert all(same(copy.sample(1, i), source.sample(1, i)) for i in range(10))
    with pytest.raises(IndexError):
        source.sample(0, len(source))


def test_batches_of_a_mixture(photographs):
    data = mixed({"real": real(photographs("real", range(40))), "scenes": scenes()})
    assert data.batch_form == BatchForm(SIZE, 1, "letterbox")
    with train_batches(
        data.split("train"),
        batch_size=28,
        form=data.batch_form,
        seed=0,
        start_step=0,
        num_steps=2,
        workers=0,
    ) as batches:
        labels = np.concatenate([targets["labels"].ravel() for _, targets in batches])
    assert len(labels) == 56
    assert set(labels) == {0, 1, 2}


def test_held_out_pictures_are_no_backgrounds_whatever_they_are_called(
    photographs, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    root = photographs("real", range(40))
    behind = tmp_path / "behind"
    behind.mkdir()
    contents = {}
    for number, path in enumerate(sorted(root.glob("*.png"))):
        contents[path.name] = path.read_bytes()
        (behind / f"other{number}.png").write_bytes(contents[path.name])
    data = mixed({"real": real(root), "scenes": scenes(background=f"{behind}+black")})
    measured = data.measured
    held_out = {
        contents[Path(measured.labels(split).files[i]).name]
        for split in ("val", "test")
        for i in range(6)
    }
    before = scenes(background=str(behind))(augment=None, seed=0).picture_files("train")
    assert {path.read_bytes() for path in before} & held_out
    with caplog.at_level(logging.WARNING):
        used = data.parts["scenes"].picture_files("train")
    assert {path.read_bytes() for path in used} == {p.read_bytes() for p in before} - held_out
    assert f"left out of training: {len(before) - len(used)} photographs" in caplog.text
    listed = data.describe()["parts"]["scenes"]["background_pictures"]["parts"][0]["train"]
    assert listed == [path.name for path in used]


def test_a_dataset_with_copies_of_held_out_pictures_is_refused(photographs):
    first, second = photographs("first", range(40)), photographs("second", range(60, 90))
    mixed({"first": real(first), "second": real(second)}).split("train")
    copied = photographs("third", range(20, 60))
    with pytest.raises(DataError, match=r"dataset\.parts\.third: \d+ of its training pictures are"):
        mixed({"first": real(first), "third": real(copied)}).split("train")


def test_describe_is_json_and_its_digest_follows_parts_and_shares(photographs):
    parts = {"real": real(photographs("real", range(40))), "scenes": scenes()}
    described = mixed(parts).describe()
    assert json.loads(json.dumps(described)) == described
    assert described["shares"] == {"real": 0.5, "scenes": 0.5}
    assert described["name"] == "real + scenes"
    others = [
        mixed(parts, weights={"real": 1.0, "scenes": 2.0}),
        mixed({**parts, "scenes": scenes(max_size=39)}),
        mixed(parts, seed=1),
        mixed(parts, measure_on="scenes"),
    ]
    digests = {data.describe()["digest"] for data in [mixed(parts), *others]}
    assert len(digests) == 5
    assert mixed(parts).describe()["digest"] == described["digest"]
    # Weights have no unit.
    assert mixed(parts, weights={"real": 3.0, "scenes": 3.0}).describe() == described


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": {"a": 1.0}}, "part 'b' has none; set dataset.weights.b"),
        ({"weights": {"a": 1.0, "b": 1.0, "c": 1.0}}, "weights.c: there is no such part; parts: a"),
        ({"weights": {"a": -1.0, "b": 1.0}}, "weights.a is -1.0; it must be 0 or more"),
        ({"weights": {"a": 0.0, "b": 0.0}}, "weights are all 0"),
        ({"weights": {"a": 0.0, "b": 1.0}}, "say how many pictures: dataset.train_size"),
        ({"measure_on": "c"}, "measure_on=c: there is no such part; parts: a, b"),
        ({"train_size": 0}, "train_size is 0"),
        ({"image_size": 80}, r"parts\.a\.image_size is 64, but dataset\.image_size is 80"),
    ],
)
def test_what_does_not_go_together_is_named(changes: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        mixed({"a": scenes(), "b": scenes()}, **changes)


def test_pictures_decide_how_all_come_to_the_square(photographs):
    root = photographs("real", range(40))
    for measured in ("scenes", "real"):
        data = mixed(
            {"scenes": scenes(), "real": real(root, resize="stretch")}, measure_on=measured
        )
        assert data.batch_form.resize_mode == "stretch"
    assert mixed({"scenes": scenes()}).batch_form.resize_mode == "letterbox"


def test_faults_of_a_part_are_told_with_its_name(photographs):
    with pytest.raises(ConfigError, match="write '_partial_: true'"):
        mixed({"a": scenes()(augment=None, seed=0)})
    with pytest.raises(ConfigError, match=r"dataset\.parts\.a: got an unexpected .*'colour'"):
        mixed({"a": scenes(colour=1)})
    with pytest.raises(DataError, match=r"dataset\.parts\.a: dataset\.background: there is no"):
        mixed({"a": scenes(background="fotos")})
    root = photographs("real", range(9))
    with pytest.raises(ConfigError, match=r"resize must be the same .* a stretch, b letterbox"):
        mixed({"a": real(root, resize="stretch"), "b": real(root), "c": scenes()})


@pytest.mark.parametrize(
    ("shares", "total", "counts"),
    [
        ([0.5, 0.5], 7, [4, 3]),
        ([1, 1, 1], 100, [34, 33, 33]),
        ([0.7, 0.2, 0.1], 10, [7, 2, 1]),
        ([1e-9, 1], 5, [0, 5]),
    ],
)
def test_apportion(shares: list[float], total: int, counts: list[int]):
    assert apportion(np.array(shares, np.float64), total).tolist() == counts


def test_the_option_names_the_arguments_and_composes_with_other_parts(tmp_path: Path):
    node = yaml.safe_load((CONF / "dataset" / "mixed.yaml").read_text(encoding="utf-8"))
    arguments = set(inspect.signature(Mixed).parameters) - {"augment", "seed"}
    assert set(node) - {"defaults", "_target_"} == arguments
    with pytest.raises(ConfigError, match=r"dataset\.parts\.real\.root must be given"):
        compose(["dataset=mixed"])
    composed = compose(
        [
            "dataset=mixed",
            "dataset@dataset.parts.real=coco",
            "dataset@dataset.parts.scenes=emoji",
            "dataset.parts.real.root=x",
            "dataset.image_size=96",
        ]
    ).config.dataset.parts
    assert composed.real.format._target_.endswith("Coco")
    assert composed.scenes.sprites == "emoji"
    assert composed.real.image_size == composed.scenes.image_size == 96
    with pytest.raises(ConfigError, match=r"dataset\.parts\.scenes\.absent=2"):
        compose(["dataset=mixed", "dataset.parts.real.root=x", "dataset.parts.scenes.absent=2"])
    with pytest.raises(ConfigError, match=r"no key 'dataset\.parts\.real\.rots'"):
        compose(["dataset=mixed", "dataset.parts.real.root=x", "dataset.parts.real.rots=2"])

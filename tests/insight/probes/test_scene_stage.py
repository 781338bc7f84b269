"""The scenes of probes: what is chosen, what stays, and that boxes are those of the pixels."""

from functools import cache, partial

import numpy as np
import pytest

from objloc.data import Augmentation
from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.insight.probes import scene_conditions
from objloc.insight.probes.picture_conditions import picture_conditions
from objloc.insight.probes.scene_stage import SceneStage
from objloc.insight.probes.shown import Shown
from objloc.insight.probes.trained_range import trained_ranges
from tests.insight.trained import white_boxes


@cache
def creatures(seed: int = 0) -> SceneStage:
    scenes = Scenes(sprites="creatures", background="texture", min_size=24, max_size=48)
    return SceneStage(scenes, scenes.class_names, seed=seed)


def outside(shown: list[Shown]) -> np.ndarray:
    """The pixels that are at least 3 px outside of all boxes."""
    free = np.ones(shown[0].image.shape[:2], bool)
    for one in shown:
        x1, y1, x2, y2 = one.box.astype(int)
        free[max(0, y1 - 3) : y2 + 3, max(0, x1 - 3) : x2 + 3] = False
    return free


@pytest.mark.parametrize("name", ["size", "rotation", "border", "object_contrast"])
def test_scenes_differ_between_values_in_the_object_alone(name: str) -> None:
    stage = creatures()
    make = getattr(scene_conditions, name)
    condition = make(stage, (0.0, 0.0)) if name == "rotation" else make(stage)
    for index in range(4):
        made = [condition.show(index, value) for value in condition.values]
        shown = [one for one in made if one is not None]
        free = outside(shown)
        assert len({one.image[free].tobytes() for one in shown}) == 1
        assert len({one.label for one in shown}) == 1
        assert len({one.image.tobytes() for one in shown}) == len(shown)
    first, second = (condition.show(index, condition.values[-1]) for index in (0, 1))
    assert first is not None
    assert second is not None
    assert not np.array_equal(first.image, second.image)


def test_backgrounds_change_behind_the_same_object_at_the_same_place() -> None:
    condition = scene_conditions.background(creatures())
    assert {"the dataset's own", "black", "photo"} <= set(condition.values)
    for index in range(3):
        shown = [condition.show(index, value) for value in condition.values]
        assert len({one.box.tobytes() for one in shown if one is not None}) == 1


def test_the_object_has_the_size_that_is_asked_for() -> None:
    condition = scene_conditions.size(creatures())
    assert (24 in condition.values, 48 in condition.values) == (True, True)
    for value in condition.values:
        shown = condition.show(3, value)
        assert shown is not None
        longer = (shown.box[2:] - shown.box[:2]).max()
        # The outermost row of pixels may be covered by less than half.
        assert value - 2 <= longer <= value


def test_the_object_is_as_near_to_the_border_as_is_asked_for() -> None:
    stage = creatures()
    condition = scene_conditions.border(stage)
    sides = set()
    for value in condition.values:
        for index in range(12):
            shown = condition.show(index, value)
            assert shown is not None
            gaps = np.concatenate([shown.box[:2], stage.side - shown.box[2:]])
            assert gaps.min() == value
            sides.add(int(gaps.argmin()))
    assert sides == {0, 1, 2, 3}


def white(shown: Shown, over: int) -> np.ndarray:
    """The box of the pixels that are lighter than so much."""
    light = shown.image.min(axis=2) > over
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def test_boxes_of_turned_and_hidden_objects_are_those_of_their_pixels() -> None:
    stage = SceneStage(white_boxes(), ["rectangle"])
    turned = scene_conditions.rotation(stage, (0.0, 0.0))
    hidden = picture_conditions(stage.base, None, partial(stage.random, purpose="condition"), {})[
        "occlusion"
    ]
    for index in range(12):
        for value in turned.values:
            shown = turned.show(index, value)
            assert shown is not None
            np.testing.assert_array_equal(shown.box, white(shown, 127))
        whole = hidden.show(index, 0)
        assert whole is not None
        for value in hidden.values:
            shown = hidden.show(index, value)
            assert shown is not None
            np.testing.assert_array_equal(shown.box, white(shown, 128))  # the bar is 128
            np.testing.assert_array_equal(shown.box, whole.box)
            x1, y1, x2, y2 = whole.box.astype(int)
            left = (shown.image[y1:y2, x1:x2] > 128).all(axis=2).mean()
            shortest = min(x2 - x1, y2 - y1)
            # Whole columns, of which the outermost two stay.
            most = 1 - 2 / shortest
            assert 1 - left == pytest.approx(min(value / 100, most), abs=0.5 / shortest + 0.17)


def test_noise_is_the_same_pattern_at_every_strength() -> None:
    grey = Shown(np.full((48, 48, 3), 128, np.uint8), np.array([0, 0, 9, 9], np.float32), 0)
    noise = picture_conditions(lambda index: grey, None, np.random.default_rng, {})["noise"]
    weak, strong, other = (noise.show(*what) for what in ((0, 2), (0, 10), (1, 10)))
    steps = [one.image.astype(float).ravel() - 128 for one in (weak, strong, other) if one]
    assert np.corrcoef(steps[0], steps[1])[0, 1] > 0.99
    assert abs(np.corrcoef(steps[1], steps[2])[0, 1]) < 0.06
    assert steps[1].std() == pytest.approx(25.5, rel=0.05)  # 10 % of 255


def test_no_split_shows_a_scene_of_the_probes() -> None:
    stage = creatures()
    probed = {stage.base(index).image.tobytes() for index in range(20)}
    for name in ("train", "val", "test"):
        source = stage.scenes.split(name)
        assert probed.isdisjoint(source.sample(0, index).image.tobytes() for index in range(20))
    assert stage.base(0).image.tobytes() != creatures(seed=1).base(0).image.tobytes()


def test_scenes_of_classes_that_the_model_does_not_know_are_not_shown() -> None:
    scenes = creatures().scenes
    name = scenes.class_names[1]
    stage = SceneStage(scenes, ["other", name])
    assert {stage.base(index).label for index in range(12)} == {1}
    with pytest.raises(ConfigError, match="the model knows none of the classes of the scenes"):
        SceneStage(scenes, ["other"])


def test_what_was_trained_on_is_read_from_the_transforms() -> None:
    import albumentations

    blur = albumentations.GaussianBlur(blur_limit=0, sigma_limit=(0.3, 1.2))
    augment = Augmentation(
        sprite=[albumentations.Rotate(limit=(-45, 30))],
        image=[
            albumentations.OneOf([blur, albumentations.MotionBlur()]),
            albumentations.RandomBrightnessContrast((-0.2, 0.1), (-0.25, 0.5)),
            albumentations.GaussNoise(std_range=(0.01, 0.06)),
        ],
    )
    assert trained_ranges(augment.describe()) == {
        "rotation": (-45, 30),
        "contrast": (0.75, 1.5),
        "brightness": (-20, 10),
        "blur": (0, 1.2),
        "noise": (0, 6),
    }
    assert trained_ranges({})["contrast"] == (1, 1)
    flipped_and_turned = [{"__class_fullname__": name} for name in ("VerticalFlip", "D4")]
    jittered = [{"transforms": [{"__class_fullname__": "ColorJitter"}]}]
    known = trained_ranges({"sprite": flipped_and_turned, "image": jittered})
    assert set(known) == {"blur", "noise"}
    assert "rotation" in trained_ranges({"sprite": flipped_and_turned[:1]})

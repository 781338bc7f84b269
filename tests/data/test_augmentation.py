import subprocess
import sys

import albumentations
import numpy as np
import pytest

from objloc.data import Augmentation
from objloc.errors import ConfigError


def test_transforms_of_a_scene_are_independent():
    # Had each its own generator of the same seed, both flips would always come together.
    augment = Augmentation(
        sprite=[albumentations.HorizontalFlip(p=0.5), albumentations.VerticalFlip(p=0.5)]
    )
    corners = np.zeros((2, 2, 4), np.uint8)
    corners[0, 0] = 255
    seen = {
        tuple(
            np.argwhere(augment.transform_sprite(corners, np.random.default_rng(seed))[..., 0])[0]
        )
        for seed in range(40)
    }
    assert len(seen) == 4


@pytest.mark.parametrize(
    "transform",
    [
        albumentations.GaussNoise(p=1),  # draws from OpenCV's global generator
        albumentations.ISONoise(p=1),
        albumentations.OneOf([albumentations.Blur(p=1), albumentations.SaltAndPepper(p=1)], p=1),
        albumentations.CoarseDropout(p=1),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_the_generator_decides_everything(transform):
    kind = "sprite" if isinstance(transform, albumentations.DualTransform) else "image"
    augment = Augmentation(**{kind: [transform]})
    apply = augment.transform_sprite if kind == "sprite" else augment.transform_image
    shape = (32, 32, 4 if kind == "sprite" else 3)
    picture = np.random.default_rng(0).integers(40, 216, shape, dtype=np.uint8)
    first = apply(picture, np.random.default_rng(1))
    other = apply(picture, np.random.default_rng(2))
    assert np.array_equal(apply(picture, np.random.default_rng(1)), first)
    assert not np.array_equal(first, other)


def test_room_is_made_for_what_may_leave_the_canvas():
    flip, rotate = albumentations.HorizontalFlip(p=1), albumentations.Rotate(p=1)
    assert not Augmentation(sprite=[flip]).needs_margin
    assert Augmentation(sprite=[flip, albumentations.OneOf([rotate])]).needs_margin


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"image": [albumentations.HorizontalFlip()]}, "HorizontalFlip is not photometric"),
        ({"sprite": [albumentations.Blur()]}, "Blur is not geometric; list it under augment.image"),
        (
            {"image": [albumentations.OneOf([albumentations.Rotate()])]},
            "Rotate is not photometric; list it under augment.sprite or augment.picture",
        ),
        ({"picture": [albumentations.Blur()]}, "Blur is not geometric; list it under augment.im"),
        ({"picture": [albumentations.CubicSymmetry()]}, "CubicSymmetry cannot move boxes"),
        ({"picture": [albumentations.MaskDropout()]}, "MaskDropout needs mask"),
        ({"picture": [albumentations.SafeRotate()]}, "half a pixel off; use Rotate or Affine"),
        ({"picture": [albumentations.Affine(fit_output=True)]}, "set fit_output to false"),
        ({"min_visible": 1.5}, "augment.min_visible is 1.5; it is a share"),
        ({"mosaic": 1.1}, "augment.mosaic is 1.1; it is a share"),
        ({"paste": -1}, "augment.paste is -1; it is a number of objects, 0 or more"),
        ({"mix_up": -0.1}, "augment.mix_up is -0.1; it is a share"),
        ({"zoom": [0.5]}, r"augment.zoom is \[0.5\]; it is the smallest and the largest scale"),
        ({"zoom": [2, 1]}, r"augment.zoom is \[2, 1\]; it is"),
        ({"zoom": [0, 1]}, r"augment.zoom is \[0, 1\]; it is"),
        ({"image": [str]}, "is no albumentations transform"),
    ],
)
def test_what_is_no_transform_of_its_list_or_out_of_range_is_refused(lists: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        Augmentation(**lists)


def test_a_transform_made_of_functions_is_no_composition():
    assert Augmentation(image=[albumentations.ColorJitter()]).describe()["image"]


def test_an_unknown_argument_is_refused():
    with pytest.warns(UserWarning, match="limits"):
        transform = albumentations.Rotate(limits=(-10, 10))
    with pytest.raises(ConfigError, match=r"augment\.sprite: Rotate has no argument limits"):
        Augmentation(sprite=[transform])


def test_a_description_without_picture_transforms_is_what_it_was_before_there_were_any():
    described = Augmentation(sprite=[albumentations.HorizontalFlip()]).describe()
    assert set(described) == {"sprite", "image"}
    pictures = Augmentation(picture=[albumentations.HorizontalFlip()], min_visible=0.5)
    assert pictures.describe()["min_visible"] == 0.5
    assert [t["__class_fullname__"] for t in pictures.describe()["picture"]] == ["HorizontalFlip"]
    assert pictures.describe(("sprite", "image")) == Augmentation().describe()


def test_what_combines_pictures_is_described_where_pictures_are():
    plain = Augmentation(picture=[albumentations.HorizontalFlip()])
    assert set(plain.describe()) == {"sprite", "image", "picture", "min_visible"}
    combining = Augmentation(mosaic=1, zoom=[1, 2], min_visible=0.4)
    described = combining.describe(("image", "picture"))
    assert described == {"image": [], "mosaic": 1.0, "zoom": (1.0, 2.0), "min_visible": 0.4}
    assert combining.describe(("sprite", "image")) == Augmentation().describe()
    assert Augmentation(mix_up=0.2).describe()["mix_up"] == 0.2


def test_importing_the_data_layer_brings_nothing_heavy():
    code = (
        "import sys, os, objloc.data as d; d.Scenes(sprites='creatures', background='photo')"
        ".split('train').sample(0, 0); print(os.environ['NO_ALBUMENTATIONS_UPDATE'], "
        "{'tensorflow', 'keras', 'albumentations', 'skimage', 'scipy', 'pooch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 set()"

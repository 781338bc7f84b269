"""The finding: every map on the page, numbers beside them, whatever runs the model."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.example import Example
from objloc.insight.maps import (
    DRise,
    GradCam,
    GradCamPlusPlus,
    HiResCam,
    IntegratedGradients,
    Occlusion,
    SmoothGrad,
    Trust,
)
from objloc.insight.maps.explain_maps import explain_maps
from objloc.insight.maps.maps_finding import MapsFinding
from objloc.insight.subject import QUANTITIES, best_subject
from objloc.models import KerasEngine, Localizer
from objloc.page import Page
from tests.conftest import fresh_python
from tests.insight.maps.white_finder import (
    blind,
    example,
    linear_localizer,
    predictor,
    white_scenes,
)

GRADIENTS = [
    GradCam(),
    GradCamPlusPlus(),
    HiResCam(),
    IntegratedGradients(steps=4),
    SmoothGrad(samples=2),
]
ASKING = [Occlusion(), DRise(masks=64)]


def page_of(finding: MapsFinding) -> str:
    page = Page("Explained")
    finding.add_to(page)
    return page.html()


@pytest.fixture(scope="module")
def finding(soft_argmax: Localizer, scenes: Scenes) -> MapsFinding:
    examples = []
    for number, (image, box) in enumerate(white_scenes(scenes, 2)):
        subject = best_subject(image, soft_argmax(image[None]), box)
        examples.append(Example(f"scene {number}", subject, True, box[None]))
    return explain_maps(
        Predictor(KerasEngine(soft_argmax)),
        soft_argmax,
        examples,
        [*ASKING, *GRADIENTS],
        trust=Trust(steps=4, sanity_examples=1, sanity_quantities=("left",)),
    )


def test_every_map_is_on_the_page_with_its_numbers(finding: MapsFinding) -> None:
    text = page_of(finding)
    # One class: its logit has no map. Two examples, five methods, five numbers, and two that ask.
    assert len(finding.maps) == 2 * (5 * 5 + 2)
    assert text.count("<figcaption>") == len(finding.maps) + 2 + 2  # pictures, and two drawings
    assert "with one class only" in text
    captions = re.findall(r"<figcaption>(HiResCAM, left side; .*?)</figcaption>", text)
    first = next(o for o in finding.maps if (o.map.method, o.map.quantity) == ("hires_cam", "left"))
    assert captions[0].startswith(
        f"HiResCAM, left side; mass inside the box {first.mass:.2f}".replace(" 0.", " .")
    )
    assert "deletion ." in captions[0]
    for method in finding.methods:
        assert method.source in text.replace("&amp;", "&")


def test_the_summary_is_the_mean_of_its_maps(finding: MapsFinding) -> None:
    header, rows = finding.tables()["maps/each"]
    masses = [
        row[header.index("mass_inside")] for row in rows if row[header.index("method")] == "d_rise"
    ]
    metrics = finding.metrics()
    assert metrics["maps/d_rise/mass_inside"] == pytest.approx(np.mean(masses))
    assert metrics["maps/hires_cam/deletion"] < 1
    assert np.isnan(metrics["maps/d_rise/own_side"])
    references = {one.name: one for one in finding.reference_summaries()}
    assert references["the box itself"].mass_inside > 0.8
    assert references["chance"].deletion > references["the box itself"].deletion


def test_black_box_methods_are_checked_against_a_random_model_too(finding: MapsFinding) -> None:
    header, rows = finding.tables()["maps/sanity"]
    stages = {row[0]: [r[2] for r in rows if r[0] == row[0]] for row in rows}
    assert stages["d_rise"] == ["everything"]
    assert len(stages["hires_cam"]) == 5
    assert header[:3] == ["method", "quantity", "randomised"]


def test_a_sheet_an_example(finding: MapsFinding) -> None:
    pictures = finding.pictures()
    assert list(pictures) == ["maps/scene.0", "maps/scene.1"]
    # Five columns; the picture with what asks, and five methods.
    height, width = pictures["maps/scene.0"].shape[:2]
    assert width > 5 * 256
    assert height > 6 * 256


def test_an_exported_model_is_asked_and_the_page_says_why_no_more() -> None:
    found = explain_maps(predictor(), None, [example()], [*GRADIENTS, *ASKING], trust=Trust())
    assert {one.map.method for one in found.maps} == {"occlusion", "d_rise"}
    assert not found.likenesses
    text = page_of(found)
    assert "Left out: Grad-CAM, Grad-CAM++, HiResCAM, Integrated gradients, SmoothGrad." in text
    assert "shuffled, and" not in text
    assert "rank correlation" not in text


def test_a_model_that_ignores_its_picture_has_empty_maps_and_a_page() -> None:
    localizer = linear_localizer(kernel_scale=0.0)
    [one] = [example()]
    subject = best_subject(one.subject.image, localizer(one.subject.image[None]))
    found = explain_maps(
        Predictor(KerasEngine(localizer), 8),
        localizer,
        [replace(one, subject=subject, detected=False)],
        [*ASKING, *GRADIENTS],
        trust=Trust(steps=2, sanity_examples=1),
    )
    assert len(found.maps) == 5 * len(QUANTITIES) + 2
    assert not any(one.map.values.any() for one in found.maps)
    assert all(summary.empty == summary.maps for summary in found.summaries())
    assert np.isnan(found.metrics()["maps/grad_cam/mass_inside"])
    text = page_of(found)
    assert "empty: it depends on no pixel" in text
    assert "not tested" in text
    assert "nan" not in re.sub(r"base64,[^\"]*|<svg.*?</svg>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("truth", [None, np.zeros((0, 4), np.float32)])
def test_without_a_known_object_shares_are_of_the_answer_and_in_no_mean(truth) -> None:
    found = explain_maps(predictor(), None, [replace(example(), truth=truth)], [DRise(masks=64)])
    assert found.maps[0].mass > 0
    assert np.isnan(found.summaries()[0].mass_inside)
    assert "count in no mean" in page_of(found)


def test_a_blind_exported_model_and_no_example_at_all() -> None:
    found = explain_maps(predictor(blind), None, [example()], ASKING, trust=Trust(steps=2))
    assert "empty" in page_of(found)
    assert "There are no maps." in page_of(explain_maps(predictor(), None, [], ASKING))


def test_methods_of_the_same_name_could_not_be_told_apart() -> None:
    with pytest.raises(ConfigError, match=r"maps\.methods: occlusion is there more than once"):
        explain_maps(predictor(), None, [], [Occlusion(patch=2), DRise(), Occlusion(patch=4)])


def test_asking_loads_no_tensorflow(tmp_path: Path) -> None:
    code = """
import sys
import numpy as np
from objloc.decoding import Decoding
from objloc.evaluation import Predictor
from objloc.insight.example import Example
from objloc.insight.maps import DRise, GradCam, HiResCam, Occlusion, Trust
from objloc.insight.maps.explain_maps import explain_maps
from objloc.insight.subject import Subject
from objloc.model_card import ModelCard
from objloc.page import Page

class Engine:
    card = ModelCard(("white",), 16, "letterbox", 0.5, Decoding(1))
    def __call__(self, images):
        ones = np.ones((len(images), 1), np.float32)
        return {"boxes": ones[..., None] * np.float32([.2, .2, .5, .5]),
                "labels": ones.astype(np.int32) * 0, "scores": ones * images.mean() / 255}

image = np.full((16, 16, 3), 99, np.uint8)
box = np.float32([3.2, 3.2, 8, 8])
examples = [Example("a", Subject(image, -1, box, 0, .4), False, None)]
methods = [GradCam(), HiResCam(), Occlusion(), DRise(masks=8)]
found = explain_maps(Predictor(Engine()), None, examples, methods, trust=Trust())
found.add_to(Page("x"))
print([name for name in ("tensorflow", "keras") if name in sys.modules])
"""
    assert fresh_python("-c", code, cwd=tmp_path).strip() == "[]"

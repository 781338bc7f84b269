"""What was found out about the layers stands on the page, in tables and in pictures."""

import numpy as np
import pytest

from objloc.data import Sample
from objloc.insight.example import Example
from objloc.insight.layers.answer_maps import answer_maps
from objloc.insight.layers.answers_finding import AnswersFinding
from objloc.insight.layers.explain_layers import explain_layers
from objloc.insight.layers.layers_finding import LayersFinding
from objloc.insight.layers.recording import record
from objloc.insight.subject import best_subject
from objloc.models import Localizer
from objloc.page import Page
from tests.insight.layers.small_models import head_of, is_inside, noise, small


def examples_of(model: Localizer, pictures: np.ndarray, truths: list[np.ndarray]) -> list[Example]:
    return [
        Example(f"scene {number}", best_subject(picture, model(picture[None])), True, truth)
        for number, (picture, truth) in enumerate(zip(pictures, truths, strict=False))
    ]


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return noise(3)


def of_noise(name: str, pictures: np.ndarray) -> tuple[LayersFinding, str]:
    model = small(head_of(name))
    examples = examples_of(model, pictures[:1], [np.zeros((0, 4), np.float32)])
    finding = explain_layers(model, examples, pictures, field_pictures=1)
    page = Page("layers")
    finding.add_to(page)
    return finding, page.html()


@pytest.mark.parametrize(
    ("name", "maps", "fields"),
    # Three maps of the backbone, those of the head, and two of the candidate where it has a cell.
    [("yolo", 2, 3 + 4 + 2), ("ssd", 2, 3 + 4 + 2), ("soft_argmax", 5, 3 + 2)],
)
def test_every_head_is_explained(name: str, maps: int, fields: int, pictures: np.ndarray) -> None:
    finding, page = of_noise(name, pictures)
    assert len(finding.answers.pictures()) == maps
    assert len(finding.fields.pictures()) == fields
    assert page.count("<img") >= maps + fields + 1
    for picture in finding.pictures().values():
        assert min(picture.shape[:2]) >= 64


def test_a_regression_says_that_it_has_no_places(pictures: np.ndarray) -> None:
    finding, page = of_noise("regression", pictures)
    assert finding.answers.pictures() == {}
    assert "nothing to lay over the picture" in page
    assert list(finding.fields.used) == list(finding.fields.strides.values())


def test_the_trained_grid_is_explained(grid: Localizer, samples: list[Sample]) -> None:
    pictures = np.stack([sample.image for sample in samples])
    before = [np.array(one) for one in grid.get_weights()]
    examples = examples_of(grid, pictures[:2], [sample.boxes for sample in samples])
    finding = explain_layers(grid, examples, pictures)
    for one, other in zip(grid.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    metrics = finding.metrics()
    # Four strided 3 × 3 convolutions: 3, 3 + 2·2, 7 + 2·4, 15 + 2·8.
    sizes = [metrics[f"layers/receptive_field_{stride}"] for stride in (2, 4, 8, 16)]
    assert sizes == [3, 7, 15, 31]
    for stride in (2, 4, 8, 16):
        seen = metrics[f"layers/receptive_field_{stride}"]
        assert 0 < metrics[f"layers/effective_field_{stride}"] <= seen
    tables = finding.tables()
    header, rows = tables["layers/statistics"]
    assert all(len(row) == len(header) for row in rows)
    header, rows = tables["layers/receptive_fields"]
    assert "backbone/down_8" in [row[0] for row in rows]
    page = Page("layers")
    finding.add_to(page)
    assert "scene 0: objectness, highest at" in page.html()
    candidate = finding.fields.drawn[-1]
    assert is_inside(candidate.used, candidate.seen)
    assert candidate.cell is not None
    width, height = candidate.cell[2:] - candidate.cell[:2]
    assert (width, height) == (8, 8)


def test_an_answer_that_is_no_detection_is_called_so(
    grid: Localizer, samples: list[Sample]
) -> None:
    image = np.zeros_like(samples[0].image)
    recording = record(grid, image[None])
    subject = best_subject(image, recording.outputs)
    maps = answer_maps(grid.head, recording)
    page = Page("layers")
    AnswersFinding([maps], [Example("nothing", subject, detected=False)]).add_to(page)
    assert f"no detection, its score is {subject.score:.2f}" in page.html()
    assert subject.score < 0.5


def test_cells_that_look_at_nothing_have_no_size(pictures: np.ndarray) -> None:
    model = small(head_of("grid"))
    model.set_weights([np.zeros_like(one) for one in model.get_weights()])
    examples = examples_of(model, pictures[:1], [np.zeros((0, 4), np.float32)])
    finding = explain_layers(model, examples, pictures)
    assert len(finding.pictures()) > 3
    page = Page("layers")
    finding.add_to(page)
    assert "uses none: no pixel changes it" in page.html()
    assert "nan px" not in page.html()
    assert "nan%" not in page.html()


def test_without_examples_there_are_numbers_still(pictures: np.ndarray) -> None:
    finding = explain_layers(small(head_of("grid")), [], pictures, field_pictures=1)
    page = Page("layers")
    finding.add_to(page)
    assert "No picture was chosen" in page.html()
    assert finding.metrics()["layers/receptive_field_2"] == 3

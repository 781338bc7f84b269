"""Which pictures are shown, and what stands below them."""

import numpy as np

from objloc.data import BatchForm, Sample
from objloc.evaluation import Detections
from objloc.evaluation.measurement import Answers, measure
from objloc.training.gallery import choose, gallery, sheet
from objloc.training.prediction_sheet import (
    RIGHT_COLOUR,
    TRUTH_COLOUR,
    WRONG_COLOUR,
    draw_answer,
)
from tests.evaluation.random_sets import detections, random_set, truth

NAMES = ("cat", "dog", "owl")
BOX = [20, 20, 60, 60]


class Pictures:
    """Grey pictures of one size, with names."""

    class_names = NAMES

    def __init__(self, count: int, height: int = 100, width: int = 100) -> None:
        self.count, self.height, self.width = count, height, width

    def __len__(self) -> int:
        return self.count

    def picture_name(self, index: int) -> str:
        return f"photo {index}.jpg"

    def sample(self, epoch: int, index: int) -> Sample:
        image = np.full((self.height, self.width, 3), 90, np.uint8)
        nothing = np.zeros(0, np.float32)
        return Sample(
            image,
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.int32),
            np.zeros(0, np.bool_),
            nothing,
            index,
            (self.height, self.width),
        )


def pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((picture == colour).all(axis=2))


def test_the_worst_come_first_and_no_picture_twice() -> None:
    found, truths = random_set(np.random.default_rng(0), 60, 2, 2)
    measurement = measure(
        Answers(found, truths, float("nan")), NAMES, score_threshold=0.5, typical=None
    )
    choice = choose(measurement)
    order = measurement.report.worst_first().tolist()
    assert list(choice.worst) == order[:12]
    assert len(set(choice.random)) == 12
    assert set(choice.random) <= set(order[12:])
    assert choice == choose(measurement)
    drawn = sheet(measurement, choice, Pictures(60), BatchForm(100))
    assert drawn is not None
    side = 300  # 100 pixels, three times as large
    assert drawn.shape == (4 * side + 3 * 4, 6 * side + 5 * 4, 3)


def test_no_pictures_no_sheet() -> None:
    measurement = measure(Answers([], [], 1.0), NAMES, score_threshold=0.5, typical=None)
    assert sheet(measurement, choose(measurement), Pictures(0), BatchForm(100)) is None


def test_captions_and_colours_tell_each_detections_fate() -> None:
    found = [
        detections([BOX], [0.9]),
        detections([BOX, [70, 70, 90, 90]], [0.9, 0.8], [1, 0]),
        Detections.none(),
    ]
    truths = [truth([BOX]), truth([BOX]), truth([])]
    measurement = measure(Answers(found, truths, 1.0), NAMES, score_threshold=0.5, typical=None)
    shown = gallery(measurement, [0, 1, 2], Pictures(3))
    assert [caption for _, caption in shown] == [
        "photo 0.jpg: 1 right; IoU 1.00",
        "photo 1.jpg: 1 class wrong, 1 imagined; IoU 1.00",
        "photo 2.jpg: nothing there, nothing found",
    ]
    right, wrong, nothing = (picture for picture, _ in shown)
    assert len(pixels(right, RIGHT_COLOUR))
    assert not len(pixels(right, WRONG_COLOUR))
    assert len(pixels(wrong, WRONG_COLOUR))
    assert not len(pixels(wrong, RIGHT_COLOUR))
    assert (nothing == 90).all()


def test_what_is_missed_among_others_of_its_class_is_named() -> None:
    """Two cats, of which one is found: the other one has its name above it, in the truth's colour.

    The found one's own frame lies on its truth's and hides it.
    """
    both = truth([[20, 60, 80, 120], [150, 60, 210, 120]])
    image = np.full((256, 256, 3), 90, np.uint8)
    for answer, named in (
        (detections(both.boxes[:1], [0.9]), True),
        (detections(both.boxes, [0.9, 0.8]), False),
    ):
        drawn = draw_answer(image, both, answer, NAMES, both.boxes, answer.boxes)
        above = pixels(drawn[:56], TRUTH_COLOUR)
        assert len(above[above[:, 1] > 140]) > 100 if named else not len(above)
        assert not len(above[above[:, 1] < 140])


def test_many_right_ones_have_no_text_and_wrong_ones_do() -> None:
    """Twelve in a row, the last misnamed: what it is stands above it, what was said below it."""
    boxes = np.array([[10 + 60 * place, 40, 40 + 60 * place, 70] for place in range(12)], "f4")
    image = np.full((256, 740, 3), 90, np.uint8)
    there = truth(boxes, size=(256, 740))
    found = detections(boxes, np.linspace(0.9, 0.6, 12), [0] * 11 + [1])
    drawn = draw_answer(image, there, found, NAMES, there.boxes, found.boxes)
    for outside in (drawn[:36], drawn[75:]):
        assert not len(pixels(outside, RIGHT_COLOUR))
    below = pixels(drawn[75:], WRONG_COLOUR)[:, 1]
    assert len(below) > 100
    assert below.min() > 660
    assert len(np.unique(pixels(drawn, RIGHT_COLOUR)[:, 1] // 60)) == 11
    fewer = found.over(float(found.scores[5]))
    drawn = draw_answer(image, there, fewer, NAMES, there.boxes, fewer.boxes)
    assert len(pixels(drawn[:36], RIGHT_COLOUR)) > 100


def test_large_pictures_become_smaller_and_boxes_with_them() -> None:
    box = [400, 800, 600, 1000]
    measurement = measure(
        Answers([detections([box], [0.9])], [truth([box], size=(1280, 2560))], 1.0),
        NAMES,
        score_threshold=0.5,
        typical=None,
    )
    [(picture, _)] = gallery(measurement, [0], Pictures(1, 1280, 2560))
    assert picture.shape == (256, 512, 3)
    rows, columns = pixels(picture, RIGHT_COLOUR).T
    below_the_name = columns[rows > 165]
    # A fifth: 80..120 across, 160..200 down, the line two pixels wide just outside.
    assert (below_the_name.min(), below_the_name.max() + 1) == (78, 122)
    assert rows.max() + 1 == 202


def test_pictures_of_middling_size_are_not_doubled() -> None:
    answers = Answers([Detections.none()], [truth([], size=(160, 200))], 1.0)
    measurement = measure(answers, NAMES, score_threshold=0.5, typical=None)
    [(picture, _)] = gallery(measurement, [0], Pictures(1, 160, 200))
    assert picture.shape == (256, 320, 3)

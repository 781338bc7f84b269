import html
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from experiments.marked_text import markdown_table
from experiments.white_box.__main__ import HERE, main
from experiments.white_box.cell_answer import CellAnswer, cell_answers
from experiments.white_box.claim import Claim
from experiments.white_box.edge_share import edge_shares
from experiments.white_box.floor import entropy, expected_floor, pixels_of
from experiments.white_box.moved_scenes import MovedScenes
from experiments.white_box.read_out import KINDS, ReadOut, area_by_kind
from experiments.white_box.size import QUICK
from experiments.white_box.task import (
    LARGEST,
    LEFT_THIRD,
    SIDE,
    SMALL,
    SMALLEST,
    on_the_left,
    on_the_right,
    rectangles,
)
from experiments.white_box.training import DENSE, GRID
from objloc.models import Localizer
from objloc.models.backbones import convolutional

CLAIM = Claim(
    "c", 0.7, 0.5, "{number:.1f} is much, {more:.2f}", "{number:.1f} is little", {"more": 2}
)


def localizer(recipe: object) -> Localizer:
    backbone = convolutional(SIDE, [4, 6, 8], [0, 0, 0])
    return Localizer(backbone, recipe.head(1), ["rectangle"], SIDE)


def test_the_entropy_of_shares_is_a_half_on_average() -> None:
    shares = (np.arange(20_000) + 0.5) / 20_000
    assert entropy(shares).mean() == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(entropy(np.array([0.0, 0.5, 1.0])), [0, math.log(2), 0])


def test_the_expected_floor_goes_through_every_rectangle() -> None:
    # Sides of 1 or 2 in a scene of 2: from 0 to 1, from 1 to 2, or from 0 to 2.
    assert expected_floor(2, 1, 2) == pytest.approx((math.log(2) / 2 + 0) / 2)


def test_the_expected_floor_is_that_of_the_scenes() -> None:
    source = rectangles(QUICK).split("train")
    boxes = np.stack(
        [source.sample(epoch, index).boxes[0] for epoch in range(8) for index in range(320)]
    )
    floors = entropy(boxes.astype(np.float64) / SIDE)
    deviation = floors.mean(axis=1).std() / np.sqrt(len(boxes))
    assert floors.mean() == pytest.approx(
        expected_floor(SIDE, SMALLEST, LARGEST), abs=4 * deviation
    )


def test_an_excess_is_worth_the_pixels_that_cost_it() -> None:
    truth, answer = 0.5, 0.5 + 2 / SIDE
    cost = -truth * math.log(answer) - (1 - truth) * math.log(1 - answer)
    assert pixels_of(cost - math.log(2), truth, SIDE) == pytest.approx(2, rel=0.01)
    assert pixels_of(-1e-9, truth, SIDE) == 0


@pytest.mark.parametrize(
    ("side", "first", "last"), [("left", 0, LEFT_THIRD), ("right", LEFT_THIRD, SIDE)]
)
def test_moved_objects_are_where_they_may_be(side: str, first: int, last: int) -> None:
    scenes = rectangles(QUICK, largest=SMALL)
    moved = (on_the_left if side == "left" else on_the_right)(scenes).split("test")
    lefts = []
    for index in range(len(moved)):
        before, after = scenes.split("test").sample(0, index), moved.sample(0, index)
        x1, y1, x2, y2 = after.boxes[0].astype(int)
        assert first <= x1 < x2 <= last
        np.testing.assert_array_equal(after.boxes[0][1::2], before.boxes[0][1::2])
        assert x2 - x1 == before.boxes[0][2] - before.boxes[0][0]
        white = np.zeros_like(after.image)
        white[y1:y2, x1:x2] = 255
        np.testing.assert_array_equal(after.image, white)
        lefts.append((x1 - first) / max(1, last - first - (x2 - x1)))
    assert min(lefts) < 0.15
    assert max(lefts) > 0.85


def test_what_does_not_fit_is_refused() -> None:
    scenes = rectangles(QUICK)
    with pytest.raises(ValueError, match=r"its object is \d+ px wide, the band has 4 px"):
        MovedScenes(scenes, 0, SMALLEST).split("train").sample(0, 0)


def test_a_claim_says_what_was_measured() -> None:
    assert CLAIM.holds
    assert CLAIM.text == "0.7 is much, 2.00"
    small = Claim("c", 0.3, 0.5, CLAIM.sentence, CLAIM.otherwise)
    assert not small.holds
    assert small.text == "0.3 is little"
    unknown = Claim("c_d", 0.7, 0.5, CLAIM.sentence, CLAIM.otherwise, {"more": math.nan})
    assert not unknown.is_measured
    assert unknown.text == "Nothing of this could be measured (c d)."


def test_a_planted_ruler_is_read() -> None:
    weights = np.zeros((8, 8, 2, 4))
    weights[..., 0, 0::2] = np.arange(8)[None, :, None]  # columns for left and right
    weights[..., 0, 1::2] = np.arange(8)[:, None, None]  # rows for top and bottom
    features = np.zeros((30, 8, 8, 2))
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(1, 8, size=(2, 30))
    features[np.arange(30), rows, columns, 0] = 1
    read_out = ReadOut(weights, features, np.zeros(4))
    np.testing.assert_allclose(read_out.logits[:, 0], columns)
    np.testing.assert_allclose(read_out.moved_right(1).logits[:, 0], columns - 1)
    np.testing.assert_allclose(read_out.moved_right(1).logits[:, 1], rows)
    np.testing.assert_allclose(read_out.explained_by(axis=1), [1, 0, 1, 0])
    np.testing.assert_allclose(read_out.explained_by(axis=0), [0, 1, 0, 1])


def test_the_sum_over_cells_is_the_answer() -> None:
    model = localizer(DENSE)
    source = rectangles(QUICK).split("test")
    samples = [source.sample(0, index) for index in range(12)]
    images = np.stack([sample.image for sample in samples])
    read_out = ReadOut.of(model, images)
    np.testing.assert_allclose(read_out.boxes(), model(images)["boxes"][:, 0], atol=1e-5)
    boxes = np.stack([sample.boxes[0] for sample in samples]).astype(np.float64) / SIDE
    np.testing.assert_allclose(read_out.shares_by_kind(boxes).sum(axis=0), 1, atol=1e-9)


def test_cells_are_of_the_kind_that_they_look_like() -> None:
    # Columns 1 to 3, rows 2 to 6 of 8 × 8 cells.
    areas = area_by_kind(np.array([[0.13, 0.3, 0.45, 0.8]]), 8) * 64
    corners, side, others, inside, outside = areas[:, 0]
    assert KINDS[0].startswith("the two corners")
    assert (corners, side, others, inside, outside) == (2, 3, 7, 3, 49)
    assert areas[:, 1].tolist() == [2, 1, 9, 3, 49]


def test_a_cells_box_is_its_distances_around_its_centre() -> None:
    model = localizer(GRID)
    sample = rectangles(QUICK).split("test").sample(0, 0)
    [answer] = cell_answers(model, [sample])
    outputs = model(sample.image[None])
    surest = int(np.argmax(outputs["objectness"][0]))
    np.testing.assert_allclose(answer.box, outputs["boxes"][0, surest] * SIDE, atol=1e-3)
    x, y = answer.center
    left, top, right, bottom = answer.distances
    np.testing.assert_allclose(
        sample.boxes[0], [x - left, y - top, x + right, y + bottom], atol=1e-3
    )
    assert answer.objectness.shape == answer.iou.shape == (8, 8)


def test_a_distribution_is_measured_by_hand() -> None:
    answer = CellAnswer(
        objectness=np.ones((1, 1)),
        iou=np.ones((1, 1)),
        center=np.zeros(2),
        probabilities=np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0], [0.1, 0.2, 0.7], [0, 0, 1]]),
        side=8,
        distances=np.array([5.0, 1.0, -3.0, 8.0]),  # the cell lies outside on the right
    )
    np.testing.assert_allclose(answer.mass_beside_truth, [0.9, 1.0, 0.3, 1.0])
    np.testing.assert_allclose(answer.spread[[1, 3]], [2, 0], atol=1e-9)


def test_changes_are_counted_where_they_are() -> None:
    changes = np.zeros((1, 4, 4, 1))
    changes[0, 1, 1], changes[0, 1, 2], changes[0, 0, 0] = 3, -1, 4
    # Columns 0 to 2 and rows 0 to 2: the middle cell is inside, eight are on the edges.
    shares, areas = edge_shares(changes, np.array([[0, 0, 0.75, 0.75]]))
    np.testing.assert_allclose(shares, [5 / 8, 3 / 8, 0])
    np.testing.assert_allclose(areas, [8 / 16, 1 / 16, 7 / 16])


def check_agreement(folder: Path) -> dict:
    """README, page and results of a folder tell the same; returns the results."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    readme = (folder / "README.md").read_text(encoding="utf-8")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert len(results["claims"]) > 10
    for claim in results["claims"]:
        numbers = [claim["number"], claim["threshold"], *claim.get("others", {}).values()]
        assert all(math.isfinite(number) for number in numbers)
        assert claim["holds"] == (claim["number"] >= claim["threshold"])
        template = claim["sentence" if claim["holds"] else "otherwise"]
        text = template.format(
            number=claim["number"], threshold=claim["threshold"], **claim.get("others", {})
        )
        assert readme.count(text) >= 2  # where it belongs, and in the list
        assert page.count(html.escape(text)) >= 2
    for name, table in results["tables"].items():
        rows = markdown_table(table).splitlines()
        for row in (rows[0], *rows[2:]):
            assert row in readme, name
        for cell in (cell for row in table for cell in row):
            assert html.escape(cell) in page, name
    for name in re.findall(r"\]\((pictures/[^)]+)\)", readme):
        assert (folder / name).stat().st_size > 200, name
    kept = {f"pictures/{file.name}" for file in (folder / "pictures").iterdir()}
    assert kept == set(re.findall(r"\]\((pictures/[^)]+)\)", readme))
    return results


def check_alone(page: Path) -> None:
    """Nothing on the page is asked for from anywhere."""
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    for address in re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", text):
        assert address.startswith(("data:", "#")), address[:80]
    assert not re.search(r"<(script|link|iframe|object)\b|@import|url\((?!#)", text)


def test_a_quick_run_writes_what_it_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--quick", "--folder", str(tmp_path)])
    assert "training 1 of 3" in capsys.readouterr().out
    check_agreement(tmp_path)
    check_alone(tmp_path / "index.html")


def test_what_is_committed_agrees() -> None:
    results = check_agreement(HERE)
    check_alone(HERE / "index.html")
    assert (HERE / "index.html").stat().st_size < 6e6
    assert sum(file.stat().st_size for file in (HERE / "pictures").iterdir()) < 1.5e6
    assert results["cpu_minutes"] < 15  # of two cores: less than ten minutes
    assert "could be measured" not in (HERE / "README.md").read_text(encoding="utf-8")


def test_a_quick_run_is_no_result() -> None:
    with pytest.raises(SystemExit):
        main(["--quick"])

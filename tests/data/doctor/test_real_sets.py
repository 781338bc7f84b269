"""What the doctor finds in real labelled sets, where they are at hand."""

import json
from collections import Counter
from pathlib import Path

import pytest

from objloc.data import Augmentation, FileDataset
from objloc.data.doctor import Diagnosis, examine
from objloc.data.files import Finding
from objloc.data.formats import Coco, Voc, Yolo


def diagnose(root: Path, label_format: object) -> Diagnosis:
    dataset = FileDataset(root=root, format=label_format, check_pictures=False)
    return examine(
        root.name,
        dataset.annotations,
        dataset.splits,
        dataset.batch_form,
        findings=dataset.findings(),
        augmentation=Augmentation(),
    )


def of_kind(diagnosis: Diagnosis, *kinds: str) -> list[Finding]:
    return [finding for finding in diagnosis.findings if finding.kind in kinds]


def numbers(finding: Finding) -> tuple[int, ...]:
    return tuple(sorted(int(Path(file).stem.removeprefix("raccoon-")) for file in finding.files))


@pytest.fixture(scope="module")
def raccoon(shared_data: Path) -> Diagnosis:
    return diagnose(shared_data / "raccoon_voc", Voc())


def test_raccoon_has_four_pairs_of_one_picture(raccoon: Diagnosis) -> None:
    """The four that the set's description names, with the agreement of its two annotators."""
    published = {(52, 74): 0.823, (65, 98): 0.798, (11, 116): 0.943, (83, 120): 0.816}
    found = of_kind(raccoon, "duplicate_picture")
    assert {numbers(finding) for finding in found} == set(published)
    for finding in found:
        iou = float(finding.message.rpartition("IoU of ")[2][:5])
        assert iou == pytest.approx(published[numbers(finding)], abs=0.0011)


def test_raccoon_has_pictures_that_are_almost_the_same(raccoon: Diagnosis) -> None:
    """Seen with one's own eyes: another size, another compression, and the same with a caption."""
    found = of_kind(raccoon, "near_duplicate_picture", "duplicate_across_splits")
    assert {numbers(finding) for finding in found} == {(21, 45), (50, 52, 74), (51, 85)}


def test_raccoon_has_three_grey_pictures_and_no_errors(raccoon: Diagnosis) -> None:
    grey = of_kind(raccoon, "greyscale_picture")
    assert {numbers(finding) for finding in grey} == {(150,), (152,), (161,)}
    assert {finding.severity for finding in grey} == {"note"}
    assert raccoon.count("error") == 0
    assert len(raccoon.annotations.boxes) == 217


def test_foosball_says_which_categories_are_unused(shared_data: Path) -> None:
    root = shared_data / "foosball_coco"
    diagnosis = diagnose(root, Coco())
    known, used = {}, Counter()
    for path in root.rglob("*.coco.json"):
        content = json.loads(path.read_text())
        known |= {category["id"]: category["name"] for category in content["categories"]}
        used.update(annotation["category_id"] for annotation in content["annotations"])
    unused = {name for number, name in known.items() if not used[number]}
    found = of_kind(diagnosis, "class_unused")
    assert {finding.message.split("'")[1] for finding in found} == unused
    assert diagnosis.count("error") == 0
    (imbalance,) = of_kind(diagnosis, "class_imbalance")
    assert "'ball' 128" in imbalance.message
    # Frames of one game went to different splits.
    assert of_kind(diagnosis, "duplicate_across_splits")


def test_cells_have_paths_of_another_machine(shared_data: Path) -> None:
    diagnosis = diagnose(shared_data / "cells_yolo", Yolo())
    foreign = of_kind(diagnosis, "path_foreign")
    assert [finding.file for finding in foreign] == ["data.yaml"] * 3
    assert diagnosis.count("error") == 0
    assert len(diagnosis.annotations) == 38
    assert [split.pictures for split in diagnosis.splits] == [32, 3, 3]
    (grey,) = of_kind(diagnosis, "greyscale_picture")
    assert "38 of 38" in grey.message

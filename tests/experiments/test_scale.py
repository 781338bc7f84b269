import json
from pathlib import Path

import pytest

from experiments.machine import Machine
from experiments.scale.make_set import Size, make_set
from experiments.scale.measure import Scale, ratios, slope
from experiments.scale.page import read_scale, tables, write_scale
from experiments.scale.steps import STEPS
from objloc.data import FileDataset
from objloc.data.formats import Coco

SMALL = Size(pictures=150, boxes=900, files=40, others=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    make_set(folder / "set", SMALL)
    return folder / "set"


def test_the_set_is_what_it_says(folder: Path) -> None:
    dataset = FileDataset(root=folder, format=Coco(), image_size=32)
    assert [len(dataset.split(name)) for name in ("train", "val", "test")] == [150, 20, 20]
    assert dataset.findings() == ()
    assert len(dataset.annotations.boxes) == 940
    assert len(dataset.class_names) == 80


def test_the_outlines_change_nothing_but_the_file(folder: Path) -> None:
    plain = Coco().read(folder / "annotations/instances_train2017.json")
    outlined = Coco().read(folder / "outlines.json")
    assert len(plain.boxes) == len(outlined.boxes) == 900
    content = json.loads((folder / "outlines.json").read_text())
    assert {len(entry["segmentation"][0]) for entry in content["annotations"]} == {40}


def test_one_number_is_spoilt(folder: Path) -> None:
    good = Coco().read(folder / "outlines.json")
    faulty = Coco().read(folder / "faulty.json")
    [finding] = faulty.findings
    assert (finding.kind, finding.where) == ("box_not_a_number", "annotation 899")
    assert sorted(faulty.refs.tolist()) == sorted(set(good.refs.tolist()) - {899})


def test_every_step_runs(folder: Path) -> None:
    file = folder / "outlines.json"
    for step in ("json_load", "coco_read"):
        took = STEPS[step](file)
        assert took["seconds"] > 0
        assert took["cpu_seconds"] > 0
    for step in ("open_dataset", "open_checked", "open_dealt"):
        assert STEPS[step](folder)["seconds"] > 0
    assert STEPS["pickled"](folder)["bytes"] > 900 * 32  # the boxes alone
    assert STEPS["epoch"](folder, 0)["pictures"] == 128  # two batches


def test_slope_is_that_of_the_later_part() -> None:
    memory = [(n, 100.0 + n) for n in range(0, 30_000, 5_000)]  # caches fill: not counted
    memory += [(n, 500 + 0.0003 * n) for n in range(35_000, 120_000, 5_000)]
    assert slope(memory) == pytest.approx(3)
    flat = [(n, 700.0) for n in range(0, 120_000, 2_000)]
    assert slope(flat) == 0


def test_tables_are_those_of_the_file(tmp_path: Path) -> None:
    def took(seconds: float) -> dict[str, float]:
        return {"seconds": 9.0, "cpu_seconds": seconds, "peak": 100 * seconds, "after": 7.0}

    rounds = [{"json_load": took(json_s), "coco_read": took(2.0)} for json_s in (4.0, 5.0, 8.0)]
    scale = Scale(
        size={"pictures": 118_000, "boxes": 860_000},
        file_megabytes={"boxes alone": 159.2},
        rounds={"boxes alone": rounds},
        openings={step: took(3.0) for step in ("open_dataset", "open_checked", "open_dealt")},
        pickled=51_000_000,
        epochs=[
            {
                "workers": 2,
                "seconds": 100.0,
                "pictures": 118_000,
                "memory": [(n, 700.0) for n in range(2_000, 120_000, 2_000)],
            }
        ],
        date="2026-01-01",
        machine=Machine(2, "CPU", False, {"python": "3.11"}),
    )
    assert ratios(rounds) == [0.5, 0.4, 0.25]
    write_scale(tmp_path / "results.json", scale)
    text = tables(read_scale(tmp_path / "results.json"))
    assert "| boxes alone | 159 | 5.0 | 2.0 | 0.40 (0.25 to 0.50) | 500 | 200 | 7 | 7 |" in text
    assert "| 2 workers | 1,180 | 700 | 700 | 700 | 700 | +0.00 |" in text
    assert "Sent to a worker: 51 MB." in text
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert [len(block) for block in blocks] == [3, 5, 3]
    assert [{line.count("|") for line in block} for block in blocks] == [{10}, {5}, {8}]

from pathlib import Path

import numpy as np
import pytest
import yaml
from omegaconf import OmegaConf

from experiments.heads.__main__ import HERE, main
from experiments.heads.models import COLUMNS, look
from experiments.heads.pages import sheets, write_page
from experiments.heads.plan import HEADS, TASKS, place_of_data, plan, scaled_epochs
from experiments.heads.record import Record, Results, Speed, read_results, write_results
from experiments.heads.tables import beside_note, cost_table, quality_table
from experiments.machine import Machine
from objloc.config import compose

MACHINE = Machine(2, "Some CPU", False, {"python": "3.11"})


def record(head: str, seed: int, ap: float, task: str = "detection", beside: int = 1) -> Record:
    return Record(
        task=task,
        head=head,
        seed=seed,
        words=plan([task], [head], [seed])[0].words,
        test={
            "ap": ap,
            "ap50": ap + 0.1,
            "mean_iou": 0.75,
            "localization_accuracy": 0.5,
            "ap_low": ap - 0.02,
            "ap_high": ap + 0.03,
        },
        images_per_second=100.0 + seed,
        minutes=5.0 + seed,
        epochs=10 + seed,
        parameters=708_276,
        beside=beside,
        date="2026-01-31",
        machine=MACHINE,
    )


RESULTS = Results(
    (
        record("grid", 0, 0.500),
        record("grid", 1, 0.600),
        record("yolo", 0, 0.540),
        record("yolo", 1, 0.620),
        record("yolo", 2, 0.700),
        record("regression", 1, 0.100),
    ),
    (Speed("detection", "yolo", 2.345, 1234.5), Speed("raccoon", "grid", 1.0, 2.0)),
)


def test_each_head_is_trained_with_each_seed_where_it_fits() -> None:
    planned = plan(list(TASKS), HEADS, [0, 1, 2])
    assert len({one.key for one in planned}) == len(planned) == 3 * (2 * 5 + 2 * 4)
    assert {one.task for one in planned if one.head == "soft_argmax"} == {"multiclass", "raccoon"}
    (one,) = plan(["raccoon"], ["ssd"], [6], ["trainer.epochs=3"])
    assert one.words == (
        "+experiment=raccoon",
        "head=ssd",
        "seed=6",
        "dataset.fold=1",
        "trainer.epochs=3",
    )


def test_every_training_composes() -> None:
    for one in plan(list(TASKS), HEADS, [0]):
        place = place_of_data(one.task, Path("photographs"))
        config = compose([*one.words, *place]).config
        assert config.name == one.task
        assert config.head._target_.startswith(f"objloc.models.heads.{one.head}.")
        if TASKS[one.task].folder is not None:
            assert config.dataset.root == f"photographs/{TASKS[one.task].folder}"


def test_photographs_have_to_be_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert place_of_data("detection", None) == []
    with pytest.raises(ValueError, match=r"raccoon needs --data, .* raccoon_voc"):
        place_of_data("raccoon", None)
    with pytest.raises(SystemExit):
        main(["--only", "detection,raccoon"])
    assert "--data" in capsys.readouterr().err


def test_epochs_are_scaled() -> None:
    epochs = compose(["+experiment=detection"]).config.trainer.epochs
    assert scaled_epochs("detection", "grid", 1, []) == []
    assert scaled_epochs("detection", "grid", 0.5, []) == [f"trainer.epochs={round(epochs / 2)}"]
    assert scaled_epochs("detection", "grid", 1e-9, []) == ["trainer.epochs=1"]


def test_results_survive_the_file_in_the_order_of_the_page(tmp_path: Path) -> None:
    file = tmp_path / "new" / "results.json"
    assert read_results(file) == Results()
    write_results(file, RESULTS)
    read = read_results(file)
    assert {one.key: one for one in read.records} == {one.key: one for one in RESULTS.records}
    assert [(one.head, one.seed) for one in read.records] == [
        ("regression", 1),
        ("grid", 0),
        ("grid", 1),
        ("yolo", 0),
        ("yolo", 1),
        ("yolo", 2),
    ]
    assert read.speeds == RESULTS.speeds
    assert [file.name for file in file.parent.iterdir()] == ["results.json"]


def test_new_results_take_the_place_of_old_ones() -> None:
    again = record("grid", 1, 0.9)
    changed = RESULTS.with_record(again)
    assert len(changed.records) == len(RESULTS.records)
    assert again in changed.records
    assert RESULTS.records[1] not in changed.records
    faster = Speed("detection", "yolo", 1.0, 2000.0)
    assert set(RESULTS.with_speeds([faster]).speeds) == {faster, RESULTS.speeds[1]}


def test_quality_by_hand() -> None:
    rows = quality_table(RESULTS, "detection").splitlines()
    cells = {row.split("|")[1].strip(): row.split("|")[2:-1] for row in rows[2:]}
    grid = [cell.strip() for cell in cells["`grid`"]]
    assert grid[0] == "0.550 ± 0.071 (0.480 to 0.530)"  # of the first seed, .5 - .02 to .5 + .03
    assert grid[1] == "0.650 ± 0.071"  # no interval is known
    assert grid[2:] == ["0.750 ± 0.000", "0.500 ± 0.000", "–", "2"]
    yolo = [cell.strip() for cell in cells["`yolo`"]]
    assert yolo[0].startswith("0.620 ± 0.080")
    assert yolo[4] == "+0.030 ± 0.014"  # .04 and .02: seed 2 has no partner
    assert cells["`regression`"][4].strip() == "-0.500"
    assert quality_table(RESULTS, "foosball") == "Not measured yet."


def test_cost_by_hand() -> None:
    rows = cost_table(RESULTS, "detection").splitlines()
    assert "| `yolo` | 708,276 | 10 to 12 | 6.0 | 101 | 1,234 | 2.3 |" in rows
    assert "| `regression` | 708,276 | 11 | 6.0 | 101 | – | – |" in rows
    assert beside_note(RESULTS.records) == ""
    assert "Up to 2 trainings" in beside_note([*RESULTS.records, record("ssd", 0, 0.5, beside=2)])


def test_the_page_keeps_what_people_wrote(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    text = (HERE / "README.md").read_text("utf-8")
    page.write_text(text.replace("<!-- /choice -->", "Take yolo.\n<!-- /choice -->"), "utf-8")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "detection.webp").touch()
    write_page(page, RESULTS)
    write_page(page, RESULTS)
    written = page.read_text("utf-8")
    assert "Take yolo." in written
    assert written.count(quality_table(RESULTS, "detection")) == 1
    assert "Measured on 2 cores of Some CPU, no GPU" in written
    assert "**detection** (regression, grid, yolo)\n\n![" in written
    assert sheets(tmp_path / "nowhere", RESULTS) == "Not measured yet."


def test_what_has_a_result_is_not_trained_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_results(tmp_path / "results.json", RESULTS)
    words = ["--folder", str(tmp_path), "--only", "detection", "--heads", "grid", "yolo"]
    assert main([*words, "--seeds", "0", "1"]) == 0
    said = capsys.readouterr().out
    assert "4 trainings, 4 of them done" in said
    assert "detection, grid: its model is not in" in said
    assert read_results(tmp_path / "results.json").speeds == RESULTS.speeds


def test_a_failed_training_is_named_and_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--folder", str(tmp_path), "--only", "detection", "--seeds", "0", "--jobs", "2"]
    assert main([*words, "--heads", "grid", "no_head", "--", "trainer.no_key=1"]) == 1
    answer = capsys.readouterr()
    for name in ("detection-grid-seed0", "detection-no_head-seed0"):
        assert f"failed: {name}: see " in answer.err
    log = (tmp_path / "runs" / "detection-grid-seed0.log").read_text("utf-8")
    assert "no_key" in log
    assert read_results(tmp_path / "results.json") == Results()


def test_models_answer_the_same_pictures_and_are_timed(tmp_path: Path) -> None:
    from objloc.models import Localizer
    from objloc.models.backbones import convolutional
    from objloc.models.heads.grid import Grid
    from objloc.models.heads.regression import Regression

    config = compose(["+experiment=multiclass"]).config
    content = yaml.safe_dump(OmegaConf.to_container(config, resolve=True))
    folders = {}
    for name, head in (("regression", Regression(3)), ("grid", Grid(3, width=8))):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "config.yaml").write_text(content, "utf-8")
        backbone = convolutional(128, [4, 4, 4], [0, 0, 0])
        names = ["mopple", "quillo", "tarnip"]
        model = Localizer(backbone, head, names, 128, score_threshold=1.0)
        model.save(folders[name] / "model.keras")
    speeds, sheet = look("multiclass", folders)
    assert [(one.task, one.head) for one in speeds] == [
        ("multiclass", "regression"),
        ("multiclass", "grid"),
    ]
    assert all(one.milliseconds > 0 and one.images_per_second > 0 for one in speeds)
    # Nothing is over the threshold: both rows show the same pictures with the same truth.
    side = (sheet.shape[0] - 4) // 2
    assert sheet.shape[1] == COLUMNS * (side + 4) - 4
    np.testing.assert_array_equal(sheet[:side], sheet[side + 4 :])

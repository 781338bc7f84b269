from pathlib import Path

from experiments.ladder.results import merge, read_results, write_results
from tests.experiments.records import record


def test_records_are_read_back_and_only_what_was_run_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert read_results(file) == []
    first = [record("emoji"), record("white_box"), record("white_box", 1, overrides=("a=1",))]
    write_results(file, first)
    old = read_results(file)
    assert [(one.experiment, one.seed) for one in old] == [
        ("white_box", 0),
        ("white_box", 1),
        ("emoji", 0),
    ]
    assert set(map(repr, old)) == set(map(repr, first))

    merged = merge(old, [record("white_box", 1, mean_iou=0.1), record("mine")])
    ious = [(one.experiment, one.seed, one.test["mean_iou"]) for one in merged]
    assert ious == [
        ("white_box", 0, 0.9624),
        ("white_box", 1, 0.1),
        ("emoji", 0, 0.9624),
        ("mine", 0, 0.9624),
    ]

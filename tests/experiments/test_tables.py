import pytest

from experiments.ladder.tables import (
    main_table,
    measured_on,
    seed_table,
    short_table,
    size_table,
)
from experiments.marked_text import replace_marked
from tests.experiments.records import record


def cells(table: str) -> list[list[str]]:
    rows = [line.strip("|").split("|") for line in table.splitlines()]
    assert len({len(row) for row in rows}) == 1
    return [[cell.strip() for cell in row] for row in rows]


def test_main_table_has_a_row_for_the_lowest_seed_of_each() -> None:
    records = [record("emoji", 1, 0.1), record("emoji", 0), record("white_box")]
    head, _, *rows = cells(main_table(records))
    assert [row[0] for row in rows] == ["white_box", "emoji"]
    emoji = dict(zip(head, rows[1], strict=True))
    assert emoji["mean IoU"] == "0.962"
    assert emoji["images/s in training"] == "330"
    assert emoji["minutes in all"] == "4.6"


def test_changed_runs_say_so() -> None:
    row = cells(main_table([record("emoji", overrides=("trainer.epochs=2",))]))[2]
    assert row[0] == "emoji `trainer.epochs=2`"


def test_seed_table_shows_spread_of_experiments_with_several_seeds() -> None:
    records = [record("emoji"), *(record("multiclass", s, 0.95 + s / 100) for s in range(3))]
    rows = cells(seed_table(records))[2:]
    assert [row[0] for row in rows[:3]] == ["multiclass, 0", "multiclass, 1", "multiclass, 2"]
    # Mean .96; the sample's standard deviation of .95, .96, .97 is .01.
    assert rows[3][1] == "**0.9600 ± 0.0100**"
    assert seed_table(records[:1]) == "Not measured yet."


def test_the_other_tables() -> None:
    records = [record("emoji")]
    assert cells(size_table(records))[2] == [
        "emoji",
        "128 × 128",
        "708,276",
        "12",
        "119,808",
        "2,000",
    ]
    short = cells(short_table(records, {"emoji": "Nine faces."}, page="a.md"))
    assert short[2][:3] == ["[`emoji`](a.md#emoji)", "Nine faces", "0.962"]
    assert measured_on(records) == (
        "Measured on 2 cores of Some CPU, no GPU, with Python 3.11.7, TensorFlow 2.21.0 "
        "(2026-01-02)."
    )


def test_only_what_is_between_the_marks_is_replaced() -> None:
    page = "a\n<!-- x -->\nold\nold\n<!-- /x -->\nb <!-- x --> c\n"
    assert replace_marked(page, "x", "new \\1\n") == (
        "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb <!-- x --> c\n"
    )
    with pytest.raises(ValueError, match="<!-- y -->"):
        replace_marked(page, "y", "new")

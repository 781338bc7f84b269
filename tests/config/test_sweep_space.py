"""What a multirun varies, read from the command line and from `sweep.space`."""

import pytest

from objloc.config import compose
from objloc.config.sweep import definition, single_jobs
from objloc.config.sweep_space import Choices, Interval, sweep_space
from objloc.errors import ConfigError


def test_lists_are_choices_and_intervals_are_numbers() -> None:
    space = sweep_space(
        [
            "loss.box=giou,ciou",
            "a=interval(1, 10)",
            "b=tag(log, interval(1e-4, 1e-2))",
            "c=int(interval(2, 5))",
            "d=range(1, 10, 3)",
            "+e=[1,2],[3]",
            "f=7",
        ]
    )
    assert space.fixed == ("f=7",)
    assert space.dimensions == (
        Choices("loss.box", ("giou", "ciou")),
        Interval("a", 1.0, 10.0),
        Interval("b", 1e-4, 1e-2, log=True),
        Interval("c", 2.0, 5.0, integer=True),
        Interval("d", 1.0, 7.0, step=3.0, integer=True),
        Choices("+e", ("[1,2]", "[3]")),
    )


def test_the_command_line_wins_over_the_space() -> None:
    space = {"loss.box": ["l1", "giou"], "head": "choice(grid, yolo)", "seed": "range(0, 3)"}
    found = sweep_space(["loss.box=mse,ciou", "head=ssd"], space)
    assert found.dimensions == (
        Choices("loss.box", ("mse", "ciou")),
        Interval("seed", 0.0, 2.0, step=1.0, integer=True),
    )
    assert found.fixed == ("head=ssd",)


def test_a_grid_takes_evenly_spaced_values_of_an_interval() -> None:
    assert Interval("a", 1, 10).grid(4) == ("1", "4", "7", "10")
    assert Interval("b", 5e-4, 8e-3, log=True).grid(5) == (
        "0.0005",
        "0.001",
        "0.002",
        "0.004",
        "0.008",
    )
    assert Interval("c", 1, 3, integer=True).grid(5) == ("1", "2", "3")  # each once
    assert Interval("d", 0.1, 0.4, step=0.1).grid(2) == ("0.1", "0.2", "0.3", "0.4")


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"loss.box": "giou"}, "loss.box=giou is one value"),
        ({"a": "interval(2, 1)"}, "from a smaller to a larger"),
        ({"a": "tag(log, interval(-1, 1))"}, "begins above 0"),
        ({"a": "tag(cubic, interval(1, 2))"}, "no tag cubic; there is log"),
        ({"a": "interval(1"}, "sweep.space cannot be read"),
        ({"hydra.job.name": "choice(a, b)"}, "Hydra's own keys cannot be swept"),
    ],
)
def test_what_cannot_be_varied_is_said(space: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        sweep_space([], space)


def test_every_value_is_checked_once() -> None:
    jobs = list(single_jobs(["f=7", "a=1,2,3"], {"b": "interval(0, 1)"}))
    assert jobs == [
        ["f=7", "b=0", "a=1"],
        ["f=7", "b=1", "a=1"],
        ["f=7", "b=0", "a=2"],
        ["f=7", "b=0", "a=3"],
    ]


def test_a_sweep_is_known_by_what_it_tries() -> None:
    def of(*overrides: str) -> str:
        return definition(overrides, compose([one for one in overrides if "," not in one]).config)

    first = of("+experiment=emoji", "loss.box=l1,ciou")
    assert of("loss.box=l1,ciou", "+experiment=emoji") == first
    assert of("+experiment=emoji", "loss.box=l1,ciou", "sweep.n_trials=99") == first
    assert of("+experiment=emoji", "loss.box=l1,ciou", "output_root=elsewhere") == first
    assert of("+experiment=emoji", "loss.box=l1,giou") != first
    assert of("+experiment=emoji", "loss.box=l1,ciou", "seeds=3") != first
    assert of("+experiment=white_box", "loss.box=l1,ciou") != first

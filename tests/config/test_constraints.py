"""The grammar of constraints: what each form lets through, and what is no constraint."""

import pytest

from objloc.config.constraints import parse_constraint


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("int", [0, -3], [1.0, True, "1", None]),
        ("int >= 1", [1, 64], [0, -1, 1.5, True]),
        ("float", [0.5, 3], [True, "0.5", None]),
        ("float > 0", [1e-9, 2], [0, -1.0]),
        ("float > 0, <= 2", [2, 0.1], [0, 2.1]),
        ("float 0..1", [0, 0.5, 1], [-0.01, 1.01]),
        ("float -1..1", [-1, 1], [-1.5]),
        ("float >= 1e-3", [1e-3], [9e-4]),
        ("bool", [True, False], [0, 1, "true"]),
        ("str", ["", "a"], [1, None]),
        ("path", ["a/b"], ["", 1]),
        ("list", [[], [1]], ["a", {}]),
        ("list of float >= 0", [[], [0, 1.5]], [[-1], ["a"], 3]),
        ("mapping", [{}, {"a": 1}], [[], None]),
        ("one of bce, l1", ["bce", "l1"], ["mse", "bce ", None]),
        ("one of 1, 2", [1, 2], ["1", 3, True]),
        ("one of a, null", ["a", None], ["null"]),
        ("int >= 1 or null", [1, None], [0, "null"]),
        ("one of auto or float 0..1", ["auto", 0.5], ["other", 2]),
        ("list of str or null", [["a"], None], [[1], "a"]),
    ],
)
def test_what_is_allowed(text: str, good: list[object], bad: list[object]) -> None:
    constraint = parse_constraint(text)
    assert [value for value in good if not constraint.allows(value)] == []
    assert [value for value in bad if constraint.allows(value)] == []


@pytest.mark.parametrize("text", ["number", "int => 1", "bool > 0", "float 0...1", "int >= one"])
def test_what_is_no_constraint(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse_constraint(text)

"""Settings as MLflow's params."""

from objloc.tracking.flatten import MAX_NAME, MAX_VALUE, flatten


def test_nesting_becomes_dots() -> None:
    settings = {
        "loss": {"weights": {"box": 5, "class": 1.5}},
        "augment": {"image": [{"p": 0.5}, {"p": None}], "sizes": [1, 2]},
        "tags": {},
        "+odd key!": "x",
    }
    assert flatten(settings) == {
        "loss.weights.box": "5",
        "loss.weights.class": "1.5",
        "augment.image.0.p": "0.5",
        "augment.image.1.p": "None",
        "augment.sizes": "[1, 2]",
        "tags": "{}",
        "_odd key_": "x",
    }


def test_long_names_and_values_are_cut_to_mlflows_limits() -> None:
    [(name, value)] = flatten({"n" * 300: "v" * 7000}).items()
    assert (len(name), len(value)) == (MAX_NAME, MAX_VALUE)
    assert value.endswith("v…")


def test_passwords_are_masked() -> None:
    assert flatten({"uri": "http://me:secret@host:5000/x"}) == {"uri": "http://***@host:5000/x"}

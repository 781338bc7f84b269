"""Comments of option files: read right, and there for every key that is shipped."""

from pathlib import Path

import pytest

from objloc.config.folders import config_folder, groups, search_folders
from objloc.config.option_file import read_option_file
from objloc.errors import ConfigError

_OPTIONS = [
    pytest.param(group, file, id=f"{group}={name}")
    for group, files in groups(search_folders()).items()
    for name, file in files.items()
]

_TEXT = """\
# @package _global_
# What the file is for.
# How wide.  [int >= 1]
width: 64

inner:
  # Which one, of
  # several.  [one of a, b]
  kind: a
  items:
    # Not a key of the file.  [int]
    - size: 3
  # After the list.  [bool]
  last: true
"""


def test_comments_are_read(tmp_path: Path) -> None:
    file = tmp_path / "option.yaml"
    file.write_text(_TEXT)
    option = read_option_file(file)
    assert option.title == "What the file is for."
    assert option.is_global
    assert list(option.keys) == ["width", "inner", "inner.kind", "inner.items", "inner.last"]
    assert option.keys["width"].text == "How wide."
    assert option.keys["inner.kind"].text == "Which one, of several."
    assert option.keys["inner.kind"].default == "a"
    assert [doc.constraint and doc.constraint.text for doc in option.keys.values()] == [
        "int >= 1",
        None,
        "one of a, b",
        None,
        "bool",
    ]


def test_a_constraint_that_is_none_names_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("# What it is for.\n\n# How wide.  [integer]\nwidth: 64\n")
    with pytest.raises(ConfigError, match=r"broken\.yaml, the comment above line 4: .*integer"):
        read_option_file(file)


@pytest.mark.parametrize(("group", "file"), _OPTIONS)
def test_every_shipped_key_has_a_comment_and_a_constraint(group: str, file: Path) -> None:
    option = read_option_file(file)
    assert option.title, "the first line says what the option is"
    if group in ("experiment", "debug", "sweep"):
        return  # they set keys of other groups, which are described there
    lacking = [
        path
        for path, doc in option.keys.items()
        if doc.constraint is None
        and path.partition(".")[0] != "defaults"
        and not path.rpartition(".")[2].startswith("_")
    ]
    assert lacking == []


@pytest.mark.parametrize("name", ["train", "preview", "evaluate"])
def test_every_key_of_a_primary_config_has_a_constraint(name: str) -> None:
    keys = read_option_file(config_folder() / f"{name}.yaml").keys
    own = {path: doc for path, doc in keys.items() if "." not in path}
    assert [
        path
        for path, doc in own.items()
        if doc.constraint is None and path not in ("defaults", "hydra")
    ] == []

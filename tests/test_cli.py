"""The `objloc` command: finds commands, hands over, completes."""

import sys
from pathlib import Path

import pytest

from objloc import __version__, cli
from tests.conftest import REPOSITORY, Command


def test_commands_are_found_with_what_they_do() -> None:
    known = cli.commands()
    assert {"train", "preview"} <= set(known)
    assert "cli" not in known
    assert "errors" not in known
    assert all(known.values())


def test_help_and_version(command: Command) -> None:
    text = command(cli.main, "--help", program="objloc").out
    assert "train" in text
    assert "preview" in text
    assert command(cli.main, program="objloc").out == text
    assert command(cli.main, "--version", program="objloc").out == f"objloc {__version__}\n"


def test_an_unknown_command_gets_the_nearest_spelling(command: Command) -> None:
    answer = command(cli.main, "tran", "seed=1", program="objloc")
    assert answer.status == 2
    assert "'tran'" in answer.err
    assert "Did you mean 'train'?" in answer.err


def test_a_command_gets_the_rest_of_the_line(command: Command) -> None:
    answer = command(cli.main, "train", "--cfg", "job", "-p", "seed", "seed=3", program="objloc")
    assert answer.out == "3\n"
    assert "objloc train [group" in command(cli.main, "train", "--help", program="objloc").out


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("objloc tr", "train"),
        ("objloc train head=re", "head=regression"),
        ("objloc train loss.weights.b", "loss.weights.box="),
    ],
)
def test_completion(
    command: Command, monkeypatch: pytest.MonkeyPatch, line: str, wanted: str
) -> None:
    monkeypatch.setenv("COMP_LINE", line)
    assert wanted in command(cli.main, "-sc", "query=bash", program="objloc").out.split()


def test_the_console_script_of_the_environment_is_this_one() -> None:
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert 'objloc = "objloc.cli:main"' in pyproject
    script = Path(sys.executable).with_name("objloc")
    if script.exists():  # not where the tests run against a bare checkout
        assert "objloc.cli" in script.read_text(encoding="utf-8")

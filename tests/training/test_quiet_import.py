"""Native noise is held back, unless something fails."""

import os
from collections.abc import Callable

import pytest

from objloc.training.quiet_import import quiet_import


def write_natively() -> None:
    os.write(2, b"no GPU here\n")


def fail() -> None:
    write_natively()
    raise ImportError("libtensorflow is broken")


def test_noise_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_import():
        write_natively()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


@pytest.mark.parametrize("block", [fail])
def test_noise_is_shown_when_the_import_fails(
    block: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ImportError), quiet_import():
        block()
    assert capfd.readouterr().err == "no GPU here\n"

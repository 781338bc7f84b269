import io
from pathlib import Path
from types import SimpleNamespace

from rich.console import Console

from objloc.training.callbacks import ProgressBar
from objloc.training.fit_context import FitContext
from objloc.training.run_logger import NullLogger


def _epoch(terminal: bool) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=120, highlight=False)
    bar = ProgressBar(console=console)
    dataset = SimpleNamespace()
    bar.attach(FitContext(dataset, NullLogger(), Path(), 16, 12, 3, 0))
    bar.on_epoch_begin(0)
    for step in (1, 2, 3):
        bar.on_step(0, step, {"loss": 2.0, "mean_iou": 0.25})
    bar.on_epoch_end(
        0, {"loss": 1.5, "mean_iou": 0.5, "val_loss": 1.25, "images_per_second": 321.0}
    )
    bar.close()
    return output.getvalue()


def test_a_file_gets_one_plain_line_an_epoch() -> None:
    [line] = _epoch(terminal=False).splitlines()
    assert line.startswith(
        "epoch  1/12  loss 1.5000  mean IoU 0.5000  val loss 1.2500  val mean IoU -  321 images/s"
    )


def test_a_terminal_sees_a_bar_that_goes_away() -> None:
    text = _epoch(terminal=True)
    assert "2/3" in text
    assert "loss 2.0000  mean IoU 0.2500" in text
    assert "\x1b[2K" in text  # the bar's line is erased
    assert text.splitlines()[-1].lstrip("\r").find("loss 1.5000") > 0

"""Takes the README's picture of the MLflow page: a sweep of three short runs, their curves.

    python -m experiments.mlflow_page

Trains the sweep into a store of its own (two minutes), serves it with `mlflow ui`, and opens the
page in a headless Chromium, as a person would: close the assistant, open the sweep's row, go to the
chart view, look for three curves.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.mlflow_page.browser import CLOSE_ASSISTANT, Browser, first_program
from experiments.mlflow_page.served import served

REPOSITORY = Path(__file__).resolve().parents[2]
PICTURE = REPOSITORY / "experiments" / "ladder" / "pictures" / "mlflow.png"
SWEEP = (
    "+experiment=white_box",
    "loss.weights.box=1,2,5",
    "trainer.epochs=6",
    "trainer.batch_size=32",
    "dataset.train_size=640",
    "dataset.val_size=200",
    "dataset.test_size=200",
    "tracking.run_name='box weight ${loss.weights.box}'",
)
SIZE = (1400, 840)
CHARTS = "val/(mean_iou|loss|localization_accuracy)$"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, serve, take the picture."""
    parser = argparse.ArgumentParser("python -m experiments.mlflow_page")
    parser.add_argument("--store", type=Path, help="folder of a store made earlier, or to be made")
    parser.add_argument("--output", type=Path, default=PICTURE)
    options = parser.parse_args(arguments)
    program = first_program()
    with tempfile.TemporaryDirectory() as scratch:
        store: Path = (options.store or Path(scratch)).resolve()
        if not (store / "mlflow.db").exists():
            _sweep(store)
        with served(store) as address, Browser(program, SIZE) as browser:
            _show_curves(browser, address)
            options.output.parent.mkdir(parents=True, exist_ok=True)
            browser.screenshot(options.output)
    print(f"wrote {options.output}")


def _sweep(store: Path) -> None:
    store.mkdir(parents=True, exist_ok=True)
    paths = [REPOSITORY, *filter(None, [os.environ.get("PYTHONPATH")])]
    subprocess.run(
        [sys.executable, "-m", "objloc.train", "-m", *SWEEP],
        cwd=store,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        check=True,
    )


def _show_curves(browser: Browser, address: str) -> None:
    """Bring the page to the curves. Made for MLflow 3.17; other versions may name parts anew."""
    browser.open(f"{address}/#/experiments/1/runs")
    browser.click(CLOSE_ASSISTANT)
    browser.click(
        "[...document.querySelectorAll('*')]"
        ".filter(e => !e.children.length && e.innerText == 'Model training').pop()"
    )
    browser.click(_button("runnamecellrenderer.tsx_46"))
    browser.wait_for("document.body.innerText.includes('box weight 5')")
    browser.click("document.querySelector('input[name=\"runs-view-mode\"][value=CHART]')")
    search = "document.querySelector('input[placeholder=\"Search metric charts\"]')"
    browser.wait_for(search)
    # React listens to the event, and to no value that is set past its back.
    browser.evaluate(
        "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')"
        f".set.call({search}, '{CHARTS}');"
        f"{search}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )
    browser.wait_for("document.querySelectorAll('.scatterlayer .trace').length >= 9")
    # The charts' tool bars, which a person sees under the mouse alone.
    browser.evaluate(
        "document.head.insertAdjacentHTML('beforeend',"
        "'<style>.modebar {display: none !important}</style>')"
    )
    time.sleep(2)  # lines move to their places


def _button(name: str) -> str:
    return f"document.querySelector('button[data-component-id$=\"{name}\"]')"


if __name__ == "__main__":
    main()

"""Takes a picture of MLflow's page on which some runs are compared."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from experiments.mlflow_page.browser import CLOSE_ASSISTANT, Browser, first_program
from experiments.mlflow_page.served import served
from objloc.tracking import open_store

SIZE = (1400, 900)


def picture_of_compared(store: Path, run_ids: Sequence[str], file: Path) -> None:
    """Open the page in a headless Chromium, with what differs between the runs, and picture it.

    Made for MLflow 3.17; other versions may name parts anew.

    Args:
        store: the folder of `mlflow.db`.
        run_ids: at least two.
        file: a PNG, in a folder that is there.
    """
    client = open_store(f"sqlite:///{store / 'mlflow.db'}")
    experiments = sorted({client.get_run(run_id).info.experiment_id for run_id in run_ids})
    runs = quote(json.dumps(list(run_ids)))
    query = f"runs={runs}&experiments={quote(json.dumps(experiments))}"
    with served(store) as address, Browser(first_program(), SIZE) as browser:
        browser.open(f"{address}/#/compare-runs?{query}")
        browser.wait_for("document.body.innerText.includes('Visualizations')")
        browser.click(CLOSE_ASSISTANT)
        time.sleep(3)  # plots move to their places
        browser.screenshot(file)

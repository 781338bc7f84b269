"""Sweeps that are killed go on with the same command: nothing is run twice, nothing is lost."""

import signal
from pathlib import Path

import pytest

from tests.sweeps import toy
from tests.sweeps.toy_process import epochs_of, kill_sweep, runs, starts, sweep


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_killed_grid_goes_on_where_it_was(tmp_path: Path, launcher: str) -> None:
    words = (
        "optimizer.learning_rate=1e-3,2e-3,3e-3,4e-3,5e-3",
        "trainer.epochs=6",
        f"hydra/launcher={launcher}",
        *(() if launcher == "basic" else ("hydra.launcher.n_jobs=2",)),
    )
    kill_sweep(tmp_path, *words, when=lambda: epochs_of(tmp_path, 2) >= 2)
    before = starts(tmp_path)
    answer = sweep(tmp_path, *words)
    assert answer.returncode == 0, answer.stderr
    assert "goes on with" in answer.stdout
    again = starts(tmp_path)[len(before) :]
    interrupted = {trial for trial, _ in before} & {trial for trial, _ in again}
    assert 2 in interrupted
    assert len(interrupted) <= (1 if launcher == "basic" else 2)
    assert all(epoch > 0 for trial, epoch in again if trial == 2)  # not from the beginning
    assert sorted({trial for trial, _ in before + again}) == [0, 1, 2, 3, 4]
    assert len(before + again) == 5 + len(interrupted)
    [parent] = [run for run in runs(tmp_path) if run.data.tags["sweep"] == "parent"]
    jobs = [run for run in runs(tmp_path) if run.data.tags["sweep"] == "job"]
    assert {run.data.tags["mlflow.parentRunId"] for run in jobs} == {parent.info.run_id}
    assert [run.info.status for run in [parent, *jobs]] == ["FINISHED"] * 6
    assert len(list((tmp_path / "outputs").glob("*/sweep.json"))) == 1


@pytest.mark.slow
def test_a_killed_search_ends_as_one_that_was_not(tmp_path: Path) -> None:
    words = ("+sweep=[optuna,learning_rate]", "sweep.n_trials=9", "pruner=none")
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole = sweep(tmp_path / "whole", *words)
    kill_sweep(tmp_path / "killed", *words, when=lambda: epochs_of(tmp_path / "killed", 7) >= 2)
    killed = sweep(tmp_path / "killed", *words)
    assert whole.returncode == killed.returncode == 0, killed.stderr

    def tried(folder: Path) -> set[tuple[str, str, float]]:
        return {
            (tags["sweep.trial"], tags["sweep.setting"], run.data.metrics["val/mean_iou"])
            for run in runs(folder)
            for tags in [run.data.tags]
            if tags["sweep"] == "job"
        }

    assert len(tried(tmp_path / "whole")) == 9
    assert tried(tmp_path / "killed") == tried(tmp_path / "whole")
    # Named, it can be gone on with when it has ended, too: with more trials.
    [folder] = (tmp_path / "killed" / "outputs").glob("*-sweep")
    more = [word.replace("=9", "=11") for word in words]
    answer = sweep(tmp_path / "killed", *more, f"hydra.sweep.dir={folder}")
    assert answer.returncode == 0, answer.stderr
    assert len(tried(tmp_path / "killed")) == 11
    other = sweep(tmp_path / "killed", *words, "loss.box=l1", f"hydra.sweep.dir={folder}")
    assert other.returncode == 1
    assert "holds another sweep" in other.stderr


@pytest.mark.slow
def test_sigterm_is_an_orderly_end(tmp_path: Path) -> None:
    words = ("optimizer.learning_rate=1e-3,2e-3", "trainer.epochs=6")
    said = kill_sweep(
        tmp_path, *words, when=lambda: epochs_of(tmp_path, 0) >= 2, how=signal.SIGTERM
    )
    assert "interrupted; the same command goes on with" in said
    assert {run.info.status for run in runs(tmp_path)} == {"KILLED"}
    assert sweep(tmp_path, *words).returncode == 0
    assert {run.info.status for run in runs(tmp_path)} == {"FINISHED"}


@pytest.mark.slow
def test_the_same_sweep_twice_at_once_is_refused(tmp_path: Path) -> None:
    words = ("optimizer.learning_rate=1e-3,2e-3", "trainer.epochs=40")
    second = None

    def begun() -> bool:
        nonlocal second
        if epochs_of(tmp_path, 0) >= 1:
            second = sweep(tmp_path, *words)
        return second is not None

    kill_sweep(tmp_path, *words, when=begun)
    assert second is not None
    assert second.returncode == 1
    assert "this sweep is running" in second.stderr


@pytest.mark.slow
def test_a_job_that_the_kernel_kills_fails_and_the_others_go_on(tmp_path: Path) -> None:
    answer = sweep(
        tmp_path,
        f"loss.weights.box=1,{toy.DIES},{toy.IS_SLOW},2",
        "trainer.epochs=4",
        "hydra/launcher=joblib",
        "hydra.launcher.n_jobs=2",
    )
    assert answer.returncode == 1
    assert "1 of 4 trials failed" in answer.stderr
    assert "its process was killed by SIGKILL" in answer.stdout
    status = {
        run.data.tags["sweep.trial"]: run.info.status
        for run in runs(tmp_path)
        if run.data.tags["sweep"] == "job"
    }
    assert status == {"0": "FINISHED", "1": "KILLED", "2": "FINISHED", "3": "FINISHED"}

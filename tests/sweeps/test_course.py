"""The course of sweeps in one process: what is run, recorded, pruned, repeated and refused."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.conftest import Answer, Command
from tests.sweeps import toy


@pytest.fixture
def sweep(command: Command) -> Any:
    """`sweep("loss.weights.box=1,2", …)` runs the toy's sweep in an empty folder."""

    def run(*words: str) -> Answer:
        return command(toy.main, "-m", *words, program="toy.py")

    return run


def runs() -> tuple[Run, list[Run]]:
    """The parent run of the only sweep, and all runs below it."""
    client = MlflowClient(tracking_uri=f"sqlite:///{Path('mlflow.db').absolute()}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    found = client.search_runs(experiments, max_results=1000, order_by=["attributes.start_time"])
    [parent] = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    return parent, [run for run in found if run is not parent]


def starts() -> list[str]:
    """Trial, seed and first epoch of every training that was begun."""
    return Path("outputs/starts.txt").read_text().splitlines()


def test_a_grid_has_a_parent_that_tells_what_came_of_its_jobs(sweep: Any, tmp_path: Path) -> None:
    answer = sweep("optimizer.learning_rate=1e-3,2e-3", "loss.weights.box=1,2")
    assert answer.status == 0, answer.err
    assert re.search(
        r"4 of 4 ended; best so far [\d.]+: optimizer\.learning_rate=0\.002", answer.out
    )
    parent, jobs = runs()
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["sweep.keys"] == "optimizer.learning_rate,loss.weights.box"
    assert parent.data.metrics["best/val/mean_iou"] == pytest.approx(1.0, abs=0.011)
    assert {job.data.tags["mlflow.parentRunId"] for job in jobs} == {parent.info.run_id}
    assert [job.data.tags["sweep.setting"] for job in jobs] == [
        f"optimizer.learning_rate={rate} loss.weights.box={weight}"
        for rate in ("0.001", "0.002")
        for weight in (1, 2)
    ]
    assert [job.data.tags["outcome"] for job in jobs] == ["FINISHED"] * 4
    folder = Path(parent.info.artifact_uri)
    assert "optimizer.learning_rate=0.002" in (folder / "summary.md").read_text()
    assert "<svg" in (folder / "summary.html").read_text()
    assert len(list((folder / "plots").glob("*.svg"))) >= 2
    record = json.loads(next(Path("outputs").glob("*/sweep.json")).read_text())
    assert (record["status"], record["run_id"]) == ("FINISHED", parent.info.run_id)


def test_bad_jobs_are_told_with_their_reasons_and_the_others_go_on(sweep: Any) -> None:
    answer = sweep(f"loss.weights.box=1,{toy.FAILS},{toy.DIVERGES},{toy.NEEDS_MEMORY},2")
    assert answer.status == 1
    assert answer.err.splitlines()[-1].startswith("error: 3 of 5 trials failed; the table above")
    table = [line for line in answer.out.splitlines() if line.startswith("|")]
    for kind, reason in (
        (toy.FAILS, "ValueError: no such thing"),
        (toy.DIVERGES, "the loss is no number any more: epoch 2"),
        (toy.NEEDS_MEMORY, "MemoryError: OOM when allocating tensor"),
    ):
        assert any(line.startswith(f"| {kind} ") and reason in line for line in table)
    parent, jobs = runs()
    assert parent.info.status == "FAILED"
    assert [job.info.status for job in jobs].count("FINISHED") == 2
    failed = [job.data.tags for job in jobs if job.info.status == "FAILED"]
    assert all(tags["outcome"] == "FAILED" and tags["failure"] for tags in failed)


def test_nothing_finished_is_said_in_a_sentence(sweep: Any) -> None:
    answer = sweep("+sweep=optuna", "sweep.n_trials=2", f"loss.weights.box={toy.FAILS},{toy.FAILS}")
    assert answer.status == 1
    assert "no run has finished" in answer.out
    assert "2 of 2 trials failed; none was finished" in answer.err
    assert "Traceback" not in answer.err + answer.out


def test_a_combination_that_cannot_be_composed_fails_alone(sweep: Any) -> None:
    # Each is right by itself; a file that breaks when it is read together with another.
    Path("conf/head").mkdir(parents=True)
    broken = "# Breaks.\nstride: ${oc.select:loss.no_such, ${loss.no_such}}\n"
    Path("conf/head/broken.yaml").write_text(broken)
    answer = sweep("--config-dir", "conf", "head=grid,broken")
    assert answer.status == 1
    assert "loss.no_such" in answer.err + answer.out


def test_hopeless_jobs_are_pruned_and_say_so(sweep: Any) -> None:
    answer = sweep(
        "optimizer.learning_rate=2e-3,1e-3,4e-3,2e-2,1.9e-3",
        "pruner=median",
        "pruner.n_startup_trials=3",
        "trainer.epochs=5",
    )
    assert answer.status == 0, answer.err
    assert "trial 3 PRUNED  stopped after epoch 1 of 5: val/mean_iou" in answer.out
    parent, jobs = runs()
    assert parent.info.status == "FINISHED"
    pruned = jobs[3]
    assert (pruned.info.status, pruned.data.tags["outcome"]) == ("KILLED", "PRUNED")
    assert pruned.data.tags["mlflow.note.content"].startswith("PRUNED: ")
    record = json.loads(next(Path("outputs").glob("*/3/run.json")).read_text())
    assert record["status"] == "PRUNED"


def test_seeds_repeat_each_setting_below_a_run_of_its_own(sweep: Any) -> None:
    answer = sweep("optimizer.learning_rate=1e-3,2e-3", "seeds=3")
    assert answer.status == 0, answer.err
    number = r"[01]\.\d+ ± 0\.\d+"
    assert re.search(rf"- 0\.002 {number} beats 0\.001 {number} \(p [=<] ", answer.out)
    parent, below = runs()
    settings = [run for run in below if run.data.tags["sweep"] == "setting"]
    assert {run.data.tags["mlflow.parentRunId"] for run in settings} == {parent.info.run_id}
    for setting in settings:
        jobs = [run for run in below if run.data.tags["mlflow.parentRunId"] == setting.info.run_id]
        assert sorted(run.data.params["seed"] for run in jobs) == ["0", "1", "2"]
        values = [run.data.metrics["val/mean_iou"] for run in jobs]
        assert setting.data.metrics["val/mean_iou"] == pytest.approx(sum(values) / 3)
        assert (setting.info.status, setting.data.tags["outcome"]) == ("FINISHED", "FINISHED")


def test_a_pruned_first_seed_saves_the_others(sweep: Any) -> None:
    answer = sweep(
        "optimizer.learning_rate=2e-3,1e-3,1.9e-2",
        "seeds=2",
        "pruner=median",
        "pruner.n_startup_trials=2",
    )
    assert answer.status == 0, answer.err
    assert [line[:3] for line in starts()] == ["0 0", "0 1", "1 0", "1 1", "2 0"]


def test_a_failed_seed_fails_its_trial(sweep: Any) -> None:
    answer = sweep(f"loss.weights.box={toy.FAILS},1", "seeds=2")
    assert answer.status == 1
    assert [line[:3] for line in starts()] == ["0 0", "1 0", "1 1"]


def test_a_search_finds_the_optimum_and_is_the_same_every_time(sweep: Any) -> None:
    words = ("+sweep=[optuna,learning_rate]", "sweep.n_trials=12", "trainer.epochs=3")
    first, second = sweep(*words), sweep(*words)
    assert first.status == second.status == 0, first.err
    tried = [
        [line for line in one.out.splitlines() if line.startswith("trial ")]
        for one in (first, second)
    ]
    assert tried[0] == tried[1]
    best = next(line for line in first.out.splitlines() if line.startswith("- highest up: "))
    assert float(best.split()[3]) == pytest.approx(0.002, rel=0.3)


def test_several_objectives_make_a_front_and_cannot_be_pruned(sweep: Any) -> None:
    words = ("+sweep=[accuracy_and_speed,learning_rate]", "sweep.n_trials=6")
    answer = sweep(*words)
    assert answer.status == 0, answer.err
    assert "front" in answer.out
    refused = sweep(*words, "pruner=median")
    assert refused.status == 1
    assert "Optuna prunes where there is one objective" in refused.err
    assert "val/mean_iou, val/milliseconds" in refused.err


def test_other_samplers_are_a_matter_of_config(sweep: Any) -> None:
    search = ("+sweep=[optuna,learning_rate]", "optimizer.clip_norm=interval(1, 5)")
    answer = sweep(*search, "sampler=cmaes", "pruner=none", "sweep.n_trials=6")
    assert answer.status == 0, answer.err
    assert "6 of 6 ended" in answer.out
    if importlib.util.find_spec("torch") is None:
        missing = sweep(*search, "sampler=gp", "sampler.n_startup_trials=1", "sweep.n_trials=3")
        assert missing.status == 1
        assert "this sampler needs torch, which is missing: pip install 'objloc[gp]'" in missing.err


def test_what_is_not_measured_fails_with_what_there_is(sweep: Any) -> None:
    answer = sweep("loss.weights.box=1,2", "sweep.metric=val/beauty")
    assert answer.status == 1
    assert "no metric 'val/beauty'; this run has: test/mean_iou, val/mean_iou" in answer.out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("+sweep=optuna",), "there is nothing to search"),
        (("seed=1,2", "seeds=2"), "don't vary seed besides"),
        (("loss.weights.box=1,2", "sweep.parallel=2"), "choose hydra/launcher=joblib"),
        (("loss.weights.box=interval(2, 1)",), "from a smaller to a larger"),
        (("loss.weights.box=tag(log, interval(0, 1))",), "begins above 0"),
        (("loss.weights.box=-1,1",), "loss.weights.box=-1 is not allowed"),
        (("loss.weights.box=interval(-1, 1)",), "loss.weights.box=-1 is not allowed"),
        (("sweep.space={loss.box: [l1, giuo]}",), "giuo"),
        (("sampler._target_=os.system", "+sweep=[optuna,epochs]"), "is refused"),
        (("hydra/launcher=joblib,ray",), "Hydra's own keys cannot be swept"),
    ],
)
def test_mistakes_are_answered_before_the_first_job(
    sweep: Any, words: tuple[str, ...], answer: str
) -> None:
    found = sweep(*words)
    assert found.status != 0
    assert answer in found.err
    assert not Path("outputs/starts.txt").exists()

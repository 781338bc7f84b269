"""Finding the runs to compare in an MLflow store."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from mlflow import MlflowClient
from mlflow.entities import Run

from objloc.comparison.compared_run import ComparedRun, Outcome
from objloc.comparison.varied import setting_text, what_varies
from objloc.errors import TrackingError
from objloc.tracking.masked import masked
from objloc.tracking.store import tracking_errors
from objloc.training.run_folder import RUN_FILE, SWEEP_FILE

_PAGE = 1000
_BEGINNING = 6  # characters of an id that name a run
_PARENT = "mlflow.parentRunId"
_OUTCOMES = ("FINISHED", "PRUNED", "FAILED", "KILLED", "RUNNING")
_SHOWN = 5


def runs_named(client: MlflowClient, names: Sequence[str]) -> list[ComparedRun]:
    """The runs meant, each once; what varies is found by comparing their configs.

    Args:
        client: of the store (`objloc.tracking.open_store`).
        names: run ids, their beginnings (at least six characters) or run folders.

    Raises:
        TrackingError: there is no such run, or more than one.
    """
    found = {}
    for name in names:
        run = _named(client, name)
        if run.data.tags.get("sweep") in ("parent", "setting"):
            raise TrackingError(
                f"{name} is no single run but stands above the runs of a sweep; name the sweep "
                f"itself: {run.data.tags.get(_PARENT, run.info.run_id)}"
            )
        found[run.info.run_id] = run
    return _by_what_varies(list(found.values()))


def jobs_of(client: MlflowClient, parent: Run) -> list[ComparedRun]:
    """The jobs below a sweep's own run by their trials: one for each setting and seed."""
    jobs: list[Run] = []
    for run in _children(client, parent):
        above = run.data.tags.get("sweep") == "setting"
        jobs += _children(client, run) if above else [run]
    jobs = _once_each(jobs)
    if not all("sweep.setting" in job.data.tags for job in jobs):
        return _by_what_varies(jobs)
    keys = _listed(parent.data.tags.get("sweep.keys", ""))
    values = [_values(job.data.tags["sweep.setting"], keys) for job in jobs]
    runs = [_compared(job, one) for job, one in zip(jobs, values, strict=True)]
    return sorted(runs, key=lambda run: (run.trial is None, run.trial or 0, run.seed or 0))


def find_parent(client: MlflowClient, sweep: str) -> Run:
    """The run that stands above a sweep's jobs.

    Args:
        client: of the store.
        sweep: the sweep's folder, its name, its run's id or the beginning of that (at least six
            characters), or "latest".

    Raises:
        TrackingError: there is no such sweep, or more than one.
    """
    where = masked(client.tracking_uri)
    if (Path(sweep) / SWEEP_FILE).is_file():
        return _of_folder(client, Path(sweep) / SWEEP_FILE)
    parents = _search(client, "tags.sweep = 'parent'")
    if not parents:
        raise TrackingError(
            f"sweep {sweep!r}: {where} holds no sweep; start one with python -m objloc.train -m …, "
            "or name another store with tracking.uri=…"
        )
    if sweep == "latest":
        return parents[0]
    for fits in _ways(sweep):
        matches = [run for run in parents if fits(run)]
        if len(matches) > 1:
            known = "; ".join(f"{run.info.run_id} ({run.info.run_name})" for run in matches)
            raise TrackingError(
                f"sweep {sweep!r}: more than one is called so; name one by id: {known}"
            )
        if matches:
            return matches[0]
    newest = "; ".join(
        f"{run.info.run_id} ({run.data.tags.get('sweep.name', run.info.run_name)})"
        for run in parents[:_SHOWN]
    )
    raise TrackingError(
        f"sweep {sweep!r}: not in {where}; give a sweep's id, name or folder, or 'latest'. "
        f"Newest sweeps there: {newest}"
    )


def objectives(parent: Run) -> tuple[str, str] | None:
    """Metric and mode that a sweep says it is for, as `compare` takes them; None if it doesn't."""
    metric = ",".join(_listed(parent.data.tags.get("sweep.metric", "")))
    mode = ",".join(_listed(parent.data.tags.get("sweep.mode", "")))
    return (metric, mode or ",".join("max" for _ in metric.split(","))) if metric else None


def _of_folder(client: MlflowClient, file: Path) -> Run:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        run_id, uri = str(record["run_id"]), str(record.get("uri", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrackingError(f"{file}: names no sweep: {error!r}") from error
    if not run_id:
        raise TrackingError(f"{file}: this sweep was not tracked (tracking=off); nothing to read")
    found = _search(client, f"attributes.run_id = '{_quoted(run_id)}'")
    if not found:
        raise TrackingError(
            f"{file}: its sweep {run_id} is not in {masked(client.tracking_uri)}; it was recorded "
            f"in tracking.uri={masked(uri)}"
        )
    return found[0]


def _ways(sweep: str) -> list[Callable[[Run], bool]]:
    """How a word may mean a sweep, the surest way first."""
    ways: list[Callable[[Run], bool]] = [
        lambda run: run.info.run_id == sweep,
        lambda run: run.data.tags.get("sweep.name") == sweep,
    ]
    if len(sweep) >= _BEGINNING:
        ways.append(lambda run: bool(run.info.run_id.startswith(sweep)))
    return ways


def _named(client: MlflowClient, name: str) -> Run:
    """The run that an id, the beginning of one or a folder means."""
    where = masked(client.tracking_uri)
    file = Path(name) / RUN_FILE
    wanted = name
    if file.is_file():
        try:
            wanted = str(json.loads(file.read_text(encoding="utf-8"))["run_id"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrackingError(f"{file}: cannot be read: {error!r}") from error
        if not wanted:
            raise TrackingError(f"{file}: this run was not tracked (tracking=off); nothing to read")
    elif Path(name).is_dir():
        raise TrackingError(f"{name} is no run's folder: it holds no {RUN_FILE}")
    found = _search(client, f"attributes.run_id = '{_quoted(wanted)}'")
    if not found and len(wanted) >= _BEGINNING and re.fullmatch(r"\w+", wanted):
        found = _search(client, f"attributes.run_id LIKE '{wanted}%'")
    if len(found) > 1:
        known = ", ".join(run.info.run_id for run in found[:_SHOWN])
        raise TrackingError(f"{name!r} fits more than one run: {known}")
    if not found:
        raise TrackingError(
            f"no run {name!r} in {where}; give run ids, their first {_BEGINNING} characters or "
            "more, or run folders (tracking.uri says which store is asked)"
        )
    return found[0]


def _children(client: MlflowClient, parent: Run) -> list[Run]:
    return _search(client, f"tags.`{_PARENT}` = '{parent.info.run_id}'")


def _search(client: MlflowClient, wanted: str) -> list[Run]:
    """All runs of the store that a filter fits, newest first."""
    with tracking_errors(client.tracking_uri, "be searched"):
        experiments = [
            experiment.experiment_id
            for experiment in _pages(
                lambda token: client.search_experiments(max_results=_PAGE, page_token=token)
            )
        ]
        return list(
            _pages(
                lambda token: client.search_runs(
                    experiments,
                    wanted,
                    max_results=_PAGE,
                    order_by=["attributes.start_time DESC"],
                    page_token=token,
                )
            )
        )


def _pages(ask: Callable[[str | None], Any]) -> Iterator[Any]:
    """Everything that a search of MLflow's finds, page by page."""
    token = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return


def _once_each(jobs: Sequence[Run]) -> list[Run]:
    """Of runs of the same trial and seed the one that counts: a job begun anew is one job."""
    chosen: dict[tuple[str, ...], Run] = {}
    for job in jobs:
        trial, seed = job.data.tags.get("sweep.trial"), job.data.params.get("seed")
        key = (trial, seed) if trial is not None and seed is not None else (job.info.run_id,)
        other = chosen.get(key)
        if other is None or _weight(job) > _weight(other):
            chosen[key] = job
    return list(chosen.values())


def _weight(job: Run) -> tuple[bool, int]:
    return _outcome(job) == "FINISHED", int(job.info.start_time or 0)


def _by_what_varies(runs: Sequence[Run]) -> list[ComparedRun]:
    values = what_varies([run.data.params for run in runs], [run.data.tags for run in runs])
    return [_compared(run, one) for run, one in zip(runs, values, strict=True)]


def _compared(run: Run, values: Mapping[str, str]) -> ComparedRun:
    tags, info = run.data.tags, run.info
    started, ended = info.start_time or 0, info.end_time
    return ComparedRun(
        run_id=info.run_id,
        name=str(info.run_name or info.run_id),
        setting=setting_text(values),
        values=dict(values),
        seed=_whole(run.data.params.get("seed")),
        metrics={name: float(value) for name, value in run.data.metrics.items()},
        status=info.status,
        outcome=_outcome(run),
        reason=" ".join(tags.get("failure", "").split()),
        started=started / 1000,
        seconds=(ended - started) / 1000 if ended else math.nan,
        trial=_whole(tags.get("sweep.trial")),
    )


def _outcome(run: Run) -> Outcome:
    """What the sweep says became of the job, else the store; what goes on has no outcome yet."""
    status = run.info.status
    said = run.data.tags.get("outcome", "") if status != "RUNNING" else ""
    outcome = said if said in _OUTCOMES else status
    return cast(Outcome, outcome if outcome in _OUTCOMES else "RUNNING")


def _values(setting: str, keys: Sequence[str]) -> dict[str, str]:
    """Key to value of a setting's text, without the seed.

    Values may hold blanks, so the text is cut where a key that varies stands before a "=".
    """
    known = "|".join(re.escape(one) for one in sorted({*keys, "seed"}, key=len, reverse=True))
    key = known if keys else r"[A-Za-z_][\w./@]*"
    starts = list(re.finditer(rf"(?:^|(?<= ))[+~]{{0,2}}({key})=", setting))
    ends = [match.start() for match in starts[1:]] + [len(setting)]
    pairs = zip(starts, ends, strict=True)
    values = {match[1]: setting[match.end() : end].strip() for match, end in pairs}
    values = {name: value for name, value in values.items() if name != "seed"}
    return values if values or not setting.strip() else {"setting": setting}


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return text.replace("'", "")

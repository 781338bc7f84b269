"""Brings files of a run here from its tracking store."""

from pathlib import Path

from mlflow.artifacts import download_artifacts

from objloc.tracking.store import open_store, tracking_errors


def fetch_run_folder(tracking_uri: str, run_id: str, name: str, target: Path) -> bool:
    """Copies a folder of a run's files into the folder `target`; False if the run has no such.

    Raises:
        TrackingError: the store can't be asked, or knows no such run.
    """
    client = open_store(tracking_uri)
    with tracking_errors(tracking_uri, f"give the files of run {run_id}"):
        if not any(file.path == name and file.is_dir for file in client.list_artifacts(run_id)):
            return False
        # By its place: below runs:/ MLflow looks among models, too.
        place = f"{client.get_run(run_id).info.artifact_uri}/{name}"
        download_artifacts(
            artifact_uri=place, dst_path=str(target), tracking_uri=client.tracking_uri
        )
        return True

"""Write a trained model as files that other runtimes run, each checked to answer as Keras does.

    python -m objloc.export model=outputs/2026-01-31_12-00-00-emoji format=onnx,litert
    python -m objloc.export model=models:/finder@champion format=onnx precision=int8

Decoding is in the graph: uint8 pictures in, detections out, any number of pictures at once. A JSON
file beside each file says how to ask it: classes, sizes, threshold, names of inputs and outputs.
"""

import importlib
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from objloc.config import build, hydra_command
from objloc.config.run_folder import make_output_folder, reserve_run_folder
from objloc.errors import ConfigError, DataError, ExportError, TrackingError
from objloc.training.quiet_import import quiet_import

if TYPE_CHECKING:
    import numpy as np

    from objloc.data import Dataset
    from objloc.exporting import Export, Quantization
    from objloc.models import Localizer
    from objloc.tracking import TrainedModel

_COMPARED = 16
"""Pictures that files are compared with Keras on."""

_OWN = re.compile(
    r"model(\.int8)?\.(onnx|tflite|xml|bin)(\.json)?|saved_model(\.json)?|\.export-.*"
)
_EXAMPLE = re.compile(r"\d+\.(png|jpg)")
_EXAMPLES = "examples"


def run(config: DictConfig) -> None:
    """Export as `config` says, and print what came of it."""
    from objloc.exporting import require
    from objloc.tracking import find_trained_model

    require(config.format)
    check_folder(config)
    trained = find_trained_model(config.model, config.tracking.get("uri", "sqlite:///mlflow.db"))
    if trained.is_exported:
        raise ConfigError(
            f"model={config.model}: exported already; give the model that was trained"
        )
    own = OmegaConf.create(dict(trained.config or {}))
    dataset, why = own_data(trained, own)
    if config.precision == "int8":
        check_int8(config, dataset, why)
    digest = trained.file_digest()  # before it is read: if another takes its place, it is not that
    localizer = load(config, trained)
    dataset, why = matched(dataset, why, localizer)
    if config.precision == "int8":
        check_int8(config, dataset, why)
    if dataset is None:
        print(f"the data of the model's run is not at hand, photographs stand in for it: {why}")
    folder = made_folder(config, str(own.get("name", "localizer")))
    export = written(config, own, trained, digest, localizer, dataset, folder)
    if dataset is not None and config.examples:
        from objloc.exporting.own_pictures import write_examples

        write_examples(dataset.split("test"), config.examples, folder / _EXAMPLES)
    report(export, folder)


def check_folder(config: DictConfig) -> None:
    """Refuse a folder that holds anything but an earlier export.

    Raises:
        ConfigError: it does.
    """
    if config.output is None:
        return
    folder = Path(config.output)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"output={folder} is a file; name a folder")
    other = sorted(path.name for path in _others(folder)) if folder.is_dir() else []
    if other:
        raise ConfigError(
            f"output={folder} holds other things than an export ({', '.join(other[:3])}); nothing "
            "of yours is overwritten: choose another folder"
        )


def own_data(trained: "TrainedModel", own: DictConfig) -> "tuple[Dataset | None, str]":
    """The dataset of the model's run; None, and why, where it is not at hand."""
    if trained.config is None or "dataset" not in own:
        return None, trained.config_from
    try:
        augment = build(own.get("augment"))
        dataset = build(own.dataset, augment=augment, seed=own.get("seed", 0))
        for split in ("train", "test"):
            if not len(dataset.split(split)):
                return None, f"its {split} split is empty"
    except (DataError, ConfigError) as error:
        return None, str(error)
    return dataset, ""


def check_int8(config: DictConfig, dataset: "Dataset | None", why: str) -> None:
    """Refuse int8 where nothing can be put in whole numbers, or with what.

    Raises:
        ExportError: there is no data.
        ConfigError: no format has int8.
    """
    if not {"onnx", "litert"} & set(config.format):
        raise ConfigError(
            f"precision=int8: none of the formats asked for ({', '.join(config.format)}) has it "
            "here; add onnx or litert"
        )
    if dataset is None:
        raise ExportError(
            "precision=int8 takes the ranges of its numbers from the pictures that the model was "
            f"trained on, and they are not at hand: {why}"
        )


def load(config: DictConfig, trained: "TrainedModel") -> "Localizer":
    """The model."""
    # TensorFlow loads here and no earlier: mistakes are answered without it.
    with quiet_import():
        importlib.import_module("keras")
    from objloc.training import prepare

    trainer = config.trainer
    prepare(seed=config.seed, threads=trainer.threads, deterministic=trainer.deterministic)
    return trained.load()


def matched(
    dataset: "Dataset | None", why: str, localizer: "Localizer"
) -> "tuple[Dataset | None, str]":
    """The dataset with the model's labels and picture size."""
    from objloc.data.matched_classes import MatchedClasses

    if dataset is None:
        return None, why
    try:
        return MatchedClasses(
            dataset,
            localizer.class_names,
            localizer.image_size,
            localizer.resize_mode,
            "ignore",
        ), ""
    except ConfigError as error:
        return None, str(error)


def made_folder(config: DictConfig, name: str) -> Path:
    """The folder for the files.

    Raises:
        ConfigError: it cannot be made.
    """
    if config.output is None:
        now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        return reserve_run_folder(Path(config.output_root) / f"{now}-export-{name}")
    return make_output_folder(Path(config.output))


def written(
    config: DictConfig,
    own: DictConfig,
    trained: "TrainedModel",
    digest: str,
    localizer: "Localizer",
    dataset: "Dataset | None",
    folder: Path,
) -> "Export":
    """Write and check every file; an empty folder that was made for nothing is removed."""
    from objloc.exporting import export_model
    from objloc.tracking.masked import masked_settings
    from objloc.tracking.trained_model import SOURCE_DIGEST

    pictures, quantization = None, None
    if dataset is not None:
        pictures = pictures_of(dataset, "test", _COMPARED)
    if dataset is not None and config.precision == "int8":
        quantization = quantization_with(config, own, dataset)
    about = {
        "source": trained.source,
        SOURCE_DIGEST: digest,
        "run_id": trained.run_id,
        "metrics": metrics_of(trained),
        # Whoever gets the file may read it.
        "config": masked_settings(trained.config),
    }
    try:
        return export_model(
            localizer,
            folder,
            config.format,
            about=about,
            pictures=pictures,
            quantization=quantization,
            threads=config.trainer.threads,
            tell=lambda text: print(text, flush=True),
        )
    finally:
        if not os.listdir(folder):
            folder.rmdir()


def pictures_of(dataset: "Dataset", split: Any, count: int) -> "np.ndarray":
    """So many pictures of a split at most, as the model is fed them."""
    from objloc.exporting.own_pictures import resized

    form = dataset.batch_form
    return resized(dataset.split(split), count, form.image_size, form.resize_mode)


def quantization_with(config: DictConfig, own: DictConfig, dataset: "Dataset") -> "Quantization":
    """How int8 is made and measured: on the test split, as the run was."""
    from objloc.exporting import Quantization
    from objloc.exporting.accuracy import accuracy_on

    trainer = own.get("trainer", config.trainer)
    measure = accuracy_on(
        dataset.split("test"),
        dataset.batch_form,
        batch_size=trainer.get("eval_batch_size", config.trainer.eval_batch_size),
        workers=config.trainer.workers,
        limit_batches=trainer.get("limit_val_steps"),
    )
    return Quantization(pictures_of(dataset, "train", config.calibration), measure)


def metrics_of(trained: "TrainedModel") -> dict[str, float]:
    """What was measured on the test split when the model was trained, as far as it is known."""
    source = Path(trained.source)
    report = (source if source.is_dir() else source.parent) / "report.json"
    if report.is_file():
        numbers = json.loads(report.read_text(encoding="utf-8")).get("test", {})
        return {name: value for name, value in numbers.items() if isinstance(value, float)}
    if not trained.run_id or source.exists():
        return {}
    from objloc.tracking import open_store
    from objloc.tracking.store import tracking_errors

    try:
        with tracking_errors(trained.tracking_uri, "give the run's metrics"):
            found = open_store(trained.tracking_uri).get_run(trained.run_id).data.metrics
    except TrackingError:
        return {}
    return {
        name.removeprefix("test/"): value
        for name, value in found.items()
        if name.startswith("test/")
    }


def report(export: "Export", folder: Path) -> None:
    """Print sizes, times, differences and accuracies."""
    from objloc.exporting.summary import summary

    print(f"\n{summary(export)}\n\nfiles    {folder}")


def _others(folder: Path) -> list[Path]:
    """What in a folder is not of an export."""
    found = [
        path
        for path in folder.iterdir()
        if not _OWN.fullmatch(path.name) and path.name != _EXAMPLES
    ]
    examples = folder / _EXAMPLES
    if examples.is_dir():
        found += [path for path in examples.iterdir() if not _EXAMPLE.fullmatch(path.name)]
    return found


main = hydra_command("export", run, lists=["format"])

if __name__ == "__main__":
    main()

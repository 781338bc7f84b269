"""Train a localizer: learn on the training split, choose the best epoch and the score threshold on
the validation split, measure on the test split, record everything.

    python -m objloc.train +experiment=multiclass
    python -m objloc.train resume=latest
"""

import importlib
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from objloc.config import build, hydra_command
from objloc.training.quiet_import import quiet_import
from objloc.training.run_folder import RunFolder, find_run_folder, write_atomically

if TYPE_CHECKING:
    from objloc.data import Dataset
    from objloc.evaluation import Predictor, Report
    from objloc.models import Localizer
    from objloc.tracking import TrackedRun
    from objloc.training import FitResult

WORST, RANDOM, COLUMNS = 12, 12, 6  # pictures on the sheet of test predictions


def run(config: DictConfig) -> float:
    """Train as `config` says; return the metric `trainer.monitor`, for sweeps."""
    hydra = HydraConfig.get()
    folder = RunFolder(Path(hydra.runtime.output_dir))
    earlier = folder.read() if config.resume is not None else None
    if earlier is None:
        text = OmegaConf.to_yaml(config, resolve=True)
        write_atomically(folder.config_file, text.encode())
    tracker = build(config.tracking)
    with (
        recorded_status(folder, config.name),
        tracker.run(
            name=config.name,
            overrides=list(hydra.overrides.task),
            tags={group: str(option) for group, option in hydra.runtime.choices.items()},
            resume_run_id=(earlier.run_id or None) if earlier is not None else None,
        ) as logger,
    ):
        folder.start(logger.run_id, config.name)
        metrics = train(config, folder, logger)
    print_whereabouts(folder, getattr(tracker, "uri", None))
    return metrics[config.trainer.monitor]


def train(config: DictConfig, folder: RunFolder, logger: "TrackedRun") -> dict[str, float]:
    """Build, fit, choose, measure and save; return the final metrics, `val/…` and `test/…`."""
    # TensorFlow loads here and no earlier: help and config errors are answered without it.
    with quiet_import():
        importlib.import_module("keras")
    from objloc.evaluation import Predictor
    from objloc.training import prepare
    from objloc.training.save_model import save_model

    trainer = config.trainer
    dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    # A mapping, as the config is one.
    logger.log_config(cast(dict[str, object], OmegaConf.to_container(config, resolve=True)))
    logger.log_dataset(dataset.describe())

    prepare(
        seed=config.seed,
        precision=trainer.precision,
        threads=trainer.threads,
        deterministic=trainer.deterministic,
    )
    localizer = build_localizer(config, dataset)
    begin_with(trainer.initial_weights, localizer, config)
    result = fit_localizer(config, localizer, dataset, folder, logger)
    use_best_weights(localizer, folder)

    predictor = Predictor(localizer, batch_size=trainer.eval_batch_size)
    reports = measure(config, localizer, predictor, dataset, folder, logger, result)
    save_model(localizer, folder.model_file)
    logger.log_model(folder.model_file)

    metrics = {
        f"{split}/{name}": value
        for split, report in reports.items()
        for name, value in report.metrics.items()
    }
    finite = {name: value for name, value in metrics.items() if value == value}
    logger.log_metrics(finite, step=result.epochs)
    write_report(folder, logger, reports, result)
    print(f"\ntest split, {dataset.describe().get('name', config.name)}\n")
    print(reports["test"].as_text())
    last = {f"val/{k[4:]}": v for k, v in result.history[-1].items() if k.startswith("val_")}
    return {**last, **metrics}


def build_localizer(config: DictConfig, dataset: "Dataset") -> "Localizer":
    """Build backbone, head, optimizer, loss and metrics into one compiled model."""
    from objloc.models import Localizer
    from objloc.training import steps_per_epoch

    localizer = Localizer(
        backbone=build(config.backbone, image_size=dataset.batch_form.image_size),
        head=build(config.head, num_classes=len(dataset.class_names)),
        class_names=dataset.class_names,
        image_size=dataset.batch_form.image_size,
        resize_mode=dataset.batch_form.resize_mode,
    )
    trainer = config.trainer
    steps = steps_per_epoch(len(dataset.split("train")), trainer.batch_size, trainer.limit_steps)
    optimizer = build(config.optimizer, total_steps=trainer.epochs * steps, steps_per_epoch=steps)
    metrics = build(config.metrics) or {}
    localizer.compile(optimizer, loss=build(config.loss), metrics=list(metrics.values()))
    return localizer


def begin_with(source: str | None, localizer: "Localizer", config: DictConfig) -> None:
    """Take over the weights of another model, where `trainer.initial_weights` names one."""
    if source is None:
        return
    from objloc.tracking import load_localizer
    from objloc.training.initial_weights import transfer_weights

    pretrained = load_localizer(source, config.tracking.get("uri", "sqlite:///mlflow.db"))
    print(f"begins with {source}: {transfer_weights(pretrained, localizer)}")


def fit_localizer(
    config: DictConfig,
    localizer: "Localizer",
    dataset: "Dataset",
    folder: RunFolder,
    logger: "TrackedRun",
) -> "FitResult":
    """Train, from the last checkpoint if the run is resumed and has one."""
    from objloc.training import fit
    from objloc.training.profile import profiled

    trainer = config.trainer
    resumes = config.resume is not None and folder.last_checkpoint.exists()
    with profiled(folder.path / "profile") if trainer.profile else nullcontext():
        return fit(
            localizer,
            dataset,
            batch_size=trainer.batch_size,
            epochs=trainer.epochs,
            run_dir=folder.path,
            workers=trainer.workers,
            seed=config.seed,
            callbacks=build(config.callbacks) or {},
            logger=logger,
            resume_from=folder.last_checkpoint if resumes else None,
            checkpoint_every_epochs=trainer.checkpoint_every_epochs,
            checkpoint_every_steps=trainer.checkpoint_every_steps,
            limit_steps=trainer.limit_steps,
            limit_val_steps=trainer.limit_val_steps,
            overfit_batch=trainer.overfit_batch,
            validation_cache_mb=trainer.validation_cache_mb,
        )


def use_best_weights(localizer: "Localizer", folder: RunFolder) -> None:
    """Give the model the weights of its best epoch; without such a callback it keeps the last."""
    from objloc.training import load_checkpoint

    if folder.best_checkpoint.exists():
        load_checkpoint(folder.best_checkpoint, {"model": localizer.weights})


def measure(
    config: DictConfig,
    localizer: "Localizer",
    predictor: "Predictor",
    dataset: "Dataset",
    folder: RunFolder,
    logger: "TrackedRun",
    result: "FitResult",
) -> dict[str, "Report"]:
    """Choose the score threshold on validation and report on validation and test with it."""
    from objloc.data import eval_batches
    from objloc.evaluation import choose_score_threshold, evaluate, mean_box, predict_batches

    trainer = config.trainer
    train = dataset.split("train")
    # A thousand boxes place the baseline's corners to about a hundredth of the picture.
    typical = mean_box(train.sample(0, index) for index in range(min(len(train), 1000)))
    answers = {}
    for split in ("val", "test"):
        batches = eval_batches(
            dataset.split(split),
            batch_size=trainer.eval_batch_size,
            form=dataset.batch_form,
            workers=trainer.workers,
        )
        answers[split] = predict_batches(predictor, islice(batches, trainer.limit_val_steps))
    localizer.score_threshold = choose_score_threshold(*answers["val"])
    reports = {
        split: evaluate(
            detections,
            truths,
            dataset.class_names,
            score_threshold=localizer.score_threshold,
            mean_box=typical,
            images_per_second=predictor.images_per_second,
        )
        for split, (detections, truths) in answers.items()
    }
    show_test_pictures(localizer, dataset, answers["test"], reports["test"], folder, logger)
    return reports


def show_test_pictures(
    localizer: "Localizer",
    dataset: "Dataset",
    answers: tuple[Any, Any],
    report: "Report",
    folder: RunFolder,
    logger: "TrackedRun",
) -> None:
    """Draw the worst test predictions, and below them some that nobody chose."""
    import numpy as np

    from objloc.data import resize
    from objloc.training.prediction_sheet import prediction_sheet, save_picture

    detections, truths = answers
    order = report.worst_first()
    rest = np.random.default_rng(0).permutation(order[WORST:])
    chosen = [int(index) for index in (*order[:WORST], *rest[:RANDOM])]
    source, form = dataset.split("test"), dataset.batch_form
    sheet = prediction_sheet(
        {
            index: resize(source.sample(0, index).image, form.image_size, form.resize_mode)[0]
            for index in chosen
        },
        truths,
        detections,
        dataset.class_names,
        score_threshold=localizer.score_threshold,
        order=chosen,
        columns=COLUMNS,
    )
    save_picture(sheet, folder.pictures / "test.png")
    logger.log_image(sheet, "pictures/test.png")


def write_report(
    folder: RunFolder, logger: "TrackedRun", reports: dict[str, "Report"], result: "FitResult"
) -> None:
    """Write `report.md` for people and `report.json` for programs."""
    parts = [f"## {split}\n\n{reports[split].as_markdown()}" for split in ("test", "val")]
    speed = f"Trained {result.epochs} epochs at {result.images_per_second:.0f} images/s.\n"
    text = "\n".join([f"# {folder.path.name}\n", speed, *parts])
    numbers = {
        "epochs": result.epochs,
        "train": {"images_per_second": result.images_per_second},
        **{
            split: {**report.metrics, "baselines": report.baselines}
            for split, report in reports.items()
        },
    }
    write_atomically(folder.path / "report.md", text.encode())
    write_atomically(folder.path / "report.json", json.dumps(numbers, indent=2).encode())
    logger.log_file(folder.path / "report.md")
    logger.log_file(folder.path / "report.json")


def print_whereabouts(folder: RunFolder, tracking_uri: str | None) -> None:
    """Say where everything is."""
    print(f"\nrun      {folder.path}")
    print(f"model    {folder.model_file}")
    print(f"pictures {folder.pictures}")
    if tracking_uri is not None:
        shows = f"mlflow ui --backend-store-uri {tracking_uri}"
        print(f"curves   {tracking_uri if tracking_uri.startswith('http') else shows}")


@contextmanager
def recorded_status(folder: RunFolder, name: str) -> Iterator[None]:
    """Keep `run.json` true however the run ends; after an interrupt say how to go on."""
    previous = signal.signal(signal.SIGTERM, _exit_on_sigterm)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        folder.finish("KILLED")
        sys.stderr.write(
            f"\n{name} was interrupted; go on with:\n"
            f"    python -m objloc.train resume={folder.path}\n"
        )
        raise
    except BaseException:
        folder.finish("FAILED")
        raise
    else:
        folder.finish("FINISHED")
    finally:
        signal.signal(signal.SIGTERM, previous)


def _exit_on_sigterm(number: int, frame: FrameType | None) -> None:
    raise SystemExit(143)  # 128 + SIGTERM, as shells say it


main = hydra_command("train", run, find_run=find_run_folder)

if __name__ == "__main__":
    main()

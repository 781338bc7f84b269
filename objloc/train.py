"""Train a localizer: learn on the training split, choose the best epoch and the score threshold on
the validation split, measure on the test split, record everything.

    python -m objloc.train +experiment=multiclass
    python -m objloc.train resume=latest
"""

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from objloc.config import build, hydra_command
from objloc.config.check import plain
from objloc.config.command import Sweeps
from objloc.errors import ConfigError, PrunedError
from objloc.sigterm import sigterm_as_exit
from objloc.sweeps.job import SweepJob
from objloc.sweeps.sweep_folder import find_sweep
from objloc.sweeps.sweeper import TrialSweeper
from objloc.tracking.registration import Registration
from objloc.training.quiet_import import quiet_import
from objloc.training.run_folder import RunFolder, find_run_folder, write_atomically
from objloc.training.strategy import Strategy

if TYPE_CHECKING:
    from objloc.data import Dataset
    from objloc.evaluation import Predictor
    from objloc.models import Localizer
    from objloc.tracking import TrackedRun
    from objloc.tracking.about_model import AboutModel
    from objloc.training import FitResult
    from objloc.training.results import Results

_REGISTERED_BY = "val/mean_iou"  # what a version's tags say of it, as promote's do


def run(config: DictConfig) -> float | None:
    """Train as `config` says; return the metric `trainer.monitor`, if it came to that.

    The job of a sweep keeps what it came to, a failure included, in the sweep's study.
    """
    folder = RunFolder(Path(HydraConfig.get().runtime.output_dir))
    job = SweepJob.current()
    record: dict[str, Any] = {}
    with nullcontext() if job is None else job.recorded(folder.path, record):
        recorded_training(config, folder, record, job)
    return record.get("metrics", {}).get(config.trainer.monitor)


def recorded_training(
    config: DictConfig, folder: RunFolder, record: dict[str, Any], job: SweepJob | None
) -> None:
    """Train inside a run of the tracking store; go on with the folder's run where that is meant.

    Args:
        config: what to train.
        folder: of the run.
        record: gets `run_id` and `metrics`.
        job: the job of a sweep that this is. Its folder holds a run only if it was interrupted.
    """
    hydra = HydraConfig.get()
    wish = registration(config, job)
    earlier = folder.read() if config.resume is not None or job is not None else None
    if earlier is None:
        text = OmegaConf.to_yaml(config, resolve=True)
        write_atomically(folder.config_file, text.encode())
    tracker = build(config.tracking)
    tags = {group: str(option) for group, option in hydra.runtime.choices.items()}
    with (
        recorded_status(folder, config.name),
        tracker.run(
            name=config.name,
            overrides=list(hydra.overrides.task) if job is None else job.words,
            tags=tags if job is None else tags | job.tags,
            resume_run_id=(earlier.run_id or None) if earlier is not None else None,
            parent_run_id=None if job is None else job.parent,
        ) as logger,
    ):
        record["run_id"] = logger.run_id
        folder.start(logger.run_id, config.name)
        metrics = train(config, folder, logger, job)
    record["metrics"] = metrics
    print_whereabouts(folder, getattr(tracker, "uri", None))
    if wish is not None:
        facts = {"seed": str(config.seed), "metric": _REGISTERED_BY}
        facts["metric.value"] = str(metrics[_REGISTERED_BY])
        print("\n".join(wish.register(tracker.uri, logger.run_id, facts)))


def train(
    config: DictConfig, folder: RunFolder, logger: "TrackedRun", job: SweepJob | None = None
) -> dict[str, float]:
    """Build, fit, choose, measure and save; return the final metrics, `val/…` and `test/…`."""
    strategy = Strategy(config.trainer.strategy)
    dataset: Dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    for split in ("train", "val", "test"):
        dataset.split(split)  # faulty labels stop it here
    # TensorFlow loads here and no earlier: mistakes in words, labels and pictures are answered
    # without it.
    with quiet_import():
        importlib.import_module("keras")
    from objloc.evaluation import Predictor
    from objloc.models import KerasEngine
    from objloc.training import prepare
    from objloc.training.results import write_results
    from objloc.training.save_model import save_model

    trainer = config.trainer
    logger.log_config(plain(config))
    logger.log_dataset(dataset.describe())

    prepare(
        seed=config.seed,
        precision=trainer.precision,
        threads=trainer.threads,
        deterministic=trainer.deterministic,
    )
    lessons = dataset if trainer.image_size is None else at_size(config, trainer.image_size)
    with strategy.scope():
        localizer = build_localizer(config, lessons)
    finished = localizer if lessons is dataset else build_localizer(config, dataset, lessons)
    take_over(localizer, finished)  # what cannot be is said before the training
    begin_with(trainer.initial_weights, localizer, config)
    result = fit_localizer(config, localizer, lessons, folder, logger, job)
    use_best_weights(localizer, folder)
    take_over(localizer, finished)
    localizer = finished

    predictor = Predictor(KerasEngine(localizer), batch_size=trainer.eval_batch_size)
    results = measure_splits(config, localizer, predictor, dataset, folder, logger, result)
    save_model(localizer, folder.model_file)
    logger.log_model(folder.model_file, about_model(config, results.metrics(), dataset))
    write_results(results, folder.path, logger, step=result.epochs)
    print(f"\ntest split, {dataset.describe().get('name', config.name)}\n")
    print(results.reports["test"].as_text())
    last = {f"val/{k[4:]}": v for k, v in result.history[-1].items() if k.startswith("val_")}
    metrics = {**last, **results.metrics()}
    if trainer.measure_latency:
        latency = {"val/milliseconds": predictor.milliseconds()}
        logger.log_metrics(latency, step=result.epochs)
        metrics |= latency
    return metrics


def registration(config: DictConfig, job: SweepJob | None) -> Registration | None:
    """How the run's model is to be registered, if it is."""
    registry = config.get("registry")  # a run that is resumed may be from before there was one
    if registry is None:
        return None
    return Registration.wanted(
        registry.name,
        registry.alias,
        registry.export,
        stored=bool(config.tracking.get("log_model")),
        in_sweep=job is not None,
    )


def about_model(
    config: DictConfig, metrics: Mapping[str, float], dataset: "Dataset"
) -> "AboutModel":
    """What is stored with the model."""
    from objloc.exporting.own_pictures import write_examples
    from objloc.tracking.about_model import AboutModel

    count = (config.get("registry") or {}).get("examples", 0)
    examples = partial(write_examples, dataset.split("test"), count) if count else None
    return AboutModel(plain(config), metrics, examples)


def at_size(config: DictConfig, image_size: int) -> "Dataset":
    """The dataset on squares of another size."""
    smaller = OmegaConf.merge(config, {"dataset": {"image_size": image_size}})
    return build(smaller.dataset, augment=build(config.augment), seed=config.seed)


def take_over(learned: "Localizer", finished: "Localizer") -> None:
    """Give the model that is to answer what the one has learned that may see smaller squares."""
    from objloc.training.initial_weights import transfer_weights

    if learned is not finished and (fresh := transfer_weights(learned, finished).fresh):
        raise ConfigError(
            f"trainer.image_size={learned.image_size}: the head has weights for each place of a "
            f"picture ({fresh[0]}), and so answers only at the size that it learned at; choose "
            "another head, or leave trainer.image_size out"
        )


def build_localizer(
    config: DictConfig, dataset: "Dataset", lessons: "Dataset | None" = None
) -> "Localizer":
    """Build backbone, head, optimizer, loss and metrics into one compiled model.

    Args:
        config: what to build.
        dataset: what the model is to answer on.
        lessons: what it learns on, if not on that: a head that adapts itself to boxes adapts to
            these, as large in pixels as they are there.
    """
    from objloc.data.sampled_boxes import sampled_boxes
    from objloc.models import Localizer
    from objloc.training import steps_per_epoch

    form = dataset.batch_form
    lessons = dataset if lessons is None else lessons
    shrink = lessons.batch_form.image_size / form.image_size
    head = build(config.head, num_classes=len(dataset.class_names))
    head.adapt(lambda: shrink * sampled_boxes(lessons.split("train"), lessons.batch_form))
    localizer = Localizer(
        backbone=build(config.backbone, image_size=form.image_size),
        head=head,
        class_names=dataset.class_names,
        image_size=form.image_size,
        resize_mode=form.resize_mode,
        decoding=build(config.decoding).for_objects(form.max_objects),
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

    uri = config.tracking.get("uri", "sqlite:///mlflow.db")
    pretrained = load_localizer(source, uri, list(config.allowed_targets))
    print(f"begins with {source}: {transfer_weights(pretrained, localizer)}")


def fit_localizer(
    config: DictConfig,
    localizer: "Localizer",
    dataset: "Dataset",
    folder: RunFolder,
    logger: "TrackedRun",
    job: SweepJob | None,
) -> "FitResult":
    """Train, from the last checkpoint if the run is resumed and has one."""
    from objloc.training import fit
    from objloc.training.profile import profiled

    trainer = config.trainer
    resumes = (config.resume is not None or job is not None) and folder.last_checkpoint.exists()
    callbacks = build(config.callbacks) or {}
    if job is not None and job.prunable:
        from objloc.sweeps.trial_progress import TrialProgress
        from objloc.sweeps.trial_report import TrialReport

        callbacks["trial_report"] = TrialReport(TrialProgress(job, build(config.pruner)))
    with profiled(folder.path / "profile") if trainer.profile else nullcontext():
        return fit(
            localizer,
            dataset,
            batch_size=trainer.batch_size,
            epochs=trainer.epochs,
            run_dir=folder.path,
            workers=trainer.workers,
            seed=config.seed,
            callbacks=callbacks,
            logger=logger,
            resume_from=folder.last_checkpoint if resumes else None,
            checkpoint_every_epochs=trainer.checkpoint_every_epochs,
            checkpoint_every_steps=trainer.checkpoint_every_steps,
            limit_steps=trainer.limit_steps,
            limit_val_steps=trainer.limit_val_steps,
            overfit_batch=trainer.overfit_batch,
            validation_cache_mb=trainer.validation_cache_mb,
            freeze_backbone_epochs=trainer.freeze_backbone_epochs,
        )


def use_best_weights(localizer: "Localizer", folder: RunFolder) -> None:
    """Give the model the weights of its best epoch; without such a callback it keeps the last."""
    from objloc.training import load_checkpoint

    if folder.best_checkpoint.exists():
        load_checkpoint(folder.best_checkpoint, {"model": localizer.weights})


def measure_splits(
    config: DictConfig,
    localizer: "Localizer",
    predictor: "Predictor",
    dataset: "Dataset",
    folder: RunFolder,
    logger: "TrackedRun",
    result: "FitResult",
) -> "Results":
    """Choose the score threshold on validation and measure validation and test with it."""
    from objloc.evaluation import choose_score_threshold
    from objloc.evaluation.measurement import answer, measure, report_on, typical_box
    from objloc.training.results import Results, dataset_facts

    trainer, form = config.trainer, dataset.batch_form
    answers = {
        split: answer(
            predictor,
            dataset.split(split),
            form,
            workers=trainer.workers,
            limit_batches=trainer.limit_val_steps,
        )
        for split in ("val", "test")
    }
    val = answers["val"]
    localizer.score_threshold = choose_score_threshold(val.detections, val.truths)
    judged: dict[str, Any] = {
        "score_threshold": localizer.score_threshold,
        "typical": typical_box(dataset.split("train")),
    }
    return Results(
        title=folder.path.name,
        split="test",
        measurement=measure(answers["test"], dataset.class_names, **judged),
        source=dataset.split("test"),
        form=form,
        facts={
            "run": folder.path.name,
            "tracked as": logger.run_id or "not tracked",
            **dataset_facts(dataset.describe()),
            "epochs": result.epochs,
        },
        others={"val": report_on(val, dataset.class_names, **judged)},
        intro=f"Trained {result.epochs} epochs at {result.images_per_second:.0f} images/s.\n",
        numbers={
            "epochs": result.epochs,
            "train": {"images_per_second": result.images_per_second},
        },
    )


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
    try:
        with sigterm_as_exit():
            yield
    except (KeyboardInterrupt, SystemExit):
        folder.finish("KILLED")
        sys.stderr.write(
            f"\n{name} was interrupted; go on with:\n"
            f"    python -m objloc.train resume={folder.path}\n"
        )
        raise
    except PrunedError:
        folder.finish("PRUNED")
        raise
    except BaseException:
        folder.finish("FAILED")
        raise
    else:
        folder.finish("FINISHED")


main = hydra_command(
    "train", run, find_run=find_run_folder, sweeps=Sweeps(TrialSweeper, find_sweep)
)

if __name__ == "__main__":
    main()

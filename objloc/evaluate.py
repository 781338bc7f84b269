"""Measure a trained model: on the data of its own run, with the very numbers that training printed,
or on any other data.

    python -m objloc.evaluate model=outputs/2026-01-31_12-00-00-emoji
    python -m objloc.evaluate model=models:/finder@champion dataset=voc dataset.root=photographs
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from objloc.config import build, hydra_command
from objloc.config.run_folder import reserve_run_folder
from objloc.data_plan import DataPlan, data_plan
from objloc.errors import DataError
from objloc.training.run_folder import write_atomically

if TYPE_CHECKING:
    import numpy as np

    from objloc.data import Dataset
    from objloc.evaluation.engine import Engine
    from objloc.tracking import TrackedRun, TrainedModel
    from objloc.training.results import Results


def run(config: DictConfig) -> float:
    """Evaluate as `config` says; return the mean IoU, for sweeps."""
    from objloc.tracking import find_trained_model

    hydra = HydraConfig.get()
    overrides = list(hydra.overrides.task)
    trained = find_trained_model(config.model, config.tracking.get("uri", "sqlite:///mlflow.db"))
    plan = data_plan(config, overrides, hydra.runtime.choices, trained)
    print(f"data     {plan.name}: {plan.origin}")
    folder = make_folder(config, plan.name)
    tracker = build(config.tracking)
    with tracker.run(
        name=f"evaluate-{plan.name}",
        overrides=overrides,
        tags={"evaluated.model": config.model, "evaluated.run_id": trained.run_id},
    ) as logger:
        results = evaluate(config, plan, trained, folder, logger)
    print(f"\n{config.split} split, {plan.name}\n")
    print(results.measurement.report.as_text())
    print(f"\nreport   {folder / 'report.html'}")
    return results.measurement.report.metrics["mean_iou"]


def make_folder(config: DictConfig, name: str) -> Path:
    """A new folder for the reports."""
    hydra = HydraConfig.get()
    if hydra.mode is RunMode.MULTIRUN:
        return Path(hydra.runtime.output_dir)
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    return reserve_run_folder(Path(config.output_root) / f"{now}-evaluate-{name}")


def evaluate(
    config: DictConfig, plan: DataPlan, trained: "TrainedModel", folder: Path, logger: "TrackedRun"
) -> "Results":
    """Load, build, measure and write everything down."""
    dataset: Dataset = build(
        plan.config.dataset, augment=build(plan.config.augment), seed=plan.config.seed
    )
    from objloc.data.matched_classes import MatchedClasses
    from objloc.tracking.model_engine import model_engine
    from objloc.training.results import write_results

    trainer = plan.config.trainer
    engine = model_engine(
        trained,
        seed=plan.config.seed,
        precision=trainer.precision,
        threads=trainer.threads,
        deterministic=trainer.deterministic,
        score_threshold=config.score_threshold,
        decoding=build(config.decoding),
    )
    card = engine.card
    matched = MatchedClasses(
        dataset, card.class_names, card.image_size, card.resize_mode, config.unknown_classes
    )
    used = {"score_threshold": card.score_threshold, "decoding": card.decoding.as_dict()}
    settings = settings_used(config, plan, used)
    write_atomically(folder / "config.yaml", OmegaConf.to_yaml(settings).encode())
    logger.log_config(cast(dict[str, object], OmegaConf.to_container(settings)))
    logger.log_dataset(dataset.describe(), "evaluation")
    results = measure_split(config, plan, trained, engine, matched, folder.name)
    write_results(results, folder, logger)
    return results


def measure_split(
    config: DictConfig,
    plan: DataPlan,
    trained: "TrainedModel",
    engine: "Engine",
    dataset: "Dataset",
    title: str,
) -> "Results":
    """Have the model look at the split, and compare with what is there."""
    from objloc.evaluation import Predictor
    from objloc.evaluation.measurement import answer, measure
    from objloc.training.results import Results, dataset_facts

    card, trainer = engine.card, plan.config.trainer
    source = dataset.split(config.split)
    answers = answer(
        Predictor(engine, batch_size=trainer.eval_batch_size),
        source,
        dataset.batch_form,
        workers=trainer.workers,
        limit_batches=trainer.limit_val_steps,
    )
    measurement = measure(
        answers,
        card.class_names,
        score_threshold=card.score_threshold,
        typical=typical_of_training(dataset),
    )
    facts = {
        "model": trained.source,
        "trained by run": trained.run_id or "not known",
        "data chosen": plan.origin,
        **dataset_facts(dataset.describe()),
        "split": config.split,
        "score threshold": f"{card.score_threshold:.4f}"
        + (" (given)" if config.score_threshold is not None else " (the model's own)"),
        "decoding": given_decoding(config) or "the model's own",
        "images at once": trainer.eval_batch_size,
        "picture size": f"{card.image_size} px, {card.resize_mode}",
    }
    intro = f"Model {trained.source}; data: {plan.origin}.\n"
    return Results(
        title=title,
        split=config.split,
        measurement=measurement,
        source=source,
        form=dataset.batch_form,
        facts=facts,
        intro=intro,
        numbers={"model": trained.source, "run_id": trained.run_id},
    )


def given_decoding(config: DictConfig) -> str:
    """What was asked for in place of the model's own decoding; "" if nothing was."""
    keys = {str(key): value for key, value in config.decoding.items() if key != "_target_"}
    return ", ".join(f"{key}={value}" for key, value in keys.items() if value is not None)


def typical_of_training(dataset: "Dataset") -> "np.ndarray | None":
    """The box of the mean-box baseline; None where there is no training split to learn it from."""
    from objloc.evaluation.measurement import typical_box

    try:
        training = dataset.split("train")
        return typical_box(training) if len(training) else None
    except DataError as error:
        print(f"no mean-box baseline: {error}")
        return None


def settings_used(config: DictConfig, plan: DataPlan, of_model: Mapping[str, Any]) -> DictConfig:
    """What the evaluation was made with, whatever was said or taken from the model or its run."""
    plain: dict[str, Any] = {
        "name": f"evaluate-{plan.name}",
        "model": config.model,
        "split": config.split,
        "unknown_classes": config.unknown_classes,
        **of_model,
        **cast(dict[str, Any], OmegaConf.to_container(plan.config, resolve=True)),
    }
    return DictConfig(plain)


main = hydra_command("evaluate", run)

if __name__ == "__main__":
    main()

"""Look inside a trained model: where it looks, what it computes, how it learned, how it breaks.

    python -m objloc.explain model=outputs/2026-01-31_12-00-00-multiclass
    python -m objloc.explain model=models:/finder@champion source=photographs parts=maps

One page to read in a browser, its numbers and pictures beside it, and all of that in the tracking
store. Whatever needs the network's inside is left out for an exported model, and the page says so.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from objloc.config import build, hydra_command
from objloc.config.check import plain
from objloc.config.run_folder import make_planned_folder, planned_folder
from objloc.cores import usable_cores
from objloc.data import SplitName
from objloc.data.files.printable import printable
from objloc.data_plan import DataPlan, data_plan
from objloc.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np

    from objloc.data import Dataset
    from objloc.data.sources import PictureSource
    from objloc.evaluation import Predictor
    from objloc.insight.example import Example
    from objloc.insight.finding import Finding
    from objloc.models import Localizer
    from objloc.tracking import TrainedModel


@dataclass(frozen=True)
class Asked:
    """A model, ready to be looked into, and what it is shown.

    Attributes:
        trained: the model's origin.
        predictor: asks it as a black box.
        localizer: the network; None of an exported model.
        dataset: pictures with what is there, for measuring; None where none is at hand.
        why_no_data: the reason for that.
        examples: the pictures that are explained one by one.
    """

    trained: "TrainedModel"
    predictor: "Predictor"
    localizer: "Localizer | None"
    dataset: "Dataset | None"
    why_no_data: str
    examples: "Sequence[Example]"


def run(config: DictConfig) -> None:
    """Explain as `config` says, and say where the page is."""
    from objloc.tracking import find_trained_model
    from objloc.tracking.keep_explanation import keep_explanation

    hydra = HydraConfig.get()
    overrides = list(hydra.overrides.task)
    trained = find_trained_model(config.model, config.tracking.get("uri", "sqlite:///mlflow.db"))
    pictures = opened_pictures(config)
    plan, why = planned_data(config, overrides, hydra.runtime.choices, trained, pictures)
    name = pictures.name if pictures is not None else plan.name if plan is not None else ""
    now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    usual = Path(config.output_root) / f"{now}-explain-{name}"
    own = None if pictures is None else pictures.own_folder
    folder = make_planned_folder(config.output, planned_folder(config.output, usual, own))
    tracker = build(config.tracking)
    with tracker.run(
        name=f"explain-{name}",
        overrides=overrides,
        tags={"explained.model": config.model, "explained.run_id": trained.run_id},
    ) as logger:
        logger.log_config(plain(config))
        asked = prepared(config, trained, plan, why, pictures)
        findings = dict(explanations(config, asked))
        page = keep_explanation(
            findings, f"Inside {trained.source}", facts(config, asked, plan), folder, logger
        )
    print(f"page     {page}")


def opened_pictures(config: DictConfig) -> "PictureSource | None":
    """The pictures that `source` means; None where it means a split.

    Raises:
        DataError: there are none.
    """
    from objloc.data.sources import open_source

    if config.source in get_args(SplitName):
        return None
    return open_source(config.source, threads=usable_cores(), frames=config.examples.pictures)


def planned_data(
    config: DictConfig,
    overrides: Sequence[str],
    choices: Mapping[str, object],
    trained: "TrainedModel",
    pictures: "PictureSource | None",
) -> tuple[DataPlan | None, str]:
    """The data to measure on; None, and why, where there is none and pictures will do.

    Raises:
        ConfigError: a split of it is asked for, and there is none.
    """
    try:
        return data_plan(config, overrides, choices, trained), ""
    except ConfigError as error:
        if pictures is None:
            raise
        return None, str(error)


def prepared(
    config: DictConfig,
    trained: "TrainedModel",
    plan: DataPlan | None,
    why: str,
    pictures: "PictureSource | None",
) -> Asked:
    """The model, the data and the examples."""
    from objloc.evaluation import Predictor
    from objloc.insight.choose_examples import examples_of_pictures, examples_of_split
    from objloc.tracking.model_engine import model_engine

    trainer = config.trainer if plan is None else plan.config.trainer
    engine = model_engine(
        trained,
        seed=config.seed,
        precision=trainer.precision,
        threads=config.trainer.threads,
        deterministic=trainer.deterministic,
        score_threshold=config.score_threshold,
        decoding=build(config.decoding),
    )
    predictor = Predictor(engine, batch_size=config.batch_size)
    localizer = getattr(engine, "localizer", None)
    split = measured_split(config)
    dataset, why = matched_data(plan, why, predictor, split, needed=pictures is None)
    chosen = config.examples
    if pictures is not None:
        examples = examples_of_pictures(predictor, localizer, readable(pictures, chosen.pictures))
    else:
        assert dataset is not None
        examples = examples_of_split(
            predictor,
            localizer,
            dataset.split(config.source),
            dataset.batch_form,
            worst=chosen.worst,
            random=chosen.random,
            searched=chosen.searched,
            seed=config.seed,
        )
    return Asked(trained, predictor, localizer, dataset, why, examples)


def matched_data(
    plan: DataPlan | None, why: str, predictor: "Predictor", split: SplitName, needed: bool
) -> "tuple[Dataset | None, str]":
    """The data with the model's labels and picture size; None, and why, where it is not at hand.

    Raises:
        ConfigError, DataError: it is needed, and cannot be had.
    """
    from objloc.data.matched_classes import MatchedClasses

    if plan is None:
        return None, why
    card = predictor.engine.card
    try:
        data = build(plan.config.dataset, augment=build(plan.config.augment), seed=plan.config.seed)
        matched = MatchedClasses(
            data, card.class_names, card.image_size, card.resize_mode, "ignore"
        )
        matched.split(split)  # files are read here, and may be none
        return matched, ""
    except (ConfigError, DataError) as error:
        if needed:
            raise
        return None, str(error)


def readable(pictures: "PictureSource", most: int) -> Iterator[tuple[str, "np.ndarray"]]:
    """The first pictures that can be read, by name.

    Raises:
        DataError: there is none.
    """
    found = 0
    try:
        for read in pictures.reads():
            picture = read()
            if picture is None or found == most:
                break
            if picture.image is None:
                sys.stderr.write(f"skipped {printable(picture.name)}: {picture.problem}\n")
                continue
            found += 1
            yield printable(picture.name), picture.image
    finally:
        pictures.close()
    if not found:
        raise DataError(f"source={pictures.place}: nothing in it could be read")


def explanations(config: DictConfig, asked: Asked) -> "Iterator[tuple[str, Finding]]":
    """Each part that is asked for, with what it found."""
    parts = {
        "maps": maps_part,
        "layers": layers_part,
        "learning": learning_part,
        "probes": probes_part,
    }
    for name in parts:
        if name in config.parts:
            yield name, parts[name](config, asked)


def maps_part(config: DictConfig, asked: Asked) -> "Finding":
    """Where the model looks."""
    from objloc.insight.maps.explain_maps import explain_maps

    return explain_maps(
        asked.predictor,
        asked.localizer,
        asked.examples,
        [one for one in build(config.maps.methods).values() if one is not None],
        quantities=config.maps.quantities,
        trust=build(config.maps.trust),
    )


def layers_part(config: DictConfig, asked: Asked) -> "Finding":
    """What the model computes."""
    import numpy as np

    from objloc.insight.omitted import Omitted

    if asked.localizer is None:
        return Omitted(
            "What the model computes",
            "an exported model shows nothing but its answers; explain the model that was trained.",
        )
    from objloc.exporting.own_pictures import resized
    from objloc.insight.layers.explain_layers import explain_layers

    if asked.dataset is None:
        pictures = np.stack([example.subject.image for example in asked.examples])
    else:
        form = asked.dataset.batch_form
        pictures = resized(
            asked.dataset.split(measured_split(config)),
            config.layers.pictures,
            form.image_size,
            form.resize_mode,
        )
    return explain_layers(asked.localizer, asked.examples, pictures)


def learning_part(config: DictConfig, asked: Asked) -> "Finding":
    """How the model learned."""
    from objloc.insight.learning.how_it_learned import HowItLearned
    from objloc.insight.omitted import Omitted
    from objloc.tracking.recorded_learning import recorded_learning

    learning = recorded_learning(asked.trained)
    if learning is not None:
        return HowItLearned(learning)
    return Omitted(
        "How it learned",
        "no record of the training is at hand; one is kept with callbacks=explain.",
    )


def probes_part(config: DictConfig, asked: Asked) -> "Finding":
    """How the model breaks."""
    from objloc.insight.omitted import Omitted
    from objloc.insight.probes.probes import run_probes

    if asked.dataset is None:
        return Omitted(
            "How it breaks",
            f"there is nothing to measure on ({asked.why_no_data}); dataset=… chooses data.",
        )
    probes = config.probes
    return run_probes(
        asked.predictor,
        asked.dataset,
        split=measured_split(config),
        probes=probes.conditions,
        scenes_per_value=probes.scenes_per_value,
        places=probes.places,
        objects_per_place=probes.objects_per_place,
        shifted_objects=probes.shifted_objects,
        most_pictures=probes.most_pictures,
        seed=config.seed,
    )


def measured_split(config: DictConfig) -> SplitName:
    """The split that is measured on: the one that is explained, if one is, else test."""
    return next((name for name in get_args(SplitName) if name == config.source), "test")


def facts(config: DictConfig, asked: Asked, plan: DataPlan | None) -> dict[str, object]:
    """What the page says of the model and of what it was shown."""
    card = asked.predictor.engine.card
    return {
        "model": asked.trained.source,
        "trained by run": asked.trained.run_id or "not known",
        "classes": ", ".join(card.class_names),
        "picture size": f"{card.image_size} px, {card.resize_mode}",
        "score threshold": f"{card.score_threshold:.4f}",
        "pictures": config.source,
        "data": "not at hand"
        if plan is None or asked.dataset is None
        else f"{plan.name}: {plan.origin}",
    }


main = hydra_command("explain", run, lists=["parts"])

if __name__ == "__main__":
    main()

"""Runs all probes of a model."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Literal, get_args

from objloc.data.dataset import Dataset, SplitName
from objloc.data.matched_classes import MatchedClasses
from objloc.data.scenes import Scenes
from objloc.errors import ConfigError
from objloc.evaluation.predictor import Predictor
from objloc.insight.probes import scene_conditions
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.blind_spots import blind_spots
from objloc.insight.probes.condition import Condition
from objloc.insight.probes.curve import glimpses, measured
from objloc.insight.probes.equivariance import equivariance, pictures_needed
from objloc.insight.probes.picture_conditions import picture_conditions
from objloc.insight.probes.picture_stage import PictureStage
from objloc.insight.probes.position_map import position_map
from objloc.insight.probes.probes_finding import ProbedCurve, ProbesFinding
from objloc.insight.probes.scene_stage import SceneStage
from objloc.insight.probes.smallest_object import refined, smallest_objects
from objloc.insight.probes.trained_range import trained_ranges

ProbeName = Literal[
    "size",
    "position",
    "shift",
    "rotation",
    "border",
    "object_contrast",
    "contrast",
    "brightness",
    "blur",
    "noise",
    "occlusion",
    "background",
]
PROBES: tuple[ProbeName, ...] = get_args(ProbeName)
"""In the order in which they stand on the page."""

_FEWEST = 8  # scenes, below which intervals say nothing


def run_probes(
    predictor: Predictor,
    dataset: Dataset,
    *,
    split: SplitName = "test",
    probes: Sequence[str] | None = None,
    scenes_per_value: int = 64,
    places: int = 8,
    objects_per_place: int = 24,
    shifted_objects: int = 16,
    most_pictures: int | None = None,
    seed: int = 0,
) -> ProbesFinding:
    """Asks a model about the same scenes again and again, one condition changed at a time.

    On a dataset of generated scenes all probes are run. On any other, pictures of the split are
    changed in contrast, brightness, blur, noise and by a bar over the object: nobody can move or
    enlarge what a photograph shows and know what is behind it.

    Args:
        predictor: the model; its card's score threshold decides what counts as found.
        dataset: what the model was trained on, for the marks "trained on"; also one that is matched
            to the model's classes.
        split: whose photographs stand behind generated scenes, or whose pictures are changed.
        probes: some of `PROBES`; None for all.
        scenes_per_value: the same scenes at every value of a condition; on half as many empty ones
            it is counted what is found where nothing is.
        places: along each side of the grid over the picture.
        objects_per_place: of that grid.
        shifted_objects: that are moved pixel by pixel.
        most_pictures: about how many pictures the model may be asked about in all: the numbers of
            scenes and objects are lowered together to keep it. None for no limit.
        seed: of scenes and intervals; not negative.

    Raises:
        ConfigError: there is no such probe, or `most_pictures` is too small for it to say anything.
        DataError: the split has no picture with an object that the model knows.
    """
    chosen = _chosen(probes)
    card = predictor.engine.card
    inner = dataset.dataset if isinstance(dataset, MatchedClasses) else dataset
    conditions: dict[str, Condition]
    stage: SceneStage | None = None
    count, empties = scenes_per_value, scenes_per_value // 2
    if isinstance(inner, Scenes):
        stage = SceneStage(inner, card.class_names, split=split, seed=seed)
        conditions = _of_scenes(stage, chosen)
    else:
        pictures = PictureStage(
            dataset.split(split),
            card.class_names,
            image_size=card.image_size,
            resize_mode=card.resize_mode,
            count=scenes_per_value,
            seed=seed,
        )
        conditions = _of_pictures(pictures, dataset.describe().get("augment", {}), chosen)
        count, empties = len(pictures), min(empties, pictures.empties)
    grid = stage is not None and "position" in chosen
    moves = stage is not None and "shift" in chosen
    needed = sum(
        len(one.values) * (count + (empties if one.empty is not None else 0))
        for one in conditions.values()
    )
    needed += objects_per_place * places**2 if grid else 0
    needed += pictures_needed(shifted_objects) if moves else 0
    share = 1.0 if most_pictures is None else min(1.0, most_pictures / max(needed, 1))
    count, empties = int(count * share), int(empties * share)
    objects_per_place = int(objects_per_place * share)
    shifted_objects = max(2, int(shifted_objects * share))
    if share < 1 and min(count, objects_per_place if grid else count) < _FEWEST:
        raise ConfigError(
            f"most_pictures={most_pictures} is too few for {', '.join(chosen)}: they would take "
            f"{needed}; name fewer probes or allow more"
        )
    with Asker(predictor, int(needed * share)) as ask:
        curves = [_probed(ask, one, count, empties) for one in conditions.values()]
        map_found = None
        if stage is not None and grid:
            map_found = position_map(ask, stage, objects_per_place, places)
        shift_found = None
        if stage is not None and moves:
            shift_found = equivariance(ask, stage, shifted_objects)
    sizes = next((one.curve for one in curves if one.curve.condition.name == "size"), None)
    return ProbesFinding(
        curves=curves,
        position=map_found,
        blind_spots=[] if map_found is None else blind_spots(map_found, seed),
        shift=shift_found,
        smallest=[] if sizes is None else smallest_objects(sizes, seed),
        left_out=[] if stage is not None else [n for n in chosen if n not in conditions],
        scenes=count,
        score_threshold=card.score_threshold,
        of_scenes=stage is not None,
    )


def _chosen(probes: Sequence[str] | None) -> list[str]:
    if probes is None:
        return list(PROBES)
    unknown = [name for name in probes if name not in PROBES]
    if unknown or not probes:
        raise ConfigError(
            f"probes: there is no {', '.join(unknown) or 'probe chosen'}; there are "
            f"{', '.join(PROBES)}"
        )
    return [name for name in PROBES if name in probes]


def _of_scenes(stage: SceneStage, chosen: Sequence[str]) -> dict[str, Condition]:
    """The conditions that were chosen, in the page's order."""
    ranges = trained_ranges(stage.facts.get("augment", {}))
    made: dict[str, Condition] = {}
    for name in chosen:
        if name == "rotation":
            made[name] = scene_conditions.rotation(stage, ranges.get("rotation"))
        elif name in _OF_SCENES:
            made[name] = _OF_SCENES[name](stage)
    several = stage.facts["max_objects"] > 1
    hidden = 100.0 * stage.facts.get("max_overlap", 0.0) if several else 0.0
    of_any = picture_conditions(
        cache(stage.base),  # made once, changed often
        cache(stage.empty),
        lambda index: stage.random(index, "condition"),
        {**ranges, "occlusion": (0.0, hidden)},
    )
    made |= of_any
    return {name: made[name] for name in chosen if name in made}


def _of_pictures(
    pictures: PictureStage, augment: dict[str, Any], chosen: Sequence[str]
) -> dict[str, Condition]:
    made = picture_conditions(
        pictures.base,
        pictures.empty if pictures.empties else None,
        pictures.random,
        trained_ranges(augment),
    )
    # What a photograph itself brings of these, nobody knows: only what augmentation adds.
    return {name: made[name] for name in chosen if name in made}


_OF_SCENES = {
    "size": scene_conditions.size,
    "border": scene_conditions.border,
    "object_contrast": scene_conditions.object_contrast,
    "background": scene_conditions.background,
}


def _probed(ask: Asker, condition: Condition, scenes: int, empties: int) -> ProbedCurve:
    curve = measured(ask, condition, scenes, empties)
    if condition.name == "size":
        curve = refined(ask, curve)
        curve = replace(curve, condition=replace(condition, values=curve.values))
    return ProbedCurve(curve, glimpses(ask, curve))

"""Makes the maps of some examples, and checks them."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.example import Example
from objloc.insight.maps.deletion import deletion_and_insertion, meaningless
from objloc.insight.maps.maps_finding import BOX, CHANCE, MapsFinding
from objloc.insight.maps.measured_map import MeasuredMap, object_of
from objloc.insight.maps.method import DETECTION, BlackBoxMethod, GradientMethod, Method
from objloc.insight.maps.sanity import Likeness, sanity
from objloc.insight.maps.trust import Trust
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import QUANTITIES, Quantity, Subject
from objloc.progress import progress

if TYPE_CHECKING:
    from objloc.models import Localizer

_MEANINGLESS = 3  # maps of an example that mean nothing


def explain_maps(
    predictor: Predictor,
    localizer: "Localizer | None",
    examples: Sequence[Example],
    methods: Sequence[Method],
    *,
    quantities: Sequence[Quantity] = QUANTITIES,
    trust: Trust | None = None,
) -> MapsFinding:
    """Where a model looks, by several methods, and how far to trust each.

    Args:
        predictor: the model.
        localizer: the same model, if it is a Keras one; of others, gradients cannot be taken: only
            methods that ask are used, and the finding says so.
        examples: what is explained; without a localizer their candidates are not used.
        methods: `GradientMethod`s and `BlackBoxMethod`s.
        quantities: which numbers gradient methods explain. The class is left out where there is
            only one: no training moves its logit.
        trust: the extent of the checks; None makes none.

    Raises:
        ConfigError: two methods have the same name, by which everything is told apart.
    """
    names = [one.name for one in methods]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ConfigError(
            f"maps.methods: {', '.join(twice)} is there more than once, and their maps could not "
            "be told apart; explain the model once with each"
        )
    class_names = predictor.engine.card.class_names
    wanted = tuple(one for one in quantities if one != "class" or len(class_names) > 1)
    usable = [
        one for one in methods if localizer is not None or not isinstance(one, GradientMethod)
    ]
    seconds: dict[str, list[float]] = {}
    maps: list[MeasuredMap] = []
    jobs = [(number, method) for number in range(len(examples)) for method in usable]
    for number, method in progress(jobs, "drawing maps"):
        box, known = object_of(examples[number])
        started = time.perf_counter()
        made = _maps_of(method, predictor, localizer, examples[number].subject, wanted)
        seconds.setdefault(method.name, []).extend(
            [(time.perf_counter() - started) / max(len(made), 1)] * len(made)
        )
        maps += [MeasuredMap(number, one, box, known) for one in made]
    references: list[MeasuredMap] = []
    likenesses: list[Likeness] = []
    if trust is not None:
        maps, references = _with_curves(predictor, examples, maps, trust)
        if localizer is not None:
            likenesses = _likenesses(predictor, localizer, examples, usable, maps, trust)
    return MapsFinding(
        examples=tuple(examples),
        class_names=class_names,
        methods=tuple(usable),
        left_out=tuple(one for one in methods if one not in usable),
        quantities=wanted,
        one_class=wanted != tuple(quantities),
        maps=tuple(maps),
        references=tuple(references),
        likenesses=tuple(likenesses),
        seconds={name: float(np.median(times)) for name, times in seconds.items()},
    )


def _maps_of(
    method: Method,
    predictor: Predictor,
    localizer: "Localizer | None",
    subject: Subject,
    quantities: Sequence[Quantity],
) -> list[SaliencyMap]:
    if isinstance(method, GradientMethod) and localizer is not None:
        return [method(localizer, subject, quantity) for quantity in quantities]
    if isinstance(method, BlackBoxMethod):
        return [method(predictor, subject)]
    return []


def _with_curves(
    predictor: Predictor, examples: Sequence[Example], maps: Sequence[MeasuredMap], trust: Trust
) -> tuple[list[MeasuredMap], list[MeasuredMap]]:
    """The maps with their curves, and those that others are compared with, with theirs."""
    measured: list[MeasuredMap] = []
    references: list[MeasuredMap] = []
    for number, example in progress(list(enumerate(examples)), "deleting and inserting"):
        own = [one for one in maps if one.example == number]
        box, known = object_of(example)
        compared = [
            MeasuredMap(number, one, box, known) for one in _references(example.subject, trust.seed)
        ]
        every = [*own, *compared]
        curves = deletion_and_insertion(
            predictor,
            example.subject,
            [one.map.values for one in every],
            steps=trust.steps,
            seed=trust.seed,
        )
        with_curves = [replace(one, curves=c) for one, c in zip(every, curves, strict=True)]
        measured += with_curves[: len(own)]
        references += with_curves[len(own) :]
    return measured, references


def _references(subject: Subject, seed: int) -> list[SaliencyMap]:
    """What a map must surpass: nothing but the box itself, and patches that mean nothing."""
    side = subject.image.shape[0]
    centers = np.arange(side) + 0.5
    x1, y1, x2, y2 = subject.box
    rows, columns = (centers > y1) & (centers < y2), (centers > x1) & (centers < x2)
    box = np.outer(rows, columns).astype(np.float32)
    # Not the seed itself: that is the order of pixels with the same value.
    patches = [meaningless(side, seed + 1 + number) for number in range(_MEANINGLESS)]
    return [
        SaliencyMap(box, BOX, DETECTION),
        *(SaliencyMap(values, CHANCE, DETECTION) for values in patches),
    ]


def _likenesses(
    predictor: Predictor,
    localizer: "Localizer",
    examples: Sequence[Example],
    methods: Sequence[Method],
    maps: Sequence[MeasuredMap],
    trust: Trust,
) -> list[Likeness]:
    compared = range(min(trust.sanity_examples, len(examples)))
    chosen = {DETECTION, *trust.sanity_quantities}
    return sanity(
        localizer,
        [examples[number].subject for number in compared],
        [
            [one.map for one in maps if one.example == number and one.map.quantity in chosen]
            for number in compared
        ],
        methods,
        batch_size=predictor.batch_size,
        seed=trust.seed,
    )

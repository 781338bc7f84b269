"""The checks of maps are themselves to be trusted: planted faults are found."""

import numpy as np
import pytest

from objloc.data.scenes import Scenes
from objloc.evaluation import Predictor
from objloc.insight.maps import HiResCam, SmoothGrad
from objloc.insight.maps.deletion import deletion_and_insertion, meaningless
from objloc.insight.maps.map_likeness import rank_correlation, structural_similarity
from objloc.insight.maps.method import GradientMethod
from objloc.insight.maps.method_summary import summarise
from objloc.insight.maps.randomised import randomised
from objloc.insight.maps.sanity import EVERYTHING, STAGES, sanity, verdict
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import Quantity, Subject, best_subject
from objloc.models import KerasEngine, Localizer
from tests.insight.maps.white_finder import SIDE, predictor, scene, white_scenes


class EdgeDetector(GradientMethod):
    """Beautiful maps that know nothing of the model."""

    name = "edges"
    title = "Edges"
    source = "planted"
    about = "nothing"

    def __call__(self, localizer: Localizer, subject: Subject, quantity: Quantity) -> SaliencyMap:
        grey = subject.image.mean(axis=-1)
        steps = np.abs(np.diff(grey, axis=0, prepend=0)) + np.abs(np.diff(grey, axis=1, prepend=0))
        return SaliencyMap(steps.astype(np.float32), self.name, quantity)


def test_randomising_touches_its_parts_of_a_copy_alone(soft_argmax: Localizer) -> None:
    before = soft_argmax.get_weights()
    copy = randomised(soft_argmax, ["head"], seed=1)
    for own, kept in zip(copy.backbone.weights, soft_argmax.backbone.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(own), np.asarray(kept))
    changed = 0
    for own, kept in zip(copy.head.weights, soft_argmax.head.weights, strict=True):
        values, others = np.asarray(own), np.asarray(kept)
        np.testing.assert_array_equal(np.sort(values, axis=None), np.sort(others, axis=None))
        changed += not np.array_equal(values, others)
    assert changed > 5
    for now, then in zip(soft_argmax.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_halves_of_the_backbone_are_all_of_it(soft_argmax: Localizer) -> None:
    kernels = [one.path for one in soft_argmax.backbone.weights if one.name == "kernel"]

    def changed(copy: Localizer) -> set[str]:
        pairs = zip(copy.backbone.weights, soft_argmax.backbone.weights, strict=True)
        return {
            kept.path
            for own, kept in pairs
            if kept.name == "kernel" and not np.array_equal(np.asarray(own), np.asarray(kept))
        }

    early, late = (changed(randomised(soft_argmax, [part])) for part in ("early", "late"))
    assert early | late == set(kernels)
    assert early
    assert late
    assert not early & late


def test_maps_of_the_model_change_and_those_of_edges_do_not(
    soft_argmax: Localizer, scenes: Scenes
) -> None:
    methods = [HiResCam(), SmoothGrad(samples=4), EdgeDetector()]
    subjects = [
        best_subject(image, soft_argmax(image[None]), box) for image, box in white_scenes(scenes, 2)
    ]
    maps = [[one(soft_argmax, subject, "top") for one in methods] for subject in subjects]
    found = sanity(soft_argmax, subjects, maps, methods, batch_size=8, seed=0)
    assert {one.stage for one in found} == set(STAGES)
    of = {one.name: summarise(one.name, (), found, 0.0) for one in methods}
    assert of["hires_cam"].sanity_rank_correlation < 0.5
    assert of["hires_cam"].sanity_structural_similarity < 0.5
    assert of["smooth_grad"].sanity_rank_correlation < 0.75
    edges = of["edges"]
    assert edges.sanity_rank_correlation == pytest.approx(1)
    assert edges.sanity_structural_similarity == pytest.approx(1)
    assert verdict(edges.sanity_rank_correlation).startswith("fails")
    # The more is unlearned, the less is left.
    ranks = {
        stage: np.mean(
            [o.rank_correlation for o in found if o.method == "hires_cam" and o.stage == stage]
        )
        for stage in STAGES
    }
    assert ranks[EVERYTHING] < ranks["late backbone alone"]


def test_verdicts() -> None:
    assert verdict(-0.4) == "depends on what was learned"
    assert verdict(0.45).startswith("in doubt")
    assert verdict(0.6).startswith("fails")
    assert verdict(0.2, head=0.95).startswith("depends on the backbone alone")
    assert verdict(0.2, head=0.5) == "depends on what was learned"
    assert verdict(float("nan")) == "not tested"


def test_rank_correlation_looks_at_the_order_alone() -> None:
    a = np.arange(64.0).reshape(8, 8)
    assert rank_correlation(a, a**3) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.zeros((8, 8))) == 0
    assert np.isnan(rank_correlation(np.zeros((8, 8)), a))
    assert structural_similarity(a, 7 * a) == pytest.approx(1)
    assert structural_similarity(a, a[::-1].copy()) < 0.5


def test_curves_by_hand() -> None:
    """White found by its pixels: a map of the square takes it away with the first 16 of 256."""
    subject = scene()
    square = np.zeros((SIDE, SIDE))
    square[6:10, 4:8] = 1
    [good, bad] = deletion_and_insertion(
        predictor(), subject, [square, 1 - square], steps=4, seed=0
    )
    np.testing.assert_allclose(good.shares, np.array([0, 16, 64, 144, 256]) / 256)
    np.testing.assert_allclose(good.deletion, [1, 0, 0, 0, 0])
    np.testing.assert_allclose(bad.deletion, [1, 1, 1, 1, 0])
    # From nothing white in a blurred picture to the whole square at once.
    np.testing.assert_allclose(good.insertion, [0, 1, 1, 1, 1])
    np.testing.assert_allclose(bad.insertion, [0, 0, 0, 0, 1])
    assert good.deletion_auc == pytest.approx(1 / 16 / 2)
    assert bad.insertion_auc == pytest.approx(112 / 256 / 2)


def test_a_good_map_beats_one_that_means_nothing(soft_argmax: Localizer, scenes: Scenes) -> None:
    asked = Predictor(KerasEngine(soft_argmax))
    good, nothing = [], []
    for image, box in white_scenes(scenes, 3):
        subject = best_subject(image, soft_argmax(image[None]), box)
        maps = [HiResCam()(soft_argmax, subject, "top").values]
        maps += [meaningless(48, seed) for seed in (1, 2)]
        curves = deletion_and_insertion(asked, subject, maps, steps=8, seed=0)
        good.append(curves[0])
        nothing += curves[1:]
    means = [np.mean([one.deletion_auc for one in curves]) for curves in (good, nothing)]
    assert means[0] < means[1] - 0.1
    means = [np.mean([one.insertion_auc for one in curves]) for curves in (good, nothing)]
    assert means[0] > means[1]


def test_an_empty_maps_order_is_by_chance_but_the_same() -> None:
    empty = np.zeros((SIDE, SIDE))
    one, again, other = (
        deletion_and_insertion(predictor(), scene(), [empty], steps=8, seed=seed)[0].deletion
        for seed in (0, 0, 3)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)

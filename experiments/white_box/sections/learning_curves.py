"""How the two models learned."""

from dataclasses import replace

import numpy as np

from experiments.white_box.claim import Claim
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.training import Trained
from objloc.insight.learning.film import LEGEND, film_of
from objloc.insight.learning.how_it_learned import HowItLearned
from objloc.insight.learning.stored import Learning
from objloc.page_drawing import drawing
from objloc.page_style import SERIES

_FRAMES = 24


def tell_learning_curves(story: Story, study: Study) -> None:
    """IoU over scenes seen, gradients, updates, and a film."""
    dense, grid = study.pair
    story.section("6. Learning curves")
    curves = [[epoch["val_mean_iou"] for epoch in trained.history] for trained in study.pair]
    with drawing(7.2, 3.4) as drawn:
        axes = drawn.axes
        for trained, curve, style, colour in zip(
            study.pair, curves, ("s-", "o-"), ("series-1", "series-2"), strict=True
        ):
            axes.plot(
                trained.scenes_seen, curve, style, color=SERIES[colour], ms=4, label=trained.name
            )
        axes.set_ylim(0, 1)
        axes.set_xlim(0, None)
        axes.set_xlabel("scenes seen")
        axes.set_ylabel("mean IoU on validation")
        axes.legend(loc="lower right")
        axes.grid(True)
    story.figure(
        drawn.svg,
        f"After {dense.scenes_seen[-1]:,} scenes: {dense.name} {curves[0][-1]:.3f}, {grid.name} "
        f"{curves[1][-1]:.3f}.",
        keep_as="learning_curves",
    )
    story.claim(
        Claim(
            "grid_learns_faster",
            curves[1][0] - curves[0][0],
            0.02,
            "After the first {seen:,.0f} scenes the grid is at a mean IoU of {grid:.3f}, "
            "flatten-and-dense at {dense:.3f}: what the grid learns at one place it knows at all, "
            "flatten-and-dense has to see an object at every place.",
            "After the first {seen:,.0f} scenes the grid is at a mean IoU of {grid:.3f} and "
            "flatten-and-dense at {dense:.3f}: it is no faster.",
            {"seen": float(dense.scenes_seen[0]), "dense": curves[0][0], "grid": curves[1][0]},
        )
    )
    learnings = [_learning_of(trained) for trained in study.pair]
    _tell_gradients(story, study, learnings)
    story.text(
        "What they said of the same six scenes from the first step to the last: moments after 1, "
        "2, 4, 8, … steps, then after each epoch."
    )
    for name, trained, learning in zip(("dense", "grid"), study.pair, learnings, strict=True):
        film = film_of(learning, most=_FRAMES)
        if film is not None:
            caption = f"{trained.name}, {len(film.frames)} moments. {LEGEND}"
            story.film(f"film_{name}", film.webp(), film.frames[-1], caption)
    for name, trained, learning in zip(("dense", "grid"), study.pair, learnings, strict=True):
        story.finding(
            HowItLearned(replace(learning, frames=())),  # the film is above
            f"learning/{name}",
            folded=f"Everything else that was recorded of {trained.name}'s training",
        )


def _learning_of(trained: Trained) -> Learning:
    assert trained.learning is not None, f"{trained.name} was watched"
    return trained.learning


def _tell_gradients(story: Story, study: Study, learnings: list[Learning]) -> None:
    rows = []
    for trained, learning in zip(study.pair, learnings, strict=True):
        first, last = learning.epochs[0].part_norms(), learning.epochs[-1].part_norms()
        for place, part in enumerate(learning.setting.parts):
            rows.append([trained.name, part, f"{first[place]:.2e}", f"{last[place]:.2e}"])
    story.table(
        "gradients",
        ["model", "part of the loss", "gradient before training", "gradient at the end"],
        rows,
        words=(0, 1),
        caption="How long the gradient of each part of the loss is, over all weights: who pulls.",
    )
    norms = dict(zip(learnings[0].setting.parts, learnings[0].epochs[-1].part_norms(), strict=True))
    # Nothing at all pulls less than the smallest number that is told apart from nothing.
    quiet = max(float(norms["objectness"]), np.finfo(np.float32).tiny)
    story.claim(
        Claim(
            "nothing_to_learn",
            float(np.log10(max(norms["box"], np.finfo(np.float32).tiny) / quiet)),
            1.0,
            "Every scene has an object, so there is nothing to learn about presence: in the end "
            "flatten-and-dense's gradient of objectness is {objectness:.0e}, that of its box "
            "{box:.0e}, {number:.1f} powers of ten longer.",
            "Every scene has an object, yet flatten-and-dense's gradient of objectness is still "
            "{objectness:.0e} beside {box:.0e} of its box.",
            {"box": float(norms["box"]), "objectness": float(norms["objectness"])},
        )
    )
    (epoch, dense_first, dense_last), (_, grid_first, grid_last) = map(_updates, learnings)
    story.claim(
        Claim(
            "updates_shrink",
            min(dense_first / dense_last, grid_first / grid_last),
            2.0,
            "A step moves a layer's weights by a share of their length, the median over layers: "
            "{dense_first:.1e} after epoch {epoch:.0f} and {dense_last:.1e} at the end for "
            "flatten-and-dense, {grid_first:.1e} and {grid_last:.1e} for the grid. The learning "
            "rate falls to a hundredth, so that the training settles (a rule of thumb asks for "
            "about 1e-03 on the way).",
            "A step moves a layer's weights by a share of their length, the median over layers: "
            "{dense_first:.1e} after epoch {epoch:.0f} and {dense_last:.1e} at the end for "
            "flatten-and-dense, {grid_first:.1e} and {grid_last:.1e} for the grid: it has not "
            "settled.",
            {
                "dense_first": dense_first,
                "dense_last": dense_last,
                "grid_first": grid_first,
                "grid_last": grid_last,
                "epoch": epoch,
            },
        )
    )


def _updates(learning: Learning) -> tuple[float, float, float]:
    """The first epoch at which updates were measured, what they were then, and at the end."""
    measured = [one for one in learning.epochs if np.isfinite(one.update_ratios).any()]
    if not measured:
        return float("nan"), float("nan"), float("nan")
    first, last = measured[0], measured[-1]
    return float(first.epoch), _median(first.update_ratios), _median(last.update_ratios)


def _median(values: np.ndarray) -> float:
    """Of those that are numbers; NaN of none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")

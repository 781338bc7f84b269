"""Why the loss stops at about a half while the boxes are right."""

import numpy as np

from experiments.white_box.claim import Claim
from experiments.white_box.floor import entropy, expected_floor, pixels_of
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.task import LARGEST, SIDE, SMALLEST
from objloc.page_drawing import drawing
from objloc.page_style import SERIES


def tell_why_the_loss_stops(story: Story, study: Study) -> None:
    """The entropy of shares is the floor of their cross-entropy."""
    trained = study.dense
    losses = [epoch["val_loss_box"] for epoch in trained.history]
    ious = [epoch["val_mean_iou"] for epoch in trained.history]
    validation = trained.dataset.split("val")
    boxes = np.stack([validation.sample(0, index).boxes[0] for index in range(len(validation))])
    floor = float(entropy(boxes.astype(np.float64) / SIDE).mean())
    expected = expected_floor(SIDE, SMALLEST, LARGEST)
    excess = [loss - floor for loss in losses]
    story.section("4. Why the loss stops at about .50 while the boxes are right")
    story.text(
        "Flatten-and-dense learns its coordinates with binary cross-entropy, as the classic does: "
        "for a true share t and an answer p the loss is -t ln p - (1 - t) ln (1 - p). With t = 0 "
        "or 1, as for yes and no, a perfect answer costs nothing. With t = 0.5, a side in the "
        f"middle of the picture, the perfect answer p = 0.5 costs ln 2 = {np.log(2):.3f}. What the "
        "perfect answer costs is the entropy H(t) = -t ln t - (1 - t) ln (1 - t), and no network "
        "gets below it."
    )
    grid = (np.arange(100_000) + 0.5) / 100_000
    integral = float(entropy(grid).mean())
    story.text(
        "If coordinates are spread evenly over 0..1, the floor is exactly 1/2: the integral of "
        "-t ln t over 0..1 is [t²/4 - t² ln(t) / 2] = 1/4, that of -(1 - t) ln (1 - t) is the same "
        f"by symmetry, and 1/4 + 1/4 = 1/2 (summed up numerically: {integral:.6f}). Ours are not "
        f"quite even: widths are {SMALLEST} to {LARGEST} pixels and the rectangle has to fit. "
        f"Going through every rectangle there can be gives {expected:.4f}, and the {len(boxes)} "
        f"scenes of validation, by chance, {floor:.4f}."
    )
    story.table(
        "loss",
        ["epoch", "scenes seen", "validation loss", "above the floor", "mean IoU"],
        [
            [str(number), f"{seen:,}", f"{loss:.4f}", f"{above:.4f}", f"{iou:.3f}"]
            for number, (seen, loss, above, iou) in enumerate(
                zip(trained.scenes_seen, losses, excess, ious, strict=True), start=1
            )
        ],
        caption="Flatten-and-dense's box loss on validation, and the mean IoU of its boxes.",
        words=(),
    )
    story.figure(
        _curves(trained.scenes_seen, losses, floor, ious),
        f"The loss lies on its floor of {floor:.3f} (dashed) nearly from the start, while the mean "
        f"IoU goes on from {ious[0]:.2f} to {ious[-1]:.2f}.",
        keep_as="loss_and_iou",
    )
    story.claim(
        Claim(
            "loss_is_floor",
            floor / losses[-1],
            0.95,
            "Of the final loss of {loss:.4f}, {number:.1%} is floor. What is left to learn, the "
            "excess, is {excess:.4f}.",
            "Of the final loss of {loss:.4f}, {number:.1%} is floor; the excess of {excess:.4f} "
            "is still a good part of it.",
            {"loss": losses[-1], "excess": excess[-1]},
        )
    )
    story.claim(
        Claim(
            "loss_hides_progress",
            (ious[-1] - ious[0]) / (losses[0] - losses[-1]) if losses[0] > losses[-1] else 0.0,
            1.0,
            "From the first epoch to the last the loss fell by {fell:.4f}, {share:.1%} of itself, "
            "and the mean IoU rose by {rose:.3f}: who watches the loss alone sees nothing happen.",
            "From the first epoch to the last the loss fell by {fell:.4f}, {share:.1%} of itself, "
            "and the mean IoU changed by {rose:+.3f}.",
            {
                "fell": losses[0] - losses[-1],
                "share": (losses[0] - losses[-1]) / losses[0],
                "rose": ious[-1] - ious[0],
            },
        )
    )
    pixel = (1 / SIDE) ** 2 / (2 * 0.25)
    story.text(
        "Why so little? Near the truth the loss is flat: an error d costs d² / (2 t (1 - t)) above "
        f"the floor, to first order. One pixel in the middle of the picture costs {pixel:.5f}, "
        f"{pixel / floor:.2%} of the floor; the final excess is what an error of "
        f"{pixels_of(excess[-1], 0.5, SIDE):.1f} pixels costs there. So compare losses above their "
        "floor, or look at IoU; and do not conclude from a loss of .50 that nothing was learned, "
        "nor from one that stands still that nothing is learned any more."
    )
    story.numbers(
        {
            "loss/expected_floor": expected,
            "loss/validation_floor": floor,
            "loss/final": losses[-1],
            "loss/final_excess": excess[-1],
        }
    )


def _curves(seen: list[int], losses: list[float], floor: float, ious: list[float]) -> str:
    """Loss with its floor, and IoU, over scenes seen."""
    with drawing(7.2, 3.4) as drawn:
        axes = drawn.axes
        axes.plot(seen, losses, "o-", color=SERIES["series-2"], ms=4, label="validation loss")
        axes.axhline(floor, color=SERIES["series-2"], ls="--", lw=1, label="its floor")
        axes.plot(seen, ious, "s-", color=SERIES["series-1"], ms=4, label="mean IoU")
        axes.set_xlabel("scenes seen")
        axes.set_ylim(0, 1)
        axes.set_xlim(0, None)
        axes.legend(loc="lower right", ncols=3)
        axes.grid(True)
    return drawn.svg

"""A recorded learning as a part of an explanation: its section, its numbers, its pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from objloc.insight.finding import Table
from objloc.insight.learning import plots, words
from objloc.insight.learning.film import LEGEND, Film, film_of
from objloc.insight.learning.remarks import remarks
from objloc.insight.learning.ridgeline import ridgeline_plot
from objloc.insight.learning.stored import Learning, read_learning
from objloc.page import Page

_HILLS = 14
_STILLS = 6


class HowItLearned:
    """Shows a recorded learning (`objloc.insight.finding.Finding`).

    Args:
        learning: the record.

    Example:
        >>> finding = HowItLearned.of_run(Path("outputs/2026-11-22_07-49-02-multiclass"))
        >>> finding.add_to(page)
    """

    def __init__(self, learning: Learning) -> None:
        self.learning = learning
        self.film: Film | None = film_of(learning)

    @classmethod
    def of_run(cls, run_folder: Path) -> "HowItLearned":
        """What a run's folder holds.

        Raises:
            DataError: it holds no record, or a damaged one (`stored.is_recorded` asks before).
        """
        return cls(read_learning(run_folder))

    def add_to(self, page: Page) -> None:
        """Adds the section."""
        learning, setting = self.learning, self.learning.setting
        page.heading("How it learned")
        page.paragraph(words.INTRO)
        page.paragraph(
            f"{setting.epochs} epochs of {setting.steps_per_epoch} steps. Losses and IoUs are of "
            f"{setting.val_pictures} validation pictures; gradients of {setting.train_pictures} "
            f"training pictures, for the {setting.loss} box loss and "
            f"{_listed(setting.parts)} together. The model was asked as it answers: batch "
            "normalisation with its stored statistics, no dropout. In training steps both differ."
        )
        for remark in remarks(learning):
            page.paragraph(f"→ {remark}")
        self._add_film(page)
        if not learning.epochs:
            return
        page.heading("The loss and its floor", level=3)
        page.paragraph(words.LOSSES)
        for place, part in enumerate(setting.parts):
            page.figure(plots.loss_plot(learning, place), self._loss_caption(place, part))
        page.heading("How exact the boxes are", level=3)
        page.paragraph(words.RIDGELINE)
        page.figure(*self._ridgeline())
        if not learning.with_gradients:
            return
        page.heading("Which part pulls", level=3)
        page.paragraph(words.PART_GRADIENTS)
        page.figure(
            plots.part_gradient_plot(learning),
            "Length of each part's gradient over all weights; its pictures are always the same.",
        )
        if setting.on_backbone.any() and len(setting.parts) > 1:
            page.paragraph(words.COSINES)
            page.figure(plots.cosine_plot(learning), "Cosines between the gradients, backbone.")
        self._add_layers(page)

    def metrics(self) -> dict[str, float]:
        """What is left of each part, its floor, and when the boxes became right."""
        if not self.learning.epochs:
            return {}
        last = self.learning.epochs[-1]
        found: dict[str, float] = {}
        for place, part in enumerate(self.learning.setting.parts):
            found[f"learning/loss_{part}"] = float(last.val_losses[place])
            found[f"learning/floor_{part}"] = float(last.val_floors[place])
            found[f"learning/excess_{part}"] = float(last.val_excess[place])
        found["learning/median_iou"] = _median(last.ious)
        reached = [one.epoch for one in self.learning.epochs if _median(one.ious) >= 0.5]
        found["learning/epochs_to_median_iou_50"] = float(reached[0]) if reached else float("nan")
        return found

    def tables(self) -> dict[str, Table]:
        """The numbers behind the curves, by epoch."""
        setting, epochs = self.learning.setting, self.learning.epochs
        loss_columns = [
            f"{split} {kind} {part}"
            for split in ("val", "train")
            for kind in ("loss", "floor")
            for part in setting.parts
        ]
        shares = (0.1, 0.25, 0.5, 0.75, 0.9)
        return {
            "learning/losses": (
                ["epoch", *loss_columns],
                [
                    [
                        one.epoch,
                        *np.concatenate(
                            [one.val_losses, one.val_floors, one.train_losses, one.train_floors]
                        ).tolist(),
                    ]
                    for one in epochs
                ],
            ),
            "learning/gradients": (
                ["epoch", *setting.parts, *setting.layers],
                [
                    [one.epoch, *one.part_norms().tolist(), *one.layer_norms().tolist()]
                    for one in self.learning.with_gradients
                ],
            ),
            "learning/updates": (
                ["epoch", *setting.layers],
                [[one.epoch, *one.update_ratios.tolist()] for one in self.learning.with_gradients],
            ),
            "learning/iou": (
                ["epoch", *(f"quantile {share}" for share in shares)],
                [
                    [one.epoch, *np.quantile(one.ious, shares).tolist()]
                    for one in epochs
                    if len(one.ious)
                ],
            ),
        }

    def pictures(self) -> dict[str, UInt8[np.ndarray, "_h _w 3"]]:
        """The film's ends."""
        if self.film is None:
            return {}
        return {
            "learning/film_first": self.film.frames[0],
            "learning/film_last": self.film.frames[-1],
        }

    def _add_film(self, page: Page) -> None:
        if self.film is None:
            return
        page.heading("The film", level=3)
        page.paragraph(words.FILM)
        film = self.film
        page.animation(film.webp(), film.frames[-1], f"{len(film.frames)} moments. {LEGEND}")
        with page.details("Moments of the film, side by side"):
            places = np.unique(np.linspace(0, len(film.frames) - 1, _STILLS).round().astype(int))
            page.pictures([(film.frames[place], film.titles[place]) for place in places])

    def _add_layers(self, page: Page) -> None:
        setting, epochs = self.learning.setting, self.learning.with_gradients
        page.heading("Layer by layer", level=3)
        page.paragraph(words.LAYER_GRADIENTS)
        norms = np.array([one.layer_norms() for one in epochs]).T  # (L, E)
        names = [one.epoch for one in epochs]
        page.figure(
            plots.layer_plot(norms, setting.layers, names, "gradient"),
            "Length of the gradient of the whole loss, by layer and epoch.",
        )
        stepped = [one for one in epochs if np.isfinite(one.update_ratios).any()]
        if not stepped:
            return
        ratios = np.array([one.update_ratios for one in stepped]).T  # (L, E)
        page.paragraph(words.UPDATES)
        page.figure(
            plots.layer_plot(
                ratios,
                setting.layers,
                [one.epoch for one in stepped],
                "update / weight",
                plots.RULE,
            ),
            f"White is the rule's {plots.RULE:g}; the median over all layers and epochs is "
            f"{np.nanmedian(ratios):.1e}.",
        )
        with page.details("Every layer's numbers, after the last epoch"):
            rows = list(
                zip(
                    setting.layers,
                    setting.layer_sizes.tolist(),
                    [f"{value:.2e}" for value in norms[:, -1]],
                    [f"{value:.2e}" for value in ratios[:, -1]],
                    strict=True,
                )
            )
            page.table(["layer", "weights", "gradient", "update / weight"], rows, numeric=[1, 2, 3])

    def _loss_caption(self, place: int, part: str) -> str:
        last = self.learning.epochs[-1]
        loss, floor = last.val_losses[place], last.val_floors[place]
        rest = "its floor is 0." if floor < 1e-6 else (
            f"{floor:.4f} of it is its floor: {last.val_excess[place]:.4f} to go."
        )  # fmt: skip
        return f"{part}: {loss:.4f} on validation at the end, {rest}"

    def _ridgeline(self) -> tuple[str, str]:
        epochs = self.learning.epochs
        places = np.unique(np.linspace(0, len(epochs) - 1, _HILLS).round().astype(int))
        chosen = [epochs[place] for place in places]
        svg = ridgeline_plot(
            [one.ious for one in chosen], [f"epoch {one.epoch}" for one in chosen], "IoU"
        )
        return svg, (
            f"{len(epochs[-1].ious)} objects; the median goes from {_median(epochs[0].ious):.2f} "
            f"to {_median(epochs[-1].ious):.2f}."
        )


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

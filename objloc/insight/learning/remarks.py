"""What a recorded learning shows, in sentences that each carry their number."""

from collections.abc import Iterator

import numpy as np

from objloc.insight.learning.plots import RULE
from objloc.insight.learning.stored import Learning

_FLOOR_COUNTS = 0.01  # of a loss: below, its floor is not worth a sentence
_MUCH_LONGER = 10.0
_WITH, _AGAINST = 0.3, -0.1
_STILL, _RESTLESS = 0.01, 10.0  # times the rule of thumb
_OVERFIT = 2.0
_NAMED = 4  # layers at most


def remarks(learning: Learning) -> list[str]:
    """The sentences, the most telling first; few of them where nothing stands out."""
    if not learning.epochs:
        return ["No epoch was measured."]
    return [
        *_floors(learning),
        *_ious(learning),
        *_gradients(learning),
        *_cosines(learning),
        *_layers(learning),
        *_overfit(learning),
    ]


def _floors(learning: Learning) -> Iterator[str]:
    last = learning.epochs[-1]
    for place, part in enumerate(learning.setting.parts):
        loss, floor = last.val_losses[place], last.val_floors[place]
        excess = last.val_excess[place]
        if loss > 0 and floor / loss > _FLOOR_COUNTS:
            yield (
                f"The {part} loss stops at {loss:.4f} on validation, and {floor:.4f} of it is its "
                f"floor, which no answer can be below: {excess:.4f} is what is left to learn, "
                f"{excess / loss:.1%} of what the curve shows."
            )


def _ious(learning: Learning) -> Iterator[str]:
    first, last = learning.epochs[0], learning.epochs[-1]
    if not len(last.ious):
        return
    reached = [one.epoch for one in learning.epochs if np.median(one.ious) >= 0.5]
    when = (
        f"half of the objects have an IoU of .5 or more from epoch {reached[0]} on"
        if reached
        else "less than half of the objects ever have an IoU of .5"
    )
    yield (
        f"The median IoU goes from {np.median(first.ious):.2f} to {np.median(last.ious):.2f}; "
        f"{when}. At the end the worst tenth of the objects is below "
        f"{np.quantile(last.ious, 0.1):.2f}."
    )


def _gradients(learning: Learning) -> Iterator[str]:
    norms = np.array([one.part_norms() for one in learning.with_gradients])  # (E, P)
    parts = learning.setting.parts
    if not len(norms):
        return
    for place, moment in ((0, "Before training"), (-1, "At the end")):
        now = norms[place]
        there = np.flatnonzero(now > 0)
        if len(there) < 2:
            continue
        longest, shortest = there[np.argmax(now[there])], there[np.argmin(now[there])]
        ratio = now[longest] / now[shortest]
        if ratio >= _MUCH_LONGER:
            yield (
                f"{moment} the gradient of the {parts[longest]} loss is {ratio:,.0f} times as long "
                f"as that of the {parts[shortest]} loss, both as they are weighted: a step follows "
                "the former."
            )


def _cosines(learning: Learning) -> Iterator[str]:
    setting = learning.setting
    measured = learning.with_gradients
    if not measured or not setting.on_backbone.any():
        return
    cosines = np.array([one.cosines(setting.on_backbone) for one in measured])
    for second in range(len(setting.parts)):
        for first in range(second):
            known = cosines[:, first, second]
            known = known[np.isfinite(known)]
            if not len(known) or _AGAINST < np.mean(known) < _WITH:
                continue
            how = "together" if np.mean(known) > 0 else "against each other"
            yield (
                f"In the backbone the {setting.parts[first]} and the {setting.parts[second]} loss "
                f"pull {how}: the cosine of their gradients is {np.mean(known):.2f} on average."
            )


def _layers(learning: Learning) -> Iterator[str]:
    ratios = np.array([one.update_ratios for one in learning.epochs])  # (E, L)
    measured = np.isfinite(ratios).any(axis=0)
    if not measured.any():
        return
    highest = np.full(len(measured), np.nan)
    highest[measured] = np.nanmax(ratios[:, measured], axis=0)
    layers = np.array(learning.setting.layers)
    still = measured & (highest <= _STILL * RULE)
    restless = measured & (highest >= _RESTLESS * RULE)
    if still.any():
        yield (
            f"{_some(layers[still])} hardly {_verb(still, 'moves', 'move')}: in no measured step "
            f"by more than {highest[still].max():.0e} of the weights' length. What is frozen does "
            "not move at all."
        )
    if restless.any():
        yield (
            f"{_some(layers[restless])} {_verb(restless, 'moves', 'move')} far in a step: by up to "
            f"{highest[restless].max():.0e} of the weights' length."
        )


def _overfit(learning: Learning) -> Iterator[str]:
    if not learning.with_gradients:
        return
    last = learning.with_gradients[-1]
    weights = learning.setting.weights
    train, val = (float((weights * e).sum()) for e in (last.train_excess, last.val_excess))
    if train > 0 and val / train >= _OVERFIT:
        yield (
            f"The excess on validation is {val / train:.1f} times that on the training pictures "
            f"({val:.3f} against {train:.3f}, weighted): the model knows pictures that it learned "
            "from better than new ones."
        )


def _some(names: np.ndarray) -> str:
    """`a, b and 3 more layers`."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more layers"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def _verb(chosen: np.ndarray, one: str, many: str) -> str:
    return one if chosen.sum() == 1 else many

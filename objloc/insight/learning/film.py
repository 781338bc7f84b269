"""The film of a training: what the model says of the same pictures, from moment to moment."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, Colour, draw_boxes, tile
from objloc.insight.learning.frame import Frame
from objloc.insight.learning.setting import LearningSetting
from objloc.insight.learning.stored import Learning

UNSURE_COLOUR: Colour = (170, 170, 170)

LEGEND = (
    "Blue: what is there. Orange: what the model says, with its score and the IoU; grey: its best "
    "guess, where no score reaches the threshold."
)

_MOST_FRAMES = 48
_COLUMNS = 3
_GAP = 4
_HEADER = 40  # rows above the pictures
_WHILE, _AT_FIRST, _AT_LAST = 400, 1200, 3000  # milliseconds
_WEBP_QUALITY = 82


@dataclass(frozen=True)
class Film:
    """Frames as pictures.

    Attributes:
        frames: RGB, all of one size, in order.
        titles: what stands above each.
    """

    frames: tuple[UInt8[np.ndarray, "h w 3"], ...]
    titles: tuple[str, ...]

    def gif(self) -> bytes:
        """As an animated GIF, which everything shows; 256 colours."""
        images = [Image.fromarray(frame) for frame in self.frames]
        # One palette for all: what does not change in the film does not flicker.
        both = Image.fromarray(np.concatenate([self.frames[0], self.frames[-1]]))
        palette = both.quantize(256, method=Image.Quantize.MEDIANCUT)
        plain = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in images]
        return self._encoded("GIF", plain, optimize=False)

    def webp(self) -> bytes:
        """As an animated WebP, in all colours and a fraction of the size."""
        images = [Image.fromarray(frame) for frame in self.frames]
        return self._encoded("WEBP", images, quality=_WEBP_QUALITY, method=2)

    def files(self) -> Mapping[str, bytes]:
        """Both, by file name."""
        return {"film.gif": self.gif(), "film.webp": self.webp()}

    def _encoded(self, kind: str, images: Sequence[Image.Image], **options: object) -> bytes:
        durations = [_WHILE] * len(images)
        durations[0], durations[-1] = _AT_FIRST, _AT_LAST
        buffer = io.BytesIO()
        images[0].save(
            buffer,
            format=kind,
            save_all=True,
            append_images=images[1:],
            duration=durations if len(images) > 1 else _AT_LAST,
            loop=0,
            **options,
        )
        return buffer.getvalue()


def film_of(learning: Learning, most: int = _MOST_FRAMES) -> Film | None:
    """The film of a recorded learning; None where no moment was recorded.

    Args:
        learning: the record.
        most: frames at most: of more moments, some are left out evenly, but never the ends.
    """
    frames = learning.frames
    if not frames:
        return None
    places = np.unique(np.linspace(0, len(frames) - 1, min(most, len(frames))).round().astype(int))
    chosen = [frames[place] for place in places]
    last = max(frames[-1].step, 1)
    titles = tuple(_title(learning.setting, frame) for frame in chosen)
    return Film(
        frames=tuple(
            _picture(learning.setting, frame, title, frame.step / last)
            for frame, title in zip(chosen, titles, strict=True)
        ),
        titles=titles,
    )


def _title(setting: LearningSetting, frame: Frame) -> str:
    """`epoch 0.04 · step 8 · mean IoU 0.12`."""
    epoch = frame.step / setting.steps_per_epoch
    digits = ".0f" if epoch == round(epoch) else ".1f" if epoch >= 1 else ".2g"
    known = frame.ious[~np.isnan(frame.ious)]
    iou = f" · mean IoU {known.mean():.2f}" if len(known) else ""
    return f"epoch {epoch:{digits}} · {frame.step:,} steps{iou}"


def _picture(
    setting: LearningSetting, frame: Frame, title: str, progress: float
) -> UInt8[np.ndarray, "h w 3"]:
    pictures = [_answer(setting, frame, place) for place in range(len(setting.pictures))]
    sheet = tile(pictures, columns=_COLUMNS, gap=_GAP)
    whole = Image.new("RGB", (sheet.shape[1], sheet.shape[0] + _HEADER), (24, 27, 31))
    whole.paste(Image.fromarray(sheet), (0, _HEADER))
    draw = ImageDraw.Draw(whole)
    draw.text((8, 8), title, font=ImageFont.load_default(18), fill=(235, 235, 235))
    # How far the training is: the film's own time runs otherwise.
    draw.rectangle(
        (0, _HEADER - 5, round(progress * whole.width), _HEADER - 2), fill=PREDICTION_COLOUR
    )
    return np.asarray(whole)


def _answer(setting: LearningSetting, frame: Frame, place: int) -> UInt8[np.ndarray, "_h _w 3"]:
    """One of the film's pictures with truth and answer."""
    there = setting.truth_picture == place
    said = frame.picture == place
    boxes = np.concatenate([setting.truth_boxes[there], frame.boxes[said]])
    texts = [""] * int(there.sum())
    colours: list[Colour] = [TRUTH_COLOUR] * len(texts)
    for label, score in zip(frame.labels[said], frame.scores[said], strict=True):
        text = f"{setting.class_names[label]} {score:.2f}"
        if len(texts) == there.sum() and not np.isnan(frame.ious[place]):
            text += f" IoU {frame.ious[place]:.2f}"
        texts.append(text)
        counts = score >= setting.score_threshold
        colours.append(PREDICTION_COLOUR if counts else UNSURE_COLOUR)
    return draw_boxes(setting.pictures[place], boxes.astype(np.float32), texts, colours)

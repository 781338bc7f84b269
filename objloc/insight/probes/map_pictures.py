"""Maps over the picture's places, with the numbers in them and the scale beside."""

import cv2
import numpy as np
from jaxtyping import Float64, UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc.insight.heat_picture import heat_picture
from objloc.insight.probes.position_map import PositionMap

_PICTURE = 448  # pixels that the side of the model's picture is drawn with
_SCALE = 76  # width of what stands beside it
_MARGIN = 230  # grey of the parts that no object's centre can reach


def share_map(
    places: PositionMap, values: Float64[np.ndarray, "g g"]
) -> UInt8[np.ndarray, "h w 3"]:
    """A share at each place, from 0 (dark violet) to 1 (yellow)."""
    canvas = _cells(places, values, 0.0, 1.0)
    texts = [[_short(one) for one in row] for row in values]
    return _with_scale(_with_numbers(canvas, places, values, texts, 1.0), 0.0, 1.0)


def offset_map(places: PositionMap) -> UInt8[np.ndarray, "h w 3"]:
    """How far found boxes are off on the mean: colour and number in pixels, an arrow for whither.

    The longest arrow fills its cell.
    """
    offset = places.mean_offset
    length = np.hypot(offset[..., 0], offset[..., 1])
    known = length[~np.isnan(length)]
    highest = max(1.0, float(known.max(initial=0.0)))
    canvas = _cells(places, length, 0.0, highest)
    texts = [["–" if np.isnan(one) else f"{one:.1f}" for one in row] for row in length]
    canvas = _with_numbers(canvas, places, length, texts, highest, low=True)
    xs, ys = _edges(places.x, places.side), _edges(places.y, places.side)
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            if np.isnan(length[j, i]):
                continue
            middle = np.array([(xs[i] + xs[i + 1]) / 2, (2 * ys[j] + ys[j + 1]) / 3])
            half = offset[j, i] / highest * 0.4 * min(xs[i + 1] - xs[i], ys[j + 1] - ys[j])
            start, end = (tuple((middle + sign * half).round().astype(int)) for sign in (-1, 1))
            colour = _ink(length[j, i] / highest)
            cv2.arrowedLine(canvas, start, end, colour, 2, cv2.LINE_AA, tipLength=0.35)
    return _with_scale(canvas, 0.0, highest)


def _short(share: float) -> str:
    """Two digits, as large as a cell allows: .97, and 1."""
    return "1" if share == 1 else f"{share:.2f}"[1:] if share < 0.995 else ".99"


def _edges(centers: np.ndarray, side: int) -> list[int]:
    """Where cells begin and end, in pixels of the drawing."""
    half = (centers[1] - centers[0]) / 2 if len(centers) > 1 else side / 2
    edges = [max(0.0, centers[0] - half), *(centers[1:] + centers[:-1]) / 2]
    edges.append(min(float(side), centers[-1] + half))
    return [round(float(edge) * _PICTURE / side) for edge in edges]


def _cells(
    places: PositionMap, values: np.ndarray, low: float, high: float
) -> UInt8[np.ndarray, "h w 3"]:
    canvas = np.full((_PICTURE, _PICTURE, 3), _MARGIN, np.uint8)
    colours = heat_picture(values, low, high)
    xs, ys = _edges(places.x, places.side), _edges(places.y, places.side)
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            canvas[ys[j] : ys[j + 1], xs[i] : xs[i + 1]] = colours[j, i]
    return canvas


def _ink(share: float) -> tuple[int, int, int]:
    """Black on light cells, white on dark ones."""
    return (0, 0, 0) if share > 0.6 or np.isnan(share) else (255, 255, 255)


def _with_numbers(
    canvas: np.ndarray,
    places: PositionMap,
    values: np.ndarray,
    texts: list[list[str]],
    highest: float,
    low: bool = False,
) -> UInt8[np.ndarray, "h w 3"]:
    """A number in each cell: in its middle, or low to leave room for an arrow."""
    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    xs, ys = _edges(places.x, places.side), _edges(places.y, places.side)
    size = max(8, (xs[-1] - xs[0]) // (len(xs) - 1) * 2 // 5)
    font = ImageFont.load_default(size)
    for j, row in enumerate(texts):
        for i, text in enumerate(row):
            down = 0.75 if low else 0.5
            place = ((xs[i] + xs[i + 1]) / 2, ys[j] + down * (ys[j + 1] - ys[j]))
            ink = _ink(float(values[j, i]) / highest)
            draw.text(place, text, font=font, fill=ink, anchor="mm")
    draw.rectangle((0, 0, _PICTURE - 1, _PICTURE - 1), outline=(90, 90, 90))
    return np.array(picture)


def _with_scale(canvas: np.ndarray, low: float, high: float) -> UInt8[np.ndarray, "h w 3"]:
    """The map with its colours and their numbers to the right."""
    wide = np.full((_PICTURE, _PICTURE + _SCALE, 3), 255, np.uint8)
    wide[:, :_PICTURE] = canvas
    bar = heat_picture(np.linspace(high, low, _PICTURE - 24)[:, None].repeat(16, 1), low, high)
    wide[12:-12, _PICTURE + 10 : _PICTURE + 26] = bar
    picture = Image.fromarray(wide)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(19)
    for step in range(5):
        value = high - (high - low) * step / 4
        y = 12 + (_PICTURE - 24) * step / 4
        draw.text((_PICTURE + 30, y), f"{value:.2g}", font=font, fill=(0, 0, 0), anchor="lm")
    return np.array(picture)

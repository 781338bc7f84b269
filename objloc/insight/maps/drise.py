"""D-RISE: what must be seen for a detection, from answers about randomly masked pictures."""

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Float, Float32

from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.maps.agreement import ask
from objloc.insight.maps.fill import Fill, check_fill, filled
from objloc.insight.maps.method import DETECTION, BlackBoxMethod
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import Subject


class DRise(BlackBoxMethod):
    """Petsiuk et al. 2021, "Black-box Explanation of Object Detectors", section 3.

    Masks are made as there: a coarse random grid, enlarged smoothly and shifted by chance. The
    paper weights each mask with the similarity of what is still detected: IoU × cosine of the class
    probabilities × objectness, the best over all detections. A detection here has one label and one
    score, objectness × probability of the label: so the cosine is 1 for the same label and else 0,
    and the score stands for the objectness.

    The paper's weighted sum of masks has a large constant below the map, which its colour scale
    takes away. Here the value of a pixel is what seeing it adds to the similarity: the slope of a
    linear regression of the similarity on the pixel's mask. A slope within `errors` standard errors
    of 0 may be chance and counts as 0.

    Args:
        masks: how many; noise falls with its root.
        cells: of the random grid, along a side: smaller objects need more, and so more masks.
        shown: probability that a cell is shown.
        fill: what stands where nothing is shown: `black`, `white`, `mean` or `blur`.
        errors: see above; 0 keeps all that is positive.
        seed: of the masks.
    """

    name = "d_rise"
    title = "D-RISE"
    source = "Petsiuk et al. 2021"
    about = "The detection needs this to be seen, whatever else of the picture is hidden."

    def __init__(
        self,
        masks: int = 384,
        cells: int = 8,
        shown: float = 0.5,
        fill: Fill = "mean",
        errors: int | float = 2,
        seed: int = 0,
    ) -> None:
        check_fill(f"{self.name}: fill", fill)
        if masks < 2 or cells < 1:
            raise ConfigError(
                f"{self.name}: masks={masks} must be at least 2, cells={cells} at least 1"
            )
        if not 0 < shown < 1:
            raise ConfigError(f"{self.name}: shown={shown}: it must lie between 0 and 1")
        self.masks = masks
        self.cells = cells
        self.shown = shown
        self.fill: Fill = fill
        self.errors = errors
        self.seed = seed

    def __call__(self, predictor: Predictor, subject: Subject) -> SaliencyMap:
        """The map; empty where no mask changes anything."""
        shown = subject.image.astype(np.float32)
        hidden = filled(subject.image, self.fill)
        side = shown.shape[0]
        pictures = (hidden + mask[..., None] * (shown - hidden) for mask in self._masks(side))
        similarity = ask(predictor, pictures, subject).support.astype(np.float64)
        note = f"{self.masks} masks, similarity {similarity.mean():.2f} on average"
        return SaliencyMap(self._slopes(similarity, side), self.name, DETECTION, note)

    def _slopes(self, similarity: Float[np.ndarray, " n"], side: int) -> Float32[np.ndarray, "s s"]:
        """What is certainly positive of the regression's slopes."""
        count = len(similarity)
        centred = similarity - similarity.mean()
        product, first, second = (np.zeros((side, side)) for _ in range(3))
        for mask, weight in zip(self._masks(side), centred, strict=True):
            product += weight * mask
            first += mask
            second += mask * mask
        spread = np.maximum(second / count - (first / count) ** 2, 1e-9)  # each pixel's variance
        slopes = product / count / spread
        unexplained = np.maximum(centred.var() - slopes**2 * spread, 0)
        error = np.sqrt(unexplained / spread / count)
        certain = slopes > np.maximum(self.errors * error, 1e-9)
        return np.where(certain, slopes, 0).astype(np.float32)

    def _masks(self, side: int) -> Iterator[Float32[np.ndarray, "s s"]]:
        """The masks, 0..1, the same at each call: they need not be kept."""
        rng = np.random.default_rng(self.seed)
        cell = -(-side // self.cells)
        grid = self.cells + 1
        for _ in range(self.masks):
            coarse = (rng.random((grid, grid)) < self.shown).astype(np.float32)
            y, x = rng.integers(0, cell, 2)
            large = cv2.resize(coarse, (grid * cell, grid * cell), interpolation=cv2.INTER_LINEAR)
            yield np.asarray(large[y : y + side, x : x + side], np.float32)

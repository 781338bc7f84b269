"""The labelled pictures of one split, read from disk when they are asked for."""

import numpy as np

from objloc.boxes import area, clip
from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.boxed_picture import BoxedPicture
from objloc.data.dataset import SplitName
from objloc.data.files.annotations import SPLITS, Annotations
from objloc.data.files.box_check import InvalidBoxes
from objloc.data.files.labelled_boxes import usable_boxes
from objloc.data.files.picture import DecodedPicture, decode_picture
from objloc.data.files.picture_cache import PictureCache
from objloc.data.files.printable import printable
from objloc.data.sample import Sample

_MEGABYTE = 2**20


class FileSource:
    """Samples from picture files; each a pure function of (seed, split, epoch, index).

    Pictures of validation and test come as they are, upright and at full size. Those of training
    are decoded at a reduced scale where they are much larger than the model needs, kept in memory
    as far as there is room, and augmented; `Sample.size` and boxes are those of the picture that
    is handed out.

    Args:
        labels: of this split's pictures, with no faulty box but those that `invalid_boxes` clips.
        split: only `train` is augmented and reduced.
        form: what the model is fed.
        augment: `picture` and `image` transforms, and what combines pictures of the split.
        seed: of augmentation, not negative.
        invalid_boxes: what becomes of boxes that turn out not to fit the picture when it is read,
            because nobody looked before.
        cache_mb: megabytes of decoded training pictures that each process keeps.
    """

    def __init__(
        self,
        *,
        labels: Annotations,
        split: SplitName,
        form: BatchForm,
        augment: Augmentation,
        seed: int,
        invalid_boxes: InvalidBoxes,
        cache_mb: int,
    ) -> None:
        self.labels = labels
        self.split = split
        self.form = form
        self.augment = augment
        self.seed = seed
        self.invalid_boxes = invalid_boxes
        self.cache = PictureCache(cache_mb * _MEGABYTE if split == "train" else 0)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self.labels.class_names

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.labels)

    def picture_name(self, index: int) -> str:
        """The picture's file, below the dataset's folder."""
        return printable(self.labels.files[index])

    def sample(self, epoch: int, index: int) -> Sample:
        """Reads a picture and brings its boxes along.

        Raises:
            IndexError: `index` is not in 0 .. len - 1.
            DataError: the picture cannot be read, or doesn't fit its label.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self.split} split: no picture {index} among {len(self)}")
        if self.split != "train":
            shown = self._labelled(index)
            areas = shown.area.astype(np.float32)
        else:
            entropy = (self.seed, SPLITS.index(self.split), epoch, index)
            rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
            shown = self.augment.draw_picture(self._labelled, index, len(self), self.form, rng)
            areas = shown.areas()
        return Sample(
            image=shown.image,
            boxes=shown.boxes,
            labels=shown.labels,
            ignore=shown.ignore,
            area=areas,
            image_id=int(self.labels.image_ids[index]),
            size=(shown.image.shape[0], shown.image.shape[1]),
        )

    def _labelled(self, index: int) -> BoxedPicture:
        """A picture as it was read, perhaps reduced, with its boxes; the cache's own array."""
        picture = self._picture(index)
        rows = self.labels.objects(index)
        kept, boxes, _ = usable_boxes(self.labels, index, picture.header, self.invalid_boxes)
        height, width = picture.header.size
        inside = clip(boxes, width, height)
        return BoxedPicture(
            image=picture.image,
            boxes=picture.scaled(inside).astype(np.float32),
            labels=self.labels.labels[rows][kept],
            ignore=self.labels.ignore[rows][kept],
            # What a segmentation covers shrinks with its box; a box that is whole keeps its area.
            area=self.labels.area[rows][kept] * (area(inside) / area(boxes)),
            box_area=area(inside),
        )

    def _picture(self, index: int) -> DecodedPicture:
        path = self.labels.path(index)
        if self.split != "train":
            return decode_picture(path)
        picture = self.cache.get(index)
        if picture is None:
            # Twice the side: room for a transform that looks closer, and for a clean reduction.
            picture = decode_picture(path, at_least=2 * self.form.image_size)
            self.cache.offer(index, picture)
        return picture

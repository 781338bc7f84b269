"""Examines a labelled dataset: every check there is, over one reading of its pictures."""

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Int8, Int32

from objloc.data.augmentation import Augmentation
from objloc.data.batch_form import BatchForm
from objloc.data.doctor.augmentation_loss import AugmentationLoss, augmentation_loss
from objloc.data.doctor.box_readings import box_readings
from objloc.data.doctor.class_balance import class_balance
from objloc.data.doctor.class_names import class_names
from objloc.data.doctor.decoding import decoding
from objloc.data.doctor.diagnosis import Diagnosis, SplitCount
from objloc.data.doctor.duplicate_boxes import duplicate_boxes
from objloc.data.doctor.duplicate_ids import duplicate_ids
from objloc.data.doctor.duplicate_pictures import duplicate_pictures
from objloc.data.doctor.explanation import Explanation
from objloc.data.doctor.greyscale import greyscale
from objloc.data.doctor.normalised_boxes import normalised_boxes
from objloc.data.doctor.object_limit import object_limit
from objloc.data.doctor.picture_facts import PictureFacts
from objloc.data.doctor.picture_sizes import picture_sizes
from objloc.data.doctor.scan import scan_pictures
from objloc.data.doctor.small_objects import small_objects
from objloc.data.doctor.unlabelled_pictures import unlabelled_pictures
from objloc.data.files.annotations import NO_SPLIT, SPLITS, Annotations
from objloc.data.files.box_check import FINE, box_findings, check_boxes, clipped
from objloc.data.files.finding import Finding
from objloc.data.sample import Sample
from objloc.data.statistics import Statistics, statistics


def examine(
    name: str,
    annotations: Annotations,
    splits: Int8[np.ndarray, " i"],
    form: BatchForm,
    *,
    augmentation: Augmentation | None = None,
    findings: Sequence[Finding] = (),
    stride: int = 8,
    tried_pictures: int = 200,
    seed: int = 0,
    threads: int | None = None,
) -> Diagnosis:
    """Reads everything and writes nothing; whatever is wrong becomes a finding.

    Args:
        name: the dataset's, for headings.
        annotations: the labels as read.
        splits: each picture's split, as training uses them.
        form: how pictures reach the model.
        augmentation: what training would do to pictures; None where nothing.
        findings: what is known already; the reader's own are in `annotations`.
        stride: pixels a side of the cells of the model's finest grid.
        tried_pictures: training pictures that augmentation is tried on.
        seed: chooses them, and what augmentation does.
        threads: how many pictures are decoded at a time; None for one a CPU.
    """
    start = time.monotonic()
    pictures = scan_pictures([annotations.path(i) for i in range(len(annotations))], threads)
    # Boxes are in pixels of the label's picture; where that has no size, of the one there is.
    stated = (annotations.sizes > 0).all(axis=1, keepdims=True)
    sizes = np.where(stated, annotations.sizes, pictures.sizes)
    codes = check_boxes(annotations.boxes, sizes[annotations.image_of_object()])
    explanations = [
        *box_readings(annotations, splits, sizes),
        *normalised_boxes(annotations, sizes),
    ]
    usable = codes == FINE
    usable[[row for explanation in explanations for row in explanation.rows]] = False
    loss = _loss(annotations, splits, pictures, usable, augmentation, form, tried_pictures, seed)
    known = [*annotations.findings, *findings, *box_findings(annotations, codes, sizes)]
    checked: Iterator[Finding] = iter(
        [
            *decoding(annotations, pictures),
            *picture_sizes(annotations, pictures),
            *unlabelled_pictures(annotations, known),
            *duplicate_ids(annotations),
            *class_names(annotations, splits, known),
            *class_balance(annotations),
            *duplicate_pictures(annotations, splits, pictures),
            *duplicate_boxes(annotations),
            *small_objects(annotations, sizes, usable, form, stride),
            *object_limit(annotations, splits, usable, form.max_objects),
            *greyscale(annotations, pictures),
            *filter(None, [loss.finding(annotations) if loss is not None else None]),
        ]
    )
    return Diagnosis(
        name=name,
        annotations=annotations,
        findings=(
            *(explanation.finding for explanation in explanations),
            *_once(_unexplained(known, annotations, explanations), checked),
        ),
        statistics=_statistics(annotations, sizes, usable),
        splits=tuple(_split_counts(annotations, splits)),
        loss=loss,
        seconds=time.monotonic() - start,
    )


def _unexplained(
    findings: Iterable[Finding], annotations: Annotations, explanations: Iterable[Explanation]
) -> Iterator[Finding]:
    """The findings less those about boxes that an explanation stands for."""
    image = annotations.image_of_object()
    explained = {
        (annotations.label_files[image[row]], annotations.where(int(row)))
        for explanation in explanations
        for row in explanation.rows
    }
    for finding in findings:
        if finding.kind.startswith("box_") and (finding.file, finding.where) in explained:
            continue
        yield finding


def _once(known: Iterable[Finding], checked: Iterable[Finding]) -> Iterator[Finding]:
    """Both, without those of `checked` that say again what is known."""
    told = {(finding.file, finding.message, _about(finding)): finding for finding in known}
    yield from told.values()
    about = set(map(_about, told.values()))
    yield from (finding for finding in checked if _about(finding) not in about)


def _about(finding: Finding) -> tuple[str, str, str, str]:
    """Kind, thing and place: a picture where there is one, else the file.

    Of classes one file may have several things said: there the words count, too.
    """
    thing = finding.files[0] if finding.files else finding.file
    words = finding.message if finding.kind.startswith("class_") else ""
    return finding.kind, thing, finding.where, words


def _loss(
    annotations: Annotations,
    splits: Int8[np.ndarray, " i"],
    pictures: PictureFacts,
    usable: Bool[np.ndarray, " n"],
    augmentation: Augmentation | None,
    form: BatchForm,
    tried_pictures: int,
    seed: int,
) -> AugmentationLoss | None:
    """What augmentation loses in pictures of the training split that have objects."""
    if augmentation is None or not augmentation.picture:
        return None
    has_objects = np.bincount(annotations.image_of_object()[usable], minlength=len(annotations)) > 0
    training = np.flatnonzero((splits == SPLITS.index("train")) & pictures.readable & has_objects)
    chosen = np.random.default_rng(seed).permutation(training)[:tried_pictures]
    if not len(chosen):
        return None
    return augmentation_loss(annotations, np.sort(chosen), usable, augmentation, form, seed=seed)


def _statistics(
    annotations: Annotations, sizes: Int32[np.ndarray, "i 2"], usable: Bool[np.ndarray, " n"]
) -> Statistics | None:
    """Counts over the pictures whose size is known; their pixels don't matter to them."""
    images = np.flatnonzero((sizes > 0).all(axis=1))
    if not len(images):
        return None
    boxes = clipped(annotations.boxes, sizes[annotations.image_of_object()]).astype(np.float32)
    black = np.uint8(0)

    def sample(image: int) -> Sample:
        objects = annotations.objects(image)
        rows = objects.start + np.flatnonzero(usable[objects])
        height, width = (int(side) for side in sizes[image])
        return Sample(
            image=np.broadcast_to(black, (height, width, 3)),  # no memory, whatever the size
            boxes=boxes[rows],
            labels=annotations.labels[rows],
            ignore=annotations.ignore[rows],
            area=annotations.area[rows].astype(np.float32),
            image_id=image,
            size=(height, width),
        )

    return statistics((sample(int(image)) for image in images), annotations.class_names)


def _split_counts(annotations: Annotations, splits: Int8[np.ndarray, " i"]) -> Iterator[SplitCount]:
    counted = annotations.image_of_object()[~annotations.ignore]
    objects = np.bincount(counted, minlength=len(annotations))
    for number, name in (*enumerate(SPLITS), (NO_SPLIT, "in no split")):
        chosen = splits == number
        if chosen.any() or number != NO_SPLIT:
            yield SplitCount(
                name=name,
                pictures=int(chosen.sum()),
                empty=int((objects[chosen] == 0).sum()),
                objects=int(objects[chosen].sum()),
            )

"""What the service writes as JSON: each record is also a schema of its OpenAPI document."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from objloc.serving.answer import Answer, PictureAnswer

Score = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class FoundObject(Struct):
    """An object that was found; its box is x1, y1, x2, y2 in pixels of the upright picture."""

    label: str
    label_index: Annotated[int, Meta(ge=0)]
    score: Score
    box: Annotated[list[float], Meta(min_length=4, max_length=4)]


class SeenPicture(Struct):
    """What was found in one picture, best first; the name is the file's, if it was sent."""

    name: str | None
    width: Positive
    height: Positive
    detections: list[FoundObject]


class ModelName(Struct):
    """Which model answered."""

    name: str
    version: str


class SpentTime(Struct):
    """Where the time went, in milliseconds."""

    decode: Milliseconds
    queue: Milliseconds
    model: Milliseconds
    total: Milliseconds


class Prediction(Struct):
    """What was found in the pictures of a request, in their order."""

    model: ModelName
    score_threshold: Score
    images: list[SeenPicture]
    timings_ms: SpentTime


class ServiceLimits(Struct):
    """What one request may hold, and how long it may take."""

    body_bytes: Positive
    header_bytes: Positive
    pictures: Positive
    pixels: Positive
    seconds: float


class ModelFacts(Struct):
    """What there is to know of the model."""

    name: str
    version: str
    class_names: list[str]
    image_size: Positive
    resize_mode: Literal["letterbox", "stretch"]
    score_threshold: float
    decoding: dict[str, Any]
    format: str
    precision: str
    about: dict[str, Any]
    limits: ServiceLimits


class Example(Struct):
    """A picture to try the model on."""

    name: str
    url: str


class Examples(Struct):
    """Pictures to try the model on; there may be none."""

    examples: list[Example]


class Health(Struct):
    """How the service is."""

    status: Literal["alive", "ready"]


class Problem(Struct):
    """Why a request is not answered (RFC 9457).

    `type` and `title` are the same for every problem of a kind, `detail` is about this request.
    `error` repeats the detail for clients of KServe's protocol.
    """

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    request_id: str | UnsetType = UNSET
    error: str | UnsetType = UNSET


def prediction(answer: Answer, names: list[str | None]) -> Prediction:
    """The document that tells an answer.

    Args:
        answer: the service's.
        names: of the pictures' files.
    """
    timings = answer.timings
    return Prediction(
        ModelName(answer.model, answer.version),
        answer.score_threshold,
        [
            _seen(picture, name, answer.class_names)
            for picture, name in zip(answer.pictures, names, strict=True)
        ],
        SpentTime(
            round(timings.decode, 3),
            round(timings.queue, 3),
            round(timings.model, 3),
            round(timings.total, 3),
        ),
    )


def _seen(picture: PictureAnswer, name: str | None, class_names: tuple[str, ...]) -> SeenPicture:
    # str() of a float32 has as few digits as identify it.
    scores = [float(str(score)) for score in picture.scores]
    sides = [float(str(side)) for side in picture.boxes.ravel()]
    return SeenPicture(
        name,
        picture.width,
        picture.height,
        [
            FoundObject(class_names[label], label, scores[i], sides[4 * i : 4 * i + 4])
            for i, label in enumerate(picture.labels.tolist())
        ],
    )

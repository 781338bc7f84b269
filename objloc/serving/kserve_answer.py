"""An answer in KServe's protocol: tensors, as JSON or as bytes behind it."""

import msgspec
import numpy as np

from objloc.serving.answer import Answer
from objloc.serving.kserve_documents import AnswerTensor, Datatype, InferAnswer, WantedOutput
from objloc.serving.kserve_request import InferRequest, wrong_tensor

DATATYPES: dict[str, Datatype] = {"boxes": "FP32", "labels": "INT32", "scores": "FP32"}


def check_outputs(request: InferRequest) -> None:
    """Says nothing where the model has the outputs that are wanted.

    Raises:
        RequestError: it has not.
    """
    for output in request.outputs:
        if output.name not in DATATYPES:
            raise wrong_tensor(
                f"output {output.name[:40]!r}: the model gives {', '.join(DATATYPES)}"
            )


def write_kserve_answer(answer: Answer, request: InferRequest) -> tuple[bytes, int | None]:
    """The body of the answer.

    Returns:
        The body, and where its JSON ends; None where there is nothing behind it.
    """
    wanted = request.outputs or [WantedOutput(name) for name in DATATYPES]
    all_binary = request.parameters.get("binary_data_output") is True
    arrays = _padded(answer)
    tensors: list[AnswerTensor] = []
    behind: list[bytes] = []
    for output in wanted:
        array = arrays[output.name]
        tensor = AnswerTensor(output.name, DATATYPES[output.name], list(array.shape))
        if output.parameters.get("binary_data", all_binary) is True:
            behind.append(array.tobytes())
            tensor.parameters = {"binary_data_size": array.nbytes}
        elif array.dtype == np.int32:
            tensor.data = array.ravel().tolist()
        else:  # as few digits as identify a float32
            tensor.data = [float(str(value)) for value in array.ravel()]
        tensors.append(tensor)
    text = msgspec.json.encode(InferAnswer(answer.model, answer.version, tensors, request.id))
    if not behind:
        return text, None
    return b"".join([text, *behind]), len(text)


def _padded(answer: Answer) -> dict[str, np.ndarray]:
    """As many detections for each picture as the one with most of them has."""
    pictures = answer.pictures
    most = max(len(picture.labels) for picture in pictures)
    boxes = np.zeros((len(pictures), most, 4), "<f4")
    labels = np.full((len(pictures), most), -1, "<i4")
    scores = np.zeros((len(pictures), most), "<f4")
    for i, picture in enumerate(pictures):
        count = len(picture.labels)
        boxes[i, :count] = picture.boxes
        labels[i, :count] = picture.labels
        scores[i, :count] = picture.scores
    return {"boxes": boxes, "labels": labels, "scores": scores}

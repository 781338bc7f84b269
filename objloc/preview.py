"""Look before you train: a contact sheet of what the model will be fed, with its statistics.

python -m objloc.preview +experiment=emoji
python -m objloc.preview +experiment=multiclass split=val count=64 output=look.png
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from objloc.config import build, hydra_command
from objloc.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from objloc.data import Dataset, SplitName


def run(config: DictConfig) -> None:
    """Write the contact sheet and print the statistics."""
    from objloc.data.statistics import statistics

    dataset: Dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    source = dataset.split(config.split)
    pictures = list(drawn_samples(dataset, config.split, config.count, config.seed))
    output = Path(config.output or f"preview-{config.name}-{config.split}.png")
    write_sheet(pictures, output)
    samples = (source.sample(0, index) for index in range(min(len(source), config.samples)))
    print(statistics(samples, source.class_names).as_text())
    print(f"\n{len(pictures)} pictures of {config.split} in {output}")


def drawn_samples(
    dataset: "Dataset", split: "SplitName", count: int, seed: int
) -> "Iterator[np.ndarray]":
    """The first `count` pictures of the input pipeline, boxes and names drawn: uint8 (H, W, 3).

    They are real batches, exactly as training and evaluation get them.
    """
    from objloc.data import eval_batches, train_batches
    from objloc.data.drawing import TRUTH_COLOUR, draw_boxes

    source = dataset.split(split)
    count = min(count, len(source))
    if split == "train":
        training = train_batches(
            source,
            batch_size=count,
            form=dataset.batch_form,
            seed=seed,
            start_step=0,
            num_steps=1,
            workers=0,
        )
        ((images, targets),) = training
    else:
        evaluation = eval_batches(source, batch_size=count, form=dataset.batch_form, workers=0)
        with evaluation:
            batch = next(evaluation)
        images, targets = batch.images, batch.targets
    for image, boxes, labels in zip(images, targets["boxes"], targets["labels"], strict=True):
        real = labels >= 0
        names = [dataset.class_names[label] for label in labels[real]]
        pixels = boxes[real] * dataset.batch_form.image_size
        yield draw_boxes(image, pixels, names, [TRUTH_COLOUR] * len(names))


def write_sheet(pictures: "list[np.ndarray]", output: Path) -> None:
    """Tile the pictures, about as wide as high, into a PNG file."""
    from PIL import Image

    from objloc.data.drawing import tile

    sheet = tile(pictures, columns=math.ceil(math.sqrt(len(pictures))))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet).save(output, format="PNG")
    except OSError as error:
        raise ConfigError(
            f"output={output}: the sheet cannot be written there ({error.strerror or error})"
        ) from error


main = hydra_command("preview", run)

if __name__ == "__main__":
    main()

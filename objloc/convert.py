"""Convert labelled pictures, or scenes, into a Pascal VOC, COCO or YOLO set on disk.

python -m objloc.convert dataset=voc dataset.root=raccoons to=coco output=raccoons_coco
python -m objloc.convert +experiment=multiclass to=yolo output=scenes epochs=2
"""

import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from objloc.config import build, hydra_command
from objloc.errors import ConfigError, DataError
from objloc.progress import progress

if TYPE_CHECKING:
    from objloc.data import Dataset, SplitName
    from objloc.data.writers import LabelledPicture, LabelWriter


def run(config: DictConfig) -> None:
    """Write the set and say what is in it."""
    from objloc.data import FileDataset, Mixed
    from objloc.data.writers import WRITERS

    output = Path(config.output)
    dataset: Dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    class_ids = None
    for part in dataset.parts.values() if isinstance(dataset, Mixed) else [dataset]:
        if isinstance(part, FileDataset):
            refuse_inside(part.annotations.root, output)
    if isinstance(dataset, FileDataset):
        ids = dataset.labels("train").class_ids
        class_ids = None if ids is None else ids.tolist()
    parts = [
        split_pictures(dataset, split, config.epochs) for split in dict.fromkeys(config.splits)
    ]
    total = sum(len(range(count)[: config.limit]) for count, _ in parts)
    pictures = (picture for _, part in parts for picture in islice(part, config.limit))
    with WRITERS[config.to](output, dataset.class_names, class_ids) as writer:
        for picture in progress(pictures, f"writing {config.to}", total=total):
            writer.add(picture)
        if not total:
            raise DataError(f"the splits {', '.join(config.splits)} have no picture to convert")
    print(summary(writer))
    if isinstance(dataset, FileDataset) and (unassigned := int((dataset.splits < 0).sum())):
        print(
            f"\nNot written: {unassigned:,} labelled pictures that belong to no split; "
            "dataset.splits=content deals all of them to splits"
        )
    print(f"\n{output} holds them as {config.to}; to train on them:")
    print(f"    {training(config, dataset.batch_form.image_size)}")


def split_pictures(
    dataset: "Dataset", split: "SplitName", epochs: int
) -> "tuple[int, Iterator[LabelledPicture]]":
    """How many pictures a split has, and the pictures, read or made when they are asked for."""
    from objloc.data import FileDataset
    from objloc.data.writers import labelled_files, labelled_scenes

    if isinstance(dataset, FileDataset):
        labels = dataset.labels(split)
        return len(labels), labelled_files(labels, split, dataset.invalid_boxes)
    source = dataset.split(split)
    epochs = epochs if split == "train" else 1
    return len(source) * epochs, labelled_scenes(source, split, epochs)


def summary(writer: "LabelWriter") -> str:
    """What was written: pictures and objects of each split, objects of each class."""
    width = max(5, *(len(name) for name in writer.class_names))
    lines = [f"{'':<{width}}  {'pictures':>8}  {'objects':>8}"]
    for split, pictures in writer.pictures.items():
        lines.append(f"{split:<{width}}  {pictures:>8,}  {writer.objects[split]:>8,}")
    lines.append(f"{'all':<{width}}  {writer.pictures.total():>8,}  {writer.objects.total():>8,}\n")
    for label, name in enumerate(writer.class_names):
        lines.append(f"{name:<{width}}  {'':>8}  {writer.objects_of_class[label]:>8,}")
    if writer.renamed:
        lines.append(f"\n{writer.renamed:,} pictures got another name: another had theirs already")
    return "\n".join(lines)


def training(config: DictConfig, image_size: int) -> str:
    """The command line that trains on what was written."""
    root = f"dataset.root={config.output}"
    if not re.fullmatch(r"[\w./=-]+", root):  # quoted for Hydra, and then for the shell
        quoted = str(config.output).replace("\\", "\\\\").replace("'", "\\'")
        root = f"dataset.root='{quoted}'"
        root = shlex.quote(root) if re.search(r'["$`\\!]', root) else f'"{root}"'
    return f"python -m objloc.train dataset={config.to} {root} dataset.image_size={image_size}"


def refuse_inside(root: Path, output: Path) -> None:
    """Nothing is written into the user's data.

    Raises:
        ConfigError: the output would be in it.
    """
    if output.resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            f"output={output} lies in the dataset's own folder ({root}), into which nothing is "
            "written; choose a folder outside of it"
        )


main = hydra_command("convert", run)

if __name__ == "__main__":
    main()

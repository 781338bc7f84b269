"""Learn what is wrong with labelled pictures before training on them: reads everything, writes
nothing to the dataset, leaves findings.json and report.html in a folder of their own.

    python -m objloc.check dataset=voc dataset.root=my_pictures
    python -m objloc.check dataset=coco dataset.root=my_set dataset.image_size=256 output=look

Exit status: 0 without errors, 1 with some (warnings and notes are no errors).
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf, open_dict

from objloc.config import build, hydra_command
from objloc.errors import ConfigError

if TYPE_CHECKING:
    from objloc.data import FileDataset
    from objloc.data.doctor import Diagnosis


def run(config: DictConfig) -> None:
    """Examine the dataset, print the report and write it."""
    from objloc.data.doctor import examine, text_report

    augmentation = build(config.augment)
    dataset = open_dataset(config, augmentation)
    root = dataset.annotations.root.resolve()
    output = output_folder(config.output, root)
    diagnosis = examine(
        root.name,
        dataset.annotations,
        dataset.splits,
        dataset.batch_form,
        augmentation=augmentation,
        findings=dataset.findings(),
        stride=config.stride,
        tried_pictures=config.tried_pictures,
        seed=config.seed,
        threads=config.threads,
    )
    print(text_report(diagnosis))
    write(diagnosis, output, config.thumbnails)
    print(f"{output / 'report.html'} shows all of it, findings.json holds it for programs")
    if diagnosis.count("error"):
        sys.exit(1)


def open_dataset(config: DictConfig, augmentation: object) -> "FileDataset":
    """The dataset as training would have it, less what makes training stop.

    Raises:
        ConfigError: the dataset generates its pictures.
    """
    node = config.dataset
    if OmegaConf.select(node, "format") is None:
        target = OmegaConf.select(node, "_target_")
        raise ConfigError(
            f"dataset: {target} does not read label files, which is what is checked here; look at "
            "generated scenes with the command preview, or choose dataset=voc, coco or yolo"
        )
    with open_dict(node):
        # The doctor reads the pictures itself, to their last pixel.
        node.update(invalid_boxes="skip", invalid_pictures="skip", check_pictures=False)
    return build(node, augment=augmentation, seed=config.seed)


def output_folder(output: str | None, root: Path) -> Path:
    """Where the report goes.

    Raises:
        ConfigError: that is inside the dataset's folder, or a file.
    """
    folder = Path(output if output is not None else f"check-{root.name}")
    if folder.resolve().is_relative_to(root):
        raise ConfigError(
            f"output={folder} is inside the dataset's folder {root}, where nothing is written; "
            "set output to a folder elsewhere"
        )
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"output={folder} is a file; set output to a folder")
    return folder


def write(diagnosis: "Diagnosis", output: Path, thumbnails: int) -> None:
    """Write findings.json and report.html."""
    from objloc.data.doctor import page_report

    text = json.dumps(diagnosis.as_dict(), indent=2)
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / "findings.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"output={output}: the report cannot be written there ({error.strerror or error})"
        ) from error
    page_report(diagnosis, thumbnails).write(output / "report.html")


main = hydra_command("check", run)

if __name__ == "__main__":
    main()

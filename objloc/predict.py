"""Let a trained model look at pictures, a video or a camera: drawn pictures, tables, and drafts for
labelling tools.

    python -m objloc.predict model=outputs/2026-01-31_12-00-00-emoji source=photographs
    python -m objloc.predict model=models:/finder@champion source=clip.mp4 every=5

Boxes are in pixels of the upright picture (EXIF's orientation applied). Pictures that cannot be
read are skipped and named at the end; exit status 1 if none can. Ctrl-C ends orderly: the files
hold what was looked at so far.
"""

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from objloc.config import build, hydra_command
from objloc.config.run_folder import make_planned_folder, planned_folder
from objloc.cores import usable_cores
from objloc.errors import DataError

if TYPE_CHECKING:
    from objloc.data.sources import PictureSource
    from objloc.evaluation import Predictor
    from objloc.evaluation.predicted import CocoIds, Facts, ResultWriter, Summary
    from objloc.tracking import TrainedModel

_SHOWN_PROBLEMS = 20


def run(config: DictConfig) -> None:
    """Look at the source as `config` says, and say what came of it."""
    from objloc.data.sources import open_source
    from objloc.tracking import find_trained_model

    trained = find_trained_model(config.model, config.tracking.get("uri", "sqlite:///mlflow.db"))
    source = open_source(
        config.source,
        threads=config.threads or usable_cores(),
        every=config.every,
        frames=config.frames,
    )
    try:
        now = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        usual = Path(config.output_root) / f"{now}-predict-{source.name}"
        planned = planned_folder(config.output, usual, source.own_folder)
        started = time.perf_counter()
        predictor, facts = load(config, trained, source)
        ids = coco_ids(config, facts)  # before the folder is made: it may be the wrong file
        folder = make_planned_folder(config.output, planned)
        writers = make_writers(config, folder, facts, source, ids)
        summary = look(config, predictor, source, facts, writers)
        seconds = time.perf_counter() - started
    finally:
        source.close()
    report(config, folder, source, summary, writers, seconds)


def load(
    config: DictConfig, trained: "TrainedModel", source: "PictureSource"
) -> "tuple[Predictor, Facts]":
    """The model, ready to look, and what is to be noted about it."""
    from objloc.evaluation import Predictor
    from objloc.evaluation.predicted import Facts
    from objloc.tracking.model_engine import model_engine

    trainer = config.trainer
    own = (trained.config or {}).get("trainer", {})
    engine = model_engine(
        trained,
        seed=config.seed,
        precision=own.get("precision", trainer.precision),  # part of what the model computes
        threads=trainer.threads,
        deterministic=trainer.deterministic,
        score_threshold=config.score_threshold,
        decoding=build(config.decoding),
    )
    facts = Facts(
        model=trained.source,
        run_id=trained.run_id,
        class_names=engine.card.class_names,
        score_threshold=engine.card.score_threshold,
        source=source.place,
        root=source.root,
    )
    return Predictor(engine, batch_size=config.batch_size), facts


def coco_ids(config: DictConfig, facts: "Facts") -> "CocoIds | None":
    """The ids of the COCO file that the results are for, if one is named."""
    from objloc.evaluation.predicted import read_coco_ids

    if config.coco_images is None or "coco" not in config.formats:
        return None
    return read_coco_ids(Path(config.coco_images), facts.class_names)


def make_writers(
    config: DictConfig,
    folder: Path,
    facts: "Facts",
    source: "PictureSource",
    ids: "CocoIds | None",
) -> "dict[str, ResultWriter]":
    """A writer for each format that fits the source, by its name."""
    from objloc.data.sources import Film
    from objloc.evaluation import predicted

    wanted = list(dict.fromkeys(config.formats))
    writers: dict[str, ResultWriter] = {}
    for name in wanted:
        if name == "json":
            writers[name] = predicted.JsonFile(folder, facts)
        elif name == "csv":
            writers[name] = predicted.CsvTable(folder, facts)
        elif name == "coco":
            writers[name] = predicted.CocoResults(folder, facts, ids)
        elif name == "cvat":
            writers[name] = predicted.CvatFile(folder, facts, prefix=config.cvat_prefix)
        elif isinstance(source, Film) and name == "pictures":
            writers[name] = predicted.DrawnFilm(
                folder, facts, rate=source.rate / source.every, form=config.video_format
            )
        elif name == "pictures":
            writers[name] = predicted.DrawnPictures(folder, facts, form=config.picture_format)
        elif not isinstance(source, Film):  # Label Studio's tasks of frames need pictures
            writers[name] = predicted.LabelStudio(
                folder,
                facts,
                prefix=config.label_studio_prefix,
                from_name=config.label_studio_from,
                to_name=config.label_studio_to,
                data_key=config.label_studio_key,
            )
    return writers


def look(
    config: DictConfig,
    predictor: "Predictor",
    source: "PictureSource",
    facts: "Facts",
    writers: "dict[str, ResultWriter]",
) -> "Summary":
    """Look at all of the source and write it down, picture by picture."""
    from objloc.evaluation.predicted import predict_source, write_predictions

    pictures = predict_source(
        predictor,
        source,
        score_threshold=facts.score_threshold,
        shown_side=config.drawn_side if "pictures" in writers else None,
    )
    unit = "frames" if source.root is None else "pictures"
    return write_predictions(pictures, list(writers.values()), unit, source.total)


def report(
    config: DictConfig,
    folder: Path,
    source: "PictureSource",
    summary: "Summary",
    writers: "dict[str, ResultWriter]",
    seconds: float,
) -> None:
    """Print what came of it.

    Raises:
        DataError: nothing could be read.
    """
    from objloc.data.sources import Film
    from objloc.evaluation.predicted import CocoResults

    print_skipped(summary.skipped)
    if not summary.pictures and summary.complete:
        raise DataError(f"source={config.source}: nothing in it could be read")
    unit = "frames" if isinstance(source, Film) else "pictures"
    print(
        f"{summary.pictures:,} {unit}: {summary.detections:,} detections in "
        f"{summary.with_detections:,} of them; {seconds:.1f} s with loading the model"
    )
    if isinstance(source, Film) and summary.complete and source.is_cut_off:
        print(f"the video ended after {source.reached} of {source.frames} frames: cut off?")
    coco = writers.get("coco")
    if isinstance(coco, CocoResults) and coco.unnamed:
        print(f"{coco.unnamed:,} pictures are not in {config.coco_images}: in no COCO result")
    left_out = [name for name in config.formats if name not in writers]
    if left_out:
        print(f"{', '.join(left_out)}: for pictures alone, not written")
    print(f"results  {folder}")
    if not summary.complete:
        sys.stderr.write("interrupted: the results hold what was looked at until then\n")
        if not (isinstance(source, Film) and source.is_camera):  # that's how a camera is ended
            sys.exit(130)


def print_skipped(skipped: Sequence[tuple[str, str]]) -> None:
    """Name the first pictures that could not be read."""
    from objloc.data.files.printable import printable

    for name, reason in skipped[:_SHOWN_PROBLEMS]:
        sys.stderr.write(f"skipped {printable(name)}: {reason}\n")
    if skipped:
        rest = len(skipped) - _SHOWN_PROBLEMS
        more = f" ({rest:,} more than shown)" if rest > 0 else ""
        sys.stderr.write(f"{len(skipped):,} pictures could not be read and were skipped{more}\n")


main = hydra_command("predict", run)

if __name__ == "__main__":
    main()

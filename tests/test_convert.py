"""The convert command: sets and scenes into any format, whole or not at all."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.config import build, compose
from objloc.convert import main
from objloc.data import FileDataset, Scenes
from objloc.data.formats import Coco, Voc, Yolo
from tests.conftest import REPOSITORY, Command
from tests.data.writers.awkward import write_coco
from tests.data.writers.sets import content

READERS = {"voc": Voc, "coco": Coco, "yolo": Yolo}
SIZES = ("seed=3", "dataset.train_size=5", "dataset.val_size=4", "dataset.test_size=3")
SCENES = ("+experiment=multiclass", *SIZES)
SEVERAL = ("dataset=detection", *SIZES)


@pytest.mark.parametrize("chosen", [SCENES, SEVERAL], ids=["one", "several"])
@pytest.mark.parametrize("to", READERS)
def test_scenes_come_back_as_the_very_same_samples(
    command: Command, tmp_path: Path, to: str, chosen: tuple[str, ...]
) -> None:
    answer = command(main, *chosen, f"to={to}", "output=set", "epochs=2")
    assert answer.status == 0, answer.err
    # No run folder, no log: only the set.
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]
    config = compose(chosen).config
    scenes = build(config.dataset, augment=build(config.augment), seed=3)
    assert isinstance(scenes, Scenes)
    files = FileDataset(root=tmp_path / "set", format=READERS[to](), image_size=128)
    assert files.class_names == scenes.class_names
    for split, epochs in (("train", 2), ("val", 1), ("test", 1)):
        expected, got = scenes.split(split), files.split(split)
        assert len(got) == epochs * len(expected)
        for index in range(len(got)):
            scene = expected.sample(*divmod(index, len(expected)))
            sample = got.sample(0, index)
            np.testing.assert_array_equal(sample.image, scene.image)
            np.testing.assert_array_equal(sample.boxes, scene.boxes)
            np.testing.assert_array_equal(sample.labels, scene.labels)
            np.testing.assert_array_equal(sample.area, scene.area)
            np.testing.assert_array_equal(sample.ignore, scene.ignore)
            assert sample.image_id == index


def test_it_says_what_it_wrote_and_how_to_train_on_it(command: Command, tmp_path: Path) -> None:
    answer = command(main, *SCENES, "to=yolo", "output='my set'", "limit=4", "splits=[train,test]")
    assert answer.status == 0, answer.err
    rows = [line.split() for line in answer.out.splitlines()]
    counts = {row[0]: [int(word) for word in row[1:]] for row in rows if row and row[-1].isdigit()}
    assert [counts[name][0] for name in ("train", "test", "all")] == [4, 3, 7]
    objects = sum(
        len(file.read_text().splitlines())
        for file in (tmp_path / "my set" / "labels").glob("*/t*.txt")
    )
    assert counts["all"][1] == objects == counts["train"][1] + counts["test"][1]
    assert sum(counts[name][0] for name in ("mopple", "quillo", "tarnip")) == objects
    # The command line that it ends with is one that composes, and finds the set.
    words = shlex.split(answer.out.splitlines()[-1])
    assert words[:3] == ["python", "-m", "objloc.train"]
    config = compose([*words[3:], "dataset.val_share=0.0"]).config
    assert config.dataset.root == "my set"
    assert config.dataset.image_size == 128
    assert len(build(config.dataset).labels("train")) == 4


def test_files_are_copied_to_the_last_byte(command: Command, tmp_path: Path) -> None:
    source = write_coco(tmp_path / "source")
    before = {file: file.read_bytes() for file in source.rglob("*") if file.is_file()}
    for step, (start, to) in enumerate((("coco", "voc"), ("voc", "yolo"), ("yolo", "coco"))):
        answer = command(
            *(main, f"dataset={start}", f"dataset.root={'source' if step == 0 else start}"),
            *(f"to={to}", f"output={to}"),
        )
        assert answer.status == 0, answer.err
        assert content(tmp_path / to, to) == content(source, "coco")
    assert {file: file.read_bytes() for file in source.rglob("*") if file.is_file()} == before
    assert (
        "2 pictures got another name"
        in command(main, "dataset=coco", "dataset.root=source", "to=yolo", "output=y").out
    )


def _voc(root: Path, boxes: dict[str, tuple[int, int, int, int]]) -> Path:
    for folder in ("Annotations", "JPEGImages"):
        (root / folder).mkdir(parents=True)
    for number, (name, box) in enumerate(boxes.items()):
        pixels = np.full((30, 40, 3), number, np.uint8)
        Image.fromarray(pixels).save(root / "JPEGImages" / f"{name}.png")
        corners = "".join(
            f"<{tag}>{value}</{tag}>"
            for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        )
        (root / "Annotations" / f"{name}.xml").write_text(
            f"<annotation><filename>{name}.png</filename>"
            "<size><width>40</width><height>30</height><depth>3</depth></size>"
            f"<object><name>a</name><bndbox>{corners}</bndbox></object></annotation>"
        )
    return root


def test_errors_stop_it_unless_told_otherwise(command: Command, tmp_path: Path) -> None:
    _voc(tmp_path / "set", {"good": (1, 1, 9, 9), "wide": (11, 11, 60, 20), "flat": (5, 5, 4, 9)})
    (tmp_path / "set" / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "set" / "ImageSets" / "Main" / "train.txt").write_text("good\nwide\nflat\n")
    words = (
        main,
        "dataset=voc",
        "dataset.root=set",
        "dataset.val_share=0.0",
        "dataset.test_share=0.0",
    )
    answer = command(*words, "to=coco", "output=out")
    assert answer.status == 1
    assert "Annotations/wide.xml: object 1" in answer.err
    assert "dataset.invalid_boxes=skip" in answer.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]
    for policy, expected in (
        ("skip", {"good": [[0, 0, 9, 9]], "wide": [], "flat": []}),
        ("clip", {"good": [[0, 0, 9, 9]], "wide": [[10, 10, 40, 20]], "flat": []}),
    ):
        answer = command(*words, "to=coco", f"output={policy}", f"dataset.invalid_boxes={policy}")
        assert answer.status == 0, answer.err
        table = Coco().read(tmp_path / policy)
        got = {
            Path(file).stem: table.boxes[table.objects(image)].tolist()
            for image, file in enumerate(table.files)
        }
        assert got == expected


def test_pictures_of_no_split_are_told(command: Command, tmp_path: Path) -> None:
    _voc(tmp_path / "set", {"one": (1, 1, 9, 9), "two": (1, 1, 9, 8), "three": (1, 1, 9, 7)})
    lists = tmp_path / "set" / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    for split, name in (("train", "one"), ("val", "two"), ("test", "")):
        (lists / f"{split}.txt").write_text(f"{name}\n")
    words = ("dataset=voc", "dataset.root=set", "dataset.test_share=0.0")
    answer = command(main, *words, "to=yolo", "output=out")
    assert answer.status == 0, answer.err
    assert "Not written: 1 labelled pictures that belong to no split" in answer.out
    answer = command(main, *words, "to=yolo", "output=none", "splits=[test]")
    assert answer.status == 1
    assert "the splits test have no picture" in answer.err
    assert not (tmp_path / "none").exists()


def test_nothing_is_written_into_the_dataset_s_folder(command: Command, tmp_path: Path) -> None:
    _voc(tmp_path / "set", {"one": (1, 1, 9, 9)})
    (tmp_path / "link").symlink_to(tmp_path / "set")
    before = sorted(tmp_path.rglob("*"))
    for output in ("set", "set/yolo", "link/yolo", "other/../set/yolo"):
        answer = command(main, "dataset=voc", "dataset.root=set", "to=yolo", f"output={output}")
        assert answer.status == 1
        assert "lies in the dataset's own folder" in answer.err
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_written_into_the_folder_of_a_part(command: Command, tmp_path: Path) -> None:
    _voc(tmp_path / "set", {"one": (1, 1, 9, 9)})
    before = sorted(tmp_path.rglob("*"))
    real = ("dataset=mixed", "dataset.parts.real.root=set", "dataset.parts.scenes.background=black")
    answer = command(main, *real, "to=yolo", "output=set/yolo", "limit=1")
    assert answer.status == 1
    assert "lies in the dataset's own folder" in answer.err
    assert sorted(tmp_path.rglob("*")) == before


def test_mistakes_are_one_message(command: Command, tmp_path: Path) -> None:
    assert "output must be given" in command(main, "to=yolo").err
    assert "one of voc, coco, yolo" in command(main, "to=kitti", "output=a").err
    assert "splits" in command(main, "to=voc", "output=a", "splits=[validation]").err
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("")
    answer = command(main, *SCENES, "to=voc", "output=a")
    assert "output=a is not empty" in answer.err
    assert "Traceback" not in answer.err


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    words = [*SCENES[:2], "to=voc", "output=out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "objloc.convert", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Ctrl-C reaches it although a shell may have started the tests in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not any(tmp_path.glob(".out.partial-*/JPEGImages/*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []

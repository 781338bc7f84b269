"""`predict`: pictures, videos and cameras through a stored model, into files."""

import _thread
import csv
import gc
import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest
from PIL import Image

from objloc import predict
from objloc.data import FileDataset
from objloc.data.files.printable import printable
from objloc.data.formats import Coco
from objloc.data.sources import PictureFiles, SourcePicture
from objloc.evaluation import Predictor
from objloc.evaluation.measurement import answer
from objloc.evaluation.predicted import (
    CocoResults,
    CsvTable,
    CvatFile,
    DrawnPictures,
    JsonFile,
    LabelStudio,
    PredictedPicture,
    predict_source,
    write_predictions,
)
from objloc.models import KerasEngine
from tests.conftest import Answer, Command
from tests.evaluation.predicted.answers import facts
from tests.predict.results import ALL, results


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Seven noisy pictures of several kinds, shapes and folders."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "my photos"
    (folder / "sub (2)").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, size, options in (
        ("a.JPG", (90, 40), {"exif": exif}),
        ("b 100%.png", (64, 64), {}),
        ("sub (2)/c.jpg", (30, 170), {}),
        ("sub (2)/c.webp", (50, 50), {}),
        ("d.png", (20, 300), {}),
        ("e.png", (300, 20), {}),
        ("f.bmp", (128, 96), {}),
    ):
        pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name, **options)
    return folder


def test_a_folder_becomes_all_results(
    run: Callable[..., Answer], photos: Path, tmp_path: Path, model: Path
) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()}
    (photos / "sub (2)" / "round").symlink_to(photos, target_is_directory=True)
    with open(os.fsencode(photos) + b"/\xe9.png", "wb") as file:
        Image.new("RGB", (40, 30), "red").save(file, "PNG")
    (photos / "cut.jpg").write_bytes(before[photos / "a.JPG"][:700])
    (photos / "text.png").write_text("no picture")

    answer = run(f"source='{photos}'", "batch_size=3")
    assert answer.status == 0, answer.err
    [folder] = (tmp_path / "outputs").iterdir()
    assert re.fullmatch(r"[\d-]+_[\d-]+-predict-my photos", folder.name)
    assert {path.name for path in folder.iterdir()} == ALL
    content = results(folder)
    assert content["class_names"] == ["cat", "dog", "fox"]
    assert (content["model"], content["complete"]) == (str(model), True)
    assert [one["file"] for one in content["skipped"]] == ["cut.jpg", "text.png"]
    assert answer.err.count("skipped cut.jpg: ") == answer.err.count("skipped text.png: ") == 1
    assert "2 pictures could not be read" in answer.err
    assert "8 pictures: 8 detections in 8 of them" in answer.out
    assert str(folder) in answer.out
    by_name = {one["file"]: one for one in content["pictures"]}
    assert list(by_name) == [
        *("a.JPG", "b 100%.png", "d.png", "e.png", "f.bmp", "sub (2)/c.jpg", "sub (2)/c.webp"),
        "\\xe9.png",
    ]
    # Stored as 90 high and 40 wide, shown lying: boxes are in what is shown.
    assert (by_name["a.JPG"]["height"], by_name["a.JPG"]["width"]) == (40, 90)
    for one in content["pictures"]:
        for found in one["detections"]:
            x1, y1, x2, y2 = found["box"]
            assert 0 <= x1 <= x2 <= one["width"]
            assert 0 <= y1 <= y2 <= one["height"]
    boxes = {tuple(one["detections"][0]["box"]) for one in content["pictures"]}
    assert len(boxes) == 8, "a model that says the same of all pictures tests nothing"

    drawn = {
        path.relative_to(folder / "pictures").as_posix()
        for path in (folder / "pictures").rglob("*")
        if path.is_file()
    }
    assert drawn == {
        *("a.jpg", "b 100%.jpg", "d.jpg", "e.jpg", "f.jpg", "_.jpg"),
        *("sub (2)/c.jpg", "sub (2)/c-2.jpg"),
    }
    # The numbers that the tools fall back on count what could not be read, too.
    images = ElementTree.parse(folder / "cvat.xml").getroot().findall("image")
    assert [int(one.attrib["id"]) for one in images] == [0, 1, 3, 4, 5, 6, 7, 9]
    assert all(path.read_bytes() == content for path, content in before.items())


def test_the_answers_are_those_of_evaluate(
    run: Callable[..., Answer], photos: Path, tmp_path: Path, model: Path
) -> None:
    """Bit for bit, the last batch being short, through letterbox and EXIF."""
    names = sorted(
        path.relative_to(photos).as_posix() for path in photos.rglob("*") if path.is_file()
    )
    truth = {
        "images": [
            {"id": 500 - number, "file_name": name, "width": 0, "height": 0}
            for number, name in enumerate(names)
        ],
        "annotations": [],
        "categories": [{"id": 3 - i, "name": name} for i, name in enumerate(["cat", "dog", "fox"])],
    }
    file = tmp_path / "instances_test.json"
    file.write_text(json.dumps(truth))
    dataset = FileDataset(
        root=photos,
        format=Coco(annotations=str(file)),
        image_size=64,
        classes=["cat", "dog", "fox"],
        max_objects=1,
    )
    localizer = keras.saving.load_model(model / "model.keras")
    source = dataset.split("test")
    assert len(source) == 7
    measured = answer(Predictor(KerasEngine(localizer), batch_size=3), source, dataset.batch_form)

    said = run(f"source='{photos}'", "batch_size=3", f"coco_images={file}", "output=out")
    assert said.status == 0, said.err
    by_name = {one["file"]: one["detections"] for one in results(tmp_path / "out")["pictures"]}
    by_id: dict[int, list[dict]] = {}
    for one in json.loads((tmp_path / "out" / "coco_results.json").read_text()):
        by_id.setdefault(one["image_id"], []).append(one)
    assert not (tmp_path / "out" / "coco_images.json").exists()
    for index, found in enumerate(measured.detections):
        name = source.picture_name(index)
        said_boxes = np.array([one["box"] for one in by_name[name]], np.float32)
        np.testing.assert_array_equal(said_boxes, found.boxes)
        said_scores = np.array([one["score"] for one in by_name[name]], np.float32)
        np.testing.assert_array_equal(said_scores, found.scores)
        coco = by_id[500 - names.index(name)]
        assert [one["category_id"] for one in coco] == [3 - label for label in found.labels]


def test_the_threshold_and_the_formats_are_the_users(
    run: Callable[..., Answer], photos: Path, tmp_path: Path
) -> None:
    assert run(f"source='{photos}/*.*'", "formats=[csv]", "output=all").status == 0
    assert [path.name for path in (tmp_path / "all").iterdir()] == ["predictions.csv"]
    with (tmp_path / "all" / "predictions.csv").open() as file:
        scores = {row["file"]: np.float32(row["score"]) for row in csv.DictReader(file)}
    middle = sorted(scores.values())[2]
    (tmp_path / "list.txt").write_text("".join(f"my photos/{name}\n" for name in scores))
    answer = run(
        "source=list.txt", "formats=[csv,json]", "output=some", f"score_threshold={middle}"
    )
    assert answer.status == 0, answer.err
    counted = {
        one["file"]: len(one["detections"]) for one in results(tmp_path / "some")["pictures"]
    }
    assert counted == {name: int(score >= middle) for name, score in scores.items()}
    assert 0 < sum(counted.values()) < len(counted)
    with (tmp_path / "some" / "predictions.csv").open() as file:
        assert [row["file"] for row in csv.DictReader(file)] == list(scores)


def test_nothing_is_overwritten_and_nothing_written_among_the_pictures(
    run: Callable[..., Answer], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"source='{photos}'"
    answer = run(source, f"output='{photos}/results'")
    assert answer.status == 1
    assert "inside the source's folder" in answer.err
    monkeypatch.chdir(photos)
    answer = run("source=.")
    assert answer.status == 1
    assert "output=FOLDER" in answer.err
    assert not (photos / "results").exists()
    assert not (photos / "outputs").exists()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("precious")
    answer = run(source, "output=taken")
    assert answer.status == 1
    assert "nothing is overwritten" in answer.err
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["thesis.txt"]
    answer = run("source=photso")
    assert answer.status == 1
    assert "there is no such file or folder" in answer.err
    answer = run(source, f"coco_images='{photos}/f.bmp'", "output=never")
    assert answer.status == 1
    assert not (tmp_path / "never").exists()


def test_if_nothing_can_be_read_it_fails(run: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.jpg").write_bytes(b"")
    answer = run("source=p", "output=out")
    assert answer.status == 1
    assert "skipped a.jpg" in answer.err
    assert "nothing in it could be read" in answer.err
    assert results(tmp_path / "out")["skipped"][0]["file"] == "a.jpg"


def test_ctrl_c_among_pictures_keeps_what_is_there(
    run: Callable[..., Answer], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = JsonFile.add

    def interrupted(self: JsonFile, picture: PredictedPicture) -> None:
        add(self, picture)
        if picture.number == 3:
            _thread.interrupt_main()

    monkeypatch.setattr(JsonFile, "add", interrupted)
    answer = run(f"source='{photos}'", "batch_size=2", "output=out")
    assert answer.status == 130
    content = results(tmp_path / "out")
    assert len(content["pictures"]) == 4
    assert content["complete"] is False
    with (tmp_path / "out" / "predictions.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4


def test_a_full_disk_is_a_message(
    run: Callable[..., Answer], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: CsvTable, picture: PredictedPicture) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CsvTable, "add", full)
    answer = run(f"source='{photos}'", "output=out")
    assert answer.status == 1
    assert "No space left on device" in answer.err
    assert "Traceback" not in answer.err


def test_help_needs_no_tensorflow(command: Command) -> None:
    answer = command(predict.main, "--help", program="predict.py")
    assert answer.status == 0
    for key in ("source", "formats", "score_threshold", "label_studio_prefix", "coco_images"):
        assert re.search(rf"^ *{re.escape(key)}\b", answer.out, re.MULTILINE), key


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_pictures(model: Path, tmp_path: Path) -> None:
    """Two thousand pictures through every writer: a thousand later it is no larger."""
    rng = np.random.default_rng(0)
    (tmp_path / "p").mkdir()
    for number in range(20):
        pixels = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "p" / f"{number}.jpg")
    names = [f"{number % 20}.jpg" for number in range(2000)]
    source = PictureFiles("p", "p", tmp_path / "p", None, names, 2)
    out = tmp_path / "out"
    out.mkdir()
    about = facts()
    writers = [
        *(JsonFile(out, about), CsvTable(out, about), CocoResults(out, about)),
        *(LabelStudio(out, about), CvatFile(out, about), DrawnPictures(out, about)),
    ]
    predictor = Predictor(
        KerasEngine(keras.saving.load_model(model / "model.keras")), batch_size=16
    )
    process = psutil.Process()
    sizes: list[int] = []

    def watched():
        pictures = predict_source(predictor, source, score_threshold=0.0, shown_side=100)
        for number, picture in enumerate(pictures):
            assert not isinstance(picture, SourcePicture)
            if number % 200 == 199:
                gc.collect()
                sizes.append(process.memory_info().rss)
            yield picture

    summary = write_predictions(watched(), writers)
    assert summary.pictures == 2000
    # All pictures decoded would be 720 MB, those for the model 24 MB, those to draw on 45 MB.
    assert sizes[-1] - sizes[3] < 8 * 2**20, [size // 2**20 for size in sizes]
    assert len(list((out / "pictures").iterdir())) == 2000


def test_names_are_shown_as_any_terminal_can(run: Callable[..., Answer], tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/a.png", "wb") as file:
        Image.new("RGB", (40, 30), "red").save(file, "PNG")
    answer = run(f"source='{os.fsdecode(folder)}'", "output=out")
    assert answer.status == 0, answer.err
    assert results(tmp_path / "out")["source"] == printable(os.fsdecode(folder))

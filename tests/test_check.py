"""The check command: a report in three forms, an exit status, and not a byte in the dataset."""

import json
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image

from objloc.check import main
from tests.conftest import Command
from tests.data.doctor.labelled_sets import COUNT, fingerprint, picture, write_label, write_voc


def test_a_healthy_set_passes(command: Command, tmp_path: Path) -> None:
    write_voc(tmp_path / "my_set")
    before = fingerprint(tmp_path / "my_set")
    answer = command(main, "dataset=voc", "dataset.root=my_set", "augment=none")
    assert answer.status == 0, answer.err
    assert "my_set: Fit to train on: nothing is wrong." in answer.out
    assert fingerprint(tmp_path / "my_set") == before
    # The report and nothing else: no run folder, no log.
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["check-my_set", "my_set"]
    assert sorted(entry.name for entry in (tmp_path / "check-my_set").iterdir()) == [
        "findings.json",
        "report.html",
    ]


def test_errors_are_told_three_times_and_by_the_exit_status(
    command: Command, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    write_voc(root)
    for number in (1, 2, 3, 4, 5, 6):
        write_label(root, number, [("cat", (100, 20, 60, 80)), ("dog", (20, 20, 70, 70))])
    (root / "images" / "0.jpg").write_bytes(b"")
    before = fingerprint(root)
    answer = command(
        main, "dataset=voc", f"dataset.root={root}", "output=a/b", "thumbnails=3", "augment=none"
    )
    assert answer.status == 1
    assert "Not fit to train on: 7 errors" in answer.out
    assert "… and 3 more" in answer.out
    assert fingerprint(root) == before

    content = json.loads((tmp_path / "a" / "b" / "findings.json").read_text())
    assert content["counts"] == {"error": 7, "warning": 0, "note": 0}
    inverted = [each for each in content["findings"] if each["kind"] == "box_inverted"]
    assert [each["file"] for each in inverted] == [f"annotations/{i}.xml" for i in range(1, 7)]
    assert {each["where"] for each in inverted} == {"object 1"}
    assert inverted[0]["box"] == [100, 20, 60, 80]
    assert content["statistics"]["objects"] == 8

    page = (tmp_path / "a" / "b" / "report.html").read_text(encoding="utf-8")
    assert "Not fit to train on: 7 errors" in page
    for number in range(1, 7):
        assert f"annotations/{number}.xml" in page
    assert page.count("<img") == 3
    # Everything is in it: no address leads out of the page.
    assert re.findall(r'(?:src|href)="(?!data:|#)', page) == []


def test_the_thumbnail_shows_the_box_in_its_place(tmp_path: Path) -> None:
    from objloc.data.doctor.thumbnails import Thumbnails
    from objloc.data.drawing import PREDICTION_COLOUR
    from objloc.data.files import Finding
    from tests.data.doctor.labelled_sets import save, table

    save(tmp_path / "0.png", np.zeros((512, 1024, 3), np.uint8))
    annotations = table(tmp_path, [[]], files=["0.png"], sizes=np.array([[512, 1024]], np.int32))
    corners = (256.0, 128.0, 512.0, 384.0)
    finding = Finding("box_outside", "error", "0.xml", "m", "w", files=("0.png",), box=corners)
    ((image, caption),) = Thumbnails(annotations).of([finding], 5)
    assert caption == "0.png"
    assert image.shape == (256, 512, 3)
    rows, columns = np.nonzero((image == PREDICTION_COLOUR).all(axis=2))
    # Half of the picture's size; the frame is drawn just outside of the box.
    edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(np.array(edges) - [128, 64, 256, 192]).max() <= 3


def test_it_never_writes_into_the_dataset(command: Command, tmp_path: Path) -> None:
    root = tmp_path / "set"
    write_voc(root)
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    before = fingerprint(root)
    for output in (root, root / "report", tmp_path / "link" / "report", root / ".." / "set" / "x"):
        answer = command(main, "dataset=voc", f"dataset.root={root}", f"output={output}")
        assert answer.status == 1
        assert "inside the dataset's folder" in answer.err
        assert "Traceback" not in answer.err
    assert fingerprint(root) == before


def test_file_names_that_are_no_text_are_reported(command: Command, tmp_path: Path) -> None:
    root = tmp_path / "set"
    write_voc(root)
    name = os.fsdecode(b"caf\xe9 <b>.jpg")
    Image.fromarray(picture(50)).save(root / "images" / name, format="JPEG")
    answer = command(main, "dataset=voc", f"dataset.root={root}", "augment=none")
    assert answer.status == 0, answer.err
    assert r"caf\xe9 <b>.jpg" in answer.out
    page = (tmp_path / "check-set" / "report.html").read_text(encoding="utf-8")
    assert r"caf\xe9 &lt;b&gt;.jpg" in page
    content = json.loads((tmp_path / "check-set" / "findings.json").read_text())
    assert [each["file"] for each in content["findings"]] == [f"images/{name}"]


def test_augmentation_is_tried(command: Command, tmp_path: Path) -> None:
    write_voc(tmp_path / "set")
    arguments = ("dataset=voc", "dataset.root=set", "augment=pictures", "dataset.val_share=0.2")
    assert command(main, *arguments).status == 0
    content = json.loads((tmp_path / "check-set" / "findings.json").read_text())
    training = next(split for split in content["splits"] if split["name"] == "train")
    assert 0 < training["pictures"] < COUNT
    assert content["augmentation"]["pictures"] == training["pictures"]
    assert content["augmentation"]["objects"] == 3 * training["objects"]
    assert command(main, *arguments, "tried_pictures=0").status == 0
    content = json.loads((tmp_path / "check-set" / "findings.json").read_text())
    assert content["augmentation"] is None


def test_mistakes_are_one_message(command: Command, tmp_path: Path) -> None:
    answer = command(main, "dataset=creatures")
    assert answer.status == 1
    assert "preview" in answer.err
    answer = command(main, "dataset=voc", "dataset.root=nowhere")
    assert answer.status == 1
    assert "nowhere" in answer.err
    assert "Traceback" not in answer.err
    write_voc(tmp_path / "set")
    (tmp_path / "file").write_text("")
    answer = command(main, "dataset=voc", "dataset.root=set", "output=file/x")
    assert answer.status == 1
    assert "output=file/x" in answer.err
    assert "Traceback" not in answer.err

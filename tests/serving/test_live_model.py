"""A newer model takes over while requests go on, and whatever fails, the old one stays."""

import asyncio
import shutil
from pathlib import Path

import pytest

from objloc.engines.exported_model import sidecar_of
from objloc.errors import ExportError
from objloc.serving.batching import Batching
from objloc.serving.live_model import LiveModel
from objloc.serving.metrics import Metrics
from objloc.serving.model_file import ModelFile, file_version
from objloc.serving.service import Service
from tests.serving.pictures import encoded, picture


def put(source: Path, target: Path) -> None:
    """Puts an exported model in another's place, its file first, as a copying program would."""
    for old, new in ((source, target), (sidecar_of(source), sidecar_of(target))):
        shutil.copyfile(old, f"{new}.new")
        Path(f"{new}.new").replace(new)


def test_no_request_is_lost_while_models_change(
    model_file: Path, newer_model_file: Path, tmp_path: Path
):
    file = tmp_path / "model.onnx"
    put(model_file, file)
    scores = {file_version(model_file): 1.0, file_version(newer_model_file): 0.5}
    seen: list[str] = []
    pictures = [encoded(picture(red=(6, 6, 30, 24))), picture(64, 64, green=(3, 4, 9, 9))]

    async def ask(service: Service, until: asyncio.Event) -> None:
        while not until.is_set():
            answer = await service.predict(pictures, 0.0)
            for one in answer.pictures:  # all of one model
                assert one.scores[0] == pytest.approx(scores[answer.version], abs=0.01)
            seen.append(answer.version)

    async def changed(service: Service, version: str) -> None:
        for _ in range(1000):
            if service.model is not None and service.model.version == version:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"still {service.model}")

    async def play() -> None:
        service = Service(
            ModelFile(file), batching=Batching(workers=2), reload_seconds=0.02, threads=1
        )
        await service.start()
        until = asyncio.Event()
        clients = [asyncio.create_task(ask(service, until)) for _ in range(8)]
        for newer in (newer_model_file, model_file) * 3:
            await asyncio.sleep(0.05)
            put(newer, file)
            await changed(service, file_version(newer))
        until.set()
        await asyncio.gather(*clients)
        await service.stop()
        changes = service.metrics.registry.get_sample_value("objloc_model_changes_total")
        assert changes == 6

    asyncio.run(play())
    assert set(seen) == set(scores)
    assert len(seen) > 20


def test_what_fails_is_told_once_and_the_old_model_stays(
    model_file: Path, newer_model_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    file = tmp_path / "model.onnx"
    put(model_file, file)
    metrics = Metrics()
    live = LiveModel(ModelFile(file), metrics)
    before = live.open()
    assert not live.look()

    shutil.copyfile(newer_model_file, file)  # the sidecar is still the old one's
    assert [live.look() for _ in range(3)] == [False, False, False]
    assert live.current is before
    [told] = [record.getMessage() for record in caplog.records]
    assert "not the file that model.onnx.json was written for" in told
    assert metrics.registry.get_sample_value("objloc_failures_total", {"what": "reload"}) == 3

    shutil.copyfile(sidecar_of(newer_model_file), sidecar_of(file))
    assert live.look()
    assert live.current.version == file_version(newer_model_file)
    info = {"name": "model", "version": live.current.version}
    assert metrics.registry.get_sample_value("objloc_model_info", info) == 1
    info["version"] = before.version
    assert metrics.registry.get_sample_value("objloc_model_info", info) is None


def test_without_a_model_there_is_no_start(tmp_path: Path):
    with pytest.raises(ExportError, match=r"export it with python -m objloc\.export"):
        asyncio.run(Service(ModelFile(tmp_path / "model.onnx")).start())


def test_examples_lie_beside_the_model(model_file: Path, tmp_path: Path):
    file = tmp_path / "model.onnx"
    put(model_file, file)
    (tmp_path / "examples").mkdir()
    for name in ("1.jpg", "0.png", "notes.txt"):
        (tmp_path / "examples" / name).write_bytes(b"")
    model = LiveModel(ModelFile(file, "colours"), Metrics()).open()
    assert list(model.examples) == ["0.png", "1.jpg"]
    assert (model.name, model.about["run_id"]) == ("colours", "made by hand")

"""The command: what it takes for a model, how fast it starts, and that it ends without a loss."""

import asyncio
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from objloc import serve
from tests.conftest import Command
from tests.serving.pictures import encoded, picture
from tests.serving.service_process import service_process

PICTURE = encoded(picture(640, 480, red=(60, 60, 300, 240)))


def test_it_answers_soon_and_without_tensorflow(model_file: Path, tmp_path: Path):
    begun = time.perf_counter()
    with service_process(tmp_path, f"model={model_file}", python=("-X", "importtime")) as service:
        answer = httpx.post(f"{service.address}/v1/predict", content=PICTURE).json()
        assert time.perf_counter() - begun < 10
        [found] = answer["images"][0]["detections"]
        assert found["label"] == "red"
        assert service.told == (
            f"serving  {model_file.parent.name} version {answer['model']['version']} "
            f"at {service.address}"
        )
        assert service.end(signal.SIGINT) == 0
    imported = [line.rpartition("|")[2].strip() for line in service.log.read_text().splitlines()]
    assert "onnxruntime" in imported
    heavy = {"tensorflow", "keras", "mlflow"}
    assert not [name for name in imported if name.partition(".")[0] in heavy]


def test_no_request_under_way_is_lost_at_the_end(model_file: Path, tmp_path: Path):
    with service_process(tmp_path, f"model={model_file}", "api_key=secret") as service:

        async def ask() -> int:
            """Asks until nobody listens any more; how many answers came."""
            answers = 0
            headers = {"Authorization": "Bearer secret"}
            async with httpx.AsyncClient(base_url=service.address, headers=headers) as client:
                while True:
                    try:
                        reply = await client.post("/v1/predict", content=PICTURE)
                    except httpx.ConnectError:
                        return answers
                    assert reply.status_code == 200, reply.text
                    answers += 1

        async def play() -> list[int]:
            clients = [asyncio.create_task(ask()) for _ in range(8)]
            await asyncio.sleep(1)
            service.process.send_signal(signal.SIGTERM)
            return await asyncio.gather(*clients)

        answers = asyncio.run(play())
        assert min(answers) > 0
        assert service.process.wait(timeout=30) == 0
    assert "Traceback" not in service.log.read_text()


def test_a_silent_connection_may_still_send_its_request(model_file: Path, tmp_path: Path):
    with service_process(tmp_path, f"model={model_file}") as service:
        with httpx.Client(base_url=service.address) as client:
            assert client.get("/readyz").status_code == 200
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.4)  # the end has begun
            late = client.post("/v1/predict", content=PICTURE)
            assert (late.status_code, late.headers["connection"]) == (200, "close")
        assert service.process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_named(command: Command, model_file: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = command(serve.main, f"model={model_file}", f"port={port}", program="serve.py")
    assert answer.status == 1
    assert f"port={port}: cannot listen there" in answer.err
    assert "choose another" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("model=latest",), "no run in outputs holds a model"),
        (("model=models:/finder@champion",), "there is no tracking store at"),
        (("model=no/such/folder",), "no model at 'no/such/folder'"),
        (("model=x", "limits.waiting=0"), "limits.waiting"),
        (("model=x", "port=70000"), "port"),
    ],
)
def test_what_cannot_be_served_is_said(command: Command, words: tuple[str, ...], message: str):
    answer = command(serve.main, "port=0", *words, program="serve.py")
    assert answer.status == 1
    assert message in answer.err


def test_the_key_comes_from_the_environment(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OBJLOC_API_KEY", "from outside")
    with service_process(tmp_path, f"model={model_file.parent}") as service:
        url = f"{service.address}/v1/model"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"X-API-Key": "from outside"}).status_code == 200

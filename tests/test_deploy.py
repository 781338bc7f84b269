"""The containers: what is in them, how they are confined, and that they answer."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from objloc.config import compose
from tests import dockerfile
from tests.conftest import REPOSITORY
from tests.serving.colour_model import write_colour_model
from tests.serving.pictures import encoded, picture

DEPLOY = REPOSITORY / "deploy"
DOCKERFILES = sorted(DEPLOY.glob("*Dockerfile"))
PINNED = ["build.txt", "mlflow.txt", "requirements.txt"]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_the_linter_finds_nothing(file: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, file], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_containers_run_as_a_number_that_is_not_root(file: Path) -> None:
    users = [rest for name, rest in dockerfile.instructions(file) if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


def test_what_is_copied_is_what_the_build_may_see() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    seen = {file for line in lines if line[0] == "!" for file in REPOSITORY.glob(line[1:])}
    copied = {
        (REPOSITORY / source)
        for file in DOCKERFILES
        for name, rest in dockerfile.instructions(file)
        if name == "COPY" and not rest.startswith("--from=")
        for source in rest.split()[:-1]
    }
    assert copied == seen


@pytest.mark.parametrize("name", PINNED)
def test_containers_hold_the_versions_that_are_tested(name: str) -> None:
    here, tested = _pins(DEPLOY / name), _pins(REPOSITORY / "requirements.txt")
    known = {package for package, _ in tested}
    assert {pin for pin in here if pin[0] in known} <= tested
    # What only the container has; all else is there in both.
    assert {package for package, _ in here} - known <= {"psycopg2-binary"}
    text = (DEPLOY / name).read_text("utf-8")
    assert text.count("==") == len(re.findall(r"==.*\\\n +--hash=sha256:", text))
    assert "://" not in text


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"])


def test_containers_can_do_little(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["restart"] == "unless-stopped"
        assert {"cpus", "mem_limit", "pids_limit"} <= service.keys()
        assert not service.get("privileged")


def test_only_this_machine_reaches_what_is_published(services: dict[str, dict[str, Any]]) -> None:
    ports = {name: service.get("ports", []) for name, service in services.items()}
    assert all(port.startswith("127.0.0.1:") for published in ports.values() for port in published)
    assert ports["postgres"] == []
    assert services["postgres"]["networks"] == ["database"]
    assert "database" not in services["objloc"]["networks"]


def test_no_password_is_in_the_file_or_has_a_default(services: dict[str, dict[str, Any]]) -> None:
    secrets = [
        value
        for service in services.values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "KEY" in name
    ]
    assert len(secrets) == 3
    assert all(value is None or value.startswith("${POSTGRES_PASSWORD:?") for value in secrets)
    address = services["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"]
    assert address == "postgresql+psycopg2://mlflow@postgres/mlflow"
    assert ".env" in (REPOSITORY / ".gitignore").read_text("utf-8").splitlines()


def test_each_waits_for_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    for name, other in (("mlflow", "postgres"), ("objloc", "mlflow")):
        assert services[name]["depends_on"] == {other: {"condition": "service_healthy"}}
    assert "healthcheck" in services["postgres"]
    for file in DOCKERFILES:
        assert "HEALTHCHECK" in dict(dockerfile.instructions(file))


def test_the_service_takes_its_command_line(services: dict[str, dict[str, Any]]) -> None:
    words = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in services["objloc"]["command"]]
    config = compose(words, "serve").config
    assert config.model == "models:/finder@champion"
    # As many threads as CPUs: from inside, only the machine's can be counted.
    assert config.batching.workers == services["objloc"]["cpus"]
    # Each thread may hold a picture of that size at once, in 10 bytes a pixel, and half is left.
    largest = 10 * config.limits.pixels * config.batching.workers
    assert 2 * largest <= int(services["objloc"]["mem_limit"].removesuffix("g")) * 2**30
    allowed = services["mlflow"]["environment"]["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert config.tracking.uri.removeprefix("http://") in allowed


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> dockerfile.Stage:
    """What the Dockerfile's steps lead to, in a virtual environment."""
    try:
        folder = tmp_path_factory.mktemp("container")
        return dockerfile.build(DEPLOY / "Dockerfile", REPOSITORY, folder)
    except dockerfile.UnreachableIndexError as error:
        pytest.skip(f"the Dockerfile's packages can't be had: {error}")


@pytest.mark.slow
def test_the_steps_of_the_dockerfile_lead_to_a_service(
    container: dockerfile.Stage, tmp_path: Path
) -> None:
    write_colour_model(tmp_path / "model" / "model.onnx")
    with _started(container, f"model={tmp_path / 'model'}") as (address, process):
        assert json.load(urllib.request.urlopen(f"{address}/readyz"))["status"] == "ready"
        request = urllib.request.Request(
            f"{address}/v1/predict",
            encoded(picture(width=128, height=64, green=(32, 16, 64, 48))),
            {"Content-Type": "image/png"},
        )
        answer = json.load(urllib.request.urlopen(request))
        (detection,) = answer["images"][0]["detections"]
        assert detection["label"] == "green"
        assert detection["box"] == pytest.approx([32, 16, 64, 48], abs=2)
        assert _health(container, address) == 0
        process.send_signal(getattr(signal, container.words["STOPSIGNAL"]))
        assert process.wait(timeout=20) == 0
        assert _health(container, address) != 0
    # Nothing was written: no log, and no id of this machine, as ONNX Runtime keeps for reports.
    assert [path.name for path in container.workdir.iterdir()] == ["requirements.txt"]
    assert not list(container.home.rglob("*"))


@pytest.mark.slow
def test_the_container_holds_nothing_of_training(container: dockerfile.Stage) -> None:
    program = "from importlib.metadata import distributions as d; print(*{x.name for x in d()})"
    done = subprocess.run(
        [container.python, "-c", program], capture_output=True, text=True, check=True
    )
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in done.stdout.split()}
    pinned = {name for name, _ in _pins(DEPLOY / "requirements.txt")}
    assert names - {"pip", "setuptools"} == pinned | {"objloc"}
    assert not pinned & {"tensorflow", "keras", "mlflow", "pandas", "scipy", "albumentations"}


@contextmanager
def _started(
    container: dockerfile.Stage, model: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The container's own program at another port; the model stands in for CMD."""
    words = [*container.command("ENTRYPOINT"), model, "host=127.0.0.1", "port=0"]
    process = subprocess.Popen(
        words,
        executable=container.python,
        cwd=container.workdir,
        env={**container.environment, "HOME": str(container.home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\d.:]+", line)
            assert found, line
            yield found[0], process
        finally:
            process.kill()


def _health(container: dockerfile.Stage, address: str) -> int:
    """Exit status of the container's health check, asking at `address`."""
    words = [
        word.replace("http://127.0.0.1:8000", address) for word in container.command("HEALTHCHECK")
    ]
    assert any(address in word for word in words)
    return subprocess.run(
        words, executable=container.python, env=container.environment, stderr=subprocess.DEVNULL
    ).returncode


def _pins(file: Path) -> set[tuple[str, str]]:
    """The packages of a pinned list, with their versions."""
    return set(re.findall(r"^([\w.-]+)==(\S+)", file.read_text("utf-8"), flags=re.MULTILINE))

"""Commands: help, clean errors, run folders, sweeps and resuming; nothing heavy is run."""

import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from objloc.config import hydra_command
from objloc.errors import TrainingError
from tests.conftest import REPOSITORY, Command

RUNS: list[tuple[DictConfig, Path]] = []


def run(config: DictConfig) -> None:
    """Notes what it was called with; some seeds go wrong."""
    RUNS.append((config, Path(HydraConfig.get().runtime.output_dir)))
    if config.seed == 13:
        raise TrainingError("seed 13: unlucky")
    if config.seed == 14:
        raise RuntimeError("a mistake in the program")


main = hydra_command("train", run, find_run=lambda root, resume: root / resume)
main_without_resume = hydra_command("train", run)


@pytest.fixture(autouse=True)
def no_runs() -> None:
    RUNS.clear()


def test_a_run_gets_its_config_and_a_new_folder(command: Command, tmp_path: Path) -> None:
    answer = command(main, "+experiment=white_box", "seed=5")
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    ((config, folder),) = RUNS
    assert (config.seed, config.name) == (5, "white_box")
    assert folder.parent == tmp_path / "outputs"
    assert folder.name.endswith("-white_box")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["loss.wieghts.box=5"], "loss.weights.box"),
        (["+experiment=emojy"], "emoji"),
        (["+experment=emoji"], "experiment"),
        (["optimizer.learning_rate=0"], "float > 0"),
        (["--cfg", "job", "optimizer.learning_rate=0"], "float > 0"),
        (["-m", "loss.weights.box=1,2,-5"], "loss.weights.box=-5"),
        (["-m", "loss.box=ciou,cio"], "Did you mean 'ciou'"),
        (["--config-dir", "nowhere"], "no such folder"),
        (["resume=x", "-m", "seed=1,2"], "--multirun"),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_left_behind(
    command: Command, tmp_path: Path, arguments: list[str], wanted: str
) -> None:
    answer = command(main, *arguments)
    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert wanted in answer.err
    assert "Traceback" not in answer.err
    assert RUNS == []
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_user_in_the_run_is_one_message(command: Command) -> None:
    answer = command(main, "seed=13")
    assert (answer.status, answer.err) == (1, "error: seed 13: unlucky\n")


def test_an_error_of_the_program_keeps_its_traceback(command: Command) -> None:
    answer = command(main, "seed=14")
    assert answer.status == 1
    assert "Traceback" in answer.err
    assert "RuntimeError: a mistake in the program" in answer.err


def test_a_sweep_goes_on_after_a_job_that_failed(command: Command, tmp_path: Path) -> None:
    answer = command(main, "-m", "seed=1,13,3", "tracking=off")
    assert answer.status == 1
    assert [config.seed for config, _ in RUNS] == [1, 13, 3]
    assert answer.err.count("unlucky") == 1
    assert "job 1 (seed=13 tracking=off) failed: seed 13: unlucky" in answer.err
    sweep = RUNS[0][1].parent
    assert sweep.parent == tmp_path / "outputs"
    assert [folder.name for _, folder in RUNS] == ["0", "1", "2"]


def test_resuming_goes_on_in_the_old_folder_with_the_old_config(
    command: Command, tmp_path: Path
) -> None:
    command(main, "+experiment=white_box", "seed=5")
    config, folder = RUNS[0]
    OmegaConf.save(config, folder / "config.yaml")
    assert command(main, f"resume={folder.name}").status == 0
    resumed, same_folder = RUNS[1]
    assert same_folder == folder
    assert (resumed.seed, resumed.name, resumed.resume) == (5, "white_box", folder.name)
    assert command(main, "+experiment=white_box", "seed=5", f"resume={folder.name}").status == 0
    answer = command(main, "+experiment=white_box", "seed=6", f"resume={folder.name}")
    assert "seed (saved 5, now 6)" in answer.err
    assert list((tmp_path / "outputs").iterdir()) == [folder]


def test_a_command_that_runs_in_one_go_refuses_resume(command: Command) -> None:
    assert "cannot be resumed" in command(main_without_resume, "resume=latest").err


def test_an_output_folder_that_cannot_be_written_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = command(main, "output_root=file")
    assert answer.status == 1
    assert "output_root=" in answer.err
    assert "Traceback" not in answer.err


def test_hydras_own_flags_go_on_working(command: Command, tmp_path: Path) -> None:
    assert command(main, "--cfg", "job", "-p", "seed", "seed=4").out == "4\n"
    assert "Hydra" in command(main, "--hydra-help").out
    assert "hydra_bash_completion" in command(main, "-sc", "install=bash").out
    (tmp_path / "mine" / "trainer").mkdir(parents=True)
    (tmp_path / "mine" / "trainer" / "long.yaml").write_text(
        "# Mine.\ndefaults:\n  - default\nepochs: 77\n"
    )
    answer = command(main, "--config-dir", "mine", "~experiment", "trainer=long")
    assert answer.status == 0
    assert RUNS[-1][0].trainer.epochs == 77


def test_help_has_a_line_for_every_option_and_group_help_for_every_key(command: Command) -> None:
    text = command(main, "--help").out
    for wanted in ("experiment=…", "white_box", "debug=…", "smoke", "Two steps", "seed=0", "--cfg"):
        assert wanted in text
    text = command(main, "--help", "loss").out
    assert "loss.weights.box=" in text
    assert "[one of bce, l1, mse, huber, giou, ciou]" in text


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--cfg", "job"], ["+experiment=emojy"], ["optimizer.learning_rate=-1"]],
    ids=["help", "cfg", "unknown experiment", "out of range"],
)
def test_answers_come_without_tensorflow(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import runpy, sys\n"
        "sys.argv = ['train.py', *sys.argv[1:]]\n"
        "try:\n"
        "    runpy.run_module('objloc.train', run_name='__main__', alter_sys=True)\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'albumentations', 'grain', 'cv2'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"

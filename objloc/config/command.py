"""Makes a command's `main()`: Hydra's command line, with help and errors that people can use."""

import functools
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import hydra

# Hydra's own parser, so that every flag of Hydra's goes on working; pyproject.toml pins Hydra.
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from objloc.config.build import allow
from objloc.config.check import plain
from objloc.config.composition import Composition, compose, normalize
from objloc.config.diagnosis import suspicious_addition
from objloc.config.folders import config_folder, groups, search_folders
from objloc.config.help import command_help, group_help
from objloc.config.resume import resumed_config
from objloc.config.run_folder import reserve_run_folder
from objloc.config.sweep import definition, single_jobs
from objloc.config.targets import KERAS, OWN_PACKAGES
from objloc.errors import ConfigError, ObjlocError

Run = Callable[[DictConfig], object]
# (output_root, resume) → the folder of the run that `resume` means.
FindRun = Callable[[Path, str], Path]
# (output_root, definition) → the folder of the sweep to go on with, if there is one.
FindSweep = Callable[[Path, str], Path | None]


@dataclass(frozen=True)
class Sweeps:
    """What makes a command's multiruns: a sweeper, and how an earlier start is found again."""

    sweeper: type[Sweeper]
    find: FindSweep


def hydra_command(
    config_name: str,
    run: Run,
    *,
    find_run: FindRun | None = None,
    sweeps: Sweeps | None = None,
    synonyms: Mapping[str, str] | None = None,
    lists: Collection[str] = (),
) -> Callable[[], None]:
    """A `main()` that composes the config, checks it and calls `run` with it.

    Args:
        config_name: the primary config: `conf/<config_name>.yaml`.
        run: the command. It must import TensorFlow and Keras inside, not at the top of its file:
            help and errors are answered without them. An ObjlocError from it is shown as one
            message; any other exception keeps its traceback.
        find_run: for commands that can be resumed: finds the folder of the run that `resume=…`
            means. Without it, `resume=…` is refused.
        sweeps: for commands whose primary config chooses objloc's own sweeper.
        synonyms: other names for keys, for those that are a group's name elsewhere.
        lists: keys that hold lists: `key=a,b`, in Hydra a sweep over two values, means `key=[a,b]`.
    """

    def main() -> None:
        try:
            words = [_plain_name(text, synonyms or {}) for text in sys.argv[1:]]
            sys.argv[1:] = [_bracketed(text, lists) for text in words]
            _main(config_name, run, find_run, sweeps)
        except ObjlocError as error:
            _fail(error)
        except BrokenPipeError:  # `--help | head` closed the pipe: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            sys.exit(130)  # 128 + SIGINT, as shells say it

    main.__doc__ = sys.modules[run.__module__].__doc__
    return main


def _main(config_name: str, run: Run, find_run: FindRun | None, sweeps: Sweeps | None) -> None:
    arguments = get_args_parser().parse_intermixed_args()
    config_name = arguments.config_name or config_name
    if arguments.help:
        print(_help(arguments, config_name, run))
        return
    inspecting = arguments.shell_completion or arguments.hydra_help or arguments.info
    replacement = None
    if not inspecting and not arguments.experimental_rerun and not arguments.config_path:
        arguments.overrides = normalize(arguments.overrides)
        composition = _checked(arguments, config_name)
        sys.argv = _normalized_argv()
        if not arguments.cfg:
            replacement = _prepare(arguments, composition, find_run, sweeps)
    if sweeps is not None:
        Plugins.instance().register(sweeps.sweeper)
    _call_hydra(config_name, run, replacement)


def _help(arguments: Namespace, config_name: str, run: Run) -> str:
    folders = search_folders(arguments.config_dir)
    options = groups(folders)
    for word in arguments.overrides:
        name = word.partition("=")[0]
        if name in options:
            return group_help(name, options[name])
    text = (sys.modules[run.__module__].__doc__ or "").strip()
    return command_help(config_name, text, config_folder() / f"{config_name}.yaml", options)


def _checked(arguments: Namespace, config_name: str) -> Composition:
    """Compose and check every job of the command line; the first one's composition."""
    compose_job = functools.partial(
        compose, config_name=config_name, config_dir=arguments.config_dir
    )
    if arguments.multirun:
        jobs = single_jobs(arguments.overrides)
        first = compose_job(next(jobs))
        space = OmegaConf.select(first.config, "sweep.space")
        if space:
            jobs = single_jobs(arguments.overrides, plain(space))
        for job in jobs:
            compose_job(job)
    else:
        first = compose_job(arguments.overrides)
    parsed = OverridesParser.create().parse_overrides(arguments.overrides)
    error = suspicious_addition(parsed, first.docs, search_folders(arguments.config_dir))
    if error is not None:
        raise error
    return first


def _plain_name(override: str, synonyms: Mapping[str, str]) -> str:
    key, equals, value = override.partition("=")
    return f"{synonyms.get(key, key)}{equals}{value}"


def _bracketed(override: str, lists: Collection[str]) -> str:
    key, _, value = override.partition("=")
    if key not in lists or not value or value.startswith(("[", "$")):
        return override
    return f"{key}=[{value}]"


def _normalized_argv() -> list[str]:
    return [sys.argv[0], *normalize(sys.argv[1:])]


def _prepare(
    arguments: Namespace,
    composition: Composition,
    find_run: FindRun | None,
    sweeps: Sweeps | None,
) -> DictConfig | None:
    """Choose the folder of the run or the sweep.

    Returns:
        Where a run is resumed, the config that takes the composed one's place.
    """
    config = composition.config
    resume = OmegaConf.select(config, "resume")
    multirun = arguments.multirun or composition.hydra.mode is RunMode.MULTIRUN
    if resume is not None:
        if find_run is None:
            raise ConfigError(f"resume={resume}: this command runs in one go and cannot be resumed")
        if multirun:
            raise ConfigError(f"resume={resume} continues one run: leave --multirun out")
        folder = find_run(Path(config.output_root), str(resume))
        replacement = resumed_config(config, arguments.overrides, folder)
        sys.argv.append(_override("hydra.run.dir", folder))
        return replacement
    key = "hydra.sweep.dir" if multirun else "hydra.run.dir"
    earlier = None
    if multirun and sweeps is None:
        sys.argv.append("hydra/sweeper=basic")  # objloc's own looks after trainings
    elif multirun and sweeps is not None:
        same = definition(arguments.overrides, config)
        sys.argv.append(f"hydra.sweeper.definition='{same}'")
        earlier = sweeps.find(Path(config.output_root), same)
    if not any(text.lstrip("+").startswith(f"{key}=") for text in arguments.overrides):
        whole = OmegaConf.create({"hydra": composition.hydra, **config})
        wanted = OmegaConf.select(whole, key)
        if wanted != ".":  # a command that writes no run folder
            sys.argv.append(_override(key, earlier or reserve_run_folder(wanted)))
    return None


def _override(key: str, folder: Path) -> str:
    quoted = str(folder.absolute()).replace("\\", "\\\\").replace("'", "\\'")
    return f"{key}='{quoted}'"


def _call_hydra(config_name: str, run: Run, replacement: DictConfig | None) -> None:
    @functools.wraps(run)  # Hydra names the job after the module of what it wraps
    def job(config: DictConfig) -> object:
        if replacement is not None:
            config = replacement
        extra = OmegaConf.select(config, "allowed_targets") or []
        try:
            with allow(extra):
                return run(config)
        except ObjlocError as error:
            if HydraConfig.get().mode is not RunMode.MULTIRUN:
                _fail(error)
            # The other jobs go on: say now which one failed, and not a second time at the end.
            number, overrides = HydraConfig.get().job.num, HydraConfig.get().overrides.task
            sys.stderr.write(f"job {number} ({' '.join(overrides)}) failed: {error}\n")
            error.add_note(_REPORTED)
            raise

    # Hydra catches what a job raises and hands it to the exception hook, its own frames taken
    # out of the traceback; then it exits with status 1.
    previous, sys.excepthook = sys.excepthook, _report
    try:
        hydra.main(
            config_path=str(config_folder()),
            config_name=config_name,
            execution_whitelist=[*KERAS, *(f"{package}.*" for package in OWN_PACKAGES)],
        )(job)()
    except SystemExit as end:
        if isinstance(end.__cause__, ObjlocError):
            _fail(end.__cause__)
        raise
    finally:
        sys.excepthook = previous


_REPORTED = "reported"


def _report(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if isinstance(error, ObjlocError):
        if _REPORTED not in getattr(error, "__notes__", ()):
            sys.stderr.write(_message(error))
        return
    sys.__excepthook__(kind, error, traceback)


def _fail(error: ObjlocError) -> NoReturn:
    if os.environ.get("HYDRA_FULL_ERROR") == "1":
        raise error
    # Under a debugger Hydra raises what it else hands to the exception hook.
    if _REPORTED not in getattr(error, "__notes__", ()):
        sys.stderr.write(_message(error))
    sys.exit(1)


def _message(error: ObjlocError) -> str:
    return f"error: {error}\n"

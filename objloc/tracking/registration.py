"""The wish to register the model that a training comes to: checked before it, done after it."""

from collections.abc import Mapping
from dataclasses import dataclass

from objloc.errors import ConfigError, TrackingError
from objloc.tracking.registered_name import check_names


@dataclass(frozen=True)
class Registration:
    """What a run's `registry` says.

    Attributes:
        name: of the registered model, made if there is none yet.
        alias: what the version is to be called; None for no such word.
        export: put an ONNX file into the model.
    """

    name: str
    alias: str | None = None
    export: bool = True

    @classmethod
    def wanted(
        cls, name: str | None, alias: str | None, export: bool, *, stored: bool, in_sweep: bool
    ) -> "Registration | None":
        """The registration, if there is to be one.

        Args:
            name: as the config has it, None for no registration.
            alias: likewise.
            export: likewise.
            stored: the run's model is stored, so that it can be registered.
            in_sweep: the run is the job of a sweep.

        Raises:
            ConfigError: it could not be done at the end.
        """
        if name is None and alias is None:
            return None
        if name is None:
            raise ConfigError(
                f"registry.alias={alias} needs the name of the registered model: registry.name=…"
            )
        check_names(name, alias, "registry.")
        if not stored:
            raise ConfigError(
                f"registry.name={name}: no model is stored with tracking=off or "
                "tracking.log_model=false; leave that or registry.name out"
            )
        if in_sweep and alias is not None:
            raise ConfigError(
                f"registry.alias={alias}: in a sweep it would end at the job that happens to "
                "finish last; leave it out, and when the sweep is done: python -m objloc.promote "
                f"run=best-of:latest name={name} alias={alias}"
            )
        return cls(name, alias, export)

    def register(self, uri: str, run_id: str, facts: Mapping[str, str]) -> list[str]:
        """Makes the run's model a version of the registered model; says so, for people.

        Args:
            uri: of the store.
            run_id: of the run.
            facts: become the version's tags.

        Raises:
            TrackingError: it cannot be done; the message says how to do it later.
        """
        # Here, not above: MLflow takes seconds to import.
        from objloc.tracking.registry import register_run
        from objloc.tracking.store import open_store

        try:
            return register_run(
                open_store(uri), run_id, self.name, self.alias, export=self.export, tags=facts
            )
        except TrackingError as error:
            raise TrackingError(
                f"{error}\nThe training is complete, only its model is not registered; to do so: "
                f"python -m objloc.promote run={run_id} name={self.name} "
                f"alias={self.alias or 'null'}"
            ) from error

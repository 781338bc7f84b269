"""The names that MLflow takes for registered models and their aliases; known without MLflow."""

import re

from objloc.errors import ConfigError


def check_names(name: str, alias: str | None, keys: str = "") -> None:
    """Refuses what MLflow refuses, before anything is written.

    Args:
        name: of the registered model.
        alias: of a version; None for none.
        keys: what stands before `name` and `alias` in the config: `registry.`.

    Raises:
        ConfigError: a name cannot be that of a registered model, or of an alias.
    """
    if not name.strip() or set(name) & set("/:@"):
        raise ConfigError(f"{keys}name={name!r}: a registered model's name has none of / : @ in it")
    if alias is None:
        return
    if not re.fullmatch(r"[\w-]{1,255}", alias):
        raise ConfigError(f"{keys}alias={alias!r}: an alias is made of letters, digits, _ and -")
    if alias.lower() == "latest" or re.fullmatch(r"[vV]?\d+", alias):
        raise ConfigError(
            f"{keys}alias={alias}: MLflow keeps this word for the version itself; choose another, "
            "such as alias=champion"
        )

"""Configuration: compose it, check it, explain it, and build what it names."""

from objloc.config.build import allow, build
from objloc.config.command import hydra_command
from objloc.config.composition import Composition, compose
from objloc.config.folders import config_folder

__all__ = ["Composition", "allow", "build", "compose", "config_folder", "hydra_command"]

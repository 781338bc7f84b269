"""The errors that a user can mend: commands print them as one message, without a traceback."""


class ObjlocError(Exception):
    """Something outside the code is wrong; the message names it, its place and the way out."""


class ConfigError(ObjlocError):
    """A config key, value or option is unknown, out of range or refused."""


class DataError(ObjlocError):
    """A picture, sprite, label or folder cannot be used."""


class TrainingError(ObjlocError):
    """Training cannot start, go on or be resumed."""


class TrackingError(ObjlocError):
    """A run cannot be recorded or read back."""


class SweepError(ObjlocError):
    """A sweep cannot go on, or some of its jobs failed."""


class PrunedError(ObjlocError):
    """A job of a sweep was stopped early, as others did better."""


class ExportError(ObjlocError):
    """An exported model cannot be written or read."""

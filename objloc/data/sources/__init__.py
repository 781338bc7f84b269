"""Pictures that nobody has labelled: files, frames of videos, what a camera sees."""

from objloc.data.sources.ahead import ahead
from objloc.data.sources.film import Film
from objloc.data.sources.open_source import open_source
from objloc.data.sources.picture_files import PictureFiles
from objloc.data.sources.picture_source import PictureSource
from objloc.data.sources.source_picture import SourcePicture

__all__ = [
    "Film",
    "PictureFiles",
    "PictureSource",
    "SourcePicture",
    "ahead",
    "open_source",
]

"""What a picture is called where people read about it."""

from typing import Protocol, runtime_checkable

from objloc.data.sample_source import SampleSource


@runtime_checkable
class NamedSource(Protocol):
    """A source whose samples have names: those of picture files."""

    def picture_name(self, index: int) -> str:
        """The name of sample `index`, fit to be shown."""
        ...


def picture_name(source: SampleSource, index: int, image_id: int) -> str:
    """The sample's name, or its id where it has none."""
    return source.picture_name(index) if isinstance(source, NamedSource) else f"picture {image_id}"

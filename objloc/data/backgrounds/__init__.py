"""What sprites are pasted on: plain colours, textures, crops of photographs."""

from objloc.data.backgrounds.background import Background
from objloc.data.backgrounds.load import load_background

__all__ = ["Background", "load_background"]

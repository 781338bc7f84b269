"""What scenes show: SVG sets, folders of pictures, glyphs of a font, rectangles."""

from objloc.data.sprites.load import load_sprites
from objloc.data.sprites.picture_sprites import PictureSprites
from objloc.data.sprites.rectangle_sprites import RectangleSprites
from objloc.data.sprites.sprite import Sprite
from objloc.data.sprites.sprite_set import SpriteSet

__all__ = ["PictureSprites", "RectangleSprites", "Sprite", "SpriteSet", "load_sprites"]

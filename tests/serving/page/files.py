"""Picture files for the page, and what they are named."""

from tests.serving.page.visitor import PictureFile
from tests.serving.pictures import encoded, picture

BODY_BYTES = 200_000
RED_BOX = (12, 12, 60, 48)
RED = PictureFile("red.png", encoded(picture(192, 128, red=RED_BOX)))
BOTH = PictureFile("both.png", encoded(picture(192, 128, red=RED_BOX, blue=(96, 60, 180, 120))))
GREY = PictureFile("grey.png", encoded(picture(192, 128)))
NO_PICTURE = PictureFile("letter.jpg", b"Dear Sir or Madam", "image/jpeg")

"""The name of who downloads, drawn over pictures: a leak shows where it came from (domain.md §5)."""

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from apps.tickets.storage import Kind, encoded, opened

#: fonts with Chinese letters that common systems bring along
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
)
OPACITY = 70
LEAST_SIZE, SHARE = 12, 36


@cache
def chinese_font() -> str | None:
    """Return the path of a font with Chinese letters, or None where the system has none."""
    return next((path for path in FONTS if Path(path).is_file()), None)


def marked(content: bytes, kind: Kind, *, text: str, plain_text: str) -> bytes:
    """Return the picture with the text across it, many times.

    ``plain_text`` (user name and time, ASCII) takes the place of ``text`` where the system has no
    font with Chinese letters.
    """
    image = opened(content, kind).convert("RGBA")
    size = max(LEAST_SIZE, max(image.size) // SHARE)
    path = chinese_font()
    font = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    words = text if path else plain_text
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    width = int(draw.textlength(words, font=font))
    for row, top in enumerate(range(size, image.height + size, size * 6)):
        for left in range(-(width // 2) * (row % 2), image.width, width + size * 4):
            draw.text((left + 1, top + 1), words, font=font, fill=(255, 255, 255, OPACITY))
            draw.text((left, top), words, font=font, fill=(60, 60, 60, OPACITY))
    return encoded(Image.alpha_composite(image, layer), kind)

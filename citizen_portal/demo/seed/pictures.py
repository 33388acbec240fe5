"""A photo of a sheet of paper, as phones take them: drawn, so that the demo holds nobody's paper."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIZE = (900, 1200)


def photo_of_paper(randomness: Random) -> bytes:
    """A JPEG of a sheet with lines of grey writing on a wooden table, a little askew."""
    table = Image.new("RGB", SIZE, (122, 92, 64))
    sheet = Image.new("RGB", (700, 980), (246, 244, 238))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((60, 60, 330, 84), fill=(70, 70, 80))
    for line in range(18):
        width = randomness.randrange(380, 580)
        draw.rectangle((60, 150 + line * 40, 60 + width, 158 + line * 40), fill=(120, 120, 128))
    draw.arc((380, 850, 600, 930), 180, 340, fill=(40, 60, 140), width=4)
    turned = sheet.rotate(randomness.uniform(-3, 3), expand=True, fillcolor=(122, 92, 64))
    table.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
    out = BytesIO()
    table.save(out, "JPEG", quality=80)
    return out.getvalue()

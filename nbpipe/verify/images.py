"""Compare pictures pixel by pixel."""

import io
from functools import reduce

from PIL import Image, ImageChops, ImageOps

from nbpipe.model.verification import Status
from nbpipe.verify.verdict import SAME, Verdict


def compare_images(expected: bytes, found: bytes, tolerance: int) -> Verdict:
    """Compare two pictures: close where no channel of a pixel differs by more than `tolerance` of 255.

    The verdict on different ones comes with pictures of both and of their difference.
    """
    if expected == found:
        return SAME
    left, right = (Image.open(io.BytesIO(data)).convert("RGBA") for data in (expected, found))
    if left.size != right.size:
        sizes = " != ".join(f"{picture.width}×{picture.height}" for picture in (left, right))
        return Verdict(Status.DIFFERENT, f"size {sizes} pixels", _as_png(left, right, _difference(left, right)))
    bands = ImageChops.difference(left, right).split()
    strongest = reduce(ImageChops.lighter, bands).histogram()  # how many pixels differ by 0, 1, 2 ... in their most different channel
    largest = max(level for level, pixels in enumerate(strongest) if pixels)
    if largest == 0:
        return SAME
    beyond = sum(strongest[tolerance + 1 :])
    if beyond == 0:
        return Verdict(Status.CLOSE, f"no pixel differs by more than {largest} of 255")
    share = beyond / (left.width * left.height)
    return Verdict(Status.DIFFERENT, f"{share:.2%} of the pixels differ", _as_png(left, right, _difference(left, right)))


def _difference(left: Image.Image, right: Image.Image) -> Image.Image:
    """White where both agree, the darker the more they differ; the smaller one stands on white."""
    size = max(left.width, right.width), max(left.height, right.height)
    canvases = []
    for picture in (left, right):
        canvas = Image.new("RGBA", size, "white")
        canvas.alpha_composite(picture)
        canvases.append(canvas.convert("RGB"))
    return ImageOps.invert(ImageOps.autocontrast(ImageChops.difference(*canvases).convert("L")))


def _as_png(*pictures: Image.Image) -> tuple[bytes, ...]:
    return tuple(_encoded(picture) for picture in pictures)


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()

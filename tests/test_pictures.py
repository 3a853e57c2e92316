"""Pictures in files and replies."""

import io

import numpy as np
import pytest
from PIL import Image

from viga_mcp import pictures


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 7), (200, 301)])
def test_a_stored_png_is_the_picture_itself(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    data = pictures.stored_png(pixels)
    with Image.open(io.BytesIO(data)) as image:
        image.verify()  # the checksums
    assert np.array_equal(pictures.read(data), pixels)

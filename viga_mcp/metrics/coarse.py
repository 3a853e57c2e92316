"""Where a piece may lie in the target: every place at once, by Fourier transforms at a small size."""

from collections.abc import Iterator

import numpy as np

from viga_mcp.metrics.patches import Array, shrunk
from viga_mcp.metrics.pieces import Piece, Place

COARSE_PX = 128
COARSE_SCALES = (0.7, 0.84, 1.0, 1.2, 1.43)
PEAKS = 3


class Coarse:
    """The target at a small size; `factor` is how much smaller."""

    def __init__(self, wanted: Array) -> None:
        self.factor = max(1, -(-max(wanted.shape[:2]) // COARSE_PX))
        self.wanted = shrunk(wanted, self.factor)
        height, width = self.wanted.shape[:2]
        self.size = 2 * height, 2 * width
        self.target = np.fft.rfft2(self.wanted, self.size, axes=(0, 1))
        self.squared = np.fft.rfft2((self.wanted**2).sum(2), self.size)

    def places(self, piece: Piece) -> Iterator[Place]:
        """Shifts in pixels and scales at which the piece would remove most of the difference."""
        height, width = self.wanted.shape[:2]
        without = piece.gap_without()
        gap = np.fft.rfft2(3 * shrunk(without[..., None], self.factor)[..., 0], self.size)
        for scale in COARSE_SCALES:
            area, alpha, placed = piece.placed((0.0, 0.0), scale)
            colours, mask = np.zeros((*without.shape, 3), np.float32), np.zeros((*without.shape, 1), np.float32)
            colours[area], mask[area] = placed * alpha[..., None], alpha[..., None]
            small, cover = shrunk(colours, self.factor), shrunk(mask, self.factor)[..., 0]
            # sum over the piece of (what is there now) - (what would be there)
            spectrum = np.conj(np.fft.rfft2(cover, self.size)) * (gap - self.squared)
            spectrum += 2 * (np.conj(np.fft.rfft2(small, self.size, axes=(0, 1))) * self.target).sum(2)
            gains = np.fft.irfft2(spectrum, self.size)
            for _ in range(PEAKS):
                row, column = (int(i) for i in np.unravel_index(int(gains.argmax()), gains.shape))
                dy, dx = (row + height) % (2 * height) - height, (column + width) % (2 * width) - width
                yield (float(dx * self.factor), float(dy * self.factor)), scale
                rows, columns = np.arange(row - 2, row + 3) % gains.shape[0], np.arange(column - 2, column + 3)
                gains[np.ix_(rows, columns % gains.shape[1])] = -np.inf

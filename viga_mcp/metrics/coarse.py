"""Where a piece may lie in the target: every place at once, by Fourier transforms at a small size."""

from collections.abc import Iterator

import numpy as np

from viga_mcp.metrics.patches import Array, shrunk
from viga_mcp.metrics.pieces import NOISE, Piece, Place

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
        """Shifts in pixels and scales where the piece would remove most difference, or most of what is there."""
        height, width = self.wanted.shape[:2]
        without = piece.gap_without()
        gap = np.fft.rfft2(3 * shrunk(without[..., None], self.factor)[..., 0], self.size)
        for scale in COARSE_SCALES:
            area, alpha, placed = piece.placed(((0.0, 0.0), scale))
            colours, mask = np.zeros((*without.shape, 3), np.float32), np.zeros((*without.shape, 1), np.float32)
            colours[area], mask[area] = placed * alpha[..., None], alpha[..., None]
            small, cover = shrunk(colours, self.factor), shrunk(mask, self.factor)[..., 0]
            # sums over the piece of what is there now, and of that less what would be there
            spread = np.conj(np.fft.rfft2(cover, self.size))
            below = np.fft.irfft2(spread * gap, self.size)
            spectrum = spread * (gap - self.squared)
            spectrum += 2 * (np.conj(np.fft.rfft2(small, self.size, axes=(0, 1))) * self.target).sum(2)
            own = float(((small**2).sum(2) / np.maximum(cover, 1e-6)).sum())
            gains = np.fft.irfft2(spectrum, self.size) - own
            alike = (gains - below) / (np.maximum(below, 0) + 3 * NOISE**2 * float(cover.sum()))
            for rated in (gains, alike):
                for _ in range(PEAKS):
                    row, column = (int(i) for i in np.unravel_index(int(rated.argmax()), rated.shape))
                    dy, dx = (row + height) % (2 * height) - height, (column + width) % (2 * width) - width
                    yield (float(dx * self.factor), float(dy * self.factor)), scale
                    rows, columns = np.arange(row - 2, row + 3) % rated.shape[0], np.arange(column - 2, column + 3)
                    rated[np.ix_(rows, columns % rated.shape[1])] = -np.inf

"""The cheapest way to pair the rows of a matrix with its columns."""

from math import inf

import numpy as np
from numpy.typing import NDArray


def assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of the least total cost, as many as the shorter side has, in order of rows.

    Of equally cheap answers it gives the one that SciPy's `linear_sum_assignment` gives, so that scores which rest on
    such a choice come out as published.

    Args:
        costs: (rows, columns), finite; either may be 0.

    Source: Crouse 2016, "On implementing 2D rectangular assignment algorithms", doi:10.1109/TAES.2016.140952.
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assign(costs.T))
    solver = _Solver(costs)
    for row in range(costs.shape[0]):
        solver.add(row)
    return list(enumerate(solver.column_of))


class _Solver:
    """Rows are added one by one; each time the pairs are the cheapest for the rows so far."""

    def __init__(self, costs: NDArray[np.float64]) -> None:
        self.costs: list[list[float]] = costs.tolist()
        rows, columns = range(costs.shape[0]), range(costs.shape[1])
        self.row_prices, self.column_prices = [0.0 for _ in rows], [0.0 for _ in columns]
        self.column_of, self.row_of = [-1 for _ in rows], [-1 for _ in columns]

    def add(self, row: int) -> None:
        """Lengthen the pairing by the cheapest alternating path from the row to a free column, by Dijkstra's search."""
        columns = len(self.column_prices)
        left = list(range(columns))[::-1]
        distances, reached_from = [inf] * columns, [-1] * columns
        seen_rows, seen_columns, current, so_far = [row], list[int](), row, 0.0
        while True:
            best, lowest = -1, inf
            for place, column in enumerate(left):
                distance = so_far + self.costs[current][column] - self.row_prices[current] - self.column_prices[column]
                if distance < distances[column]:
                    distances[column], reached_from[column] = distance, current
                if distances[column] < lowest or (distances[column] == lowest and self.row_of[column] < 0):
                    best, lowest = place, distances[column]
            column, so_far = left[best], lowest
            left[best] = left[-1]
            left.pop()
            seen_columns.append(column)
            if self.row_of[column] < 0:
                break
            current = self.row_of[column]
            seen_rows.append(current)
        self.row_prices[row] += so_far
        for seen in seen_rows[1:]:
            self.row_prices[seen] += so_far - distances[self.column_of[seen]]
        for seen in seen_columns:
            self.column_prices[seen] -= so_far - distances[seen]
        self._flip(column, reached_from, row)

    def _flip(self, column: int, reached_from: list[int], start: int) -> None:
        while True:
            row = reached_from[column]
            self.row_of[column] = row
            self.column_of[row], column = column, self.column_of[row]
            if row == start:
                return

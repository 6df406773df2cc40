"""In which order the tasks of a campaign are worth doing: by their value per second."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Cell = tuple[float, int]
"""Learning rate and batch size."""

FIRST, MORE, REST = 9.0, 3.0, 1.0
"""Value of the first run of a cell of the coarse grid, of another seed there, and of any other run.

Where runs cost the same, the coarse grid is covered first, then seeded, then filled in; a cell that costs
many times as much, as those of small batch size do, waits.
"""


@dataclass(frozen=True)
class Candidate:
    """A task that could be done next.

    Attributes:
        name: Its name.
        cells: The cell of each run that it brings; None for a run outside the grid.
        seconds: How long the rest of it takes, as far as can be foretold; greater than 0.
        bonus: Value that it has beside its runs.
    """

    name: str
    cells: tuple[Cell | None, ...]
    seconds: float
    bonus: float = 0.0


def coarse_grid(learning_rates: Iterable[float], batch_sizes: Iterable[int]) -> frozenset[Cell]:
    """Return every other learning rate combined with every other batch size, the extremes included."""
    return frozenset((rate, size) for rate in _thin(learning_rates) for size in _thin(batch_sizes))


def _thin(values: Iterable) -> set:
    ordered = sorted(set(values))
    return {*ordered[::2], *ordered[-1:]}


def value(candidate: Candidate, runs: Mapping[Cell, int], coarse: frozenset[Cell]) -> float:
    """Return what a task is worth.

    Args:
        candidate: The task.
        runs: How many runs each cell has already.
        coarse: The cells of the coarse grid.
    """
    counts = Counter(runs)
    total = candidate.bonus
    for cell in candidate.cells:
        total += REST if cell not in coarse else MORE if counts[cell] else FIRST
        counts[cell] += 1
    return total


def rank(
    candidates: Iterable[Candidate], runs: Mapping[Cell, int], coarse: frozenset[Cell]
) -> list[Candidate]:
    """Return the tasks by what they are worth a second now, the best first; equals by their names.

    Args:
        candidates: The tasks.
        runs: How many runs each cell has already.
        coarse: The cells of the coarse grid.
    """
    return sorted(candidates, key=lambda one: (-value(one, runs, coarse) / one.seconds, one.name))

"""Global optimizers of SciPy and cma, as they come, to measure explicit graduated optimization against.

Each takes what :func:`run` does beside the optimizer. SciPy's ``direct`` is left out because its first point
is the middle of the box, where most of the benchmark functions have their minimum, and ``shgo`` because its
simplices are too many in 50 dimensions.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import cma
import numpy as np
from scipy import optimize

from graduated.graduated_optimization.objective import Finished, Objective

UNLIMITED = 10**9
"""Iterations: the objective ends a run."""


@dataclass(frozen=True)
class Rival:
    """An optimizer.

    Attributes:
        label: Its name in print.
        run: Called with the arguments of :func:`run`; returns when converged, or raises Finished.
    """

    label: str
    run: Callable[[Objective, np.ndarray, int], object]


def differential_evolution(objective: Objective, start: np.ndarray, seed: int) -> None:
    """Run SciPy's differential evolution (best/1/bin, 15·D individuals, polished by L-BFGS-B)."""
    del start  # the first population is a Latin hypercube
    optimize.differential_evolution(
        lambda columns: objective(columns.T),
        objective.bounds,
        maxiter=UNLIMITED,
        tol=0,
        vectorized=True,
        updating="deferred",
        rng=np.random.default_rng(seed),
    )


def dual_annealing(objective: Objective, start: np.ndarray, seed: int) -> None:
    """Run SciPy's dual annealing with its own local search, L-BFGS-B of 6·D iterations, in the box."""
    local_search = _local_search(objective, lambda point: objective.with_gradient(point)[1])
    local_search["options"] = {"maxiter": 6 * objective.dimension}
    optimize.dual_annealing(
        lambda point: float(objective(point)),
        objective.bounds,
        maxiter=UNLIMITED,
        maxfun=UNLIMITED,
        minimizer_kwargs=local_search,
        rng=np.random.default_rng(seed),
        x0=start,
    )


def _local_search(objective: Objective, gradient: Callable | bool) -> dict[str, Any]:
    return {"method": "L-BFGS-B", "jac": gradient, "bounds": objective.bounds}


def basin_hopping(objective: Objective, start: np.ndarray, seed: int) -> None:
    """Run SciPy's basin hopping by L-BFGS-B in the box, with steps of a twentieth of its width at first."""
    low, high = objective.function.low, objective.function.high
    optimize.basinhopping(
        objective.with_gradient,
        start,
        niter=UNLIMITED,
        minimizer_kwargs=_local_search(objective, True),
        stepsize=(high - low) / 20,
        rng=np.random.default_rng(seed),
    )


def cma_es(objective: Objective, start: np.ndarray, seed: int) -> None:
    """Run cma's CMA-ES with BIPOP restarts; its first standard deviation is a quarter of the box's width."""
    low, high = objective.function.low, objective.function.high
    generator = np.random.default_rng(seed)
    starts = chain([start], (generator.uniform(low, high, len(start)) for _ in count()))
    with _global_generator(seed):
        cma.fmin2(
            None,
            lambda: next(starts),
            (high - low) / 4,
            {"seed": np.nan, "verbose": -9, "verb_log": 0, "verb_disp": 0},
            restarts=UNLIMITED,
            bipop=True,
            parallel_objective=lambda points: objective.mirrored(np.array(points)).tolist(),
        )


@contextlib.contextmanager
def _global_generator(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator, which cma draws from, and put it back at the end."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def run(rival: Rival, objective: Objective, start: np.ndarray, seed: int) -> None:
    """Run an optimizer until it has converged, found the minimum or spent its budget.

    Args:
        rival: The optimizer.
        objective: What it minimises, and keeps the result.
        start: A first point [D], for those that take one.
        seed: Of its random numbers, in [0, 2³²).
    """
    with contextlib.suppress(Finished):
        rival.run(objective, start, seed)


RIVALS: dict[str, Rival] = {
    "basin_hopping": Rival("basin hopping", basin_hopping),
    "cma_es": Rival("CMA-ES (BIPOP)", cma_es),
    "differential_evolution": Rival("differential evolution", differential_evolution),
    "dual_annealing": Rival("dual annealing", dual_annealing),
}
"""Every optimizer by name."""

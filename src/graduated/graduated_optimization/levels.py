"""Noise levels: the degrees of smoothing δ_1 > δ_2 > … that an explicit graduated optimization passes."""

from itertools import pairwise
from math import inf

Levels = tuple[float, ...]
"""Degrees of smoothing, from the largest to the smallest."""


def halving_levels(first: float, levels: int) -> Levels:
    """Return δ_{m+1} = δ_m/2 (Hazan, Levy and Shalev-Shwartz, 2016).

    Args:
        first: δ_1.
        levels: How many.
    """
    return decaying_levels(first, 0.5, levels)


def decaying_levels(first: float, decay: float, levels: int) -> Levels:
    """Return δ_{m+1} = γδ_m (arXiv 2311.08745, Algorithm 1).

    Args:
        first: δ_1.
        decay: γ in (0, 1); the paper's theory has it in [0.5, 1).
        levels: How many.

    Raises:
        ValueError: An argument is out of range.
    """
    if not 0 < decay < 1:
        raise ValueError(f"decay = {decay}: expected a number between 0 and 1")
    _check_first(first)
    return _checked([first * decay**index for index in range(levels)])


def geometric_levels(first: float, last: float, levels: int) -> Levels:
    """Return levels of equal ratio between two given ones.

    Args:
        first: δ_1.
        last: δ of the last level, less than the first.
        levels: How many, at least two.

    Raises:
        ValueError: An argument is out of range.
    """
    _check_ends(first, last, levels)
    return _checked([*(first * (last / first) ** (m / (levels - 1)) for m in range(levels - 1)), last])


def polynomial_levels(first: float, last: float, levels: int, power: float) -> Levels:
    """Return δ_1 (1 − m/M)^p for m = 0 … M − 2, and a last level of its own (arXiv 2412.11501).

    That is δ_{m+1} = γ_m δ_m with γ_m = ((M−1−m)/(M−m))^p; the sequence would reach M^(−p) δ_1 at m = M − 1,
    where the released code sets 0.01 instead. Its sequence is ``polynomial_levels(1.0, 0.01, 51, 1.0)``.

    Args:
        first: δ_1.
        last: δ of the last level, less than that before.
        levels: M, at least two.
        power: p > 0; the optimal noise scheduling of the paper has it in (0, 1].

    Raises:
        ValueError: An argument is out of range.
    """
    _check_ends(first, last, levels)
    if not power > 0:
        raise ValueError(f"power = {power}: expected a number greater than 0")
    return _checked([*(first * (1 - m / levels) ** power for m in range(levels - 1)), last])


def _check_ends(first: float, last: float, levels: int) -> None:
    _check_first(first)
    if not last > 0:
        raise ValueError(f"last = {last}: expected a number greater than 0")
    if levels < 2:
        raise ValueError(f"levels = {levels}: expected at least 2, the first and the last")


def _check_first(first: float) -> None:
    if not 0 < first < inf:
        raise ValueError(f"first = {first}: expected a finite number greater than 0")


def _checked(levels: list[float]) -> Levels:
    if not levels:
        raise ValueError("levels = 0: expected at least 1")
    for earlier, later in pairwise(levels):
        if not later < earlier:
            raise ValueError(f"levels: expected each less than the one before, found {earlier:g}, {later:g}")
    return tuple(levels)

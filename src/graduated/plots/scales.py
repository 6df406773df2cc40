"""Axes: logarithmic ones with sensible limits, the accuracy axis, and δ read also as η/√b."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator

from graduated.plots.results import Results
from graduated.plots.style import MUTED

SMOOTHING, NOISE_RATIO = r"degree of smoothing $\delta$", r"$\eta/\sqrt{b}$"

_MARGIN = 0.06
_LABELS = ((1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
"""Where a logarithmic axis without two powers of ten has labels, as multiples of them: as few as do."""
_ENOUGH = 3
"""Labels that do."""
_TAIL = 0.22
"""Share of a compressed accuracy axis that the runs far below get."""


def log_axis(axes: Axes, which: str, values: Iterable[float]) -> None:
    """Make an axis logarithmic, with limits round the positive values; others lie beyond its lower end.

    Args:
        axes: The axes.
        which: ``"x"`` or ``"y"``.
        values: What is to be shown; may be empty.
    """
    positive = np.array([value for value in values if np.isfinite(value) and value > 0])
    low, high = np.log10([positive.min(), positive.max()]) if len(positive) else (-1, 0)
    margin = _MARGIN * (high - low) or 0.3
    axes.set(**{f"{which}scale": "log"})
    axes.set(**{f"{which}lim": (10 ** (low - margin), 10 ** (high + margin))})
    _log_ticks(getattr(axes, f"{which}axis"), *getattr(axes, f"get_{which}lim")(), empty=not len(positive))


def _log_ticks(axis: Axis, low: float, high: float, *, empty: bool = False) -> None:
    """Set the ticks of a logarithmic axis between two limits; one without values has none."""
    axis.set_minor_formatter(NullFormatter())
    if empty:
        axis.set_major_locator(NullLocator())
        axis.set_minor_locator(NullLocator())
        return
    if len(_multiples((1.0,), low, high)) >= 2:
        axis.set_major_locator(LogLocator(numticks=6))
        return
    choices = (_multiples(each, low, high) for each in _LABELS)
    ticks = next((ticks for ticks in choices if len(ticks) >= _ENOUGH), None)
    axis.set_major_locator(MaxNLocator(4) if ticks is None else FixedLocator(ticks))
    axis.set_major_formatter(lambda value, _: _in_print(value))


def _multiples(of_powers: Sequence[float], low: float, high: float) -> np.ndarray:
    """Return the multiples of powers of ten between two limits."""
    powers = 10.0 ** np.arange(floor(log10(low)), ceil(log10(high)) + 1)
    values = np.outer(powers, of_powers).ravel()
    return values[(values >= low) & (values <= high)]


def _in_print(value: float) -> str:
    """Return a number as an axis shows it: those far from 1 by a power of ten."""
    if 1e-3 <= value < 1e4:
        return f"{value:g}"
    exponent = floor(log10(value))
    return rf"${value / 10**exponent:g}\times10^{{{exponent}}}$"


def tick_values(axis: Axis, values: Sequence[float], room: float) -> None:
    """Put ticks at the given values of a logarithmic axis, leaving out labels that would touch.

    Args:
        axis: The axis.
        values: Where ticks are wanted, in ascending order.
        room: Least distance of two labels, as a share of the axis.
    """
    if not len(values):
        return
    low, high = np.log(axis.get_view_interval())
    ticks = [values[0]]
    for value in values[1:]:
        if (np.log(value) - np.log(ticks[-1])) / (high - low) >= room:
            ticks.append(value)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_locator(FixedLocator(values) if len(ticks) < len(values) else NullLocator())


def smoothing_axis(axes: Axes, results: Results, include: Sequence[float] = ()) -> None:
    """Make the x axis that of δ, with η/√b = δ/C along the top where the runs share one C."""
    shown = [*results.runs["smoothing"], *include]
    log_axis(axes, "x", shown)
    factor = results.noise_std
    if factor is None:
        axes.set_xlabel(SMOOTHING)
        return
    axes.set_xlabel(rf"{SMOOTHING} = $\eta C/\sqrt{{b}}$")
    top = axes.secondary_xaxis("top", functions=(lambda delta: delta / factor, lambda ratio: ratio * factor))
    top.set_xlabel(rf"{NOISE_RATIO}  ($C$ = {factor:.3g})", color=MUTED)
    top.tick_params(colors=MUTED, which="both")
    top.spines["top"].set_color(MUTED)
    _log_ticks(top.xaxis, *(limit / factor for limit in axes.get_xlim()))


def accuracy_axis(axes: Axes, accuracies: pd.Series) -> None:
    """Make the y axis that of the test accuracy in per cent, linear and limited to the data.

    Where a few runs far below would crush the others, the scale is broken: compressed below a marked value.
    """
    axes.set_ylabel("test accuracy (%)")
    if not accuracies.notna().any():
        axes.set_ylim(0, 100)
        return
    low, high = accuracies.min(), accuracies.max()
    knee = broken_at(accuracies)
    if knee is None:
        margin = _MARGIN * (high - low) or 0.5
        axes.set_ylim(max(low - margin, -margin / 2), min(high + margin, 100 + margin / 2))
        axes.yaxis.set_major_locator(MaxNLocator(5))
    else:
        _compress_below(axes, knee, low, high)


def broken_at(accuracies: pd.Series) -> float | None:
    """Return where the scale of accuracies is broken, if it has to be: at Tukey's lower fence.

    Returns:
        1.5 interquartile ranges below the lower quartile, in per cent, or None where a linear axis gives at
        least half of its length to what is above.
    """
    lower, upper = accuracies.quantile([0.25, 0.75])
    fence = np.floor(lower - 1.5 * (upper - lower))
    low, high = accuracies.min(), accuracies.max()
    return float(fence) if fence > low and (high - fence) < 0.5 * (high - low) else None


def _compress_below(axes: Axes, knee: float, low: float, high: float) -> None:
    """Scale the y axis linearly above the knee, and linearly, but with less room, from there down to low."""
    slope = _TAIL / (1 - _TAIL) * (high - knee) / (knee - low)

    def compress(values: np.ndarray) -> np.ndarray:
        return np.where(values < knee, knee + (values - knee) * slope, values)

    def expand(values: np.ndarray) -> np.ndarray:
        return np.where(values < knee, knee + (values - knee) / slope, values)

    axes.set_yscale("function", functions=(compress, expand))
    margin = _MARGIN * (high - knee)
    axes.set_ylim(low - margin / slope, min(high + margin, 100 + margin / 2))
    body = [tick for tick in MaxNLocator(5).tick_values(knee, high) if knee <= tick <= high]
    room = 0.1 * (high - knee)
    tail = [
        tick
        for tick in MaxNLocator(3).tick_values(low, knee)
        if tick >= 0 and compress(tick) < min(body) - room
    ]
    axes.yaxis.set_major_locator(FixedLocator([*tail, *body]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(f"{axes.get_ylabel()}\nscale broken at {knee:g} %")
    axes.axhline(knee, color=MUTED, linewidth=0.6, linestyle=(0, (4, 3)), zorder=0.5, label="knee")

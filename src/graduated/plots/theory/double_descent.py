"""Figure of ``double_descent``: the risk against parameters, samples and steps."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy import stats

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.scales import tick_values
from graduated.plots.style import MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_LEGEND = {"frameon": False, "borderpad": 0.1, "handletextpad": 0.3}


def double_descent(tables: Tables) -> Figure:
    """Return the risk in three panels."""
    parameters, samples, steps = (tables[name] for name in ("parameters_summary", "samples_summary", "steps"))
    repetitions = parameters["repetitions"].iloc[0]
    fast, everything = tables["plateaus"]["risk"]
    text = (
        f"Risk E(ŷ − Xβ)², without the noise of the target, {repetitions} data sets each. (a, b) Medians, "
        "95 % intervals; lines: closed form of the mean, infinite within 1 of the peak; "
        f"(a) n = {parameters['samples'].iloc[0]}, β in the fitted features, or in D of which p are fitted; "
        f"(b) p = {samples['parameters'].iloc[0]}. "
        f"(c) Means, 95 % intervals; grey: {fast:.2f} and {everything:.2f}, closed forms if the fast "
        "features alone, and if all, were fitted to the end."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.6)
        left, middle, right = figure.subplots(1, 3)
        _draw_sizes(left, parameters, "model", "parameters", parameters["samples"].iloc[0])
        left.set(xlabel="parameters $p$", ylabel="risk")
        left.legend(loc="upper left", **_LEGEND)
        letter(left, "a", "parameters")
        _draw_sizes(middle, samples, "estimator", "samples", samples["parameters"].iloc[0])
        middle.set(xlabel="samples $n$", ylabel="risk")
        middle.legend(loc="lower left", **_LEGEND)
        letter(middle, "b", "samples")
        _draw_steps(right, steps, (fast, everything))
        letter(right, "c", "steps")
        return settle(figure)


def _draw_sizes(axes: Axes, summary: pd.DataFrame, by: str, size: str, peak: int) -> None:
    axes.set(
        xscale="log", yscale="log", ylim=(summary["median_low"].min() * 0.7, summary["median_high"].max() * 2)
    )
    looks = zip(summary.groupby(by, sort=False), HUES, "o^", DASHES, strict=False)
    for (name, own), hue, marker, dashes in looks:
        keep_data(axes, own)
        spans = np.abs(own[["median_low", "median_high"]].T.to_numpy() - own["median"].to_numpy())
        look = {"fmt": marker, "markersize": 3.2, "markeredgewidth": 0, "elinewidth": 0.8}
        axes.errorbar(own[size], own["median"], spans, color=hue, **look, label=name)
        finite = own["expected"].where(np.isfinite(own["expected"]))
        axes.plot(own[size], finite, color=hue, linestyle=dashes, linewidth=0.8)
    beside = [value for value in sorted(set(summary[size])) if value == peak or abs(value / peak - 1) > 0.3]
    tick_values(axes.xaxis, beside, room=0.13)
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_steps(axes: Axes, steps: pd.DataFrame, levels: tuple[float, float]) -> None:
    for level in levels:
        axes.axhline(level, color=MUTED, linewidth=0.6, linestyle=DASHES[1], zorder=1)
    axes.set(xscale="log", xlim=(1, steps["step"].max()))
    for (name, own), hue, dashes in zip(steps.groupby("rates", sort=False), HUES, DASHES, strict=False):
        curve = own.groupby("step")["risk"].agg(["mean", "sem", "size"]).reset_index()
        reach = stats.t.ppf(0.975, curve["size"] - 1) * curve["sem"]
        low, high = curve["mean"] - reach, curve["mean"] + reach
        keep_data(axes, curve[["step", "mean"]].assign(low=low, high=high), rates=name)
        axes.fill_between(curve["step"], low, high, color=hue, alpha=0.2, linewidth=0)
        axes.plot(curve["step"], curve["mean"], color=hue, linestyle=dashes, label=name)
    axes.set_ylim(bottom=0)
    axes.set(xlabel="steps of gradient descent", ylabel="risk")
    axes.legend(loc="lower right", **_LEGEND)


FIGURES: dict[str, Callable[[Tables], Figure]] = {"double_descent": double_descent}
"""Every figure by its file name."""

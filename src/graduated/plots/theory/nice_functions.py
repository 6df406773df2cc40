"""Figures of ``nice_functions``: the least curvature round the minimisers, and where the conditions fail."""

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_CASE = ["function", "law", "dimension"]
_FUNCTIONS = {
    "rastrigin": "Rastrigin",
    "drop_wave": "Drop-Wave",
    "sphere": "$x^2$",
    "negative_logarithm": r"$-\log x$",
}
_LAWS = {"gaussian": "Gaussian", "ball": "ball"}
_SMOOTHING = r"degree of smoothing $\delta$"
_WIDE = "radius 3δ"
_SHADES = {0.0: "#4a1e00", 1.0: "#a84a00", 2.0: "#dd7c2f"}
"""Colour of failures of condition (ii), by σ."""


def curvature(tables: Tables) -> Figure:
    """Return the least curvature of the smoothed functions on the balls of condition (ii)."""
    table = tables["convexity"]
    text = (
        "Least curvature of the smoothed function within 3δ of its minimisers (grey dots: δ, Gaussian), "
        f"exact at {table['smoothing'].nunique()} degrees of smoothing; axis linear within ±2. Shaded: not "
        "convex; dashed: the σ = 2 claimed for Rastrigin. Noise: N(0, I/d), or uniform in the unit ball."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.6)
        left, right = figure.subplots(1, 2, sharex=True)
        narrow = table[(table["definition"] != _WIDE) & (table["law"] == "gaussian")]
        narrow = narrow[
            (narrow["function"] == "rastrigin") & (narrow["dimension"] == narrow["dimension"].min())
        ]
        keep_data(left, narrow[[*_CASE, "definition", "smoothing", "curvature"]])
        left.plot(narrow["smoothing"], narrow["curvature"], color=MUTED, linestyle=DASHES[3], zorder=2)
        wide = table[table["definition"] == _WIDE]
        rastrigin = wide["function"] == "rastrigin"
        _draw_curvature(left, wide[rastrigin])
        _draw_curvature(right, wide[~rastrigin & ~((wide["function"] == "sphere") & (wide["law"] == "ball"))])
        left.set_ylabel(r"least $\hat f_\delta''$")
        letter(left, "a", "Rastrigin")
        letter(right, "b", "other functions")
        return settle(figure)


def _draw_curvature(axes: Axes, table: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=2, linscale=0.8)
    axes.set(xlabel=_SMOOTHING, ylim=(-1000, 2e5))
    axes.set_xlim(table["smoothing"].min(), table["smoothing"].max())
    axes.set_yticks(
        [-100, -10, -2, 0, 2, 10, 100, 1000], ["−100", "−10", "−2", "0", "2", "10", "100", "1000"]
    )
    axes.minorticks_off()
    axes.axhspan(-1000, 0, color=SHADE, linewidth=0, zorder=0)
    axes.axhline(2, color=MUTED, linewidth=0.6, linestyle=DASHES[1], zorder=1)
    keep_data(axes, table[[*_CASE, "definition", "smoothing", "curvature"]])
    one = table["function"].nunique() == 1
    for number, ((function, law, dimension), line) in enumerate(table.groupby(_CASE, sort=False)):
        name = f"{_LAWS[law]}, $d={dimension}$" if one else f"{_FUNCTIONS[function]}, {_LAWS[law]}"
        look = {"color": HUES[number % len(HUES)], "marker": "o^sDv"[number % 5], "label": name}
        if law == "ball":
            axes.plot(line["smoothing"], line["curvature"], linestyle="none", markersize=1.7, **look)
        else:
            dashes, every = DASHES[number % len(DASHES)], slice(number, None, 9)
            axes.plot(
                line["smoothing"], line["curvature"], linestyle=dashes, markersize=3, markevery=every, **look
            )
    axes.legend(loc="upper right", frameon=False, ncols=2, handlelength=2.6, columnspacing=1)


def failures(tables: Tables) -> Figure:
    """Return the degrees of smoothing at which each condition fails, case by case."""
    table, levels = tables["failures"], tables["convexity"]["smoothing"]
    text = (
        "Where the conditions fail, with balls of radius 3δ and centring within γδ; noise N(0, I/d), or "
        "uniform in the unit ball. Ends are exact; gaps narrower than the spacing of the "
        f"{levels.nunique()} degrees examined may go unseen."
    )
    cases = tables["convexity"][_CASE].drop_duplicates().reset_index(drop=True)
    wide = table[table["definition"] == _WIDE]
    decays = sorted(tables["centring"]["decay"].unique())
    with style():
        figure = page(text, PAGE_WIDTH, 0.27 * len(cases) + 0.8)
        axes = figure.subplots()
        axes.set(xscale="log", xlim=(levels.min(), levels.max()), xlabel=_SMOOTHING)
        keep_data(axes, cases.merge(wide, "left")[[*_CASE, "condition", "parameter", "lowest", "highest"]])
        for height, case in cases.iterrows():
            axes.axhline(height + 0.5, color=SHADE, linewidth=0.6, zorder=0)
            own = wide[(wide[_CASE] == case).all(axis=1)]
            _draw_convexity(axes, height, own[own["condition"] == "convexity"])
            _draw_centring(axes, height, own[own["condition"] == "centring"], decays)
            if own.empty:
                axes.text(
                    0.5, height, "holds", transform=axes.get_yaxis_transform(), va="center", color=MUTED
                )
            if case["function"] == "negative_logarithm":
                axes.text(1.05, height, "not defined for $\\delta\\geq 1$", va="center", color=MUTED)
        names = [
            f"{_FUNCTIONS[row.function]}, {_LAWS[row.law]}, $d={row.dimension}$" for row in cases.itertuples()
        ]
        axes.set_yticks(cases.index, names)
        axes.set_ylim(len(cases) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        _draw_key(axes, decays)
        return settle(figure)


def _draw_convexity(axes: Axes, height: float, rows: pd.DataFrame) -> None:
    """Draw the intervals of (ii) on one track, those of a smaller σ, which lie inside, on top."""
    for row in rows.sort_values("parameter", ascending=False).itertuples():
        colour = _SHADES[row.parameter]
        axes.barh(height - 0.12, row.highest - row.lowest, 0.34, row.lowest, color=colour, linewidth=0)


def _draw_centring(axes: Axes, height: float, rows: pd.DataFrame, decays: Sequence[float]) -> None:
    """Draw the intervals of (i) below, a thin track for every γ."""
    for track, factor in enumerate(decays):
        for span in rows[rows["parameter"] == factor].itertuples():
            width = span.highest - span.lowest
            axes.barh(height + 0.14 + 0.1 * track, width, 0.07, span.lowest, color=HUES[0], linewidth=0)


def _draw_key(axes: Axes, decays: Sequence[float]) -> None:
    names = {0.0: r"(ii) for every $\sigma>0$", 1.0: r"(ii) for $\sigma=1$", 2.0: r"(ii) for $\sigma=2$"}
    patches = [Patch(color=_SHADES[strength], linewidth=0, label=name) for strength, name in names.items()]
    factors = ", ".join(f"{factor:g}" for factor in decays)
    patches.append(Patch(color=HUES[0], linewidth=0, label=f"(i) for $\\gamma$ = {factors} (downwards)"))
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(handles=patches, **place, frameon=False, ncols=4, handlelength=1.2, handleheight=0.7)


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "nice_functions_curvature": curvature,
    "nice_functions_failures": failures,
}
"""Every figure by its file name."""

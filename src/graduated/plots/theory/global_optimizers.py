"""Figures of ``global_optimizers``: profiles, medians per function, and one schedule against the other."""

import textwrap
from collections.abc import Callable

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from graduated.plots.contrast import legible_on
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_LOOKS = {
    "explicit_nice": (HUES[0], DASHES[0], 2.0, "o"),
    "explicit_geometric": (HUES[0], DASHES[1], 1.3, "s"),
    "explicit_reverse": (HUES[4], DASHES[0], 1.3, "^"),
    "explicit_differences": (HUES[4], DASHES[2], 1.3, "v"),
    "gradient_descent": (MUTED, DASHES[3], 1.1, "P"),
    "basin_hopping": (HUES[1], DASHES[0], 1.1, "D"),
    "cma_es": (HUES[2], DASHES[1], 1.1, "h"),
    "differential_evolution": (HUES[3], DASHES[2], 1.1, "<"),
    "dual_annealing": (INK, DASHES[0], 1.1, ">"),
}
"""Colour, line style, width and marker of each optimizer."""

_GAPS = (1e-8, 1e4)
"""Range of f − f* that is shown."""


def profiles(tables: Tables) -> Figure:
    """Return the share of runs that reach an accuracy, and the share solved by a number of evaluations."""
    runs, summary = tables["runs"], tables["summary"]
    success = summary["success"].iloc[0]
    text = (
        f"{runs['function'].nunique()} functions × {runs['seed'].nunique()} seeds. (a) Share of runs whose "
        "f − f* is at most the value on the axis, at the end of each optimizer’s budget. (b) Data profile "
        f"(Moré & Wild 2009): share of runs with f − f* ≤ {success:g} after so many evaluations. Marks: at "
        "this accuracy in (a), at the end of the budget in (b). GO: graduated optimization; δ: smoothing."
    )
    labels = summary.drop_duplicates("optimizer").set_index("optimizer")["label"]
    with style():
        figure = page(text, PAGE_WIDTH, 2.7)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1))
        _draw_accuracies(left, runs, success)
        letter(left, "a", "accuracy at the end")
        _draw_data_profile(right, runs, labels)
        letter(right, "b", "solved along the way")
        return settle(figure)


def _draw_accuracies(axes: Axes, runs: pd.DataFrame, success: float) -> None:
    axes.set(xscale="log", xlim=_GAPS[::-1], ylim=(0, 1))
    axes.set(xlabel=r"accuracy $f-f^*$ (better →)", ylabel="share of runs")
    axes.axvline(success, color=MUTED, linewidth=0.6, linestyle=DASHES[1])
    axes.annotate("solved", (success, 1), (3, -2), textcoords="offset points", va="top", color=MUTED)
    for optimizer, cell in runs.groupby("optimizer", sort=False):
        shown = cell["gap"].where(cell["gap"] > _GAPS[0], _GAPS[0] / 10)
        gaps, shares = _cumulative(shown, len(cell), _GAPS[1])
        reached = {"accuracy": np.sort(cell["gap"]), "share": np.arange(1, len(cell) + 1) / len(cell)}
        keep_data(axes, pd.DataFrame(reached), optimizer=optimizer)
        _draw_line(axes, optimizer, gaps, shares, mark=(success, (cell["gap"] <= success).mean()))


def _draw_data_profile(axes: Axes, runs: pd.DataFrame, labels: pd.Series) -> None:
    last = runs["evaluations"].max()
    axes.set(xscale="log", xlim=(min(100, last / 10), last), ylim=(0, 1), xlabel="function evaluations")
    lines = {}
    for optimizer, cell in runs.groupby("optimizer", sort=False):
        counts, shares = _cumulative(cell["solved_after"].dropna(), len(cell), cell["evaluations"].max())
        keep_data(axes, pd.DataFrame({"evaluations": counts, "share": shares}), optimizer=optimizer)
        line = _draw_line(axes, optimizer, counts, shares, mark=(counts[-1], shares[-1]))
        axes.plot([counts[-1], last], [shares[-1]] * 2, color=line.get_color(), linewidth=0.4)
        line.set_label(labels[optimizer])
        lines[line] = shares[-1]
    best_first = sorted(lines, key=lambda line: -lines[line])
    axes.legend(
        handles=best_first, loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, handlelength=3
    )


def _draw_line(axes: Axes, optimizer: str, x: np.ndarray, y: np.ndarray, mark: tuple[float, float]) -> Line2D:
    """Draw steps, and the optimizer's marker at a place on them; return both as one line for a legend."""
    colour, dashes, width, marker = _LOOKS[optimizer]
    look = {"color": colour, "linestyle": dashes, "linewidth": width}
    axes.plot(x, y, drawstyle="steps-post", **look)
    axes.plot(*mark, marker, color=colour, markersize=4, markeredgewidth=0, clip_on=False, zorder=4)
    return Line2D([], [], **look, marker=marker, markersize=4, markeredgewidth=0)


def _cumulative(values: pd.Series, number: int, last: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the steps of an empirical distribution function, up to a last value."""
    known = np.sort(values[values <= last])
    shares = np.arange(1, len(known) + 1) / number
    start = known[0] if len(known) else last
    return np.concatenate([[start], known, [last]]), np.concatenate([[0], shares, [len(known) / number]])


def medians(tables: Tables) -> Figure:
    """Return a table in colours: the median of f − f* for each function and optimizer."""
    summary = tables["summary"]
    text = (
        f"Median of f − f* over {summary['seeds'].iloc[0]} seeds, ∞ where half diverged; below, in how many "
        f"runs f − f* ≤ {summary['success'].iloc[0]:g}; bold: in at least half. In brackets: median number "
        "of function evaluations. GO: graduated optimization; δ: degree of smoothing."
    )
    functions, optimizers = summary["function"].unique(), summary["optimizer"].unique()
    cells = summary.set_index(["function", "optimizer"])
    values = cells["median"].unstack().loc[functions, optimizers]
    with style():
        figure = page(text, PAGE_WIDTH, 0.8 + 0.27 * len(functions))
        axes = figure.subplots()
        shown = ["function", "optimizer", "median", "solved", "seeds", "median_evaluations"]
        keep_data(axes, summary[shown])
        norm, colours = LogNorm(*_GAPS), sns.color_palette("mako", as_cmap=True)
        image = axes.imshow(norm(values.clip(*_GAPS)), cmap=colours, vmin=-0.35, vmax=1.05, aspect="auto")
        grounds = image.to_rgba(image.get_array())
        for row, function in enumerate(functions):
            for column, optimizer in enumerate(optimizers):
                _write(axes, column, row, cells.loc[(function, optimizer)], grounds[row, column])
        _name_rows_and_columns(axes, summary, functions, optimizers)
        return settle(figure)


def _write(axes: Axes, column: int, row: int, cell: pd.Series, ground: np.ndarray) -> None:
    look = {"ha": "center", "color": legible_on(ground)}
    look["fontweight"] = "bold" if 2 * cell["solved"] >= cell["seeds"] else "normal"
    axes.text(column, row - 0.02, _in_print(cell["median"]), va="bottom", fontsize=6.5, **look)
    axes.text(column, row + 0.02, f"{cell['solved']}/{cell['seeds']}", va="top", fontsize=6, **look)


def _joined(label: str) -> str:
    """Return a label in which no line breaks at an equals sign."""
    return label.replace(" = ", "\u00a0=\u00a0")


def _in_print(value: float) -> str:
    """Return a number to two digits, in powers of ten only where it is small."""
    if np.isinf(value):
        return "∞"
    if value and value < 1e-3:
        return f"{value:.1e}".replace("e-0", "e-")
    return np.format_float_positional(value, precision=2, fractional=False, trim="-")


def _name_rows_and_columns(
    axes: Axes, summary: pd.DataFrame, functions: np.ndarray, optimizers: np.ndarray
) -> None:
    rows = summary.drop_duplicates("function").set_index("function")["function_label"]
    columns = summary.groupby("optimizer").agg({"label": "first", "median_evaluations": "median"})
    heads = [
        f"{textwrap.fill(_joined(label), 12)}\n({evaluations:,.0f})"
        for label, evaluations in columns.loc[optimizers].itertuples(index=False)
    ]
    axes.set_xticks(range(len(optimizers)), heads, fontsize=6)
    axes.set_yticks(range(len(functions)), rows[functions])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)


def schedules(tables: Tables) -> Figure:
    """Return how the schedules nice and geometric compare on each function, and on Rastrigin's in detail."""
    table = tables["schedules"].sort_values("median", ignore_index=True)
    text = (
        f"Both schedules in the authors’ setting, from the same {table['seeds'].iloc[0]} starts. (a) Marks: "
        "medians over seeds; bars: quartiles; filled: Wilcoxon’s test, p < 0.05 after Holm; results within "
        "1 % count as equal. (b) Coordinates that end in another basin than the global one."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 0.7 + 0.15 * max(len(table), 10))
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
        _draw_ratios(left, table, tables["summary"])
        letter(left, "a", "final value: ← nice lower, geometric lower →")
        _draw_basins(right, tables["runs"])
        letter(right, "b", "Rastrigin")
        return settle(figure)


def _draw_ratios(axes: Axes, table: pd.DataFrame, summary: pd.DataFrame) -> None:
    names = summary.drop_duplicates("function").set_index("function")["function_label"]
    axes.axvline(0, color=MUTED, linewidth=0.6)
    keep_data(axes, table[["function", "median", "lower_quartile", "upper_quartile", "holm_p", "seeds"]])
    for height, row in table.iterrows():
        axes.plot([row["lower_quartile"], row["upper_quartile"]], [height, height], color=HUES[0])
        face = HUES[0] if row["holm_p"] < 0.05 else "white"
        axes.plot(row["median"], height, "o", color=HUES[0], markerfacecolor=face, markersize=4)
    axes.set_yticks(range(len(table)), names[table["function"]])
    axes.set(xlabel=r"$\log_{10}$ of nice / geometric in $f-f^*$")
    limit = np.nanmax(np.abs(np.clip(table[["lower_quartile", "upper_quartile"]], -6, 6))) + 0.3
    axes.set_xlim(-limit, limit)


def _draw_basins(axes: Axes, runs: pd.DataFrame) -> None:
    counts = runs[runs["function"] == "rastrigin"].pivot(
        index="seed", columns="optimizer", values="misplaced"
    )
    if counts.empty:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=MUTED)
        return
    highest = int(counts[["explicit_nice", "explicit_geometric"]].max().max())
    places = np.arange(highest + 1)
    for shift, (name, label, look) in zip((-0.2, 0.2), _BARS, strict=True):
        number = np.bincount(counts[name].astype(int), minlength=highest + 1)
        keep_data(axes, pd.DataFrame({"misplaced": places, "runs": number}), optimizer=name)
        bars = axes.bar(places + shift, number, 0.38, label=label, **look)
        axes.bar_label(bars, [str(n) if n else "" for n in number], fontsize=6, padding=1)
    axes.set_xticks(places)
    axes.set(xlabel="misplaced coordinates", ylabel="runs")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.1, "borderpad": 0}
    axes.legend(frameon=False, ncols=2, **place)


_BARS = (
    ("explicit_nice", "nice", {"color": HUES[0]}),
    (
        "explicit_geometric",
        "geometric",
        {"color": SHADE, "edgecolor": INK, "hatch": "////", "linewidth": 0.6},
    ),
)

FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "optimizer_profiles": profiles,
    "optimizer_medians": medians,
    "optimizer_schedules": schedules,
}
"""Every figure by its file name."""

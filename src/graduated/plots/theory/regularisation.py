"""Figure of ``regularisation``: rescaled weight decays, and early stopping beside weight decay."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_BOUND = 1.69
"""Of the ratio of risks (Ali, Kolter & Tibshirani, arXiv 1810.10082)."""

_SAME = 1e-10
"""Below which differences of functions are drawn together."""

_NAMES = {
    "unchanged": "unchanged",
    "a^½, c^−½": r"$a^{1/2},\ c^{-1/2}$",
    "a², c⁻²": r"$a^2,\ c^{-2}$",
    "a²c², 1": r"$a^2c^2,\ 1$",
}


def regularisation(tables: Tables) -> Figure:
    """Return the four panels."""
    rescalings, risks = tables["rescalings"], tables["risks"]
    text = (
        f"(a) {rescalings['data_set'].nunique()} tanh networks fitted again after linear maps of inputs and "
        "targets, λ₁ and λ₂ multiplied as named: largest difference of the functions (at least "
        "10⁻¹⁰ drawn); bars: medians. (b) Closed forms; descent up to ηλ = 1. (c) One regression for "
        f"each ‖β‖², noise of variance 1, λ = 1/(ητ). (d) Medians and min–max of "
        f"{risks['problem'].nunique()} regressions; dashed: the bound {_BOUND:g} of arXiv 1810.10082."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.6)
        (decays, shrinkage), (paths, ratios) = figure.subplots(2, 2)
        _draw_rescalings(decays, rescalings)
        letter(decays, "a", "weight decay under linear maps")
        _draw_shrinkage(shrinkage, tables["shrinkage"])
        letter(shrinkage, "b", "what is left of a coefficient")
        _draw_paths(paths, risks[risks["problem"] == 0])
        letter(paths, "c", "risk along the paths")
        _draw_ratios(ratios, risks)
        letter(ratios, "d", "gradient flow over ridge regression")
        return settle(figure)


def _draw_rescalings(axes: Axes, rescalings: pd.DataFrame) -> None:
    keep_data(axes, rescalings)
    for place, name in enumerate(_NAMES):
        own = rescalings.loc[rescalings["rescaling"] == name, "difference"].clip(lower=_SAME)
        shift = np.linspace(-0.2, 0.2, len(own))
        axes.scatter(own, place + shift, s=9, facecolors="none", edgecolors=HUES[0], linewidths=0.7)
        axes.plot([own.median()] * 2, [place - 0.32, place + 0.32], color=INK, linewidth=1.2)
    axes.set(xscale="log", xlim=(_SAME / 2, 2), yticks=range(len(_NAMES)), ylim=(len(_NAMES) - 0.5, -0.5))
    axes.set_yticklabels(list(_NAMES.values()))
    axes.set_xlabel("difference of the functions (s.d. of the targets)")
    axes.set_ylabel(r"factors of $\lambda_1$, $\lambda_2$")


def _draw_shrinkage(axes: Axes, shrinkage: pd.DataFrame) -> None:
    keep_data(axes, shrinkage)
    flow = shrinkage[np.isinf(shrinkage["steps"])]
    axes.plot(flow["product"], flow["decayed"], color=INK, linewidth=1.6, label="weight decay 1/(ητ)")
    axes.plot(flow["product"], flow["stopped"], color=HUES[0], linestyle=DASHES[1], label="gradient flow")
    few = sorted(shrinkage.loc[np.isfinite(shrinkage["steps"]), "steps"].unique())[:2]
    for steps, hue, dashes in zip(few, HUES[1:], DASHES[2:], strict=False):
        own = shrinkage[shrinkage["steps"] == steps]
        name = f"descent, {steps:.0f} step{'s' if steps > 1 else ''}"
        axes.plot(own["product"], own["stopped"], color=hue, linestyle=dashes, label=name)
    widest = flow.loc[(flow["stopped"] - flow["decayed"]).idxmax()]
    axes.vlines(widest["product"], widest["decayed"], widest["stopped"], color=MUTED, linewidth=1.2)
    gap = widest["stopped"] - widest["decayed"]
    place = {"xytext": (5, -10), "textcoords": "offset points", "color": darkened(MUTED)}
    axes.annotate(f"{gap:.3f}", (widest["product"], widest["decayed"]), **place)
    axes.set(xscale="log", xlim=(1e-2, 1e2), ylim=(0, 1.02), xlabel=r"$\eta\tau\lambda$")
    axes.set_ylabel("share of the coefficient")
    axes.legend(loc="upper left", frameon=False, borderpad=0.1)


def _draw_paths(axes: Axes, risks: pd.DataFrame) -> None:
    keep_data(axes, risks)
    axes.set(xscale="log", yscale="log", xlim=(risks["time"].min(), risks["time"].max()))
    for (signal, own), hue in zip(risks.groupby("signal"), HUES, strict=False):
        axes.plot(own["time"], own["flow"], color=hue)
        axes.plot(own["time"], own["ridge"], color=hue, linestyle=DASHES[2])
        first, second = own.iloc[0], own.iloc[1]
        above = second["flow"] < first["flow"]
        place = {"xytext": (3, 5 if above else -10), "textcoords": "offset points", "color": darkened(hue)}
        axes.annotate(rf"$\|\beta\|^2={signal:g}$", (first["time"], first["ridge"]), **place)
    axes.set_ylim(risks["ridge"].min() / 2, risks["ridge"].max() * 2)
    axes.plot([], [], color=INK, label="early stopping")
    axes.plot([], [], color=INK, linestyle=DASHES[2], label="weight decay")
    axes.set(xlabel=r"$\eta\tau = 1/\lambda$", ylabel=r"risk $E\,\|\hat\beta-\beta\|^2$")
    axes.legend(loc="upper right", frameon=False, borderpad=0.1)


def _draw_ratios(axes: Axes, risks: pd.DataFrame) -> None:
    table = risks.assign(ratio=risks["flow"] / risks["ridge"])
    axes.axhline(_BOUND, color=MUTED, linewidth=0.8, linestyle=DASHES[1])
    axes.axhline(1, color=MUTED, linewidth=0.4)
    groups = table.groupby("signal")
    for (signal, own), hue, dashes in zip(groups, HUES, DASHES, strict=False):
        range_ = own.groupby("steps")["ratio"].agg(["median", "min", "max"]).reset_index()
        keep_data(axes, range_, signal=signal)
        axes.fill_between(range_["steps"], range_["min"], range_["max"], color=hue, alpha=0.2, linewidth=0)
        name = rf"$\|\beta\|^2={signal:g}$"
        axes.plot(range_["steps"], range_["median"], color=hue, linestyle=dashes, label=name)
    axes.set(xscale="log", ylim=(0.5, 1.8), xlim=(1, risks["steps"].max()))
    axes.set(xlabel=r"$\tau$ at $\eta\lambda_{\max}=1$", ylabel="ratio of the risks")
    axes.legend(loc="lower right", frameon=False, borderpad=0.1)


FIGURES: dict[str, Callable[[Tables], Figure]] = {"regularisation": regularisation}
"""Every figure by its file name."""

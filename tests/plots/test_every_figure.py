"""Every figure that a preset can have, drawn from small tables: size, text, ink, and the data beside it."""

from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.text import Text

from graduated.plots.catalogue import FIGURES, PANELS, find
from graduated.plots.contrast import MARK, TEXT, contrast, darkened, legible_on, lightest
from graduated.plots.data import figure_data, keep_data
from graduated.plots.methods import beside_published, method_curves, smoothing_along_training
from graduated.plots.noise import noise_along_training, noise_estimators_compared
from graduated.plots.sharpness import Measure, sharpness_measures_ranked, sharpness_measures_vs_smoothing
from graduated.plots.style import COLUMN_WIDTH, PAGE_WIDTH, SHADE
from graduated.sharpness_ranks import rank_sharpness
from graduated.storage import read_json
from graduated.studies.catalogue import STUDIES
from histories import FOUR, TWELVE, history_of, with_divergence
from pages_drawn import check_page
from paths import ROOT
from small_studies import small_tables

HIGHEST, SMALLEST = 9.0, 6.0
"""Most inches of height, and fewest points of text: of figures that hold tables."""

DENSE = ("optimizer_medians", "optimizer_schedules")

COMPARISONS = ("four_curves", "four_smoothing", "twelve_published")
NAMES = sorted({*FIGURES, *COMPARISONS})


def cells() -> pd.DataFrame:
    keys = [
        (rate, size, seed, epoch)
        for rate in (0.1, 0.5)
        for size in (4, 64)
        for seed in (0, 1)
        for epoch in (0, 5)
    ]
    table = pd.DataFrame(keys, columns=["learning_rate", "batch_size", "seed", "epoch"])
    variance = 10.0 + table.index
    bounds = {"gradient_variance_low": 0.9 * variance, "gradient_variance_high": 1.1 * variance}
    return table.assign(samples=512, gradient_variance=variance, **bounds)


@pytest.fixture(scope="session")
def drawn(figures) -> dict[str, Figure]:
    """Every figure by name."""
    everything = dict(figures)
    table = pd.read_csv(ROOT / "results/reference/digits-full/results.csv")
    measures = [
        Measure("worst_linf", "worst case", 0.0002),
        Measure("worst_linf_adaptive", "adaptive", 0.004),
    ]
    ranks = rank_sharpness(table, [measure.name for measure in measures])
    everything["sharpness_measures_ranked"] = sharpness_measures_ranked(ranks, table, measures)
    everything["sharpness_measures_vs_smoothing"] = sharpness_measures_vs_smoothing(table, measures)
    record = read_json(ROOT / "results/reference/digits-full/gradient_variance.json")
    everything["noise_estimators_compared"] = noise_estimators_compared(record)
    everything["noise_along_training"] = noise_along_training(cells(), record["axis"])
    four, published = with_divergence(history_of(FOUR)), ROOT / "workflow/published/twelve_schedules.csv"
    everything["four_curves"] = method_curves(four)
    everything["four_smoothing"] = smoothing_along_training(four)
    everything["twelve_published"] = beside_published(history_of(TWELVE), pd.read_csv(published))
    for name, study in STUDIES.items():
        tables, drawings = small_tables(name), import_module(study.drawing).FIGURES
        everything |= {figure: drawings[figure](tables) for figure in study.figures}
    return everything


def test_every_figure_of_the_catalogue_is_drawn_here(drawn):
    assert set(drawn) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_one_or_two_columns_wide_and_fits_a_page(drawn, name):
    width, height = drawn[name].get_size_inches()
    assert width == COLUMN_WIDTH if find(name).columns == 1 else width in (COLUMN_WIDTH, PAGE_WIDTH)
    assert height <= HIGHEST
    assert (find(name).columns == 1) == (name in PANELS and name != "overview")


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_too_small_or_leaves_the_page(drawn, name):
    check_page(drawn[name], SMALLEST if name in DENSE else 7.0)


def test_panels_are_named_in_the_data_where_there_are_several(drawn):
    for name in (*PANELS[:-1], "optimizer_medians"):
        assert "panel" not in figure_data(drawn[name])
    assert set(figure_data(drawn["overview"])["panel"]) == set("abcde")


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_keeps_its_data(drawn, name):
    data = figure_data(drawn[name])
    assert len(data) and not data.drop(columns="panel", errors="ignore").isna().all(axis="columns").any()
    marked = {axes.get_label() for axes in drawn[name].axes if axes.get_title(loc="left")}
    assert marked <= set(data.get("panel", [""])), "a panel with a letter has no data"
    assert all(axes.has_data() for axes in drawn[name].axes if axes.axison and axes.get_visible())


def inks(figure: Figure) -> Iterator[tuple[str, object]]:
    """Colours of what is drawn: lines, marks, edges of patches; fills and shades behind them are left out."""
    for artist in figure.findobj(lambda artist: artist.get_visible()):
        alpha = artist.get_alpha()
        if isinstance(artist, Line2D) and len(artist.get_xdata()):
            if artist.get_linestyle() != "None":
                yield "line", to_rgba(artist.get_color(), alpha)
            if artist.get_marker() not in ("None", "", " ", None):
                edged = artist.get_markeredgewidth() > 0
                colour = artist.get_markeredgecolor() if edged else artist.get_markerfacecolor()
                yield "mark", to_rgba(colour, alpha)
        elif isinstance(artist, PathCollection):
            edged = len(artist.get_edgecolor()) and artist.get_linewidths().max() > 0
            yield from (
                ("mark", colour) for colour in (artist.get_edgecolor() if edged else artist.get_facecolor())
            )
        elif isinstance(artist, LineCollection):
            yield from (("line", colour) for colour in artist.get_color())
        elif isinstance(artist, StepPatch):
            yield "line", artist.get_edgecolor()


def on_white(colour) -> tuple[float, ...]:
    *channels, alpha = to_rgba(colour)
    return tuple(channel * alpha + 1 - alpha for channel in channels)


@pytest.mark.parametrize("name", NAMES)
def test_ink_stands_out_from_the_ground(drawn, name):
    seen = {(kind, to_hex(on_white(colour))) for kind, colour in inks(drawn[name])}
    assert seen
    for kind, colour in seen:
        assert colour == SHADE or contrast(colour) >= MARK, f"{kind} of {colour}"


@pytest.mark.parametrize("name", NAMES)
def test_text_can_be_read_on_its_ground(drawn, name):
    figure = drawn[name]
    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            ground = ground_of(text)
            assert contrast(text.get_color(), ground) >= TEXT, f"{text.get_text()!r} on {to_hex(ground)}"


def ground_of(text: Text) -> object:
    """Return the colour behind a text: of a heat map's cell, of a patch that holds its middle, or white."""
    axes = text.axes
    if axes is None:
        return "white"
    box = text.get_window_extent()
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    for image in axes.findobj(AxesImage):
        column, row = np.round(axes.transData.inverted().transform(middle)).astype(int)
        cells = image.to_rgba(image.get_array())
        if 0 <= row < len(cells) and 0 <= column < len(cells[0]):
            return cells[row, column]
    behind = [
        patch for patch in axes.patches if patch.get_fill() and patch.get_window_extent().contains(*middle)
    ]
    return on_white(behind[-1].get_facecolor()) if behind else "white"


def test_contrast_is_that_of_the_guidelines():
    assert contrast("black") == pytest.approx(21)
    assert contrast("white") == 1
    assert contrast("#767676") == pytest.approx(4.54, abs=0.005), "the lightest grey that passes for text"
    for colour in ("#ff0000", "#0072b2", "#f0e442"):
        assert TEXT <= contrast(darkened(colour)) < 1.1 * max(TEXT, contrast(colour))
        assert contrast(legible_on(colour), colour) >= TEXT
    for colour in ("#0072b2", "#5a2a00"):
        assert MARK <= contrast(lightest(colour)) < 1.05 * MARK


def test_a_figure_that_keeps_no_data_is_refused():
    figure = Figure()
    axes = figure.subplots()
    with pytest.raises(ValueError, match=r"^figure: no data to write; its panels are to keep theirs"):
        figure_data(figure)
    keep_data(axes, pd.DataFrame({"x": [1, 2], "y": [0.5, 1.0]}), series="first")
    keep_data(axes, pd.DataFrame({"x": [3]}), series="second")
    assert figure_data(figure).to_csv(index=False) == "series,x,y\nfirst,1,0.5\nfirst,2,1.0\nsecond,3,\n"

import os
import re
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from graduated.plots.captions import caption
from graduated.plots.contrast import MARK, contrast
from graduated.plots.figures import FIGURES
from graduated.plots.page import HUES
from graduated.plots.style import MARKERS, SUFFIXES, batch_size_colours, learning_rate_markers, save, save_all
from paths import ROOT

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
"""What is seen of a linear colour: Machado, Oliveira & Fernandes (2009), severity 1."""

TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
]
WHITE = np.sum(TO_XYZ, axis=1)


def linear(colour):
    colour = np.asarray(to_rgb(colour))
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def lab(colour, vision):
    """CIELAB coordinates of a colour as it is seen: lightness first."""
    seen = np.clip(np.asarray(VISIONS[vision]) @ linear(colour), 0, 1)
    ratio = np.asarray(TO_XYZ) @ seen / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("number", [2, 8, 13])
def test_colours_darken_with_batch_size_and_can_be_told_apart_in_every_vision(number, vision):
    colours = batch_size_colours(2 ** np.arange(1, number + 1))
    seen = [lab(colours[size], vision) for size in sorted(colours)]
    steps = np.diff(seen, axis=0)
    assert steps[:, 0].max() < -4, "each is darker than the one before"
    assert np.linalg.norm(steps, axis=1).min() > 4.1
    assert contrast(colours[2]) >= MARK, "the lightest stands out from white"


@pytest.mark.parametrize("vision", ["normal", "protanopia", "deuteranopia", "tritanopia"])
def test_hues_can_be_told_apart_in_every_vision_and_stand_out_from_white(vision):
    seen = [lab(hue, vision) for hue in HUES]
    assert min(np.linalg.norm(first - second) for first, second in combinations(seen, 2)) > 12
    assert min(map(contrast, HUES)) >= MARK


def test_markers_are_distinct_and_none_is_the_cross_of_diverged_runs():
    markers = learning_rate_markers([0.5, 0.01, 0.1, 0.05, 0.1])
    assert list(markers) == [0.01, 0.05, 0.1, 0.5]
    assert len(set(MARKERS)) == len(MARKERS)
    assert not {"x", "X"} & set(MARKERS)


def test_too_many_learning_rates_are_refused():
    with pytest.raises(ValueError, match="11 learning rates; at most 10"):
        learning_rate_markers(range(1, 12))


def test_same_table_same_bytes_whatever_the_order_of_rows_and_the_users_style(figures, table, tmp_path):
    name = "e_accuracy_vs_smoothing"
    save_all(figures[name], tmp_path / "here", name)
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "pdf.fonttype": 3, "axes.facecolor": "red"}):
        save_all(FIGURES[name](table.sample(frac=1, random_state=0)), tmp_path / "there", name)
    for path in (tmp_path / "here").iterdir():
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()


def test_another_process_writes_the_same_bytes(figures, table, tmp_path):
    """Of another hash seed and time zone."""
    table.to_parquet(tmp_path / "table.parquet")
    name = "b_sharpness_vs_learning_rate"
    outputs = [tmp_path / f"{name}{suffix}" for suffix in SUFFIXES]
    command = [sys.executable, str(ROOT / "scripts/draw_figure.py"), name, "--table"]
    command += [str(tmp_path / "table.parquet"), "--output", *map(str, outputs)]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}, check=True)
    save_all(figures[name], tmp_path / "here", name)
    for path in outputs:
        assert path.read_bytes() == (tmp_path / "here" / path.name).read_bytes()


@pytest.mark.parametrize("name", ["a_sharpness_vs_batch_size", "overview"])
def test_files_are_of_print_size_and_carry_their_fonts_but_no_dates(figures, tmp_path, name):
    save_all(figures[name], tmp_path, name)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == sorted(SUFFIXES)
    width, height = figures[name].get_size_inches()
    pdf = (tmp_path / f"{name}.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ ([\d. ]+) \]", pdf)[1].split()
    assert list(map(float, box)) == pytest.approx([0, 0, 72 * width, 72 * height])
    fonts = re.findall(rb"/Subtype /(Type\w+|CIDFont\w+)", pdf)
    assert set(fonts) == {b"Type0", b"CIDFontType2"}, "TrueType, not outlines drawn as Type 3"
    assert pdf.count(b"/FontFile2") == fonts.count(b"CIDFontType2"), "every font is embedded"
    for entry in (b"/CreationDate", b"/Creator", b"/Producer"):
        assert entry not in pdf
    with Image.open(tmp_path / f"{name}.png") as image:
        assert "Software" not in image.info
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.size == pytest.approx((300 * width, 300 * height), abs=1)
        pixels = np.asarray(image.convert("RGBA"))
    assert (pixels[..., 3] == 255).all(), "nothing shines through on a dark page"
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((edge == 255).all() for edge in edges), "white to the edge"


def test_other_suffixes_are_refused(figures, tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.pdf, \.csv"):
        save(figures["overview"], tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_caption_names_the_setting_and_counts(table):
    assert caption(table) == (
        "Preset digits: digits, small_resnet, 40 epochs, constant schedule. "
        "96 runs: 92 finished, 4 diverged (×); 3 seeds in each of 32 cells."
    )
    table = table.drop(columns="preset").drop(index=[0, 1])
    table.loc[[2, 3], "sharpness"] = 0.0, np.nan
    assert caption(table) == (
        "digits, small_resnet, 40 epochs, constant schedule. "
        "94 runs: 90 finished, 4 diverged (×); 1–3 seeds in each of 32 cells. "
        "1 finished run without a finite value (×). 1 run of sharpness ≤ 0."
    )
    assert caption(table.iloc[:0]) == "No runs."


@pytest.mark.parametrize("name", FIGURES)
def test_figures_hold_their_caption(table, figures, name):
    text = " ".join(figures[name].texts[0].get_text().split())
    assert text.startswith(caption(table))


def test_drawing_imports_no_torch():
    modules = "figures", "methods", "noise", "sharpness"
    imports = "; ".join(f"import graduated.plots.{module}" for module in modules)
    program = f"import sys; {imports}; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from graduated.experiment.run import Run
from graduated.plots.theory.noise_tails import FIGURES
from graduated.resume import Resume
from graduated.storage import to_json
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import NoiseTails
from graduated.theory import noise_samples
from graduated.theory.noise_samples import NoiseSample, control_rows, sample_rows
from graduated.theory.noise_tails import measure
from graduated.theory.noise_tails_verdicts import moment_slopes, verdicts
from graduated.training.pack import PackTraining
from toys import toy_data

SETTINGS = NoiseTails(
    batch_size=16,
    seed=(0, 1),
    epochs=(0, 1),
    measured_batch_size=(4, 16),
    batches=50,
    coordinates=20,
    directions=4,
)
BATCHES, DIRECTIONS, COORDINATES = 200, 16, 32


def training():
    run = Run("toy", "small_resnet", 0.1, 16, 0, 1, model_options=(("width", 2),))
    return PackTraining([run, replace(run, seed=1)], toy_data())


def quiet(*_):
    pass


@pytest.fixture(scope="module", autouse=True)
def _few_repetitions():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise_samples, "_REPETITIONS", 3)
        yield


@pytest.fixture(scope="module")
def findings():
    return measure(SETTINGS, training(), quiet)


def noise(law, generator, size=1.0):
    """Independent mini-batches of noise of known law, ‖ω‖ that of the projections."""
    projections = size * law.rvs(size=(BATCHES, DIRECTIONS), random_state=generator)
    coordinates = size * law.rvs(size=(BATCHES, COORDINATES), random_state=generator)
    return NoiseSample(np.linalg.norm(projections, axis=1), projections, coordinates)


def made_up(laws, scale):
    """Tables of noise that falls as 1/√b, its law given by batch size, with C = scale."""
    rows, generator = [], np.random.default_rng(0)
    for seed in (0, 1, 2):
        for epoch in (0, 50):
            for mode in ("training", "evaluation"):
                for size, law in laws.items():
                    names = {"seed": seed, "epoch": epoch, "mode": mode, "batch_size": size}
                    sample = noise(law, generator, 1 / np.sqrt(size))
                    rows += [names | row for row in sample_rows(sample, scale / np.sqrt(size), generator)]
    cells = pd.DataFrame(rows).groupby("table")
    tables = {name: table.dropna(axis=1, how="all") for name, table in cells}
    tables["controls"] = pd.DataFrame(control_rows(NoiseTails()))
    return tables | {"moment_slopes": moment_slopes(tables["moments"])}


def test_tables_hold_every_network_mode_and_size(findings):
    assert set(findings.tables) == {
        "histograms", "quantiles", "kurtosis", "tails", "moments", "normality", "controls", "moment_slopes"
    }  # fmt: skip
    for name in ("histograms", "quantiles", "kurtosis", "tails", "moments", "normality"):
        cells = findings.tables[name].groupby(["seed", "epoch", "mode", "batch_size"]).size()
        assert len(cells) == 16 and cells.nunique() == 1
        assert not findings.tables[name].isna().any(axis=None)


def test_noise_in_evaluation_mode_is_as_small_as_the_law_says(findings):
    """E‖ω‖² = C²/b · (N − b)/(N − 1), and E‖u‖ ≤ 1 by Jensen's inequality."""
    moments = findings.tables["moments"]
    evaluation = moments[moments["mode"] == "evaluation"]
    squares = evaluation[evaluation["order"] == 2]
    expected = squares["scale"] * (45 - squares["batch_size"]) / 44
    assert (
        (squares["low"] - 0.1 * expected < expected) & (expected < squares["high"] + 0.1 * expected)
    ).all()
    first = evaluation[evaluation["order"] == 1]
    assert (first["low"] < first["scale"]).all()


def test_a_killed_study_goes_on_to_the_same_tables(tmp_path, findings):
    def stop_after_the_first_epoch(share, _detail):
        if share > 0.4:
            raise KeyboardInterrupt

    with Resume(tmp_path, "key", interval=0.0) as resume, pytest.raises(KeyboardInterrupt):
        measure(SETTINGS, training(), stop_after_the_first_epoch, resume)
    with Resume(tmp_path, "key", interval=0.0) as resume:
        again = measure(SETTINGS, training(), quiet, resume)
    for name, table in findings.tables.items():
        assert again.tables[name].to_csv() == table.to_csv()
    assert to_json(again.records) == to_json(findings.records)


def test_views_are_in_the_units_they_claim():
    generator = np.random.default_rng(0)
    coordinates = generator.normal(5, [1, 10, 0.1, 0], (BATCHES, 4))
    sample = NoiseSample(np.ones(BATCHES), generator.normal(2, 3, (BATCHES, 2)), coordinates)
    views = sample.views()
    assert views["raw coordinates"].shape == views["standardised coordinates"].shape == (BATCHES, 3)
    assert np.square(views["raw coordinates"]).mean() == pytest.approx(1)
    for name in ("standardised coordinates", "projections"):
        np.testing.assert_allclose(views[name].mean(0), 0, atol=1e-12)
        np.testing.assert_allclose(views[name].std(0), 1)


@pytest.fixture(scope="module")
def normal_tables():
    return made_up({8: stats.norm, 32: stats.norm}, scale=4.0)


def test_normal_noise_has_the_histogram_quantiles_and_kurtosis_of_the_normal_law(normal_tables):
    tables = normal_tables
    density = tables["histograms"].groupby(["sample", "centre"])["density"].mean()
    expected = stats.norm.pdf(density.index.get_level_values("centre"))
    assert np.abs(density - expected).max() < 0.02
    inner = tables["quantiles"].query("abs(normal) < 2.1").groupby(["sample", "normal"])["observed"].mean()
    np.testing.assert_allclose(inner, inner.index.get_level_values("normal"), atol=0.06)
    assert tables["kurtosis"]["value"].abs().max() < 0.3


def test_moments_of_noise_in_proportion_to_the_root_of_b_have_slope_minus_half_p(normal_tables):
    slopes = normal_tables["moment_slopes"]
    np.testing.assert_allclose(slopes["value"], slopes["expected"], atol=0.1)
    np.testing.assert_allclose(slopes["expected"], -slopes["order"] / 2)
    inside = (slopes["low"] < slopes["expected"]) & (slopes["expected"] < slopes["high"])
    assert inside.mean() > 0.7


def judged(laws, scale):
    return verdicts(NoiseTails(epochs=(0, 50)), made_up(laws, scale), steps_per_epoch=45)


def test_normal_noise_is_found_light_tailed_bounded_and_normal(normal_tables):
    found = verdicts(NoiseTails(epochs=(0, 50)), normal_tables, steps_per_epoch=45)
    light, infinite, evaluation, training_mode, normal = found
    assert light.outcome == evaluation.outcome == training_mode.outcome == SUPPORTED
    assert normal.outcome == SUPPORTED and normal.value == pytest.approx(0.05, abs=0.08)
    assert infinite.outcome == CONTRADICTED and infinite.low > 2
    assert evaluation.value == pytest.approx(stats.chi(DIRECTIONS).mean() / 4, rel=0.03)


def test_cauchy_noise_at_the_small_batch_size_is_found_out():
    light, infinite, _, _, normal = judged({8: stats.cauchy, 32: stats.norm}, scale=4.0)
    assert light.outcome == CONTRADICTED and light.value == pytest.approx(1, abs=0.1)
    assert "below at b = 8 (epochs 0, 50)" in light.remark and "b = 32" in light.remark.split("below")[0]
    assert infinite.outcome == CONTRADICTED and "Below 2 at b = 8 (epochs 0, 50)" in infinite.remark
    assert normal.outcome == CONTRADICTED and normal.value == 1


def test_cauchy_noise_everywhere_has_infinite_variance():
    _, infinite, *_ = judged({8: stats.cauchy, 32: stats.cauchy}, scale=4.0)
    assert infinite.outcome == SUPPORTED and infinite.high < 2


def test_noise_larger_than_the_law_breaks_the_bound_of_the_norm():
    _, _, evaluation, training_mode, _ = judged({8: stats.norm, 32: stats.norm}, scale=2.0)
    assert evaluation.outcome == training_mode.outcome == CONTRADICTED
    assert evaluation.low > 1


def test_students_t_of_three_degrees_is_not_light():
    light, *_ = judged({8: stats.t(3), 32: stats.t(3)}, scale=8.0)
    assert light.outcome != SUPPORTED and 2 < light.value < 3.2


def test_marks_of_the_tail_index_lie_inside_the_panels(findings):
    for axes in FIGURES["tail_index"](findings.tables).axes:
        marks = [line for line in axes.lines if line.get_marker() in "o^sx"]
        assert marks
        for line in marks:
            heights = axes.transLimits.transform(axes.transScale.transform(line.get_xydata()))[:, 1]
            assert (heights > 0).all() and (heights < 1).all() and np.ptp([0, *heights]) > 0.1


def test_a_batch_larger_than_the_training_set_is_refused_before_work_starts():
    pack = training()
    with pytest.raises(ValueError, match="measured_batch_size = \\(4, 64\\): expected at most the 45 images"):
        measure(replace(SETTINGS, measured_batch_size=(4, 64)), pack, quiet)
    assert pack.epoch == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": (0,)}, "two or more different seeds"),
        ({"measured_batch_size": (8,)}, "measured_batch_size = "),
        ({"measured_batch_size": (32, 8)}, "ascending"),
        ({"measured_batch_size": (1, 8)}, "from 2 on"),
        ({"batches": 10}, "batches = 10: expected at least 50"),
        ({"coordinates": 1}, "coordinates = 1"),
        ({"directions": 1}, "directions = 1"),
        ({"samples": 1}, "samples = 1"),
        ({"images_at_once": 1}, "images_at_once = 1"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        NoiseTails(**values)
